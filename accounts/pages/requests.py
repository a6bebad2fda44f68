"""What the pages of the way in ask of a request: the budget of an address, the token of a link, where to go on."""

from pathlib import Path

from allauth.core import ratelimit
from django.conf import settings
from django.utils.http import url_has_allowed_host_and_scheme

from config.errors import Throttled

WINDOWS = {"confirm_identity": 900}
AN_HOUR = 3600
SENTENCE = "Too many attempts. Please try again later."
LONGEST_TOKEN = 200


def spend(request, action: str, key: str) -> None:
    """Count one attempt of the budget that pages share with the APIs, before anyone is looked up; Throttled beyond it."""
    if not ratelimit.consume(request, action=action, key=key.strip().lower()):
        raise Throttled(SENTENCE, retry_after=WINDOWS.get(action, AN_HOUR))


def token_of(request) -> str:
    """The secret of the link that was opened. Forms post to the address they stand at, so it stays there."""
    return request.GET.get("token", "")[:LONGEST_TOKEN]


def next_of(request, default: str = "/") -> str:
    """Where to go on: a place of this house, never another's."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    is_ours = wanted.startswith("/") and url_has_allowed_host_and_scheme(wanted, allowed_hosts=None)
    return wanted if is_ours else default


def mail_folder() -> str:
    """Where mails lie on a machine that keeps them as files; empty where they are really sent."""
    if not settings.EMAIL_BACKEND.endswith("filebased.EmailBackend"):
        return ""
    return "/".join(Path(settings.EMAIL_FILE_PATH).parts[-2:])
