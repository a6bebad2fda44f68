"""What the settings pages share: their order, the frame around each, and what becomes of a rule's refusal."""

from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse

from accounts.verbs.departures import open_departure
from accounts.verbs.proof import require_fresh
from config.errors import DomainError, NotFound

View = Callable[..., HttpResponseBase]

# (name of the address, words, icon) under the heading that holds them together
GROUPS: tuple[tuple[str, tuple[tuple[str, str, str], ...]], ...] = (
    (
        "You",
        (
            ("settings", "Profile", "person"),
            ("settings_subscription", "Subscription", "wallet"),
            ("settings_privacy", "Privacy and data", "eye-off"),
        ),
    ),
    (
        "Signing in",
        (
            ("settings_security", "Password and e-mail", "lock"),
            ("two_factor", "Second factor", "shield"),
            ("settings_passkeys", "Passkeys", "key"),
            ("settings_connections", "Connected accounts", "link"),
        ),
    ),
    (
        "What is open",
        (
            ("settings_sessions", "Sessions", "screen"),
            ("settings_api_keys", "API keys", "terminal"),
            ("settings_history", "Security history", "clock"),
        ),
    ),
)
TYPED = "settings-typed"


def part_of(section: str, *, form: str = "", keeps: tuple[str, ...] = ()) -> Callable[[View], View]:
    """A view of this section, for who is signed in. A rule's refusal that no form shows is told on the section's page.

    What needs a proof sends its caller to give one and back to `form`, or else the section; the fields that `keeps`
    names wait there.
    """

    def wrap(view: View) -> View:
        @login_required
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            request.section = section  # type: ignore[attr-defined]
            try:
                return view(request, *args, **kwargs)
            except NotFound as error:
                raise Http404 from error
            except DomainError as error:
                if error.code != "session_not_fresh":
                    messages.error(request, error.message)
                    return redirect(section)
            keep_typed(request, section, keeps)
            return redirect(f"{reverse('confirm_identity')}?{urlencode({'next': way_back(request, form or section)})}")

        return guarded

    return wrap


def way_back(request: HttpRequest, page: str) -> str:
    """Where to go on after a proof: what was asked for where it can be looked at, otherwise the page its form stands on."""
    if request.method != "POST":
        return request.get_full_path()
    query = request.META["QUERY_STRING"]
    return f"{reverse(page)}?{query}" if query else reverse(page)


def keep_typed(request: HttpRequest, section: str, names: tuple[str, ...]) -> None:
    if names:
        given = {name: request.POST.getlist(name)[:20] for name in names}
        request.session[TYPED] = {"section": section, "given": given}


def take_typed(request: HttpRequest, form: type[forms.Form]) -> dict[str, Any]:
    """What was typed into a form of this section before a proof was asked for, once."""
    kept = request.session.get(TYPED)
    if not kept or kept["section"] != request.section:  # type: ignore[attr-defined]
        return {}
    del request.session[TYPED]
    several = {name for name, field in form.base_fields.items() if isinstance(field, forms.MultipleChoiceField)}
    return {name: values if name in several else values[0] for name, values in kept["given"].items() if values}


def prove(request: HttpRequest) -> None:
    """Go on only with a sign-in, or a proof, of the last ten minutes."""
    require_fresh(session=request.session_row, user=request.user)  # type: ignore[attr-defined, arg-type]


def show(
    request: HttpRequest, template: str, context: dict[str, Any] | None = None, *, status: int = 200
) -> HttpResponse:
    """One page of the settings in their frame; a template of another app is named with its folder."""
    section = request.section  # type: ignore[attr-defined]
    groups: list[dict[str, Any]] = [
        {
            "title": title,
            "items": [
                {"url": reverse(name), "text": text, "icon": icon, "active": name == section}
                for name, text, icon in items
            ],
        }
        for title, items in GROUPS
    ]
    here = next(item for group in groups for item in group["items"] if item["active"])
    frame = {
        "place": "settings",
        "groups": groups,
        "here": here,
        "leaving": open_departure(request.user),  # type: ignore[arg-type]
    }
    name = f"{template}.html" if "/" in template else f"accounts/settings/{template}.html"
    return render(request, name, frame | (context or {}), status=status)


def ask(request: HttpRequest, **words: str) -> HttpResponse:
    """The page that asks before something is taken away, for who has no scripts: title, text, button, back."""
    return show(request, "ask", words)
