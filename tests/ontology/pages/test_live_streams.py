import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from ontology.models import Comment, LiveStream
from ontology.verbs.comments import add_comment
from ontology.verbs.follows import follow
from ontology.verbs.live_streams import stream_for_key
from ontology.verbs.stream_keys import stream_key
from tests.factories.live import on_air, stream_of

pytestmark = pytest.mark.django_db

UNKNOWN = "0190b7a2-6f2c-7cc3-98c4-dc0c0c07398f"


@pytest.fixture
def guest():
    return Client()


@pytest.fixture
def ada(user):
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def other(stranger):
    client = Client()
    client.force_login(stranger)
    return client


def words(answer, status=200):
    assert answer.status_code == status, answer.content
    return answer.content.decode()


class TestLivePage:
    def test_says_what_it_is_while_nobody_is_there(self, guest, ada):
        assert "Nobody has been on air yet" in words(guest.get("/live/"))
        assert "/live/studio/new/" in words(ada.get("/live/"))

    def test_shows_who_is_on_air_first(self, guest, user):
        stream_of(user, "Announced thing")
        on_air(user, "Running thing")
        stream_for_key(by=user)
        page = words(guest.get("/live/"))
        assert page.index("Running thing") < page.index("Announced thing")
        assert ("Announced thing" in words(guest.get("/live/?on=air")), "Running thing" in words(guest.get("/live/?on=off"))) == (False, False)  # fmt: skip
        assert LiveStream.objects.filter(status="draft").count() == 0

    def test_is_read_on_by_pages(self, guest, user):
        for number in range(26):
            stream_of(user, f"Stream {number:02}")
        first = guest.get("/live/")
        assert len(first.context["others"]) == 24
        second = guest.get(f"/live/{first.context['more_others']}")
        assert [row["title"] for row in second.context["others"]] == ["Stream 01", "Stream 00"]

    def test_a_broken_address_leads_to_the_beginning(self, guest):
        answer = guest.get("/live/?on=off&cursor=x")
        assert (answer.status_code, answer["Location"]) == (302, "/live/")

    @pytest.mark.parametrize("path", ["/live/", "/live/studio/"])
    def test_runs_as_many_queries_for_three_as_for_one(self, ada, user, path):
        def count():
            with CaptureQueriesContext(connection) as queries:
                ada.get(path)
            return len(queries)

        stream_of(user)
        ada.get(path)
        one = count()
        stream_of(user)
        on_air(user)
        assert count() == one


class TestStreamPage:
    def test_tells_how_to_watch(self, guest, user, settings):
        stream = on_air(user)
        path = f"/live/{stream.pk}/"
        assert f"rtmp://localhost/live/{stream.pk}" in words(guest.get(path))
        settings.LIVE_HLS_URL = "https://media.example/hls"
        answer = guest.get(path)
        assert f'src="https://media.example/hls/{stream.pk}.m3u8"' in words(answer)
        assert "media-src 'self' https://media.example" in answer["Content-Security-Policy"]

    def test_is_escaped(self, guest, user):
        stream = stream_of(user, "<script>x</script>", description="<img src=x>", category="<b>", tags=["<i>"])
        page = words(guest.get(f"/live/{stream.pk}/"))
        assert not [bad for bad in ("<script>x", "<img src=x>", "<b>", "<i>") if bad in page]

    def test_of_a_draft_is_its_owners_alone(self, guest, ada, other, user):
        path = f"/live/{stream_for_key(by=user).pk}/"
        assert [who.get(path).status_code for who in (guest, other, ada)] == [404, 404, 200]

    def test_is_commented(self, guest, other, ada, user):
        stream = stream_of(user)
        path = f"/live/{stream.pk}/"
        assert guest.post(f"{path}comments/", {"content": "x"}).status_code == 302
        assert not Comment.objects.exists()
        answer = other.post(f"{path}comments/", {"content": "Lovely tone"})
        said = Comment.objects.get()
        assert answer["Location"] == f"{path}#comment-{said.pk}"
        assert "Lovely tone" in words(guest.get(path))
        assert "Lovely tone" in words(guest.get(f"{path}comments/{said.pk}/"))
        assert guest.get(f"/live/{stream_of(user).pk}/comments/{said.pk}/").status_code == 404
        assert "This field is required" in words(other.post(f"{path}comments/", {"content": " "}), 400)
        assert f"{path}comments/{said.pk}/remove/" in words(ada.get(path))
        ada.post(f"{path}comments/{said.pk}/remove/")
        assert "Lovely tone" not in words(guest.get(path))

    def test_runs_as_many_queries_for_three_comments_as_for_one(self, guest, user):
        stream = stream_of(user)

        def count():
            with CaptureQueriesContext(connection) as queries:
                guest.get(f"/live/{stream.pk}/")
            return len(queries)

        add_comment(entity_id=stream.pk, content="x", by=user)
        count()
        one = count()
        for _ in range(2):
            add_comment(entity_id=stream.pk, content="x", by=user)
        assert count() == one

    def test_follows_its_owner(self, other, user, stranger):
        path = f"/live/{stream_of(user).pk}/"
        assert f'action="/people/{user.pk}/follow/"' in words(other.get(path))
        follow(user_id=user.pk, by=stranger)
        assert "Following" in words(other.get(path))


