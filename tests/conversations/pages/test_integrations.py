"""/inbox/integrations/: what is connected and how it stands; a form each that never shows a secret."""

import pytest
from django.test import Client

from config.encrypted import put_keys
from config.rotation import new_key
from conversations.models import Integration
from conversations.models.integration_types import TYPES
from tests.factories.integrations import CONFIGS, EMAIL, IMAP, SLACK, all_connected, connected, leaks
from tests.fakes.slack import CHANNEL, TOKEN, SlackHouse, used_by

pytestmark = pytest.mark.django_db

PLACE = "/inbox/integrations/"


@pytest.fixture
def browser(user):
    client = Client()
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


@pytest.fixture
def slack(settings):
    house = SlackHouse()
    used_by(settings, house)
    with house.standing():
        yield house


def text(page):
    return page.content.decode()


def said(page):
    return [str(message) for message in page.context["messages"]]


def stored():
    return {row.type: row.config for row in Integration.objects.all()}


class TestList:
    def test_says_what_each_is_for_where_nothing_is_connected(self, browser):
        page = browser.get(PLACE)
        assert [one["kind"].type for one in page.context["others"]] == list(TYPES)
        assert "Nothing is connected yet" in text(page)
        assert all(kind.description in text(page) for kind in TYPES.values())

    def test_says_how_each_stands(self, browser, user):
        connected(user)
        connected(user, "hubspot", sandbox=True)
        Integration.objects.filter(type="slack").update(is_connected=False)
        page = browser.get(PLACE)
        states = [(one["kind"].type, one["state"], one["is_sandbox"]) for one in page.context["connected"]]
        assert states == [("slack", "Does not connect", False), ("hubspot", "Not tested yet", True)]
        assert "Sandbox</span>" in text(page)
        assert [one["kind"].type for one in page.context["others"]] == ["email", "postgresql"]

    def test_in_as_many_queries_however_many(self, browser, user, django_assert_max_num_queries):
        connected(user)
        browser.get(PLACE)
        with django_assert_max_num_queries(12) as one:
            browser.get(PLACE)
        for type in ("email", "hubspot"):
            connected(user, type)
        with django_assert_max_num_queries(len(one)):
            browser.get(PLACE)

    def test_is_ones_own(self, browser, stranger):
        connected(stranger)
        assert browser.get(PLACE).context["connected"] == []

    def test_works_with_lost_keys(self, browser, user, settings, tmp_path):
        settings.DATA_DIR = tmp_path
        connected(user)
        put_keys((new_key(),))
        assert browser.get(PLACE).status_code == 200
        assert "cannot be read with this house" in text(browser.get(f"{PLACE}slack/"))


class TestConnecting:
    def test_keeps_and_tests_at_once(self, browser, slack):
        page = browser.post(f"{PLACE}slack/", {"bot_token": TOKEN, "channel_id": CHANNEL}, follow=True)
        assert page.redirect_chain == [(f"{PLACE}slack/", 302)]
        assert said(page) == ["Saved. Connected to Your Team, channel your-channel."]
        assert stored() == {"slack": {"bot_token": TOKEN, "channel_id": CHANNEL}}
        assert TOKEN not in text(page)

    def test_says_what_did_not_connect(self, browser, slack):
        page = browser.post(f"{PLACE}slack/", SLACK, follow=True)
        assert said(page) == ["Saved. Slack does not connect: Slack did not accept the bot token."]
        assert "Does not connect" in text(page)

    def test_takes_the_whole_of_email(self, browser):
        given = EMAIL | IMAP | {"use_tls": "on", "imap_use_ssl": "on", "sandbox": "on"}
        browser.post(f"{PLACE}email/", given)
        assert stored() == {"email": EMAIL | IMAP | {"sandbox": True}}

    def test_leaves_out_what_was_left_empty(self, browser):
        empty = dict.fromkeys(IMAP, "")
        browser.post(f"{PLACE}email/", EMAIL | empty | {"imap_use_ssl": "on", "sandbox": "on"})
        assert stored() == {"email": EMAIL | {"use_tls": False, "sandbox": True}}

    def test_keeps_what_was_typed_but_no_secret(self, browser):
        page = browser.post(f"{PLACE}slack/", SLACK | {"channel_id": "nowhere"})
        assert (page.status_code, list(page.context["form"].errors)) == (422, ["channel_id"])
        assert 'value="nowhere"' in text(page)
        assert leaks(text(page)) == []
        assert stored() == {}

    def test_shows_the_rules_own_sentences(self, browser):
        page = browser.post(f"{PLACE}email/", EMAIL | {"imap_port": "993", "use_tls": "on", "imap_use_ssl": "on"})
        assert page.context["form"].errors == {"imap_port": ["Name the IMAP server too, or leave this out."]}

    @pytest.mark.parametrize("type", CONFIGS)
    def test_has_a_field_for_every_setting_and_none_shows_a_secret(self, browser, user, type):
        form = browser.get(f"{PLACE}{type}/").context["form"]
        assert [field.name for field in form] == [setting.name for setting in TYPES[type].settings]
        connected(user, type)
        page = browser.get(f"{PLACE}{type}/")
        assert leaks(text(page)) == []
        assert "no-store" in page["Cache-Control"]


