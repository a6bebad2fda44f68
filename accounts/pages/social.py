"""Signing in with GitHub or Google, and connecting one: allauth asks the provider, our verbs decide."""

import functools
from urllib.parse import urlencode, urlsplit

from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialAccount
from allauth.socialaccount.providers.base import AuthProcess
from allauth.socialaccount.providers.github.views import GitHubOAuth2Adapter
from allauth.socialaccount.providers.google.views import GoogleOAuth2Adapter
from allauth.socialaccount.providers.oauth2.views import OAuth2CallbackView, OAuth2LoginView
from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse

from accounts.gateways.providers import NAMES, Identity, app_of, best_address
from accounts.verbs.proof import require_fresh
from accounts.verbs.social import connect, require_connectable, user_of
from config.errors import DomainError, Kind
from config.policies import STRICT

ADAPTERS = {"github": GitHubOAuth2Adapter, "google": GoogleOAuth2Adapter}
CONNECTIONS = "settings_connections"
# What may stand in the address of the first step; allauth would also take further rights to ask for.
ASKED = ("process", "next")


def offers() -> list[dict[str, str]]:
    """The providers that are set up here, for buttons."""
    return [
        {"id": provider, "name": name, "url": reverse(f"{provider}_login")}
        for provider, name in NAMES.items()
        if app_of(provider)
    ]


def may_leave_for_providers(view):
    """Lets the page's forms lead to the providers that are set up: browsers hold a form's redirects to its policy too."""

    @functools.wraps(view)
    def wrapped(request, *args, **kwargs):
        response = view(request, *args, **kwargs)
        places = [urlsplit(ADAPTERS[offer["id"]].authorize_url) for offer in offers()]
        if places:
            origins = " ".join(f"{place.scheme}://{place.netloc}" for place in places)
            own = STRICT.replace("form-action 'self'", f"form-action 'self' {origins}")
            response.headers["Content-Security-Policy"] = own
        return response

    return wrapped


@may_leave_for_providers
def leave(request, provider):
    """The first step: a page with a button, and from there to the provider."""
    if app_of(provider) is None:
        raise Http404
    request.GET = request.GET.copy()
    for name in [name for name in request.GET if name not in ASKED]:
        del request.GET[name]
    if request.GET.get("process") == AuthProcess.CONNECT and (refusal := may_not_connect(request)):
        return refusal
    return OAuth2LoginView.adapter_view(ADAPTERS[provider])(request)


def come_back(request, provider):
    if app_of(provider) is None:
        raise Http404
    return OAuth2CallbackView.adapter_view(ADAPTERS[provider])(request)


def may_not_connect(request):
    """Where to go instead; None for whoever may connect an account now."""
    if not request.user.is_authenticated:
        return redirect("account_login")
    try:
        require_connectable(user=request.user)
        require_fresh(session=request.session_row, user=request.user)
    except DomainError as error:
        if error.code == "session_not_fresh":
            return redirect(f"{reverse('confirm_identity')}?{urlencode({'next': request.get_full_path()})}")
        messages.error(request, f"{error.message}.")
        return redirect(CONNECTIONS)
    return None


class SocialAccountAdapter(DefaultSocialAccountAdapter):
    def populate_user(self, request, sociallogin, data):
        """Of all that a provider tells, the row keeps by what name its owner is known there."""
        told = sociallogin.account.extra_data
        sociallogin.account.extra_data = {key: told[key] for key in ("login", "email") if told.get(key)}
        sociallogin.user.name = data.get("name") or told.get("name") or data.get("username") or ""
        return sociallogin.user

    def pre_social_login(self, request, sociallogin):
        """Before allauth decides anything: it only ever sees an account that exists, and never keeps a token."""
        sociallogin.token = None
        identity = identity_of(sociallogin)
        try:
            if sociallogin.state.get("process") == AuthProcess.CONNECT:
                raise ImmediateHttpResponse(connected(request, identity))
            user_of(identity)
        except DomainError as error:
            raise ImmediateHttpResponse(refusal(request, identity, error)) from None
        found = SocialAccount.objects.select_related("user").get(provider=identity.provider, uid=identity.uid)
        sociallogin.account, sociallogin.user = found, found.user

    def get_connect_redirect_url(self, request, socialaccount):
        return reverse(CONNECTIONS)


def identity_of(sociallogin) -> Identity:
    email, is_verified = best_address([(row.email, row.verified, row.primary) for row in sociallogin.email_addresses])
    return Identity(
        provider=sociallogin.account.provider,
        uid=sociallogin.account.uid,
        email=email,
        is_verified=is_verified,
        name=sociallogin.user.name,
        login=sociallogin.account.extra_data.get("login", ""),
    )


def connected(request, identity):
    if refused := may_not_connect(request):
        return refused
    connect(user=request.user, identity=identity)
    messages.success(request, f"{NAMES[identity.provider]} is connected. It signs you in from now on.")
    return redirect(CONNECTIONS)


def refusal(request, identity, error):
    if request.user.is_authenticated:
        messages.error(request, f"{error.message.rstrip('.')}.")
        return redirect(CONNECTIONS)
    context = {"provider": NAMES[identity.provider], "message": error.message, "is_taken": error.kind is Kind.CONFLICT}
    return render(request, "socialaccount/refused.html", context, status=409 if context["is_taken"] else 403)


def cancelled(request):
    return render(request, "socialaccount/login_cancelled.html")
