"""The hub: one a process. A thread follows the changes; each is encoded once and handed to whoever listens here.

    listener = await hub.listen(["user:…"], encode=frame_of)
    async for told in listener:      # Told(heard, frame)
        ...

It starts with the first listener, sleeps when the last has gone, and ends with the process. Nobody waits for a slow
listener: its queue holds 256, and when that is full it is told `Overrun` and has to catch up (messaging-design.md §2). What
comes in one go, as after a stall, is handed over in portions with the loop's turn between them, so that only who is slow
overruns.
"""

import asyncio
import logging
import threading
import time
from collections import defaultdict, deque
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Self

from conversations.live.feed import Feed
from ontology.queries.changes import Heard, Position

logger = logging.getLogger(__name__)

QUEUE = 256
AT_ONCE = 64
LOOP_SECONDS = 0.5
START_SECONDS = 10
RETRY_SECONDS = 0.5

Encode = Callable[[Heard], bytes | None]


class Overrun(Exception):
    """The listener did not take what it was told fast enough; what came since is lost to it."""


@dataclass(frozen=True, slots=True)
class Told:
    """A change, and the frame that the listener's door makes of it (None where it makes none)."""

    heard: Heard
    frame: bytes | None


class Listener:
    """One socket's ear. Lives on one event loop; only `offer` is called from there by the hub."""

    def __init__(self, hub: "Hub", encode: Encode) -> None:
        self.hub = hub
        self.encode = encode
        self.loop = asyncio.get_running_loop()
        self.topics: set[str] = set()
        self._queue: deque[Told] = deque()
        self._news = asyncio.Event()
        self._overrun = asyncio.Event()

    def listen(self, topic: str) -> None:
        self.hub.add(self, topic)

    def forget(self, topic: str) -> None:
        self.hub.remove(self, topic)

    def close(self) -> None:
        for topic in tuple(self.topics):
            self.forget(topic)
        self._queue.clear()

    def offer(self, told: Told) -> None:
        if len(self._queue) >= QUEUE:
            self._overrun.set()
            self.close()
        elif not self._overrun.is_set():
            self._queue.append(told)
        self._news.set()

    async def overrun(self) -> None:
        """Raises Overrun when that happens, also while whoever reads this listener is held up by something else."""
        await self._overrun.wait()
        raise Overrun

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Told:
        while not self._queue:
            if self._overrun.is_set():
                raise Overrun
            self._news.clear()
            await self._news.wait()
        return self._queue.popleft()


class Hub:
    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._topics: dict[str, set[Listener]] = defaultdict(set)
        self._thread: threading.Thread | None = None
        self._wanted = threading.Event()
        self._at_rest = threading.Event()
        self._following: Future[None] = Future()
        self._position: Position | None = None  # the thread's alone

    async def listen(self, topics: Iterable[str], *, encode: Encode) -> Listener:
        """A listener that misses nothing committed after this returns. TimeoutError where the database is away."""
        listener = Listener(self, encode)
        for topic in topics:
            listener.listen(topic)
        with self._lock:
            following = self._following
        try:
            # Shielded, since the future is everybody's.
            await asyncio.wait_for(asyncio.shield(asyncio.wrap_future(following)), START_SECONDS)
        except BaseException:
            listener.close()
            raise
        return listener

    def add(self, listener: Listener, topic: str) -> None:
        with self._lock:
            self._topics[topic].add(listener)
            listener.topics.add(topic)
            self._at_rest.clear()
            self._wanted.set()
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._run, name="hub", daemon=True)
                self._thread.start()

    def remove(self, listener: Listener, topic: str) -> None:
        with self._lock:
            listener.topics.discard(topic)
            self._topics[topic].discard(listener)
            if not self._topics[topic]:
                del self._topics[topic]

    def wait_for_rest(self, seconds: float) -> bool:
        """Whether the thread came to rest, its connections given back, within this time: for the end of a test."""
        return self._thread is None or self._at_rest.wait(seconds)

    # --- the thread ------------------------------------------------------------------------------------------------

    def _run(self) -> None:
        feed = Feed()
        while True:
            if not self._wanted.is_set():
                self._at_rest.set()
                self._wanted.wait()
            self._at_rest.clear()
            try:
                self._look(feed, self._position or self._begin(feed))
            except Exception:
                # The database is away or was restarted. What is committed meanwhile is read from the same position.
                logger.exception("The hub could not look for changes; trying again")
                feed.close()
                time.sleep(RETRY_SECONDS)
            if self._is_over():
                self._position = None
                feed.close()

    def _begin(self, feed: Feed) -> Position:
        self._position = feed.begin()
        self._following.set_result(None)
        return self._position

    def _is_over(self) -> bool:
        """Whether nobody listens any more; then whoever comes next waits for a new beginning."""
        with self._lock:
            if self._topics:
                return False
            self._wanted.clear()
            self._following = Future()
            return True

    def _look(self, feed: Feed, position: Position) -> None:
        """Tell what is new after `position`, then wait for more. What was told is noted at once: nothing is told twice."""
        while changes := feed.read(position):
            # Looked for after reading and told before: who wrote and then said it, does not write any more.
            signals = feed.signals()
            self._position = position = changes[-1].position
            self._tell(signals)
            self._tell(changes)
        if signals := feed.wait(position):
            self._tell(signals)

    def _tell(self, changes: list[Heard]) -> None:
        for start in range(0, len(changes), AT_ONCE):
            self._hand_over(changes[start : start + AT_ONCE])

    def _hand_over(self, changes: list[Heard]) -> None:
        deliveries: dict[asyncio.AbstractEventLoop, list[tuple[Listener, Told]]] = defaultdict(list)
        for heard in changes:
            made: dict[Encode, Told] = {}
            for listener in self._listeners(heard.topics):
                if listener.encode not in made:
                    made[listener.encode] = told(heard, listener.encode)
                deliveries[listener.loop].append((listener, made[listener.encode]))
        for loop, pairs in deliveries.items():
            taken = threading.Event()
            try:
                loop.call_soon_threadsafe(deliver, loop, pairs, taken)
            except RuntimeError:  # the loop was closed under its listeners
                for listener, _ in pairs:
                    listener.close()
            else:
                taken.wait(LOOP_SECONDS)

    def _listeners(self, topics: list[str]) -> set[Listener]:
        with self._lock:
            return set().union(*(self._topics[topic] for topic in topics if topic in self._topics))


def told(heard: Heard, encode: Encode) -> Told:
    try:
        return Told(heard, encode(heard))
    except Exception:
        logger.exception("A change of kind %s could not be encoded", heard.kind)
        return Told(heard, None)


def deliver(loop: asyncio.AbstractEventLoop, pairs: list[tuple[Listener, Told]], taken: threading.Event) -> None:
    for listener, item in pairs:
        listener.offer(item)
    # The listeners' tasks were woken by that and come first.
    loop.call_soon(loop.call_soon, taken.set)


hub = Hub()
