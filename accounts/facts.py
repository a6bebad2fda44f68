from dataclasses import dataclass
from uuid import UUID

from ontology.facts import Fact


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedUp(Fact):
    user_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionsEnded(Fact):
    """These sessions are over; live sockets that stand on one close."""

    user_id: UUID
    session_ids: tuple[UUID, ...]

    def topics(self) -> tuple[str, ...]:
        return (f"user:{self.user_id}",)


@dataclass(frozen=True, slots=True, kw_only=True)
class MailQueued(Fact):
    """A mail waits to be written and sent."""

    mail_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class SecurityEventRecorded(Fact):
    """Something about an account's security was noted."""

    event_id: UUID
    user_id: UUID
    severity: str

    def topics(self) -> tuple[str, ...]:
        return (f"security:{self.user_id}",)


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportRequested(Fact):
    """A copy of somebody's data waits to be assembled."""

    export_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportFinished(Fact):
    """A copy of somebody's data can be fetched, or could not be made (`status` ready or failed)."""

    export_id: UUID
    user_id: UUID
    status: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FeatureFlagChanged(Fact):
    """`what`: made, switched or removed."""

    name: str
    what: str
    enabled: bool
    for_staff: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountLeaving(Fact):
    """An account is about to be erased, in this transaction: whoever stands above hands over what others still use."""

    user_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountErased(Fact):
    """Somebody has left for good; what was theirs is erased or anonymised."""

    user_id: UUID
