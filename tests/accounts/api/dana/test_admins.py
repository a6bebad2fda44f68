"""Document dana.txt, "Admin Users": word for word, and for whom."""

import pytest

from accounts.models import StaffMember, User
from accounts.verbs.api_keys import create_key
from accounts.verbs.staff import appoint
from config.dialects.fields import iso_z
from council.models import Persona
from tests.clients import Caller
from tests.factories.accounts import UserFactory

pytestmark = pytest.mark.django_db
ADMINS = "/api/admin/admins"
SOME_ID = "0190b7a2-6f2c-7cc3-98c4-dc0c0c07398f"


def member(role, **more):
    user = UserFactory(**more)
    appoint(user_id=user.pk, role=role, by=None)
    user.refresh_from_db()
    return user


@pytest.fixture
def root():
    return member("super_admin", email="admin@example.com", username="admin")


@pytest.fixture
def office(root):
    return Caller.signed_in_as(root)


def shown(user, **changes):
    row = StaffMember.objects.get(user=user)
    return {
        "id": str(row.pk),
        "user_id": str(user.pk),
        "email": user.email,
        "username": user.username,
        "role": user.role,
        "created_at": iso_z(row.created_at),
    } | changes


def problem(answer):
    return answer.status_code, answer.json()["error"]["code"]


class TestList:
    def test_shows_all_staff(self, office, root):
        support = member("support", email="support@example.com", username="support_user")
        assert office.get(ADMINS).json() == {"success": True, "admins": [shown(root), shown(support)]}

    def test_takes_as_many_queries_however_long(self, office, django_assert_max_num_queries):
        for _ in range(3):
            member("support")
        with django_assert_max_num_queries(3):
            office.get(ADMINS)

    def test_is_for_administrators(self, user, anonymous):
        assert problem(anonymous.get(ADMINS)) == (401, "auth_required")
        assert problem(Caller.signed_in_as(user).get(ADMINS)) == (403, "permission_denied")
        assert problem(Caller.signed_in_as(member("support")).get(ADMINS)) == (403, "permission_denied")
        assert Caller.signed_in_as(member("admin")).get(ADMINS).status_code == 200


class TestCreate:
    def body(self, user, **changes):
        given = {"user_id": str(user.pk), "email": user.email, "username": user.username, "role": "admin"}
        return {key: value for key, value in (given | changes).items() if value is not None}

    def test_appoints(self, office, user):
        answer = office.post(ADMINS, self.body(user))
        user.refresh_from_db()
        assert answer.status_code == 201
        assert answer.json() == {
            "success": True,
            "message": "Admin user created successfully",
            "admin": shown(user, role="admin"),
        }

    def test_gives_a_username_to_who_has_none(self, office, stranger):
        answer = office.post(ADMINS, self.body(stranger, username="new_admin"))
        assert answer.json()["admin"]["username"] == "new_admin"
        assert User.objects.get(pk=stranger.pk).username == "new_admin"

    def test_needs_the_id_and_the_role_alone(self, office, stranger):
        answer = office.post(ADMINS, {"user_id": str(stranger.pk), "role": "support"})
        assert (answer.status_code, answer.json()["admin"]["username"]) == (201, "")

    @pytest.mark.parametrize(
        ("changes", "field"),
        [
            ({"email": "other@example.com"}, "email"),
            ({"username": "other"}, "username"),
            ({"role": "owner"}, "role"),
            ({"role": ""}, "role"),
            ({"role": 1}, "role"),
            ({"user_id": 1}, "user_id"),
        ],
    )
    def test_refuses_what_does_not_fit(self, office, user, changes, field):
        answer = office.post(ADMINS, self.body(user, **changes))
        assert problem(answer) == (400, "validation_error")
        assert set(answer.json()["error"]["details"]) == {field}
        assert StaffMember.objects.count() == 1

    def test_a_username_that_is_taken_leaves_nobody_appointed(self, office, user, stranger):
        answer = office.post(ADMINS, self.body(stranger, username="ADA"))
        assert problem(answer) == (409, "validation_error")
        assert not StaffMember.objects.filter(user=stranger).exists()

    def test_knows_no_such_account(self, office):
        body = {"user_id": "nobody", "role": "support"}
        assert problem(office.post(ADMINS, body)) == (404, "resource_not_found")

    def test_somebody_who_is_staff_already_is_a_conflict(self, office):
        assert problem(office.post(ADMINS, self.body(member("support")))) == (409, "validation_error")

    def test_by_rank(self, user):
        admin = Caller.signed_in_as(member("admin"))
        assert problem(admin.post(ADMINS, self.body(user))) == (403, "permission_denied")
        assert admin.post(ADMINS, self.body(user, role="support")).status_code == 201
        support = Caller.signed_in_as(member("support"))
        assert problem(support.post(ADMINS, self.body(UserFactory(username="x12")))) == (403, "permission_denied")


