"""A small client for every dialect: JSON in, JSON out, a bearer token where signed in."""

from django.test import Client
from django_otp import DEVICE_ID_SESSION_KEY
from django_otp.plugins.otp_totp.models import TOTPDevice

from accounts.models import Session
from accounts.verbs.clients import Client as Origin
from accounts.verbs.sessions import access_token, open_session


class Caller:
    def __init__(self, **headers):
        self.client = Client(headers=headers, raise_request_exception=True)

    @classmethod
    def signed_in_as(cls, user):
        session = open_session(user=user, style=Session.Style.VEZA, client=Origin())
        caller = cls(Authorization=f"Bearer {access_token(session=session)}")
        caller.session = session
        return caller

    def get(self, path, **query):
        return self.client.get(path, query)

    def post(self, path, body=None, **options):
        return self.client.post(path, {} if body is None else body, content_type="application/json", **options)

    def put(self, path, body=None, **options):
        return self.client.put(path, {} if body is None else body, content_type="application/json", **options)

    def delete(self, path, body=None, **options):
        return self.client.delete(path, {} if body is None else body, content_type="application/json", **options)


def verified_client(user, **options):
    """A browser that `user` has signed in with a second factor: what the admin asks of staff."""
    device, _ = TOTPDevice.objects.get_or_create(user=user, confirmed=True, defaults={"name": "Authenticator app"})
    client = Client(**options)
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    session = client.session
    session[DEVICE_ID_SESSION_KEY] = device.persistent_id
    session.save()
    return client
