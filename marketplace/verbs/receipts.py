"""The mail that a buyer waits for once their order is paid. The invoice is a link away: it is drawn when it is asked for."""

from django.conf import settings

from accounts.verbs.mails import queue_mail
from marketplace.models import Invoice, License, Order


def send_receipt(*, order: Order, invoice: Invoice | None) -> None:
    """Called once, in the transaction that makes the order paid."""
    queue_mail(
        template="store/order_paid",
        to=order.buyer.email,
        user=order.buyer,
        number=order.number,
        total=str(order.total) if order.total_cents else "",
        count=sum(line.quantity for line in order.lines.all()),
        invoice=invoice.full_number if invoice else "",
        has_downloads=License.objects.active().filter(order_line__order=order).exists(),
        url=f"{settings.SITE_URL}{order.get_absolute_url()}",
    )
