"""What can happen: frozen dataclasses in the past tense. Each app has its own; this is their base and ontology's few."""

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """Fields are plain JSON values or UUIDs. `topics()` names who listens live: `user:<id>`, `conversation:<id>`, `entity:<id>`."""

    def topics(self) -> tuple[str, ...]:
        return ()


def about(entity_id: UUID, owner_id: UUID | None) -> tuple[str, ...]:
    """The topics of a thing and of whose it is."""
    return (f"entity:{entity_id}", f"user:{owner_id}") if owner_id else (f"entity:{entity_id}",)


@dataclass(frozen=True, slots=True, kw_only=True)
class EntityChanged(Fact):
    """An entity was created, updated or deleted."""

    entity_id: UUID
    type: str
    what: str

    def topics(self) -> tuple[str, ...]:
        return (f"entity:{self.entity_id}",)


# --- what people do with each other's things: `owner_id` is whose it is, `name` and `type` the thing's in the graph ---


@dataclass(frozen=True, slots=True, kw_only=True)
class AboutPost:
    post_id: UUID
    author_id: UUID

    def topics(self) -> tuple[str, ...]:
        return about(self.post_id, self.author_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class PostPublished(AboutPost, Fact):
    """Somebody said something to everybody who follows. `text` is how it begins."""

    author_name: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PostRemoved(AboutPost, Fact):
    pass


@dataclass(frozen=True, slots=True, kw_only=True)
class AboutThing:
    entity_id: UUID
    type: str
    owner_id: UUID | None

    def topics(self) -> tuple[str, ...]:
        return about(self.entity_id, self.owner_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Liked(AboutThing, Fact):
    """`like_count`: how many like it now."""

    name: str
    user_id: UUID
    user_name: str
    like_count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LikeTakenBack(AboutThing, Fact):
    user_id: UUID
    like_count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Commented(AboutThing, Fact):
    """`text` is how the comment begins; `comment_count` how many there are now."""

    comment_id: UUID
    name: str
    author_id: UUID
    author_name: str
    text: str
    comment_count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CommentRemoved(AboutThing, Fact):
    comment_id: UUID
    author_id: UUID
    comment_count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Followed(Fact):
    follower_id: UUID
    follower_name: str
    followed_id: UUID

    def topics(self) -> tuple[str, ...]:
        return (f"user:{self.followed_id}", f"user:{self.follower_id}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Unfollowed(Fact):
    """For the follower's own windows alone: nobody is told that they were left."""

    follower_id: UUID
    followed_id: UUID

    def topics(self) -> tuple[str, ...]:
        return (f"user:{self.follower_id}",)


@dataclass(frozen=True, slots=True, kw_only=True)
class AboutFile:
    file_id: UUID
    owner_id: UUID

    def topics(self) -> tuple[str, ...]:
        return about(self.file_id, self.owner_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class FileUploaded(AboutFile, Fact):
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FileChanged(AboutFile, Fact):
    """`what`: replaced, renamed, restored or kept (its content as a version)."""

    name: str
    what: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FileDeleted(AboutFile, Fact):
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FileShared(AboutFile, Fact):
    """A link was made. Its token is nowhere in here."""

    name: str
    link_id: UUID
    permissions: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ShareRevoked(AboutFile, Fact):
    link_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class GraphTransferRequested(Fact):
    """An import into the graph or an export of it waits to be run."""

    transfer_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class GraphTransferEnded(Fact):
    """An import or an export is done or has failed (`status`)."""

    transfer_id: UUID
    user_id: UUID
    kind: str
    status: str

    def topics(self) -> tuple[str, ...]:
        return (f"user:{self.user_id}",)


# --- live streams --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class AboutStream:
    entity_id: UUID
    owner_id: UUID
    title: str

    def topics(self) -> tuple[str, ...]:
        return about(self.entity_id, self.owner_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamWentLive(AboutStream, Fact):
    """`started_at` (ISO 8601) tells one broadcast of a stream from the next: whoever notifies does it once for each."""

    owner_name: str
    started_at: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamEnded(AboutStream, Fact):
    """`why`: done (the encoder stopped), silent (its server was not heard of), new_key or deleted."""

    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamChanged(AboutStream, Fact):
    """`what`: created, changed, new_key or deleted. The key itself is nowhere in here."""

    what: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamRecorded(AboutStream, Fact):
    recording_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class AboutTrack:
    track_id: UUID
    owner_id: UUID

    def topics(self) -> tuple[str, ...]:
        return about(self.track_id, self.owner_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackUploaded(AboutTrack, Fact):
    """`status`: a draft is its owner's alone."""

    owner_name: str
    title: str
    status: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackChanged(AboutTrack, Fact):
    """`what`: updated, published (it was a draft before), drawn (its waveform) or withdrawn (it is a draft again, as it
    was found to be longer than allowed)."""

    title: str
    what: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackDeleted(AboutTrack, Fact):
    pass
