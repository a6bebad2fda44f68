"""The callbacks of nginx-rtmp and MediaMTX, in the words in which those servers send them."""

from urllib.parse import urlencode

import pytest

from accounts.models import AuditEntry
from ontology.models import Change, Entity
from ontology.verbs.live_streams import regenerate_key
from ontology.verbs.stream_keys import proof_of
from tests.factories.live import on_air, stream_of

pytestmark = pytest.mark.django_db

NGINX = "/api/v1/live/ingest/nginx-rtmp"
MEDIAMTX = "/api/v1/live/ingest/mediamtx"


@pytest.fixture
def stream(user):
    return stream_of(user)


def form(anonymous, path, given):
    return anonymous.client.post(path, urlencode(given), content_type="application/x-www-form-urlencoded")


def of_nginx(stream, call, **more):
    """As nginx-rtmp 1.2 sends it (ngx_rtmp_notify_module.c), with the publisher's arguments behind its own."""
    own = {"app": "live", "flashver": "FMLE/3.0", "swfurl": "", "tcurl": "rtmp://localhost/live", "pageurl": "",
           "addr": "10.0.0.7", "clientid": "1", "call": call, "name": str(stream.pk), "type": "live"}  # fmt: skip
    return {**own, "key": proof_of(stream.pk, stream.key_version), **more}


def of_mediamtx(stream, **more):
    """As MediaMTX 1.x sends it to authHTTPAddress."""
    return {"user": "", "password": "", "token": "", "ip": "10.0.0.7", "action": "publish", "path": f"live/{stream.pk}",
            "protocol": "rtmp", "id": "d5ab6a34-1a2b-4f0e-9d0e-0a1b2c3d4e5f",
            "query": f"key={proof_of(stream.pk, stream.key_version)}", **more}  # fmt: skip


def hook(stream, **more):
    sent = of_mediamtx(stream)
    return {"path": sent["path"], "query": sent["query"], "source_id": sent["id"], **more}


def is_live(stream):
    stream.refresh_from_db()
    return stream.is_live


class TestNginx:
    def test_turns_a_stream_on_and_off(self, anonymous, stream):
        answer = form(anonymous, NGINX, of_nginx(stream, "publish"))
        assert (answer.status_code, answer.json()) == (200, {"success": True, "data": {"is_live": True}})
        for call in ("update_publish", "publish"):
            assert form(anonymous, NGINX, of_nginx(stream, call)).status_code == 200
        assert is_live(stream)
        assert form(anonymous, NGINX, of_nginx(stream, "publish_done")).json()["data"] == {"is_live": False}
        assert form(anonymous, NGINX, of_nginx(stream, "done")).status_code == 200
        assert not is_live(stream)
        assert Change.objects.filter(kind__in=("StreamWentLive", "StreamEnded")).count() == 2

    def test_refuses_a_second_publisher(self, anonymous, stream):
        form(anonymous, NGINX, of_nginx(stream, "publish"))
        second = form(anonymous, NGINX, of_nginx(stream, "publish", clientid="2"))
        assert (second.status_code, second.json()["code"]) == (409, "already_publishing")
        form(anonymous, NGINX, of_nginx(stream, "publish_done", clientid="2"))
        assert is_live(stream)

    @pytest.mark.parametrize("call", ["publish", "update_publish", "publish_done", "done", "record_done"])
    @pytest.mark.parametrize(
        "wrong", [{"key": ""}, {"key": "x"}, {"key": "\x00"}, {"name": "x"}, {"name": ""}, {"name": "0190b7a2-6f2c-7cc3-98c4-dc0c0c07398f"}]
    )  # fmt: skip
    def test_refuses_strangers(self, anonymous, user, call, wrong):
        stream = on_air(user)
        answer = form(anonymous, NGINX, of_nginx(stream, call, path="/x.flv", **wrong))
        assert answer.status_code in (400, 403)
        assert is_live(stream)
        assert not Entity.objects.filter(type="recording").exists()

    @pytest.mark.parametrize("behind", ["call=play", "call=connect", "call=publish_done&clientid=1", "addr=10.0.0.7"])
    def test_believes_the_server_and_not_what_the_encoder_wrote_behind(self, anonymous, user, behind):
        stream = on_air(user)
        sent = urlencode(of_nginx(stream, "publish", clientid="2", key="wrong")) + "&" + behind
        answer = anonymous.client.post(NGINX, sent, content_type="application/x-www-form-urlencoded")
        assert answer.status_code == 403
        right = urlencode(of_nginx(stream, "publish", clientid="2")) + "&" + behind
        answer = anonymous.client.post(NGINX, right, content_type="application/x-www-form-urlencoded")
        assert answer.status_code == 409
        assert is_live(stream)

    def test_refuses_an_old_key(self, anonymous, stream, user):
        old = of_nginx(stream, "publish")
        regenerate_key(by=user)
        answer = form(anonymous, NGINX, old)
        assert (answer.status_code, answer.json()["code"]) == (403, "stream_key_refused")

    def test_takes_the_key_in_the_name(self, anonymous, stream):
        sent = of_nginx(stream, "publish")
        sent["name"] += f"?key={sent.pop('key')}"
        assert form(anonymous, NGINX, sent).status_code == 200
        assert is_live(stream)

    def test_keeps_a_recording(self, anonymous, stream):
        sent = of_nginx(stream, "record_done", recorder="", path=f"/var/rec/{stream.pk}.flv")
        assert form(anonymous, NGINX, sent).status_code == 200
        recording = Entity.objects.get(type="recording")
        stream.refresh_from_db()
        assert stream.recording_id == recording.pk

    def test_lets_people_watch_what_is_announced(self, anonymous, stream, user):
        assert form(anonymous, NGINX, of_nginx(stream, "play", key="")).status_code == 200
        assert form(anonymous, NGINX, of_nginx(stream, "play", name="x")).status_code == 404

    @pytest.mark.parametrize("call", ["connect", "disconnect", "play_done", "update_play"])
    def test_nods_at_what_is_not_about_a_broadcast(self, anonymous, call):
        assert form(anonymous, NGINX, {"call": call, "app": "live"}).json()["data"] == {"is_live": None}

    @pytest.mark.parametrize("given", [{}, {"call": ""}, {"call": "dance"}, {"call": "publish", "addr": "x" * 2001}])
    def test_bad_input_is_refused(self, anonymous, given):
        assert form(anonymous, NGINX, given).status_code == 400

    def test_bytes_that_are_no_text_are_refused(self, anonymous):
        for body in (b"call=%ff%fe&name=%00", b"\xff\xff", b"call=publish&name=%ed%a0%80&key=%ed%a0%80"):
            answer = anonymous.client.post(NGINX, body, content_type="application/x-www-form-urlencoded")
            assert answer.status_code in (400, 403)

    def test_heartbeats_and_keys_are_not_audited(self, anonymous, stream):
        sent = of_nginx(stream, "publish")
        form(anonymous, NGINX, sent)
        assert not AuditEntry.objects.exists()


