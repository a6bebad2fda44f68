"""Whose address it is: a link in a mail confirms the first one, or moves the account to another."""

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


def verify_email(*, token: str) -> User:
    """Confirm the address the link was sent to; where it is a new one, the account moves there."""
    row = check(Purpose.VERIFY, token)
    try:
        with transaction.atomic():
            spend(row)
            if row.email != row.user.email:
                _move(row.user, row.email)
            confirm_address(row.user)
    except IntegrityError:
        raise Conflict(TAKEN, code="email_taken") from None
    return row.user


def confirm_address(user: User) -> None:
    """The account's address is known to be its owner's from now on."""
    changed = EmailAddress.objects.filter(user=user, email=user.email, verified=False).update(verified=True)
    if changed:
        record(Type.EMAIL_VERIFIED, user=user)


def claim_address(user: User) -> bool:
    """Called when somebody shows that they read the mail of an address nobody had confirmed; whether that was so.

    Whoever made the account may have been another, waiting for the owner of the address to come (pre-hijacking). So
    every way in that was set up before counts for nothing: password, factors, keys, connected accounts, open sessions.
    """
    if is_email_verified(user):
        return False
    for ways_in in (Passkey, TOTPDevice, StaticDevice, SocialAccount):
        ways_in.objects.filter(user=user).delete()
    ApiKey.objects.filter(user=user).revoke()
    Departure.objects.open().filter(user=user).update(cancelled_at=now())
    user.set_unusable_password()
    user.save(update_fields=["password", "updated_at"])
    end_sessions(sessions=Session.objects.visible_to(user), reason="address-claimed")
    confirm_address(user)
    return True


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
