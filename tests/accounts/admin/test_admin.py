"""The admin: one way in, every model listed and searchable, history read-only, no secret shown, verbs behind every write."""

from io import BytesIO
from urllib.parse import urlencode

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import Permission
from django.core.management import call_command
from django.db import connection
from django.test import Client, override_settings
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.timezone import now
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
from accounts.verbs.api_keys import create_key
from accounts.verbs.email_tokens import mint
from accounts.verbs.sessions import issue_refresh_token
from accounts.verbs.staff import appoint
from ontology.models import Connection, ConnectionType, Entity, Event, GraphTransfer, Tag
from ontology.verbs.comments import add_comment
from ontology.verbs.connections import create_connection
from ontology.verbs.files import snapshot_file, upload_file
from ontology.verbs.likes import like
from ontology.verbs.memory import link
from ontology.verbs.shares import share_file
from ontology.verbs.tags import create_tag
from tests.clients import Caller, verified_client
from tests.factories.accounts import PASSWORD, UserFactory
from tests.factories.live import on_air
from tests.factories.ontology import EntityFactory
from tests.factories.social import post_of, track_of

pytestmark = pytest.mark.django_db

OURS = [model for label in ("ontology", "accounts") for model in apps.get_app_config(label).get_models()]


def address(model, rest=""):
    return f"/admin/{model._meta.app_label}/{model._meta.model_name}/{rest}"


@pytest.fixture
def office(staff):
    return verified_client(staff)


@pytest.fixture
def _world(user, stranger):
    """At least one row of everything, with what would be secret in it."""
    entity = EntityFactory(owner=user, name="A visible thing")
    create_tag(entity_id=entity.pk, key="industry", value="fitness", by=user)
    link(from_id=user.pk, to_id=stranger.pk, type=ConnectionType.FOLLOWING)
    issue_refresh_token(session=Caller.signed_in_as(user).session)
    Maintenance.objects.create(enabled=False)
    FeatureFlag.objects.create(name="a-flag")
    Caller.signed_in_as(user).post("/auth/signOut", {"token": "x"})
    more_rows(user)
    file = upload_file(content=BytesIO(b"words"), name="a visible file.txt", by=user)
    snapshot_file(file_id=file.pk, by=user)
    share_file(file_id=file.pk, by=user)
    track_of(user, "A visible track")
    on_air(user, "A visible stream")
    GraphTransfer.objects.create(user=user, kind=GraphTransfer.Kind.EXPORT)
    post = post_of(user)
    like(entity_id=post.pk, by=stranger)
    add_comment(entity_id=post.pk, content="A visible word", by=stranger)


KEY_BYTES = b"the bytes of a public key"


def more_rows(user):
    """One row of what belongs to an account and is not made above."""
    create_key(user=user, name="backup", scopes=["read"])
    mint(EmailToken.Purpose.RESET, user, user.email)
    PrivacyChoice.objects.create(user=user, do_not_sell=True)
    DataExport.objects.create(user=user, path="exports/a-path.zip")
    Departure.objects.create(user=user, due_at=now())
    appoint(user_id=UserFactory().pk, role="support", by=None)
    Passkey.objects.create(user=user, name="Phone", credential_id=f"credential-{user.pk}", public_key=KEY_BYTES)
    Mail.objects.create(user=user, to=user.email, template="account/verify", context={"base": "http://a-base"})
    AuditEntry.objects.create(user=user, method="POST", action="/x", status=200, ip="127.0.0.1", resource=user.pk)