class TestDesk:
    def test_a_stream_is_announced(self, ada, user):
        given = {
            "title": "Night practice",
            "description": "Scales.\r\nMostly.",
            "category": "music",
            "tags": "a, b,,a ",
        }
        answer = ada.post("/live/studio/new/", given)
        made = LiveStream.objects.get()
        assert (answer.status_code, answer["Location"]) == (302, f"/live/studio/{made.pk}/")
        assert (made.title, made.description, made.category, made.tags) == (
            "Night practice", "Scales.\nMostly.", "music", ["a", "b"],
        )  # fmt: skip
        page = words(ada.get(answer["Location"]))
        assert "You are a creator now." in page
        assert "rtmp://localhost/live" in page

    def test_what_was_typed_stays(self, ada):
        page = words(ada.post("/live/studio/new/", {"title": "", "description": "Kept words"}), 400)
        assert "Kept words" in page
        page = words(
            ada.post("/live/studio/new/", {"title": "Kept title", "tags": ",".join("abcdefghijklmnopqrstu")}), 400
        )
        assert "Kept title" in page

    def test_the_key_is_shown_when_asked_for(self, ada, user):
        stream = stream_of(user)
        path, key = f"/live/studio/{stream.pk}/", stream_key(stream_id=stream.pk, key_version=1)
        assert key not in words(ada.get(path))
        answer = ada.post(f"{path}key/")
        assert key in words(answer)
        assert "no-store" in answer["Cache-Control"]
        assert ada.get(f"{path}key/")["Location"] == path
        assert ada.get(f"{path}new-key/").status_code == 200
        ada.post(f"{path}new-key/")
        assert key not in words(ada.post(f"{path}key/"))

    def test_is_changed_and_deleted(self, ada, user):
        path = f"/live/studio/{stream_of(user, tags=['a', 'b']).pk}/"
        assert 'value="a, b"' in words(ada.get(path))
        ada.post(path, {"title": "Another title"})
        assert LiveStream.objects.get().title == "Another title"
        assert words(ada.post(path, {"title": ""}), 400)
        assert "gone for everybody" in words(ada.get(f"{path}remove/"))
        assert ada.post(f"{path}remove/")["Location"] == "/live/studio/"
        assert ada.get(path).status_code == 404
        assert "No stream yet" in words(ada.get("/live/studio/"))

    @pytest.mark.parametrize("rest", ["", "key/", "new-key/", "remove/"])
    def test_is_nobody_elses(self, guest, other, user, rest):
        path = f"/live/studio/{stream_of(user).pk}/{rest}"
        for call in (other.get, other.post):
            assert call(path).status_code == 404
        for call in (guest.get, guest.post):
            assert call(path)["Location"].startswith("/account/login/")

    def test_of_what_is_not_there_is_not_found(self, ada):
        assert ada.get(f"/live/studio/{UNKNOWN}/").status_code == 404
        assert ada.get(f"/live/{UNKNOWN}/").status_code == 404
