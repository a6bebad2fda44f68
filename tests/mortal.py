"""Workers that are killed with SIGKILL at a line of one's choosing, each one a real process on the test's database.

`python -m tests.mortal` is set up once and forks a child for each request it reads; it has no connection of its own, so each child
opens its own, as a worker does. A request is a line of JSON `[act, id, step]`; without a step the answer is the steps that the act
runs through, with one it is whether the child was killed there.
"""

import ast
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from types import FrameType
from typing import Any
from uuid import UUID

import django
import orjson

from tests.live import ROOT, environment

Step = tuple[str, int]
"""File, from the project's root, and line."""

WATCHED = tuple(str(ROOT / folder) for folder in ("marketplace", "ontology", "conversations", "accounts"))


class Mortals:
    """The test's side of it."""

    def __init__(self, folder: Path, **more: str):
        env = environment(DJANGO_SETTINGS_MODULE="config.settings", DATA_DIR=str(folder), REDIS_URL="", **more)
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.mortal"], cwd=ROOT, env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )

    def steps(self, act: str, key: object) -> list[Step]:
        """Let it live, and hear which statements it ran, in the order in which it came to them first."""
        ran: list[Step] = [(file, line) for file, line in self._ask(act, key, None)]
        begins = {file: statements(ROOT / file) for file in {file for file, _ in ran}}
        return [(file, line) for file, line in ran if line in begins[file]]

    def kill(self, act: str, key: object, at: Step) -> bool:
        """Whether it came as far as this line, and was killed before it."""
        return self._ask(act, key, at)

    def end(self) -> None:
        self.process.communicate(timeout=10)

    def _ask(self, *wish: object) -> Any:
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write(orjson.dumps(wish, default=str) + b"\n")
        self.process.stdin.flush()
        return orjson.loads(self.process.stdout.readline())


def statements(file: Path) -> set[int]:
    """The lines on which one begins; its further lines are the same step."""
    return {node.lineno for node in ast.walk(ast.parse(file.read_bytes())) if isinstance(node, ast.stmt)}


# --- the workers ---------------------------------------------------------------------------------------------------


def watching(act: Callable[[], object], on_line: Callable[[Step], object]) -> None:
    """Run `act`; `on_line` hears of every line of ours before it runs."""

    def trace(frame: FrameType, event: str, arg: object) -> Any:
        if not frame.f_code.co_filename.startswith(WATCHED):
            return None
        if event == "line":
            on_line((os.path.relpath(frame.f_code.co_filename, ROOT), frame.f_lineno))
        return trace

    sys.settrace(trace)
    try:
        act()
    finally:
        sys.settrace(None)


def acts() -> dict[str, Callable[[UUID], object]]:
    from conversations.verbs.deliveries import attempt_delivery  # noqa: PLC0415 -- Django is set up first
    from marketplace.models import Refund  # noqa: PLC0415 -- as above
    from marketplace.verbs.refund_tries import attempt_refund  # noqa: PLC0415 -- as above
    from marketplace.verbs.reversals import attempt_reversal  # noqa: PLC0415 -- as above
    from marketplace.verbs.sandbox import settle_sandbox_refund  # noqa: PLC0415 -- as above
    from marketplace.verbs.transfers import attempt_transfer  # noqa: PLC0415 -- as above

    def give_back(key: UUID) -> None:
        attempt_refund(refund_id=key)
        settle_sandbox_refund(refund_provider_id=Refund.objects.get(pk=key).provider_id)

    return {
        "transfer": lambda key: attempt_transfer(transfer_id=key),
        "refund": give_back,
        "reversal": lambda key: attempt_reversal(reversal_id=key),
        "delivery": lambda key: attempt_delivery(message_id=key),
    }


def live(act: Callable[[], object], step: Step | None, answer: int) -> None:
    """The child. Without a step it writes the steps down; with one it is gone the moment it gets there."""
    if step is not None:
        watching(act, lambda at: os.kill(os.getpid(), signal.SIGKILL) if at == step else None)
        return
    seen: dict[Step, None] = {}
    watching(act, seen.setdefault)
    os.write(answer, orjson.dumps(list(seen)) + b"\n")


def main() -> None:
    django.setup()
    known = acts()
    for line in sys.stdin.buffer:
        name, key, step = orjson.loads(line)
        child = os.fork()
        if not child:
            live(partial(known[name], UUID(key)), (step[0], step[1]) if step else None, 1)
            os._exit(0)
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        if status > 0:
            raise SystemExit(f"{name} failed by itself: see above")
        if step is not None:
            os.write(1, orjson.dumps(status == -signal.SIGKILL) + b"\n")


if __name__ == "__main__":
    main()
