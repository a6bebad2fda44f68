"""A server that speaks OpenAI's chat completions and answers what a test says, over real HTTP."""

import json
from contextlib import contextmanager

from tests.fakes.stand_in import StandIn

NONSENSE = "the provider's own words, which nobody may see"


class FakeOpenAI(StandIn):
    """`replies` are used up in order, and the last one stays: a dict is the JSON that the model writes, a text is written as it
    stands, a number is a status with the provider's words. `questions` holds the bodies that came."""

    def __init__(self, *replies):
        super().__init__()
        self.replies = list(replies) or [said("We deliver within five days.", used=[1])]

    @property
    def questions(self):
        return [json.loads(asked.body) for asked in self.asked]

    def answer(self, asked):
        reply = self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]
        json_type = {"Content-Type": "application/json"}
        if isinstance(reply, int):
            problem = {"error": {"message": NONSENSE, "type": "some_error", "code": "some_code"}}
            return reply, {**json_type, "Retry-After": "0"}, json.dumps(problem).encode()
        text = reply if isinstance(reply, str) else json.dumps(reply)
        return 200, json_type, json.dumps(completion(text)).encode()


def said(text, used=(), reason="answered", hand_over=False):
    return {"text": text, "used": list(used), "reason": reason, "hand_over": hand_over}


def completion(text):
    message = {"role": "assistant", "content": text}
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1767000000,
        "model": "stand-in-7",
        "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 100, "completion_tokens": 20, "total_tokens": 120},
    }


@contextmanager
def used_by(settings, *replies, model="compat:stand-in"):
    """A stand-in that LLM_MODEL names while the block runs."""
    with FakeOpenAI(*replies).standing() as house:
        settings.LLM_MODEL, settings.OPENAI_BASE_URL = model, f"{house.base}/v1"
        yield house
