"""Settings, API keys: made after a proof, told once, listed by how they begin, revoked for good."""

import datetime as dt
import re

import pytest

from accounts.models import ApiKey
from accounts.verbs.api_keys import create_key
from tests.clients import Caller

pytestmark = pytest.mark.django_db

DAY = dt.timedelta(days=1)
PAGE, NEW = "/settings/api-keys/", "/settings/api-keys/new/"
GIVEN = {"name": "Dashboard", "scopes": ["read", "write"], "days": "30"}


def key_in(page):
    return re.search(r'id="api-key"[^>]*>(veza_sk_[\w-]+)<', page.content.decode())[1]


class TestNewKey:
    def test_is_told_once_and_works(self, ada):
        page = ada.post(NEW, GIVEN)
        raw, row = key_in(page), ApiKey.objects.get()
        assert "no-store" in page["Cache-Control"]
        assert (row.name, row.scopes, round((row.expires_at - row.created_at) / DAY)) == (
            "Dashboard",
            ["read", "write"],
            30,
        )
        listed = ada.get(PAGE).content.decode()
        assert (raw in listed, f"{raw[:12]}…" in listed) == (False, True)
        assert Caller(**{"X-API-Key": raw}).get("/api/v1/users/me").status_code == 200

    def test_may_live_until_it_is_revoked(self, ada):
        ada.post(NEW, GIVEN | {"days": ""})
        assert ApiKey.objects.get().expires_at is None

    @pytest.mark.parametrize(
        ("wrong", "field"),
        [
            ({"name": ""}, "name"),
            ({"name": "x" * 101}, "name"),
            ({"scopes": []}, "scopes"),
            ({"scopes": ["admin"]}, "scopes"),
            ({"scopes": ["oauth:assert"]}, "scopes"),
            ({"days": "31"}, "days"),
        ],
    )
    def test_says_what_is_wrong_and_keeps_the_rest(self, ada, wrong, field):
        page = ada.post(NEW, GIVEN | wrong)
        assert (page.status_code, list(page.context["form"].errors)) == (422, [field])
        assert ApiKey.objects.count() == 0

    def test_keeps_what_was_typed_while_a_proof_is_given(self, ada, long_ago):
        long_ago()
        answer = ada.post(NEW, GIVEN)
        assert (answer["Location"], ApiKey.objects.count()) == (
            "/account/confirm/?next=%2Fsettings%2Fapi-keys%2Fnew%2F",
            0,
        )
        assert ada.get(NEW).context["form"].initial == GIVEN
        assert ada.get(NEW).context["form"].initial == {}

    def test_offers_the_scope_of_administrators_to_them_alone(self, ada, settings_of, staff):
        choices = [page.get(NEW).context["form"].fields["scopes"].choices for page in (ada, settings_of(staff))]
        assert [[value for value, _ in each] for each in choices] == [["read", "write"], ["read", "write", "admin"]]


class TestRevoke:
    def test_asks_on_a_page_of_its_own_and_ends_it(self, ada, user):
        key, raw = create_key(user=user, name="Old laptop", scopes=["read"])
        asked = ada.get(f"{PAGE}{key.pk}/revoke/")
        assert "Revoke Old laptop" in asked.content.decode()
        answer = ada.post(f"{PAGE}{key.pk}/revoke/")
        assert (answer.status_code, answer["Location"]) == (302, PAGE)
        assert Caller(**{"X-API-Key": raw}).get("/api/v1/users/me").status_code == 401
        assert "Revoked and expired (1)" in ada.get(PAGE).content.decode()

    def test_hides_anothers(self, ada, stranger):
        key, _ = create_key(user=stranger, name="Theirs", scopes=["read"])
        assert [ada.get(f"{PAGE}{key.pk}/revoke/").status_code, ada.post(f"{PAGE}{key.pk}/revoke/").status_code] == [
            404,
            404,
        ]
        key.refresh_from_db()
        assert key.revoked_at is None

    def test_asks_for_a_proof(self, ada, user, long_ago):
        key, _ = create_key(user=user, name="Old laptop", scopes=["read"])
        long_ago()
        assert ada.post(f"{PAGE}{key.pk}/revoke/")["Location"] == "/account/confirm/?next=%2Fsettings%2Fapi-keys%2F"


class TestList:
    def test_says_what_to_do_where_there_is_none(self, ada):
        assert "Make a key" in ada.get(PAGE).content.decode()
