"""messaging-design.md §1, "Sending": one try and what comes of it; the order; the echo; trying again by hand."""

import datetime as dt

import pytest
import time_machine
from django.utils.timezone import now

from accounts.models import AuditEntry
from config.errors import Conflict, Invalid, NotFound
from config.ids import new_id
from conversations.gateways.meta import PROBLEMS, MetaError
from conversations.jobs.deliveries import attempt_delivery as job
from conversations.jobs.deliveries import sweep_deliveries
from conversations.models import (
    ClientIdentity,
    Delivery,
    Message,
    Notification,
    PlatformAccount,
    WaitingReceipt,
)
from conversations.verbs import deliveries
from conversations.verbs.client_threads import update_client_conversation
from conversations.verbs.deliveries import attempt_delivery, deliveries_due, resend
from conversations.verbs.messages import send_message
from ontology.models import Change
from tests.factories.clients import account_of, assistant_says, by_hand, client_wrote, thread_with
from tests.factories.conversations import room
from tests.factories.platforms import echo, messenger, told
from tests.factories.subscriptions import TierFactory, subscribed
from tests.fakes.meta import TOKEN, FakeMeta

pytestmark = pytest.mark.django_db
PAGE = "101"


@pytest.fixture
def meta(settings):
    with FakeMeta().has(PAGE).standing() as house:
        settings.META_GRAPH_BASE = house.base
        yield house


@pytest.fixture
def thread(user):
    """A client of a page with a token of its own."""
    return thread_with(user, account=account_of(user, external_id=PAGE, access_token=TOKEN))


def say(thread, user, content="We do"):
    return send_message(conversation_id=thread.pk, content=content, by=user)


def attempt(message):
    return attempt_delivery(message_id=message.pk)


def row(message):
    return Delivery.objects.get(pk=message.pk)


def later(**delta):
    return time_machine.travel(now() + dt.timedelta(**delta), tick=False)


def texts(meta):
    return [text for _, _, text, _ in meta.sent]


def changes(message):
    """What was told of this message's way."""
    rows = Change.objects.filter(kind="DeliveryChanged", payload__message_id=str(message.pk)).order_by("pk")
    return [each.payload["status"] for each in rows]


def failing(monkeypatch, *kinds):
    """The next calls fail so, and the rest succeed; how often it was called."""
    left, called = list(kinds), []

    def send(account, to, text, **more):
        called.append(text)
        if left:
            raise MetaError("131000", left.pop(0))
        return f"mid.{len(called)}"

    monkeypatch.setattr(deliveries, "send", send)
    return called


class TestOneTry:
    def test_sends_and_tells(self, user, meta, thread):
        message = say(thread, user)

        attempt(message)

        delivery = row(message)
        assert meta.sent == [
            (
                PAGE,
                "7100",
                "We do",
                {"recipient": {"id": "7100"}, "message": {"text": "We do"}, "messaging_type": "RESPONSE"},
            )
        ]
        assert (delivery.status, delivery.attempts, delivery.lease_until, delivery.is_unknown) == (
            "sent",
            1,
            None,
            False,
        )
        assert delivery.external_id.startswith("m_")
        assert changes(message) == ["sent"]
        assert AuditEntry.objects.filter(action="delivery sent", resource=str(message.pk)).count() == 1

    def test_is_not_tried_twice(self, user, meta, thread):
        message = say(thread, user)

        assert attempt(message).status == "sent"
        assert (attempt(message), attempt_delivery(message_id=new_id()), len(meta.sent)) == (None, None, 1)

    def test_stays_here_in_the_sandbox(self, user):
        message = say(thread_with(user), user)

        attempt(message)

        assert row(message).external_id.startswith("sandbox-")

    def test_says_that_a_person_answers_after_the_day(self, user, meta, thread):
        client_wrote(thread, ago=dt.timedelta(days=3))

        attempt(say(thread, user))

        assert meta.sent[0][3]["tag"] == "HUMAN_AGENT"

    @pytest.mark.parametrize(
        ("known", "whom"),
        [
            ({"bsuid": "US.77", "wa_id": "15551230001"}, {"to": "15551230001"}),
            ({"bsuid": "US.77"}, {"recipient": "US.77"}),
        ],
    )
    def test_knows_both_names_of_whatsapp(self, user, meta, known, whom):
        subscribed(user, TierFactory(platforms=["whatsapp"]))
        meta.has("555", "whatsapp")
        account = account_of(user, platform="whatsapp", external_id="555", access_token=TOKEN)
        thread = thread_with(user, account=account)
        ClientIdentity.objects.all().delete()
        for kind, value in known.items():
            ClientIdentity.objects.create(account=account, kind=kind, value=value, thread=thread)

        attempt(say(thread, user))

        body = meta.sent[0][3]
        assert {name: body[name] for name in ("to", "recipient") if name in body} == whom

    def test_applies_the_receipt_that_was_faster(self, user, thread, monkeypatch):
        message = say(thread, user)
        failing(monkeypatch)
        WaitingReceipt.objects.create(account=thread.account, external_id="mid.1", status="delivered")

        attempt(message)

        assert (row(message).status, changes(message)) == ("delivered", ["sent", "delivered"])

    def test_of_what_waited_too_long_is_none(self, user, meta, thread):
        message = say(thread, user)

        with later(days=8):
            attempt(message)

        delivery = row(message)
        assert (delivery.status, delivery.error_code, meta.sent) == ("failed", "window", [])
        assert "seven days" in delivery.error_text

    def test_of_what_the_assistant_said_is_none_after_the_day(self, user, meta, thread):
        message = assistant_says(thread, "Of course")

        with later(hours=25):
            attempt(message)

        assert (row(message).status, meta.sent) == ("failed", [])

    def test_is_none_where_nobody_knows_the_client(self, user, meta, thread):
        ClientIdentity.objects.all().delete()
        message = say(thread, user)

        attempt(message)

        assert (row(message).error_code, meta.sent) == ("no_address", [])

    def test_is_none_of_erased_words(self, user, meta, thread):
        message = say(thread, user)
        Message.objects.filter(pk=message.pk).update(content="This message was erased.", metadata={"erased": True})

        attempt(message)

        assert (row(message).error_code, meta.sent) == ("erased", [])


