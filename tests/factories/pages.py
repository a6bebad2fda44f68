"""A browser without a window: signed in by the cookie alone."""

from django.test import Client


def browser_of(user):
    client = Client()
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client
