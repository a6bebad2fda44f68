"""Who may appoint, change and dismiss whom; the last super admin stays, also when two act at once."""

import itertools
import threading

import pytest
from django.core.management import call_command
from django.db import connection

from accounts.models import Mail, SecurityEvent, StaffMember, User
from accounts.verbs.staff import appoint, change_role, dismiss, staff_members
from config.errors import Conflict, DomainError, Forbidden, Invalid, NotFound
from tests.factories.accounts import PASSWORD, UserFactory

pytestmark = pytest.mark.django_db
ROLES = ("", "support", "admin", "super_admin")


def member(role, **more):
    user = UserFactory(**more)
    if role:
        appoint(user_id=user.pk, role=role, by=None)
        user.refresh_from_db()
    return user


def powers(user):
    user.refresh_from_db()
    return user.role, user.is_staff, user.is_superuser, StaffMember.objects.filter(user=user).exists()


AS = {
    "": ("", False, False, False),
    "support": ("support", True, False, True),
    "admin": ("admin", True, False, True),
    "super_admin": ("super_admin", True, True, True),
}


def outcome(act, **given):
    try:
        act(**given)
    except DomainError as error:
        return type(error)
    return None


class TestAppoint:
    @pytest.mark.parametrize(("of_whom", "role"), list(itertools.product(ROLES, ROLES[1:])))
    def test_is_for_those_above(self, of_whom, role):
        by, user = member(of_whom), UserFactory()
        may = of_whom == "super_admin" or (of_whom == "admin" and role == "support")
        assert outcome(appoint, user_id=user.pk, role=role, by=by) is (None if may else Forbidden)
        assert powers(user) == AS[role if may else ""]

    def test_is_told(self, staff, user):
        Mail.objects.all().delete()
        made = appoint(user_id=str(user.pk), role="admin", by=staff)
        assert (made.user, made.appointed_by) == (user, staff)
        event = SecurityEvent.objects.get(type="role_changed")
        assert (event.user, event.severity, event.details, event.context) == (
            user,
            "high",
            "none → admin",
            str(staff.pk),
        )
        mail = Mail.objects.get()
        assert (mail.template, mail.to) == ("account/role_changed", user.email)
        assert mail.context == {"old_role": "", "new_role": "admin"}

    @pytest.mark.parametrize("role", ["", "owner", "SUPPORT"])
    def test_knows_three_roles(self, staff, user, role):
        assert outcome(appoint, user_id=user.pk, role=role, by=staff) is Invalid

    @pytest.mark.parametrize("user_id", ["", "x", None, "0190b7a2-6f2c-7cc3-98c4-dc0c0c07398f"])
    def test_needs_an_account(self, staff, user_id):
        assert outcome(appoint, user_id=user_id, role="support", by=staff) is NotFound

    def test_is_not_for_oneself_for_staff_or_for_who_is_switched_off(self, staff, user):
        assert outcome(appoint, user_id=staff.pk, role="support", by=staff) is Forbidden
        assert outcome(appoint, user_id=member("support").pk, role="admin", by=staff) is Conflict
        User.objects.filter(pk=user.pk).update(is_active=False)
        assert outcome(appoint, user_id=user.pk, role="support", by=staff) is Conflict

    def test_goes_by_what_the_actor_is_now(self, staff, user):
        User.objects.filter(pk=staff.pk).update(role="", is_superuser=False, is_staff=False)
        assert outcome(appoint, user_id=user.pk, role="support", by=staff) is Forbidden


class TestChangeAndDismiss:
    @pytest.mark.parametrize(("of_whom", "whom"), list(itertools.product(ROLES, ROLES[1:])))
    def test_are_for_those_above(self, of_whom, whom):
        member("super_admin")
        by, user = member(of_whom), member(whom)
        may = of_whom == "super_admin" or (of_whom == "admin" and whom == "support")
        assert outcome(dismiss, user_id=user.pk, by=by) is (None if may else Forbidden)
        assert powers(user) == AS["" if may else whom]

    @pytest.mark.parametrize(("whom", "role"), list(itertools.product(ROLES[1:], ROLES[1:])))
    def test_a_super_admin_changes_every_role(self, staff, whom, role):
        user = member(whom)
        assert change_role(user_id=user.pk, role=role, by=staff).user == user
        assert powers(user) == AS[role]

    @pytest.mark.parametrize("role", ["admin", "super_admin"])
    def test_an_administrator_lifts_nobody(self, role):
        by, user = member("admin"), member("support")
        assert outcome(change_role, user_id=user.pk, role=role, by=by) is Forbidden

    def test_nobody_changes_themselves(self, staff):
        member("super_admin")
        assert outcome(change_role, user_id=staff.pk, role="admin", by=staff) is Forbidden
        assert outcome(dismiss, user_id=staff.pk, by=staff) is Forbidden

    def test_whoever_is_no_staff_is_not_found(self, staff, user):
        assert outcome(change_role, user_id=user.pk, role="admin", by=staff) is NotFound
        assert outcome(dismiss, user_id=user.pk, by=staff) is NotFound

    def test_who_comes_back_is_appointed_anew(self, staff, user):
        first = appoint(user_id=user.pk, role="support", by=staff)
        dismiss(user_id=user.pk, by=staff)
        assert appoint(user_id=user.pk, role="admin", by=staff).pk != first.pk

    @pytest.mark.django_db(transaction=True)
    def test_two_who_dismiss_each_other_leave_one(self):
        people = [member("super_admin"), member("super_admin")]
        start = threading.Barrier(2)

        def run(by, user):
            start.wait()
            try:
                outcome(dismiss, user_id=user.pk, by=by)
            finally:
                connection.close()

        threads = [threading.Thread(target=run, args=pair) for pair in (people, people[::-1])]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert User.objects.filter(role="super_admin", is_superuser=True).count() == 1


class TestStaffMembers:
    def test_are_listed_for_administrators(self):
        people = [member(role) for role in ROLES[1:]]
        for by in people[1:]:
            assert [row.user for row in staff_members(by=by)] == people
        with pytest.raises(Forbidden):
            staff_members(by=people[0])

    def test_createsuperuser_makes_one(self, monkeypatch):
        monkeypatch.setenv("DJANGO_SUPERUSER_PASSWORD", PASSWORD)
        call_command("createsuperuser", "--noinput", "--email", "root@example.com", verbosity=0)
        assert powers(User.objects.get(email="root@example.com")) == AS["super_admin"]


class TestPermissions:
    PERMS = (
        "accounts.view_user",
        "accounts.change_user",
        "marketplace.delete_order",
        "auth.change_group",
        "accounts.add_staffmember",
    )

    @pytest.mark.parametrize(
        ("role", "may"),
        [
            ("", (False, False, False, False, False)),
            ("support", (True, False, False, False, False)),
            ("admin", (True, True, True, False, False)),
            ("super_admin", (True, True, True, True, True)),
        ],
    )
    def test_go_by_role(self, role, may):
        user = member(role)
        assert tuple(user.has_perm(name) for name in self.PERMS) == may
        assert user.has_module_perms("accounts") is bool(role)
        user.is_active = False
        assert not any(user.has_perm(name) for name in self.PERMS)

    def test_ranks_decide_who_may_about_whom(self):
        people = [member(role) for role in ROLES]
        assert [[a.outranks(b) for b in people] for a in people] == [
            [False, False, False, False],
            [True, False, False, False],
            [True, True, False, False],
            [True, True, True, True],
        ]
