from django.shortcuts import render

from council.queries.home import recent, stats, waiting


def home(request):
    """The front door: what Stoa is, or, for whoever is signed in, what waits for them."""
    if not request.user.is_authenticated:
        return render(request, "home_signed_out.html", {"place": "home"})
    user = request.user
    context = {"place": "home", "waiting": waiting(user=user), "stats": stats(user=user), "recent": recent(user=user)}
    return render(request, "home_signed_in.html", context)
