"""A client in a real browser: they write, it appears by itself, a draft, an answer, its ticks, a task, the end."""

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import expect

from conversations.models import ClientThread, Delivery, Message
from conversations.verbs.deliveries import attempt_delivery
from conversations.verbs.messages import send_message
from conversations.verbs.receipts import raise_status
from conversations.verbs.sandbox_clients import write_as_client
from tests.browsers import Person, browser, needs_browser
from tests.factories.knowledge import kept
from tests.factories.platforms import account_of
from tests.live import WebProcess

pytestmark = [pytest.mark.browser, needs_browser, pytest.mark.django_db(transaction=True)]

QUESTION = "Is the Harbour Lights download lossless?"


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
def ada(chromium, web, user):
    client = Client()
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    person = Person(chromium, f"http://{web.host}")
    name = settings.SESSION_COOKIE_NAME
    person.context.add_cookies([{"name": name, "value": client.cookies[name].value, "url": person.base}])
    yield person
    person.context.close()


def tick(ada):
    return ada.page.locator(".message.mine .tick").last


class TestClient:
    def test_writes_and_is_answered_without_a_reload(self, ada, user):
        account = account_of(user, name="Harbour Music")
        kept(user, "Every download is lossless, Harbour Lights too.")
        page = ada.goes_to("/inbox/")
        expect(page.locator("[data-chat][data-live]")).to_have_count(1)

        # It appears in the list by itself, and in the mark beside it.
        thread = write_as_client(account_id=account.pk, client_name="Anna", text=QUESTION, by=user)
        row = page.locator(f"a.row[data-row='{thread.pk}']")
        expect(row.locator(".row-text")).to_contain_text(QUESTION)
        expect(row.locator(".row-about")).to_contain_text("Facebook")
        expect(row.locator(".row-waits")).to_contain_text("1 min")
        row.click()
        expect(page.locator("[data-chat][data-live]")).to_have_count(1)
        expect(page.locator(".message-text")).to_have_text([QUESTION])

        # A draft comes below what was typed; nothing was sent.
        field = page.locator("[data-composer] textarea")
        field.fill("Dear Anna,")
        ada.presses("Draft an answer")
        expect(field).to_have_value(
            "Dear Anna,\n\nEvery download is lossless, Harbour Lights too.\n\nSource: notes.txt"
        )
        expect(page.locator(".draft")).to_contain_text("from notes.txt")
        expect(page.locator(".draft")).to_contain_text("2 AI answers left today")

        # Sent, and its ticks rise while one looks.
        field.fill("Dear Anna, it is.")
        page.keyboard.press("Enter")
        expect(page.locator(".message.mine .message-text")).to_have_text(["Dear Anna, it is."])
        expect(tick(ada)).to_have_text("Waiting to be sent")
        expect(page.locator(".draft")).to_have_count(0)
        message = Message.objects.get(conversation=thread.pk, role="user")
        attempt_delivery(message_id=message.pk)
        expect(tick(ada)).to_have_text("Sent")
        raise_status(Delivery.objects.get(pk=message.pk), "read")
        expect(tick(ada)).to_have_text("Read")
        expect(row.locator(".row-who")).to_have_text("You:")
        expect(row.locator(".row-waits")).to_have_count(0)

        # The client goes on, in the same window.
        write_as_client(account_id=account.pk, client_name="Anna", text="Then I take it", by=user)
        expect(page.locator(".message-text")).to_have_text([QUESTION, "Dear Anna, it is.", "Then I take it"])
        expect(page.locator("[data-part=standing]")).to_contain_text("Waiting")

        # A task, and the end.
        page.get_by_text("Add a task", exact=True).click()
        page.get_by_label("What is to be done").fill("Send the invoice")
        ada.presses("Add the task")
        expect(page.locator(".fact-tasks")).to_contain_text("Send the invoice")
        page.locator(".head-act button").click()
        expect(page.locator(".client-head .badge")).to_have_text("Closed")
        expect(field).to_be_disabled()
        assert ClientThread.objects.get().conversation.status == "closed"
        assert ada.complaints == []

    def test_a_failure_comes_with_its_button(self, ada, user):
        account = account_of(user)
        thread = write_as_client(account_id=account.pk, client_name="Anna", text="Hello", by=user)
        page = ada.goes_to(f"/inbox/{thread.pk}/")
        expect(page.locator("[data-chat][data-live]")).to_have_count(1)
        page.locator("[data-composer] textarea").fill("On its way")
        page.keyboard.press("Enter")
        expect(tick(ada)).to_have_text("Waiting to be sent")

        message = Message.objects.get(conversation=thread.pk, role="user")
        raise_status(Delivery.objects.get(pk=message.pk), "failed", error_code="551")
        expect(page.locator(".message-fault")).to_contain_text("The client cannot be reached on this platform.")
        ada.presses("Try again")
        expect(tick(ada)).to_have_text("Waiting to be sent")
        assert Delivery.objects.get(pk=message.pk).status == "pending"
        assert ada.complaints == []

    def test_what_happened_while_the_page_opened_is_shown(self, ada, user):
        account = account_of(user)
        thread = write_as_client(account_id=account.pk, client_name="Anna", text="Hello", by=user)
        message = send_message(conversation_id=thread.pk, content="On its way", by=user)
        # The page is drawn while the message waits; its socket comes when that is over.
        ada.page.route_web_socket(
            "**/ws/chat/", lambda socket: (attempt_delivery(message_id=message.pk), socket.connect_to_server())
        )
        ada.goes_to(f"/inbox/{thread.pk}/")

        expect(tick(ada)).to_have_text("Sent")

    def test_what_cannot_be_sent_goes_back_to_the_composer(self, ada, user):
        account = account_of(user, platform="instagram", external_id="178001")
        thread = write_as_client(account_id=account.pk, client_name="Anna", text="Hello", by=user)
        page = ada.goes_to(f"/inbox/{thread.pk}/")
        expect(page.locator("[data-chat][data-live]")).to_have_count(1)
        field = page.locator("[data-composer] textarea")
        field.fill("ü" * 600)
        page.keyboard.press("Enter")

        expect(page.locator("[data-part=notices]")).to_contain_text("Instagram takes at most 1,000 bytes")
        expect(field).to_have_value("ü" * 600)
        expect(page.locator(".message")).to_have_count(1)
        assert ada.complaints == []
