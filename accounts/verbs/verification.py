"""Whose address it is: a link in a mail confirms the first one, or moves the account to another."""

import datetime as dt
from typing import Any

from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount
from django.db import IntegrityError, transaction
from django.utils.timezone import now
from django_otp.plugins.otp_static.models import StaticDevice
from django_otp.plugins.otp_totp.models import TOTPDevice

from accounts.models import ApiKey, Departure, EmailToken, Passkey, SecurityEvent, Session, User
from accounts.queries.validation import refuse_malformed
from accounts.verbs.email_tokens import check, spend, void
from accounts.verbs.mails import WELCOME, queue_mail, trusted_base
from accounts.verbs.security import record
from accounts.verbs.sessions import end_sessions
from config.errors import Conflict, Invalid

Purpose, Type = EmailToken.Purpose, SecurityEvent.Type
WAYS_IN = (
    (Passkey, "created_at"),
    (TOTPDevice, "created_at"),
    (StaticDevice, "created_at"),
    (SocialAccount, "date_joined"),
)
"""What opens an account beside its password, and when it came to be."""
TAKEN = "An account with this address already exists"


def is_email_verified(user: User) -> bool:
    return EmailAddress.objects.filter(user=user.pk, email=user.email, verified=True).exists()


def welcome(user: User, *, base: str | None = None) -> None:
    """The first mail of an account: what it is for, and the link that confirms its address."""
    queue_mail(template=WELCOME, to=user.email, user=user, base=trusted_base(base) if base else None)


def request_verification(*, user: User, base: str | None = None) -> None:
    """Mail the link that confirms the account's address. A no-op where it is confirmed."""
    if not is_email_verified(user):
        queue_mail(template="account/verify", to=user.email, user=user, base=trusted_base(base) if base else None)


def request_email_change(*, user: User, email: str) -> None:
    """Mail a link to the new address; the account moves there once it is opened, and not before.

    Whether another account has that address is not told here: then that account's owner is, by mail.
    """
    email = email.strip().lower()
    refuse_malformed(email)
    if email == user.email:
        raise Invalid("This is your address already.", details={"email": ["This is your address already."]})
    if other := User.objects.filter(email=email).first():
        queue_mail(template="account/address_in_use", to=email, user=other)
    else:
        queue_mail(template="account/verify", to=email, user=user)
    queue_mail(template="account/email_change_asked", to=user.email, user=user, new_address=email)


def verify_email(*, token: str, by: Any = None) -> User:
    """Confirm the address the link was sent to; where it is a new one, the account moves there.

    `by` is who is signed in where the link was opened. Where that is this account, whoever reads the mail also holds the
    account, and so all that was set up in it is theirs; otherwise somebody else may have set it up (`drop_unproven`).
    """
    row = check(Purpose.VERIFY, token)
    try:
        with transaction.atomic():
            spend(row)
            if row.email != row.user.email:
                _move(row.user, row.email)
            confirm_address(row.user, is_holder=getattr(by, "pk", None) == row.user.pk)
    except IntegrityError:
        raise Conflict(TAKEN, code="email_taken") from None
    return row.user


def confirm_address(user: User, *, is_holder: bool = False) -> None:
    """The account's address is known to be its owner's from now on; with `is_holder`, so is all that the account has."""
    changed = EmailAddress.objects.filter(user=user, email=user.email, verified=False).update(verified=True)
    if changed:
        user.email_proven_at = None if is_holder else now()
        user.save(update_fields=["email_proven_at", "updated_at"])
        record(Type.EMAIL_VERIFIED, user=user)


def claim_address(user: User) -> bool:
    """Called when somebody shows that they read the mail of an address nobody had confirmed; whether that was so.

    Whoever made the account may have been another, waiting for the owner of the address to come (pre-hijacking). So
    every way in that was set up before counts for nothing: password, factors, keys, connected accounts, open sessions.
    """
    if is_email_verified(user):
        return False
    drop_ways_in(user, set_up_until=now())
    Departure.objects.open().filter(user=user).update(cancelled_at=now())
    user.set_unusable_password()
    user.save(update_fields=["password", "updated_at"])
    end_sessions(sessions=Session.objects.visible_to(user), reason="address-claimed")
    confirm_address(user)
    return True


def drop_unproven(user: User) -> bool:
    """Called when the reader of a confirmed address chooses a new password: what was set up while nobody knew whose the
    address is, by somebody who may have waited for its owner, counts for nothing. Whether there was any of that."""
    return user.email_proven_at is not None and drop_ways_in(user, set_up_until=user.email_proven_at)


def drop_ways_in(user: User, *, set_up_until: dt.datetime) -> bool:
    dropped = 0
    for ways_in, moment in WAYS_IN:
        dropped += ways_in._default_manager.filter(user=user, **{f"{moment}__lte": set_up_until}).delete()[0]
    dropped += ApiKey.objects.filter(user=user, created_at__lte=set_up_until).revoke()
    return dropped > 0


def _move(user: User, email: str) -> None:
    if User.objects.filter(email=email).exists():
        raise Conflict(TAKEN, code="email_taken")
    old, user.email = user.email, email
    user.save(update_fields=["email", "updated_at"])
    EmailAddress.objects.filter(user=user).delete()
    EmailAddress.objects.create(user=user, email=email, primary=True, verified=False)
    # Links to the old address open this account no more.
    void(user, Purpose.RESET, Purpose.MAGIC)
    record(Type.EMAIL_CHANGED, user=user)
    queue_mail(template="account/email_changed", to=old, user=user, new_address=email)
