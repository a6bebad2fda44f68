"""Document veza.txt, "Tracks": every request as written, and everything that may be wrong with it."""

import base64
import json
from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given, settings, strategies

from accounts.models import User
from ontology.models import Track
from ontology.queries.tracks import SORTS, tracks
from ontology.verbs.comments import add_comment
from ontology.verbs.files import upload_file
from tests.clients import Caller
from tests.factories import sounds
from tests.factories.accounts import UserFactory
from tests.factories.ontology import EntityFactory
from tests.factories.pictures import picture
from tests.factories.social import track_of
from tests.factories.sounds import sounding, upload

pytestmark = pytest.mark.django_db

UNKNOWN = "0190b7a2-6f2c-7cc3-98c4-dc0c0c07398f"
TRACKS = "/api/v1/tracks"


@pytest.fixture(autouse=True)
def media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.FILE_UPLOAD_TEMP_DIR = str(tmp_path)
    return settings.MEDIA_ROOT


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


def titles(answer):
    return [track["title"] for track in data(answer)["tracks"]]


def send(caller, **parts):
    return caller.client.post(TRACKS, parts)


class TestCreate:
    def test_uploads_and_makes_a_creator(self, caller, user):
        parts = {"file": upload(), "title": "Low Tide", "genre": "Ambient", "tags": ["tape, harbour"]}
        made = data(send(caller, **parts, cover=upload(picture(), "c.png")), 201)
        track = Track.objects.get()
        moment = made["created_at"]
        assert made == {
            "id": str(track.pk),
            "owner": {"id": str(user.pk), "name": "Ada Lovelace", "username": "ada", "avatar_url": None},
            "title": "Low Tide", "artist": "", "description": "", "genre": "ambient", "tags": ["tape", "harbour"],
            "status": "published", "format": "wav", "size_bytes": 16044, "duration_ms": 1000,
            "cover_url": f"/media/{track.cover.name}", "stream_url": f"{TRACKS}/{track.pk}/stream",
            "waveform_status": "waiting", "waveform": [], "like_count": 0, "comment_count": 0, "play_count": 0,
            "is_liked": False, "created_at": moment, "updated_at": made["updated_at"], "became_creator": True,
        }  # fmt: skip
        assert caller.get(made["cover_url"]).status_code == 200
        assert caller.get(f"/media/{track.file.name}").status_code == 404
        assert data(send(caller, file=upload()), 201)["became_creator"] is False

    def test_needs_a_sign_in_and_a_file(self, anonymous, caller):
        assert send(anonymous, file=upload()).status_code == 401
        assert fault(send(caller, title="No file"), 400) == "invalid"
        assert fault(send(caller, file="text"), 400) == "invalid"
        assert fault(caller.post(TRACKS, {"file": "x", "title": "y"}), 400) == "invalid"

    @pytest.mark.parametrize(
        ("parts", "status"),
        [
            ({"file": upload(b"<html>", "a.mp3")}, 400),
            ({"file": upload(b"RIFF    WAVE", "a.wav")}, 400),
            ({"file": upload(b"", "a.wav")}, 400),
            ({"file": upload(), "title": "x" * 201}, 400),
            ({"file": upload(), "status": "loud"}, 400),
            ({"file": upload(), "tags": ["a"] * 51}, 400),
            ({"file": upload(), "tags": ",".join("abcdefghijkl")}, 400),
            ({"file": upload(), "cover": upload(b"<svg>", "c.png")}, 400),
            ({"file": upload(), "cover": upload(b"\x89PNG\r\n\x1a\n" + bytes(10 * 1024**2), "c.png")}, 413),
        ],
    )
    def test_bad_input_leaves_nothing(self, caller, media, parts, status):
        assert send(caller, **parts).status_code == status
        assert (Track.objects.count(), [path for path in Path(media).rglob("*.*") if path.is_file()]) == (0, [])

    def test_a_large_file_is_refused(self, caller, settings):
        settings.UPLOAD_BYTES = {**settings.UPLOAD_BYTES, "track": 1000}
        assert fault(send(caller, file=upload()), 413) == "file_too_large"


