"""Runs Stoa: `python -m config.serve [all|web|worker|beat]`.

`all`, which `make run` uses, is one foreground tree: the web server, two workers and the scheduler. On many machines each
role is a command of its own, after one `manage.py migrate`: any number of `web` and `worker`, one `beat`.

2026-11-22, the ASGI server. Context: uvicorn 0.54 (uvloop, httptools, websockets-sansio) and granian 2.8 (uvloop), one
process each, the same toy application, 2 cores, two rounds. Throughput, uvicorn to granian: HTTP JSON 0.93-1.02 with
0.82-0.88 of its CPU time a request, SSE 0.92-1.01 with 0.82-1.05, WebSocket echo 1.5-1.8 with 0.52-0.62; memory 0.5.
Both cancel on a disconnect, finish requests in flight and pass on close codes; on a stop uvicorn tells sockets 1012 where
granian drops them, and only uvicorn could be told the largest WebSocket message (1009). Its older `websockets`
implementation is slower by a third. Decision: uvicorn with websockets-sansio. Consequence: one web process a port;
more of them are more commands behind a proxy.

2026-11-22, two workers. A deliberation keeps its thread for minutes, so in a shared pool enough of them stand before a
transfer, however large the pool. So `all` starts one worker for the queue `celery` and one for `deliberations`. Each is one
process of threads: jobs wait for networks, SQLite has one writer, and memory is spent once.
"""

import argparse
import asyncio
import http.client
import json
import logging
import os
import socket
import sys
import tempfile
import time
import warnings
from pathlib import Path

from config.preflight import (
    Refusal,
    address,
    check_database,
    check_redis,
    check_storage,
    data_dir,
    hold,
    listen,
    read_environment,
)
from config.tree import CANNOT_START, Child, Tree, end_with, say

THREADS = {"celery": 8, "deliberations": 16}  # how many jobs of a queue run at once in one worker


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m config.serve", description="Runs Stoa, whole or one role of it.")
    parser.add_argument("role", nargs="?", default="all", choices=["all", "web", "worker", "beat"])
    parser.add_argument("--queues", default="celery,deliberations", help="worker: the queues to serve")
    parser.add_argument(
        "--prepare", action="store_true", help="web: migrate first, and load the demo into a new database"
    )
    parser.add_argument("--listener", type=int, help="web: a file descriptor that listens already")
    parser.add_argument("--parent", type=int, help="end when this parent process has ended")
    options = parser.parse_args(arguments)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    if options.parent:
        end_with(options.parent)
    try:
        read_environment()
        return {"all": run_all, "web": run_web, "worker": run_worker, "beat": run_beat}[options.role](options)
    except Refusal as refusal:
        say(str(refusal))
        return CANNOT_START if options.listener else 1


def run_all(_: argparse.Namespace) -> int:
    """The tree. Everything that can be wrong with the environment is found before anything is started."""
    began = time.monotonic()
    folder = data_dir()
    host, port = address()
    check_database()
    check_redis()
    check_storage()
    lock = hold(folder)
    listener = listen(host, port)
    web = Child("web", "web", "--prepare", "--listener", str(listener.fileno()), fds=[listener.fileno()])
    tree = Tree(
        first=web,
        others=[
            Child("worker", "worker", "--queues", "celery"),
            Child("council", "worker", "--queues", "deliberations"),
            Child("beat", "beat"),
        ],
        is_ready=lambda: answers(host, port),
        announce=lambda: announce(host, port, folder, time.monotonic() - began),
    )
    code = tree.run()
    listener.close()
    lock.close()
    return code


def answers(host: str, port: int) -> bool:
    """Whether /healthz answers. A connection made before the web process is up waits in the listener's queue."""
    connection = http.client.HTTPConnection(reachable(host), port, timeout=30)
    try:
        connection.request("GET", "/healthz")
        status = connection.getresponse().status
        if status >= http.client.INTERNAL_SERVER_ERROR:
            say(f"The web server is up, but /healthz answers {status}. Asking again.")
        return status < http.client.INTERNAL_SERVER_ERROR
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def reachable(host: str) -> str:
    """An address to reach ourselves at, also where HOST means every address."""
    return {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}.get(host, host)  # noqa: S104 -- compared, not bound


