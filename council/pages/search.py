from django.contrib.auth.decorators import login_required
from django.shortcuts import render

from council.queries.search import SHORTEST, search

LONGEST = 200
ICONS = {"Products": "box", "Tracks": "music", "Conversations": "rooms", "Decisions": "council", "Graph": "graph"}


@login_required
def search_page(request):
    """GET /search?q="""
    words = request.GET.get("q", "").replace("\0", "").strip()[:LONGEST]
    groups = [{**group, "icon": ICONS.get(group["title"], "")} for group in search(words=words, user=request.user)]
    context = {
        "place": "",
        "query": words,
        "title": f"“{words}”",
        "is_short": 0 < len(words) < SHORTEST,
        "groups": groups,
    }
    return render(request, "council/search.html", context)
