"""An answer engine that says what a test scripts, and remembers what it was asked."""

from asyncio import Event, sleep
from collections.abc import AsyncGenerator

from asgiref.sync import sync_to_async

from council.gateways.language_model import ModelError, Prompt, SynthesisDraft, Tension, Usage

SILENCE = object()
"""In a script: say nothing more until cancelled."""


class ScriptedModel:
    """`scripts` maps a seat to its pieces: texts, a Usage, an exception to raise, a callable to run, or SILENCE."""

    model_id = "scripted:model"
    label = "Scripted"

    def __init__(self, scripts=None, synthesis=None):
        self.scripts = scripts or {}
        self.synthesis = synthesis
        self.prompts: list[Prompt] = []
        self.was_cancelled = False

    @property
    def asked(self) -> list[str]:
        return [prompt.seat for prompt in self.prompts]

    async def stream(self, prompt: Prompt) -> AsyncGenerator[str | Usage, None]:
        self.prompts.append(prompt)
        ended = False
        try:
            for piece in self.scripts.get(prompt.seat, [f"I speak as {prompt.seat}.", Usage(10, 5)]):
                if piece is SILENCE:
                    await Event().wait()
                elif isinstance(piece, Exception):
                    ended = True
                    raise piece
                elif callable(piece):
                    await sync_to_async(piece)()
                else:
                    yield piece
                    await sleep(0)
            ended = True
        finally:
            self.was_cancelled = not ended

    async def synthesise(self, question: str, answers: dict[str, str]) -> SynthesisDraft:
        if isinstance(self.synthesis, Exception):
            raise self.synthesis
        return SynthesisDraft(("All agree.",), (Tension("Topic", "S.", "K.", "T."),), ("Go.",))


__all__ = ["SILENCE", "ModelError", "ScriptedModel"]
