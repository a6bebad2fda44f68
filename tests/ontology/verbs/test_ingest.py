import datetime as dt

import pytest
import time_machine

from config.errors import Conflict, Forbidden
from ontology.models import Change, Connection, Entity, Event, EventType, LiveStream
from ontology.verbs.ingest import (
    add_recording,
    check_publisher,
    end_silent_streams,
    go_off_air,
    go_on_air,
    stay_on_air,
)
from ontology.verbs.live_streams import delete_stream, regenerate_key, stream_for_key, update_stream
from tests.factories.live import ANOTHER, ENCODER, on_air, said_of, stream_of

pytestmark = pytest.mark.django_db

NOON = dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC)
MINUTE = dt.timedelta(minutes=1)


def told():
    kinds = ("StreamWentLive", "StreamEnded")
    return [(row.kind, row.payload.get("why")) for row in Change.objects.filter(kind__in=kinds).order_by("pk")]


def proof_for(stream):
    """The arguments of `add_recording`, with the key as it is now."""
    given = said_of(stream)
    given.pop("ingest_id")
    return given


def state(stream):
    stream.refresh_from_db()
    return stream.status, stream.is_live


class TestGoOnAir:
    def test_turns_the_stream_on_and_tells_it(self, user):
        with time_machine.travel(NOON, tick=False):
            stream = on_air(user)
        assert state(stream) == ("live", True)
        assert (stream.started_at, stream.ended_at, stream.heard_at) == (NOON, None, NOON)
        fact = Change.objects.get(kind="StreamWentLive")
        assert fact.topics == [f"entity:{stream.pk}", f"user:{user.pk}"]
        assert fact.payload == {
            "entity_id": str(stream.pk),
            "owner_id": str(user.pk),
            "owner_name": "Ada Lovelace",
            "title": "Night practice",
            "started_at": "2026-03-01T12:00:00+00:00",
        }
        event = Event.objects.get(type=EventType.LIVESTREAM_STATUS_CHANGED)
        assert (event.actor_id, event.target_id) == (user.pk, stream.pk)
        assert event.metadata == {"what": "stream_went_live", "status": "live"}
        assert Entity.objects.get(pk=stream.pk).properties["isLive"] is True

    def test_twice_is_once(self, user):
        stream = on_air(user)
        go_on_air(**said_of(stream))
        assert told() == [("StreamWentLive", None)]

    def test_announces_a_draft_and_makes_a_creator(self, user):
        draft = stream_for_key(by=user)
        go_on_air(**said_of(draft))
        assert state(draft) == ("live", True)
        assert Entity.objects.get(pk=draft.pk).status == "published"
        assert Entity.objects.get(pk=user.pk).type == "creator"

    def test_refuses_a_second_while_the_first_is_there(self, user):
        stream = on_air(user)
        for verb in (go_on_air, stay_on_air, check_publisher):
            with pytest.raises(Conflict):
                verb(**said_of(stream, ANOTHER))
        assert told() == [("StreamWentLive", None)]

    def test_takes_a_second_over_when_the_first_is_silent(self, user):
        with time_machine.travel(NOON, tick=False) as clock:
            stream = on_air(user)
            clock.shift(2 * MINUTE)
            go_on_air(**said_of(stream, ANOTHER))
        stream.refresh_from_db()
        assert (stream.ingest_id, stream.started_at) == (ANOTHER, NOON)

    @pytest.mark.parametrize("verb", [go_on_air, stay_on_air, go_off_air, check_publisher])
    @pytest.mark.parametrize("proof", ["", "x", "é\ud800", "A" * 43])
    def test_refuses_what_is_no_key(self, user, verb, proof):
        stream = stream_of(user)
        with pytest.raises(Forbidden):
            verb(**said_of(stream) | {"proof": proof})
        assert state(stream) == ("ready", False)

    def test_refuses_the_key_of_another_stream(self, user, stranger):
        stream, other = stream_of(user), stream_of(stranger)
        with pytest.raises(Forbidden):
            go_on_air(**said_of(stream) | {"proof": said_of(other)["proof"]})

    @pytest.mark.parametrize("unknown", ["", "x", "0190b7a2-6f2c-7cc3-98c4-dc0c0c07398f", None])
    def test_refuses_a_stream_that_is_not_there(self, user, unknown):
        with pytest.raises(Forbidden):
            go_on_air(**said_of(stream_of(user)) | {"stream_id": unknown})

    def test_refuses_whom_is_switched_off(self, user):
        stream = stream_of(user)
        user.is_active = False
        user.save()
        with pytest.raises(Forbidden):
            go_on_air(**said_of(stream))


