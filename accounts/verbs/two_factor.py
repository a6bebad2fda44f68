"""The second factor: an authenticator app (TOTP) with ten backup codes, kept by django-otp (auth-design.md §3 and §4)."""

import base64
import datetime as dt
import hashlib
import secrets
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils.timezone import now
from django_otp import verify_token
from django_otp.plugins.otp_static.models import StaticDevice, StaticToken
from django_otp.plugins.otp_totp.models import TOTPDevice

from accounts.models import SecurityEvent, User
from accounts.verbs import wrong_tries
from accounts.verbs.mails import queue_mail
from accounts.verbs.security import record
from config.errors import Conflict, Invalid, Unauthenticated

Type = SecurityEvent.Type
BACKUP_CODES = 10
# A set-up that was begun and left cannot be switched on later by whoever finds the session.
SET_UP_WITHIN = dt.timedelta(minutes=30)
APP, CODES = "Authenticator app", "Backup codes"
WRONG = "Invalid code of the second factor"


@dataclass(frozen=True, slots=True)
class Enrolment:
    """`secret` is base32 for the authenticator, `url` the same as otpauth://; both and the codes are told once."""

    secret: str
    url: str
    backup_codes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Status:
    """Document one.txt, /auth/get2FAStatus, and what a page says beside it."""

    enabled: bool
    has_setup: bool
    codes_left: int


def second_factor_enabled(user: User) -> bool:
    """A confirmed authenticator. Backup codes or a passkey alone do not ask anybody for a second factor."""
    return TOTPDevice.objects.filter(user=user.pk, confirmed=True).exists()


def status_of(user: User) -> Status:
    confirmed = list(TOTPDevice.objects.filter(user=user.pk).values_list("confirmed", flat=True))
    codes = StaticToken.objects.filter(device__user=user.pk, device__confirmed=True).count()
    # "Even if disabled", says the document: of one that was switched off only its history is left.
    once = bool(confirmed) or SecurityEvent.objects.filter(user=user.pk, type=Type.SECOND_FACTOR_ENABLED).exists()
    return Status(enabled=True in confirmed, has_setup=once, codes_left=codes)


@transaction.atomic
def set_up(*, user: User, with_codes: bool = True) -> Enrolment:
    """Begin: a new authenticator and new codes that count for nothing until `confirm`.

    `with_codes=False` leaves them to `renew_codes` after it: a page shows them once the app has proved to work.
    """
    User.objects.select_for_update().get(pk=user.pk)  # two at once would leave two sets of codes
    TOTPDevice.objects.filter(user=user, confirmed=False).delete()
    StaticDevice.objects.filter(user=user, confirmed=False).delete()
    device = TOTPDevice.objects.create(user=user, name=APP, confirmed=False)
    return Enrolment(
        secret=base64.b32encode(device.bin_key).decode(),
        url=device.config_url,
        backup_codes=_new_codes(user, confirmed=False) if with_codes else (),
    )


def pending(*, user: User) -> TOTPDevice | None:
    """The authenticator whose set-up was begun and not confirmed."""
    return _waiting(user).order_by("-pk").first()


def confirm(*, user: User, code: str | None = None) -> TOTPDevice:
    """Switch it on. A code, where given, must be right; only now do older authenticators and codes go.

    Document one.txt, /auth/verify2FA, sends no code.
    """
    device = pending(user=user)
    if device is None:
        raise Conflict("Set up the second factor first", code="not_set_up")
    if code is not None:
        wrong_tries.take_a_try(user)
        if not verify_token(user, device.persistent_id, normal(code)):
            raise Invalid(WRONG, code="invalid_code", details={"code": [WRONG]})
        wrong_tries.forgive(user)
    with transaction.atomic():
        was_on = second_factor_enabled(user)
        TOTPDevice.objects.filter(user=user).exclude(pk=device.pk).delete()
        TOTPDevice.objects.filter(pk=device.pk).update(confirmed=True)
        new_codes = StaticDevice.objects.filter(user=user, confirmed=False)
        StaticDevice.objects.filter(user=user, confirmed=True).delete()
        new_codes.update(confirmed=True)
        record(Type.SECOND_FACTOR_ENABLED, user=user, details="A new app replaced the old one" if was_on else "")
        queue_mail(template="account/second_factor_on", to=user.email, user=user)
    device.confirmed = True
    return device


