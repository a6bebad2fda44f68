"""Pages of a client's conversation: any messages, any cuts."""

import datetime as dt

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from config.errors import NotFound
from config.ids import new_id
from conversations.models import Message
from conversations.queries.client_messages import client_message, client_messages
from tests.factories.clients import by_hand, client_says, thread_with
from tests.factories.conversations import direct, room

pytestmark = pytest.mark.django_db
START = dt.datetime(2026, 3, 15, 10, tzinfo=dt.UTC)
MICROSECOND = dt.timedelta(microseconds=1)


def read(thread, by, *, before=None, after=None, limit=50):
    said = client_messages(conversation_id=thread.pk, before=before, after=after, limit=limit, by=by)
    return said.rows


def keys(rows):
    return [row["id"] for row in rows]


def filled(thread, offsets):
    """Messages so many microseconds after START, numbered as they came; their ids in the order in which they are shown."""
    Message.objects.filter(conversation=thread.pk).delete()
    rows = [
        Message(conversation_id=thread.pk, seq=n, role="client", content=str(n), sent_at=START + offset * MICROSECOND)
        for n, offset in enumerate(offsets, 1)
    ]
    Message.objects.bulk_create(rows)
    return [row.pk for row in sorted(rows, key=lambda row: (row.sent_at, row.pk))]


OFFSETS = st.lists(st.integers(0, 12), max_size=30)
sixty_times = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


class TestPages:
    """Messages of one microsecond too: WhatsApp tells whole seconds."""

    @sixty_times
    @given(offsets=OFFSETS, limit=st.integers(1, 7))
    def test_join_to_the_whole_going_back(self, user, offsets, limit):
        thread = by_hand(user)
        whole, seen, before = filled(thread, offsets), [], None

        while rows := read(thread, user, before=before, limit=limit):
            seen = keys(rows) + seen
            before = rows[0]["sent_at"]

        assert seen == whole

    @sixty_times
    @given(offsets=OFFSETS, limit=st.integers(1, 7))
    def test_join_to_the_whole_going_on(self, user, offsets, limit):
        thread = by_hand(user)
        whole, seen, after = filled(thread, offsets), [], START - MICROSECOND

        while rows := read(thread, user, after=after, limit=limit):
            seen += keys(rows)
            after = rows[-1]["sent_at"]

        assert seen == whole

    @sixty_times
    @given(offsets=OFFSETS, cut=st.integers(-1, 13))
    def test_lie_on_both_sides_of_any_cut(self, user, offsets, cut):
        thread, moment = by_hand(user), START + cut * MICROSECOND
        whole = filled(thread, offsets)
        at_the_cut = set(keys(Message.objects.filter(sent_at=moment).values("id")))

        earlier, later = read(thread, user, before=moment), read(thread, user, after=moment)

        assert keys(earlier) + [key for key in whole if key in at_the_cut] + keys(later) == whole

    @sixty_times
    @given(offsets=st.lists(st.integers(0, 1000), unique=True, max_size=12), limit=st.integers(1, 7))
    def test_are_never_longer_than_their_limit_where_moments_differ(self, user, offsets, limit):
        thread = by_hand(user)
        whole = filled(thread, offsets)

        assert keys(read(thread, user, limit=limit)) == whole[-limit:]
        assert keys(read(thread, user, after=START - MICROSECOND, limit=limit)) == whole[:limit]

    def test_may_be_cut_on_both_sides(self, user):
        thread = by_hand(user)
        whole = filled(thread, range(10))

        rows = read(thread, user, after=START + 2 * MICROSECOND, before=START + 8 * MICROSECOND, limit=3)

        assert keys(rows) == whole[3:6]

    def test_show_a_late_message_in_its_place(self, user):
        thread = thread_with(user, wrote=False)
        second = client_says(thread, "later", ago=dt.timedelta(minutes=1))
        first = client_says(thread, "earlier", ago=dt.timedelta(minutes=2))

        assert keys(read(thread, user)) == [first.pk, second.pk]


class TestWhatIsTold:
    def test_is_what_goes_to_and_fro(self, user):
        thread = by_hand(user)
        for seq, role in enumerate(Message.Role.values, 1):
            Message.objects.create(conversation_id=thread.pk, seq=seq, role=role, content=role)
        private = Message.objects.create(
            conversation_id=thread.pk, seq=9, content="Between us", metadata={"is_private": True}
        )

        said = client_messages(conversation_id=thread.pk, before=None, after=None, limit=50, by=user)

        assert ([row["content"] for row in said.rows], said.total) == (["user", "client", "ai"], 3)
        for hidden in (private, Message.objects.get(role="system")):
            with pytest.raises(NotFound):
                client_message(message_id=hidden.pk, by=user)

    def test_counts_the_conversation_not_the_page(self, user):
        thread = by_hand(user)
        filled(thread, range(5))

        said = client_messages(conversation_id=thread.pk, before=None, after=START + 3 * MICROSECOND, limit=2, by=user)

        assert (len(said.rows), said.total) == (1, 5)

    def test_is_for_who_sees_the_conversation(self, user, stranger, staff):
        thread = thread_with(user)
        message = Message.objects.get()

        assert client_message(message_id=str(message.pk), by=staff)["content"] == message.content
        for key in (message.pk, new_id(), "x", None):
            with pytest.raises(NotFound):
                client_message(message_id=key, by=stranger)
        with pytest.raises(NotFound):
            read(thread, stranger)

    def test_is_not_of_rooms(self, user, stranger):
        for conversation in (room(user), direct(user, stranger)):
            with pytest.raises(NotFound):
                read(conversation, user)
