"""The two places where conversations are read: rooms, and the inbox of direct and client conversations."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Place:
    """`name` is the address and the mark in the rail."""

    name: str
    kinds: tuple[str, ...]
    title: str
    new: str
    empty_title: str
    empty_text: str

    @property
    def url(self) -> str:
        return f"/{self.name}/"

    @property
    def new_url(self) -> str:
        return f"/{self.name}/new/"


ROOMS = Place(
    name="rooms",
    kinds=("room",),
    title="Rooms",
    new="New room",
    empty_title="No rooms yet",
    empty_text="A room is a place for several people to talk. Open one and invite whom you like, or wait to be invited.",
)
INBOX = Place(
    name="inbox",
    kinds=("direct", "client"),
    title="Inbox",
    new="New message",
    empty_title="Nothing in your inbox",
    empty_text="Messages between you and one other person are here. What clients write on other channels will be here too.",
)
PLACES = {place.name: place for place in (ROOMS, INBOX)}
