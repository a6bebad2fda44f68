import os
import time
from pathlib import Path

import pytest
from django.conf import settings
from PIL import Image

from config.errors import Forbidden, Invalid, NotFound, TooLarge
from ontology.models import Change, Connection, Entity, Event, Post, Track
from ontology.verbs import posts
from ontology.verbs.comments import add_comment
from ontology.verbs.posts import create_post, delete_post, edit_post, name_of, sweep_pictures
from tests.factories.pictures import picture
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


@pytest.fixture
def pictures(tmp_path, settings):
    """The names of all pictures of posts that are kept now, in a place of this test alone."""
    settings.MEDIA_ROOT = tmp_path
    return lambda: sorted(path.name for path in (tmp_path / "posts").glob("*"))


class TestPictures:
    def test_is_drawn_anew_and_named_by_its_content(self, user, pictures):
        post = create_post(content="Look", image=picture("JPEG"), image_alt="  A teal\n field ", by=user)
        post.refresh_from_db()
        assert (post.image_alt, [f"posts/{name}" for name in pictures()]) == ("A teal field", [post.image.name])
        with Image.open(post.image.path) as drawn:
            assert (drawn.format, drawn.size, dict(drawn.getexif())) == ("WEBP", (320, 200), {})

    @pytest.mark.parametrize("content", [b"no picture", b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"GIF89a"])
    def test_refuses_what_is_none(self, user, pictures, content):
        with pytest.raises(Invalid) as refused:
            create_post(content="Look", image=content, by=user)
        assert (list(refused.value.details), Post.objects.count(), pictures()) == (["image"], 0, [])

    def test_refuses_what_is_too_large(self, user, pictures):
        with pytest.raises(TooLarge) as refused:
            create_post(content="Look", image=picture() + b"0" * settings.UPLOAD_BYTES["cover"], by=user)
        assert (list(refused.value.details), pictures()) == (["image"], [])

    def test_without_one_there_is_nothing_to_say_of_it(self, user):
        assert create_post(content="Look", image_alt="Nothing", by=user).image_alt == ""
        with pytest.raises(Invalid) as refused:
            create_post(content="Look", image_alt="x" * 501, by=user)
        assert list(refused.value.details) == ["image_alt"]

    def test_leaves_nothing_behind_where_the_post_fails(self, user, pictures, monkeypatch):
        with pytest.raises(Invalid):
            create_post(content="Look", image=picture(), track_id="x", by=user)
        monkeypatch.setattr(posts, "log", lambda **_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            create_post(content="Look", image=picture(), by=user)
        assert (Post.objects.count(), pictures()) == (0, [])

    def test_goes_with_its_post(self, user, pictures, django_capture_on_commit_callbacks):
        post = create_post(content="Look", image=picture(), by=user)
        with django_capture_on_commit_callbacks(execute=True):
            delete_post(post_id=post.pk, by=user)
        assert (Post.objects.get().image.name, pictures()) == ("", [])

    def test_is_swept_where_no_post_names_it(self, user, pictures):
        kept = create_post(content="Look", image=picture(), by=user).image.name
        lost = [Path(settings.MEDIA_ROOT, "posts", name) for name in ("old.webp", "new.webp")]
        for path in lost:
            path.touch()
        for path in (lost[0], Path(settings.MEDIA_ROOT, kept)):
            os.utime(path, (time.time() - 90_000,) * 2)
        assert (sweep_pictures(), pictures()) == (1, sorted(["new.webp", Path(kept).name]))


class TestEditPost:
    def test_says_it_otherwise_and_that_it_was_edited(self, user):
        post = post_of(user, "Rain")
        edit_post(post_id=str(post.pk), content=" Sun\r\nnow ", by=user)
        post.refresh_from_db()
        assert (post.content, post.edited_at is not None) == ("Sun\nnow", True)
        entity = Entity.objects.get(pk=post.pk)
        assert (entity.name, entity.properties) == ("Sun now", {"content": "Sun\nnow"})
        assert Event.objects.filter(target=post.pk, metadata={"what": "post_edited"}).count() == 1
        changed = Change.objects.filter(kind="EntityChanged", payload__entity_id=str(post.pk)).latest("id")
        assert changed.payload["what"] == "updated"
        assert not Change.objects.filter(kind="PostPublished", payload__text__startswith="Sun").exists()

    def test_of_the_same_words_is_no_edit(self, user):
        post = edit_post(post_id=post_of(user, "Rain").pk, content="Rain ", by=user)
        assert Post.objects.get(pk=post.pk).edited_at is None

    def test_keeps_changes_or_removes_its_picture(self, user, pictures, django_capture_on_commit_callbacks):
        post = create_post(content="Look", image=picture(colour="teal"), image_alt="Teal", by=user)
        [first] = pictures()
        edit_post(post_id=post.pk, content="Look here", image_alt="All teal", by=user)
        post.refresh_from_db()
        assert (post.image.name, post.image_alt) == (f"posts/{first}", "All teal")
        with django_capture_on_commit_callbacks(execute=True):
            edit_post(post_id=post.pk, content="Look", image=picture(colour="red"), image_alt="Red", by=user)
        [second] = pictures()
        assert (second != first, Post.objects.get().image.name) == (True, f"posts/{second}")
        with django_capture_on_commit_callbacks(execute=True):
            edit_post(post_id=post.pk, content="Look", image_alt="Red", without_image=True, by=user)
        post.refresh_from_db()
        assert (post.image.name, post.image_alt, pictures()) == ("", "", [])

    def test_leaves_the_old_picture_where_it_fails(self, user, pictures, monkeypatch):
        post = create_post(content="Look", image=picture(colour="teal"), by=user)
        before = pictures()
        monkeypatch.setattr(posts, "log", lambda **_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            edit_post(post_id=post.pk, content="Look", image=picture(colour="red"), by=user)
        assert (pictures(), Post.objects.get().image.name) == (before, f"posts/{before[0]}")

    def test_is_for_its_author_alone(self, user, stranger, staff):
        post = post_of(user)
        for other in (stranger, staff):
            with pytest.raises(Forbidden):
                edit_post(post_id=post.pk, content="Mine", by=other)
        for unknown in ("", "x", None, "0190b7a2-6f2c-7cc3-98c4-dc0c0c07398f"):
            with pytest.raises(NotFound):
                edit_post(post_id=unknown, content="Mine", by=user)
        with pytest.raises(Invalid):
            edit_post(post_id=post.pk, content=" ", by=user)
