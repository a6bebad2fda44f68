"""The frames of a client's conversation, which are additions of ours to the documented ones."""

from uuid import UUID

import orjson
import pytest

from conversations.facts import AssistantTurnEnded, DeliveryChanged, MessageChanged
from conversations.live.frames import frame_of
from ontology.queries.changes import Heard

pytestmark = pytest.mark.django_db  # as the folder's fixtures ask

KEY, OTHER = UUID(int=1), UUID(int=2)
NAMES = {"message_id": str(KEY), "conversation_id": str(OTHER), "seq": 3}


def heard(fact, **payload):
    return Heard(position=(0, 0), kind=fact.__name__, topics=(), payload=payload)


class TestFrames:
    @pytest.mark.parametrize(
        ("fact", "payload", "frame"),
        [
            (
                DeliveryChanged,
                {**NAMES, "status": "failed", "error": "The client cannot be reached."},
                {"type": "delivery", **NAMES, "status": "failed", "error": "The client cannot be reached."},
            ),
            (
                MessageChanged,
                {**NAMES, "what": "edited", "content": "Bergen"},
                {"type": "message_changed", **NAMES, "what": "edited", "content": "Bergen"},
            ),
            (
                AssistantTurnEnded,
                {
                    "turn_id": str(KEY),
                    "conversation_id": str(OTHER),
                    "owner_id": None,
                    "status": "answered",
                    "reason": "",
                },
                {"type": "assistant", "conversation_id": str(OTHER), "status": "answered", "reason": ""},
            ),
        ],
    )
    def test_are_told_whole(self, fact, payload, frame):
        assert orjson.loads(frame_of(heard(fact, **payload))) == frame
