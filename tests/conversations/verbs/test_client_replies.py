"""messaging-design.md §1, "Sending" and "24-hour window": what a person may say to a client, and when."""

import datetime as dt

import pytest
from django.db import IntegrityError, transaction
from django.utils.timezone import now

from config.errors import Conflict, Forbidden, Invalid
from config.moments import iso
from conversations.models import ClientThread, Delivery, Message, PlatformAccount
from conversations.verbs import assistant
from conversations.verbs.client_threads import update_client_conversation
from conversations.verbs.messages import send_message
from conversations.verbs.participants import add_participant
from ontology.models import Change
from tests.factories.clients import account_of, by_hand, client_says, client_wrote, thread_with
from tests.factories.conversations import direct, room
from tests.factories.subscriptions import TierFactory, subscribed

pytestmark = pytest.mark.django_db
HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)


@pytest.fixture
def stepped_back(monkeypatch):
    reasons = []
    monkeypatch.setattr(assistant, "step_back", lambda conversation, *, reason: reasons.append(reason))
    return reasons


def say(thread, by, content="We do", **more):
    return send_message(conversation_id=thread.pk, content=content, by=by, **more)


def heard(kind):
    return [change.payload for change in Change.objects.filter(kind=kind).order_by("pk")]


class TestAnAnswer:
    def test_is_kept_and_waits_for_its_job(self, user, stepped_back):
        thread = thread_with(user)

        message = say(thread, user)

        delivery = Delivery.objects.get(message=message)
        assert (message.role, message.sender, message.seq) == ("user", user, 2)
        assert (delivery.status, delivery.account, delivery.external_id, delivery.attempts) == (
            "pending",
            thread.account,
            None,
            0,
        )
        assert heard("DeliveryQueued") == [{"message_id": str(message.pk)}]

    def test_takes_over_from_the_assistant_and_ends_the_waiting(self, user, stepped_back):
        thread = thread_with(user)

        say(thread, user)
        say(thread, user, "And one more thing")

        thread.refresh_from_db()
        assert (thread.is_ai_paused, thread.waiting_since) == (True, None)
        assert stepped_back == ["person_answered"] * 2
        assert [each["what"] for each in heard("ConversationChanged")] == ["opened", "ai_paused"]

    def test_has_read_what_it_answers_and_nobody_else_has(self, user, stranger):
        thread = thread_with(user)
        add_participant(conversation_id=thread.pk, user_id=stranger.pk, by=user)
        client_says(thread, "Are you there?")

        message = say(thread, user)

        places = thread.conversation.memberships.values_list("user__name", "last_read_seq")
        assert dict(places)["Ada Lovelace"] == message.seq == 3
        assert dict(places)["A Stranger"] < 2
        assert heard("MessageRead") == [
            {"conversation_id": str(thread.pk), "user_id": str(user.pk), "message_id": str(message.pk), "seq": 3}
        ]

    def test_is_given_by_colleagues_and_staff_too(self, user, stranger, staff):
        thread = thread_with(user)
        add_participant(conversation_id=thread.pk, user_id=stranger.pk, by=user)

        senders = [say(thread, by).sender for by in (stranger, staff)]

        assert senders == [stranger, staff]

    def test_said_again_is_the_first_one(self, user):
        thread = thread_with(user)
        first = say(thread, user, client_id="k")
        update_client_conversation(conversation_id=thread.pk, status="closed", by=user)

        again = say(thread, user, "Something else", client_id="k")

        assert (again.pk, again.is_resend, Delivery.objects.filter(status="pending").count()) == (first.pk, True, 1)
        with pytest.raises(IntegrityError), transaction.atomic():
            Message.objects.create(conversation_id=thread.pk, seq=9, sender=user, client_id="k")

    def test_is_not_given_in_a_closed_conversation(self, user):
        thread = thread_with(user)
        update_client_conversation(conversation_id=thread.pk, status="closed", by=user)

        with pytest.raises(Conflict) as refusal:
            say(thread, user)

        assert refusal.value.code == "conversation_closed"

    def test_is_given_in_a_pending_one(self, user):
        thread = thread_with(user)
        update_client_conversation(conversation_id=thread.pk, status="pending", by=user)

        assert say(thread, user).seq == 2


