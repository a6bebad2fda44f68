"""Who works here: appointing, changing a role, dismissing. Document dana.txt, "Admin Users".

A super admin appoints anybody, an admin support alone, support nobody. Nobody decides about themselves, or about somebody
of their own rank or above (super admins decide about each other), and one super admin always stays.
"""

from typing import Any

from django.db import transaction
from django.db.models import Q

from accounts.models import SecurityEvent, StaffMember, User
from accounts.verbs.mails import queue_mail
from accounts.verbs.profiles import update_profile
from accounts.verbs.security import record
from config.errors import Conflict, Forbidden, Invalid, NotFound
from config.ids import NOBODY, lookup_id

Role = User.Role
ROLES = (Role.SUPPORT, Role.ADMIN, Role.SUPER_ADMIN)


@transaction.atomic
def appoint(
    *, user_id: Any, role: str, by: User | None, email: str | None = None, username: str | None = None
) -> StaffMember:
    """Make an account a member of staff. `by` is None for the house's own commands.

    `email` and `username`, where given, must be the account's: whoever mixed up two people is told so. An account without
    a username is given it.
    """
    user, by = lock_for(user_id, by)
    check_appointment(user=user, role=role, by=by)
    check_is(user, email=email, username=username)
    if user.role:
        raise Conflict("This account is staff already; change its role instead", code="already_staff")
    if not user.is_active:
        raise Conflict("This account is switched off", code="switched_off")
    if username and not user.username:
        update_profile(user=user, username=username)
    return _set_role(user, role, by)


@transaction.atomic
def change_role(*, user_id: Any, role: str, by: User) -> StaffMember:
    user, by = lock_for(user_id, by)
    check_appointment(user=user, role=role, by=by)
    if not user.role:
        raise NotFound("This account is no staff")
    check_one_stays(user, role=role)
    return _set_role(user, role, by) if user.role != role else _member(user, None)


@transaction.atomic
def dismiss(*, user_id: Any, by: User) -> None:
    """Back to being a user like all others."""
    user, by = lock_for(user_id, by)
    check_may_decide(user=user, by=by)
    if not user.role:
        raise NotFound("This account is no staff")
    check_one_stays(user, role=Role.NONE)
    _set_role(user, Role.NONE, by)


def staff_members(*, by: User) -> list[StaffMember]:
    """All of them, the longest here first, for administrators."""
    if not by.is_admin:
        raise Forbidden
    return list(StaffMember.objects.select_related("user"))


def find_member(*, member_id: Any, by: User) -> StaffMember:
    if not by.is_admin:
        raise Forbidden
    member = StaffMember.objects.filter(pk=lookup_id(member_id)).first()
    if member is None:
        raise NotFound("Admin user not found")
    return member


def note_superuser(user: User) -> None:
    """`manage.py createsuperuser` knows no verbs; whoever it makes is a member of staff all the same."""
    _member(user, None)


def lock_for(user_id: Any, by: User | None) -> tuple[User, Any]:
    """The account and whoever acts, as they are now, held with all super admins until the transaction ends.

    Always in the order of their ids: two who dismiss each other wait for one another, and the second is too late.
    """
    pk, actor = lookup_id(user_id), by.pk if by else NOBODY
    wanted = User.objects.filter(Q(pk__in=(pk, actor)) | Q(is_superuser=True))
    held = {user.pk: user for user in wanted.select_for_update(no_key=True).order_by("pk")}
    if by is not None and not (actor in held and held[actor].is_active and held[actor].is_admin):
        raise Forbidden
    if pk not in held:
        raise NotFound("User not found")
    return held[pk], held.get(actor)


def check_appointment(*, user: User, role: str, by: User | None) -> None:
    check_may_decide(user=user, by=by)
    if by is not None and not by.is_superuser and role != Role.SUPPORT:
        raise Forbidden("Only a super admin may appoint administrators")
    if role not in ROLES:
        raise Invalid(details={"role": [f"One of: {', '.join(ROLES)}."]})


def check_is(user: User, *, email: str | None, username: str | None) -> None:
    faults: dict[str, list[str]] = {}
    if email is not None and email.strip().lower() != user.email:
        faults["email"] = ["This is not the account's address."]
    if username and user.username and username.lower() != user.username.lower():
        faults["username"] = ["This is not the account's username."]
    if faults:
        raise Invalid(next(iter(faults.values()))[0], details=faults)


def check_may_decide(*, user: User, by: User | None) -> None:
    if by is None:
        return
    if not by.is_admin:
        raise Forbidden
    if user.pk == by.pk:
        raise Forbidden("Nobody decides about themselves here; ask another administrator")
    if not by.outranks(user):
        raise Forbidden("Only a super admin may decide about administrators")


def check_one_stays(user: User, *, role: str) -> None:
    others = User.objects.filter(is_superuser=True, is_active=True).exclude(pk=user.pk)
    if user.is_superuser and role != Role.SUPER_ADMIN and not others.exists():
        raise Conflict("The last super admin stays", code="last_super_admin")


def _set_role(user: User, role: str, by: User | None) -> Any:
    old, user.role = user.role, role
    user.is_staff, user.is_superuser = bool(role), role == Role.SUPER_ADMIN
    user.save(update_fields=["role", "is_staff", "is_superuser", "updated_at"])
    words = f"{old or 'none'} → {role or 'none'}"
    record(SecurityEvent.Type.ROLE_CHANGED, user=user, details=words, context=str(by.pk) if by else "")
    queue_mail(template="account/role_changed", to=user.email, user=user, old_role=str(old), new_role=str(role))
    if not role:
        StaffMember.objects.filter(user=user).delete()
        return None
    return _member(user, by)


def _member(user: User, by: User | None) -> StaffMember:
    member, _ = StaffMember.objects.get_or_create(user=user, defaults={"appointed_by": by})
    member.save(update_fields=["updated_at"])
    return member