class TestTheKey:
    def test_old_is_dead_at_once_and_ends_what_it_began(self, user):
        stream = on_air(user)
        old = said_of(stream)
        regenerate_key(by=user)
        assert (state(stream), told()[-1]) == (("ended", False), ("StreamEnded", "new_key"))
        for verb in (go_on_air, stay_on_air, go_off_air):
            with pytest.raises(Forbidden):
                verb(**old)
        go_on_air(**said_of(stream))
        assert state(stream) == ("live", True)

    def test_is_nowhere_in_the_database(self, user):
        stream = on_air(user)
        old = said_of(stream)["proof"]
        regenerate_key(by=user)
        new = said_of(stream)["proof"]
        rows = [
            *Change.objects.values(),
            *Event.objects.values(),
            *Entity.objects.values(),
            *LiveStream.objects.values(),
        ]
        assert not [row for row in rows if old in str(row) or new in str(row)]

    def test_of_a_deleted_stream_is_dead(self, user):
        stream = on_air(user)
        given = said_of(stream)
        delete_stream(stream_id=stream.pk, by=user)
        assert told()[-1] == ("StreamEnded", "deleted")
        with pytest.raises(Forbidden):
            go_on_air(**given)


class TestGoOffAir:
    def test_is_remembered_through_the_next_broadcast(self, user):
        with time_machine.travel(NOON, tick=False) as clock:
            stream = on_air(user)
            go_off_air(**said_of(stream))
            clock.shift(MINUTE)
            go_on_air(**said_of(stream))
        stream.refresh_from_db()
        assert (stream.started_at, stream.ended_at) == (NOON + MINUTE, NOON)

    def test_ends_once(self, user):
        stream = on_air(user)
        with time_machine.travel(NOON, tick=False):
            go_off_air(**said_of(stream))
        go_off_air(**said_of(stream))
        assert state(stream) == ("ended", False)
        assert stream.ended_at == NOON
        assert told() == [("StreamWentLive", None), ("StreamEnded", "done")]
        assert Entity.objects.get(pk=stream.pk).properties["isLive"] is False

    def test_of_another_connection_changes_nothing(self, user):
        stream = on_air(user)
        go_off_air(**said_of(stream, ANOTHER))
        assert state(stream) == ("live", True)

    def test_is_not_undone_by_a_late_heartbeat(self, user):
        stream = on_air(user)
        go_off_air(**said_of(stream))
        stay_on_air(**said_of(stream))
        assert state(stream) == ("ended", False)

    def test_lets_the_same_connection_begin_again(self, user):
        stream = on_air(user)
        go_off_air(**said_of(stream))
        go_on_air(**said_of(stream))
        assert state(stream) == ("live", True)


class TestSilence:
    def test_ends_a_stream_as_of_when_it_was_heard(self, user):
        with time_machine.travel(NOON, tick=False) as clock:
            stream = on_air(user)
            clock.shift(MINUTE)
            stay_on_air(**said_of(stream))
            clock.shift(MINUTE)
            assert end_silent_streams() == 0
            clock.shift(MINUTE)
            assert (end_silent_streams(), end_silent_streams()) == (1, 0)
        assert state(stream) == ("ended", False)
        assert (stream.ended_at, told()[-1]) == (NOON + MINUTE, ("StreamEnded", "silent"))

    def test_is_over_when_the_server_is_heard_of_again(self, user):
        with time_machine.travel(NOON, tick=False) as clock:
            stream = on_air(user)
            clock.shift(3 * MINUTE)
            end_silent_streams()
            stay_on_air(**said_of(stream))
        assert state(stream) == ("live", True)
        assert stream.ingest_id == ENCODER


