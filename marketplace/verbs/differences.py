"""Differences between our books and the provider's: noted once while open, ended by a person who says how."""

from uuid import UUID

from django.db import transaction
from django.utils.timezone import now

from accounts.models import User
from config.errors import Conflict, Forbidden, Invalid, NotFound
from marketplace.models import Difference

LONGEST = 300


@transaction.atomic
def note_difference(
    *, kind: str, reference: str, currency: str = "", ours: int | None = None, theirs: int | None = None, note: str = ""
) -> Difference:
    """Keep it for staff. Found again, the open row gets the newest numbers; one that was resolved is a new row."""
    row, _ = Difference.objects.update_or_create(
        kind=kind,
        reference=reference[:120],
        currency=currency,
        resolved_at=None,
        defaults={"ours_cents": ours, "theirs_cents": theirs, "note": note[:LONGEST]},
    )
    return row


def resolve_difference(*, difference_id: UUID, resolution: str, by: User) -> Difference:
    """Staff say what it was and what they did. Forbidden, NotFound; Invalid without words; Conflict for a resolved one."""
    if not by.is_admin:
        raise Forbidden("Only administrators may resolve differences")
    words = resolution.replace("\0", "").strip()
    if not 1 <= len(words) <= LONGEST:
        raise Invalid(details={"resolution": [f"Must be a sentence of at most {LONGEST} characters."]})
    found = Difference.objects.filter(pk=difference_id)
    if not found.exists():
        raise NotFound("Difference not found")
    if not found.filter(resolved_at=None).update(resolved_at=now(), resolved_by=by, resolution=words):
        raise Conflict("This difference is resolved already", code="resolved")
    return found.get()
