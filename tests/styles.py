"""Signing in through every style, each with the credential its own clients hold."""

from dataclasses import dataclass, field

from django.test import Client

from tests.factories.accounts import PASSWORD


@dataclass
class Held:
    """A signed-in client of one style: `alive()` asks with its own credential whether it still is."""

    style: str
    client: Client
    headers: dict = field(default_factory=dict)
    query: str = ""
    refresh_token: str = ""

    def alive(self) -> bool:
        if self.style == "one":
            return self.client.get(f"/auth/getCurrentUser?token={self.query}").json() is not None
        if self.style == "council":
            return self.client.get("/api/auth/get-session").json() is not None
        if self.style == "web":
            return self.client.get("/settings/").status_code == 200
        path = {"veza": "/api/v1/users/me", "dana": "/api/profile"}[self.style]
        return self.client.get(path, headers=self.headers).status_code == 200


JSON = {"content_type": "application/json"}


def attempt(style, email, password=PASSWORD, otp=None):
    """The raw answer of a sign-in in this style, and the client it was made with."""
    client = Client(headers={"User-Agent": f"{style} tests"})
    body = {"email": email, "password": password} | ({"otp": otp} if otp else {})
    if style == "web":
        return client.post("/account/login/", {"login": email, "password": password}), client
    path = {
        "one": "/auth/signIn",
        "veza": "/api/v1/auth/login",
        "dana": "/api/auth/login",
        "council": "/api/auth/sign-in/email",
    }[style]
    return client.post(path, body, **JSON), client


def signed_in(style, email, password=PASSWORD, otp=None) -> Held:
    answer, client = attempt(style, email, password, otp)
    if style in ("web", "council"):
        held = Held(style, client)
    elif style == "one":
        held = Held(style, Client(), query=answer.json()["token"])
    else:
        data = answer.json()["data"] if style == "veza" else answer.json()
        token = data["access_token"] if style == "veza" else data["token"]
        held = Held(style, Client(), {"Authorization": f"Bearer {token}"}, refresh_token=data.get("refresh_token", ""))
    assert held.alive(), answer.content
    return held


APIS = ("one", "veza", "dana", "council")
STYLES = ("web", *APIS)
