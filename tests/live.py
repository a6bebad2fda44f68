"""Real processes and real sockets, for tests of what is heard live."""

import asyncio
import os
import socket
import subprocess
import sys
from contextlib import asynccontextmanager
from pathlib import Path

import orjson
import websockets
from django.conf import settings
from django.db import connection

ROOT = Path(__file__).resolve().parent.parent
PATIENCE = 20  # seconds until something that must come counts as lost


def environment(**more):
    """The environment of a process that shares this test's database."""
    database = connection.settings_dict
    if connection.vendor == "sqlite":
        url = f"sqlite:///{database['NAME']}"
    else:
        who = f"{database['USER']}:{database['PASSWORD']}" if database["PASSWORD"] else database["USER"]
        url = f"postgres://{who}@{database['HOST']}:{database['PORT'] or 5432}/{database['NAME']}"
    return {**os.environ, "DATABASE_URL": url, "REDIS_URL": settings.REDIS_URL, **more}


class WebProcess:
    """The web role of Stoa on a port of its own. Requests wait in its listener until it is up."""

    def __init__(self, **env):
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.host = f"127.0.0.1:{self.listener.getsockname()[1]}"
        self.env = environment(**env)
        self.start()

    def start(self):
        self.process = subprocess.Popen(
            [sys.executable, "-m", "config.serve", "web", "--listener", str(self.listener.fileno())],
            cwd=ROOT,
            env=self.env,
            pass_fds=[self.listener.fileno()],
        )

    def stop(self):
        """End the process; its address stays, and who calls waits for the next `start`."""
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def end(self):
        self.stop()
        self.listener.close()


class Writer:
    """A process beside the web ones that sends messages through the verb, as a job would."""

    def __init__(self):
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.journeys.writer"],
            cwd=ROOT,
            env=environment(DJANGO_SETTINGS_MODULE="config.settings"),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )

    def ask(self, **wish):
        """Send messages; returns when the last one is committed."""
        self.process.stdin.write(orjson.dumps(wish, default=str) + b"\n")
        self.process.stdin.flush()
        return orjson.loads(self.process.stdout.readline())

    def end(self):
        self.process.stdin.close()
        self.process.wait(10)
        self.process.stdout.close()


class Chat:
    """A client of /ws/chat/. Remembers every message it heard, in order."""

    def __init__(self, connection):
        self.connection = connection
        self.messages = []

    async def say(self, **frame):
        await self.connection.send(orjson.dumps(frame, default=str).decode())

    async def next(self, *types):
        """The next frame of one of these types; what else comes meanwhile is only remembered."""
        while True:
            frame = orjson.loads(await asyncio.wait_for(self.connection.recv(), PATIENCE))
            if frame["type"] == "message":
                self.messages.append(frame)
            if not types or frame["type"] in types:
                return frame

    async def join(self, conversation, **more):
        await self.say(type="join", conversation_id=conversation, **more)
        return await self.next("joined", "error")

    async def hear(self, until):
        """Read until a message with this seq has come; returns the seqs of all that came so far."""
        while not self.messages or self.messages[-1]["seq"] < until:
            await self.next("message")
        return [message["seq"] for message in self.messages]

    async def closed(self):
        """The code with which the other side closes."""
        try:
            while True:
                await asyncio.wait_for(self.connection.recv(), PATIENCE)
        except websockets.ConnectionClosed as closed:
            return closed.rcvd.code if closed.rcvd else None


@asynccontextmanager
async def chatting(host, token=None, **options):
    address = f"ws://{host}/ws/chat/" + (f"?token={token}" if token is not None else "")
    async with websockets.connect(address, open_timeout=PATIENCE, **options) as connection:
        yield Chat(connection)


async def in_thread(call, *args, **kwargs):
    return await asyncio.to_thread(with_own_connection, call, *args, **kwargs)


def with_own_connection(call, *args, **kwargs):
    try:
        return call(*args, **kwargs)
    finally:
        connection.close()
