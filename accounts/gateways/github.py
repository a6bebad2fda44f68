"""GitHub: whose access token this is, and whether it was issued to us.

Reading /user with a token would accept one that was issued to any other app; the check-token call does not.
https://docs.github.com/en/rest/apps/oauth-applications#check-a-token
"""

import re
from typing import Any

import httpx
from django.conf import settings

from accounts.gateways.providers import Identity, NotProven, app_of, best_address
from config.connections import let_go
from config.errors import Unavailable

TOKEN = re.compile(r"[A-Za-z0-9_.-]{10,255}")
HEADERS = {"Accept": "application/vnd.github+json", "X-GitHub-Api-Version": "2022-11-28"}
TIMEOUT = 5.0


def identify(access_token: str) -> Identity:
    """Raises NotProven, or Unavailable while GitHub is away."""
    app = app_of("github")
    if app is None or not TOKEN.fullmatch(access_token):
        raise NotProven
    let_go()
    try:
        with httpx.Client(base_url=settings.GITHUB_API, headers=HEADERS, timeout=TIMEOUT) as api:
            found = api.post(
                f"/applications/{app['client_id']}/token",
                auth=(app["client_id"], app["secret"]),
                json={"access_token": access_token},
            )
            user = checked(found, app["client_id"])
            emails = api.get("/user/emails", headers={"Authorization": f"Bearer {access_token}"})
    except (httpx.HTTPError, ValueError):
        raise Unavailable("GitHub does not answer at the moment. Please try again later.", retry_after=30) from None
    email, is_verified = best_address(addresses_in(emails))
    login = str(user.get("login") or "")
    name = str(user.get("name") or login)[:150]
    uid = str(user["id"])
    return Identity(provider="github", uid=uid, email=email, is_verified=is_verified, name=name, login=login)


def checked(answer: httpx.Response, client_id: str) -> dict[str, Any]:
    """The user in a check-token answer. 404 and 422 mean that the token is not ours."""
    if answer.status_code in (404, 422):
        raise NotProven
    answer.raise_for_status()
    body = answer.json()
    if body.get("app", {}).get("client_id", client_id) != client_id or not body.get("user", {}).get("id"):
        raise NotProven
    return body["user"]


def addresses_in(answer: httpx.Response) -> list[tuple[str, bool, bool]]:
    """A token without the scope user:email is told none."""
    if answer.status_code in (401, 403, 404):
        return []
    answer.raise_for_status()
    return [(str(row["email"]), bool(row["verified"]), bool(row["primary"])) for row in answer.json()]
