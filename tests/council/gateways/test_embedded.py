"""The embedded model's gateway, with a stand-in for the library: prompts, pieces, stop and failures."""

from asyncio import timeout
from threading import Event
from types import SimpleNamespace

import pytest

from council.gateways import embedded
from council.gateways.embedded import EmbeddedModel, messages
from council.gateways.language_model import SAGE, SKEPTIC, EarlierAnswer, ErrorCode, ModelError, Prompt, Usage


def piece(text: str) -> dict:
    return {"choices": [{"delta": {"content": text}}]}


class FakeServer:
    """Passes scripted chunks to the callback and obeys its wish to stop, as xllamacpp does."""

    def __init__(self, chunks: list[dict]) -> None:
        self.chunks = chunks
        self.was_stopped = Event()
        self.asked: list[dict] = []

    def handle_chat_completions(self, body, on_chunk):
        self.asked.append(body)
        for chunk in self.chunks:
            if on_chunk(chunk):
                self.was_stopped.set()
                return


@pytest.fixture
def serve(monkeypatch):
    def put(chunks):
        server = FakeServer(chunks)
        monkeypatch.setattr(embedded, "_server", lambda: server)
        return server

    return put


class TestMessages:
    def test_are_a_task_with_one_sentence_of_the_last_answer_and_nothing_of_the_persona(self):
        prompt = Prompt(
            SKEPTIC,
            "You are The Skeptic, a long persona",
            "Should I move?",
            (EarlierAnswer("The Sage", "Go slowly with this. Then the rest."),),
        )

        assert messages(prompt) == [
            {"role": "system", "content": embedded.MANNER},
            {
                "role": "user",
                "content": 'Should I move?\n\nSomeone else said: "Go slowly with this."\n\n'
                "Name three risks of this. Write one short sentence for each.",
            },
        ]


class TestStream:
    async def test_passes_the_pieces_on_and_ends_with_the_usage(self, serve):
        server = serve(
            [
                {"choices": [{"delta": {"role": "assistant"}}]},
                piece("Go "),
                piece("slowly."),
                {"choices": [], "usage": {"prompt_tokens": 9, "completion_tokens": 2}},
            ]
        )

        answer = [item async for item in EmbeddedModel().stream(Prompt(SAGE, "", "Should I move?"))]

        assert answer == ["Go ", "slowly.", Usage(prompt_tokens=9, completion_tokens=2, is_estimated=False)]
        assert server.asked[0]["max_tokens"] == 180

    async def test_leaving_it_stops_the_model(self, serve):
        server = serve([piece("word ")] * 1_000_000)

        stream = EmbeddedModel().stream(Prompt(SAGE, "", "Should I move?"))
        assert await anext(stream) == "word "
        await stream.aclose()

        assert server.was_stopped.wait(timeout=5)

    @pytest.mark.parametrize("chunk", [{"code": 400, "message": "inner words"}, {"choices": 5}])
    async def test_a_failure_is_ours_and_says_nothing_of_the_inside(self, serve, chunk, caplog):
        serve([chunk])

        with pytest.raises(ModelError) as failure:
            async with timeout(5):
                await anext(EmbeddedModel().stream(Prompt(SAGE, "", "Should I move?")))

        assert failure.value.code is ErrorCode.PROVIDER_ERROR
        assert "inner" not in failure.value.message
        caplog.clear()


class TestIsAvailable:
    def test_is_off_without_the_packages(self, monkeypatch):
        monkeypatch.setattr(embedded, "find_spec", lambda name: None)

        assert embedded.is_available.__wrapped__() is False

    def test_is_off_with_other_weights(self, monkeypatch, tmp_path, caplog):
        (tmp_path / embedded.WEIGHTS_FILE).write_bytes(b"other")
        monkeypatch.setattr(embedded, "find_spec", lambda name: SimpleNamespace(origin=str(tmp_path / "__init__.py")))

        assert embedded.is_available.__wrapped__() is False
        assert "not the expected file" in caplog.text