class TestAddRecording:
    def test_of_a_path_keeps_the_name_alone(self, user):
        with time_machine.travel(NOON, tick=False):
            stream = on_air(user)
        made = [add_recording(**proof_for(stream), place="/var/rec/one.flv") for _ in range(2)]
        assert made[0] == made[1]
        stream.refresh_from_db()
        assert stream.recording_id == made[0].pk
        assert (made[0].type, made[0].name, made[0].owner_id) == ("recording", "Night practice, 01 March 2026", user.pk)
        assert made[0].properties == {
            "file": "one.flv",
            "started_at": "2026-03-01T12:00:00+00:00",
            "stream_id": str(stream.pk),
        }
        link = Connection.objects.get(from_entity=made[0])
        assert (link.to_entity_id, link.relationship_type) == (stream.pk, "part_of")
        assert Change.objects.filter(kind="StreamRecorded").count() == 1

    @pytest.mark.parametrize(
        ("place", "properties"),
        [
            ("https://cdn.example/a/b.mp4?x=1", {"file": "b.mp4", "url": "https://cdn.example/a/b.mp4?x=1"}),
            ("javascript:alert(1)", {"file": "javascript:alert(1)"}),
            ("", {"file": "recording"}),
            ("C:\\rec\\x.flv", {"file": "x.flv"}),
            ("http://[", {"file": "["}),
        ],
    )
    def test_takes_addresses_for_what_they_are(self, user, place, properties):
        stream = stream_of(user)
        kept = add_recording(**proof_for(stream), place=place).properties
        assert kept == properties | {"started_at": "", "stream_id": str(stream.pk)}

    def test_of_each_broadcast_is_one_though_its_file_is_called_alike(self, user):
        names = []
        with time_machine.travel(NOON, tick=False) as clock:
            stream = stream_of(user)
            for _ in range(2):
                go_on_air(**said_of(stream))
                clock.shift(24 * 60 * MINUTE)
                go_off_air(**said_of(stream))
                names += [add_recording(**proof_for(stream), place="/var/rec/one.flv").name for _ in range(2)]
        assert names == [*["Night practice, 01 March 2026"] * 2, *["Night practice, 02 March 2026"] * 2]
        assert Entity.objects.filter(type="recording").count() == 2

    def test_needs_the_key(self, user):
        with pytest.raises(Forbidden):
            add_recording(stream_id=stream_of(user).pk, proof="x", place="/x.flv")

    def test_still_comes_with_the_key_that_was_replaced_on_air(self, user):
        with time_machine.travel(NOON, tick=False) as clock:
            stream = on_air(user)
            old = proof_for(stream)
            regenerate_key(by=user)
            clock.shift(MINUTE)
            kept = add_recording(**old, place="/var/rec/one.flv")
            assert kept.properties["started_at"] == "2026-03-01T12:00:00+00:00"
            clock.shift(4 * MINUTE)
            with pytest.raises(Forbidden):
                add_recording(**old, place="/var/rec/two.flv")

    def test_with_the_key_that_was_replaced_says_nothing_of_the_next_broadcast(self, user):
        stream = on_air(user)
        old = proof_for(stream)
        regenerate_key(by=user)
        go_on_air(**said_of(stream))
        late = add_recording(**old, place="/var/rec/one.flv")
        assert late.properties["started_at"] == ""
        assert add_recording(**proof_for(stream), place="/var/rec/one.flv") != late

    def test_is_refused_with_a_key_before_the_last_and_without_a_broadcast(self, user):
        stream = stream_of(user)
        unused = proof_for(stream)
        regenerate_key(by=user)
        go_on_air(**said_of(stream))
        older = proof_for(stream)
        for _ in range(2):
            regenerate_key(by=user)
        for old in (unused, older):
            with pytest.raises(Forbidden):
                add_recording(**old, place="/var/rec/one.flv")


def test_a_title_announces_a_draft(user):
    draft = stream_for_key(by=user)
    assert stream_for_key(by=user) == draft
    changed = update_stream(stream_id=draft.pk, by=user, title="Now")
    assert (changed.status, Entity.objects.get(pk=draft.pk).status) == ("ready", "published")
