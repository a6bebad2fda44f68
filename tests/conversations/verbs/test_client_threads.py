"""dana.txt, "Conversations": opening by hand, changing, assigning; and who keeps the assistant quiet."""

import pytest

from config.errors import Conflict, Invalid, NotFound
from config.ids import new_id
from conversations.models import ClientThread, Conversation, Notification
from conversations.verbs import assistant
from conversations.verbs.client_threads import (
    assign,
    open_client_conversation,
    pause_assistant,
    resume_assistant,
    update_client_conversation,
)
from conversations.verbs.conversations import close_conversation, delete_conversation, rename_conversation
from conversations.verbs.departures import hand_over_rooms
from conversations.verbs.participants import add_participant, remove_participant
from ontology.models import Change, Entity, Event
from tests.factories.clients import by_hand, client_says, thread_with
from tests.factories.conversations import room

pytestmark = pytest.mark.django_db


@pytest.fixture
def stepped_back(monkeypatch):
    """Why the assistant was told to keep quiet, in order."""
    reasons = []
    monkeypatch.setattr(assistant, "step_back", lambda conversation, *, reason: reasons.append(reason))
    return reasons


def heard(kind="ConversationChanged"):
    return [change.payload["what"] for change in Change.objects.filter(kind=kind).order_by("pk")]


def conversation_of(thread):
    return Conversation.objects.get(pk=thread.pk)


class TestOpenClientConversation:
    def test_keeps_who_the_client_is_and_has_no_account(self, user):
        thread = open_client_conversation(
            platform="whatsapp", client_name="  Ada \n Byron ", client_company="Engines", by=user
        )

        conversation = conversation_of(thread)
        assert (thread.platform, thread.client_name, thread.client_company, thread.account) == (
            "whatsapp",
            "Ada Byron",
            "Engines",
            None,
        )
        assert (conversation.kind, conversation.title, conversation.status, conversation.created_by) == (
            "client",
            "Ada Byron",
            "active",
            user,
        )
        assert [(seat.user, seat.role) for seat in conversation.memberships.all()] == [(user, "owner")]

    def test_is_remembered_privately(self, user, stranger):
        thread = open_client_conversation(platform="facebook", client_name="Ada Byron", by=user)

        lead = Entity.objects.get(pk=thread.lead_id)
        assert (lead.type, lead.name, lead.owner, lead.is_private) == ("lead", "Ada Byron", user, True)
        assert not Entity.objects.visible_to(stranger).filter(pk__in=(thread.lead_id, thread.pk)).exists()
        event = Event.objects.get(type="lead_captured")
        assert (event.actor_id, event.target_id, event.is_private) == (thread.lead_id, thread.pk, True)

    @pytest.mark.parametrize(
        ("given", "field"),
        [
            ({"platform": "telegram"}, "platform"),
            ({"client_name": " "}, "client_name"),
            ({"client_name": "x" * 121}, "client_name"),
            ({"client_name": "a\0b"}, "client_name"),
            ({"client_company": "x" * 121}, "client_company"),
        ],
    )
    def test_refuses_what_is_wrong(self, user, given, field):
        with pytest.raises(Invalid) as refusal:
            open_client_conversation(**{"platform": "facebook", "client_name": "Ada"} | given, by=user)

        assert list(refusal.value.details) == [field]
        assert not ClientThread.objects.exists()


class TestUpdateClientConversation:
    def test_changes_what_is_given_and_mirrors_it(self, user):
        thread = by_hand(user, name="Jane Smith")

        update_client_conversation(conversation_id=thread.pk, client_name="Jane Roe", by=user)
        update_client_conversation(conversation_id=str(thread.pk), client_company="Roe Ltd", by=user)

        thread.refresh_from_db()
        lead = Entity.objects.get(pk=thread.lead_id)
        assert (thread.client_name, thread.client_company) == ("Jane Roe", "Roe Ltd")
        assert (lead.name, lead.properties["company"]) == ("Jane Roe", "Roe Ltd")
        assert conversation_of(thread).title == Entity.objects.get(pk=thread.pk).name == "Jane Roe"
        assert heard() == ["opened", "client_changed", "client_changed"]

    def test_forgets_a_name(self, user):
        thread = by_hand(user, platform="instagram")

        update_client_conversation(conversation_id=thread.pk, client_name="", by=user)

        assert conversation_of(thread).title == "Instagram client"

    @pytest.mark.parametrize(("status", "word"), [("closed", "closed"), ("pending", "pending")])
    def test_sets_the_status_once(self, user, status, word):
        thread = by_hand(user)

        for _ in range(2):
            update_client_conversation(conversation_id=thread.pk, status=status, by=user)
        update_client_conversation(conversation_id=thread.pk, status="active", by=user)

        assert heard() == ["opened", word, "reopened"]
        assert conversation_of(thread).status == "active"

    def test_closing_ends_the_waiting_and_the_assistants_turn(self, user, stepped_back):
        thread = thread_with(user)
        assert ClientThread.objects.get().waiting_since

        update_client_conversation(conversation_id=thread.pk, status="closed", by=user)

        assert (ClientThread.objects.get().waiting_since, stepped_back) == (None, ["closed"])

    def test_changes_nothing_where_nothing_is_given(self, user):
        thread = by_hand(user)
        before = Conversation.objects.values().get()

        update_client_conversation(conversation_id=thread.pk, client_name="Jane Smith", status="active", by=user)

        assert (Conversation.objects.values().get(), heard()) == (before, ["opened"])

    @pytest.mark.parametrize("given", [{"status": "open"}, {"client_name": "x" * 121}])
    def test_refuses_what_is_wrong(self, user, given):
        thread = by_hand(user)

        with pytest.raises(Invalid):
            update_client_conversation(conversation_id=thread.pk, **given, by=user)

    def test_is_for_who_sees_it(self, user, stranger, staff):
        thread, colleagues = by_hand(user), by_hand(user)
        add_participant(conversation_id=colleagues.pk, user_id=stranger.pk, by=user)

        update_client_conversation(conversation_id=thread.pk, client_name="By staff", by=staff)
        update_client_conversation(conversation_id=colleagues.pk, client_name="By a colleague", by=stranger)
        for key in (thread.pk, room(stranger).pk, new_id(), "x"):
            with pytest.raises(NotFound):
                update_client_conversation(conversation_id=key, client_name="Mine", by=stranger)

        assert set(ClientThread.objects.values_list("client_name", flat=True)) == {"By staff", "By a colleague"}

    def test_is_the_only_way(self, user):
        """Rooms' verbs know nothing of clients' names and windows."""
        thread = by_hand(user)

        for change in (
            lambda: rename_conversation(conversation_id=thread.pk, title="x", by=user),
            lambda: close_conversation(conversation_id=thread.pk, by=user),
            lambda: delete_conversation(conversation_id=thread.pk, by=user),
        ):
            with pytest.raises(Conflict, match="inbox"):
                change()


