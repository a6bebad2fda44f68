import pytest
from django.db import IntegrityError, transaction

from config.errors import Conflict, Invalid, NotFound
from conversations.models import Message, Participant
from conversations.verbs.conversations import close_conversation
from conversations.verbs.messages import append_message, mark_read, send_message
from ontology.models import Change, Event
from tests.factories.conversations import direct, room


class TestSendMessage:
    def test_numbers_messages_within_their_conversation(self, user, stranger):
        one, other = room(user, stranger), direct(user, stranger)

        said = [send_message(conversation_id=c.pk, content="hello", by=user) for c in (one, one, other)]

        assert [(m.conversation_id, m.seq, m.role, m.status) for m in said] == [
            (one.pk, 1, "user", "done"),
            (one.pk, 2, "user", "done"),
            (other.pk, 1, "user", "done"),
        ]
        one.refresh_from_db()
        assert (one.last_seq, one.last_message_at) == (2, said[1].sent_at)

    def test_publishes_the_whole_message_in_the_transaction(self, user):
        conversation = room(user)

        message = send_message(conversation_id=conversation.pk, content="Grüße 🏛", client_id="c-1", by=user)

        change = Change.objects.filter(kind="MessageSent").get()
        assert change.topics == [f"conversation:{conversation.pk}"]
        assert change.payload == {
            "message_id": str(message.pk),
            "conversation_id": str(conversation.pk),
            "seq": 1,
            "role": "user",
            "status": "done",
            "sender_id": str(user.pk),
            "sender_name": "Ada Lovelace",
            "content": "Grüße 🏛",
            "client_id": "c-1",
            "parent_id": None,
            "sent_at": change.payload["sent_at"],
        }

    def test_answers_a_re_send_with_the_first_message(self, user):
        conversation = room(user)
        first = send_message(conversation_id=conversation.pk, content="once", client_id="a", by=user)

        again = send_message(conversation_id=conversation.pk, content="once more", client_id="a", by=user)

        assert (again.pk, again.content) == (first.pk, "once")
        assert Message.objects.count() == 1
        assert Change.objects.filter(kind="MessageSent").count() == 1

    def test_takes_the_same_client_id_from_two_people(self, user, stranger):
        conversation = room(user, stranger)

        for sender in (user, stranger):
            send_message(conversation_id=conversation.pk, content="hi", client_id="a", by=sender)

        assert Message.objects.count() == 2

    def test_the_database_itself_refuses_a_second_copy(self, user):
        conversation = room(user)
        send_message(conversation_id=conversation.pk, content="once", client_id="a", by=user)

        with pytest.raises(IntegrityError), transaction.atomic():
            Message.objects.create(conversation=conversation, seq=2, sender=user, client_id="a")
        with pytest.raises(IntegrityError), transaction.atomic():
            Message.objects.create(conversation=conversation, seq=1, sender=user)

    def test_hides_the_conversation_from_strangers(self, user, stranger):
        conversation = room(user)

        with pytest.raises(NotFound):
            send_message(conversation_id=conversation.pk, content="mine?", by=stranger)

    @pytest.mark.parametrize("content", ["", " \n\t", "x" * 10_001, "a\0b"])
    def test_refuses_nothing_too_much_and_nul(self, user, content):
        conversation = room(user)

        with pytest.raises(Invalid) as refusal:
            send_message(conversation_id=conversation.pk, content=content, by=user)

        assert list(refusal.value.details) == ["content"]
        assert not Message.objects.exists()

    @pytest.mark.parametrize("client_id", ["", "x" * 65])
    def test_refuses_a_client_id_that_does_not_fit(self, user, client_id):
        conversation = room(user)

        with pytest.raises(Invalid):
            send_message(conversation_id=conversation.pk, content="hi", client_id=client_id, by=user)

    def test_takes_a_message_of_exactly_the_most_characters(self, user):
        conversation = room(user)

        assert send_message(conversation_id=conversation.pk, content="x" * 10_000, by=user).seq == 1

    def test_says_that_a_closed_conversation_is_closed(self, user):
        conversation = room(user)
        close_conversation(conversation_id=conversation.pk, by=user)

        with pytest.raises(Conflict) as refusal:
            send_message(conversation_id=conversation.pk, content="late", by=user)

        assert refusal.value.code == "conversation_closed"

    def test_is_remembered_in_the_graph_privately(self, user, stranger):
        conversation = room(user)

        message = send_message(conversation_id=conversation.pk, content="hello", by=user)

        event = Event.objects.get(type="user_engaged")
        assert (event.actor_id, event.target_id, event.is_private) == (user.pk, conversation.pk, True)
        assert event.metadata == {"what": "message_sent", "message_id": str(message.pk), "seq": 1}
        assert not Event.objects.visible_to(stranger).filter(pk=event.pk).exists()


class TestAppendMessage:
    def test_writes_for_those_who_have_no_account(self, user):
        conversation = room(user)
        question = append_message(conversation=conversation, role="user", content="Should I?", sender=user)

        answer = append_message(
            conversation=conversation,
            role="advisor",
            content="",
            status="streaming",
            parent=question,
            metadata={"persona": "persona_sage"},
        )

        assert (answer.seq, answer.sender, answer.parent, answer.metadata) == (
            2,
            None,
            question,
            {"persona": "persona_sage"},
        )
        assert conversation.last_seq == 2


class TestMarkRead:
    def place(self, conversation, user):
        return Participant.objects.get(conversation=conversation, user=user)

    def test_only_rises(self, user, stranger):
        conversation = room(user, stranger)
        messages = [send_message(conversation_id=conversation.pk, content=str(n), by=user) for n in range(3)]

        answers = [
            mark_read(conversation_id=conversation.pk, message_id=messages[n].pk, by=stranger) for n in (1, 0, 2, 1)
        ]

        assert answers == [2, 2, 3, 3]
        assert self.place(conversation, stranger).last_read_seq == 3
        read = [change.payload["seq"] for change in Change.objects.filter(kind="MessageRead").order_by("id")]
        assert read == [2, 3]

    def test_without_a_message_reads_everything(self, user, stranger):
        conversation = room(user, stranger)
        send_message(conversation_id=conversation.pk, content="one", by=user)

        assert mark_read(conversation_id=conversation.pk, by=stranger) == 1

    def test_knows_only_messages_of_this_conversation(self, user, stranger):
        one, other = room(user, stranger), room(user)
        elsewhere = send_message(conversation_id=other.pk, content="secret", by=user)

        with pytest.raises(NotFound):
            mark_read(conversation_id=one.pk, message_id=elsewhere.pk, by=stranger)
        with pytest.raises(NotFound):
            mark_read(conversation_id=other.pk, message_id=elsewhere.pk, by=stranger)
