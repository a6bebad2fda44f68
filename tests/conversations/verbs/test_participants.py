import pytest

from config.errors import Conflict, Forbidden, NotFound
from config.ids import new_id
from conversations.models import Conversation, Participant
from conversations.verbs.messages import send_message
from conversations.verbs.participants import MOST_PARTICIPANTS, add_participant, remove_participant
from ontology.models import Change, Connection
from tests.factories.conversations import direct, room


class TestAddParticipant:
    def test_lets_them_in_with_everything_before_as_read(self, user, stranger):
        conversation = room(user)
        send_message(conversation_id=conversation.pk, content="before", by=user)

        participant = add_participant(conversation_id=conversation.pk, user_id=str(stranger.pk), by=user)

        assert (participant.user, participant.role, participant.last_read_seq) == (stranger, "member", 1)
        assert Conversation.objects.visible_to(stranger).get() == conversation
        assert Connection.objects.filter(
            from_entity=stranger.pk, to_entity=conversation.pk, relationship_type="participated_in", deleted_at=None
        ).exists()
        change = Change.objects.filter(kind="ConversationChanged").latest("id")
        assert (change.payload["what"], f"user:{stranger.pk}" in change.topics) == ("participant_added", True)

    def test_twice_is_once(self, user, stranger):
        conversation = room(user, stranger)

        for _ in range(2):
            add_participant(conversation_id=conversation.pk, user_id=stranger.pk, by=user)

        assert conversation.memberships.count() == 2

    def test_is_for_the_owner(self, user, stranger, staff):
        conversation = room(user, stranger)

        with pytest.raises(Forbidden):
            add_participant(conversation_id=conversation.pk, user_id=staff.pk, by=stranger)
        with pytest.raises(NotFound):
            add_participant(conversation_id=conversation.pk, user_id=staff.pk, by=staff)

    @pytest.mark.parametrize("who", ["garbage", "", None])
    def test_knows_only_people(self, user, who):
        with pytest.raises(NotFound):
            add_participant(conversation_id=room(user).pk, user_id=who or new_id(), by=user)

    def test_stops_at_the_most_people(self, user, stranger, monkeypatch):
        monkeypatch.setattr("conversations.verbs.participants.MOST_PARTICIPANTS", 1)
        assert MOST_PARTICIPANTS > 1

        with pytest.raises(Conflict) as refusal:
            add_participant(conversation_id=room(user).pk, user_id=stranger.pk, by=user)

        assert refusal.value.code == "conversation_full"

    def test_leaves_direct_conversations_alone(self, user, stranger, staff):
        with pytest.raises(Conflict):
            add_participant(conversation_id=direct(user, stranger).pk, user_id=staff.pk, by=user)


class TestRemoveParticipant:
    def test_takes_the_place_away_and_tells_their_sockets(self, user, stranger):
        conversation = room(user, stranger)

        remove_participant(conversation_id=conversation.pk, user_id=stranger.pk, by=user)

        assert not Conversation.objects.visible_to(stranger).exists()
        revoked = Change.objects.get(kind="AccessRevoked")
        assert (revoked.topics, revoked.payload["conversation_id"]) == ([f"user:{stranger.pk}"], str(conversation.pk))
        assert not Connection.objects.filter(
            from_entity=stranger.pk, to_entity=conversation.pk, deleted_at=None
        ).exists()

    def test_who_comes_back_gets_a_new_place(self, user, stranger):
        conversation = room(user, stranger)
        remove_participant(conversation_id=conversation.pk, user_id=stranger.pk, by=user)

        add_participant(conversation_id=conversation.pk, user_id=stranger.pk, by=user)

        assert Participant.objects.filter(conversation=conversation, user=stranger).count() == 2
        assert Participant.objects.live().filter(conversation=conversation, user=stranger).count() == 1

    def test_members_remove_only_themselves(self, user, stranger, staff):
        conversation = room(user, stranger, staff)

        with pytest.raises(Forbidden):
            remove_participant(conversation_id=conversation.pk, user_id=staff.pk, by=stranger)
        remove_participant(conversation_id=conversation.pk, user_id=stranger.pk, by=stranger)

        assert not Conversation.objects.visible_to(stranger).exists()

    def test_an_owner_who_leaves_hands_over_to_the_first_who_came(self, user, stranger, staff):
        conversation = room(user, stranger, staff)

        remove_participant(conversation_id=conversation.pk, user_id=user.pk, by=user)

        assert list(conversation.memberships.live().values_list("user", "role")) == [
            (stranger.pk, "owner"),
            (staff.pk, "member"),
        ]

    def test_knows_only_who_is_in_it(self, user, stranger):
        with pytest.raises(NotFound):
            remove_participant(conversation_id=room(user).pk, user_id=stranger.pk, by=user)
