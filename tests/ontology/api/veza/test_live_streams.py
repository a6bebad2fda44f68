"""Document veza.txt, "Live Streaming": every request as written, and everything that may be wrong with it."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from ontology.models import Entity, LiveStream, TagName
from ontology.verbs.ingest import go_off_air, go_on_air
from ontology.verbs.live_streams import stream_for_key
from ontology.verbs.stream_keys import stream_key
from tests.clients import Caller
from tests.factories.live import on_air, said_of, stream_of

pytestmark = pytest.mark.django_db

UNKNOWN = "0190b7a2-6f2c-7cc3-98c4-dc0c0c07398f"
STREAMS = "/api/v1/live/streams"
BODY = {"title": "Night practice", "description": "Scales, mostly.", "category": "music", "tags": ["cello", "scales"]}


@pytest.fixture
def other(stranger):
    return Caller.signed_in_as(stranger)


def data(answer, status=200):
    assert answer.status_code == status, answer.content
    body = answer.json()
    assert body.keys() == {"success", "data"}
    return body["data"]


def fault(answer, status):
    assert answer.status_code == status, answer.content
    body = answer.json()
    assert body["success"] is False
    return body["code"]


def titles(answer):
    return [stream["title"] for stream in data(answer)["streams"]]


class TestStreams:
    def test_is_created_and_read_by_anybody(self, caller, user, anonymous):
        made = data(caller.post(STREAMS, BODY), 201)
        assert made.pop("became_creator") is True
        assert made == {
            **BODY,
            "id": made["id"],
            "owner": {"id": str(user.pk), "name": "Ada Lovelace", "username": "ada", "avatar_url": None},
            "status": "ready",
            "is_live": False,
            "viewer_count": None,
            "playback_url": None,
            "recording_id": None,
            "started_at": None,
            "ended_at": None,
            "created_at": made["created_at"],
            "updated_at": made["updated_at"],
        }
        assert data(anonymous.get(f"{STREAMS}/{made['id']}")) == made
        assert data(anonymous.get(STREAMS)) == {"streams": [made], "next_cursor": None, "has_more": False}
        entity = Entity.objects.get(pk=made["id"])
        assert (entity.type, entity.name, entity.status, entity.owner_id) == (
            "livestream", "Night practice", "published", user.pk,
        )  # fmt: skip
        assert sorted(TagName.objects.filter(uses=1).values_list("name", flat=True)) == ["cello", "scales"]
        assert data(caller.post(STREAMS, {"title": "Another"}), 201)["became_creator"] is False

    @pytest.mark.parametrize(
        "body",
        [{}, {"title": ""}, {"title": "  "}, {"title": None}, {"title": 5}, {"title": "x" * 201},
         {**BODY, "description": "x" * 5001}, {**BODY, "category": "x" * 65}, {**BODY, "category": None},
         {**BODY, "tags": "x"}, {**BODY, "tags": [5]}, {**BODY, "tags": ["x" * 65]}, {**BODY, "tags": ["x"] * 21},
         {**BODY, "tags": {"a": 1}}, {**BODY, "tags": [""]}, []],
    )  # fmt: skip
    def test_bad_input_is_refused(self, caller, body):
        assert fault(caller.post(STREAMS, body), 400) == "invalid"
        assert not LiveStream.objects.exists()
        made = data(caller.post(STREAMS, BODY), 201)
        if body and isinstance(body, dict):
            assert fault(caller.put(f"{STREAMS}/{made['id']}", body), 400) == "invalid"

    def test_changing_and_deleting_is_for_its_owner(self, caller, other, anonymous, user):
        path = f"{STREAMS}/{stream_of(user).pk}"
        assert fault(anonymous.put(path, {"title": "x"}), 401) == "unauthenticated"
        assert fault(other.put(path, {"title": "x"}), 403) == "forbidden"
        assert fault(other.delete(path), 403) == "forbidden"
        changed = data(caller.put(path, {"title": "Day practice", "tags": ["a", "a", " b "]}))
        assert (changed["title"], changed["tags"]) == ("Day practice", ["a", "b"])
        assert Entity.objects.get(pk=changed["id"]).name == "Day practice"
        assert data(caller.delete(path)) == {"message": "Stream deleted"}
        for answer in (caller.get(path), caller.put(path, {"title": "x"}), caller.delete(path)):
            assert fault(answer, 404) == "not_found"
        assert titles(caller.get(STREAMS)) == titles(caller.get(f"{STREAMS}/me")) == []
        assert not TagName.objects.filter(uses__gt=0).exists()

    @pytest.mark.parametrize("missing", [UNKNOWN, "x", "%00", "1" * 60])
    def test_what_is_not_there_is_not_found(self, caller, missing):
        path = f"{STREAMS}/{missing}"
        for answer in (caller.get(path), caller.put(path, {"title": "x"}), caller.delete(path)):
            assert fault(answer, 404) == "not_found"

    def test_a_draft_is_its_owners_alone(self, caller, other, anonymous, user):
        draft = stream_for_key(by=user)
        path = f"{STREAMS}/{draft.pk}"
        assert fault(anonymous.get(path), 404) == fault(other.get(path), 404) == "not_found"
        assert fault(other.put(path, {"title": "x"}), 404) == "not_found"
        assert data(caller.get(path))["status"] == "draft"
        assert (titles(caller.get(STREAMS)), titles(caller.get(f"{STREAMS}/me"))) == ([], ["Untitled stream"])
        assert data(caller.put(path, {"title": "Announced"}))["status"] == "ready"
        assert titles(anonymous.get(STREAMS)) == ["Announced"]

    def test_of_whom_is_switched_off_are_gone(self, anonymous, user):
        stream = stream_of(user)
        user.is_active = False
        user.save()
        assert fault(anonymous.get(f"{STREAMS}/{stream.pk}"), 404) == "not_found"
        assert titles(anonymous.get(STREAMS)) == []


class TestLists:
    def test_are_filtered_by_is_live(self, anonymous, user):
        stream_of(user, "off")
        on_air(user, "on")
        assert titles(anonymous.get(STREAMS)) == ["on", "off"]
        assert titles(anonymous.get(STREAMS, is_live="true")) == ["on"]
        assert titles(anonymous.get(STREAMS, is_live="false")) == ["off"]

    @pytest.mark.parametrize(
        "query", [{"is_live": "maybe"}, {"limit": "0"}, {"limit": "101"}, {"limit": "x"}, {"cursor": "x"}]
    )
    def test_bad_questions_are_refused(self, anonymous, query):
        assert fault(anonymous.get(STREAMS, **query), 400) == "invalid"

    def test_says_when_one_ended_only_while_it_is_off_air(self, anonymous, user):
        stream = on_air(user)
        said = []
        for verb in (go_off_air, go_on_air):
            verb(**said_of(stream))
            row = data(anonymous.get(f"{STREAMS}/{stream.pk}"))
            said.append((row["is_live"], row["ended_at"] is None))
        assert said == [(False, False), (True, True)]

    def test_a_dead_credential_is_said(self):
        assert fault(Caller(Authorization="Bearer dead").get(STREAMS), 401) == "invalid_token"

    def test_are_read_by_cursor(self, caller, user):
        for number in range(5):
            stream_of(user, str(number))
        for path in (STREAMS, f"{STREAMS}/me"):
            cursor, pages = "", []
            while cursor is not None:
                page = data(caller.get(path, limit=2, cursor=cursor))
                cursor = page["next_cursor"]
                assert page["has_more"] == (cursor is not None)
                pages.append([stream["title"] for stream in page["streams"]])
            assert pages == [["4", "3"], ["2", "1"], ["0"]]

    @pytest.mark.parametrize("path", [STREAMS, f"{STREAMS}/me"])
    def test_run_as_many_queries_for_three_as_for_one(self, caller, user, path):
        def count():
            with CaptureQueriesContext(connection) as queries:
                answer = caller.get(path)
            return len(queries), len(data(answer)["streams"])

        stream_of(user)
        caller.get(path)
        one = count()
        stream_of(user)
        stream_of(user)
        assert (one[1], count()) == (1, (one[0], 3))


class TestKeys:
    def test_is_shown_to_its_owner(self, caller, user):
        stream = stream_of(user)
        key = stream_key(stream_id=stream.pk, key_version=1)
        assert data(caller.get(f"{STREAMS}/me/key")) == {
            "stream_id": str(stream.pk),
            "stream_key": key,
            "rtmp_url": "rtmp://localhost/live",
        }
        mine = data(caller.get(f"{STREAMS}/me"))["streams"]
        assert [own["stream_key"] for own in mine] == [key]
        assert "stream_key" not in data(caller.get(f"{STREAMS}/{stream.pk}"))

    def test_makes_one_draft_where_there_is_no_stream(self, caller, user):
        first, again = (data(caller.get(f"{STREAMS}/me/key")) for _ in range(2))
        assert first == again
        assert [str(key) for key in LiveStream.objects.values_list("pk", flat=True)] == [first["stream_id"]]

    def test_is_replaced(self, caller):
        old = data(caller.get(f"{STREAMS}/me/key"))
        new = data(caller.post(f"{STREAMS}/me/key/regenerate"))
        assert new == old | {"stream_key": new["stream_key"]}
        assert new["stream_key"] != old["stream_key"]
        assert data(caller.get(f"{STREAMS}/me/key")) == new

    def test_is_of_the_stream_that_is_named(self, caller, user, other):
        first = stream_of(user)
        stream_of(user)
        named = {"stream_id": str(first.pk)}
        assert data(caller.get(f"{STREAMS}/me/key", **named))["stream_id"] == str(first.pk)
        assert data(caller.post(f"{STREAMS}/me/key/regenerate", named))["stream_id"] == str(first.pk)
        assert fault(other.get(f"{STREAMS}/me/key", **named), 404) == "not_found"
        assert fault(other.post(f"{STREAMS}/me/key/regenerate", named), 404) == "not_found"
        assert fault(caller.post(f"{STREAMS}/me/key/regenerate", {"stream_id": 5}), 400) == "invalid"

    def test_needs_a_sign_in(self, anonymous):
        for answer in (
            anonymous.post(STREAMS, BODY),
            anonymous.get(f"{STREAMS}/me"),
            anonymous.get(f"{STREAMS}/me/key"),
            anonymous.post(f"{STREAMS}/me/key/regenerate"),
        ):
            assert fault(answer, 401) == "unauthenticated"