@transaction.atomic
def disable(*, user: User) -> None:
    """Switch it off, and throw away what was only begun. Whoever calls this has asked for a proof (`proof.require_fresh`)."""
    was_on = second_factor_enabled(user)
    TOTPDevice.objects.filter(user=user).delete()
    StaticDevice.objects.filter(user=user).delete()
    if was_on:
        record(Type.SECOND_FACTOR_DISABLED, user=user)
        queue_mail(template="account/second_factor_off", to=user.email, user=user)


@transaction.atomic
def renew_codes(*, user: User) -> tuple[str, ...]:
    """Ten new backup codes, told once; the old ones are void."""
    if not second_factor_enabled(user):
        raise Conflict("Switch on the second factor first", code="not_set_up")
    StaticDevice.objects.filter(user=user).delete()
    codes = _new_codes(user, confirmed=True)
    record(Type.BACKUP_CODES_RENEWED, user=user)
    return codes


def check_second_factor(*, user: User, code: str) -> Any:
    """The device that took this code of the app, or this backup code, which is then used up.

    Unauthenticated for a wrong one; Throttled after five wrong ones, for a quarter of an hour. Never called inside a
    transaction that could undo the count.
    """
    tries = wrong_tries.take_a_try(user)
    device = _device_that_takes(user, normal(code))
    if device is None:
        record(Type.SECOND_FACTOR_FAILED, user=user)
        if tries == wrong_tries.MOST:
            record(Type.SECOND_FACTOR_LOCKED, user=user)
        raise Unauthenticated(WRONG, code="invalid_code")
    wrong_tries.forgive(user)
    if isinstance(device, StaticDevice):
        record(Type.BACKUP_CODE_USED, user=user, details=f"{status_of(user).codes_left} left")
    return device


def pass_second_factor(*, user: User, code: str | None) -> Any:
    """The device, or None where the account has no second factor; Unauthenticated `two_factor_required` without a code."""
    if not second_factor_enabled(user):
        return None
    if not code:
        raise Unauthenticated("The code of your second factor is required", code="two_factor_required")
    return check_second_factor(user=user, code=code)


def normal(code: str) -> str:
    """As people type it: case, spaces and dashes do not matter."""
    return "".join(code.split()).replace("-", "").upper()[:64]


def _device_that_takes(user: User, code: str) -> Any:
    for totp in TOTPDevice.objects.filter(user=user, confirmed=True) if code.isdigit() and len(code) == 6 else ():
        if verify_token(user, totp.persistent_id, code):
            return totp
    for static in StaticDevice.objects.filter(user=user, confirmed=True) if len(code) == 16 else ():
        # The row of the device is locked while it looks: two requests at once are one sign-in.
        if verify_token(user, static.persistent_id, _digest(static, code)):
            return static
    return None


def _waiting(user: User) -> Any:
    return TOTPDevice.objects.filter(user=user, confirmed=False, created_at__gt=now() - SET_UP_WITHIN)


def _new_codes(user: User, *, confirmed: bool) -> tuple[str, ...]:
    device = StaticDevice.objects.create(user=user, name=CODES, confirmed=confirmed)
    codes = [base64.b32encode(secrets.token_bytes(10)).decode() for _ in range(BACKUP_CODES)]
    StaticToken.objects.bulk_create(StaticToken(device=device, token=_digest(device, code)) for code in codes)
    return tuple("-".join(code[i : i + 4] for i in range(0, 16, 4)) for code in codes)


def _digest(device: StaticDevice, code: str) -> str:
    """16 characters, as wide as django-otp's column, of a slow hash: what is stored signs nobody in."""
    salt = hashlib.sha256(f"stoa backup codes {settings.SECRET_KEY} {device.pk}".encode()).digest()
    derived = hashlib.pbkdf2_hmac("sha256", code.encode(), salt, settings.BACKUP_CODE_ITERATIONS)
    return base64.b32encode(derived[:10]).decode()
