"""One foreground tree of processes: started together, watched, and ended together.

The tree itself loads no Django, so that it starts at once, stays small, and outlives whatever its children do.
"""

import os
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import IO

END_SECONDS = 9.2  # everything is gone within ten seconds of Ctrl-C
DEATHS_ALLOWED = 3  # this many deaths of one child within DEATHS_WINDOW end the tree
DEATHS_WINDOW = 60.0
OWN_WORDS = "stoa: "  # a child's line that begins so speaks for the whole tree and is not prefixed
CANNOT_START = 78  # a child's exit code: it has said why, and starting it again would not help (EX_CONFIG)


def say(text: str) -> None:
    print(OWN_WORDS + text, file=sys.stderr, flush=True)


def end_with(parent: int) -> None:
    """End this process when its parent has ended, however that ended: nothing of a tree is left behind.

    A thread asks who the parent is. Linux could signal the death itself (PR_SET_PDEATHSIG), but asking works everywhere
    and leaves time for an orderly end.
    """

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(0.2)
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(END_SECONDS)
        os._exit(1)

    threading.Thread(target=watch, name="end-with-parent", daemon=True).start()


class Child:
    """One process of the tree, in a process group of its own so that a terminal's Ctrl-C reaches the tree alone."""

    def __init__(self, name: str, *arguments: str, fds: Sequence[int] = ()) -> None:
        self.name = name
        self.fds = tuple(fds)
        self.command = [sys.executable, "-m", "config.serve", *arguments, "--parent", str(os.getpid())]
        self.process: subprocess.Popen[bytes] | None = None
        self.deaths: deque[float] = deque(maxlen=DEATHS_ALLOWED)
        self.due = 0.0

    def start(self) -> None:
        self.process = subprocess.Popen(
            self.command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            pass_fds=self.fds,
            process_group=0,
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
        )
        for pipe, out in ((self.process.stdout, sys.stdout), (self.process.stderr, sys.stderr)):
            threading.Thread(target=self._relay, args=(pipe, out), daemon=True).start()

    def is_running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def ended_with(self) -> int | None:
        """The exit code of a process that has ended and was not yet put away; None otherwise."""
        return None if self.process is None else self.process.poll()

    def put_away(self) -> None:
        """Forget an ended process, and end what it may have started itself."""
        if self.process is not None:
            self.signal(signal.SIGKILL)
            self.process = None

    def signal(self, number: signal.Signals) -> None:
        if self.process is not None:
            with suppress(ProcessLookupError):
                os.killpg(self.process.pid, number)

    def _relay(self, pipe: IO[bytes], out: IO[str]) -> None:
        for raw in pipe:
            line = raw.decode(errors="replace").rstrip()
            if not line:
                continue
            try:
                print(line if line.startswith(OWN_WORDS) else f"{self.name} | {line}", file=out, flush=True)
            except (OSError, ValueError):
                # Nobody reads our output any more. The child must still be able to write.
                continue


class Tree:
    """Children that live and die together. `run` returns the exit code of the whole."""

    def __init__(
        self, first: Child, others: Sequence[Child], is_ready: Callable[[], bool], announce: Callable[[], None]
    ) -> None:
        self.first = first
        self.others = list(others)
        self.is_ready = is_ready
        self.announce = announce
        self.children: list[Child] = []
        self.asked_to_end = threading.Event()
        self.in_a_hurry = False
        self.ready = threading.Event()

    def run(self) -> int:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._on_signal)
        self._add(self.first)
        threading.Thread(target=self._wait_until_ready, daemon=True).start()
        announced = False
        code = 0
        while not self.asked_to_end.wait(0.05) and code == 0:
            if self.ready.is_set() and not announced:
                # The others start only now: on a small machine they would take the first one's time.
                for child in self.others:
                    self._add(child)
                self.announce()
                announced = True
            code = self._look_after_children()
        self.end()
        return code

    def end(self) -> None:
        """Ask every child to end, wait for what is in flight, and end by force what is not done in time."""
        for child in self.children:
            if child.is_running():
                child.signal(signal.SIGTERM)
        limit = time.monotonic() + END_SECONDS
        while any(child.is_running() for child in self.children) and time.monotonic() < limit and not self.in_a_hurry:
            time.sleep(0.02)
        for child in self.children:
            child.signal(signal.SIGKILL)
        for child in self.children:
            if child.process is not None:
                child.process.wait()

    def _add(self, child: Child) -> None:
        self.children.append(child)
        child.start()

    def _on_signal(self, *_: object) -> None:
        # A second Ctrl-C is impatience, and is heard.
        self.in_a_hurry = self.asked_to_end.is_set()
        self.asked_to_end.set()

    def _wait_until_ready(self) -> None:
        pause = 0.1
        while not self.is_ready():
            time.sleep(pause)
            # A web process that answers, but with an error, is asked ever more seldom: each answer is a page of log.
            pause = min(pause * 1.5, 5.0)
        self.ready.set()

    def _look_after_children(self) -> int:
        """Start again what ended. Returns the tree's exit code where it must end, 0 while it may go on."""
        for child in self.children:
            if child.process is None and time.monotonic() >= child.due:
                child.start()
                continue
            code = child.ended_with()
            if code is None:
                continue
            child.put_away()
            if code == CANNOT_START:
                return 1
            if not self._mourn(child, code):
                return 1
        return 0

    def _mourn(self, child: Child, code: int) -> bool:
        """Say that a child died and when it is back. False where it died too often."""
        now = time.monotonic()
        child.deaths.append(now)
        recent = [moment for moment in child.deaths if now - moment < DEATHS_WINDOW]
        how = f"was ended by signal {-code}" if code < 0 else f"ended with code {code}"
        if len(recent) >= DEATHS_ALLOWED:
            say(f"{child.name} {how}, the third time within a minute. Ending everything.")
            return False
        delay = 2 ** (len(recent) - 1)
        child.due = now + delay
        say(f"{child.name} {how}. Starting it again in {delay} s.")
        return True
