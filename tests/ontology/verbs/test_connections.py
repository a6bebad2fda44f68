"""Connections made by hand: they leave a history, and following a person is the same act everywhere."""

import pytest

from config.errors import Invalid
from conversations.models import Notification
from ontology.models import Connection, Event
from ontology.verbs.connections import create_connection, delete_connection
from ontology.verbs.follows import follow
from tests.factories.ontology import EntityFactory

pytestmark = pytest.mark.django_db


def said_of(entity):
    rows = Event.objects.filter(target=entity.pk, metadata__has_key="relationship_type").order_by("timestamp", "id")
    return [(row.metadata["action"], row.metadata["to_entity_id"], row.is_private) for row in rows]


class TestHistory:
    @pytest.mark.parametrize(("hidden", "is_private"), [(False, False), (True, True)])
    def test_says_what_was_connected_to_whom(self, user, hidden, is_private):
        one, two = EntityFactory(owner=user), EntityFactory(owner=user, is_private=hidden)
        for _ in range(2):
            made = create_connection(
                from_entity_id=one.pk, to_entity_id=two.pk, relationship_type="references", by=user
            )
        assert said_of(one) == [("connected", str(two.pk), is_private)]
        delete_connection(connection_id=made.pk, by=user)
        assert said_of(one)[1:] == [("disconnected", str(two.pk), is_private)]


class TestFollowing:
    def test_is_the_act_that_the_button_does(self, user, stranger):
        made = create_connection(
            from_entity_id=user.pk, to_entity_id=stranger.pk, relationship_type="following", by=user
        )
        assert Notification.objects.get().user_id == stranger.pk
        assert Event.objects.filter(actor=user.pk, metadata={"what": "followed"}).count() == 1
        assert follow(user_id=stranger.pk, by=user).follower_count == 1
        delete_connection(connection_id=made.pk, by=user)
        assert not Connection.objects.filter(relationship_type="following", deleted_at=None).exists()
        assert Event.objects.filter(actor=user.pk, metadata__what="unfollowed").count() == 1

    def test_nobody_follows_themselves(self, user):
        with pytest.raises(Invalid) as refusal:
            create_connection(from_entity_id=user.pk, to_entity_id=user.pk, relationship_type="following", by=user)
        assert refusal.value.code == "own_account"
        assert not Connection.objects.filter(relationship_type="following").exists()

    def test_things_follow_without_the_rule(self, user, stranger):
        bot = EntityFactory(owner=user, type="ai_clone")
        create_connection(from_entity_id=bot.pk, to_entity_id=stranger.pk, relationship_type="following", by=user)
        assert (said_of(bot), Notification.objects.count()) == ([("connected", str(stranger.pk), False)], 0)
