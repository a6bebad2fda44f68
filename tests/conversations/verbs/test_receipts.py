import datetime as dt

import pytest
import time_machine
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from conversations.jobs.receipts import sweep_receipts
from conversations.models import ClientThread, Conversation, Delivery, WaitingReceipt
from conversations.verbs.client_messages import say_to_client
from conversations.verbs.receipts import raise_status
from ontology.models import Change
from tests.factories.platforms import (
    PAGE,
    about,
    account_of,
    echo,
    instagram,
    message,
    messenger,
    told,
    wa_text,
    whatsapp,
    whatsapp_account_of,
)

pytestmark = pytest.mark.django_db


def answered(text="We do", key="m_B1", status="sent"):
    """A message of ours in the only conversation, as far as it is."""
    conversation = Conversation.objects.get(kind="client")
    said = say_to_client(conversation, conversation.client_thread, role="user", content=text)
    Delivery.objects.filter(pk=said.pk).update(external_id=key, status=status)
    return Delivery.objects.select_related("message").get(pk=said.pk)


@pytest.fixture
def page(user):
    account = account_of(user)
    told(messenger(message()))
    return account


def status_of(word, key="wamid.Y1", **more):
    row = {"id": key, "status": word, "timestamp": "1767000002", "recipient_id": "15551230001", **more}
    return whatsapp(statuses=[row])


def ms(delivery, seconds=0):
    return int((delivery.message.sent_at.timestamp() + seconds) * 1000)


class TestStatuses:
    def test_only_rise(self, page):
        delivery = answered()

        told(messenger(about(read={"watermark": ms(delivery, 1)})))
        told(messenger(about(delivery={"mids": ["m_B1"]})))

        delivery.refresh_from_db()
        assert delivery.status == "read"
        assert list(Change.objects.filter(kind="DeliveryChanged").values_list("payload__status", flat=True)) == ["read"]

    def test_up_to_a_moment_are_of_what_was_sent_before_it(self, page):
        early, late = answered("one", "m_B1"), answered("two", "m_B2")
        waiting = answered("three", None, "pending")
        late.message.sent_at += dt.timedelta(seconds=60)
        late.message.save(update_fields=["sent_at"])

        with time_machine.travel(early.message.sent_at + dt.timedelta(minutes=5)):
            told(messenger(about(read={"watermark": ms(early, 30)})))

        assert dict(Delivery.objects.exclude(status="received").values_list("message__content", "status")) == {
            "one": "read",
            "two": "sent",
            "three": "pending",
        }
        assert waiting.status == "pending"

    def test_of_another_client_are_not_touched(self, page):
        delivery = answered()

        told(messenger(about(client="7999", read={"watermark": ms(delivery, 1)})))

        delivery.refresh_from_db()
        assert delivery.status == "sent"

    def test_read_on_instagram_reaches_back(self, user):
        account_of(user, "instagram", "178001")
        told(instagram(message(page="178001")), "/webhooks/instagram")
        first, second = answered("one", "aW1"), answered("two", "aW2")

        told(instagram(about(page="178001", read={"mid": "aW2"})), "/webhooks/instagram")

        for delivery in (first, second):
            delivery.refresh_from_db()
        assert (first.status, second.status) == ("read", "read")

    def test_failed_on_whatsapp_say_why(self, user):
        account_of_whatsapp(user)
        delivery = answered(key="wamid.Y1")

        told(status_of("failed", errors=[{"code": 131047, "title": "Re-engagement"}]), "/webhooks/whatsapp")
        told(status_of("delivered"), "/webhooks/whatsapp")

        delivery.refresh_from_db()
        assert (delivery.status, delivery.error_code) == ("failed", "131047")
        assert delivery.error_text.startswith("The platform takes no more answers")

    def test_never_make_a_message_or_a_conversation(self, page):
        told(messenger(about(client="1", read={"watermark": 1767000000000}, page=PAGE)))
        told(messenger(about(client="1", delivery={"mids": ["m_new"]})))

        assert Conversation.objects.filter(kind="client").count() == 1

    @settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30, deadline=None)
    @given(st.lists(st.sampled_from(["sent", "delivered", "read", "failed"]), min_size=1, max_size=6))
    def test_rise_in_any_order(self, page, words):
        Delivery.objects.filter(external_id="m_P").update(external_id=None)
        delivery, heard = answered(key="m_P", status="pending"), ["pending"]
        for word in words:
            raise_status(delivery, word)
            delivery.refresh_from_db()
            heard.append(delivery.status)

        ranks = {"pending": 0, "sent": 1, "failed": 1.5, "delivered": 2, "read": 3}
        rose = [ranks[word] for word in heard]
        assert rose == sorted(rose)
        if "failed" not in words:
            assert delivery.status == max(words, key=ranks.get)
        elif "failed" in heard:
            assert heard[-1] == "failed"


def account_of_whatsapp(user):
    whatsapp_account_of(user)
    told(whatsapp(messages=[wa_text()]), "/webhooks/whatsapp")


