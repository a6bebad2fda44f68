"""Ids: UUIDv7 everywhere, so that keys sort by birth and one id never names two things."""

import uuid

from uuid_utils.compat import uuid7


def new_id() -> uuid.UUID:
    return uuid7()


def parse_id(text: object) -> uuid.UUID | None:
    """The UUID that `text` spells, or None. Ids are opaque to clients, so a malformed one is simply unknown."""
    if isinstance(text, uuid.UUID):
        return text
    if not isinstance(text, str) or len(text) > 45:
        return None
    try:
        return uuid.UUID(text)
    except ValueError:
        return None


NOBODY = uuid.UUID(int=0)


def lookup_id(text: object) -> uuid.UUID:
    """`parse_id` for look-ups: what spells no id is one that no row has."""
    return parse_id(text) or NOBODY


LONGEST_ID = 1000
"""Letters of an id that are still read: ids are opaque, so an odd one is unknown rather than malformed."""
