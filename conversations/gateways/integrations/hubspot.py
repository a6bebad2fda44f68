"""HubSpot: whether a token reads contacts, and of which account it is. Two calls, by httpx: the client of HubSpot's own is 52 MB.

https://developers.hubspot.com/docs/api-reference/crm-contacts-v3 and …/account-account-info-v3
"""

from collections.abc import Mapping
from typing import Any

import httpx
from django.conf import settings

from conversations.gateways.integrations.results import Failed, TestResult, said
from conversations.gateways.integrations.sandbox import Sandbox

TIMEOUT = httpx.Timeout(5.0, connect=3.0)
WORDS: dict[int, tuple[str, str]] = {
    401: ("invalid_auth", "HubSpot did not accept the access token."),
    403: ("missing_scope", "The app lacks a scope. It needs crm.objects.contacts.read."),
    429: ("rate_limited", "HubSpot has been asked too often. Try again in a minute."),
}
UNEXPECTED = ("unexpected_answer", "HubSpot did not answer as expected. Try again later.")
AWAY = ("unreachable", "HubSpot could not be reached. Try again later.")
NO_ACCOUNT: dict[str, Any] = {}

sandbox = Sandbox(secrets=("access_token",), code="invalid_auth", details={"portal_id": 0, "account_type": "SANDBOX"})


def test(config: Mapping[str, Any]) -> TestResult:
    headers = {"Authorization": f"Bearer {config['access_token']}", "Accept": "application/json"}
    try:
        with httpx.Client(base_url=settings.HUBSPOT_API, headers=headers, timeout=TIMEOUT) as api:
            contacts = answered(api.get("/crm/v3/objects/contacts", params={"limit": 1}))
            if not isinstance(contacts.get("results"), list):
                raise Failed(*UNEXPECTED)
            account = account_of(api)
    except Failed as failure:
        return failure.result
    except (httpx.HTTPError, httpx.InvalidURL):
        return Failed(*AWAY).result
    portal = account.get("portalId")
    details = {"portal_id": portal, "account_type": said(account.get("accountType"))} if account else {}
    return TestResult(
        connected=True,
        message=f"Connected to HubSpot account {portal}." if account else "Connected to HubSpot.",
        details=details,
    )


def account_of(api: httpx.Client) -> dict[str, Any]:
    """Which account it is; nothing where the app may not say, as contacts were read all the same."""
    try:
        account = answered(api.get("/account-info/v3/details"))
    except Failed:
        return NO_ACCOUNT
    return account if isinstance(account.get("portalId"), int) else NO_ACCOUNT


def answered(answer: httpx.Response) -> dict[str, Any]:
    """The object in a 200; Failed for anything else."""
    if answer.status_code >= 500:
        raise Failed(*AWAY)
    if answer.status_code != 200:
        raise Failed(*WORDS.get(answer.status_code, UNEXPECTED))
    try:
        body = answer.json()
    except ValueError:
        raise Failed(*UNEXPECTED) from None
    if not isinstance(body, dict):
        raise Failed(*UNEXPECTED)
    return body
