"""The council at work: the body of the job `deliberate`.

One task asks the seats in turn and saves as the text grows; a second one renews the lease and watches for a stop. No
transaction stays open while an engine speaks. Safe to start twice or at once: `claim` lets one in.
"""

from asyncio import Task, create_task, sleep, timeout, wait
from collections.abc import Callable
from contextlib import aclosing
from functools import partial
from logging import getLogger
from threading import Event
from time import monotonic
from typing import Any
from uuid import UUID

from asgiref.sync import async_to_sync, sync_to_async

from council.gateways.engines import active_engine
from council.gateways.language_model import ErrorCode, LanguageModel, ModelError, Usage
from council.models import Deliberation
from council.verbs.answers import (
    Hold,
    HoldLost,
    Pulse,
    break_off,
    claim,
    finish_answer,
    finish_deliberation,
    let_go,
    said,
    save_partial,
    show_life,
    start_answer,
    waiting_seats,
)

PULSE_SECONDS = 0.3
SAVE_SECONDS = 0.4
SEAT_SECONDS = 180
LONGEST_ANSWER = 30_000
CHARACTERS_PER_TOKEN = 4

logger = getLogger(__name__)
_closing = Event()


def close_sittings() -> None:
    """Let every deliberation of this process go, for another worker to take up; its process is about to end."""
    _closing.set()


def deliberate(*, deliberation_id: UUID, engine: LanguageModel | None = None) -> bool:
    """Ask every seat that has not answered, then sum up. Returns whether this call was the one to do it."""
    hold = None if _closing.is_set() else claim(deliberation_id=deliberation_id)
    if hold is None:
        return False
    sitting = Sitting(hold, engine or active_engine())
    async_to_sync(sitting.run)()
    return True


async def saved(verb: Callable[..., Any], *args: Any, **fields: Any) -> Any:
    """Call a verb in the worker's own thread, where its database connection is."""
    return await sync_to_async(partial(verb, *args, **fields), thread_sensitive=True)()


class Sitting:
    """One worker's run over one deliberation; remembers who speaks and what was said so far."""

    def __init__(self, hold: Hold, engine: LanguageModel) -> None:
        self.hold = hold
        self.engine = engine
        self.seat = ""
        self.text = ""

    async def run(self) -> None:
        """Work until all is said, a stop is asked for, or another worker has taken over."""
        work = create_task(self.ask_everyone())
        watch = create_task(self.watch())
        try:
            await wait({work, watch}, return_when="FIRST_COMPLETED")
            if work.done():
                await self.close(work)
            else:
                await cancelled(work)
                await self.leave(watch.result())
        except HoldLost:
            logger.info("Deliberation %s is in other hands", self.hold.deliberation_id)
        finally:
            await cancelled(work)
            await cancelled(watch)

    async def leave(self, why: Pulse) -> None:
        """End a run that was cut short: stopped by a person, given back, or lost already."""
        if why is Pulse.STOP:
            await self.break_off(Deliberation.Status.STOPPED)
        elif why is Pulse.CLOSING:
            await saved(let_go, self.hold, seat=self.seat, text=self.text)

    async def watch(self) -> Pulse:
        """Show life until there is a reason to end."""
        while True:
            await sleep(PULSE_SECONDS)
            if _closing.is_set():
                return Pulse.CLOSING
            pulse = await saved(show_life, self.hold)
            if pulse is not Pulse.HELD:
                return pulse

    async def ask_everyone(self) -> None:
        for seat in await saved(waiting_seats, self.hold):
            await self.ask(seat)
        question, answers = await saved(said, self.hold)
        draft = await self.engine.synthesise(question, answers)
        await saved(finish_deliberation, self.hold, draft=draft, model_id=self.engine.model_id)

    async def ask(self, seat: str) -> None:
        """One advisor, from the first word to the saved answer."""
        prompt = await saved(start_answer, self.hold, seat=seat, model_id=self.engine.model_id)
        self.seat, self.text = seat, ""
        usage, saved_at = Usage(), monotonic()
        try:
            async with timeout(SEAT_SECONDS), aclosing(self.engine.stream(prompt)) as pieces:
                async for piece in pieces:
                    if isinstance(piece, Usage):
                        usage = piece
                        continue
                    self.text = (self.text + piece)[:LONGEST_ANSWER]
                    if monotonic() - saved_at >= SAVE_SECONDS:
                        await saved(save_partial, self.hold, seat=seat, text=self.text)
                        saved_at = monotonic()
        except TimeoutError:
            raise ModelError(ErrorCode.TIMEOUT) from None
        self.text = self.text.strip()
        if not self.text:
            raise ModelError(ErrorCode.PROVIDER_ERROR)
        await saved(finish_answer, self.hold, seat=seat, text=self.text, usage=usage)
        self.seat, self.text = "", ""

    async def close(self, work: Task[None]) -> None:
        """Say how the finished work ended; an engine's failure is kept, anything else is logged and kept as one."""
        error = work.exception()
        if error is None:
            return
        if isinstance(error, HoldLost):
            raise error
        if not isinstance(error, ModelError):
            logger.error("Deliberation %s failed", self.hold.deliberation_id, exc_info=error)
            error = ModelError(ErrorCode.PROVIDER_ERROR)
        await self.break_off(Deliberation.Status.ERROR, code=error.code)

    async def break_off(self, status: Deliberation.Status, *, code: str = "") -> None:
        stage = Deliberation.Stage.ADVISOR if self.seat else Deliberation.Stage.SYNTHESIS
        await saved(
            break_off,
            self.hold,
            status=status,
            seat=self.seat,
            text=self.text,
            spent=self.spent(),
            code=code,
            stage=stage if code else "",
        )

    def spent(self) -> Usage:
        """What an answer that was cut short has cost: unknown, so an estimate; rules cost nothing."""
        if self.engine.model_id.startswith("offline:"):
            return Usage()
        return Usage(completion_tokens=len(self.text) // CHARACTERS_PER_TOKEN, is_estimated=True)


async def cancelled(task: Task[Any]) -> None:
    """End a task and wait until it has ended; its failure, if any, is for whoever asks for its result."""
    task.cancel()
    await wait({task})
    if not task.cancelled():
        task.exception()
