"""Tracks as people use them, with and without scripts: found, heard, liked, discussed, uploaded, changed, sold."""

import re
from pathlib import Path

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from ontology.models import Comment, Like, Track
from ontology.verbs.comments import add_comment
from ontology.verbs.likes import like
from ontology.verbs.waveforms import draw_waveform
from tests.factories import sounds
from tests.factories.pictures import picture
from tests.factories.sounds import sounding, upload

pytestmark = pytest.mark.django_db

HTMX = {"HX-Request": "true"}
UNKNOWN = "0190b7a2-6f2c-7cc3-98c4-dc0c0c07398f"


@pytest.fixture(autouse=True)
def media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"
    return settings.MEDIA_ROOT


def signed_in(user):
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def browser(user):
    return signed_in(user)


def titles(answer):
    assert answer.status_code == 200
    return [track["title"] for track in answer.context["tracks"]]


class TestBrowse:
    def test_everybody_finds_what_is_published(self, user):
        sounding(user, "Low Tide")
        sounding(user, "Hidden", status="draft")
        answer = Client().get("/tracks/")
        assert titles(answer) == ["Low Tide"]
        assert "Upload a track" not in answer.content.decode()

    def test_filters_searches_and_sorts(self, browser, user, stranger):
        sounding(user, "B side", genre="Ambient", artist="Mira")
        liked = sounding(user, "A side", genre="Rock")
        like(entity_id=liked.pk, by=stranger)
        assert titles(browser.get("/tracks/")) == ["A side", "B side"]
        assert titles(browser.get("/tracks/", {"genre": "ambient"})) == ["B side"]
        assert titles(browser.get("/tracks/", {"sort": "title"})) == ["A side", "B side"]
        assert titles(browser.get("/tracks/", {"sort": "like_count"})) == ["A side", "B side"]
        assert titles(browser.get("/tracks/", {"q": "mira"})) == ["B side"]
        assert titles(browser.get("/tracks/", {"q": "side", "genre": "rock"})) == ["A side"]
        assert browser.get("/tracks/").context["genres"][1:] == [("ambient", "Ambient"), ("rock", "Rock")]

    def test_shows_ones_own_with_drafts(self, browser, user, stranger):
        sounding(user, "Hidden", status="draft")
        sounding(stranger, "Theirs")
        assert titles(browser.get("/tracks/", {"show": "mine"})) == ["Hidden"]
        assert titles(Client().get("/tracks/", {"show": "mine"})) == ["Theirs"]

    @pytest.mark.parametrize(
        ("query", "words"),
        [
            ({}, "It is quiet here"),
            ({"q": "x"}, "Nothing found"),
            ({"genre": "x"}, "Nothing found"),
            ({"show": "mine"}, "Nothing of yours yet"),
        ],
    )
    def test_says_so_where_there_is_nothing(self, browser, query, words):
        assert words in browser.get("/tracks/", query).content.decode()

    def test_leads_on_by_cursor(self, browser, user):
        for number in range(21):
            sounding(user, f"Track {number:02}")
        first = browser.get("/tracks/", {"sort": "title"})
        second = browser.get("/tracks/" + first.context["next_url"])
        assert titles(first) + titles(second) == [f"Track {number:02}" for number in range(21)]
        assert second.context["next_url"] == ""

    @pytest.mark.parametrize("query", [{"cursor": "bad"}, {"cursor": "é"}, {"q": "x", "cursor": "bad"}])
    def test_a_broken_address_leads_to_the_beginning(self, browser, query):
        answer = browser.get("/tracks/", query)
        assert (answer.status_code, answer["Location"]) == (302, "/tracks/")

    @pytest.mark.parametrize("query", [{}, {"q": "tide"}, {"show": "mine"}])
    def test_runs_as_many_queries_for_three_as_for_one(self, browser, user, query):
        sounding(user, "Tide")
        browser.get("/tracks/", query)
        counts = []
        for more in (0, 2):
            for _ in range(more):
                sounding(user, "Tide")
            with CaptureQueriesContext(connection) as queries:
                shown = titles(browser.get("/tracks/", query))
            counts.append((len(queries), len(shown)))
        assert [shown for _, shown in counts] == [1, 3]
        assert counts[0][0] == counts[1][0]


