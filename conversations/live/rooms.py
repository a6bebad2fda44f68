"""The conversations one socket has joined."""

import time
from collections import deque
from dataclasses import dataclass, field

from conversations.live.hub import QUEUE, Overrun, Told

TYPING_EVERY = 3.0


@dataclass(slots=True)
class Room:
    """While it catches up, live events wait in `held`; those at or below `floor` are then known already."""

    conversation_id: str
    floor: int = 0
    is_catching_up: bool = False
    held: deque[Told] = field(default_factory=deque)
    typed_at: float = float("-inf")
    was_typing: bool = False

    @property
    def topic(self) -> str:
        return f"conversation:{self.conversation_id}"

    def hold(self, told: Told) -> None:
        if len(self.held) >= QUEUE:
            raise Overrun
        self.held.append(told)

    def knows(self, told: Told) -> bool:
        return told.heard.kind == "MessageSent" and told.heard.payload["seq"] <= self.floor

    def may_say_typing(self, is_typing: bool) -> bool:
        """At most once in three seconds; that it stopped, only after it was said to have begun."""
        moment = time.monotonic()
        if is_typing == self.was_typing and (not is_typing or moment < self.typed_at + TYPING_EVERY):
            return False
        if is_typing and moment < self.typed_at + TYPING_EVERY:
            return False
        if is_typing:
            self.typed_at = moment
        self.was_typing = is_typing
        return True