class TestTheDoor:
    def test_is_allauths(self):
        answer = Client().get("/admin/accounts/user/", follow=True)
        assert answer.redirect_chain[-1] == ("/account/login/?next=%2Fadmin%2Faccounts%2Fuser%2F", 302)

    def test_takes_no_password_itself(self, staff):
        client = Client()
        client.post("/admin/login/", {"username": staff.email, "password": PASSWORD})
        assert not Session.objects.exists()

    def test_is_shut_to_others(self, user):
        client = verified_client(user, raise_request_exception=False)
        assert client.get("/admin/login/").status_code == 403
        assert client.get("/admin/", follow=True).status_code == 403

    def test_a_password_alone_leads_to_setting_up_the_second_factor(self, staff):
        client = Client()
        answer = client.post(
            "/account/login/?next=/admin/", {"login": staff.email, "password": PASSWORD, "next": "/admin/"}
        )
        assert (answer.status_code, answer["Location"]) == (302, "/admin/")
        for path in ("/admin/", "/admin/accounts/user/"):
            steps = client.get(path, follow=True).redirect_chain
            assert steps[-1] == (f"/settings/two-factor/?{urlencode({'next': path})}", 302)

    def test_whoever_has_a_factor_shows_it(self, staff):
        verified_client(staff)
        client = Client()
        client.force_login(staff)
        assert client.get("/admin/").status_code == 302
        answer = client.get("/admin/login/?next=/admin/accounts/user/")
        assert answer["Location"] == "/account/challenge/?next=%2Fadmin%2Faccounts%2Fuser%2F"

    def test_whoever_has_a_passkey_alone_is_told_to_use_it(self, staff):
        more_rows(staff)
        client = Client()
        client.force_login(staff)
        answer = client.get("/admin/login/")
        assert answer.status_code == 403
        assert "sign in again with your passkey" in answer.content.decode()

    def test_opens_to_staff_with_a_second_factor(self, staff):
        client = verified_client(staff)
        assert client.get("/admin/").status_code == 200
        assert client.get("/admin/login/?next=/admin/accounts/user/")["Location"] == "/admin/accounts/user/"

    @pytest.mark.parametrize("wanted", ["https://elsewhere.example/", "//elsewhere.example/", "/settings/"])
    def test_leads_nowhere_else(self, staff, wanted):
        assert verified_client(staff).get("/admin/login/", {"next": wanted})["Location"] == "/admin/"

    def test_shuts_when_the_factor_is_gone(self, staff):
        client = verified_client(staff)
        TOTPDevice.objects.all().delete()
        assert client.get("/admin/").status_code == 302

    def test_is_not_for_tokens_and_keys(self, staff):
        verified_client(staff)
        _, raw = create_key(user=staff, name="mine", scopes=["admin", "read", "write"])
        bearer = Caller.signed_in_as(staff)
        assert bearer.get("/admin/").status_code == Caller(X_API_Key=raw).get("/admin/").status_code == 302

    def test_ones_own_password_is_changed_where_everybodys_is(self, staff):
        answer = verified_client(staff).get("/admin/password_change/")
        assert answer["Location"] == reverse("account_change_password")


class TestRoles:
    @pytest.fixture
    def desk(self):
        """Signs somebody of a role in to the admin."""

        def sit(role):
            user = UserFactory()
            appoint(user_id=user.pk, role=role, by=None)
            user.refresh_from_db()
            client = verified_client(user, raise_request_exception=False)
            client.user = user
            return client

        return sit

    @pytest.mark.usefixtures("_world")
    @pytest.mark.parametrize("model", OURS, ids=lambda model: model.__name__)
    def test_support_looks_at_everything_and_changes_nothing(self, desk, model):
        support = desk("support")
        row = model.objects.order_by("pk").last()
        assert support.get("/admin/").status_code == support.get(address(model)).status_code == 200
        assert support.get(address(model, f"{row.pk}/change/")).status_code == 200
        assert support.post(address(model, f"{row.pk}/change/"), {}).status_code == 403
        assert support.post(address(model), {"action": "end", "_selected_action": [str(row.pk)]}).status_code == 403
        assert support.get(address(model, "add/")).status_code == 403
        assert support.post("/admin/logout/").status_code in (200, 302)

    def test_an_administrator_appoints_support_alone(self, desk, user):
        admin_desk = desk("admin")
        fields = {"name": "Ada", "username": "ada", "company": "", "bio": "", "is_active": "on"}
        path = address(User, f"{user.pk}/change/")
        answer = admin_desk.post(path, fields | {"role": "admin"})
        assert "Only a super admin may appoint administrators" in answer.content.decode()
        assert admin_desk.post(path, fields | {"role": "support"}).status_code == 302
        user.refresh_from_db()
        assert (user.role, user.is_staff, user.staff_member.appointed_by) == ("support", True, admin_desk.user)
        assert admin_desk.post(path, fields | {"role": ""}).status_code == 302
        user.refresh_from_db()
        assert (user.role, user.is_staff) == ("", False)

    def test_nobody_changes_who_stands_as_high(self, desk, staff):
        admin_desk, other = desk("admin"), desk("admin").user
        for user in (staff, other, admin_desk.user):
            for page in ("change/", "password/"):
                given = {"name": "X", "role": "", "password1": "another quiet one", "password2": "another quiet one"}
                assert admin_desk.post(address(User, f"{user.pk}/{page}"), given).status_code == 403

    def test_powers_are_not_in_an_administrators_form(self, desk, user):
        fields = {"name": "Renamed", "username": "ada", "company": "", "bio": "", "is_active": "on", "role": ""}
        powers = {"is_superuser": "on", "is_staff": "on", "email": "thief@example.com"}
        permission = Permission.objects.get(codename="change_user")
        answer = desk("admin").post(
            address(User, f"{user.pk}/change/"), fields | powers | {"user_permissions": [permission.pk]}
        )
        assert answer.status_code == 302
        user.refresh_from_db()
        assert (user.name, user.is_superuser, user.is_staff, user.email) == ("Renamed", False, False, "ada@example.com")
        assert not user.user_permissions.exists()
        assert Entity.objects.get(pk=user.pk).name == "Renamed"

    def test_the_last_super_admin_stays(self, office, staff):
        fields = {"name": "Staff", "username": "", "company": "", "bio": "", "is_active": "on", "role": "admin"}
        answer = office.post(address(User, f"{staff.pk}/change/"), fields)
        assert answer.status_code == 200
        assert "Nobody decides about themselves" in answer.content.decode()


