import datetime as dt

import pytest

from config.paging import Window
from conversations.models import Message
from conversations.queries.client_conversations import listed, one
from conversations.verbs.client_threads import update_client_conversation
from conversations.verbs.messages import mark_read, send_message
from conversations.verbs.participants import add_participant
from tests.factories.clients import assistant_says, by_hand, client_says, thread_with
from tests.factories.conversations import direct, room

pytestmark = pytest.mark.django_db
WHOLE = Window(limit=50)


def names(by, **asked):
    rows, total = listed(by=by, window=asked.pop("window", WHOLE), **asked)
    return [row["client_name"] for row in rows], total


class TestListed:
    def test_has_the_newest_first_and_clients_alone(self, user, stranger):
        room(user)
        direct(user, stranger)
        old = by_hand(user, name="Old")
        by_hand(user, name="New")
        client_says(old, "Still there?")

        assert names(user) == (["Old", "New"], 2)
        assert names(stranger) == ([], 0)

    def test_is_for_who_has_a_seat_and_for_staff(self, user, stranger, staff):
        thread = by_hand(user, name="Shared")
        by_hand(user, name="Alone")
        add_participant(conversation_id=thread.pk, user_id=stranger.pk, by=user)

        assert names(stranger) == (["Shared"], 1)
        assert names(staff) == (["Alone", "Shared"], 2)

    def test_is_narrowed_by_platform_and_status(self, user):
        for platform in ("facebook", "instagram"):
            for status in ("active", "closed", "pending"):
                thread = by_hand(user, platform=platform, name=f"{platform} {status}")
                update_client_conversation(conversation_id=thread.pk, status=status, by=user)

        assert names(user, platform="instagram", status="closed") == (["instagram closed"], 1)
        assert names(user, status="pending") == (["instagram pending", "facebook pending"], 2)
        assert names(user, platform="whatsapp") == ([], 0)

    def test_is_cut_by_the_window(self, user):
        for name in "abcde":
            by_hand(user, name=name)

        assert names(user, window=Window(limit=2, offset=1)) == (["d", "c"], 5)
        assert names(user, window=Window(limit=2, offset=9)) == ([], 5)

    def test_tells_the_last_message_as_it_is_shown(self, user):
        thread = thread_with(user)
        assistant_says(thread, "Of course")
        client_says(thread, "sent before, heard after", ago=dt.timedelta(hours=1))
        Message.objects.create(conversation_id=thread.pk, seq=9, role="system", content="A line of ours")

        (row,), _ = listed(by=user, window=WHOLE)

        assert (row["last_message"]["content"], row["last_message"]["role"]) == ("Of course", "ai")

    def test_counts_what_others_said_since(self, user, stranger):
        thread = thread_with(user)
        add_participant(conversation_id=thread.pk, user_id=stranger.pk, by=user)
        client_says(thread, "Hello?")
        assert [one(conversation_id=thread.pk, by=by)["unread_count"] for by in (user, stranger)] == [2, 1]
        send_message(conversation_id=thread.pk, content="Yes", by=user)
        Message.objects.create(
            conversation_id=thread.pk, seq=9, role="user", content="psst", metadata={"is_private": True}
        )

        assert [one(conversation_id=thread.pk, by=by)["unread_count"] for by in (user, stranger)] == [0, 2]
        mark_read(conversation_id=thread.pk, by=stranger)
        assert one(conversation_id=thread.pk, by=stranger)["unread_count"] == 0

    @pytest.mark.parametrize("count", [1, 3])
    def test_takes_four_queries_however_many(self, user, count, django_assert_num_queries):
        for _ in range(count):
            client_says(thread_with(user), "Hello?")

        with django_assert_num_queries(4):
            assert len(listed(by=user, window=WHOLE)[0]) == count
