"""What the properties of a type must be, as far as one.txt says so: its examples name them.

Any further key is the caller's own, and none is required; a key named here has its type or is null. What the verbs of
other parts write through `memory` is theirs and not looked at.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

from config.errors import Invalid


class Kind(NamedTuple):
    """A type of JSON value: whether one is of it, and the sentence for one that is not."""

    fits: Callable[[Any], bool]
    sentence: str


def is_text(value: Any) -> bool:
    return isinstance(value, str)


def is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def is_texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(part, str) for part in value)


TEXT = Kind(is_text, "Must be a text.")
NUMBER = Kind(is_number, "Must be a number.")
TEXTS = Kind(is_texts, "Must be a list of texts.")

Schema = dict[str, Kind]
PERSON: Schema = {"email": TEXT, "username": TEXT, "niche": TEXTS, "expertise": TEXTS, "targetAudience": TEXT}
ON_A_CHAIN: Schema = {"contractAddress": TEXT, "blockchain": TEXT, "totalSupply": NUMBER, "price": NUMBER}
TRADE: Schema = {"amount": NUMBER, "usdAmount": NUMBER, "blockchain": TEXT, "txHash": TEXT}

ENTITIES: dict[str, Schema] = {
    # /entities/create, examples creator and token; their siblings in EntityType hold the same things.
    "creator": PERSON,
    "ai_clone": PERSON,
    "audience_member": PERSON,
    "token": ON_A_CHAIN,
    "token_contract": ON_A_CHAIN,
    "nft": ON_A_CHAIN,
}
CONNECTIONS: dict[str, Schema] = {
    # /connections/create, example tokenHolding
    "holds_tokens": {"balance": NUMBER, "blockchain": TEXT},
    "staked_in": {"balance": NUMBER, "blockchain": TEXT},
}
EVENTS: dict[str, Schema] = {
    # /events/log, examples tokenPurchase and contentView
    **dict.fromkeys(
        ("tokens_purchased", "tokens_earned", "tokens_burned", "tokens_staked", "tokens_unstaked"),
        TRADE,
    ),
    "content_interacted": {"interactionType": TEXT, "duration": NUMBER, "source": TEXT},
}


def check_properties(type: str, properties: dict[str, Any]) -> None:
    _check("properties", ENTITIES.get(type, {}), properties)


def check_connection_metadata(type: str, metadata: dict[str, Any]) -> None:
    _check("metadata", CONNECTIONS.get(type, {}), metadata)


def check_event_metadata(type: str, metadata: dict[str, Any]) -> None:
    _check("metadata", EVENTS.get(type, {}), metadata)


def _check(field: str, schema: Schema, given: dict[str, Any]) -> None:
    """Invalid, with the sentence for each wrong key, such as `{"properties": {"price": ["Must be a number."]}}`."""
    wrong = {
        key: [kind.sentence] for key, kind in schema.items() if given.get(key) is not None and not kind.fits(given[key])
    }
    if wrong:
        raise Invalid(details={field: wrong})
