"""The tree that `make run` starts, as real processes: it gets ready, heals, and leaves nothing behind.

On SQLite as a stranger runs it, and on a database of its own where DATABASE_URL and REDIS_URL are named.
"""

import json
import os
import re
import signal
import socket
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from tests.trees import HOUSE, PATIENCE, eventually, free_port, own_services, started, stranger

ROLES = {"web", "worker --queues celery", "worker --queues deliberations", "beat"}


@pytest.fixture(scope="module")
def services():
    with own_services() as named:
        yield named


@pytest.fixture(scope="module")
def environment(services, tmp_path_factory):
    return stranger(services, tmp_path_factory.mktemp("data"))


def refused(environment, **changes) -> str:
    """The one sentence of a tree that would not start."""
    answer = subprocess.run(
        [sys.executable, "-m", "config.serve"],
        cwd=HOUSE,
        env={**environment, **changes},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert (answer.returncode, answer.stdout, answer.stderr.count("\n")) == (1, "", 1)
    return answer.stderr.removeprefix("stoa: ").rstrip("\n")


class TestRunTree:
    """One story in order, since each start takes seconds: the trees share one DATA_DIR as a person's would."""

    def test_gets_ready_and_ends_on_ctrl_c(self, environment):
        with started(environment) as tree:
            assert tree.answers()
            assert set(tree.children()) == ROLES
            assert "Making the database" in tree.output
            assert tree.output.rstrip().endswith("Ctrl-C ends it.")
            assert f"http://localhost:{tree.port}" in tree.output

            code, seconds = tree.end(signal.SIGINT)

            assert (code, tree.children()) == (0, {})
            assert seconds < 10

    def test_starts_again_with_what_was_there_and_prints_the_sign_ins(self, environment):
        sign_ins = [{"role": "seller", "email": "mara@stoa.example", "password": "open sesame"}]
        demo = Path(environment["DATA_DIR"]) / "demo.json"
        demo.write_text(json.dumps({"address": "http://localhost:1", "sign_ins": sign_ins}))

        with started(environment) as tree:
            assert "database" not in tree.output
            assert re.search(r"seller +mara@stoa\.example +open sesame\n\n +Ctrl-C ends it\.\n", tree.output)

            code, seconds = tree.end(signal.SIGTERM)

            assert (code, tree.children()) == (0, {})
            assert seconds < 10

    def test_leaves_no_orphan_when_it_is_killed(self, environment):
        with started(environment) as tree:
            tree.process.kill()
            tree.process.wait()

            eventually(lambda: not tree.children(), "every child ends with its parent")

            assert not tree.answers()

    def test_starts_a_dead_child_again_and_ends_when_it_keeps_dying(self, environment):
        with started(environment) as tree:
            assert "already runs on this DATA_DIR" in refused(environment, PORT=str(free_port()))

            for role in ("web", "beat", "beat", "beat"):
                pid = eventually(lambda role=role: tree.children().get(role), f"{role} is there")
                os.kill(pid, signal.SIGKILL)
                tree_is_over = eventually(
                    lambda pid=pid, role=role: tree.process.poll() is not None or tree.children().get(role, pid) != pid,
                    f"{role} is started again",
                )
                assert tree_is_over
                if role == "web":
                    assert eventually(tree.answers, "the web process answers again")

            assert tree.process.wait(PATIENCE) == 1
            assert tree.children() == {}
            assert "web was ended by signal 9. Starting it again in 1 s." in tree.output
            assert "beat was ended by signal 9, the third time within a minute. Ending everything." in tree.output


class TestRefusals:
    """Each wrong value is one sentence that names it, and exit code 1."""

    def test_a_port_in_use(self, environment):
        with closing(socket.socket()) as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            port = taken.getsockname()[1]

            assert refused(environment, PORT=str(port)) == (
                f"Port {port} on 127.0.0.1 is in use. Stop what uses it, or name another: PORT={port + 1}."
            )

    @pytest.mark.parametrize("port", ["http", "0", "65536", "-1"])
    def test_a_port_that_is_none(self, environment, port):
        assert refused(environment, PORT=port) == f"PORT is a number from 1 to 65535, and it is {port!r}."

    def test_a_host_that_is_not_here(self, environment):
        assert refused(environment, HOST="192.0.2.1").startswith("Stoa cannot listen on 192.0.2.1 port ")

    def test_a_data_dir_that_cannot_be_written_to(self, environment, tmp_path):
        (tmp_path / "file").touch()

        # Below a file, because root may write anywhere else.
        assert refused(environment, DATA_DIR=str(tmp_path / "file" / "var")) == (
            f"DATA_DIR cannot be written to: {tmp_path}/file/var (not a directory)."
        )

    @pytest.mark.parametrize("url", ["nonsense", "mysql://host/name", "postgres://host:port/name"])
    def test_a_malformed_database_url(self, environment, url):
        assert refused(environment, DATABASE_URL=url) == (
            "DATABASE_URL is malformed. It looks like postgres://user:password@host:5432/name."
        )

    def test_a_database_that_does_not_answer(self, environment):
        port = free_port()
        sentence = refused(environment, DATABASE_URL=f"postgres://me:secret@127.0.0.1:{port}/stoa")

        assert sentence.startswith(
            f"The database of DATABASE_URL does not answer: 127.0.0.1 port {port}, database stoa ("
        )
        assert "secret" not in sentence

    def test_a_database_file_that_is_none(self, environment, tmp_path):
        (tmp_path / "notes.txt").write_text("These are notes, and a long way from being a database. " * 40)

        assert refused(environment, DATABASE_URL=f"sqlite:///{tmp_path}/notes.txt", DATA_DIR=str(tmp_path)) == (
            "The database cannot be used: file is not a database."
        )

    @pytest.mark.parametrize("url", ["nonsense", "redis://host:port/0", "http://host/0"])
    def test_a_malformed_redis_url(self, environment, url):
        assert refused(environment, REDIS_URL=url) == "REDIS_URL is malformed. It looks like redis://host:6379/0."

    def test_a_redis_that_does_not_answer(self, environment):
        port = free_port()
        sentence = refused(environment, REDIS_URL=f"redis://:secret@127.0.0.1:{port}/0")

        assert sentence.startswith(f"The Redis of REDIS_URL does not answer: 127.0.0.1 port {port} (")
        assert "secret" not in sentence
