"""The feed and a post as people use them, with and without scripts; nothing they type becomes markup."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from ontology.models import Comment, Like, Post
from ontology.pages.posts import BEGINNING, shortened
from ontology.verbs.comments import add_comment
from ontology.verbs.follows import follow
from ontology.verbs.likes import like
from tests.factories.pictures import picture
from tests.factories.social import post_of, track_of

pytestmark = pytest.mark.django_db

HTMX = {"HX-Request": "true"}
UNKNOWN = "0190b7a2-6f2c-7cc3-98c4-dc0c0c07398f"


def signed_in(user):
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def browser(user):
    return signed_in(user)


def contents(answer):
    assert answer.status_code == 200
    return [post["content"] for post in answer.context["posts"]]


class TestFeed:
    def test_everybody_reads_it(self, user):
        post_of(user, "Hello all")
        answer = Client().get("/feed/")
        assert contents(answer) == ["Hello all"]
        assert [tab["text"] for tab in answer.context["tabs"]] == ["Newest", "Trending", "Live"]
        assert 'name="content"' not in answer.content.decode()

    def test_each_tab_is_its_own_list(self, browser, user, stranger):
        post_of(user, "Mine")
        liked = post_of(stranger, "Theirs")
        like(entity_id=liked.pk, by=user)
        assert contents(browser.get("/feed/explore/")) == ["Theirs"]
        assert contents(browser.get("/feed/trending/")) == ["Theirs", "Mine"]
        assert "You follow nobody yet" in browser.get("/feed/").content.decode()
        follow(user_id=stranger.pk, by=user)
        post_of(stranger, "More of theirs")
        answer = browser.get("/feed/")
        assert contents(answer) == ["More of theirs", "Theirs", "Mine"]
        assert "You follow nobody yet" not in answer.content.decode()

    @pytest.mark.parametrize("path", ["/feed/", "/feed/explore/", "/feed/trending/"])
    def test_says_so_where_there_is_nothing(self, browser, path):
        for client in (browser, Client()):
            assert '<div class="empty">' in client.get(path).content.decode()

    def test_leads_on_by_cursor(self, browser, user):
        made = [post_of(user, f"Post {number}").content for number in range(23)]
        first = browser.get("/feed/")
        second = browser.get(first.context["next_url"])
        assert contents(first) + contents(second) == made[::-1]
        assert second.context["next_url"] == ""
        for cursor in ("bad", "\0", "é"):
            answer = browser.get("/feed/", {"cursor": cursor})
            assert (answer.status_code, answer["Location"]) == (302, "/feed/") if cursor != "\0" else True

    @pytest.mark.parametrize("path", ["/feed/", "/feed/explore/", "/feed/trending/"])
    def test_runs_as_many_queries_for_three_as_for_one(self, browser, user, stranger, path):
        author = stranger if path == "/feed/explore/" else user
        post_of(author, track_id=track_of(author).pk)
        browser.get(path)
        counts = []
        for more in (0, 2):
            for _ in range(more):
                post_of(author, track_id=track_of(author).pk)
            with CaptureQueriesContext(connection) as queries:
                shown = contents(browser.get(path))
            counts.append((len(queries), len(shown)))
        assert [shown for _, shown in counts] == [1, 3]
        assert counts[0][0] == counts[1][0]

    def test_text_stays_text_and_addresses_become_links(self, browser, user):
        post_of(user, "<script>alert(1)</script> see https://example.org/a?b=1&c=2 and javascript:alert(1)")
        page = browser.get("/feed/").content.decode()
        assert "<script>alert(1)" not in page
        assert '<a href="https://example.org/a?b=1&amp;c=2" rel="nofollow">' in page
        assert 'href="javascript' not in page

    def test_a_long_post_is_cut_between_words(self):
        text = "word " * 300
        short = shortened({"content": text})
        assert (short["is_cut"], len(short["text"]) <= BEGINNING + 1, short["text"][-5:]) == (True, True, "word…")
        assert shortened({"content": "short"}) == {"content": "short", "text": "short", "is_cut": False}
        assert len(shortened({"content": "x" * 2000})["text"]) == BEGINNING + 1


class TestPosting:
    def test_says_something_with_a_track(self, browser, user, stranger):
        track, foreign = track_of(user, "Low Tide"), track_of(stranger, "High Tide")
        page = browser.get("/feed/").content.decode()
        assert "Low Tide" in page
        assert "High Tide" not in page
        answer = browser.post("/feed/", {"content": "Listen\r\nto this", "track_id": str(track.pk)})
        post = Post.objects.get()
        assert (answer.status_code, answer["Location"]) == (302, f"/feed/#post-{post.pk}")
        assert (post.content, post.track_id) == ("Listen\nto this", track.pk)
        assert "Low Tide" in browser.get("/feed/").content.decode()
        assert browser.post("/feed/", {"content": "x", "track_id": str(foreign.pk)}).status_code == 400

    def test_keeps_what_was_typed(self, browser):
        answer = browser.post("/feed/", {"content": "y" * 5001})
        assert answer.status_code == 400
        assert "y" * 5001 in answer.content.decode()
        assert browser.post("/feed/", {"content": " \r\n "}).status_code == 400
        assert not Post.objects.exists()

    def test_counts_a_line_end_once(self, browser):
        assert browser.post("/feed/", {"content": "y\r\n" * 2499 + "zz"}).status_code == 302

    def test_needs_a_sign_in(self):
        answer = Client().post("/feed/", {"content": "x"})
        assert (answer.status_code, answer["Location"]) == (302, "/account/login/?next=/feed/")
        assert Client().put("/feed/").status_code == 405


class TestPost:
    def test_shows_what_was_said_oldest_first(self, browser, user, stranger):
        post = post_of(user, "Low water at six.")
        for number in range(22):
            add_comment(entity_id=post.pk, content=f"Comment {number}", by=stranger)
        answer = browser.get(f"/posts/{post.pk}/")
        said = [comment["content"] for comment in answer.context["comments"]]
        assert said == [f"Comment {number}" for number in range(2, 22)]
        earlier = browser.get(f"/posts/{post.pk}/{answer.context['older_url']}")
        assert [comment["content"] for comment in earlier.context["comments"]] == ["Comment 0", "Comment 1"]
        assert "Latest comments" in earlier.content.decode()
        assert browser.get(f"/posts/{post.pk}/", {"cursor": "bad"})["Location"] == f"/posts/{post.pk}/"

    def test_runs_as_many_queries_for_three_comments_as_for_one(self, browser, user):
        post = post_of(user)
        counts = []
        for more in (1, 2):
            for _ in range(more):
                add_comment(entity_id=post.pk, content="x", by=user)
            browser.get(f"/posts/{post.pk}/")
            with CaptureQueriesContext(connection) as queries:
                browser.get(f"/posts/{post.pk}/")
            counts.append(len(queries))
        assert counts[0] == counts[1]

    def test_what_is_not_there_is_not_found(self, browser):
        assert browser.get(f"/posts/{UNKNOWN}/").status_code == 404
        for rest in ("like/", "remove/", "comments/", f"comments/{UNKNOWN}/remove/"):
            assert browser.post(f"/posts/{UNKNOWN}/{rest}", {"content": "x"}).status_code == 404

    def test_changing_needs_a_sign_in_and_a_post(self, browser, user):
        post = post_of(user)
        for rest in ("like/", "remove/", "comments/", f"comments/{UNKNOWN}/remove/"):
            answer = Client().post(f"/posts/{post.pk}/{rest}")
            assert answer["Location"].startswith("/account/login/?next=")
            assert browser.get(f"/posts/{post.pk}/{rest}").status_code == 405


class TestLike:
    def test_without_a_script_comes_back_to_where_it_was(self, browser, user):
        post = post_of(user)
        answer = browser.post(f"/posts/{post.pk}/like/", {"next": "/feed/trending/"})
        assert answer["Location"] == f"/feed/trending/#post-{post.pk}"
        assert Like.objects.count() == 1
        browser.post(f"/posts/{post.pk}/like/", {"next": "/feed/trending/"})
        assert Like.objects.count() == 0

    @pytest.mark.parametrize("next", ["https://evil.example/", "//evil.example/", "", "javascript:alert(1)", "/\\evil"])
    def test_leads_nowhere_else(self, browser, user, next):
        post = post_of(user)
        answer = browser.post(f"/posts/{post.pk}/like/", {"next": next})
        assert answer["Location"] == f"/posts/{post.pk}/#post-{post.pk}"

    def test_with_a_script_answers_the_button(self, browser, user):
        post = post_of(user)
        page = browser.post(f"/posts/{post.pk}/like/", headers=HTMX).content.decode()
        assert 'aria-pressed="true"' in page
        assert f'<span data-likes="{post.pk}">1</span>' in page
        assert "<html" not in page


class TestComments:
    def test_are_said(self, browser, user):
        post = post_of(user)
        answer = browser.post(f"/posts/{post.pk}/comments/", {"content": "Yes"})
        assert answer["Location"] == f"/posts/{post.pk}/#comment-{Comment.objects.get().pk}"

    @pytest.mark.parametrize("content", ["", " ", "x" * 2001])
    def test_keep_what_was_typed(self, browser, user, content):
        answer = browser.post(f"/posts/{post_of(user).pk}/comments/", {"content": content})
        assert answer.status_code == 400
        assert answer.context["form"].errors.keys() == {"content"}
        assert not Comment.objects.exists()

    def test_come_one_by_one_for_an_open_page(self, browser, user, stranger):
        post, other = post_of(user), post_of(user)
        comment = add_comment(entity_id=post.pk, content="<i>Yes</i>", by=stranger)
        part = browser.get(f"/posts/{post.pk}/comments/{comment.pk}/").content.decode()
        assert "&lt;i&gt;Yes" in part
        assert "Remove this comment" in part  # the post is the reader's
        assert "Remove this comment" not in Client().get(f"/posts/{post.pk}/comments/{comment.pk}/").content.decode()
        assert browser.get(f"/posts/{other.pk}/comments/{comment.pk}/").status_code == 404
        assert browser.get(f"/posts/{post.pk}/comments/{UNKNOWN}/").status_code == 404

    def test_are_removed_by_who_may(self, browser, user, stranger):
        post = post_of(stranger)
        mine, theirs = (add_comment(entity_id=post.pk, content="x", by=by) for by in (user, stranger))
        assert browser.post(f"/posts/{post.pk}/comments/{mine.pk}/remove/").status_code == 302
        assert browser.post(f"/posts/{post.pk}/comments/{theirs.pk}/remove/").status_code == 404
        assert list(Comment.objects.live()) == [theirs]


class TestRemove:
    def test_is_for_the_author(self, browser, user, stranger):
        post = post_of(user)
        assert "Delete the post" not in signed_in(stranger).get(f"/posts/{post.pk}/").content.decode()
        assert signed_in(stranger).post(f"/posts/{post.pk}/remove/").status_code == 404
        assert "Delete the post" in browser.get(f"/posts/{post.pk}/").content.decode()
        assert browser.post(f"/posts/{post.pk}/remove/")["Location"] == "/feed/"
        assert browser.get(f"/posts/{post.pk}/").status_code == 404


class TestPicturesAndEdits:
    @pytest.fixture(autouse=True)
    def _own_media(self, tmp_path, settings):
        settings.MEDIA_ROOT = tmp_path

    def test_a_picture_is_posted_and_shown(self, browser):
        page = browser.get("/feed/").content.decode()
        assert 'enctype="multipart/form-data"' in page
        assert 'name="image"' in page
        sent = {"content": "Look", "image": SimpleUploadedFile("a.png", picture()), "image_alt": "A <teal> field"}
        assert browser.post("/feed/", sent).status_code == 302
        post = Post.objects.get()
        for address in ("/feed/", f"/posts/{post.pk}/"):
            page = browser.get(address).content.decode()
            assert f'src="/media/{post.image.name}"' in page
            assert 'alt="A &lt;teal&gt; field"' in page

    def test_what_is_no_picture_is_told_beside_it(self, browser):
        for content in (b"nothing", b""):
            sent = {"content": "Look", "image": SimpleUploadedFile("a.png", content)}
            answer = browser.post("/feed/", sent)
            if content:
                assert (answer.status_code, list(answer.context["form"].errors)) == (400, ["image"])
                assert '<details class="more post-more" open>' in answer.content.decode()
                assert ">\nLook</textarea>" in answer.content.decode()

    def test_edits_and_says_so(self, browser, user):
        post = post_of(user, "Rain")
        address = f"/posts/{post.pk}/edit/"
        assert f'href="{address}"' in browser.get(f"/posts/{post.pk}/").content.decode()
        assert ">\nRain</textarea>" in browser.get(address).content.decode()
        answer = browser.post(address, {"content": "Sun", "image": SimpleUploadedFile("a.png", picture())})
        assert answer["Location"] == f"/posts/{post.pk}/"
        shown = browser.get(f"/posts/{post.pk}/").content.decode()
        assert "Sun" in shown
        assert ", edited <time" in shown
        assert ", edited</a>" in browser.get("/feed/").content.decode()
        assert 'name="without_image"' in browser.get(address).content.decode()
        browser.post(address, {"content": "Sun", "without_image": "on"})
        assert Post.objects.get().image.name == ""

    def test_edit_keeps_what_was_typed(self, browser, user):
        post = post_of(user, "Rain")
        answer = browser.post(f"/posts/{post.pk}/edit/", {"content": "y" * 5001})
        assert (answer.status_code, "y" * 5001 in answer.content.decode()) == (400, True)
        assert Post.objects.get().content == "Rain"

    def test_edit_is_for_the_author(self, user, stranger, staff, browser):
        post = post_of(user, "Rain")
        address = f"/posts/{post.pk}/edit/"
        for other in (stranger, staff):
            assert signed_in(other).get(address).status_code == 403
            assert signed_in(other).post(address, {"content": "Mine"}).status_code == 403
            assert address not in signed_in(other).get(f"/posts/{post.pk}/").content.decode()
        assert Client().get(address)["Location"].startswith("/account/login/")
        assert browser.get(f"/posts/{UNKNOWN}/edit/").status_code == 404
        assert Post.objects.get().content == "Rain"
