import pytest
from django.db import IntegrityError, transaction

from config.errors import Conflict, Forbidden, Invalid, NotFound
from config.ids import new_id
from conversations.models import Conversation, Participant
from conversations.verbs.conversations import (
    close_conversation,
    delete_conversation,
    open_conversation,
    rename_conversation,
    reopen_conversation,
)
from ontology.models import Change, Connection, Entity, Event
from tests.factories.conversations import direct, room


class TestOpenConversation:
    def test_makes_its_opener_the_owner(self, user, stranger):
        conversation = open_conversation(kind="room", title="  The  stoa ", participants=[str(stranger.pk)], by=user)

        assert (conversation.kind, conversation.title, conversation.created_by) == ("room", "The stoa", user)
        assert list(conversation.memberships.values_list("user", "role")) == [
            (user.pk, "owner"),
            (stranger.pk, "member"),
        ]

    def test_is_remembered_in_the_graph_for_its_owner_alone(self, user, stranger):
        conversation = room(user, stranger)

        entity = Entity.objects.get(pk=conversation.pk)
        assert (entity.type, entity.name, entity.owner, entity.is_private) == ("conversation", "A room", user, True)
        links = Connection.objects.filter(to_entity=entity, relationship_type="participated_in", is_private=True)
        assert set(links.values_list("from_entity", flat=True)) == {user.pk, stranger.pk}
        event = Event.objects.get(target=entity)
        assert (event.type, event.actor_id, event.metadata) == (
            "content_changed",
            user.pk,
            {"what": "conversation_opened"},
        )
        assert not Entity.objects.visible_to(stranger).filter(pk=entity.pk).exists()

    def test_tells_everyone_in_it(self, user, stranger):
        conversation = room(user, stranger)

        change = Change.objects.get(kind="ConversationChanged")
        assert change.topics == [f"conversation:{conversation.pk}", f"user:{user.pk}", f"user:{stranger.pk}"]
        assert change.payload["what"] == "opened"

    def test_opens_one_direct_conversation_for_a_pair(self, user, stranger):
        one = direct(user, stranger)

        assert direct(stranger, user) == one
        assert Conversation.objects.count() == 1
        with pytest.raises(IntegrityError), transaction.atomic():
            Conversation.objects.create(kind="direct", direct_key=one.direct_key)

    @pytest.mark.parametrize("how_many", [0, 2])
    def test_a_direct_conversation_is_between_two(self, user, stranger, staff, how_many):
        with pytest.raises(Invalid):
            open_conversation(kind="direct", participants=[stranger.pk, staff.pk][:how_many], by=user)

    def test_one_cannot_talk_to_oneself(self, user):
        with pytest.raises(Invalid):
            open_conversation(kind="direct", participants=[user.pk], by=user)

    @pytest.mark.parametrize("who", ["nobody", None, 7, ["x"], "6a9b1c52-0000-7000-8000-000000000000"])
    def test_refuses_people_who_do_not_exist(self, user, who):
        with pytest.raises(Invalid):
            open_conversation(kind="room", title="x", participants=[who] if who != ["x"] else ["x"], by=user)

        assert not Conversation.objects.exists()

    def test_refuses_more_people_than_can_be_invited_at_once(self, user):
        with pytest.raises(Invalid):
            open_conversation(kind="room", title="x", participants=[new_id() for _ in range(101)], by=user)

    @pytest.mark.parametrize("title", ["", "   ", "x" * 121])
    def test_a_room_needs_a_name_that_fits(self, user, title):
        with pytest.raises(Invalid):
            open_conversation(kind="room", title=title, by=user)

    def test_keeps_what_a_council_needs(self, user):
        project = new_id()

        conversation = open_conversation(kind="council", project_id=project, mode="brain-trust", by=user)

        assert (conversation.project_id, conversation.mode, conversation.title) == (project, "brain-trust", "")


class TestChangeConversation:
    """rename, close, reopen and delete are for its owner."""

    def test_renames(self, user):
        conversation = room(user)

        rename_conversation(conversation_id=conversation.pk, title="Porch", by=user)

        conversation.refresh_from_db()
        assert conversation.title == "Porch"
        assert Entity.objects.get(pk=conversation.pk).name == "Porch"
        assert Change.objects.latest("id").payload["what"] == "renamed"

    def test_closes_once_and_reopens(self, user):
        conversation = room(user)

        for _ in range(2):
            assert close_conversation(conversation_id=conversation.pk, by=user).status == "closed"
        assert Change.objects.filter(kind="ConversationChanged").count() == 2
        assert reopen_conversation(conversation_id=conversation.pk, by=user).status == "active"

    def test_deletes_softly(self, user, stranger):
        conversation = room(user, stranger)

        delete_conversation(conversation_id=conversation.pk, by=user)

        assert Conversation.objects.filter(pk=conversation.pk).exclude(deleted_at=None).exists()
        assert not Conversation.objects.visible_to(user).exists()
        assert Entity.objects.get(pk=conversation.pk).deleted_at is not None
        with pytest.raises(NotFound):
            delete_conversation(conversation_id=conversation.pk, by=user)

    @pytest.mark.parametrize("change", [close_conversation, reopen_conversation, delete_conversation])
    def test_refuses_members_and_hides_from_strangers(self, user, stranger, staff, change):
        conversation = room(user, stranger)

        with pytest.raises(Forbidden):
            change(conversation_id=conversation.pk, by=stranger)
        with pytest.raises(NotFound):
            change(conversation_id=conversation.pk, by=staff)

    def test_leaves_direct_conversations_alone(self, user, stranger):
        conversation = direct(user, stranger)

        for change in (close_conversation, delete_conversation):
            with pytest.raises(Conflict):
                change(conversation_id=conversation.pk, by=user)
        with pytest.raises(Conflict):
            rename_conversation(conversation_id=conversation.pk, title="x", by=user)


class TestVisibleTo:
    def test_shows_those_one_is_in_and_staff_the_clients_ones(self, user, stranger, staff):
        mine, theirs = room(user), room(stranger)
        client = Conversation.objects.create(kind="client", title="A client")

        assert set(Conversation.objects.visible_to(user)) == {mine}
        assert set(Conversation.objects.visible_to(stranger)) == {theirs}
        assert set(Conversation.objects.visible_to(staff)) == {client}

    def test_forgets_those_one_has_left(self, user, stranger):
        conversation = room(user, stranger)
        Participant.objects.filter(user=stranger).update(left_at=conversation.created_at.replace(year=2999))

        assert not Conversation.objects.visible_to(stranger).exists()
