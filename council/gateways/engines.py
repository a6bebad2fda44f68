"""Which engine answers here: the ladder of the council design, section 7.

`LLM_MODEL` names a provider and nothing else may then answer in its place. Unset, the embedded model answers where it is
installed, and the rule-based advisor below it. The step is fixed for the life of a process.
"""

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from functools import cache

from django.conf import settings

from council.gateways.embedded import EmbeddedModel, is_available
from council.gateways.language_model import (
    ErrorCode,
    LanguageModel,
    ModelError,
    Prompt,
    SynthesisDraft,
    Usage,
)
from council.gateways.offline import OfflineAdvisor

PACE_SECONDS = 0.015


def active_engine() -> LanguageModel:
    """The engine that answers on this site. A local one may be named too, and is then the only one as well."""
    named = settings.LLM_MODEL
    if not named:
        return local_engine()
    if named == OfflineAdvisor.model_id:
        return offline_advisor()
    if named == EmbeddedModel.model_id and is_available():
        return EmbeddedModel()
    return NotConfigured(named)


def label_of(model_id: str) -> str:
    """What a page says about the engine that gave an answer, which may not be the one that is active now."""
    local = {EmbeddedModel.model_id: EmbeddedModel.label, OfflineAdvisor.model_id: OfflineAdvisor.label}
    return local.get(model_id, model_id)


@cache
def local_engine() -> LanguageModel:
    """The best engine that needs nobody else. Finding out takes a second the first time where the model is installed."""
    if is_available():
        return EmbeddedModel()
    return offline_advisor()


def offline_advisor() -> OfflineAdvisor:
    """The rules, at the pace of somebody who speaks."""
    return OfflineAdvisor(pace=getattr(settings, "COUNCIL_PACE_SECONDS", PACE_SECONDS))


@dataclass(frozen=True)
class NotConfigured:
    """A provider is named that this site cannot reach. Every question fails with the same clear sentence."""

    model_id: str

    @property
    def label(self) -> str:
        """What the banner says."""
        return f"Answer engine {self.model_id}: not set up"

    async def stream(self, prompt: Prompt) -> AsyncGenerator[str | Usage, None]:
        """Fail before the first word."""
        words: tuple[str, ...] = ()
        for word in words:
            yield word
        raise ModelError(ErrorCode.NOT_CONFIGURED)

    async def synthesise(self, question: str, answers: dict[str, str]) -> SynthesisDraft:
        """Fail as well."""
        raise ModelError(ErrorCode.NOT_CONFIGURED)
