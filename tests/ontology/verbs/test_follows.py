import pytest

from accounts.models import User
from config.errors import Invalid, NotFound
from ontology.models import Change, Connection, Event
from ontology.verbs.connections import delete_connection
from ontology.verbs.follows import Following, follow, unfollow

pytestmark = pytest.mark.django_db


def live():
    return Connection.objects.filter(relationship_type="following", deleted_at=None)


class TestFollow:
    def test_writes_what_it_means(self, user, stranger):
        assert follow(user_id=str(stranger.pk), by=user) == Following(True, 1)
        assert live().values_list("from_entity", "to_entity").get() == (user.pk, stranger.pk)
        event = Event.objects.get(actor=user.pk, target=stranger.pk)
        assert (event.type, event.metadata) == ("user_engaged", {"what": "followed"})
        change = Change.objects.get(kind="Followed")
        assert change.topics == [f"user:{stranger.pk}", f"user:{user.pk}"]
        assert change.payload == {
            "follower_id": str(user.pk),
            "follower_name": "Ada Lovelace",
            "followed_id": str(stranger.pk),
        }

    def test_twice_is_once(self, user, stranger):
        assert [follow(user_id=stranger.pk, by=user) for _ in range(2)] == [Following(True, 1)] * 2
        assert (live().count(), Change.objects.filter(kind="Followed").count()) == (1, 1)

    def test_is_of_others(self, user):
        with pytest.raises(Invalid):
            follow(user_id=user.pk, by=user)

    @pytest.mark.parametrize("unknown", ["", "x", None, "0190b7a2-6f2c-7cc3-98c4-dc0c0c07398f", "\0"])
    def test_of_nobody_is_not_found(self, user, unknown):
        for verb in (follow, unfollow):
            with pytest.raises(NotFound):
                verb(user_id=unknown, by=user)

    def test_of_whom_is_switched_off_is_not_found(self, user, stranger):
        User.objects.filter(pk=stranger.pk).update(is_active=False)
        with pytest.raises(NotFound):
            follow(user_id=stranger.pk, by=user)

    def test_ends_in_the_words_of_one_as_well(self, user, stranger):
        follow(user_id=stranger.pk, by=user)
        delete_connection(connection_id=live().get().pk, by=user)
        assert follow(user_id=stranger.pk, by=user) == Following(True, 1)


class TestUnfollow:
    def test_tells_nobody_else(self, user, stranger):
        follow(user_id=stranger.pk, by=user)
        assert unfollow(user_id=stranger.pk, by=user) == Following(False, 0)
        assert Change.objects.get(kind="Unfollowed").topics == [f"user:{user.pk}"]
        seen = Event.objects.visible_to(stranger).filter(actor=user.pk, type="user_engaged")
        assert [event.metadata for event in seen] == [{"what": "followed"}]

    def test_of_whom_one_did_not_follow_is_nothing(self, user, stranger):
        assert unfollow(user_id=stranger.pk, by=user) == Following(False, 0)
        assert not Change.objects.filter(kind="Unfollowed").exists()
