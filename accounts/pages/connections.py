"""Accounts elsewhere that sign you in here."""

from urllib.parse import urlencode

from django.contrib import messages
from django.shortcuts import redirect
from django.views.decorators.http import require_safe

from accounts.gateways.providers import NAMES
from accounts.pages.settings import ask, part_of, prove, show
from accounts.pages.social import may_leave_for_providers, offers
from accounts.verbs.connections import accounts_of, disconnect, is_last_way_in
from accounts.verbs.verification import is_email_verified
from config.errors import NotFound

CONNECTIONS = "settings_connections"
PAGE = "/settings/connections/"


@part_of(CONNECTIONS)
@require_safe
@may_leave_for_providers
def connections(request):
    accounts = [described(account) for account in accounts_of(request.user)]
    held = {account["provider"] for account in accounts}
    query = urlencode({"process": "connect", "next": PAGE})
    context = {
        "accounts": accounts,
        "offered": [offer | {"url": f"{offer['url']}?{query}"} for offer in offers() if offer["id"] not in held],
        "is_verified": is_email_verified(request.user),
        "is_last": bool(accounts) and is_last_way_in(request.user),
    }
    return show(request, "connections", context)


@part_of(CONNECTIONS)
def disconnect_account(request, account_id):
    if request.method == "POST":
        prove(request)
        disconnect(user=request.user, account_id=account_id)
        messages.success(request, "It is disconnected.")
        return redirect(CONNECTIONS)
    account = next((described(row) for row in accounts_of(request.user) if row.pk == account_id), None)
    if account is None:
        raise NotFound
    return ask(
        request,
        title=f"Disconnect {account['name']}",
        text=f"{account['who']} will not sign you in any more. Nothing changes at {account['name']}.",
        button=f"Disconnect {account['name']}",
        back=PAGE,
    )


def described(account):
    provider = NAMES.get(account.provider, account.provider.capitalize())
    who = account.extra_data.get("email") or account.extra_data.get("login") or account.uid
    return {
        "url": f"{PAGE}{account.pk}/disconnect/",
        "dialog": f"disconnect-{account.pk}",
        "title": f"Disconnect {provider}",
        "provider": account.provider,
        "name": provider,
        "who": str(who),
        "since": account.date_joined,
        "last_used": account.last_login,
    }
