"""What must be true before anything is started. Each thing that is not is a `Refusal`: one sentence that a person can act on.

Django is not loaded here: a broken value should be named in its own words, not as whatever it breaks first.
"""

import errno
import fcntl
import os
import socket
import tempfile
from pathlib import Path
from typing import IO
from urllib.parse import SplitResult, unquote, urlsplit

import environ
import psycopg
import redis

from config.storages import s3_options

HOUSE = Path(__file__).resolve().parent.parent
ANSWER_SECONDS = 5
POSTGRESQL = {"postgres", "postgresql", "psql", "pgsql"}
SQLITE = {"sqlite", "sqlite3"}


class Refusal(Exception):
    """Stoa cannot start, and this says why."""


def read_environment() -> None:
    """Take `.env` beside manage.py for what the environment itself does not name."""
    environ.Env.read_env(HOUSE / ".env")


def data_dir() -> Path:
    """DATA_DIR, made and tried with a file. The same reading as in settings.py."""
    path = Path(os.environ.get("DATA_DIR") or HOUSE / "var").resolve()
    try:
        path.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=path):
            pass
    except OSError as error:
        raise Refusal(f"DATA_DIR cannot be written to: {path} ({_reason(error)}).") from error
    return path


def hold(folder: Path) -> IO[str]:
    """The lock that makes one tree a DATA_DIR. It lasts as long as the file stays open, so keep what is returned."""
    file = (folder / "run.lock").open("a+")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        file.seek(0)
        holder = file.read().strip()
        file.close()
        raise Refusal(f"Stoa already runs on this DATA_DIR ({folder}, process {holder or 'unknown'}).") from error
    file.truncate(0)
    file.write(str(os.getpid()))
    file.flush()
    return file


def address() -> tuple[str, int]:
    """HOST and PORT as (host, port)."""
    given = os.environ.get("PORT") or "8000"
    if not (given.isascii() and given.isdigit() and 0 < int(given) < 65536):
        raise Refusal(f"PORT is a number from 1 to 65535, and it is {given!r}.")
    return os.environ.get("HOST") or "127.0.0.1", int(given)


def listen(host: str, port: int) -> socket.socket:
    """A socket that listens already: clients that come while the web process starts wait instead of being refused."""
    try:
        family, kind, proto, _, where = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listener = socket.socket(family, kind, proto)
    except (OSError, UnicodeError) as error:
        raise Refusal(f"HOST is not an address of this computer: {host} ({_reason(error)}).") from error
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(where)
        listener.listen(2048)
    except OSError as error:
        listener.close()
        if error.errno == errno.EADDRINUSE:
            raise Refusal(
                f"Port {port} on {host} is in use. Stop what uses it, or name another: PORT={port + 1}."
            ) from error
        raise Refusal(f"Stoa cannot listen on {host} port {port} ({_reason(error)}).") from error
    return listener


def check_database() -> None:
    """A DATABASE_URL that is not empty must be well formed, and its server must answer."""
    given = os.environ.get("DATABASE_URL", "")
    if not given:
        return
    url = _parsed("DATABASE_URL", given, POSTGRESQL | SQLITE, "postgres://user:password@host:5432/name")
    if url.scheme in SQLITE:
        return
    name = unquote(url.path.lstrip("/"))
    if not name or "/" in name:
        raise Refusal("DATABASE_URL names no database. It looks like postgres://user:password@host:5432/name.")
    try:
        psycopg.connect(
            host=unquote(url.hostname) if url.hostname else None,
            port=url.port,
            user=unquote(url.username) if url.username else None,
            password=unquote(url.password) if url.password else None,
            dbname=name,
            connect_timeout=ANSWER_SECONDS,
        ).close()
    except psycopg.Error as error:
        raise Refusal(
            f"The database of DATABASE_URL does not answer: {_place(url)}, database {name} ({_reason(error)})."
        ) from error


def check_redis() -> None:
    """A REDIS_URL that is not empty must be well formed, and its server must answer."""
    given = os.environ.get("REDIS_URL", "")
    if not given:
        return
    url = _parsed("REDIS_URL", given, {"redis", "rediss", "unix"}, "redis://host:6379/0")
    try:
        with redis.Redis.from_url(
            given, socket_connect_timeout=ANSWER_SECONDS, socket_timeout=ANSWER_SECONDS
        ) as client:
            client.ping()
    except ValueError as error:
        raise Refusal("REDIS_URL is malformed. It looks like redis://host:6379/0.") from error
    except (redis.RedisError, OSError) as error:
        raise Refusal(f"The Redis of REDIS_URL does not answer: {_place(url)} ({_reason(error)}).") from error


def check_storage() -> None:
    """A STORAGE_URL that is not empty must be well formed. Whether its bucket answers is seen when a file comes."""
    given = os.environ.get("STORAGE_URL", "")
    if not given:
        return
    try:
        s3_options(given)
    except ValueError as error:
        raise Refusal(f"STORAGE_URL is malformed. {error}") from None


def _parsed(name: str, given: str, schemes: set[str], example: str) -> SplitResult:
    try:
        url = urlsplit(given)
        _ = url.port  # reading it is what checks it
    except ValueError:
        url = urlsplit("")
    if url.scheme not in schemes:
        raise Refusal(f"{name} is malformed. It looks like {example}.")
    return url


def _place(url: SplitResult) -> str:
    """Where a server is, without the password that led there."""
    return f"{url.hostname or 'local socket'}{f' port {url.port}' if url.port else ''}"


def _reason(error: BaseException) -> str:
    """The last line of what went wrong, which is where libraries put the cause, as one short clause."""
    if isinstance(error, OSError) and error.strerror and not isinstance(error, redis.RedisError):
        return error.strerror[:1].lower() + error.strerror[1:]
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return (lines[0] if lines else type(error).__name__).rstrip(".")[:300]
