"""Rooms in a real browser: what comes without a reload, and what a lost connection does not lose."""

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import expect

from conversations.models import Message
from conversations.verbs.messages import send_message
from tests.browsers import Person, browser, needs_browser
from tests.factories.conversations import direct, room
from tests.live import WebProcess

pytestmark = [pytest.mark.browser, needs_browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture(scope="module")
def chromium():
    """The browser's own loop runs in this thread all the while; the tests themselves are not asynchronous."""
    with pytest.MonkeyPatch.context() as environment, browser() as running:
        environment.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
        yield running


@pytest.fixture(scope="module")
def web(django_db_setup, django_db_blocker):
    with django_db_blocker.unblock():
        process = WebProcess()
    yield process
    process.end()


@pytest.fixture
def arrive(chromium, web):
    """Someone signed in, at a browser of their own."""
    people = []

    def sit_down(user):
        client = Client()
        client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
        person = Person(chromium, f"http://{web.host}")
        name = settings.SESSION_COOKIE_NAME
        person.context.add_cookies([{"name": name, "value": client.cookies[name].value, "url": person.base}])
        people.append(person)
        return person

    yield sit_down
    for person in people:
        person.context.close()


def said(person):
    return person.page.locator(".message-text")


def write(person, text):
    person.page.locator("[data-composer] textarea").fill(text)
    person.page.keyboard.press("Enter")


class TestRoom:
    def test_words_typing_presence_and_marks_come_by_themselves(self, arrive, user, stranger):
        porch, other = room(user, stranger, title="Porch"), room(user, stranger, title="Other")
        ada, bo = arrive(user), arrive(stranger)
        ada.goes_to(f"/rooms/{porch.pk}/")
        bo.goes_to(f"/rooms/{porch.pk}/")
        expect(ada.page.locator("[data-here]")).to_have_text("2 people, 2 here now")

        bo.page.locator("[data-composer] textarea").press_sequentially("Hel")
        expect(ada.page.locator(".writing")).to_contain_text("A Stranger is writing")
        write(bo, "Hello <b>Ada</b>")
        expect(said(ada)).to_have_text(["Hello <b>Ada</b>"])
        expect(ada.page.locator(".writing")).to_have_count(0)
        write(ada, "Hello yourself")
        expect(said(bo)).to_have_text(["Hello <b>Ada</b>", "Hello yourself"])
        expect(bo.page.locator(".message.pending")).to_have_count(0)

        bo.goes_to(f"/rooms/{other.pk}/")
        expect(ada.page.locator("[data-here]")).to_have_text("2 people")
        write(bo, "Over here")
        row = ada.page.locator(f"a.row[href='/rooms/{other.pk}/']")
        expect(row.locator(".mark")).to_contain_text("1")
        expect(row.locator(".row-text")).to_have_text("Over here")
        assert (ada.complaints, bo.complaints) == ([], [])

    def test_a_lost_connection_loses_nothing_and_sends_nothing_twice(self, arrive, web, user, stranger):
        porch = room(user, stranger)
        ada = arrive(user)
        ada.goes_to(f"/rooms/{porch.pk}/")
        write(ada, "before")
        expect(ada.page.locator(".message.pending")).to_have_count(0)

        web.stop()
        expect(ada.page.locator("[data-composer-note]")).to_contain_text("Connecting again")
        write(ada, "typed meanwhile")
        expect(ada.page.locator(".message.pending .message-text")).to_have_text(["typed meanwhile"])
        for number in (1, 2):
            send_message(conversation_id=porch.pk, content=f"missed {number}", by=stranger)
        web.start()

        expect(said(ada)).to_have_text(["before", "missed 1", "missed 2", "typed meanwhile"])
        expect(ada.page.locator(".message.pending")).to_have_count(0)
        expect(ada.page.locator("[data-composer-note]")).to_have_text("")
        contents = Message.objects.filter(conversation=porch).order_by("seq").values_list("content", flat=True)
        assert list(contents) == ["before", "missed 1", "missed 2", "typed meanwhile"]

    def test_earlier_messages_come_while_one_scrolls(self, arrive, user, stranger):
        porch = room(user, stranger)
        lines = [f"line {number}" for number in range(120)]
        for number, line in enumerate(lines):
            send_message(conversation_id=porch.pk, content=line, by=(user, stranger)[number // 3 % 2])
        ada = arrive(user)
        ada.goes_to(f"/rooms/{porch.pk}/")
        expect(said(ada)).to_have_text(lines[70:])

        while ada.page.locator("a.thread-note").count():
            ada.page.locator("[data-scroll]").evaluate("box => { box.scrollTop = -box.scrollHeight; }")
            expect(ada.page.locator(".thread-note[aria-busy]")).to_have_count(0)

        expect(said(ada)).to_have_text(lines)
        expect(ada.page.locator(".thread-day")).to_have_count(1)
        assert ada.complaints == []

    def test_who_is_removed_is_told(self, arrive, user, stranger):
        porch = room(user, stranger)
        bo, ada = arrive(stranger), arrive(user)
        bo.goes_to(f"/rooms/{porch.pk}/")
        expect(bo.page.locator(".people .avatar.present")).to_have_count(1)  # they have joined
        ada.goes_to(f"/rooms/{porch.pk}/people/")
        ada.presses("Remove A Stranger")

        expect(bo.page.locator(".toast")).to_contain_text("not in this conversation any more")
        expect(bo.page.locator("[data-composer] textarea")).to_be_disabled()


class TestInbox:
    def test_a_first_message_appears_in_a_list_that_was_empty(self, arrive, user, stranger):
        ada = arrive(user)
        ada.goes_to("/inbox/")
        expect(ada.page.locator(".desk-nothing")).to_contain_text("Nothing in your inbox")
        expect(ada.page.locator("[data-live]")).to_be_visible()
        conversation = direct(stranger, user)
        send_message(conversation_id=conversation.pk, content="Hello there", by=stranger)

        expect(ada.page.locator(f"a.row[href='/inbox/{conversation.pk}/']")).to_contain_text("A Stranger")
        expect(ada.page.locator(".desk-nothing")).to_contain_text("Choose a conversation")
