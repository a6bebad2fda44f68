"""What an invoice says, as one snapshot: everything that Directive 2006/112/EC, article 226 asks for.

Amounts are minor units, rates basis points, times ISO 8601 in UTC. A credit note's amounts are what is taken off.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import QuerySet, Sum

from accounts.models import User
from config.money import vat_within
from marketplace.models import Invoice, Order, OrderLine, Refund, RefundLine, SellerAccount, SubscriptionCharge

Snapshot = dict[str, Any]
REVERSE = "Reverse charge: VAT is to be accounted for by the customer (Directive 2006/112/EC, article 196)."
GOODS = "Intra-Community supply of goods, exempt from VAT (Directive 2006/112/EC, article 138)."
NO_VAT = "No VAT is charged on what is listed at 0 %: its seller states none."
EU = {
    "AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "EL", "ES", "FI", "FR", "GR", "HR", "HU", "IE", "IT", "LT", "LU", "LV",
    "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK", "XI",
}  # fmt: skip
"""As VAT ids begin; Greece has two spellings, and XI is Northern Ireland."""
GREECE = {"EL": "GR"}
"""How VAT ids and tax offices spell it, and how ISO 3166-1 and addresses do."""


def invoices_of(order: Order) -> QuerySet[Invoice]:
    """The order's invoice and its credit notes, oldest first."""
    return order.invoices.order_by("issued_at", "id")


def of_order(order: Order) -> Snapshot:
    lines = list(order.lines.select_related("product", "seller"))
    vat_ids = vat_ids_of(line.seller_id for line in lines)
    told = [line_of(line, line.gross_cents, line.vat_cents, line.quantity, vat_ids) for line in lines]
    about = {"order": {"id": str(order.pk), "number": order.number}, "supply_at": iso(order.paid_at)}
    return whole(order.buyer, order.billing, order.currency, told) | about


def of_charge(charge: SubscriptionCharge) -> Snapshot:
    """A stretch of a subscription: one line, which the platform itself sells. The price contains the tier's VAT."""
    gross, vat = charge.amount_cents, vat_within(charge.amount_cents, charge.tier.vat_bp)
    start, end = (moment.date().isoformat() for moment in (charge.period_start, charge.period_end))
    line = {
        "title": f"{charge.tier.name}, {start} to {end}",
        "kind": "subscription",
        "quantity": 1,
        "unit_cents": gross,
        "unit_net_cents": gross - vat,
        "gross_cents": gross,
        "net_cents": gross - vat,
        "vat_bp": charge.tier.vat_bp,
        "vat_cents": vat,
        "seller": {"name": settings.INVOICE_ISSUER, "vat_id": settings.INVOICE_VAT_ID},
    }
    about = {"charge": {"id": str(charge.pk)}, "supply_at": iso(charge.period_start)}
    holder = charge.subscription.user
    return whole(holder, last_billing_of(holder), charge.currency, [line]) | about


def last_billing_of(buyer: User) -> dict[str, str]:
    """Whom the buyer last had an invoice made out to; nothing where they never said."""
    said = Order.objects.filter(buyer=buyer, status__in=Order.PAID_STATES).exclude(billing={})
    return said.order_by("-paid_at", "-id").values_list("billing", flat=True).first() or {}


def of_refund(refund: Refund, invoice: Invoice) -> Snapshot:
    """What of the invoice is taken off. The VAT of part refunds adds up to the line's own, to the cent."""
    parts = list(refund.lines.select_related("line__product", "line__seller"))
    vat_ids = vat_ids_of(part.line.seller_id for part in parts)
    before = credited_before(refund)
    told = []
    for part in parts:
        line, earlier = part.line, before[part.line_id]
        vat = vat_share(line, earlier + part.amount_cents) - vat_share(line, earlier)
        things = line.quantity if part.amount_cents == line.gross_cents else None
        told.append(line_of(line, part.amount_cents, vat, things, vat_ids))
    return _correcting(invoice, refund, told)


def of_charge_refund(refund: Refund, invoice: Invoice) -> Snapshot:
    """What of a subscription's invoice is taken off: its one line, or a part of it."""
    first = invoice.snapshot["lines"][0]
    gross, whole_gross = refund.amount_cents, first["gross_cents"]
    before = Refund.objects.filter(payment=refund.payment_id, credit_note__isnull=False).exclude(pk=refund.pk)
    earlier = before.aggregate(total=Sum("amount_cents"))["total"] or 0
    vat = _part(first["vat_cents"], earlier + gross, whole_gross) - _part(first["vat_cents"], earlier, whole_gross)
    is_all = gross == whole_gross
    line = first | {"quantity": 1 if is_all else None, "gross_cents": gross, "net_cents": gross - vat, "vat_cents": vat}
    return _correcting(invoice, refund, [line])


