from typing import Any

from django.core.cache import cache

from accounts.models import Maintenance
from config.errors import Forbidden

KEY = "maintenance"
LOOK_AGAIN_SECONDS = 5


def set_maintenance(*, enabled: bool, by: Any) -> Maintenance:
    """Close or open the house for everyone but staff. Source: veza.txt, "Maintenance Mode"."""
    if not by.is_admin:
        raise Forbidden("Only administrators may do this")
    row, _ = Maintenance.objects.update_or_create(pk=1, defaults={"enabled": enabled, "changed_by": by})
    cache.set(KEY, enabled, LOOK_AGAIN_SECONDS)
    return row


def is_closed(*, look_now: bool = False) -> bool:
    """Asked by every request, so the answer is kept for some seconds."""
    known = None if look_now else cache.get(KEY)
    if known is None:
        known = Maintenance.objects.filter(enabled=True).exists()
        cache.set(KEY, known, LOOK_AGAIN_SECONDS)
    return bool(known)
