from django.contrib.auth.decorators import login_required
from django.shortcuts import render

from council.queries.search import search

LONGEST = 200
ICONS = {"Products": "box", "Conversations": "rooms", "Decisions": "council", "Graph": "graph"}


@login_required
def search_page(request):
    """GET /search?q="""
    words = request.GET.get("q", "").replace("\0", "").strip()[:LONGEST]
    groups = [{**group, "icon": ICONS.get(group["title"], "")} for group in search(words=words, user=request.user)]
    return render(request, "council/search.html", {"place": "", "query": words, "groups": groups})