class TestWaiting:
    def test_receipts_are_applied_when_the_message_becomes_known(self, page):
        told(messenger(about(delivery={"mids": ["m_B1"]})))
        assert list(WaitingReceipt.objects.values_list("account", "external_id", "status")) == [
            (page.pk, "m_B1", "delivered")
        ]

        told(messenger(echo()))

        assert Delivery.objects.get(external_id="m_B1").status == "delivered"
        assert not WaitingReceipt.objects.exists()

    def test_receipts_are_applied_when_our_own_call_is_answered(self, page):
        delivery = answered(key=None, status="pending")
        told(messenger(about(delivery={"mids": ["m_B1"]})))
        Delivery.objects.filter(pk=delivery.pk).update(external_id="m_B1")

        raise_status(delivery, "sent")

        delivery.refresh_from_db()
        assert delivery.status == "delivered"
        told_ = Change.objects.filter(kind="DeliveryChanged").order_by("pk").values_list("payload__status", flat=True)
        assert list(told_) == ["sent", "delivered"]

    def test_the_sweep_finds_those_that_passed_their_message(self, page):
        told(messenger(about(delivery={"mids": ["m_B1"]})))
        delivery = answered()

        sweep_receipts()

        delivery.refresh_from_db()
        assert (delivery.status, WaitingReceipt.objects.count()) == ("delivered", 0)

    def test_are_of_their_own_account_alone(self, page, user):
        another = account_of(user, "instagram", "178001")
        WaitingReceipt.objects.create(account=another, external_id="m_B1", status="read")

        told(messenger(echo()))

        assert (Delivery.objects.get(external_id="m_B1").status, WaitingReceipt.objects.count()) == ("sent", 1)

    def test_say_why_it_failed_as_those_do_that_come_later(self, page):
        WaitingReceipt.objects.create(account=page, external_id="m_B1", status="failed", error_code="131026")

        told(messenger(echo()))

        kept = Delivery.objects.get(external_id="m_B1")
        words = "The client cannot be reached on this platform."
        assert (kept.status, kept.error_code, kept.error_text) == ("failed", "131026", words)

    def test_wait_no_longer_than_ten_minutes(self, page):
        told(messenger(about(delivery={"mids": ["m_gone"]})))
        row = WaitingReceipt.objects.get()
        with time_machine.travel(row.created_at + dt.timedelta(minutes=9)):
            sweep_receipts()
            assert WaitingReceipt.objects.count() == 1
        with time_machine.travel(row.created_at + dt.timedelta(minutes=11)):
            sweep_receipts()
            assert WaitingReceipt.objects.count() == 0

    def test_twice_is_one(self, page):
        for _ in range(2):
            told(messenger(about(delivery={"mids": ["m_gone"]})))

        assert WaitingReceipt.objects.count() == 1


class TestEchoesOfOurOwn:
    def test_are_absorbed_by_their_id(self, page):
        delivery = answered(key="m_B1", status="sent")

        told(messenger(echo(app_id=123)))

        assert ClientThread.objects.get().is_ai_paused is False
        assert delivery.message.conversation.messages.count() == 2

    def test_tell_what_became_of_one_whose_answer_never_came(self, page):
        other = answered("Something else", None, "pending")
        first, second = answered("We do", None, "pending"), answered("We do", None, "pending")
        Delivery.objects.filter(pk__in=(other.pk, first.pk, second.pk)).update(is_unknown=True, attempts=1)

        told(messenger(echo(app_id=123)))

        rows = Delivery.objects.filter(pk__in=(other.pk, first.pk, second.pk)).order_by("message__seq")
        assert list(rows.values_list("external_id", "status", "is_unknown")) == [
            (None, "pending", True),
            ("m_B1", "sent", False),
            (None, "pending", True),
        ]
        assert ClientThread.objects.get().is_ai_paused is False

    def test_that_come_before_our_call_returns_are_ours(self, page):
        delivery = answered(key=None, status="pending")
        Delivery.objects.filter(pk=delivery.pk).update(lease_until=delivery.created_at + dt.timedelta(minutes=3))

        told(messenger(echo(app_id=123)))

        delivery.refresh_from_db()
        assert (delivery.external_id, delivery.status) == ("m_B1", "sent")
        assert delivery.message.conversation.messages.count() == 2

    def test_with_the_words_of_one_that_nobody_has_tried_yet_are_a_persons(self, page):
        delivery = answered(key=None, status="pending")

        told(messenger(echo()))

        delivery.refresh_from_db()
        assert (delivery.status, delivery.message.conversation.messages.count()) == ("pending", 3)

    @pytest.mark.parametrize(
        ("code", "expected"), [("no_answer", ("m_B1", "sent", "")), ("551", (None, "failed", "551"))]
    )
    def test_mend_what_was_given_up_because_nobody_answered(self, page, code, expected):
        delivery = answered(key=None, status="failed")
        Delivery.objects.filter(pk=delivery.pk).update(error_code=code, attempts=5)

        told(messenger(echo(app_id=123)))

        delivery.refresh_from_db()
        assert (delivery.external_id, delivery.status, delivery.error_code) == expected


class TestManyThatWait:
    def test_a_known_one_is_found_behind_those_of_another_app(self, page, monkeypatch):
        monkeypatch.setattr("conversations.verbs.receipts.AT_ONCE", 2)
        for number in range(3):
            WaitingReceipt.objects.create(account=page, external_id=f"m_of_another_{number}", status="read")
        delivery = answered()
        WaitingReceipt.objects.create(account=page, external_id="m_B1", status="read")

        sweep_receipts()

        delivery.refresh_from_db()
        assert (delivery.status, WaitingReceipt.objects.count()) == ("read", 3)
