"""The ways to fail, in our own words.

A verb raises one of these; it knows nothing of HTTP. `config.dialects` gives each kind its status and spells it for
the wire it travels on; a page shows `message` as it stands, so every message is a sentence for people.
"""

from enum import StrEnum
from typing import Any, ClassVar


class Kind(StrEnum):
    INVALID = "invalid"
    UNAUTHENTICATED = "unauthenticated"
    FORBIDDEN = "forbidden"
    NOT_FOUND = "not_found"
    CONFLICT = "conflict"
    THROTTLED = "throttled"
    UNAVAILABLE = "unavailable"
    # The last four are born at the door; a verb raises TooLarge only for a file.
    METHOD = "method_not_allowed"
    MEDIA_TYPE = "unsupported_media_type"
    TOO_LARGE = "too_large"
    INTERNAL = "internal"


class DomainError(Exception):
    """`message` is for people, `code` (lower case, optional) for programs, `details` any JSON; `retry_after` in seconds."""

    kind: ClassVar[Kind] = Kind.INTERNAL
    default_message: ClassVar[str] = "An unexpected error occurred"

    def __init__(
        self,
        message: str | None = None,
        *,
        code: str | None = None,
        details: Any = None,
        retry_after: int | None = None,
    ) -> None:
        self.message = message or self.default_message
        self.code = code
        self.details = details
        self.retry_after = retry_after
        super().__init__(self.message)


class Invalid(DomainError):
    """The request itself is wrong. `details` maps a field to its sentences where the fault lies in fields."""

    kind = Kind.INVALID
    default_message = "Invalid request parameters"


class Unauthenticated(DomainError):
    kind = Kind.UNAUTHENTICATED
    default_message = "Authentication is required"


class Forbidden(DomainError):
    kind = Kind.FORBIDDEN
    default_message = "You do not have permission to do this"


class NotFound(DomainError):
    kind = Kind.NOT_FOUND
    default_message = "Not found"


class Conflict(DomainError):
    """The thing exists but is not in a state that allows this."""

    kind = Kind.CONFLICT
    default_message = "This is not possible in the current state"


class Throttled(DomainError):
    kind = Kind.THROTTLED
    default_message = "Too many requests. Please try again later."


class Unavailable(DomainError):
    """An outside service or a part of the house is away; the same request may succeed later."""

    kind = Kind.UNAVAILABLE
    default_message = "This is not available at the moment. Please try again later."


class MethodNotAllowed(DomainError):
    kind = Kind.METHOD
    default_message = "This address does not take that method"


class UnsupportedMediaType(DomainError):
    kind = Kind.MEDIA_TYPE
    default_message = "This address does not take that content type"


class TooLarge(DomainError):
    kind = Kind.TOO_LARGE
    default_message = "The request is too large"


class Internal(DomainError):
    """Stands for any unforeseen exception; says nothing of the inside."""
