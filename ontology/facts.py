"""What can happen: frozen dataclasses in the past tense. Each app has its own; this is their base and ontology's few."""

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """Fields are plain JSON values or UUIDs. `topics()` names who listens live: `user:<id>`, `conversation:<id>`, `entity:<id>`."""

    def topics(self) -> tuple[str, ...]:
        return ()


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
class PostPublished(Fact):
    """Somebody said something to everybody who follows. `text` is how it begins."""

    post_id: UUID
    author_id: UUID
    author_name: str
    text: str

    def topics(self) -> tuple[str, ...]:
        return (f"entity:{self.post_id}", f"user:{self.author_id}")


@dataclass(frozen=True, slots=True, kw_only=True)
class PostRemoved(Fact):
    post_id: UUID
    author_id: UUID

    def topics(self) -> tuple[str, ...]:
        return (f"entity:{self.post_id}", f"user:{self.author_id}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Liked(Fact):
    """`like_count`: how many like it now."""

    entity_id: UUID
    type: str
    name: str
    user_id: UUID
    user_name: str
    owner_id: UUID | None
    like_count: int

    def topics(self) -> tuple[str, ...]:
        return about(self.entity_id, self.owner_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class LikeTakenBack(Fact):
    entity_id: UUID
    type: str
    user_id: UUID
    owner_id: UUID | None
    like_count: int

    def topics(self) -> tuple[str, ...]:
        return about(self.entity_id, self.owner_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Commented(Fact):
    """`text` is how the comment begins; `comment_count` how many there are now."""

    comment_id: UUID
    entity_id: UUID
    type: str
    name: str
    author_id: UUID
    author_name: str
    owner_id: UUID | None
    text: str
    comment_count: int

    def topics(self) -> tuple[str, ...]:
        return about(self.entity_id, self.owner_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class CommentRemoved(Fact):
    comment_id: UUID
    entity_id: UUID
    type: str
    author_id: UUID
    owner_id: UUID | None
    comment_count: int

    def topics(self) -> tuple[str, ...]:
        return about(self.entity_id, self.owner_id)


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


def about(entity_id: UUID, owner_id: UUID | None) -> tuple[str, ...]:
    """The topics of a thing and of whose it is."""
    return (f"entity:{entity_id}", f"user:{owner_id}") if owner_id else (f"entity:{entity_id}",)


@dataclass(frozen=True, slots=True, kw_only=True)
class FileUploaded(Fact):
    file_id: UUID
    owner_id: UUID
    name: str

    def topics(self) -> tuple[str, ...]:
        return about(self.file_id, self.owner_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class FileChanged(Fact):
    """`what`: replaced, renamed, restored or kept (its content as a version)."""

    file_id: UUID
    owner_id: UUID
    name: str
    what: str

    def topics(self) -> tuple[str, ...]:
        return about(self.file_id, self.owner_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class FileDeleted(Fact):
    file_id: UUID
    owner_id: UUID
    name: str

    def topics(self) -> tuple[str, ...]:
        return about(self.file_id, self.owner_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class FileShared(Fact):
    """A link was made. Its token is nowhere in here."""

    file_id: UUID
    owner_id: UUID
    name: str
    link_id: UUID
    permissions: str

    def topics(self) -> tuple[str, ...]:
        return about(self.file_id, self.owner_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class ShareRevoked(Fact):
    file_id: UUID
    owner_id: UUID
    link_id: UUID

    def topics(self) -> tuple[str, ...]:
        return about(self.file_id, self.owner_id)


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
class StreamWentLive(Fact):
    """`started_at` (ISO 8601) tells one broadcast of a stream from the next: whoever notifies does it once for each."""

    entity_id: UUID
    owner_id: UUID
    owner_name: str
    title: str
    started_at: str

    def topics(self) -> tuple[str, ...]:
        return about(self.entity_id, self.owner_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamEnded(Fact):
    """`why`: done (the encoder stopped), silent (its server was not heard of), new_key or deleted."""

    entity_id: UUID
    owner_id: UUID
    title: str
    why: str

    def topics(self) -> tuple[str, ...]:
        return about(self.entity_id, self.owner_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamChanged(Fact):
    """`what`: created, changed, new_key or deleted. The key itself is nowhere in here."""

    entity_id: UUID
    owner_id: UUID
    title: str
    what: str

    def topics(self) -> tuple[str, ...]:
        return about(self.entity_id, self.owner_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamRecorded(Fact):
    entity_id: UUID
    recording_id: UUID
    owner_id: UUID
    title: str

    def topics(self) -> tuple[str, ...]:
        return about(self.entity_id, self.owner_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackUploaded(Fact):
    """`status`: a draft is its owner's alone."""

    track_id: UUID
    owner_id: UUID
    owner_name: str
    title: str
    status: str

    def topics(self) -> tuple[str, ...]:
        return about(self.track_id, self.owner_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackChanged(Fact):
    """`what`: updated, published (it was a draft before), or drawn (its waveform)."""

    track_id: UUID
    owner_id: UUID
    title: str
    what: str

    def topics(self) -> tuple[str, ...]:
        return about(self.track_id, self.owner_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackDeleted(Fact):
    track_id: UUID
    owner_id: UUID

    def topics(self) -> tuple[str, ...]:
        return about(self.track_id, self.owner_id)
