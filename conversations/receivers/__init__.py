"""When this happened, do that; in the transaction that says so, as it may not be missed, or as a job with a sweep."""

from conversations.receivers import accounts, people, store

__all__ = ["accounts", "people", "store"]