@pytest.mark.usefixtures("_world")
class TestEveryModel:
    @pytest.mark.parametrize("model", OURS, ids=lambda model: model.__name__)
    def test_is_registered_listed_searched_filtered_and_shown(self, office, model):
        assert admin.site.is_registered(model)
        assert model.objects.exists()
        for query in (
            {},
            {"q": "a visible"},
            {"q": "0190b7a2-6f2c-7cc3-98c4-dc0c0c07398f"},
            {"q": "\u00e9\u00e9'\"%_"},
        ):
            answer = office.get(address(model), query)
            assert answer.status_code == 200
            assert "?e=1" not in answer.request["QUERY_STRING"]
        row = model.objects.order_by("pk").last()
        assert office.get(address(model, f"{row.pk}/change/")).status_code == 200
        model_admin = admin.site._registry[model]
        assert model_admin.search_fields
        assert model_admin.list_filter

    @pytest.mark.parametrize("model", OURS, ids=lambda model: model.__name__)
    def test_is_listed_in_as_many_queries_however_long(self, office, model, user):
        def count():
            with CaptureQueriesContext(
                connection,
            ) as queries:
                assert office.get(address(model)).status_code == 200
            return len(queries)

        count()
        before = count()
        for _ in range(2):
            other = UserFactory()
            thing = EntityFactory(owner=other)
            create_tag(entity_id=thing.pk, key="a", value="b", by=other)
            issue_refresh_token(session=Caller.signed_in_as(other).session)
            more_rows(other)
        assert count() <= before

    @pytest.mark.parametrize("model", OURS, ids=lambda model: model.__name__)
    def test_shows_no_secret(self, office, model, user):
        session = Session.objects.visible_to(user).first()
        secrets = [session.auth_hash, user.password, RefreshToken.objects.get().token_hash, user.webauthn_handle.hex()]
        secrets += [ApiKey.objects.get().key_hash, EmailToken.objects.get().token_hash, "a-path.zip", "a-base"]
        secrets += [KEY_BYTES.decode(), KEY_BYTES.hex()]
        row = model.objects.order_by("pk").last()
        pages = [office.get(address(model)), office.get(address(model, f"{row.pk}/change/"))]
        for page in pages:
            assert not [secret for secret in secrets if secret in page.content.decode()]

    @pytest.mark.parametrize(
        "model",
        [Session, RefreshToken, Connection, Event, Tag, Entity, AuditEntry, SecurityEvent, Mail, StaffMember, ApiKey],
        ids=lambda model: model.__name__,
    )
    def test_history_is_not_made_or_deleted_by_hand(self, staff, model):
        model_admin = admin.site._registry[model]
        request = type("Request", (), {"user": staff})()
        assert not model_admin.has_add_permission(request)
        assert not model_admin.has_delete_permission(request)

    def test_seeds_and_tokens_of_others_are_not_there(self):
        names = {model.__name__ for model in admin.site._registry}
        assert not names & {"TOTPDevice", "StaticDevice", "SocialToken", "SocialApp", "EmailConfirmation"}