class TestRetrieve:
    def test_is_open_to_all(self, anonymous, user):
        track = sounding(user)
        assert data(anonymous.get(f"{TRACKS}/{track.pk}"))["title"] == "Low Tide"
        for unknown in (UNKNOWN, "nothing", "%00"):
            assert fault(anonymous.get(f"{TRACKS}/{unknown}"), 404) == "not_found"

    def test_a_draft_is_its_owners(self, anonymous, caller, other, user):
        track = sounding(user, status="draft")
        assert data(caller.get(f"{TRACKS}/{track.pk}"))["status"] == "draft"
        for stranger in (anonymous, other):
            assert stranger.get(f"{TRACKS}/{track.pk}").status_code == 404

    def test_a_dead_credential_is_told(self, user):
        track = sounding(user)
        assert Caller(Authorization="Bearer nonsense").get(f"{TRACKS}/{track.pk}").status_code == 401


class TestUpdateAndDelete:
    def test_changes_as_json_and_as_parts(self, caller, other, anonymous, user):
        address = f"{TRACKS}/{sounding(user).pk}"
        assert data(caller.put(address, {"title": "High Tide", "tags": ["organ"]}))["tags"] == ["organ"]
        body, kind = (
            b'--b\r\nContent-Disposition: form-data; name="artist"\r\n\r\nMira\r\n--b--\r\n',
            "multipart/form-data; boundary=b",
        )
        changed = data(caller.client.put(address, body, content_type=kind))
        assert (changed["title"], changed["artist"], changed["tags"]) == ("High Tide", "Mira", ["organ"])
        assert fault(caller.put(address, {"title": ""}), 400) == "invalid"
        assert fault(caller.put(address, {"title": 5}), 400) == "invalid"
        assert fault(other.put(address, {"title": "Mine"}), 403) == "forbidden"
        assert anonymous.put(address, {"title": "Mine"}).status_code == 401

    def test_deletes(self, caller, other, anonymous, user):
        address = f"{TRACKS}/{sounding(user).pk}"
        assert fault(other.delete(address), 403) == "forbidden"
        assert anonymous.delete(address).status_code == 401
        assert data(caller.delete(address)) == {"message": "Track deleted"}
        for rest in ("", "/stream", "/comments"):
            assert caller.get(address + rest).status_code == 404
        assert caller.post(f"{address}/like").status_code == 404
        assert titles(caller.get(TRACKS)) == titles(caller.get(f"{TRACKS}/search", q="low")) == []


