"""A real ingest server in front of a real house: Debian's nginx-rtmp, and ffmpeg for the encoder."""

import os
import shutil
import socket
import subprocess
from contextlib import closing, contextmanager
from pathlib import Path

import httpx
import pytest

from tests.trees import PATIENCE, eventually, free_port, own_services, started, stranger

MODULE = Path("/usr/lib/nginx/modules/ngx_rtmp_module.so")
NGINX = shutil.which("nginx", path="/usr/sbin:/usr/bin:/usr/local/sbin:/usr/local/bin")
FFMPEG = shutil.which("ffmpeg")
IS_THERE = bool(NGINX and FFMPEG and MODULE.exists())


@pytest.fixture(scope="module", autouse=True)
def _servers_are_there():
    assert IS_THERE, "The run with services needs nginx with its RTMP module, and ffmpeg (.ci/run installs both)."


PASSWORD = "a picture of bars"
PICTURE = ("-f", "lavfi", "-i", "testsrc=size=160x120:rate=10", "-c:v", "flv1", "-f", "flv")
CONFIG = """
load_module {module};
daemon off;
{user}
pid {folder}/nginx.pid;
error_log {folder}/error.log info;
worker_processes 1;
events {{ worker_connections 64; }}
rtmp {{
    access_log off;
    notify_update_timeout 1s;
    server {{
        listen 127.0.0.1:{port};
        application live {{
            live on;
            record all;
            record_path {folder}/recordings;
            on_publish {callback};
            on_update {callback};
            on_publish_done {callback};
            on_record_done {callback};
            on_play {callback};
        }}
    }}
}}
"""


class Member:
    """Somebody with an account, over the API."""

    def __init__(self, base: str, name: str) -> None:
        self.client = httpx.Client(base_url=f"{base}/api/v1", timeout=PATIENCE)
        who = {"email": f"{name}@example.com", "password": PASSWORD}
        made = self.asks("POST", "/auth/register", **who, username=name)
        self.id = made["user"]["id"]
        self.client.headers["Authorization"] = f"Bearer {self.asks('POST', '/auth/login', **who)['access_token']}"

    def asks(self, method: str, path: str, **body):
        answer = self.client.request(method, path, json=body or None)
        assert answer.is_success, answer.text
        return answer.json()["data"]

    def stream(self) -> dict:
        (one,) = self.asks("GET", "/live/streams/me")["streams"]
        return one

    def becomes(self, is_live: bool) -> dict:
        return eventually(lambda: one if (one := self.stream())["is_live"] is is_live else None, f"{is_live=}")

    def has_recorded(self, *, but_for: list[str]) -> str:
        return eventually(
            lambda: one if (one := self.stream()["recording_id"]) not in but_for else None, "another recording is there"
        )


@contextmanager
def ingest_server(folder: Path, callback: str):
    """Yields the address to publish to."""
    (folder / "recordings").mkdir()
    port = free_port()
    # As root nginx would go on as somebody who may not write here.
    user = "user root;" if os.geteuid() == 0 else ""
    config = folder / "nginx.conf"
    config.write_text(CONFIG.format(module=MODULE, folder=folder, port=port, callback=callback, user=user))
    server = subprocess.Popen([str(NGINX), "-p", str(folder), "-c", str(config)])
    try:
        eventually(lambda: listens(port), "nginx listens")
        yield f"rtmp://127.0.0.1:{port}/live"
    finally:
        server.terminate()
        server.wait(PATIENCE)


def listens(port: int) -> bool:
    with closing(socket.socket()) as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def encoder(server: str, key: str, seconds: int) -> subprocess.Popen:
    command = [str(FFMPEG), "-nostdin", "-loglevel", "error", "-re", "-t", str(seconds), *PICTURE, f"{server}/{key}"]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


@pytest.fixture(scope="module")
def tree(tmp_path_factory):
    with own_services() as services, started(stranger(services, tmp_path_factory.mktemp("house"))) as running:
        yield running


@pytest.fixture(scope="module")
def server(tree, tmp_path_factory):
    callback = f"http://127.0.0.1:{tree.port}/api/v1/live/ingest/nginx-rtmp"
    with ingest_server(tmp_path_factory.mktemp("nginx"), callback) as address:
        yield address


@pytest.fixture(scope="module")
def mira(tree):
    member = Member(f"http://127.0.0.1:{tree.port}", "mira")
    yield member
    member.client.close()


class TestRealIngest:
    """One story in order: a tree and an ingest server take seconds to start."""

    def test_a_test_picture_is_on_air_and_ends(self, mira, server):
        key = mira.asks("GET", "/live/streams/me/key")["stream_key"]
        picture = encoder(server, key, 5)
        on = mira.becomes(is_live=True)
        assert on["status"] == "live"

        second = encoder(server, key, 2)
        assert second.wait(PATIENCE) != 0
        assert mira.stream()["is_live"]

        assert picture.wait(PATIENCE) == 0
        off = mira.becomes(is_live=False)
        assert (off["status"], off["started_at"]) == ("ended", on["started_at"])
        assert eventually(lambda: mira.stream()["recording_id"], "the recording is there")

    def test_a_wrong_key_is_refused(self, mira, server):
        key = mira.asks("GET", "/live/streams/me/key")["stream_key"]
        for wrong in (key[:-2], f"{key[:-2]}&call=play", key.partition("?")[0], "nothing"):
            assert encoder(server, wrong, 2).wait(PATIENCE) != 0
        assert not mira.stream()["is_live"]

    def test_a_key_that_is_replaced_is_dropped_and_refused(self, mira, server):
        old = mira.asks("GET", "/live/streams/me/key")["stream_key"]
        recorded = [mira.stream()["recording_id"]]
        picture = encoder(server, old, 120)
        mira.becomes(is_live=True)

        new = mira.asks("POST", "/live/streams/me/key/regenerate")["stream_key"]

        assert mira.stream()["is_live"] is False
        assert picture.wait(PATIENCE) != 0  # nginx closed it at its next heartbeat
        recorded.append(mira.has_recorded(but_for=recorded))
        assert encoder(server, old, 2).wait(PATIENCE) != 0
        picture = encoder(server, new, 3)
        mira.becomes(is_live=True)
        assert picture.wait(PATIENCE) == 0
        mira.becomes(is_live=False)
        assert mira.has_recorded(but_for=recorded)  # though nginx calls each file alike
