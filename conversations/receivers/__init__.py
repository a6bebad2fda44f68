"""When this happened, do that; in the transaction that says so, as it may not be missed, or as a job with a sweep."""

from conversations.receivers import accounts, assistant, clients, integrations, knowledge, people, platforms, store

__all__ = ["accounts", "assistant", "clients", "integrations", "knowledge", "people", "platforms", "store"]