class TestAFailure:
    @pytest.mark.parametrize("kind", ["retry", "rate"])
    def test_that_passes_is_tried_again_five_times_in_all(self, user, thread, monkeypatch, kind):
        message, called = say(thread, user), failing(monkeypatch, *[kind] * 9)

        pauses = []
        for _ in range(4):
            attempt(message)
            delivery = row(message)
            assert (delivery.status, delivery.error_text) == ("pending", PROBLEMS[kind])
            pauses.append((delivery.next_try_at - delivery.updated_at).total_seconds())
            assert attempt(message) is None
            Delivery.objects.update(next_try_at=now())
        attempt(message)

        assert (row(message).status, row(message).error_code, len(called)) == ("failed", "131000", 5)
        assert all(
            low <= pause <= high
            for pause, (low, high) in zip(pauses, [(5, 15), (15, 45), (45, 135), (135, 405)], strict=True)
        )
        assert (attempt(message), changes(message)) == (None, ["failed"])

    def test_that_passes_may_pass(self, user, thread, monkeypatch):
        message, called = say(thread, user), failing(monkeypatch, "retry", "rate")

        for hours in range(3):
            with later(hours=hours):
                attempt(message)

        assert (row(message).status, len(called)) == ("sent", 3)

    @pytest.mark.parametrize("kind", ["window", "unreachable", "refused", "token"])
    def test_that_stays_is_the_end(self, user, thread, monkeypatch, kind):
        message, called = say(thread, user), failing(monkeypatch, kind)

        attempt(message)

        delivery = row(message)
        assert (delivery.status, delivery.error_text, len(called)) == ("failed", PROBLEMS[kind], 1)

    def test_is_told_to_the_owner_and_who_wrote_it(self, user, staff, thread, monkeypatch):
        message = say(thread, staff)
        failing(monkeypatch, "unreachable")

        attempt(message)

        told = Notification.objects.filter(key__startswith="delivery_failed").order_by("user__email")
        assert [(one.user, one.title, one.text, one.url, one.kind) for one in told] == [
            (person, "A message to John Doe did not arrive", PROBLEMS["unreachable"], f"/inbox/{thread.pk}/", "error")
            for person in (user, staff)
        ]
        assert AuditEntry.objects.filter(action="delivery failed", resource=str(message.pk)).count() == 1

    def test_of_the_token_breaks_the_account_and_spares_the_rest_the_call(self, user, meta, thread):
        first, second = say(thread, user, "one"), say(thread, user, "two")
        meta.token = "another"

        attempt(first)
        attempt(second)

        thread.account.refresh_from_db()
        assert (thread.account.status, thread.account.problem) == ("broken", PROBLEMS["token"])
        assert [(row(one).status, row(one).error_code) for one in (first, second)] == [
            ("failed", "190"),
            ("failed", "account_broken"),
        ]
        assert meta.count("POST") == 1