class TestMediaMtx:
    def test_asks_first_and_tells_then(self, anonymous, stream):
        assert anonymous.post(f"{MEDIAMTX}/auth", of_mediamtx(stream)).json()["data"] == {"is_live": False}
        assert not is_live(stream)
        for _ in range(2):
            assert form(anonymous, f"{MEDIAMTX}/ready", hook(stream)).json()["data"] == {"is_live": True}
        assert is_live(stream)
        assert form(anonymous, f"{MEDIAMTX}/not-ready", hook(stream)).json()["data"] == {"is_live": False}
        assert form(anonymous, f"{MEDIAMTX}/ready", hook(stream)).json()["data"] == {"is_live": False}
        assert not is_live(stream)

    def test_refuses_a_second_publisher(self, anonymous, stream):
        form(anonymous, f"{MEDIAMTX}/ready", hook(stream))
        answer = anonymous.post(f"{MEDIAMTX}/auth", of_mediamtx(stream, id="another"))
        assert (answer.status_code, answer.json()["code"]) == (409, "already_publishing")
        assert form(anonymous, f"{MEDIAMTX}/not-ready", hook(stream, source_id="another")).status_code == 200
        assert is_live(stream)

    def test_keeps_a_recording(self, anonymous, user):
        stream = on_air(user)
        sent = hook(stream, segment_path=f"/rec/live/{stream.pk}/2026-03-01_12-00-00-000000.mp4")
        answer = form(anonymous, f"{MEDIAMTX}/recorded", sent)
        assert (answer.status_code, answer.json()) == (200, {"success": True, "data": {"is_live": None}})
        kept = Entity.objects.get(type="recording")
        stream.refresh_from_db()
        assert (stream.recording_id, kept.properties["file"]) == (kept.pk, "2026-03-01_12-00-00-000000.mp4")

    @pytest.mark.parametrize("wrong", [{"query": ""}, {"query": "key=x"}, {"query": "&" * 1000}, {"path": "x"}])
    def test_refuses_strangers(self, anonymous, user, wrong):
        stream = on_air(user)
        assert anonymous.post(f"{MEDIAMTX}/auth", of_mediamtx(stream, **wrong)).status_code == 403
        for name in ("ready", "not-ready", "recorded"):
            assert form(anonymous, f"{MEDIAMTX}/{name}", hook(stream, **wrong)).status_code == 403
        assert is_live(stream)

    def test_lets_people_watch_and_nothing_else(self, anonymous, stream):
        assert anonymous.post(f"{MEDIAMTX}/auth", of_mediamtx(stream, action="read", query="")).status_code == 200
        assert anonymous.post(f"{MEDIAMTX}/auth", of_mediamtx(stream, action="read", path="x")).status_code == 404
        assert anonymous.post(f"{MEDIAMTX}/auth", of_mediamtx(stream, action="api")).status_code == 403

    @pytest.mark.parametrize("body", [{}, {"action": 5}, {"action": "publish", "path": 5}, []])
    def test_bad_input_is_refused(self, anonymous, body):
        assert anonymous.post(f"{MEDIAMTX}/auth", body).status_code == 400
