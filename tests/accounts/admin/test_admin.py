"""The admin: one way in, every model listed and searchable, history read-only, no secret shown, verbs behind every write."""

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import Permission
from django.core.management import call_command
from django.db import connection
from django.test import Client, override_settings
from django.test.utils import CaptureQueriesContext

from accounts.models import Maintenance, RefreshToken, Session, User
from accounts.verbs.sessions import issue_refresh_token
from ontology.models import Connection, ConnectionType, Entity, Event, Tag
from ontology.verbs.connections import create_connection
from ontology.verbs.memory import link
from ontology.verbs.tags import create_tag
from tests.clients import Caller
from tests.factories.accounts import PASSWORD, UserFactory
from tests.factories.ontology import EntityFactory

pytestmark = pytest.mark.django_db

OURS = [model for label in ("ontology", "accounts") for model in apps.get_app_config(label).get_models()]


def address(model, rest=""):
    return f"/admin/{model._meta.app_label}/{model._meta.model_name}/{rest}"


@pytest.fixture
def office(staff):
    client = Client()
    client.force_login(staff)
    return client


@pytest.fixture
def _world(user, stranger):
    """At least one row of everything, with what would be secret in it."""
    entity = EntityFactory(owner=user, name="A visible thing")
    create_tag(entity_id=entity.pk, key="industry", value="fitness", by=user)
    link(from_id=user.pk, to_id=stranger.pk, type=ConnectionType.FOLLOWING)
    issue_refresh_token(session=Caller.signed_in_as(user).session)
    Maintenance.objects.create(enabled=False)


class TestTheDoor:
    def test_is_allauths(self):
        answer = Client().get("/admin/accounts/user/", follow=True)
        assert answer.redirect_chain[-1] == ("/account/login/?next=%2Fadmin%2Faccounts%2Fuser%2F", 302)

    def test_takes_no_password_itself(self, staff):
        client = Client()
        client.post("/admin/login/", {"username": staff.email, "password": PASSWORD})
        assert not Session.objects.exists()

    def test_is_shut_to_others(self, user):
        client = Client(raise_request_exception=False)
        client.force_login(user)
        assert client.get("/admin/login/").status_code == 403
        assert client.get("/admin/", follow=True).status_code == 403

    def test_opens_to_staff(self, staff):
        client = Client()
        answer = client.post(
            "/account/login/?next=/admin/", {"login": staff.email, "password": PASSWORD, "next": "/admin/"}
        )
        assert (answer.status_code, answer["Location"]) == (302, "/admin/")
        assert client.get("/admin/").status_code == 200


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
        assert count() <= before

    @pytest.mark.parametrize("model", OURS, ids=lambda model: model.__name__)
    def test_shows_no_secret(self, office, model, user):
        session = Session.objects.visible_to(user).get()
        secrets = [session.auth_hash, user.password, RefreshToken.objects.get().token_hash, user.webauthn_handle.hex()]
        row = model.objects.order_by("pk").last()
        pages = [office.get(address(model)), office.get(address(model, f"{row.pk}/change/"))]
        for page in pages:
            assert not [secret for secret in secrets if secret in page.content.decode()]

    @pytest.mark.parametrize(
        "model", [Session, RefreshToken, Connection, Event, Tag, Entity], ids=lambda model: model.__name__
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
        given |= {"password1": "a quiet office", "password2": "a quiet office", "is_staff": "on", "role": "support"}
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

    def test_a_new_password_says_why_sessions_ended(self, office, user):
        caller = Caller.signed_in_as(user)
        given = {"password1": "another quiet one", "password2": "another quiet one", "usable_password": "true"}
        assert office.post(address(User, f"{user.pk}/password/"), given).status_code == 302
        assert Session.objects.get(pk=caller.session.pk).revoke_reason == "password-changed"

    def test_staff_cannot_make_themselves_more(self, user, staff):
        user.is_staff = True
        user.save()
        user.user_permissions.set(Permission.objects.filter(codename__in=("change_user", "view_user")))
        client = Client(raise_request_exception=False)
        client.force_login(user)
        fields = {
            "email": user.email,
            "name": "Renamed",
            "username": "ada",
            "company": "",
            "bio": "",
            "is_active": "on",
        }
        powers = {"is_superuser": "on", "role": "super_admin", "is_staff": "on"}
        assert client.post(address(User, f"{user.pk}/change/"), fields | powers).status_code == 302
        user.refresh_from_db()
        assert (user.name, user.is_superuser, user.role) == ("Renamed", False, "")
        assert client.post(address(User, f"{staff.pk}/change/"), fields).status_code == 403
        password = {"password1": "another quiet one", "password2": "another quiet one"}
        assert client.post(address(User, f"{staff.pk}/password/"), password).status_code == 403

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