class TestAnUnknownOutcome:
    def test_waits_for_the_echo(self, user, meta, thread):
        message = say(thread, user)
        meta.go_wrong("lost")

        attempt(message)

        delivery = row(message)
        assert (delivery.status, delivery.is_unknown, texts(meta)) == ("pending", True, ["We do"])
        assert delivery.next_try_at - delivery.updated_at == dt.timedelta(minutes=2)
        told(messenger(echo("m_B9", at=int(now().timestamp()))))
        with later(minutes=3):
            assert attempt(message) is None
        assert (row(message).status, row(message).external_id, texts(meta)) == ("sent", "m_B9", ["We do"])
        assert Message.objects.count() == 2

    def test_is_tried_again_where_none_comes(self, user, meta, thread):
        message = say(thread, user)
        meta.go_wrong("lost")

        attempt(message)
        with later(minutes=3):
            attempt(message)

        assert (row(message).status, texts(meta)) == ("sent", ["We do"] * 2)

    def test_ends_unknown(self, user, thread, monkeypatch):
        message = say(thread, user)
        failing(monkeypatch, *["unknown"] * 9)

        for hours in range(5):
            with later(hours=hours):
                attempt(message)

        assert (row(message).status, row(message).error_text) == ("failed", PROBLEMS["unknown"])

    def test_of_a_dead_worker_is_taken_over_after_its_lease(self, user, thread, monkeypatch):
        message = say(thread, user)
        called = failing(monkeypatch)
        Delivery.objects.update(lease_until=now() + deliveries.LEASE, attempts=1)

        with later(minutes=2):
            assert (attempt(message), deliveries_due()) == (None, [])
        with later(minutes=4):
            assert deliveries_due() == [message.pk]
            attempt(message)

        assert (row(message).status, len(called)) == ("sent", 1)

    @pytest.mark.parametrize("was", ["unknown", "killed"])
    def test_is_a_persons_to_decide_where_the_platform_echoes_nothing(self, user, monkeypatch, was):
        subscribed(user, TierFactory(platforms=["whatsapp"]))
        message = say(thread_with(user, platform="whatsapp", value="15551230001"), user)
        called = failing(monkeypatch, *(["unknown"] if was == "unknown" else []))
        if was == "killed":
            Delivery.objects.update(lease_until=now() - dt.timedelta(seconds=1), attempts=1)

        attempt(message)
        with later(minutes=10):
            assert (attempt(message), deliveries_due()) == (None, [])

        assert (row(message).status, row(message).error_text) == ("failed", PROBLEMS["unknown"])
        assert len(called) == (1 if was == "unknown" else 0)
        resend(message_id=message.pk, by=user)
        attempt(message)
        assert row(message).status == "sent"

    def test_of_five_dead_workers_is_the_end(self, user, thread, monkeypatch):
        message = say(thread, user)
        called = failing(monkeypatch)
        Delivery.objects.update(lease_until=now() - dt.timedelta(seconds=1), attempts=5)

        attempt(message)

        assert (row(message).status, row(message).error_text, called) == ("failed", PROBLEMS["unknown"], [])


class TestAnEcho:
    def meanwhile(self, monkeypatch, text):
        """The echo comes before our own call returns."""

        def send(account, to, content, **more):
            told(messenger(echo("m_B9", text, at=int(now().timestamp()))))
            return "m_B9"

        monkeypatch.setattr(deliveries, "send", send)

    def test_that_comes_first_is_our_own_message(self, user, thread, monkeypatch):
        message = say(thread, user)
        self.meanwhile(monkeypatch, "We do")

        attempt(message)

        assert (row(message).status, row(message).external_id, changes(message)) == ("sent", "m_B9", ["sent"])
        assert Message.objects.filter(role="user").count() == 1

    def test_that_nobody_recognised_changes_nothing(self, user, thread, monkeypatch):
        """The platform rewrote the text: its echo was kept as a message, which has the id."""
        message = say(thread, user)
        self.meanwhile(monkeypatch, "We do!")

        attempt(message)

        assert (row(message).status, row(message).external_id) == ("sent", None)