class TestDelete:
    def test_dismisses(self, office):
        support = member("support")
        path = f"{ADMINS}/{support.staff_member.pk}"
        answer = office.delete(path)
        assert answer.json() == {"success": True, "message": "Admin user deleted successfully"}
        support.refresh_from_db()
        assert (support.role, support.is_staff) == ("", False)
        assert problem(office.delete(path)) == (404, "resource_not_found")

    @pytest.mark.parametrize("admin_id", ["x", "0190b7a2-6f2c-7cc3-98c4-dc0c0c07398f"])
    def test_knows_no_such_member(self, office, admin_id):
        assert problem(office.delete(f"{ADMINS}/{admin_id}")) == (404, "resource_not_found")

    def test_not_oneself(self, office, root):
        assert problem(office.delete(f"{ADMINS}/{root.staff_member.pk}")) == (403, "permission_denied")

    def test_by_rank(self, root):
        admin = Caller.signed_in_as(member("admin"))
        assert problem(admin.delete(f"{ADMINS}/{root.staff_member.pk}")) == (403, "permission_denied")
        assert admin.delete(f"{ADMINS}/{member('support').staff_member.pk}").status_code == 200


class TestRole:
    def test_is_changed(self, office):
        support = member("support", username="support_user")
        row = support.staff_member
        answer = office.put(f"{ADMINS}/{row.pk}/role", {"role": "super_admin"})
        support.refresh_from_db()
        row.refresh_from_db()
        assert answer.json() == {
            "success": True,
            "message": "Admin role updated successfully",
            "admin": shown(support, role="super_admin", updated_at=iso_z(row.updated_at)),
        }
        assert support.is_superuser

    @pytest.mark.parametrize("body", [{}, {"role": "owner"}, {"role": None}])
    def test_is_one_of_three(self, office, body):
        path = f"{ADMINS}/{member('support').staff_member.pk}/role"
        assert problem(office.put(path, body)) == (400, "validation_error")

    def test_not_ones_own(self, office, root):
        answer = office.put(f"{ADMINS}/{root.staff_member.pk}/role", {"role": "admin"})
        assert problem(answer) == (403, "permission_denied")


class TestKeys:
    def test_a_program_may_read_with_its_scope_and_make_nobody_an_administrator(self, root, user):
        _, raw = create_key(user=root, name="backup", scopes=["admin", "read", "write"])
        _, weak = create_key(user=root, name="reader", scopes=["read", "write"])
        body = {"user_id": str(user.pk), "role": "support"}
        assert Caller(X_API_Key=raw).get(ADMINS).status_code == 200
        assert problem(Caller(X_API_Key=weak).get(ADMINS)) == (403, "permission_denied")
        assert problem(Caller(X_API_Key=raw).post(ADMINS, body)) == (403, "permission_denied")


class TestMaintenance:
    """Document veza.txt, "Maintenance Mode": admin only."""

    @pytest.mark.parametrize(("role", "status"), [("support", 403), ("admin", 200), ("super_admin", 200)])
    def test_is_not_for_support(self, role, status):
        caller = Caller.signed_in_as(member(role))
        assert caller.get("/api/v1/admin/maintenance").status_code == status
        assert caller.put("/api/v1/admin/maintenance", {"enabled": False}).status_code == status


class TestSupport:
    """Staff who look: what changes things for others is not theirs, in any style."""

    def test_retries_no_payout_and_rewrites_no_default_persona(self):
        support = Caller.signed_in_as(member("support"))
        assert support.get("/api/v1/admin/transfers").status_code == 403
        assert support.post(f"/api/v1/admin/transfers/{SOME_ID}/retry").status_code == 403
        support.put("/api/personas/persona_sage", {"name": "My Sage"})
        assert Persona.objects.get(pk="persona_sage").name != "My Sage"
