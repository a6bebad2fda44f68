"""Settings, passkeys and connected accounts: what is listed, renamed and taken away; whose it is, and not the last way in."""

import uuid

import pytest
from allauth.socialaccount.models import SocialAccount

from accounts.models import Passkey

pytestmark = pytest.mark.django_db

PAGE = "/settings/passkeys/"


@pytest.fixture
def passkey(user):
    return Passkey.objects.create(
        user=user, name="My laptop", credential_id="abc", public_key=b"key", confirmed=True, backed_up=True
    )


class TestPasskeys:
    def test_are_listed(self, ada, passkey):
        page = ada.get(PAGE).content.decode()
        assert [words in page for words in ("My laptop", "Synced", "never used")] == [True, True, True]

    def test_can_be_renamed(self, ada, passkey):
        answer = ada.post(f"{PAGE}{passkey.uuid}/rename/", {"name": " On  my phone "})
        assert (answer.status_code, answer["Location"]) == (302, PAGE)
        assert Passkey.objects.get().name == "On my phone"

    @pytest.mark.parametrize("name", ["", "   ", "x" * 65])
    def test_keep_their_name_where_the_new_one_is_none(self, ada, passkey, name):
        assert ada.post(f"{PAGE}{passkey.uuid}/rename/", {"name": name}).status_code == 422
        assert Passkey.objects.get().name == "My laptop"

    def test_can_be_removed_on_a_page_of_its_own(self, ada, passkey):
        assert "Remove My laptop" in ada.get(f"{PAGE}{passkey.uuid}/remove/").content.decode()
        assert ada.post(f"{PAGE}{passkey.uuid}/remove/")["Location"] == PAGE
        assert not Passkey.objects.exists()

    def test_are_removed_only_after_a_proof(self, ada, passkey, long_ago):
        long_ago()
        answer = ada.post(f"{PAGE}{passkey.uuid}/remove/")
        assert answer["Location"] == "/account/confirm/?next=%2Fsettings%2Fpasskeys%2F"
        assert Passkey.objects.exists()

    @pytest.mark.parametrize("act", ["rename", "remove"])
    def test_of_others_are_hidden(self, settings_of, stranger, passkey, act):
        browser = settings_of(stranger)
        for address in (f"{PAGE}{passkey.uuid}/{act}/", f"{PAGE}{uuid.uuid4()}/{act}/"):
            assert [browser.get(address).status_code, browser.post(address).status_code] == [404, 404]

    def test_say_why_none_can_be_made_at_a_bare_address(self, ada, settings):
        settings.SITE_URL = "http://127.0.0.1:8000"
        page = ada.get(PAGE).content.decode()
        assert "Passkeys cannot be made at this address" in page
        assert "data-passkey-register" not in page


class TestConnections:
    @pytest.fixture
    def github(self, user):
        return SocialAccount.objects.create(user=user, provider="github", uid="42", extra_data={"login": "ada"})

    def test_say_so_where_nothing_is_set_up(self, ada):
        assert "Nothing to connect" in ada.get("/settings/connections/").content.decode()

    def test_are_listed_and_taken_away(self, ada, github):
        assert "GitHub" in ada.get("/settings/connections/").content.decode()
        address = f"/settings/connections/{github.pk}/disconnect/"
        assert "Disconnect GitHub" in ada.get(address).content.decode()
        assert ada.post(address)["Location"] == "/settings/connections/"
        assert not SocialAccount.objects.exists()

    def test_the_last_way_in_stays_and_says_why(self, settings_of, user, github):
        user.set_unusable_password()
        user.save()
        browser = settings_of(user)
        assert "This is your only way to sign in" in browser.get("/settings/connections/").content.decode()
        page = browser.post(f"/settings/connections/{github.pk}/disconnect/", follow=True)
        assert "Set a password or add a passkey first." in page.content.decode()
        assert SocialAccount.objects.exists()

    @pytest.mark.parametrize("number", [0, 10**30])
    def test_of_others_are_hidden(self, settings_of, stranger, github, number):
        browser = settings_of(stranger)
        for address in (f"/settings/connections/{number or github.pk}/disconnect/",):
            assert [browser.get(address).status_code, browser.post(address).status_code] == [404, 404]
