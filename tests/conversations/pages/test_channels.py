"""The accounts that clients write to: connecting, letting go, the assistant, and playing a client."""

import pytest

from config.ids import new_id
from conversations.models import ClientThread, InboxSettings, Message, PlatformAccount
from conversations.verbs.platform_accounts import disconnect_account, mark_broken
from tests.factories.pages import browser_of
from tests.factories.platforms import account_of
from tests.factories.subscriptions import TierFactory, subscribed

pytestmark = pytest.mark.django_db

PAGE = {"platform": "facebook", "external_id": "harbour-music", "name": "Harbour Music"}


@pytest.fixture
def browser(user):
    return browser_of(user)


def connect(browser, **given):
    return browser.post("/inbox/channels/", PAGE | given)


def shown(browser):
    return browser.get("/inbox/channels/")


class TestConnect:
    def test_asks_who_you_are(self, client):
        assert client.get("/inbox/channels/").status_code == 302

    def test_says_what_is_to_be_done_where_there_is_none(self, browser):
        page = shown(browser).content.decode()

        assert "No account yet" in page
        assert "Without a subscription you may connect Facebook and Instagram." in page

    def test_connects_in_the_sandbox_without_a_token(self, browser, user):
        answer = connect(browser)
        page = shown(browser).content.decode()

        account = PlatformAccount.objects.get()
        assert (answer.status_code, answer.url, account.owner, account.is_sandbox) == (
            302,
            "/inbox/channels/",
            user,
            True,
        )
        assert "Harbour Music" in page
        assert 'title="Nothing leaves this house: the platform is played here.">Sandbox' in page
        assert "access_token" not in page

    def test_states_the_tiers_limit_and_its_refusal_in_place(self, browser, user):
        refused = connect(browser, platform="whatsapp")
        subscribed(user, TierFactory(name="Professional", platforms=["facebook", "instagram", "whatsapp"]))
        page = shown(browser)

        assert (refused.status_code, PlatformAccount.objects.count()) == (400, 0)
        assert refused.context["fault"]["text"].endswith("allows Facebook and Instagram, not WhatsApp.")
        assert refused.context["fault"]["url"] == "/pricing/"
        assert refused.context["connect_form"]["external_id"].value() == "harbour-music"
        assert page.context["allowed"] == "Facebook, Instagram and WhatsApp"

    @pytest.mark.parametrize("given", [{"platform": "icq"}, {"external_id": ""}, {"external_id": "no spaces here"}])
    def test_keeps_what_was_typed_where_it_is_wrong(self, browser, given):
        refused = connect(browser, **given)

        assert (refused.status_code, refused.context["connect_form"]["name"].value()) == (400, "Harbour Music")
        assert refused.context["connect_form"].errors

    def test_somebody_elses_is_refused(self, browser, stranger):
        account_of(stranger, external_id="harbour-music")

        refused = connect(browser)

        assert refused.status_code == 400
        assert "Somebody else has connected this account" in refused.content.decode()

    def test_with_meta_it_asks_for_a_token(self, browser, settings):
        settings.META_IS_SET_UP = True

        page, refused = shown(browser).content.decode(), connect(browser)

        assert 'name="access_token"' in page
        assert refused.status_code == 400
        assert "Give an access token of this account." in str(refused.context["connect_form"].errors["access_token"])


class TestAccounts:
    def test_switches_the_assistant(self, browser, user):
        account = account_of(user)
        switched = []
        for on in ("1", "0"):
            browser.post(f"/inbox/channels/{account.pk}/assistant/", {"on": on})
            account.refresh_from_db()
            switched.append(account.answers_by_ai)

        assert switched == [True, False]

    def test_disconnects_and_says_so(self, browser, user):
        account = account_of(user)

        answer = browser.post(f"/inbox/channels/{account.pk}/disconnect/")
        page = shown(browser).content.decode()

        account.refresh_from_db()
        assert (answer.status_code, account.status) == (302, "disconnected")
        assert "Nothing is sent from here. What clients still write is kept." in page
        assert "Write as a client" not in page

    def test_a_broken_one_says_why_and_what_to_do(self, browser, user):
        mark_broken(account_of(user), "The platform does not accept the account's access token any more.")

        page = shown(browser).content.decode()

        assert "Answers are not sent." in page
        assert "does not accept the account&#x27;s access token any more." in page
        assert "Connect it again" in page

    def test_others_are_not_shown_and_not_touched(self, browser, stranger):
        account = account_of(stranger, name="Theirs")

        page = shown(browser).content.decode()
        for act in ("assistant/", "disconnect/"):
            browser.post(f"/inbox/channels/{account.pk}/{act}", {"on": "1"})
        written = browser.post(f"/inbox/channels/{account.pk}/write/", {"client_name": "Anna", "text": "Hi"})
        unknown = browser.post(f"/inbox/channels/{new_id()}/disconnect/")

        account.refresh_from_db()
        assert "Theirs" not in page
        assert (account.status, account.answers_by_ai) == ("connected", False)
        assert (written.status_code, unknown.status_code) == (400, 302)

    def test_staff_see_whose_they_are(self, staff, user):
        account_of(user, name="Hers")

        page = shown(browser_of(staff))

        assert [(str(one["account"]), one["is_mine"]) for one in page.context["others"]] == [("Hers", False)]
        assert user.display_name in page.content.decode()

    def test_takes_the_same_queries_for_one_and_three(self, browser, user, django_assert_max_num_queries):
        account_of(user)
        shown(browser)
        for number in range(2):
            with django_assert_max_num_queries(10):
                shown(browser)
            account_of(user, external_id=f"20{number}")
            account_of(user, external_id=f"30{number}")


class TestWriteAsAClient:
    def test_leads_to_the_conversation_where_it_arrived(self, browser, user):
        account = account_of(user)

        answer = browser.post(f"/inbox/channels/{account.pk}/write/", {"client_name": "Anna", "text": "Hello"})

        thread = ClientThread.objects.get()
        assert answer.url == f"/inbox/{thread.pk}/"
        assert (thread.client_name, Message.objects.get().content) == ("Anna", "Hello")

    def test_keeps_what_was_typed(self, browser, user):
        account = account_of(user)

        empty = browser.post(f"/inbox/channels/{account.pk}/write/", {"client_name": "", "text": "Hello"})
        disconnect_account(account_id=account.pk, by=user)

        form = empty.context["accounts"][0]["write_form"]
        assert (empty.status_code, form["text"].value()) == (400, "Hello")


class TestForTheSite:
    def test_only_staff_see_the_webhooks(self, browser, staff, settings):
        address = f"{settings.SITE_URL}/webhooks/facebook"

        assert address not in shown(browser).content.decode()
        assert address in shown(browser_of(staff)).content.decode()

    def test_administrators_choose_the_default_owner(self, browser, staff, user):
        office = browser_of(staff)

        chosen = office.post("/inbox/channels/owner/", {"person": user.email})
        unknown = office.post("/inbox/channels/owner/", {"person": "nobody@example.com"})
        by_user = browser.post("/inbox/channels/owner/", {"person": user.email})

        assert (chosen.status_code, InboxSettings.objects.get().default_owner) == (302, user)
        assert (unknown.status_code, by_user.status_code) == (400, 400)
        assert user.display_name in shown(office).content.decode()


def test_the_counter_says_what_the_platform_takes(browser, user):
    account_of(user)

    assert 'data-most="2000"' in shown(browser).content.decode()
