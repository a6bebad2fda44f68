"""Document veza.txt, "Social", and following: every request as written, and everything that may be wrong with it."""

import base64

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from ontology.models import Post
from ontology.verbs.comments import add_comment
from ontology.verbs.follows import follow
from ontology.verbs.likes import like
from tests.clients import Caller
from tests.factories.accounts import UserFactory
from tests.factories.pictures import picture
from tests.factories.social import post_of, track_of

pytestmark = pytest.mark.django_db

UNKNOWN = "0190b7a2-6f2c-7cc3-98c4-dc0c0c07398f"
LISTS = ("feed", "explore", "trending")


@pytest.fixture
def other(stranger):
    return Caller.signed_in_as(stranger)


def data(answer, status=200):
    assert answer.status_code == status, answer.content
    body = answer.json()
    assert body.keys() == {"success", "data"}
    assert body["success"]
    return body["data"]


def fault(answer, status):
    assert answer.status_code == status, answer.content
    body = answer.json()
    assert body["success"] is False
    return body["code"]


def contents(answer):
    return [post["content"] for post in data(answer)["posts"]]


class TestPosts:
    def test_is_created_and_read(self, caller, user, anonymous):
        track = track_of(user, "Low Tide")
        made = data(caller.post("/api/v1/social/posts", {"content": " Listen. ", "track_id": str(track.pk)}), 201)
        assert made == {
            "id": made["id"],
            "author": {"id": str(user.pk), "name": "Ada Lovelace", "username": "ada", "avatar_url": None},
            "content": "Listen.",
            "image_url": None,
            "image_alt": "",
            "track_id": str(track.pk),
            "track": {"id": str(track.pk), "title": "Low Tide", "artist": "", "duration_ms": None},
            "like_count": 0,
            "comment_count": 0,
            "is_liked": False,
            "created_at": made["created_at"],
            "edited_at": None,
        }
        assert made["created_at"].endswith("Z")
        assert data(anonymous.get(f"/api/v1/social/posts/{made['id']}")) == made

    def test_takes_a_picture_in_a_form_of_several_parts(self, caller, anonymous, settings, tmp_path):
        settings.MEDIA_ROOT = tmp_path
        sent = {"content": "Look", "image": SimpleUploadedFile("a.png", picture()), "image_alt": "A teal field"}
        made = data(caller.client.post("/api/v1/social/posts", sent), 201)
        post = Post.objects.get()
        assert (made["image_url"], made["image_alt"]) == (f"/media/{post.image.name}", "A teal field")
        assert data(anonymous.get(f"/api/v1/social/posts/{post.pk}"))["image_url"] == made["image_url"]
        sent["image"] = SimpleUploadedFile("a.png", b"nothing")
        refused = caller.client.post("/api/v1/social/posts", sent)
        assert (refused.status_code, list(refused.json()["details"]), Post.objects.count()) == (400, ["image"], 1)

    @pytest.mark.parametrize(
        "body",
        [{}, {"content": ""}, {"content": "  \n"}, {"content": None}, {"content": 5}, {"content": "x" * 5001},
         {"content": "x", "track_id": 5}, {"content": "x", "track_id": "no id"}, {"content": "x", "track_id": UNKNOWN}, []],
    )  # fmt: skip
    def test_bad_input_is_refused(self, caller, body):
        assert fault(caller.post("/api/v1/social/posts", body), 400) == "invalid"
        assert not Post.objects.exists()

    def test_a_character_that_is_none_is_refused(self, caller):
        answer = caller.client.post(
            "/api/v1/social/posts", b'{"content": "a\\u0000b"}', content_type="application/json"
        )
        assert fault(answer, 400) == "invalid"

    @pytest.mark.parametrize("missing", [UNKNOWN, "x", "%00", "1" * 60])
    def test_what_is_not_there_is_not_found(self, caller, missing):
        for answer in (
            caller.get(f"/api/v1/social/posts/{missing}"),
            caller.delete(f"/api/v1/social/posts/{missing}"),
            caller.get(f"/api/v1/social/posts/{missing}/comments"),
            caller.post("/api/v1/social/like", {"post_id": missing}),
            caller.post("/api/v1/social/comments", {"post_id": missing, "content": "x"}),
            caller.delete(f"/api/v1/social/comments/{missing}"),
            caller.post(f"/api/v1/users/{missing}/follow"),
            caller.delete(f"/api/v1/users/{missing}/follow"),
        ):
            assert fault(answer, 404) == "not_found"

    def test_is_deleted_by_its_author_alone(self, caller, other, user):
        post = post_of(user)
        path = f"/api/v1/social/posts/{post.pk}"
        assert fault(other.delete(path), 403) == "forbidden"
        assert data(caller.delete(path)) == {"message": "Post deleted"}
        for answer in (caller.get(path), caller.delete(path), caller.get(f"{path}/comments")):
            assert fault(answer, 404) == "not_found"
        assert contents(caller.get("/api/v1/social/trending")) == []

    def test_of_whom_is_switched_off_are_gone(self, caller, stranger):
        post = post_of(stranger)
        User.objects.filter(pk=stranger.pk).update(is_active=False)
        assert fault(caller.get(f"/api/v1/social/posts/{post.pk}"), 404) == "not_found"
        for name in LISTS:
            assert contents(caller.get(f"/api/v1/social/{name}")) == []