class TestAssign:
    def test_not_to_who_left(self, user, stranger):
        thread = thread_with(user)
        add_participant(conversation_id=thread.pk, user_id=stranger.pk, by=user)
        remove_participant(conversation_id=thread.pk, user_id=stranger.pk, by=user)

        with pytest.raises(Invalid):
            assign(conversation_id=thread.pk, user_id=str(stranger.pk), by=user)

    def test_gives_it_to_a_colleague_who_hears_of_it(self, user, stranger, stepped_back):
        thread = thread_with(user)
        add_participant(conversation_id=thread.pk, user_id=stranger.pk, by=user)

        assign(conversation_id=thread.pk, user_id=str(stranger.pk), by=user)

        thread.refresh_from_db()
        told = Notification.objects.get()
        assert (thread.assignee, thread.is_ai_paused, stepped_back) == (stranger, True, ["assigned"])
        assert (told.user, told.title, told.text) == (stranger, "Ada Lovelace gave you a conversation", "John Doe")
        assert heard()[-2:] == ["assigned", "ai_paused"]

    def test_takes_it_oneself_and_lets_it_go(self, user, stepped_back):
        thread = thread_with(user)

        for key in (user.pk, user.pk, None):
            assign(conversation_id=thread.pk, user_id=key, by=user)

        thread.refresh_from_db()
        assert (thread.assignee, stepped_back, Notification.objects.count()) == (None, ["assigned"], 0)
        assert [what for what in heard() if what == "assigned"] == ["assigned"] * 2

    @pytest.mark.parametrize("key", ["x", new_id()])
    def test_knows_only_who_has_a_seat(self, user, stranger, key):
        thread = by_hand(user)

        for unknown in (key, stranger.pk):
            with pytest.raises(Invalid):
                assign(conversation_id=thread.pk, user_id=unknown, by=user)

    def test_ends_with_the_seat(self, user, stranger):
        thread = by_hand(user)
        add_participant(conversation_id=thread.pk, user_id=stranger.pk, by=user)
        assign(conversation_id=thread.pk, user_id=stranger.pk, by=user)

        remove_participant(conversation_id=thread.pk, user_id=stranger.pk, by=user)

        thread.refresh_from_db()
        assert thread.assignee is None


class TestTheAssistant:
    def test_is_paused_and_let_in_again(self, user, stepped_back):
        thread = thread_with(user)

        for act in (pause_assistant, pause_assistant, resume_assistant, resume_assistant):
            act(conversation_id=thread.pk, by=user)

        assert heard()[1:] == ["ai_paused", "ai_resumed"]
        assert (stepped_back, ClientThread.objects.get().is_ai_paused) == (["paused"], False)

    @pytest.mark.parametrize("act", [pause_assistant, resume_assistant])
    def test_is_nothing_for_strangers(self, user, stranger, act):
        with pytest.raises(NotFound):
            act(conversation_id=thread_with(user).pk, by=stranger)


class TestWhoLeaves:
    def test_passes_the_client_on_with_the_conversation(self, user, stranger):
        thread = by_hand(user)
        client_says(thread, "Are you there?")
        add_participant(conversation_id=thread.pk, user_id=stranger.pk, by=user)

        hand_over_rooms(user_id=user.pk)

        owners = Entity.objects.filter(pk__in=(thread.pk, thread.lead_id)).values_list("owner", flat=True)
        assert (list(owners), conversation_of(thread).created_by) == ([stranger.pk] * 2, stranger)
