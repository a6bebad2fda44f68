import datetime as dt

from django.db.models import QuerySet

from config.ids import parse_id
from marketplace.models import Transfer


def transfers_matching(
    *,
    status: str | None = None,
    seller_id: str | None = None,
    since: dt.datetime | None = None,
    until: dt.datetime | None = None,
) -> QuerySet[Transfer]:
    """For staff: all transfers, newest first. A seller that does not exist has none."""
    rows = Transfer.objects.order_by("-created_at", "-id")
    if status:
        rows = rows.filter(status=status)
    if seller_id:
        key = parse_id(seller_id)
        rows = rows.filter(seller=key) if key else rows.none()
    if since:
        rows = rows.filter(created_at__gte=since)
    return rows.filter(created_at__lt=until) if until else rows
