"""What happened to an order, for its buyer: `[{title, text, at, icon, tone, url}]`, newest first (pieces/timeline.html)."""

from collections.abc import Iterable, Iterator
from typing import Any

from marketplace.models import License, Order, OrderLine, Payment, Product, Refund
from marketplace.models.invoices import Kind
from marketplace.queries.invoices import invoices_of

Step = dict[str, Any]


def story_of(order: Order, *, is_buyers: bool = True) -> list[Step]:
    """In as many queries whatever happened. `order` comes with its lines and payments. Documents open for the buyer alone."""
    documents = _documents(order, is_buyers=is_buyers)
    parts = (_payments(order), _deliveries(order), _licenses(order), _refunds(order), documents)
    steps = [step("Placed", order.created_at, "cart"), *(each for part in parts for each in part)]
    if order.status == Order.Status.EXPIRED:
        steps.append(step("Expired", order.updated_at, "clock", "bad", order.reason))
    # Of what happened in one moment, what is told last comes first: a payment's effects stand above it.
    told = sorted(enumerate(steps), key=lambda pair: (pair[1]["at"], pair[0]), reverse=True)
    return [each for _, each in told]


def step(title: str, at: Any, icon: str, tone: str = "", text: str = "", url: str = "") -> Step:
    return {"title": title, "text": text, "at": at, "icon": icon, "tone": tone, "url": url}


def _payments(order: Order) -> Iterator[Step]:
    for payment in order.payments.all():
        # What ended with the order is told by the order.
        is_expired = order.status == Order.Status.EXPIRED and payment.reason == order.reason
        if payment.status in (Payment.Status.FAILED, Payment.Status.CANCELED) and not is_expired:
            yield step("Not paid", payment.updated_at, "error", "bad", payment.reason)
        elif payment.status == Payment.Status.REVIEW:
            yield step("Held for review", payment.updated_at, "eye", "warn", "A person looks at this payment.")
        elif payment.is_spare:
            text = "The order could not be kept. The amount goes back to you."
            yield step("Paid too late", payment.updated_at, "wallet", "warn", text)
        if payment.dispute:
            yield step(f"Disputed: {payment.get_dispute_display()}", payment.updated_at, "shield", "warn")
    if order.paid_at:
        yield step("Paid", order.paid_at, "check", "good", str(order.total) if order.total_cents else "Free")


def _deliveries(order: Order) -> Iterator[Step]:
    """What was sent, one step a seller and moment."""
    sent = OrderLine.objects.filter(order=order, kind=Product.Kind.PHYSICAL, fulfilled_at__isnull=False)
    parcels: dict[Any, list[OrderLine]] = {}
    for line in sent.select_related("seller").order_by("pk"):
        parcels.setdefault((line.seller_id, line.fulfilled_at), []).append(line)
    for (_, at), lines in parcels.items():
        tracking = f" · Tracking {lines[0].tracking}" if lines[0].tracking else ""
        text = ", ".join(line.title for line in lines) + tracking
        yield step(f"Sent by {lines[0].seller.display_name}", at, "truck", "good", text)


def _licenses(order: Order) -> Iterator[Step]:
    rows = list(License.objects.filter(order_line__order=order).order_by("pk"))
    if rows:
        yield step(f"{_counted(rows)} granted", rows[0].created_at, "key", "good")
    revoked: dict[Any, list[License]] = {}
    for license in rows:
        if license.revoked_at:
            revoked.setdefault(license.revoked_at, []).append(license)
    for at, ended in revoked.items():
        yield step(f"{_counted(ended)} revoked", at, "lock", "warn", ended[0].note)


def _counted(licenses: list[License]) -> str:
    return "Licence" if len(licenses) == 1 else f"{len(licenses)} licences"


REFUNDED = {
    Refund.Status.SUCCEEDED: ("Refunded", "refresh", "good"),
    Refund.Status.FAILED: ("Refund failed", "error", "bad"),
    Refund.Status.REVIEW: ("Refund held for review", "eye", "warn"),
}


def _refunds(order: Order) -> Iterator[Step]:
    rows: Iterable[Refund] = Refund.objects.filter(order=order).order_by("created_at", "pk")
    for refund in rows:
        yield step(f"Refund of {refund.amount} asked for", refund.created_at, "refresh", "", refund.reason)
        if words := REFUNDED.get(Refund.Status(refund.status)):
            title, icon, tone = words
            yield step(title, refund.settled_at or refund.updated_at, icon, tone, str(refund.amount))


def _documents(order: Order, *, is_buyers: bool) -> Iterator[Step]:
    for document in invoices_of(order):
        word = "Invoice" if document.kind == Kind.INVOICE else "Credit note"
        place = f"/orders/{order.pk}/documents/{document.full_number}.pdf" if is_buyers else ""
        yield step(f"{word} {document.full_number}", document.issued_at, "receipt", "", url=place)