class TestSigningIn:
    def test_writing_needs_it(self, anonymous, user):
        post = post_of(user)
        for answer in (
            anonymous.post("/api/v1/social/posts", {"content": "x"}),
            anonymous.delete(f"/api/v1/social/posts/{post.pk}"),
            anonymous.post("/api/v1/social/like", {"post_id": str(post.pk)}),
            anonymous.post("/api/v1/social/comments", {"post_id": str(post.pk), "content": "x"}),
            anonymous.delete(f"/api/v1/social/comments/{UNKNOWN}"),
            anonymous.post(f"/api/v1/users/{user.pk}/follow"),
            anonymous.delete(f"/api/v1/users/{user.pk}/follow"),
        ):
            assert fault(answer, 401) == "unauthenticated"

    @pytest.mark.parametrize("name", LISTS)
    def test_reading_does_not_but_a_dead_credential_is_said(self, anonymous, user, name):
        post_of(user, "For all")
        assert contents(anonymous.get(f"/api/v1/social/{name}")) == ["For all"]
        dead = Caller(Authorization="Bearer dead")
        assert fault(dead.get(f"/api/v1/social/{name}"), 401) == "invalid_token"


class TestLike:
    def test_toggles_and_counts(self, caller, other, user):
        body = {"post_id": str(post_of(user).pk)}
        assert data(caller.post("/api/v1/social/like", body)) == {**body, "liked": True, "like_count": 1}
        assert data(other.post("/api/v1/social/like", body)) == {**body, "liked": True, "like_count": 2}
        assert data(caller.post("/api/v1/social/like", body)) == {**body, "liked": False, "like_count": 1}
        seen = [data(who.get(f"/api/v1/social/posts/{body['post_id']}")) for who in (caller, other)]
        assert [(post["is_liked"], post["like_count"]) for post in seen] == [(False, 1), (True, 1)]

    @pytest.mark.parametrize("body", [{}, {"post_id": None}, {"post_id": 5}, {"post_id": "x" * 65}])
    def test_bad_input_is_refused(self, caller, body):
        assert fault(caller.post("/api/v1/social/like", body), 400) == "invalid"

    def test_is_of_posts(self, caller, user):
        assert fault(caller.post("/api/v1/social/like", {"post_id": str(track_of(user).pk)}), 404) == "not_found"


class TestComments:
    def test_are_said_read_and_deleted(self, caller, other, user, stranger, anonymous):
        post = post_of(user)
        body = {"post_id": str(post.pk), "content": "<b>Yes</b>"}
        said = data(other.post("/api/v1/social/comments", body), 201)
        assert said == {
            "id": said["id"],
            "entity_id": str(post.pk),
            "author": {"id": str(stranger.pk), "name": "A Stranger", "username": None, "avatar_url": None},
            "content": "<b>Yes</b>",
            "at_ms": None,
            "created_at": said["created_at"],
        }
        path = f"/api/v1/social/posts/{post.pk}/comments"
        assert data(anonymous.get(path)) == {"comments": [said], "next_cursor": None, "has_more": False}
        assert data(caller.get(f"/api/v1/social/posts/{post.pk}"))["comment_count"] == 1
        assert data(other.delete(f"/api/v1/social/comments/{said['id']}")) == {"message": "Comment deleted"}
        assert data(anonymous.get(path))["comments"] == []

    @pytest.mark.parametrize(
        "more", [{}, {"content": " "}, {"content": None}, {"content": 5}, {"content": "x" * 2001}, {"post_id": 5}]
    )
    def test_bad_input_is_refused(self, caller, user, more):
        body = {"post_id": str(post_of(user).pk)} | more
        assert fault(
            caller.post("/api/v1/social/comments", {"content": "x"} | body if "post_id" in more else body), 400
        )

    def test_anothers_is_not_deleted(self, other, user):
        comment = add_comment(entity_id=post_of(user).pk, content="x", by=user)
        assert fault(other.delete(f"/api/v1/social/comments/{comment.pk}"), 403) == "forbidden"

    def test_are_read_by_cursor_newest_first(self, caller, user):
        post = post_of(user)
        for number in range(5):
            add_comment(entity_id=post.pk, content=str(number), by=user)
        path, cursor, pages = f"/api/v1/social/posts/{post.pk}/comments", "", []
        while cursor is not None:
            page = data(caller.get(path, limit=2, cursor=cursor))
            cursor = page["next_cursor"]
            assert page["has_more"] == (cursor is not None)
            pages.append([comment["content"] for comment in page["comments"]])
        assert pages == [["4", "3"], ["2", "1"], ["0"]]