class TestList:
    def test_leads_on_by_the_documented_cursor(self, anonymous, user):
        made = [track_of(user, f"Track {number}").title for number in range(5)]
        first = data(anonymous.get(TRACKS, limit=2))
        assert (first["has_more"], first.keys()) == (True, {"tracks", "next_cursor", "has_more"})
        told = json.loads(base64.urlsafe_b64decode(first["next_cursor"] + "=="))
        assert list(told) == ["created_at", "id"]
        seen = [track["title"] for track in first["tracks"]]
        cursor = first["next_cursor"]
        while cursor:
            answer = data(anonymous.get(TRACKS, limit=2, cursor=cursor))
            seen += [track["title"] for track in answer["tracks"]]
            cursor = answer["next_cursor"]
        assert seen == made[::-1]
        assert (answer["next_cursor"], answer["has_more"]) == (None, False)

    def test_pages_by_number_as_before(self, anonymous, user):
        made = [track_of(user, f"Track {number}").title for number in range(5)]
        second = data(anonymous.get(TRACKS, limit=2, page=2))
        assert ([track["title"] for track in second["tracks"]], second["total"]) == (made[::-1][2:4], 5)
        assert titles(anonymous.get(TRACKS, limit=2, cursor=second["next_cursor"])) == made[:1]
        assert data(anonymous.get(TRACKS, limit=2, page=9))["tracks"] == []

    @pytest.mark.parametrize(
        ("sort_by", "expected"),
        [("title", "ABC"), ("like_count", "CBA"), ("play_count", "BAC"), ("duration", "ACB"), ("created_at", "CBA")],
    )
    def test_sorts_both_ways(self, anonymous, user, sort_by, expected):
        for title, likes, plays, length in (("A", 1, 5, 300), ("B", 2, 9, 100), ("C", 3, 1, 200)):
            Track.objects.filter(pk=track_of(user, title).pk).update(
                like_count=likes, play_count=plays, duration_ms=length
            )
        assert "".join(titles(anonymous.get(TRACKS, sort_by=sort_by))) == expected
        turned = "desc" if sort_by == "title" else "asc"
        assert "".join(titles(anonymous.get(TRACKS, sort_by=sort_by, sort_order=turned))) == expected[::-1]
        page = data(anonymous.get(TRACKS, sort_by=sort_by, limit=1))
        rest = titles(anonymous.get(TRACKS, sort_by=sort_by, cursor=page["next_cursor"]))
        assert "".join(rest) == expected[1:]

    def test_filters(self, anonymous, caller, user, stranger):
        sounding(user, "Mine", genre="Ambient")
        sounding(stranger, "Theirs", content=sounds.mp3(), name="x.mp3", genre="Rock")
        sounding(user, "Draft", status="draft")
        assert titles(anonymous.get(TRACKS, genre="AMBIENT")) == ["Mine"]
        assert titles(anonymous.get(TRACKS, format="mp3")) == ["Theirs"]
        assert titles(anonymous.get(TRACKS, owner_id=str(user.pk))) == ["Mine"]
        assert titles(anonymous.get(TRACKS, status="draft")) == []
        assert titles(caller.get(TRACKS, status="draft")) == ["Draft"]
        assert titles(anonymous.get(TRACKS, genre="nothing\0")) == []

    @pytest.mark.parametrize(
        "query",
        [
            {"limit": 0}, {"limit": 101}, {"limit": "x"}, {"page": 0}, {"page": "x"}, {"cursor": "x"}, {"cursor": "é" * 9},
            {"cursor": base64.b64encode(b'{"created_at":"2020-01-01","id":"x"}').decode()},
            {"cursor": base64.b64encode(b'[1,2]').decode()}, {"cursor": base64.b64encode(b'5').decode()},
            {"cursor": base64.b64encode(b'{"like_count":1,"id":"0190b7a2-6f2c-7cc3-98c4-dc0c0c07398f"}').decode()},
            {"sort_by": "owner"}, {"sort_order": "up"}, {"format": "exe"}, {"status": "deleted"},
        ],
    )  # fmt: skip
    def test_refuses_what_it_does_not_know(self, anonymous, query):
        assert fault(anonymous.get(TRACKS, **query), 400) == "invalid"

    @pytest.mark.parametrize("address", [TRACKS, f"{TRACKS}?page=1", f"{TRACKS}/search?q=tide"])
    def test_runs_as_many_queries_for_three_as_for_one(self, caller, user, address):
        caller.get(address)
        counts = []
        for more in (1, 2):
            for _ in range(more):
                sounding(user, "Tide", tags=["a", "b"])
            with CaptureQueriesContext(connection) as queries:
                found = data(caller.get(address))["tracks"]
            counts.append((len(queries), len(found)))
        assert [found for _, found in counts] == [1, 3]
        assert counts[0][0] == counts[1][0]


class TestTheCursorUnderInserts:
    @settings(max_examples=12, deadline=None)
    @given(data=strategies.data())
    def test_shows_each_that_was_there_once_and_in_order(self, data):
        owner = UserFactory()
        sort_by = data.draw(strategies.sampled_from(list(SORTS)))
        order = data.draw(strategies.sampled_from(("asc", "desc")))

        def more():
            values = data.draw(strategies.lists(strategies.integers(0, 3), max_size=4))
            rows = [track_of(owner, f"T{value}") for value in values]
            for row, value in zip(rows, values, strict=True):
                Track.objects.filter(pk=row.pk).update(like_count=value, play_count=value, duration_ms=value)
            return {row.pk for row in rows}

        there, seen, cursor = more(), [], None
        while True:
            page = tracks(user=owner, owner_id=owner.pk, limit=2, cursor=cursor, sort_by=sort_by, sort_order=order)
            seen += page.items
            cursor = page.next_cursor
            if not cursor:
                break
            more()
        keys = [row["id"] for row in seen]
        assert len(keys) == len(set(keys))
        assert there <= set(keys)
        places = [(row[SORTS[sort_by]], row["id"]) for row in seen]
        assert places == sorted(places, reverse=order == "desc")


