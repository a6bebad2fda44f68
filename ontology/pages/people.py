"""People: the directory, one person as others see them, and who follows them and whom they follow."""

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from config.errors import DomainError, Invalid, NotFound
from config.money import Money, is_amount
from config.paging import keyset, page_of
from ontology.models import Track
from ontology.pages.attention import back
from ontology.pages.posts import A_PAGE, shortened
from ontology.queries.feed import posts_of, track_extras
from ontology.queries.people import (
    followed_from,
    followers_of,
    following_among,
    for_sale,
    is_following,
    people_named,
    person,
)
from ontology.verbs.follows import follow, unfollow

TILES = 24
PEOPLE = 30
LONGEST_SEARCH = 200
LISTS = {
    "followers": (followers_of, "Followers", "Who follows them, the latest first."),
    "following": (followed_from, "Following", "Whom they follow, the latest first."),
}
TRACK = ("id", "title", "artist", "cover", "duration_ms", "created_at")


@require_safe
def person_page(request, person_id):
    """GET /people/<id>/?show=tracks|products"""
    found = person(person_id)
    if found is None:
        raise Http404
    counts = {"tracks": tracks_of(found).count(), "products": for_sale(found["id"]).count()}
    show = request.GET.get("show", "")
    show = show if counts.get(show) else "posts"
    try:
        shown = PARTS[show](request, found)
    except Invalid:
        return redirect("person", person_id)
    context = {
        "place": "feed",
        "person": {**found, "key": str(found["id"])},
        "show": show,
        "tabs": tabs(show, {"posts": found["post_count"], **counts}),
        "is_self": request.user.pk == found["id"],
        "is_following": is_following(user=request.user, person_id=found["id"]),
        "here": f"/people/{found['id']}/",
        **shown,
    }
    return render(request, "ontology/people/person.html", context)


@login_required
@require_safe
def directory(request):
    """GET /people/?q=&cursor="""
    words = request.GET.get("q", "").replace("\0", "").strip()[:LONGEST_SEARCH]
    try:
        page = people_named(words, cursor=cursor_of(request), limit=PEOPLE)
    except Invalid:
        return redirect("people")
    kept = {"q": words} if words else {}
    context = {"place": "feed", "words": words, **shown_people(request, page, kept)}
    return render(request, "ontology/people/directory.html", context)


@login_required
@require_safe
def around_person(request, person_id, which):
    """GET /people/<id>/followers/ and /people/<id>/following/"""
    found = person(person_id)
    if found is None:
        raise Http404
    ask, title, text = LISTS[which]
    try:
        page = ask(found["id"], cursor=cursor_of(request), limit=PEOPLE)
    except Invalid:
        return redirect(request.path)
    here = f"/people/{found['id']}/"
    counts = {"followers": found["follower_count"], "following": found["following_count"]}
    context = {
        "place": "feed",
        "person": found,
        "is_self": request.user.pk == found["id"],
        "which": which,
        "title": title,
        "text": text,
        "above": here,
        "tabs": [
            {"url": f"{here}{name}/", "text": LISTS[name][1], "count": counts[name], "active": name == which}
            for name in LISTS
        ],
        **shown_people(request, page, {}),
    }
    return render(request, "ontology/people/around.html", context)


def shown_people(request, page, kept: dict[str, str]) -> dict[str, Any]:
    mine = following_among([row["id"] for row in page.items], user=request.user)
    return {
        "people": [{**row, "is_following": row["id"] in mine} for row in page.items],
        "here": request.get_full_path(),
        "is_first": not cursor_of(request),
        "next_url": "?" + urlencode({**kept, "cursor": page.next_cursor}) if page.next_cursor else "",
    }


@login_required
@require_POST
def follow_person(request, person_id):
    """Follows where `act` is follow, and otherwise ends it. Answers the button alone where a script asks for it."""
    verb = follow if request.POST.get("act") == "follow" else unfollow
    try:
        now = verb(user_id=person_id, by=request.user)
    except NotFound:
        raise Http404 from None
    except DomainError as error:
        messages.error(request, error.message)
        return redirect("person", person_id)
    if request.htmx:
        shown = {"person": {"id": person_id, "follower_count": now.follower_count}, "is_following": now.is_following}
        return render(request, "ontology/people/_follow.html", {**shown, "is_answer": True})
    return back(request, f"/people/{person_id}/")


# --- what a person's page shows ------------------------------------------------------------------------------------


def tabs(show: str, counts: dict[str, int]) -> list[dict[str, Any]]:
    """Posts always; the others where there are any."""
    names = {"posts": "Posts", "tracks": "Tracks", "products": "For sale"}
    return [
        {
            "url": "?" if name == "posts" else f"?show={name}",
            "text": text,
            "count": counts[name],
            "active": name == show,
        }
        for name, text in names.items()
        if counts[name] or name == "posts"
    ]


def cursor_of(request) -> str:
    return request.GET.get("cursor", "").replace("\0", "")


def posts_part(request, found: dict[str, Any]) -> dict[str, Any]:
    page = posts_of(found["id"], user=request.user, cursor=cursor_of(request), limit=A_PAGE)
    return {"posts": [shortened(row) for row in page.items], "next_url": further(page, "")}


def tracks_part(request, found: dict[str, Any]) -> dict[str, Any]:
    page = page_of(keyset(tracks_of(found).values(*TRACK), cursor=cursor_of(request), limit=TILES), limit=TILES)
    return {"tracks": [{**row, **track_extras(row)} for row in page.items], "next_url": further(page, "show=tracks&")}


def products_part(request, found: dict[str, Any]) -> dict[str, Any]:
    rows = for_sale(found["id"]).values("id", "name", "properties", "created_at")
    page = page_of(keyset(rows, cursor=cursor_of(request), limit=TILES), limit=TILES)
    products = [{**row, "price": price_of(row["properties"])} for row in page.items]
    return {"products": products, "next_url": further(page, "show=products&")}


PARTS = {"posts": posts_part, "tracks": tracks_part, "products": products_part}


def tracks_of(found: dict[str, Any]):
    return Track.objects.filter(owner=found["id"], deleted_at=None, status=Track.Status.PUBLISHED)


def price_of(properties: dict[str, Any]) -> str:
    cents, currency = properties.get("price_cents"), properties.get("currency")
    if not (is_amount(cents) and isinstance(currency, str)):
        return ""
    return str(Money(cents, currency)) if cents else "Free"


def further(page, kept: str) -> str:
    return f"?{kept}cursor={page.next_cursor}" if page.next_cursor else ""
