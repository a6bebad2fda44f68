"""What was typed into a checkout whose session had ended: kept once, and only for whoever opened the page, until they are back.

In a signed cookie of an hour: the session is gone, and an address that nobody comes back for should lie nowhere.
"""

import functools
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.core import signing

from marketplace.verbs.addresses import BILLING, LONGEST, SHIPPING

KEPT = "checkout_kept"
KEPT_FOR = 3600
KEPT_AT = "/checkout/"
LONGEST_COOKIE = 3800
"""Browsers drop longer ones."""
FIELDS = {
    **{f"billing_{name}": LONGEST[name] for name in BILLING},
    **{f"shipping_{name}": LONGEST[name] for name in SHIPPING},
    "payment_method": 20,
    "quantity": 4,
}
"""By name, with the most letters that are kept of each."""


def mark_of(user: Any) -> str:
    """Says in the form whose page it is. Signed: nobody else's words are shown to who signs in at this browser."""
    return signing.dumps(str(user.pk), salt=KEPT)


def signed_in_or_kept(view: Callable[..., Any]) -> Callable[..., Any]:
    """`login_required` that does not lose what was typed."""
    guarded = login_required(view)

    @functools.wraps(view)
    def kept(request: Any, *args: Any, **kwargs: Any) -> Any:
        answer = guarded(request, *args, **kwargs)
        is_signed_in = request.user.is_authenticated
        if request.method == "POST" and not is_signed_in:
            keep(request, answer)
        elif request.method == "GET" and is_signed_in and KEPT in request.COOKIES:
            answer.delete_cookie(KEPT, path=KEPT_AT)
        return answer

    return kept


def keep(request: Any, answer: Any) -> None:
    try:
        owner = signing.loads(request.POST.get("owner", ""), salt=KEPT)
    except signing.BadSignature:
        return
    fields = {name: request.POST[name][:most] for name, most in FIELDS.items() if name in request.POST}
    text = signing.dumps({"owner": owner, "path": request.path, "fields": fields}, salt=KEPT, compress=True)
    if len(text) <= LONGEST_COOKIE:
        answer.set_cookie(
            KEPT, text, max_age=KEPT_FOR, path=KEPT_AT, secure=settings.IS_SECURE, httponly=True, samesite="Lax"
        )


def take_back(request: Any) -> dict[str, str]:
    """What was kept for this person and page; the answer that shows it lets it go. Empty where nothing was."""
    try:
        kept = signing.loads(request.COOKIES.get(KEPT, ""), salt=KEPT, max_age=KEPT_FOR)
        is_theirs = kept["owner"] == str(request.user.pk) and kept["path"] == request.path
    except (signing.BadSignature, TypeError, KeyError):
        return {}
    return kept["fields"] if is_theirs else {}
