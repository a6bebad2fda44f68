"""Links in mails: made while the mail is written, kept as a hash, spent once (auth-design.md §2)."""

import datetime as dt
import secrets

from django.utils.timezone import now

from accounts.models import EmailToken, User
from accounts.models.sessions import digest
from config.errors import Invalid

LIVES = {
    EmailToken.Purpose.VERIFY: dt.timedelta(hours=24),
    EmailToken.Purpose.RESET: dt.timedelta(minutes=30),
    # The document says 15 minutes; ASVS 6.5.5 would have 10.
    EmailToken.Purpose.MAGIC: dt.timedelta(minutes=15),
}
# Where a link leads below its base; Stoa's own pages stand at the same places.
PLACES = {
    EmailToken.Purpose.VERIFY: "/verify-email",
    EmailToken.Purpose.RESET: "/reset-password",
    EmailToken.Purpose.MAGIC: "/magic-link",
}
REFUSED = {
    EmailToken.Purpose.VERIFY: "Invalid or expired verification token",
    EmailToken.Purpose.RESET: "Invalid or expired token",
    EmailToken.Purpose.MAGIC: "Invalid or expired magic link",
}


def mint(purpose: EmailToken.Purpose, user: User, email: str) -> str:
    """A new token for this purpose; older ones that were not used are void."""
    void(user, purpose)
    token = secrets.token_urlsafe(32)
    EmailToken.objects.create(
        purpose=purpose,
        user=user,
        email=email,
        token_hash=digest(token),
        auth_hash=user.get_session_auth_hash(),
        expires_at=now() + LIVES[purpose],
    )
    return token


def void(user: User, *purposes: EmailToken.Purpose) -> None:
    EmailToken.objects.filter(user=user, purpose__in=purposes, used_at=None).update(used_at=now())


def find(purpose: EmailToken.Purpose, token: str) -> EmailToken | None:
    """The row behind a token that could be spent now; looking spends nothing."""
    row = EmailToken.objects.open().select_related("user").filter(purpose=purpose, token_hash=digest(token)).first()
    return row if row is not None and row.is_of_this_password() else None


def check(purpose: EmailToken.Purpose, token: str) -> EmailToken:
    row = find(purpose, token)
    if row is None:
        raise Invalid(REFUSED[purpose], code="invalid_link")
    return row


def spend(row: EmailToken) -> None:
    """Use it up; whoever comes second is refused. Called in the transaction of what it allows."""
    if not EmailToken.objects.filter(pk=row.pk, used_at=None).update(used_at=now()):
        raise Invalid(REFUSED[EmailToken.Purpose(row.purpose)], code="invalid_link")