def announce(host: str, port: int, folder: Path, seconds: float) -> None:
    """The address and the demo's sign-ins, last and in plain sight."""
    name = reachable(host)
    name = "localhost" if name in ("127.0.0.1", "::1") else f"[{name}]" if ":" in name else name
    lines = ["", f"  Stoa is ready after {seconds:.1f} s: {os.environ.get('SITE_URL') or f'http://{name}:{port}'}"]
    try:
        sign_ins = json.loads((folder / "demo.json").read_text())["sign_ins"]
        rows = [(str(one["role"]), str(one["email"]), str(one["password"])) for one in sign_ins]
    except (OSError, ValueError, KeyError, TypeError):
        rows = []
    if rows:
        widths = [max(len(row[column]) for row in rows) for column in (0, 1)]
        lines += ["", "  Sign in to the demo as"]
        lines += [f"    {role:<{widths[0]}}  {email:<{widths[1]}}  {password}" for role, email, password in rows]
    if any(role == "staff" for role, _, _ in rows):
        lines += ["", "  Staff work at /admin/ and set up a second factor on the first visit."]
    lines += ["", "  Ctrl-C ends it.", ""]
    print("\n".join(lines), flush=True)


def prepare() -> None:
    """Bring the database up to date, and fill a new one with the demo unless DEMO says no."""
    import django  # noqa: PLC0415 -- only this role, and after the environment was read
    from django.conf import settings  # noqa: PLC0415 -- as above
    from django.core.exceptions import ImproperlyConfigured  # noqa: PLC0415 -- as above
    from django.core.management import call_command  # noqa: PLC0415 -- as above
    from django.db import DatabaseError, connection  # noqa: PLC0415 -- as above
    from django.db.migrations.executor import MigrationExecutor  # noqa: PLC0415 -- as above

    try:
        django.setup()
    except (ImproperlyConfigured, ValueError) as error:
        raise Refusal(f"The settings cannot be read: {error}.") from error
    unfinished = Path(settings.DATA_DIR) / "demo.unfinished"
    try:
        executor = MigrationExecutor(connection)
        is_new = not executor.loader.applied_migrations
        plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
        if plan:
            say(f"{'Making' if is_new else 'Updating'} the database ({len(plan)} steps).")
            call_command("migrate", interactive=False, verbosity=0)
        if is_new and settings.DEMO:
            unfinished.touch()
        if unfinished.exists():
            say("Loading the demo; only the first start does this.")
            call_command("load_demo", verbosity=0)
            unfinished.unlink()
    except DatabaseError as error:
        reason = " ".join(str(error).split())
        raise Refusal(f"The database cannot be used: {reason[:300]}.") from error
    finally:
        connection.close()


def run_web(options: argparse.Namespace) -> int:
    import uvicorn  # noqa: PLC0415 -- each role loads only what it runs

    if options.prepare:
        prepare()
    # Django spools a body where the system keeps temporary files, and that may be memory.
    tempfile.tempdir = str(data_dir() / "incoming")
    host, port = address()
    logging.getLogger("uvicorn.error").addFilter(is_worth_telling)
    config = uvicorn.Config(
        "config.asgi:application",
        host=host,
        port=port,
        ws="websockets-sansio",
        ws_max_size=131_072,
        timeout_graceful_shutdown=8,
        server_header=False,
        log_config=None,
        log_level="warning",
        access_log=False,  # some paths carry a token in their query
        # Whom to believe about a client's address is uvicorn's own variable. Unnamed: nobody.
        proxy_headers=bool(os.environ.get("FORWARDED_ALLOW_IPS")),
    )
    given = None if options.listener is None else [socket.socket(fileno=options.listener)]
    uvicorn.Server(config).run(sockets=given)
    return 0


def is_worth_telling(record: logging.LogRecord) -> bool:
    """False for streams that were still open at the end: cutting them is what a stop does."""
    return not (record.exc_info and isinstance(record.exc_info[1], asyncio.CancelledError))


def run_worker(options: argparse.Namespace) -> int:
    from config.celery import app  # noqa: PLC0415 -- each role loads only what it runs

    # A container's only user is often root; Celery's advice against it is about pickles, which are not accepted.
    warnings.filterwarnings("ignore", message="You're running the worker with superuser privileges")
    # Nobody commands workers through the queue, and listening for it would leave a queue behind at every start.
    app.conf.worker_enable_remote_control = False
    queues = options.queues.split(",")
    threads = sum(THREADS.get(queue, 8) for queue in queues)
    command = [
        "--quiet",
        "worker",
        "--loglevel",
        "WARNING",
        "-P",
        "threads",
        "-c",
        str(threads),
        "-Q",
        ",".join(queues),
    ]
    app.worker_main(
        [*command, "-n", f"{queues[0]}-{os.getpid()}@%h", "--without-gossip", "--without-mingle", "--without-heartbeat"]
    )
    return 0


def run_beat(_: argparse.Namespace) -> int:
    from config.celery import app  # noqa: PLC0415 -- each role loads only what it runs

    app.start(["--quiet", "beat", "--loglevel", "WARNING"])
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