class TestTheWindow:
    @pytest.mark.parametrize(
        ("platform", "ago", "is_open"),
        [
            ("facebook", DAY - HOUR, True),
            ("facebook", DAY + HOUR, True),
            ("facebook", 7 * DAY - HOUR, True),
            ("facebook", 7 * DAY + HOUR, False),
            ("instagram", 7 * DAY - HOUR, True),
            ("instagram", 7 * DAY + HOUR, False),
            ("whatsapp", DAY - HOUR, True),
            ("whatsapp", DAY + HOUR, False),
        ],
    )
    def test_is_as_long_as_the_platform_says(self, user, platform, ago, is_open):
        subscribed(user, TierFactory(platforms=["whatsapp"]))
        thread = thread_with(user, platform=platform)
        client_wrote(thread, ago=ago)

        if is_open:
            assert say(thread, user).delivery.status == "pending"
        else:
            with pytest.raises(Invalid):
                say(thread, user)
            assert not Message.objects.filter(role="user").exists()

    def test_says_until_when(self, user):
        thread = thread_with(user)
        client_wrote(thread, ago=8 * DAY)
        thread.refresh_from_db()

        with pytest.raises(Invalid) as refusal:
            say(thread, user)

        assert refusal.value.details == {
            "reason": "reply_window_closed",
            "reply_until": iso(thread.reply_until),
            "person_reply_until": iso(thread.client_wrote_at + 7 * DAY),
        }

    def test_opens_with_the_clients_first_word(self, user):
        thread = thread_with(user, wrote=False)

        with pytest.raises(Invalid) as refusal:
            say(thread, user)

        assert refusal.value.details["reply_until"] is None


class TestTheLength:
    @pytest.mark.parametrize(
        ("platform", "fits", "is_too_long"),
        [
            ("facebook", "x" * 2000, "x" * 2001),
            ("facebook", "é" * 2000, "é" * 2001),
            ("instagram", "x" * 1000, "x" * 1001),
            ("instagram", "é" * 500, "é" * 501),
            ("whatsapp", "x" * 4096, "x" * 4097),
        ],
    )
    def test_is_the_platforms(self, user, platform, fits, is_too_long):
        subscribed(user, TierFactory(platforms=["whatsapp"]))
        thread = thread_with(user, platform=platform)

        assert say(thread, user, fits).content == fits
        with pytest.raises(Invalid) as refusal:
            say(thread, user, is_too_long)
        assert list(refusal.value.details) == ["content"]

    def test_is_ours_where_nothing_is_sent(self, user):
        assert len(say(by_hand(user, platform="instagram"), user, "x" * 10_000).content) == 10_000


class TestTheAccount:
    @pytest.mark.parametrize(
        ("status", "code"), [("disconnected", "account_disconnected"), ("broken", "account_broken")]
    )
    def test_has_to_be_connected(self, user, status, code):
        thread = thread_with(user)
        PlatformAccount.objects.update(status=status, problem="The token has expired.")

        with pytest.raises(Conflict) as refusal:
            say(thread, user)

        assert (refusal.value.code, Message.objects.filter(role="user").count()) == (code, 0)

    def test_has_to_be_in_its_owners_tier(self, user, staff):
        thread = thread_with(user, platform="whatsapp")

        with pytest.raises(Forbidden) as refusal:
            say(thread, staff)  # the account is not theirs, and neither is the tier that counts
        subscribed(user, TierFactory(platforms=["whatsapp"]))

        assert refusal.value.code == "limit_reached"
        assert say(thread, staff).sender == staff

    def test_needs_no_tier_where_nobody_has_connected_it(self, user):
        account = account_of(user, platform="whatsapp", is_unclaimed=True)
        threads = [
            thread_with(user, account=account, is_flagged=True),
            thread_with(user, platform="whatsapp", is_flagged=True),
            by_hand(user, platform="whatsapp"),
        ]

        assert [say(thread, user).role for thread in threads] == ["user"] * 3


class TestByHand:
    def test_keeps_and_sends_nothing(self, user, stepped_back):
        thread = by_hand(user)

        message = say(thread, user)

        thread.refresh_from_db()
        assert (message.role, Delivery.objects.count(), heard("DeliveryQueued")) == ("user", 0, [])
        assert (thread.is_ai_paused, stepped_back) == (False, [])

    def test_notes_down_what_a_client_said(self, user, monkeypatch):
        wanted = []
        monkeypatch.setattr(assistant, "want_answer", lambda *given: wanted.append(given))
        thread, before = by_hand(user), now()

        message = say(thread, user, "Call me back", sender_type="client", client_id="k")
        again = say(thread, user, "Call me back", sender_type="client", client_id="k")

        thread.refresh_from_db()
        assert (message.role, message.sender, message.metadata) == ("client", user, {"noted_down": True})
        assert (again.pk, again.is_resend, wanted) == (message.pk, True, [])
        assert (thread.client_wrote_at, thread.reply_until) == (message.sent_at, None)
        assert thread.waiting_since >= before
        say(thread, user, "I did")
        assert ClientThread.objects.get().waiting_since is None

    @pytest.mark.parametrize("sender_type", ["ai", "system", "advisor", ""])
    def test_is_spoken_in_by_nobody_else(self, user, sender_type):
        with pytest.raises(Invalid) as refusal:
            say(by_hand(user), user, sender_type=sender_type)

        assert list(refusal.value.details) == ["sender_type"]


class TestWhoSpeaks:
    @pytest.mark.parametrize("sender_type", ["client", "ai", "system"])
    def test_is_a_person_for_themselves(self, user, stranger, sender_type):
        for conversation in (thread_with(user), room(user), direct(user, stranger)):
            with pytest.raises(Invalid) as refusal:
                say(conversation, user, sender_type=sender_type)
            assert list(refusal.value.details) == ["sender_type"]
