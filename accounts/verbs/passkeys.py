"""Passkeys by py_webauthn (auth-design.md §5): two ceremonies of two steps each, and keeping what they made.

The challenge of a ceremony is kept under a slip that the browser holds in a cookie. It is taken before anything is
verified, so that a failure burns it too.
"""

import base64
import ipaddress
import secrets
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import webauthn
from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils.timezone import now
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url, options_to_json_dict, parse_client_data_json
from webauthn.helpers.structs import (
    AuthenticatorAttachment,
    AuthenticatorSelectionCriteria,
    AuthenticatorTransport,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from accounts.models import Passkey, SecurityEvent, Session, User
from accounts.verbs.mails import queue_mail
from accounts.verbs.proof import require_fresh
from accounts.verbs.security import Severity, record
from accounts.verbs.sessions import SignedIn, end_sessions
from accounts.verbs.tickets import keep, take
from config.errors import Conflict, Invalid, NotFound, Unauthenticated
from config.ids import lookup_id

Type = SecurityEvent.Type
CEREMONY = "passkey"
REGISTER, SIGN_IN = "register", "sign_in"
CHALLENGE_SECONDS = 300
MOST_PASSKEYS = 20
LONGEST_NAME = 64
LONGEST_ID, LONGEST_KEY = 1400, 2048
TRANSPORTS = {transport.value for transport in AuthenticatorTransport}
COUNTER_WENT_BACK = "Its signature counter went back: the passkey may have been copied"

Options = dict[str, Any]
"""What `navigator.credentials` takes, as JSON; bytes in base64url."""


def relying_party() -> str:
    """The name passkeys are bound to: the host of SITE_URL. Browsers take no IP address for it."""
    host = urlsplit(settings.SITE_URL).hostname or ""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return host
    raise Conflict(f"Passkeys need a host name, and SITE_URL names the address {host}", code="passkeys_need_a_name")


def origins() -> list[str]:
    """Where an answer may come from: our own origins under the name that passkeys are bound to, never the request's word."""
    party = relying_party()
    hosts = {origin: urlsplit(origin).hostname or "" for origin in (settings.SITE_URL, *settings.TRUSTED_ORIGINS)}
    return [origin for origin, host in hosts.items() if host == party or host.endswith(f".{party}")]


# --- adding one ----------------------------------------------------------------------------------------------------


def registration_options(
    *,
    user: User,
    session: Session | None,
    attachment: str | None = None,
    password: str | None = None,
    code: str | None = None,
) -> tuple[Options, str]:
    """What the browser needs to make a passkey, and the slip for `register`, which takes it from the same session.

    `attachment` (platform or cross-platform) narrows the choice of authenticators. Forbidden `session_not_fresh`.
    """
    party = relying_party()
    require_fresh(session=session, user=user, password=password, code=code)
    own = list(Passkey.objects.visible_to(user))
    _refuse_too_many(len(own))
    options = webauthn.generate_registration_options(
        rp_id=party,
        rp_name="Stoa",
        user_id=bytes(user.webauthn_handle),
        user_name=user.email,
        user_display_name=user.display_name,
        exclude_credentials=[_descriptor(passkey) for passkey in own],
        authenticator_selection=AuthenticatorSelectionCriteria(
            authenticator_attachment=AuthenticatorAttachment(attachment) if attachment else None,
            resident_key=ResidentKeyRequirement.REQUIRED,
            require_resident_key=True,
            user_verification=UserVerificationRequirement.REQUIRED,
        ),
        timeout=CHALLENGE_SECONDS * 1000,
    )
    return options_to_json_dict(options), _keep(REGISTER, options.challenge, _holder(user, session))


def register(
    *, user: User, session: Session | None, answer: Mapping[str, Any], slip: str | None, name: str = ""
) -> Passkey:
    """Keep the passkey that the browser made. That the session was fresh was asked when the slip was given.

    Invalid `challenge_not_found` (unknown, spent, another's, of the other ceremony) or `failed_to_verify_registration`;
    Conflict `previously_registered` for a credential that somebody has.
    """
    challenge = _take(REGISTER, slip, _holder(user, session))
    try:
        _refuse_frames(answer)
        made = webauthn.verify_registration_response(
            credential=dict(answer),
            expected_challenge=challenge,
            expected_rp_id=relying_party(),
            expected_origin=origins(),
            require_user_verification=True,
        )
    except Exception as fault:
        record(Type.PASSKEY_REFUSED, user=user, details="A new passkey could not be verified")
        raise Invalid("Failed to verify registration", code="failed_to_verify_registration") from fault
    credential_id = bytes_to_base64url(made.credential_id)
    if len(credential_id) > LONGEST_ID or len(made.credential_public_key) > LONGEST_KEY:
        raise Invalid("Failed to verify registration", code="failed_to_verify_registration")
    return _keep_passkey(
        user=user,
        name=_checked_name(name) or "Passkey",
        credential_id=credential_id,
        public_key=made.credential_public_key,
        sign_count=made.sign_count,
        transports=_transports(answer),
        aaguid=made.aaguid,
        device_type=_device_type(made),
        backed_up=made.credential_backed_up,
    )


def _keep_passkey(*, user: User, **fields: Any) -> Passkey:
    try:
        with transaction.atomic():
            list(User.objects.select_for_update(no_key=True).filter(pk=user.pk).order_by().values_list("pk"))
            _refuse_too_many(Passkey.objects.visible_to(user).count())
            passkey = Passkey.objects.create(user=user, **fields)
            record(Type.PASSKEY_ADDED, user=user, details=passkey.name)
            queue_mail(template="account/passkey_added", to=user.email, user=user, name=passkey.name)
    except IntegrityError as fault:
        raise Conflict("This passkey is registered already", code="previously_registered") from fault
    return passkey


# --- signing in with one -------------------------------------------------------------------------------------------


def sign_in_options() -> tuple[Options, str]:
    """What the browser needs to ask for a passkey, and the slip. No credential is named: that would tell who exists."""
    options = webauthn.generate_authentication_options(
        rp_id=relying_party(),
        allow_credentials=[],
        user_verification=UserVerificationRequirement.REQUIRED,
        timeout=CHALLENGE_SECONDS * 1000,
    )
    return options_to_json_dict(options), _keep(SIGN_IN, options.challenge, "")


def sign_in_with_passkey(*, answer: Mapping[str, Any], slip: str | None) -> SignedIn:
    """Whose passkey answered; with user verification it is two factors, so no code is asked for.

    Invalid `challenge_not_found`; otherwise one Unauthenticated `authentication_failed` for whatever is wrong. Never
    called in a transaction: a refusal is recorded.
    """
    challenge = _take(SIGN_IN, slip, "")
    with transaction.atomic():
        passkey = _named_by(answer)
        if passkey is not None and (fault := _fault(passkey, answer, challenge)) is None:
            return SignedIn(passkey.user, passkey)
    if passkey is not None:
        severity = Severity.HIGH if fault == COUNTER_WENT_BACK else None
        record(Type.PASSKEY_REFUSED, user=passkey.user, details=f"{passkey.name}. {fault}", severity=severity)
    raise Unauthenticated("Authentication failed", code="authentication_failed")


def _named_by(answer: Mapping[str, Any]) -> Passkey | None:
    """The passkey of this answer, locked: two answers at once are judged one after the other."""
    credential_id = answer.get("id")
    if not isinstance(credential_id, str) or len(credential_id) > LONGEST_ID:
        return None
    rows = Passkey.objects.select_for_update(of=("self",)).select_related("user")
    return rows.filter(credential_id=credential_id, confirmed=True, user__is_active=True).first()


def _fault(passkey: Passkey, answer: Mapping[str, Any], challenge: bytes) -> str | None:
    """Why this answer does not count, in a sentence for its owner; None where it does, and then it is noted on the row."""
    try:
        _refuse_frames(answer)
        handle = base64url_to_bytes(answer["response"]["userHandle"])
        seen = webauthn.verify_authentication_response(
            credential=dict(answer),
            expected_challenge=challenge,
            expected_rp_id=relying_party(),
            expected_origin=origins(),
            credential_public_key=bytes(passkey.public_key),
            credential_current_sign_count=0,  # compared below, once the signature is known to be its own
            require_user_verification=True,
        )
    except Exception:  # noqa: BLE001 -- as in `register`
        return "Its answer could not be verified"
    if not secrets.compare_digest(handle, bytes(passkey.user.webauthn_handle)):
        return "It answered for another account"
    if passkey.sign_count and seen.new_sign_count <= passkey.sign_count:
        return COUNTER_WENT_BACK
    passkey.sign_count, passkey.backed_up = seen.new_sign_count, seen.credential_backed_up
    passkey.last_used_at = now()
    passkey.save(update_fields=["sign_count", "backed_up", "last_used_at"])
    return None


# --- keeping them --------------------------------------------------------------------------------------------------


def passkeys_of(user: User) -> list[Passkey]:
    return list(Passkey.objects.visible_to(user).filter(confirmed=True))


def rename_passkey(*, user: User, passkey_id: Any, name: str) -> Passkey:
    passkey = _own(user, passkey_id)
    name = _checked_name(name)
    if not name:
        raise Invalid("Give the passkey a name", details={"name": ["This field may not be blank."]})
    passkey.name = name
    passkey.save(update_fields=["name"])
    return passkey


def remove_passkey(
    *, user: User, session: Session | None, passkey_id: Any, password: str | None = None, code: str | None = None
) -> None:
    """It signs nobody in any more, and whoever it signed in is out; `session`, which asks for it, goes on."""
    passkey = _own(user, passkey_id)
    require_fresh(session=session, user=user, password=password, code=code)
    with transaction.atomic():
        opened = Session.objects.visible_to(user).filter(otp_device=passkey.persistent_id)
        end_sessions(sessions=opened.exclude(pk=session.pk) if session else opened, reason="passkey-removed")
        passkey.delete()
        record(Type.PASSKEY_REMOVED, user=user, details=passkey.name)
        queue_mail(template="account/passkey_removed", to=user.email, user=user, name=passkey.name)


def _own(user: User, passkey_id: Any) -> Passkey:
    passkey = Passkey.objects.visible_to(user).filter(uuid=lookup_id(passkey_id)).first()
    if passkey is None:
        raise NotFound("Passkey not found", code="passkey_not_found")
    return passkey


# --- small things --------------------------------------------------------------------------------------------------


def _holder(user: User, session: Session | None) -> str:
    return f"{user.pk} {session.pk if session else ''}"


def _keep(ceremony: str, challenge: bytes, holder: str) -> str:
    kept = {"ceremony": ceremony, "challenge": base64.b64encode(challenge).decode(), "holder": holder}
    return keep(CEREMONY, kept, CHALLENGE_SECONDS)


def _take(ceremony: str, slip: str | None, holder: str) -> bytes:
    kept = take(CEREMONY, slip)
    if kept is None or (kept["ceremony"], kept["holder"]) != (ceremony, holder):
        raise Invalid("Challenge not found", code="challenge_not_found")
    return base64.b64decode(kept["challenge"])


def _refuse_frames(answer: Mapping[str, Any]) -> None:
    """py_webauthn reads `crossOrigin` and lets it pass; nobody may embed our pages (WebAuthn 7.1 and 7.2)."""
    if parse_client_data_json(base64url_to_bytes(answer["response"]["clientDataJSON"])).cross_origin:
        raise ValueError("made in a frame of another site")


def _refuse_too_many(count: int) -> None:
    if count >= MOST_PASSKEYS:
        raise Conflict(f"At most {MOST_PASSKEYS} passkeys; remove one first", code="too_many_passkeys")


def _checked_name(name: str) -> str:
    name = " ".join(name.split())
    if len(name) > LONGEST_NAME:
        raise Invalid(
            f"At most {LONGEST_NAME} characters", details={"name": [f"Use at most {LONGEST_NAME} characters."]}
        )
    return name


def _transports(answer: Mapping[str, Any]) -> list[str]:
    """Hints that the browser may give along; what is no known one is left out."""
    given = answer["response"].get("transports")
    return sorted({each for each in given if isinstance(each, str)} & TRANSPORTS) if isinstance(given, list) else []


def _descriptor(passkey: Passkey) -> PublicKeyCredentialDescriptor:
    return PublicKeyCredentialDescriptor(
        id=base64url_to_bytes(passkey.credential_id),
        transports=[AuthenticatorTransport(each) for each in passkey.transports] or None,
    )


def _device_type(made: Any) -> str:
    """In Better Auth's words."""
    return "multiDevice" if made.credential_device_type.value == "multi_device" else "singleDevice"