class TestUsers:
    def new(self, office, **more):
        given = {"email": "New.Staff@example.com", "name": "New Staff", "usable_password": "true"}
        given |= {"password1": "a quiet office", "password2": "a quiet office", "role": "support"}
        return office.post(address(User, "add/"), given | more)

    def test_a_new_member_of_staff_can_be_made_and_sign_in(self, office):
        assert self.new(office).status_code == 302
        made = User.objects.get(email="new.staff@example.com")
        assert (made.name, made.is_staff, made.role) == ("New Staff", True, "support")
        assert Entity.objects.filter(pk=made.pk, owner=made, type="audience_member").exists()
        answer = Caller().post("/auth/signIn", {"email": made.email, "password": "a quiet office"})
        assert answer.status_code == 200

    def test_a_taken_address_is_refused(self, office, user):
        answer = self.new(office, email=user.email.upper())
        assert answer.status_code == 200
        assert User.objects.count() == 2

    def test_an_account_without_a_role_is_no_staff(self, office):
        assert self.new(office, role="").status_code == 302
        made = User.objects.get(email="new.staff@example.com")
        assert (made.is_staff, StaffMember.objects.filter(user=made).exists()) == (False, False)
        assert list(made.emailaddress_set.values_list("email", "verified")) == [(made.email, False)]

    def test_switching_one_off_ends_their_sessions(self, office, user):
        caller = Caller.signed_in_as(user)
        fields = {
            "email": user.email,
            "name": user.name,
            "username": user.username,
            "company": "",
            "bio": "",
            "role": "",
        }
        assert office.post(address(User, f"{user.pk}/change/"), fields).status_code == 302
        user.refresh_from_db()
        assert not user.is_active
        assert Session.objects.get(pk=caller.session.pk).revoke_reason == "switched-off"
        assert SecurityEvent.objects.filter(user=user, type="switched_off").exists()

    def test_several_are_switched_off_and_on_together(self, office, user, stranger, staff):
        chosen = {"_selected_action": [str(row.pk) for row in (user, stranger, staff)]}
        page = office.post(address(User), {"action": "switch_off"} | chosen, follow=True).content.decode()
        assert "Nobody decides about themselves" in page
        assert list(User.objects.filter(is_active=True)) == [staff]
        office.post(address(User), {"action": "switch_on"} | chosen)
        assert User.objects.filter(is_active=True).count() == 3

    def test_who_is_switched_off_is_appointed_to_nothing(self, office, user):
        fields = {"name": "Ada", "username": "ada", "company": "", "bio": "", "role": "support"}
        answer = office.post(address(User, f"{user.pk}/change/"), fields)
        assert "is appointed to nothing" in answer.content.decode()

    def test_a_new_password_says_why_sessions_ended(self, office, user):
        caller = Caller.signed_in_as(user)
        given = {"password1": "another quiet one", "password2": "another quiet one", "usable_password": "true"}
        assert office.post(address(User, f"{user.pk}/password/"), given).status_code == 302
        assert Session.objects.get(pk=caller.session.pk).revoke_reason == "password-changed"
        assert SecurityEvent.objects.filter(user=user, type="password_changed").exists()

    def test_createsuperuser_makes_somebody_of_the_graph(self, monkeypatch):
        monkeypatch.setenv("DJANGO_SUPERUSER_PASSWORD", PASSWORD)
        call_command("createsuperuser", "--noinput", "--email", "Root@example.com", verbosity=0)
        root = User.objects.get(email="root@example.com")
        assert (root.is_staff, root.is_superuser, root.role) == (True, True, "super_admin")
        assert Entity.objects.filter(pk=root.pk, owner=root).exists()


