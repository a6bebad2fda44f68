"""Comments: what may be said, who may take it away, and what counts it."""

import pytest

from config.errors import Forbidden, Invalid, NotFound
from ontology.models import Change, Comment, EntityType, Event
from ontology.verbs.comments import add_comment, remove_all_comments, remove_comment
from ontology.verbs.posts import delete_post
from tests.factories.accounts import UserFactory
from tests.factories.ontology import EntityFactory
from tests.factories.social import post_of, track_of

pytestmark = pytest.mark.django_db


class TestAddComment:
    def test_writes_what_it_means(self, user, stranger):
        post = post_of(user, "Low water at six.")
        comment = add_comment(entity_id=post.pk, content="  I will be\r\nthere. ", by=stranger)
        post.refresh_from_db()
        assert (comment.content, post.comment_count) == ("I will be\nthere.", 1)
        event = Event.objects.get(actor=stranger.pk, target=post.pk)
        assert (event.type, event.metadata) == (
            "comment_posted",
            {"what": "commented", "comment_id": str(comment.pk)},
        )
        change = Change.objects.get(kind="Commented")
        assert change.topics == [f"entity:{post.pk}", f"user:{user.pk}"]
        assert change.payload == {
            "comment_id": str(comment.pk),
            "entity_id": str(post.pk),
            "type": "social_post",
            "name": "Low water at six.",
            "author_id": str(stranger.pk),
            "author_name": "A Stranger",
            "owner_id": str(user.pk),
            "text": "I will be\nthere.",
            "comment_count": 1,
        }

    def test_speaks_of_a_moment(self, user):
        track = track_of(user)
        comment = add_comment(entity_id=track.pk, content="Here", at_ms=61_500, by=user)
        track.refresh_from_db()
        assert (comment.at_ms, track.comment_count) == (61_500, 1)

    @pytest.mark.parametrize("content", ["", "  \n ", None, 5, "x" * 2001, "a\0b"])
    def test_refuses_what_is_no_comment(self, user, content):
        post = post_of(user)
        with pytest.raises(Invalid) as refused:
            add_comment(entity_id=post.pk, content=content, by=user)
        assert list(refused.value.details) == ["content"]
        assert not Comment.objects.exists()

    @pytest.mark.parametrize("content", ["x", "x" * 2000, "y\r\n" * 999 + "z"])
    def test_takes_what_fits(self, user, content):
        assert add_comment(entity_id=post_of(user).pk, content=content, by=user).pk

    @pytest.mark.parametrize("at_ms", [-1, 7 * 24 * 3600 * 1000 + 1])
    def test_refuses_a_moment_out_of_time(self, user, at_ms):
        with pytest.raises(Invalid):
            add_comment(entity_id=post_of(user).pk, content="x", at_ms=at_ms, by=user)

    def test_on_what_is_hidden_or_of_another_kind_is_not_found(self, user, stranger):
        draft = EntityFactory(owner=user, status="draft")
        for given in ({"entity_id": draft.pk}, {"entity_id": track_of(user).pk, "type": EntityType.SOCIAL_POST}):
            with pytest.raises(NotFound):
                add_comment(content="x", by=stranger, **given)


class TestRemoveComment:
    @pytest.mark.parametrize("who", ["author", "owner", "staff"])
    def test_is_for_three(self, user, stranger, staff, who):
        post = post_of(user)
        comment = add_comment(entity_id=post.pk, content="x", by=stranger)
        remove_comment(comment_id=comment.pk, by={"author": stranger, "owner": user, "staff": staff}[who])
        post.refresh_from_db()
        assert (post.comment_count, Comment.objects.live().count()) == (0, 0)
        payload = Change.objects.get(kind="CommentRemoved").payload
        assert (payload["comment_id"], payload["comment_count"]) == (str(comment.pk), 0)

    def test_is_forbidden_to_others(self, user, stranger):
        comment = add_comment(entity_id=post_of(user).pk, content="x", by=user)
        with pytest.raises(Forbidden):
            remove_comment(comment_id=comment.pk, by=stranger)

    def test_where_it_may_not_be_seen_there_is_none(self, user, stranger):
        comment = add_comment(entity_id=EntityFactory(owner=user, status="draft").pk, content="x", by=user)
        with pytest.raises(NotFound):
            remove_comment(comment_id=comment.pk, by=stranger)

    def test_happens_once(self, user):
        post = post_of(user)
        comments = [add_comment(entity_id=post.pk, content="x", by=user) for _ in range(2)]
        remove_comment(comment_id=comments[0].pk, by=user)
        with pytest.raises(NotFound):
            remove_comment(comment_id=comments[0].pk, by=user)
        post.refresh_from_db()
        assert post.comment_count == 1

    def test_its_author_may_also_where_the_post_is_gone(self, user, stranger):
        post = post_of(user)
        comment = add_comment(entity_id=post.pk, content="x", by=stranger)
        delete_post(post_id=post.pk, by=user)
        assert remove_comment(comment_id=comment.pk, by=stranger).deleted_at


class TestRemoveAllComments:
    def test_leaves_the_counters_right(self, user):
        leaver, post, track = UserFactory(), post_of(user), track_of(user)
        for thing in (post, post, track):
            for by in (user, leaver):
                add_comment(entity_id=thing.pk, content="x", by=by)
        remove_all_comments(user_id=leaver.pk)
        post.refresh_from_db()
        track.refresh_from_db()
        assert (post.comment_count, track.comment_count) == (2, 1)
        assert set(Comment.objects.live().values_list("author", flat=True)) == {user.pk}
