import pytest

from accounts.models import ApiKey, Mail, SecurityEvent, Session
from accounts.verbs.api_keys import create_key
from accounts.verbs.people import switch_off, switch_on
from accounts.verbs.staff import appoint
from config.errors import Forbidden, NotFound
from config.ids import new_id
from ontology.models import Change
from tests.clients import Caller
from tests.factories.accounts import PASSWORD, UserFactory

pytestmark = pytest.mark.django_db


class TestSwitchOff:
    def test_ends_everything_at_once(self, staff, user, anonymous):
        caller = Caller.signed_in_as(user)
        _, raw = create_key(user=user, name="mine", scopes=["read"])
        key = Caller(X_API_Key=raw)
        assert caller.get("/api/v1/users/me").status_code == key.get("/api/v1/users/me").status_code == 200

        switch_off(user_id=user.pk, by=staff)

        assert caller.get("/api/v1/users/me").status_code == key.get("/api/v1/users/me").status_code == 401
        answer = anonymous.post("/api/v1/auth/login", {"email": user.email, "password": PASSWORD})
        assert answer.status_code == 401
        assert Session.objects.get(user=user).revoke_reason == "switched-off"
        assert Change.objects.filter(kind="SessionsEnded").exists()  # which closes sockets
        event = SecurityEvent.objects.get(type="switched_off")
        assert (event.user, event.severity, event.context) == (user, "high", str(staff.pk))
        assert Mail.objects.get(template="account/account_switched_off").to == user.email

    def test_nothing_comes_back_with_the_account(self, staff, user, anonymous):
        caller = Caller.signed_in_as(user)
        create_key(user=user, name="mine", scopes=["read"])
        switch_off(user_id=user.pk, by=staff)
        switch_off(user_id=user.pk, by=staff)
        switch_on(user_id=user.pk, by=staff)
        assert caller.get("/api/v1/users/me").status_code == 401
        assert not ApiKey.objects.live().exists()
        answer = anonymous.post("/api/v1/auth/login", {"email": user.email, "password": PASSWORD})
        assert answer.status_code == 200
        kinds = SecurityEvent.objects.filter(user=user, type__startswith="switched").order_by("at", "id")
        assert list(kinds.values_list("type", flat=True)) == ["switched_off", "switched_on"]

    @pytest.mark.parametrize("act", [switch_off, switch_on])
    def test_is_for_administrators_about_those_below(self, staff, user, stranger, act):
        support, admin = UserFactory(), UserFactory()
        appoint(user_id=support.pk, role="support", by=None)
        appoint(user_id=admin.pk, role="admin", by=None)
        for by, whom in (
            (user, stranger),
            (support, stranger),
            (admin, staff),
            (admin, admin),
            (staff, staff),
        ):
            by.refresh_from_db()
            with pytest.raises(Forbidden):
                act(user_id=whom.pk, by=by)
        act(user_id=support.pk, by=admin)
        with pytest.raises(NotFound):
            act(user_id=new_id(), by=staff)