class TestTrack:
    def test_shows_it_with_its_waveform_and_marks(self, user, stranger):
        track = sounding(
            user,
            "Low <Tide>",
            artist="Mira",
            description="<script>alert(1)</script> https://example.org",
            tags=["tape"],
        )
        draw_waveform(track_id=track.pk)
        add_comment(entity_id=track.pk, content="Here", at_ms=500, by=stranger)
        answer = Client().get(f"/tracks/{track.pk}/")
        page = answer.content.decode()
        assert "Low &lt;Tide&gt;" in page
        assert "<script>alert" not in page
        assert page.count('class="wave-mark"') == 1
        assert 'd="M300.0 88v12"' in page
        assert len(re.findall(r"v\d+\.\d", re.search(r'class="wave-all" d="([^"]+)"', page)[1])) == 120
        assert f'<audio controls preload="none" src="/tracks/{track.pk}/sound/"' in page

    def test_begins_at_the_moment_that_is_asked_for(self, user):
        track = sounding(user)
        assert f"/tracks/{track.pk}/sound/#t=83" in Client().get(f"/tracks/{track.pk}/?t=83").content.decode()
        for wrong in ("x", "-1", '"><b>', "9999999"):
            assert "#t=" not in Client().get(f"/tracks/{track.pk}/", {"t": wrong}).content.decode()

    def test_a_draft_and_an_unknown_one_are_not_there(self, browser, user, stranger):
        draft = sounding(stranger, status="draft")
        for key in (draft.pk, UNKNOWN):
            for rest in ("", "sound/", "edit/"):
                assert browser.get(f"/tracks/{key}/{rest}").status_code == 404
            for rest in ("like/", "remove/", "comments/"):
                assert browser.post(f"/tracks/{key}/{rest}", {"content": "x"}).status_code == 404

    def test_only_its_owner_is_offered_changes(self, browser, user, stranger):
        track = sounding(user)
        assert "Sell it" in browser.get(f"/tracks/{track.pk}/").content.decode()
        page = signed_in(stranger).get(f"/tracks/{track.pk}/").content.decode()
        assert [word for word in ("Sell it", "/edit/", "Delete the track") if word in page] == []

    def test_runs_as_many_queries_for_three_comments_as_for_one(self, browser, user, stranger):
        track = sounding(user)
        counts = []
        for more in (1, 2):
            for _ in range(more):
                add_comment(entity_id=track.pk, content="x", at_ms=10, by=stranger)
            browser.get(f"/tracks/{track.pk}/")
            with CaptureQueriesContext(connection) as queries:
                browser.get(f"/tracks/{track.pk}/")
            counts.append(len(queries))
        assert counts[0] == counts[1]

    def test_is_heard_in_ranges_and_counted(self, user):
        track = sounding(user)
        part = Client().get(f"/tracks/{track.pk}/sound/", headers={"Range": "bytes=0-9"})
        assert (part.status_code, part.content) == (206, sounds.wav()[:10])
        assert Track.objects.get(pk=track.pk).play_count == 1


