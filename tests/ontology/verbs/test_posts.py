import pytest

from config.errors import Forbidden, Invalid, NotFound
from ontology.models import Change, Connection, Entity, Event, Post, Track
from ontology.verbs.comments import add_comment
from ontology.verbs.posts import create_post, delete_post, name_of
from tests.factories.social import post_of, track_of

pytestmark = pytest.mark.django_db


class TestCreatePost:
    def test_writes_what_it_means(self, user, stranger):
        track = track_of(stranger)
        post = create_post(content=" Rain on the\r\ncolonnade. ", track_id=str(track.pk), by=user)
        assert (post.content, post.track_id, post.author_id) == ("Rain on the\ncolonnade.", track.pk, user.pk)
        entity = Entity.objects.get(pk=post.pk)
        assert (entity.type, entity.name, entity.status, entity.owner_id, entity.is_kept) == (
            "social_post",
            "Rain on the colonnade.",
            "published",
            user.pk,
            True,
        )
        assert entity.properties == {"content": post.content, "track_id": str(track.pk)}
        around = Connection.objects.filter(relationship_type__in=("authored", "references"))
        assert set(around.values_list("from_entity", "to_entity", "relationship_type")) == {
            (user.pk, post.pk, "authored"),
            (post.pk, track.pk, "references"),
        }
        event = Event.objects.get(target=post.pk)
        assert (event.type, event.actor_id, event.metadata) == ("ugc_created", user.pk, {"what": "post_published"})
        change = Change.objects.get(kind="PostPublished")
        assert change.topics == [f"entity:{post.pk}", f"user:{user.pk}"]
        assert change.payload == {
            "post_id": str(post.pk),
            "author_id": str(user.pk),
            "author_name": "Ada Lovelace",
            "text": post.content,
        }

    @pytest.mark.parametrize("content", ["", " \t\n", None, 5, "x" * 5001, "a\0b"])
    def test_refuses_what_is_no_post(self, user, content):
        with pytest.raises(Invalid) as refused:
            create_post(content=content, by=user)
        assert list(refused.value.details) == ["content"]
        assert not Post.objects.exists()

    def test_takes_five_thousand_characters(self, user):
        assert len(create_post(content="x" * 5000, by=user).content) == 5000

    @pytest.mark.parametrize("which", ["unknown", "no id", "draft", "gone"])
    def test_shows_only_a_published_track(self, user, which):
        draft = track_of(user, status=Track.Status.DRAFT)
        gone = track_of(user)
        Track.objects.filter(pk=gone.pk).update(deleted_at=gone.created_at)
        keys = {"unknown": "0190b7a2-6f2c-7cc3-98c4-dc0c0c07398f", "no id": "x", "draft": draft.pk, "gone": gone.pk}
        with pytest.raises(Invalid) as refused:
            create_post(content="Listen", track_id=keys[which], by=user)
        assert list(refused.value.details) == ["track_id"]

    def test_is_called_as_it_begins(self):
        assert name_of("Two\n\n  words") == "Two words"
        assert name_of("long " * 40) == "long " * 15 + "long…"


class TestDeletePost:
    def test_is_gone_from_the_graph_too(self, user, stranger):
        post = post_of(user)
        add_comment(entity_id=post.pk, content="x", by=stranger)
        delete_post(post_id=str(post.pk), by=user)
        assert not Post.objects.visible_to(user).exists()
        assert not Entity.objects.visible_to(user).filter(pk=post.pk).exists()
        assert not Event.objects.visible_to(user).filter(target=post.pk).exists()
        assert Change.objects.get(kind="PostRemoved").payload == {"post_id": str(post.pk), "author_id": str(user.pk)}
        with pytest.raises(NotFound):
            delete_post(post_id=post.pk, by=user)

    def test_is_for_its_author_and_staff(self, user, stranger, staff):
        mine, also_mine = post_of(user), post_of(user)
        with pytest.raises(Forbidden):
            delete_post(post_id=mine.pk, by=stranger)
        delete_post(post_id=mine.pk, by=user)
        delete_post(post_id=also_mine.pk, by=staff)
        assert not Post.objects.live().exists()

    @pytest.mark.parametrize("unknown", ["", "x", None, 5, "0190b7a2-6f2c-7cc3-98c4-dc0c0c07398f", "\0"])
    def test_of_nothing_is_not_found(self, user, unknown):
        with pytest.raises(NotFound):
            delete_post(post_id=unknown, by=user)
