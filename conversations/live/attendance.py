"""Who has which conversation open in this process, and the beat that keeps them present for the other processes."""

import asyncio
import logging
from collections import Counter
from typing import Any
from uuid import UUID

from accounts.models import User
from conversations.facts import PresenceChanged
from conversations.live.database import database
from conversations.live.signals import signal
from conversations.verbs.presence import note_absent, note_present

logger = logging.getLogger(__name__)

BEAT_SECONDS = 20


class Attendance:
    """Counts sockets: in a conversation someone is online with their first socket and offline with their last."""

    def __init__(self) -> None:
        self._in_room: Counter[tuple[str, UUID]] = Counter()
        self._beat: asyncio.Task[None] | None = None

    async def enter(self, conversation_id: str, user: User) -> None:
        self._in_room[conversation_id, user.pk] += 1
        if self._in_room[conversation_id, user.pk] == 1:
            await database(note_present, places=[(UUID(conversation_id), user.pk)])
            await self.say([conversation_id], user, is_online=True)
        if self._beat is None or self._beat.done():
            self._beat = asyncio.create_task(self._beat_on(), name="presence")

    async def leave(self, conversation_ids: list[str], user: User) -> None:
        gone = []
        for conversation_id in conversation_ids:
            self._in_room[conversation_id, user.pk] -= 1
            if self._in_room[conversation_id, user.pk] <= 0:
                del self._in_room[conversation_id, user.pk]
                gone.append(conversation_id)
        if gone:
            await database(note_absent, conversation_ids=[UUID(key) for key in gone], user_id=user.pk)
            await self.say(gone, user, is_online=False)

    async def contradict(self, conversation_id: str, user: User) -> None:
        """Another process lost their last socket there; here is still one."""
        await database(note_present, places=[(UUID(conversation_id), user.pk)])
        await self.say([conversation_id], user, is_online=True)

    @staticmethod
    async def say(conversation_ids: list[str], user: User, *, is_online: bool) -> None:
        about: dict[str, Any] = {"user_id": user.pk, "user_name": user.display_name, "is_online": is_online}
        await database(signal, *(PresenceChanged(conversation_id=UUID(key), **about) for key in conversation_ids))

    async def _beat_on(self) -> None:
        while self._in_room:
            await asyncio.sleep(BEAT_SECONDS)
            try:
                await database(note_present, places=[(UUID(key), user) for key, user in self._in_room])
            except Exception:
                logger.exception("Presence could not be kept; trying again at the next beat")


attendance = Attendance()
