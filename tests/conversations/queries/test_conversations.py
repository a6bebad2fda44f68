import pytest

from conversations.models import Conversation, Message
from conversations.queries.conversations import inbox, names, one, unread_total
from conversations.queries.people import named
from conversations.verbs.conversations import open_conversation
from conversations.verbs.messages import append_message, mark_read, send_message
from tests.factories.accounts import UserFactory
from tests.factories.conversations import room

pytestmark = pytest.mark.django_db


def person(name):
    return {"user__name": name, "user__username": None, "user__email": f"{name}@example.com"}


class TestNames:
    @pytest.mark.parametrize(
        ("people", "words"),
        [
            ([], "Nobody else"),
            (["Ada"], "Ada"),
            (["Ada", "Bo"], "Ada and Bo"),
            (["Ada", "Bo", "Cy"], "Ada, Bo and Cy"),
            (["Ada", "Bo", "Cy", "Di", "Ed"], "Ada, Bo and 3 more"),
        ],
    )
    def test_reads_as_people_would_say_it(self, people, words):
        assert names([person(name) for name in people]) == words


class TestUnread:
    def test_counts_what_others_said_since(self, user, stranger):
        conversation = room(user, stranger)
        send_message(conversation_id=conversation.pk, content="read", by=stranger)
        mark_read(conversation_id=conversation.pk, by=user)
        for by in (stranger, user, stranger):
            send_message(conversation_id=conversation.pk, content="new", by=by)
        append_message(conversation=conversation, role=Message.Role.SYSTEM, content="nobody's words")

        assert one(conversation_id=conversation.pk, by=user)["unread"] == 3
        assert one(conversation_id=conversation.pk, by=stranger)["unread"] == 2
        assert [unread_total(by=user, kinds=kinds) for kinds in (("room",), ("direct",))] == [1, 0]

    def test_is_nothing_for_what_one_said_oneself(self, user):
        conversation = room(user)
        send_message(conversation_id=conversation.pk, content="alone", by=user)

        assert unread_total(by=user, kinds=("room",)) == 0


class TestInbox:
    def test_names_who_is_in_it_where_it_has_no_name(self, user):
        others = [UserFactory(name=name) for name in ("Bo", "Cy", "Di", "Ed")]
        conversation = open_conversation(kind="council", participants=[other.pk for other in others], by=user)
        append_message(conversation=conversation, role="user", content="first", sender=user)
        append_message(conversation=conversation, role="ai", content="last")

        (row,) = inbox(by=user, kinds=("council",), cursor=None, limit=10).items

        assert (row["others"], row["other_ids"]) == ("Bo, Cy and 2 more", [other.pk for other in others])
        assert (row["last_message"]["content"], row["participant_count"]) == ("last", 5)

    def test_shows_staff_the_clients_conversations(self, user, staff):
        client = Conversation.objects.create(kind="client", title="A client")

        assert [row["id"] for row in inbox(by=staff, kinds=("client",), cursor=None, limit=10).items] == [client.pk]
        assert inbox(by=user, kinds=("client",), cursor=None, limit=10).items == []


class TestNamed:
    def test_finds_by_address_and_user_name_and_says_whom_not(self, user, stranger):
        assert named("ADA@example.com; @ada, stranger@example.com nobody") == (
            sorted([user, stranger], key=lambda one: one.pk),
            ["nobody"],
        )
        assert named(" ,; @ ") == ([], [])