class TestSwitchedOff:
    def test_an_account_that_is_off_shows_no_tracks(self, anonymous, caller, staff, user, stranger):
        track = sounding(stranger, "Harbour Lights")
        add_comment(entity_id=track.pk, content="Mine.", by=user)
        User.objects.filter(pk=stranger.pk).update(is_active=False)
        for who in (anonymous, caller):
            assert fault(who.get(f"{TRACKS}/{track.pk}"), 404) == "not_found"
            assert fault(who.get(f"{TRACKS}/{track.pk}/stream"), 404) == "not_found"
            assert titles(who.get(TRACKS)) == titles(who.get(f"{TRACKS}/search", q="harbour")) == []
        assert data(Caller.signed_in_as(staff).get(f"{TRACKS}/{track.pk}"))["title"] == "Harbour Lights"

    def test_nor_are_its_comments_read(self, anonymous, user, stranger):
        track = sounding(user)
        for who in (user, stranger):
            add_comment(entity_id=track.pk, content=str(who.pk), by=who)
        User.objects.filter(pk=stranger.pk).update(is_active=False)
        shown = data(anonymous.get(f"{TRACKS}/{track.pk}/comments"))["comments"]
        assert [comment["content"] for comment in shown] == [str(user.pk)]


class TestSearch:
    def test_finds_by_title_artist_genre_and_tag(self, anonymous, user):
        sounding(user, "Matosinhos", artist="Nobody", tags=["harbour"])
        sounding(user, "Harbour Lights", artist="Mira Okafor", genre="Ambient")
        sounding(user, "A draft of the harbour", status="draft")
        upload_file(content=upload(b"x", "harbour.txt"), name="harbour.txt", by=user)
        assert titles(anonymous.get(f"{TRACKS}/search", q="harbour")) == ["Harbour Lights", "Matosinhos"]
        assert titles(anonymous.get(f"{TRACKS}/search", q="okafor ambi")) == ["Harbour Lights"]
        assert titles(anonymous.get(f"{TRACKS}/search", q="nothing")) == []
        first = data(anonymous.get(f"{TRACKS}/search", q="harbour", limit=1))
        assert titles(anonymous.get(f"{TRACKS}/search", q="harbour", cursor=first["next_cursor"])) == ["Matosinhos"]

    def test_a_page_holds_tracks_though_other_things_say_the_word_too(self, anonymous, user):
        sounding(user, "Harbour Lights")
        for number in range(4):
            EntityFactory(owner=user, type="media_asset", name=f"Harbour {number}")
        found = data(anonymous.get(f"{TRACKS}/search", q="harbour", limit=2))
        assert ([row["title"] for row in found["tracks"]], found["has_more"]) == (["Harbour Lights"], False)

    @pytest.mark.parametrize("query", [{"q": "x" * 201}, {"q": "x", "limit": 0}, {"q": "x", "cursor": "é"}])
    def test_refuses_too_much(self, anonymous, query):
        assert fault(anonymous.get(f"{TRACKS}/search", **query), 400) == "invalid"

    @pytest.mark.parametrize("words", ["", "\0", "'\"*():", "a" * 200])
    def test_takes_any_words(self, anonymous, words):
        assert titles(anonymous.get(f"{TRACKS}/search", q=words)) == []


