"""What accounts, and the packages they stand on, hold of people, and what becomes of it (config/personal_data.py)."""

from typing import Any

from allauth.account.models import EmailAddress, EmailConfirmation
from allauth.socialaccount.models import SocialAccount, SocialApp, SocialToken
from django.contrib.admin.models import LogEntry
from django.contrib.auth import SESSION_KEY
from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import Group, Permission
from django.contrib.contenttypes.models import ContentType
from django.contrib.sessions.models import Session as WebSession
from django.db.models import Q, QuerySet
from django_otp.plugins.otp_static.models import StaticDevice, StaticToken
from django_otp.plugins.otp_totp.models import TOTPDevice

from accounts.models import (
    ApiKey,
    AuditEntry,
    DataExport,
    Departure,
    EmailToken,
    FeatureFlag,
    Mail,
    Maintenance,
    Passkey,
    PrivacyChoice,
    RefreshToken,
    SecurityEvent,
    Session,
    StaffMember,
    User,
)
from accounts.models.users import webauthn_handle
from config.personal_data import Person, declare, table
from ontology.models import Entity

NOBODY = "Someone who left"
ADMIN_AUDIT = "Which member of staff changed what, and when, must stay explainable; the names in it are emptied."
AUDIT = (
    "That something was changed, and how it ended, must stay explainable; from where and by which program is emptied."
)
SECURITY = "Attacks are counted over all accounts; the row names only the emptied account."
ACCOUNT = "Kept purchases, payments and other people's conversations point at it; it names nobody any more."
PROOF = "It is the proof that the erasure was asked for and done."


def erased_address(row: User) -> str:
    """erased-<id>@erased.invalid"""
    return f"erased-{row.pk}@erased.invalid"


def unusable_password(row: User) -> str:
    """a value that no password matches"""
    return make_password(None)


def fresh_handle(row: User) -> bytes:
    """32 random bytes"""
    return webauthn_handle()


def mails_to(person: Person) -> QuerySet[Any]:
    """Theirs by account or by address."""
    return Mail.objects.filter(Q(user=person.id) | Q(to=person.email))


def web_sessions_of(person: Person) -> QuerySet[Any]:
    """Django keeps whose a session is inside its signed text alone, so each is opened."""
    rows = WebSession.objects.iterator(chunk_size=500)
    mine = [row.pk for row in rows if row.get_decoded().get(SESSION_KEY) == str(person.id)]
    return WebSession.objects.filter(pk__in=mine)


def admin_log_of(person: Person) -> QuerySet[Any]:
    """What they did as staff, and what staff did to them and to what they own."""
    things = [str(key) for key in Entity.objects.filter(owner=person.id).values_list("pk", flat=True)]
    return LogEntry.objects.filter(Q(user=person.id) | Q(object_id__in=[str(person.id), *things]))


DEVICE = "id user_id name confirmed created_at last_used_at"
THROTTLE = "throttling_failure_timestamp throttling_failure_count"

declare(
    "accounts",
    # --- signing in ---
    table(RefreshToken, of="session__user", withheld="id session_id token_hash expires_at used_at"),
    table(
        Session,
        of="user",
        exported="id user_id style ip user_agent created_at last_seen_at proven_at expires_at revoked_at revoke_reason",
        withheld="token_hash auth_hash otp_device",
    ),
    table(WebSession, found=web_sessions_of, withheld="session_key session_data expire_date"),
    table(
        EmailToken,
        of="user",
        exported="id user_id purpose email created_at expires_at used_at",
        withheld="token_hash auth_hash",
    ),
    table(
        ApiKey,
        of="user",
        exported="id user_id name prefix scopes created_at expires_at last_used_at revoked_at",
        withheld="key_hash",
    ),
    table(
        Passkey,
        of="user",
        exported=f"{DEVICE} uuid credential_id sign_count transports aaguid device_type backed_up",
        withheld="public_key",
    ),
    table(TOTPDevice, of="user", exported=DEVICE, withheld=f"{THROTTLE} key step t0 digits tolerance drift last_t"),
    table(StaticToken, of="device__user", withheld="id device_id token"),
    table(StaticDevice, of="user", exported=DEVICE, withheld=THROTTLE),
    table(EmailConfirmation, of="email_address__user", withheld="id email_address_id created sent key"),
    table(EmailAddress, of="user", exported="id user_id email verified primary"),
    table(SocialToken, of="account__user", withheld="id app_id account_id token token_secret expires_at"),
    table(SocialAccount, of="user", exported="id user_id provider uid last_login date_joined extra_data"),
    # --- what we keep of them ---
    table(
        Mail,
        found=mails_to,
        exported="id user_id to template context queued_at sent_at",
        not_personal="due_at lease_until attempts error",
    ),
    table(PrivacyChoice, of="user", exported="user_id do_not_sell changed_at"),
    table(
        DataExport,
        of="user",
        exported="id user_id status size_bytes sha256 created_at finished_at expires_at",
        not_personal="done total attempts lease_until error",
        withheld="path",
    ),
    table(
        Departure,
        of="user",
        stays=PROOF,
        exported="id user_id requested_by_id requested_at due_at cancelled_at erased_at",
    ),
    table(
        SecurityEvent,
        of="user",
        stays=SECURITY,
        exported="id type severity user_id ip user_agent details source context at",
        anonymised={"ip": None, "user_agent": "", "details": "", "context": ""},
    ),
    table(
        AuditEntry,
        of="user",
        stays=AUDIT,
        exported="id at user_id session_id api_key_id method action resource ip user_agent status",
        anonymised={"ip": None, "user_agent": "", "session_id": None, "api_key_id": None},
    ),
    table(
        LogEntry,
        found=admin_log_of,
        stays=ADMIN_AUDIT,
        exported="id action_time content_type_id object_id action_flag",
        kept={"user_id": "It names the member of staff, by the id of an account that may be emptied itself."},
        anonymised={"object_repr": "", "change_message": ""},
    ),
    # --- who they are ---
    table(StaffMember, of="user", exported="id user_id created_at updated_at", not_personal="appointed_by_id"),
    table(User.groups.through, of="user", exported="id user_id group_id"),
    table(User.user_permissions.through, of="user", exported="id user_id permission_id"),
    table(
        User,
        of="pk",
        stays=ACCOUNT,
        exported=(
            "id email username name company bio image role is_staff is_superuser is_active account_setup_complete "
            "welcome_email_sent last_login email_proven_at created_at updated_at"
        ),
        anonymised={
            "email": erased_address,
            "username": None,
            "name": NOBODY,
            "company": "",
            "bio": "",
            "image": "",
            "password": unusable_password,
            "webauthn_handle": fresh_handle,
            "role": "",
            "is_staff": False,
            "is_superuser": False,
            "is_active": False,
            "last_login": None,
        },
    ),
    # --- nobody's ---
    table(FeatureFlag, not_personal="name description enabled for_staff changed_by_id created_at changed_at"),
    table(Maintenance, not_personal="id enabled changed_by_id changed_at"),
    table(ContentType, not_personal="id app_label model"),
    table(Permission, not_personal="id name content_type_id codename"),
    table(Group, not_personal="id name"),
    table(Group.permissions.through, not_personal="id group_id permission_id"),
    table(SocialApp, not_personal="id provider provider_id name client_id secret key settings"),
)
