"""Tells the verbs where a request comes from."""

from accounts.verbs.clients import Client, acting_for
from config.dialects import spoken_on


def client_of(request) -> Client:
    dialect = spoken_on(request.path)
    source = dialect.name if dialect else "admin" if request.path.startswith("/admin/") else "pages"
    agent = request.headers.get("User-Agent", "")[:300]
    return Client(ip=request.META.get("REMOTE_ADDR") or None, user_agent=agent, source=source)


class KnowsTheClient:
    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        with acting_for(client_of(request)):
            return self.get_response(request)
