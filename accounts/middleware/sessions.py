"""Whoever a cookie signed in is only signed in while their `Session` row lives."""

from django.contrib import auth
from django.contrib.auth.models import AnonymousUser
from django.utils.functional import SimpleLazyObject

from accounts.models import Session


class LiveSession:
    """Puts the user of the cookie's live session on the request, in one query, when somebody asks."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        request.session_row = None
        request.user = SimpleLazyObject(lambda: live_user(request))
        return self.get_response(request)


def live_user(request):
    sid = request.session.get("sid")
    row = Session.objects.resolve(pk=sid) if sid else None
    if row is None or str(row.user_id) != request.session.get(auth.SESSION_KEY):
        if auth.SESSION_KEY in request.session:
            request.session.flush()
        return AnonymousUser()
    row.touch()
    row.user.backend = request.session.get(auth.BACKEND_SESSION_KEY)
    request.session_row = row
    return row.user