class TestTheOrder:
    def test_is_that_of_the_conversation(self, user, meta, thread):
        first, second, third = (say(thread, user, text) for text in ("one", "two", "three"))

        assert (attempt(third), attempt(second)) == (None, None)
        for message in (first, second, third):
            attempt(message)

        assert texts(meta) == ["one", "two", "three"]

    def test_waits_for_what_is_tried_again_and_not_for_what_failed(self, user, thread, monkeypatch):
        first, second = say(thread, user, "one"), say(thread, user, "two")
        called = failing(monkeypatch, "retry", "refused")

        attempt(first)
        assert (attempt(second), deliveries_due()) == (None, [])
        with later(hours=1):
            assert deliveries_due() == [first.pk]
            attempt(first)
            attempt(second)

        assert called == ["one", "one", "two"]
        assert [row(one).status for one in (first, second)] == ["failed", "sent"]

    def test_of_other_conversations_does_not_matter(self, user, meta, thread):
        say(thread, user, "one")
        other = thread_with(user, account=thread.account, value="7200")

        attempt(say(other, user, "elsewhere"))

        assert texts(meta) == ["elsewhere"]


class TestTheJob:
    def test_is_queued_after_the_commit(self, user, thread, queued, django_capture_on_commit_callbacks):
        with django_capture_on_commit_callbacks(execute=True):
            message = say(thread, user)

        assert (job.name, (str(message.pk),), {}) in queued

    def test_goes_on_with_who_waited(self, user, meta, thread, queued):
        first, second = say(thread, user, "one"), say(thread, user, "two")

        job(str(first.pk))
        assert queued == [(job.name, (str(second.pk),), {})]
        job(str(second.pk))

        assert (texts(meta), len(queued)) == (["one", "two"], 1)

    def test_calls_who_comes_before_it(self, user, meta, thread, queued):
        first, second = say(thread, user, "one"), say(thread, user, "two")

        job(str(second.pk))

        assert (texts(meta), queued) == ([], [(job.name, (str(first.pk),), {})])

    def test_is_found_again_by_the_sweep(self, user, thread, queued):
        first = say(thread, user, "one")
        say(thread, user, "two")

        sweep_deliveries()

        assert queued == [(job.name, (str(first.pk),), {})]


class TestResend:
    @pytest.fixture
    def failed(self, user, thread, monkeypatch):
        message = say(thread, user)
        failing(monkeypatch, "refused")
        attempt(message)
        return message

    def test_begins_anew(self, user, failed):
        resend(message_id=str(failed.pk), by=user)

        delivery = row(failed)
        assert (delivery.status, delivery.attempts, delivery.error_code, delivery.error_text) == ("pending", 0, "", "")
        attempt(failed)
        assert (row(failed).status, changes(failed)) == ("sent", ["failed", "pending", "sent"])

    def test_is_told_again_where_it_fails_again(self, user, failed, monkeypatch):
        resend(message_id=failed.pk, by=user)
        failing(monkeypatch, "unreachable")
        attempt(failed)

        assert Notification.objects.filter(key__startswith="delivery_failed").count() == 2

    def test_is_for_what_failed(self, user, thread, monkeypatch):
        failing(monkeypatch)
        pending, sent = say(thread, user), say(thread_with(user, platform="instagram"), user)
        attempt(sent)

        for message in (pending, sent, say(by_hand(user), user), Message.objects.filter(role="client").first()):
            with pytest.raises(Conflict) as refusal:
                resend(message_id=message.pk, by=user)
            assert refusal.value.code == "not_failed"

    def test_is_for_who_sees_it(self, user, stranger, failed):
        said = send_message(conversation_id=room(user).pk, content="x", by=user)

        for key, by in ((failed.pk, stranger), (new_id(), user), ("x", user), (said.pk, user)):
            with pytest.raises(NotFound):
                resend(message_id=key, by=by)

    def test_is_refused_as_a_new_message_would_be(self, user, thread, failed):
        client_wrote(thread, ago=dt.timedelta(days=8))
        with pytest.raises(Invalid):
            resend(message_id=failed.pk, by=user)
        PlatformAccount.objects.update(status="broken")
        with pytest.raises(Conflict, match="needs attention"):
            resend(message_id=failed.pk, by=user)
        update_client_conversation(conversation_id=thread.pk, status="closed", by=user)
        with pytest.raises(Conflict, match="closed"):
            resend(message_id=failed.pk, by=user)

        assert row(failed).status == "failed"

    def test_of_what_the_assistant_said_ends_with_the_day(self, user, thread, monkeypatch):
        message = assistant_says(thread, "Of course")
        failing(monkeypatch, "refused")
        attempt(message)
        client_wrote(thread, ago=dt.timedelta(days=2))

        with pytest.raises(Invalid):
            resend(message_id=message.pk, by=user)
