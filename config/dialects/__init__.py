"""The five published APIs, and which of them a path speaks."""

from django.http import HttpRequest, HttpResponse

from config.dialects.base import Dialect, plain_response
from config.dialects.convex import CONVEX
from config.dialects.council import BETTER_AUTH, COUNCIL
from config.dialects.dana import DANA
from config.dialects.one import ONE
from config.dialects.veza import VEZA
from config.errors import DomainError

DIALECTS = (ONE, VEZA, DANA, COUNCIL, BETTER_AUTH, CONVEX)

# The longest prefix wins: /api/auth/login is Dana's, the rest of /api/auth/ Better Auth's, an unknown /api/… Dana's.
_BY_PREFIX = sorted(((p, d) for d in DIALECTS for p in d.prefixes), key=lambda pair: -len(pair[0]))


def spoken_on(path: str) -> Dialect | None:
    """The dialect that owns `path`; None for pages."""
    if path.endswith("/sync") and path.startswith("/api/"):
        return CONVEX  # /api/<version>/sync
    slashed = path + "/"  # a prefix without its slash is owned like what stands below it
    return next((dialect for prefix, dialect in _BY_PREFIX if slashed.startswith(prefix)), None)


def refuse(request: HttpRequest, error: DomainError) -> HttpResponse | None:
    """`error` in the dialect of the request's path; None where the path is a page's."""
    dialect = spoken_on(request.path)
    return plain_response(dialect, error) if dialect else None
