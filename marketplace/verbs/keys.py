"""The key of a call that moves money: whether it was used before this try, and that nobody uses one which is not theirs."""

from datetime import datetime
from typing import Protocol

from marketplace.gateways.payouts import PayoutUnanswered
from marketplace.verbs.trying import LEASE


class Tried(Protocol):
    key_since: datetime | None
    lease_until: datetime | None


def was_used_before(row: Tried) -> bool:
    """Whether the key is from before this try: an earlier one under it ended without a word of what came of it."""
    return row.key_since is None or row.lease_until is None or row.key_since < row.lease_until - LEASE


def lease_lost() -> PayoutUnanswered:
    """What ends a try whose row is somebody else's by now. Nothing of it is kept, as that is done only under the lease."""
    return PayoutUnanswered("lease_lost", "Another worker has taken this over.")