class TestLikes:
    def test_likes_and_takes_back(self, caller, anonymous, stranger):
        track = sounding(stranger)
        address = f"{TRACKS}/{track.pk}/like"
        assert data(caller.post(address)) == {"track_id": str(track.pk), "liked": True, "like_count": 1}
        assert data(caller.post(address))["like_count"] == 1
        assert data(caller.get(TRACKS))["tracks"][0]["is_liked"] is True
        assert data(anonymous.get(f"{TRACKS}/{track.pk}"))["like_count"] == 1
        assert data(caller.delete(address)) == {"track_id": str(track.pk), "liked": False, "like_count": 0}
        assert anonymous.post(address).status_code == 401

    def test_only_tracks_that_one_may_see(self, caller, user, stranger):
        draft = sounding(stranger, status="draft")
        file = upload_file(content=upload(b"x", "a.txt"), name="a.txt", by=user)
        for key in (draft.pk, file.pk, user.pk, UNKNOWN, "x"):
            assert fault(caller.post(f"{TRACKS}/{key}/like"), 404) == "not_found"
            assert fault(caller.delete(f"{TRACKS}/{key}/like"), 404) == "not_found"


class TestComments:
    def test_are_said_and_read(self, caller, anonymous, user, stranger):
        track = sounding(stranger)
        address = f"{TRACKS}/{track.pk}/comments"
        made = data(caller.post(address, {"content": "The second piece.", "at_ms": 500}), 201)
        assert (made["content"], made["at_ms"], made["author"]["id"]) == ("The second piece.", 500, str(user.pk))
        data(caller.post(address, {"content": "Again"}), 201)
        first = data(anonymous.get(address, limit=1))
        assert ([said["content"] for said in first["comments"]], first["has_more"]) == (["Again"], True)
        second = data(anonymous.get(address, cursor=first["next_cursor"]))
        assert second["comments"] == [made]
        assert data(anonymous.get(f"{TRACKS}/{track.pk}"))["comment_count"] == 2

    @pytest.mark.parametrize(
        "body",
        [{}, {"content": ""}, {"content": "x" * 2001}, {"content": "x", "at_ms": -1}, {"content": "x", "at_ms": "1"}],
    )
    def test_refuse_bad_input(self, caller, stranger, body):
        assert fault(caller.post(f"{TRACKS}/{sounding(stranger).pk}/comments", body), 400) == "invalid"

    def test_only_on_what_one_may_see(self, caller, anonymous, stranger):
        draft = sounding(stranger, status="draft")
        address = f"{TRACKS}/{draft.pk}/comments"
        assert caller.post(address, {"content": "x"}).status_code == 404
        assert caller.get(address).status_code == 404
        assert anonymous.post(address, {"content": "x"}).status_code == 401

    def test_run_as_many_queries_for_three_as_for_one(self, anonymous, user, stranger):
        track = sounding(stranger)
        anonymous.get(f"{TRACKS}/{track.pk}/comments")
        counts = []
        for more in (1, 2):
            for _ in range(more):
                add_comment(entity_id=track.pk, content="x", by=user)
            with CaptureQueriesContext(connection) as queries:
                assert data(anonymous.get(f"{TRACKS}/{track.pk}/comments"))
            counts.append(len(queries))
        assert counts[0] == counts[1]


class TestStream:
    def test_serves_ranges_and_counts_a_play(self, anonymous, user):
        track = sounding(user, "Low/Tide")
        content, address = sounds.wav(), f"{TRACKS}/{track.pk}/stream"
        whole = anonymous.get(address)
        assert (whole.status_code, whole.content, whole["Content-Type"]) == (200, content, "audio/wav")
        assert whole["Accept-Ranges"] == "bytes"
        part = anonymous.client.get(address, headers={"Range": "bytes=10-19"})
        assert (part.status_code, part.content, part["Content-Range"]) == (206, content[10:20], "bytes 10-19/16044")
        assert anonymous.client.get(address, headers={"Range": "bytes=99999-"}).status_code == 416
        assert anonymous.client.get(address, headers={"If-None-Match": whole["ETag"]}).status_code == 304
        assert anonymous.client.head(address)["Content-Length"] == "16044"
        assert Track.objects.get(pk=track.pk).play_count == 1

    def test_a_draft_is_its_owners(self, caller, other, anonymous, user):
        address = f"{TRACKS}/{sounding(user, status='draft').pk}/stream"
        assert caller.get(address).status_code == 200
        for stranger in (other, anonymous):
            assert fault(stranger.get(address), 404) == "not_found"
