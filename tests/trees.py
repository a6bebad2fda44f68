"""Running `python -m config.serve` trees for tests: each with its own DATA_DIR, database and Redis database."""

import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg
import redis
from psycopg import sql

from tests.environment import WORKER, redis_database

HOUSE = Path(__file__).parents[1]
PATIENCE = 180  # seconds that a crowded machine may take; nothing here waits that long on a free one


def free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def eventually(ask, what: str):
    """What `ask` answers as soon as it is true."""
    limit = time.monotonic() + PATIENCE
    while time.monotonic() < limit:
        if answer := ask():
            return answer
        time.sleep(0.05)
    raise AssertionError(f"never happened: {what}")


class Tree:
    """A running `python -m config.serve`, its output so far, and the processes that belong to it."""

    def __init__(self, environment: dict[str, str]) -> None:
        self.port = int(environment["PORT"])
        self.lines: list[str] = []
        self.process = subprocess.Popen(
            [sys.executable, "-m", "config.serve"],
            cwd=HOUSE,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.reader = threading.Thread(target=self._read)
        self.reader.start()

    def _read(self) -> None:
        # Line by line, as it comes; the pipe is there because it was asked for above.
        for line in self.process.stdout or ():
            self.lines.append(line)

    @property
    def output(self) -> str:
        return "".join(self.lines)

    def wait_for(self, text: str) -> None:
        eventually(lambda: text in self.output or self.process.poll() is not None, text)
        assert text in self.output

    def children(self) -> dict[str, int]:
        """{what it is: process id} of every child that is alive, found by the parent it was told."""
        listing = subprocess.run(
            ["ps", "-ww", "-eo", "pid=,stat=,args="], capture_output=True, text=True, check=True
        ).stdout
        mine = re.findall(
            rf"^ *(\d+) +[^Z\s]\S* +\S+ -m config\.serve (.+) --parent {self.process.pid}$", listing, re.MULTILINE
        )
        return {re.sub(r" --(prepare|listener \d+)", "", role): int(pid) for pid, role in mine}

    def answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/healthz", timeout=5) as answer:
                return answer.status == 200
        except OSError:
            return False

    def end(self, number: signal.Signals) -> tuple[int, float]:
        """(exit code, seconds it took)"""
        began = time.monotonic()
        self.process.send_signal(number)
        code = self.process.wait(PATIENCE)
        return code, time.monotonic() - began


def own_redis() -> dict[str, str]:
    """The suite's Redis, but a database that no other test's jobs travel through, and nothing old in it."""
    url = redis_database(2 * WORKER + 1)
    if not url:
        return {}
    redis.Redis.from_url(url).flushdb()
    return {"REDIS_URL": url}


@contextmanager
def own_services() -> Iterator[dict[str, str]]:
    """DATABASE_URL and REDIS_URL of the suite where named, with an empty database made for this purpose."""
    url = os.environ.get("DATABASE_URL", "")
    if not url.startswith(("postgres:", "postgresql:")):
        yield own_redis()
        return
    parts = urlsplit(url)
    name = f"stoa_tree_{os.getpid()}_{free_port()}"
    server: dict[str, Any] = {
        "host": parts.hostname,
        "port": parts.port,
        "user": parts.username,
        "password": parts.password,
    }
    with psycopg.connect(**server, dbname=parts.path.lstrip("/"), autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        try:
            yield {**own_redis(), "DATABASE_URL": parts._replace(path=f"/{name}").geturl()}
        finally:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def stranger(services: dict[str, str], folder: Path, **more: str) -> dict[str, str]:
    """A stranger's environment: nothing of this suite's but where to run."""
    kept = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "LANG", "TMPDIR")}
    own = {"DATA_DIR": str(folder), "PORT": str(free_port()), "DEMO": "0", "PYTHONUNBUFFERED": "1"}
    return {**kept, **services, **own, **more}


@contextmanager
def started(environment):
    tree = Tree(environment)
    try:
        tree.wait_for("Ctrl-C ends it.")
        yield tree
    finally:
        if tree.process.poll() is None:
            tree.process.kill()
        tree.process.wait()
        tree.reader.join()
        tree.process.stdout.close()
