"""Whoever opens sockets in a test. Apart from tests/live.py, which processes read before Django is set up."""

from accounts.models import Session
from accounts.verbs import access_tokens
from accounts.verbs.clients import Client
from accounts.verbs.sessions import access_token, open_session


class Member:
    """Someone signed in, with what their clients need."""

    def __init__(self, user):
        self.user = user
        self.session = open_session(user=user, style=Session.Style.VEZA, client=Client())
        self.bearer = {"Authorization": f"Bearer {access_token(session=self.session)}"}
        self.token = access_tokens.issue(session=self.session, audience=access_tokens.CHAT, seconds=300)