class TestChanging:
    def test_keeps_secrets_that_were_left_empty(self, browser, user):
        connected(user)
        browser.post(f"{PLACE}slack/", {"bot_token": "", "channel_id": "C2", "sandbox": "on"})
        assert stored() == {"slack": SLACK | {"channel_id": "C2", "sandbox": True}}

    def test_asks_for_the_secret_where_the_host_is_another(self, browser, user):
        connected(user, "postgresql")
        given = CONFIGS["postgresql"] | {"host": "other.example.com", "password": ""}
        page = browser.post(f"{PLACE}postgresql/", given)
        assert page.context["form"].errors == {"password": ["Give the secret itself: none is kept for this host."]}


class TestTesting:
    def test_says_what_was_answered(self, browser, user, slack):
        connected(user, bot_token=TOKEN, channel_id=CHANNEL)
        page = browser.post(f"{PLACE}slack/test/", follow=True)
        assert said(page) == ["Connected to Your Team, channel your-channel."]
        assert "Connected</span>" in text(page)

    def test_says_when_it_was_too_often(self, browser, user):
        connected(user, sandbox=True)
        pages = [browser.post(f"{PLACE}slack/test/", follow=True) for _ in range(7)]
        assert said(pages[-1]) == ["At most 6 tests a minute. Please try again in a minute."]


class TestRemoving:
    def test_asks_first(self, browser, user):
        connected(user)
        page = browser.get(f"{PLACE}slack/remove/")
        assert "Stoa forgets what you entered" in text(page)
        assert stored()
        done = browser.post(f"{PLACE}slack/remove/", follow=True)
        assert done.redirect_chain == [(PLACE, 302)]
        assert stored() == {}


class TestDoors:
    @pytest.mark.parametrize("path", ["", "slack/", "slack/remove/"])
    def test_are_for_who_is_signed_in(self, path):
        answer = Client().get(f"{PLACE}{path}")
        assert (answer.status_code, answer["Location"].partition("?")[0]) == (302, "/account/login/")

    @pytest.mark.parametrize(
        ("method", "path", "status"),
        [
            ("get", "teams/", 404), ("post", "slack/test/", 404), ("get", "slack/test/", 405),
            ("get", "slack/remove/", 404), ("post", "slack/remove/", 404), ("put", "slack/", 405), ("post", "", 405),
        ],
    )  # fmt: skip
    def test_say_what_is_not_there(self, browser, method, path, status):
        assert getattr(browser, method)(f"{PLACE}{path}").status_code == status

    def test_others_integrations_stay_theirs(self, browser, stranger):
        all_connected(stranger)
        assert browser.post(f"{PLACE}slack/remove/").status_code == 404
        assert browser.get(f"{PLACE}slack/").context["row"] is None
        assert Integration.objects.count() == 4