def _correcting(invoice: Invoice, refund: Refund, lines: list[Snapshot]) -> Snapshot:
    """A credit note. Who it is for, and why, stays as the invoice says it."""
    first = invoice.snapshot
    kept = ("issuer", "buyer", "notes", "is_reverse_charge", "supply_at", "order", "charge")
    return {
        **sums_of(refund.currency, lines),
        **{name: first[name] for name in kept if name in first},
        "corrects": {"number": invoice.full_number, "issued_at": iso(invoice.issued_at)},
        "reason": refund.reason,
    }


def credited_before(refund: Refund) -> dict[UUID, int]:
    """By order line, what earlier credit notes took off it."""
    earlier = RefundLine.objects.filter(refund__credit_note__isnull=False, line__order=refund.order_id)
    sums = earlier.exclude(refund=refund).order_by().values_list("line").annotate(Sum("amount_cents"))
    return defaultdict(int, sums)


def vat_share(line: OrderLine, given_back: int) -> int:
    return _part(line.vat_cents, given_back, line.gross_cents)


def _part(amount: int, of: int, whole: int) -> int:
    """`amount * of / whole`, half up."""
    return (amount * of * 2 + whole) // (2 * whole)


def line_of(line: OrderLine, gross: int, vat: int, quantity: int | None, vat_ids: dict[UUID, str]) -> Snapshot:
    """One supply with its seller; no `quantity` where an amount was given back and not a thing."""
    return {
        "title": line.title,
        "kind": line.kind,
        "quantity": quantity,
        "unit_cents": line.unit_cents,
        "unit_net_cents": line.unit_cents - vat_within(line.unit_cents, line.vat_bp),
        "gross_cents": gross,
        "net_cents": gross - vat,
        "vat_bp": line.vat_bp,
        "vat_cents": vat,
        "seller": {"name": line.seller.company or line.seller.display_name, "vat_id": vat_ids.get(line.seller_id, "")},
    }


def whole(buyer: User, billing: dict[str, str], currency: str, lines: list[Snapshot]) -> Snapshot:
    """The parts that every document has, with its sums."""
    to = {"name": buyer.display_name, **billing, "email": buyer.email}
    is_reverse = is_reverse_charge(to, lines)
    is_free = any(not line["vat_bp"] for line in lines) and not is_reverse
    return {
        "issuer": issuer(),
        "buyer": to,
        **sums_of(currency, lines),
        "is_reverse_charge": is_reverse,
        "notes": reverse_notes(lines) if is_reverse else [NO_VAT] * is_free,
    }


def reverse_notes(lines: list[Snapshot]) -> list[str]:
    """Why there is no VAT: on services, which all that is not a parcel is, and on goods."""
    of_goods = {line["kind"] == "physical" for line in lines}
    return [REVERSE] * (False in of_goods) + [GOODS] * (True in of_goods)


def sums_of(currency: str, lines: list[Snapshot]) -> Snapshot:
    return {
        "currency": currency,
        "lines": lines,
        "rates": rates_of(lines),
        **{name: sum(line[name] for line in lines) for name in ("net_cents", "vat_cents")},
        "total_cents": sum(line["gross_cents"] for line in lines),
    }


def rates_of(lines: list[Snapshot]) -> list[Snapshot]:
    """Per rate, highest first: what it is charged on, and how much it is."""
    names = ("net_cents", "vat_cents", "gross_cents")
    sums: dict[int, dict[str, int]] = defaultdict(lambda: dict.fromkeys(names, 0))
    for line in lines:
        for name in names:
            sums[line["vat_bp"]][name] += line[name]
    return [{"vat_bp": rate, **sums[rate]} for rate in sorted(sums, reverse=True)]


def is_reverse_charge(buyer: dict[str, str], lines: list[Snapshot]) -> bool:
    """A business in another country of the EU than the issuer, and nothing of the price is VAT."""
    theirs, ours = buyer.get("vat_id", "")[:2], settings.INVOICE_COUNTRY
    abroad = theirs in EU and ours in EU and GREECE.get(theirs, theirs) != GREECE.get(ours, ours)
    return abroad and not any(line["vat_bp"] for line in lines)


def issuer() -> dict[str, Any]:
    address = [part.strip() for part in settings.INVOICE_ADDRESS.split("|") if part.strip()]
    country, vat_id = settings.INVOICE_COUNTRY, settings.INVOICE_VAT_ID
    return {"name": settings.INVOICE_ISSUER, "address": address, "country": country, "vat_id": vat_id}


def vat_ids_of(sellers: Iterable[UUID]) -> dict[UUID, str]:
    return dict(SellerAccount.objects.filter(user__in=set(sellers)).values_list("user_id", "vat_id"))


def iso(moment: dt.datetime | None) -> str:
    return moment.astimezone(dt.UTC).isoformat(timespec="seconds").replace("+00:00", "Z") if moment else ""
