"""Where a request comes from, known to every verb that records it without being handed from call to call."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Client:
    """`source` is the door: a dialect's name, or pages. All empty where no request is behind it (jobs, commands)."""

    ip: str | None = None
    user_agent: str = ""
    source: str = ""


NOBODY = Client()
_client: ContextVar[Client] = ContextVar("client", default=NOBODY)


def client_now() -> Client:
    return _client.get()


@contextmanager
def acting_for(client: Client) -> Iterator[None]:
    """What happens inside is recorded as coming from `client`."""
    token = _client.set(client)
    try:
        yield
    finally:
        _client.reset(token)