class TestLikeAndSay:
    def test_likes_with_and_without_scripts(self, browser, user, stranger):
        track = sounding(stranger)
        answer = browser.post(f"/tracks/{track.pk}/like/", {"next": "/tracks/"})
        assert (answer.status_code, answer["Location"], Like.objects.count()) == (302, "/tracks/", 1)
        part = browser.post(f"/tracks/{track.pk}/like/", {}, headers=HTMX)
        assert 'aria-pressed="false"' in part.content.decode()
        assert "<html" not in part.content.decode()
        assert Client().post(f"/tracks/{track.pk}/like/")["Location"].startswith("/account/login/")

    def test_says_something_about_a_moment(self, browser, stranger):
        track = sounding(stranger)
        answer = browser.post(f"/tracks/{track.pk}/comments/", {"content": "Here\r\nit is", "at": "1:02:03"})
        said = Comment.objects.get()
        assert answer["Location"] == f"/tracks/{track.pk}/#comment-{said.pk}"
        assert (said.content, said.at_ms) == ("Here\nit is", 3_723_000)
        assert "62:03" in browser.get(f"/tracks/{track.pk}/").content.decode()

    @pytest.mark.parametrize(
        "form", [{"content": ""}, {"content": "kept", "at": "soon"}, {"content": "kept", "at": "1:99"}]
    )
    def test_keeps_what_was_typed(self, browser, stranger, form):
        answer = browser.post(f"/tracks/{sounding(stranger).pk}/comments/", form)
        assert answer.status_code == 400
        assert form["content"] in answer.content.decode()

    def test_one_comment_can_be_asked_for_and_taken_away(self, browser, user, stranger):
        track, other = sounding(user), sounding(user)
        said = add_comment(entity_id=track.pk, content="Hello", by=stranger)
        part = browser.get(f"/tracks/{track.pk}/comments/{said.pk}/")
        assert 'class="comment"' in part.content.decode()
        assert browser.get(f"/tracks/{other.pk}/comments/{said.pk}/").status_code == 404
        assert browser.post(f"/tracks/{track.pk}/comments/{said.pk}/remove/").status_code == 302
        assert browser.get(f"/tracks/{track.pk}/comments/{said.pk}/").status_code == 404


class TestUpload:
    def test_makes_a_track(self, browser, user):
        assert browser.get("/tracks/new/").status_code == 200
        form = {"file": upload(), "title": "", "genre": "Ambient", "tags": "tape, harbour", "status": "published"}
        answer = browser.post("/tracks/new/", {**form, "cover": upload(picture(), "c.png")}, follow=True)
        track = Track.objects.get()
        assert answer.redirect_chain == [(f"/tracks/{track.pk}/", 302)]
        assert (track.title, track.owner_id, bool(track.cover)) == ("Low Tide", user.pk, True)
        assert "You are a creator now" in answer.content.decode()

    @pytest.mark.parametrize(
        ("form", "words"),
        [
            ({}, "This field is required"),
            ({"file": upload(b"", "a.wav")}, "The file is empty."),
            ({"file": upload(b"<html>", "a.mp3")}, "This is not a recording that can be used here."),
            ({"file": upload(b"RIFF    WAVE", "a.wav")}, "Nothing can be heard in this file."),
            ({"file": upload(), "cover": upload(b"x", "c.png")}, "This is not a picture"),
            ({"file": upload(), "tags": "a,b,c,d,e,f,g,h,i,j,k"}, "At most 10 tags"),
        ],
    )
    def test_explains_and_keeps_what_was_typed(self, browser, media, form, words):
        answer = browser.post("/tracks/new/", {"status": "draft", "description": "Kept words", **form})
        page = answer.content.decode()
        assert answer.status_code == 400
        assert words in page
        assert "Kept words" in page
        assert (Track.objects.count(), [path for path in Path(media).rglob("*.*") if path.is_file()]) == (0, [])

    def test_needs_a_sign_in(self):
        for path in ("/tracks/new/", f"/tracks/{UNKNOWN}/edit/"):
            assert Client().get(path)["Location"].startswith("/account/login/")


class TestEdit:
    def test_changes_and_deletes(self, browser, user):
        track = sounding(user, tags=["tape"])
        page = browser.get(f"/tracks/{track.pk}/edit/").content.decode()
        assert 'value="tape"' in page
        form = {"title": "High Tide", "tags": "organ", "status": "draft"}
        assert browser.post(f"/tracks/{track.pk}/edit/", form)["Location"] == f"/tracks/{track.pk}/"
        track.refresh_from_db()
        assert (track.title, track.status) == ("High Tide", "draft")
        assert browser.post(f"/tracks/{track.pk}/edit/", {"title": "", "status": "draft"}).status_code == 400
        assert browser.post(f"/tracks/{track.pk}/remove/")["Location"] == "/tracks/?show=mine"
        assert browser.get(f"/tracks/{track.pk}/").status_code == 404

    def test_is_not_for_strangers(self, stranger, user):
        track = sounding(user)
        other = signed_in(stranger)
        assert other.get(f"/tracks/{track.pk}/edit/").status_code == 404
        assert other.post(f"/tracks/{track.pk}/remove/").status_code == 404