class TestWrites:
    def test_an_entity_is_changed_by_its_verb(self, office, staff, user):
        entity = EntityFactory(owner=user, properties={"kept": 1})
        assert (
            office.post(address(Entity, f"{entity.pk}/change/"), {"name": "Renamed", "status": "archived"}).status_code
            == 302
        )
        entity.refresh_from_db()
        assert (entity.name, entity.status, entity.properties) == ("Renamed", "archived", {"kept": 1})
        assert Event.objects.filter(actor=staff.pk, target=entity, type="content_changed").exists()

    def test_entities_and_connections_are_removed_by_their_verbs(self, office, user, stranger):
        entity = EntityFactory(owner=user)
        following = create_connection(
            from_entity_id=user.pk, to_entity_id=stranger.pk, relationship_type="following", by=user
        )
        for model, row in ((Entity, entity), (Connection, following)):
            given = {"action": "remove", "_selected_action": [str(row.pk)]}
            assert office.post(address(model), given).status_code == 302
            row.refresh_from_db()
            assert row.deleted_at

    def test_an_accounts_own_entity_stays(self, office, user):
        answer = office.post(address(Entity), {"action": "remove", "_selected_action": [str(user.pk)]}, follow=True)
        assert "delete the account instead" in answer.content.decode()
        assert Entity.objects.get(pk=user.pk).deleted_at is None

    def test_sessions_are_ended(self, office, user):
        caller = Caller.signed_in_as(user)
        office.post(address(Session), {"action": "end", "_selected_action": [str(caller.session.pk)]})
        assert caller.get("/api/v1/users/me").status_code == 401

    def test_keys_are_revoked_and_let_vouch(self, office, user):
        key, raw = create_key(user=user, name="mine", scopes=["read"])
        chosen = {"_selected_action": [str(key.pk)]}
        office.post(address(ApiKey), {"action": "allow_vouching"} | chosen)
        key.refresh_from_db()
        assert key.scopes == ["oauth:assert", "read"]
        office.post(address(ApiKey), {"action": "revoke"} | chosen)
        assert Caller(X_API_Key=raw).get("/api/v1/users/me").status_code == 401

    def test_only_a_super_admin_lets_a_key_vouch(self, user, stranger):
        appoint(user_id=stranger.pk, role="admin", by=None)
        stranger.refresh_from_db()
        key, _ = create_key(user=user, name="mine", scopes=["read"])
        chosen = {"action": "allow_vouching", "_selected_action": [str(key.pk)]}
        page = verified_client(stranger).post(address(ApiKey), chosen, follow=True).content.decode()
        assert "You do not have permission" in page
        key.refresh_from_db()
        assert key.scopes == ["read"]

    def test_histories_are_found_by_person_place_and_thing(self, office, user, stranger):
        for model in (AuditEntry, SecurityEvent):
            model.objects.all().delete()
        AuditEntry.objects.create(
            user=user, method="POST", action="/x", status=200, ip="192.0.2.7", resource=stranger.pk
        )
        SecurityEvent.objects.create(user=user, type="signed_in", severity="low", ip="192.0.2.7")
        for model in (AuditEntry, SecurityEvent):
            for asked, found in ((user.email, 1), ("192.0.2.7", 1), ("192.0.2.8", 0), (stranger.email, 0)):
                assert office.get(address(model), {"q": asked}).context["cl"].result_count == found
        assert office.get(address(AuditEntry), {"q": str(stranger.pk)}).context["cl"].result_count == 1
        filters = {"severity__exact": "low", "type__exact": "signed_in"}
        assert office.get(address(SecurityEvent), filters).context["cl"].result_count == 1

    def test_the_house_is_closed(self, office, staff):
        assert office.post(address(Maintenance, "add/"), {"enabled": "on"}).status_code == 302
        row = Maintenance.objects.get()
        assert (row.enabled, row.changed_by) == (True, staff)
        assert Client().get("/").status_code == 503


class TestTheFirstPage:
    def test_is_there_with_nothing_in_the_house(self, office):
        answer = office.get("/admin/")
        assert answer.status_code == 200
        assert {"numbers", "jobs", "concerns"} <= set(answer.context_data)

    def test_counts_what_there_is(self, office, user):
        people = next(number for number in office.get("/admin/").context_data["numbers"] if number.name == "People")
        assert people.value == str(User.objects.count())

    def test_its_links_lead_somewhere(self, office):
        page = office.get("/admin/").context_data
        for number in (*page["numbers"], *page["jobs"]):
            assert office.get(f"/admin/{number.url}/").status_code == 200


@override_settings(PASSWORD_HASHERS=["django.contrib.auth.hashers.Argon2PasswordHasher"])
def test_passwords_are_kept_as_argon2():
    assert make_password(PASSWORD).startswith("argon2$argon2id$")
