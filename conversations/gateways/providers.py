"""The hosted models that LLM_MODEL can name, through pydantic-ai. Source: council-design.md §5.

The library costs seconds and 100 MB, so it is loaded with the first question, not with the server. A client lives as long as its question: one event loop's client is of no use in another.
"""

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.conf import settings

from conversations.gateways.assistants import AssistantError, ErrorCode

if TYPE_CHECKING:
    from pydantic_ai.models import Model

logger = logging.getLogger(__name__)

MOST_RETRIES = 1  # by the provider's own client, which obeys Retry-After; all within the time of the question
NO_KEY = "none"  # what a server of one's own is told where it needs no key
OPENAI = "https://api.openai.com/v1"


@dataclass(frozen=True, slots=True)
class Named:
    """What LLM_MODEL says: `openai:gpt-4.1` is the model `gpt-4.1` of the provider `openai`."""

    provider: str
    model: str

    @property
    def is_set_up(self) -> bool:
        """Whether this site has what the provider needs; a local server needs an address and no key."""
        if not self.model:
            return False
        needed = {
            "anthropic": settings.ANTHROPIC_API_KEY,
            "openai": settings.OPENAI_API_KEY or settings.OPENAI_BASE_URL,
            "compat": settings.OPENAI_BASE_URL,
            "ollama": settings.OLLAMA_BASE_URL,
        }
        return bool(needed.get(self.provider))


def parse_name(text: str) -> Named:
    """Aliases are looked up with and without their provider; what names none that we know is not set up."""
    text = text.strip()
    text = settings.LLM_ALIASES.get(text.removeprefix("anthropic:"), text)
    provider, _, model = text.partition(":")
    return Named(provider.lower(), model.strip())


@asynccontextmanager
async def open_model(named: Named) -> "AsyncIterator[Model]":
    """The model with a client of its own, which ends with the block. AssistantError where it is not set up."""
    if not named.is_set_up:
        raise AssistantError(ErrorCode.NOT_CONFIGURED)
    opened = _anthropic(named) if named.provider == "anthropic" else _openai(named)
    async with opened as model:
        yield model


@asynccontextmanager
async def _anthropic(named: Named) -> "AsyncIterator[Model]":
    from anthropic import AsyncAnthropic  # noqa: PLC0415 -- loaded with the first question
    from pydantic_ai.models.anthropic import AnthropicModel  # noqa: PLC0415 -- loaded with the first question
    from pydantic_ai.providers.anthropic import AnthropicProvider  # noqa: PLC0415 -- loaded with the first question

    base = settings.ANTHROPIC_BASE_URL or None
    async with AsyncAnthropic(api_key=settings.ANTHROPIC_API_KEY, base_url=base, max_retries=MOST_RETRIES) as client:
        yield AnthropicModel(named.model, provider=AnthropicProvider(anthropic_client=client))


@asynccontextmanager
async def _openai(named: Named) -> "AsyncIterator[Model]":
    """`openai` is OpenAI itself, or with OPENAI_BASE_URL any server that speaks its chat completions, as `compat` is."""
    from openai import AsyncOpenAI  # noqa: PLC0415 -- loaded with the first question
    from pydantic_ai.models.ollama import OllamaModel  # noqa: PLC0415 -- loaded with the first question
    from pydantic_ai.models.openai import OpenAIChatModel  # noqa: PLC0415 -- loaded with the first question
    from pydantic_ai.providers.ollama import OllamaProvider  # noqa: PLC0415 -- loaded with the first question
    from pydantic_ai.providers.openai import OpenAIProvider  # noqa: PLC0415 -- loaded with the first question
    from pydantic_ai.providers.openai_compatible import (  # noqa: PLC0415 -- loaded with the first question
        OpenAICompatibleProvider,
    )

    is_ollama = named.provider == "ollama"
    base = settings.OLLAMA_BASE_URL if is_ollama else settings.OPENAI_BASE_URL
    key = NO_KEY if is_ollama else settings.OPENAI_API_KEY or NO_KEY
    async with AsyncOpenAI(api_key=key, base_url=base or OPENAI, max_retries=MOST_RETRIES) as client:
        if is_ollama:
            yield OllamaModel(named.model, provider=OllamaProvider(openai_client=client))
        elif base:
            yield OpenAIChatModel(named.model, provider=OpenAICompatibleProvider("compat", openai_client=client))
        else:
            yield OpenAIChatModel(named.model, provider=OpenAIProvider(openai_client=client))


def public_error(error: BaseException) -> AssistantError:
    """What people may know of a failure. The log gets its kind and status, never its words: they hold the provider's body."""
    if isinstance(error, AssistantError):
        return error
    code = _code_of(error)
    logger.warning(
        "The model provider failed: %s %s -> %s", type(error).__name__, getattr(error, "status_code", ""), code
    )
    return AssistantError(code)


def _code_of(error: BaseException) -> ErrorCode:
    from pydantic_ai import exceptions as known  # noqa: PLC0415 -- loaded with the first question

    codes: tuple[tuple[Any, ErrorCode], ...] = (
        ((known.ModelRateLimitError, known.ModelQuotaExceededError), ErrorCode.RATE_LIMITED),
        ((known.ModelAuthenticationError, known.ModelNotFoundError, known.UserError), ErrorCode.NOT_CONFIGURED),
        ((known.ModelTimeoutError, known.ModelRequestTimeout, known.RunTimedOut, TimeoutError), ErrorCode.TIMEOUT),
        ((known.ModelUnavailableError, known.ModelConnectionError, OSError), ErrorCode.UNAVAILABLE),
    )
    return next((code for kinds, code in codes if isinstance(error, kinds)), ErrorCode.PROVIDER_ERROR)
