"""allauth's pages, made to follow our verbs and share the APIs' limits."""

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core import ratelimit
from django.db import transaction

from accounts.verbs.registration import remember_user


class AccountAdapter(DefaultAccountAdapter):
    @transaction.atomic
    def save_user(self, request, user, form, commit=True):
        """The row as allauth makes it, and with it everything that belongs to a new account."""
        user.name = form.cleaned_data.get("name", "").strip()
        user = super().save_user(request, user, form, commit=commit)
        if commit:
            remember_user(user)
        return user

    def pre_authenticate(self, request, **credentials):
        """Pages spend from the same budget per address as the APIs, before anything is looked up."""
        email = (credentials.get("email") or "").strip().lower()
        if email and not ratelimit.consume(request, action="signin_email", key=email):
            raise self.validation_error("too_many_login_attempts")
        super().pre_authenticate(request, **credentials)

    def populate_username(self, request, user):
        """Nobody is given a username; one is chosen in settings or by a Veza client."""