class TestFollow:
    def test_follows_once_and_ends(self, caller, other, user, stranger):
        path, body = f"/api/v1/users/{stranger.pk}/follow", {"user_id": str(stranger.pk)}
        for _ in range(2):
            assert data(caller.post(path)) == {**body, "following": True, "follower_count": 1}
        for _ in range(2):
            assert data(caller.delete(path)) == {**body, "following": False, "follower_count": 0}

    def test_oneself_is_refused(self, caller, user):
        assert fault(caller.post(f"/api/v1/users/{user.pk}/follow"), 400) == "own_account"

    def test_of_whom_is_switched_off_is_not_found(self, caller, stranger):
        User.objects.filter(pk=stranger.pk).update(is_active=False)
        assert fault(caller.post(f"/api/v1/users/{stranger.pk}/follow"), 404) == "not_found"


class TestFeed:
    @pytest.fixture
    def _posts(self, user, stranger):
        self.friend = UserFactory(name="A Friend")
        for number, author in enumerate((user, stranger, self.friend, stranger)):
            post_of(author, f"{number} by {author.name}")

    @pytest.mark.usefixtures("_posts")
    def test_is_everybodys_for_whoever_follows_nobody(self, caller, anonymous):
        everything = ["3 by A Stranger", "2 by A Friend", "1 by A Stranger", "0 by Ada Lovelace"]
        assert contents(anonymous.get("/api/v1/social/feed")) == everything
        assert contents(caller.get("/api/v1/social/feed")) == everything

    @pytest.mark.usefixtures("_posts")
    def test_is_of_those_whom_one_follows_and_ones_own(self, caller, user):
        follow(user_id=self.friend.pk, by=user)
        assert contents(caller.get("/api/v1/social/feed")) == ["2 by A Friend", "0 by Ada Lovelace"]
        assert contents(caller.get("/api/v1/social/explore")) == ["3 by A Stranger", "1 by A Stranger"]

    @pytest.mark.usefixtures("_posts")
    def test_trending_is_by_likes_and_comments(self, caller, user, stranger):
        posts = {post.content[0]: post for post in Post.objects.all()}
        like(entity_id=posts["1"].pk, by=user)
        add_comment(entity_id=posts["0"].pk, content="x", by=stranger)
        assert [content[0] for content in contents(caller.get("/api/v1/social/trending"))] == ["0", "1", "3", "2"]

    def test_its_cursor_is_the_documented_one(self, anonymous, user):
        posts = [post_of(user, str(number)) for number in range(3)]
        page = data(anonymous.get("/api/v1/social/feed", limit=2))
        nanos = int(posts[1].created_at.timestamp()) * 10**9 + posts[1].created_at.microsecond * 1000
        assert base64.b64decode(page["next_cursor"]).decode() == f"{nanos}|{posts[1].pk}"
        assert page["has_more"] is True
        made = base64.b64encode(f"{nanos}|{posts[1].pk}".encode()).decode()
        for cursor in (made, made.rstrip("=")):
            assert contents(anonymous.get("/api/v1/social/feed", cursor=cursor)) == ["0"]

    @pytest.mark.parametrize("name", LISTS)
    @pytest.mark.parametrize(
        "query",
        [{"limit": "0"}, {"limit": "101"}, {"limit": "-1"}, {"limit": "x"}, {"limit": "1.5"}, {"cursor": "x"},
         {"cursor": "é"}, {"cursor": "A" * 500}, {"cursor": base64.b64encode(b"1|x").decode()},
         {"cursor": base64.b64encode(f"-1|{UNKNOWN}x".encode()).decode()},
         {"cursor": base64.b64encode(f"nan|{UNKNOWN}".encode()).decode()},
         {"cursor": base64.b64encode(f"{'9' * 40}|{UNKNOWN}".encode()).decode()}],
    )  # fmt: skip
    def test_bad_windows_are_refused(self, anonymous, name, query):
        assert fault(anonymous.get(f"/api/v1/social/{name}", **query), 400) == "invalid"

    @pytest.mark.parametrize("name", LISTS)
    def test_runs_as_many_queries_for_three_as_for_one(self, caller, user, stranger, name):
        def count():
            with CaptureQueriesContext(connection) as queries:
                answer = caller.get(f"/api/v1/social/{name}")
            return len(queries), len(data(answer)["posts"])

        follow(user_id=UserFactory().pk, by=user)
        author = user if name == "feed" else stranger
        post_of(author, track_id=track_of(author).pk)
        caller.get(f"/api/v1/social/{name}")
        one = count()
        for _ in range(2):
            post_of(author, track_id=track_of(author).pk)
        assert (one[1], count()) == (1, (one[0], 3))
