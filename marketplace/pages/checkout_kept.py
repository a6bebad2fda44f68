"""What was typed into a checkout whose session had ended: kept once, and only for whoever opened the page, until they are back."""

import functools
import time
from collections.abc import Callable
from typing import Any

from django.contrib.auth.decorators import login_required
from django.core import signing

from marketplace.verbs.addresses import BILLING, LONGEST, SHIPPING

KEPT = "checkout_kept"
KEPT_FOR = 3600
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
        if request.method == "POST" and not request.user.is_authenticated:
            keep(request)
        return guarded(request, *args, **kwargs)

    return kept


def keep(request: Any) -> None:
    try:
        owner = signing.loads(request.POST.get("owner", ""), salt=KEPT)
    except signing.BadSignature:
        return
    fields = {name: request.POST[name][:most] for name, most in FIELDS.items() if name in request.POST}
    request.session[KEPT] = {"owner": owner, "path": request.path, "at": int(time.time()), "fields": fields}


def take_back(request: Any) -> dict[str, str]:
    """What was kept for this person and page, once; empty where nothing was."""
    kept = request.session.get(KEPT)
    if kept is None or kept["path"] != request.path:
        return {}
    del request.session[KEPT]
    is_theirs = kept["owner"] == str(request.user.pk) and time.time() - kept["at"] < KEPT_FOR
    return kept["fields"] if is_theirs else {}
