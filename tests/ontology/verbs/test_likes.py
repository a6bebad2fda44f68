"""Liking: once each, counted right, told, and for whatever one may see."""

import pytest

from config.errors import NotFound
from ontology.models import Change, EntityType, Event, Like
from ontology.verbs.likes import Standing, like, take_back_all_likes, toggle_like, unlike
from ontology.verbs.posts import delete_post
from tests.factories.accounts import UserFactory
from tests.factories.ontology import EntityFactory
from tests.factories.social import post_of, track_of

pytestmark = pytest.mark.django_db


def told(kind):
    return [change.payload for change in Change.objects.filter(kind=kind).order_by("pk")]


class TestToggleLike:
    def test_gives_and_takes_back(self, user, stranger):
        post = post_of(user)
        assert toggle_like(entity_id=post.pk, by=stranger) == Standing(True, 1)
        assert toggle_like(entity_id=str(post.pk), by=user) == Standing(True, 2)
        assert toggle_like(entity_id=post.pk, by=stranger) == Standing(False, 1)
        post.refresh_from_db()
        assert (post.like_count, Like.objects.filter(entity=post.pk).count()) == (1, 1)

    def test_writes_what_it_means(self, user, stranger):
        post = post_of(user, "Low water at six.")
        toggle_like(entity_id=post.pk, by=stranger)
        toggle_like(entity_id=post.pk, by=stranger)
        events = Event.objects.filter(actor=stranger.pk, target=post.pk).order_by("timestamp", "id")
        assert [(event.type, event.metadata) for event in events] == [
            ("content_interacted", {"what": "liked"}),
            ("content_interacted", {"what": "like_taken_back"}),
        ]
        about = {
            "entity_id": str(post.pk),
            "type": "social_post",
            "user_id": str(stranger.pk),
            "owner_id": str(user.pk),
        }
        names = {"name": "Low water at six.", "user_name": "A Stranger"}
        assert told("Liked") == [{**about, **names, "like_count": 1}]
        assert told("LikeTakenBack") == [{**about, "like_count": 0}]
        assert Change.objects.get(kind="Liked").topics == [f"entity:{post.pk}", f"user:{user.pk}"]


class TestLike:
    def test_twice_is_once(self, user, stranger):
        track = track_of(user)
        assert like(entity_id=track.pk, by=stranger) == Standing(True, 1)
        assert like(entity_id=track.pk, by=stranger) == Standing(True, 1)
        assert len(told("Liked")) == 1
        assert unlike(entity_id=track.pk, by=stranger) == Standing(False, 0)
        assert unlike(entity_id=track.pk, by=stranger) == Standing(False, 0)
        assert len(told("LikeTakenBack")) == 1
        track.refresh_from_db()
        assert track.like_count == 0

    def test_counts_the_likes_of_things_without_a_counter(self, user, stranger):
        thing = EntityFactory(owner=user)
        assert like(entity_id=thing.pk, by=stranger) == Standing(True, 1)
        assert like(entity_id=thing.pk, by=user) == Standing(True, 2)

    def test_is_of_the_type_asked_for(self, user):
        track = track_of(user)
        with pytest.raises(NotFound, match="Post not found"):
            like(entity_id=track.pk, by=user, type=EntityType.SOCIAL_POST)

    @pytest.mark.parametrize("unknown", ["", "x", None, 5, "0190b7a2-6f2c-7cc3-98c4-dc0c0c07398f"])
    def test_of_nothing_is_not_found(self, user, unknown):
        with pytest.raises(NotFound):
            toggle_like(entity_id=unknown, by=user)

    def test_of_what_is_hidden_or_gone_is_not_found(self, user, stranger):
        draft, gone = EntityFactory(owner=user, status="draft"), post_of(user)
        delete_post(post_id=gone.pk, by=user)
        for thing in (draft, gone):
            with pytest.raises(NotFound):
                like(entity_id=thing.pk, by=stranger)

    def test_of_whom_is_switched_off_is_not_found(self, user):
        author = UserFactory()
        post = post_of(author)
        type(author).objects.filter(pk=author.pk).update(is_active=False)
        with pytest.raises(NotFound):
            like(entity_id=post.pk, by=user)


class TestTakeBackAllLikes:
    def test_leaves_the_counters_right(self, user, stranger):
        one, two = post_of(user), track_of(user)
        for by in (user, stranger):
            like(entity_id=one.pk, by=by)
            like(entity_id=two.pk, by=by)
        take_back_all_likes(user_id=stranger.pk)
        one.refresh_from_db()
        two.refresh_from_db()
        assert (one.like_count, two.like_count, list(Like.objects.values_list("user", flat=True))) == (
            1,
            1,
            [user.pk] * 2,
        )
