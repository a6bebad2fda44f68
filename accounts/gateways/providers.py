"""Who somebody is, as a provider that they signed in with says it (auth-design.md §8)."""

from dataclasses import dataclass
from typing import Any

from django.conf import settings

NAMES = {"github": "GitHub", "google": "Google"}


class NotProven(Exception):
    """The provider does not confirm it: junk, expired, meant for another app, or the provider is not set up here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """A verified (provider, uid); `email` is empty where none was told, and believed only where `is_verified`."""

    provider: str
    uid: str
    email: str = ""
    is_verified: bool = False
    name: str = ""
    login: str = ""

    @property
    def known_as(self) -> dict[str, str]:
        """What is kept of it, so that its owner can tell it from others."""
        return {key: value for key, value in (("login", self.login), ("email", self.email)) if value}


def app_of(provider: str) -> dict[str, Any] | None:
    """Our client id and secret there; None where the environment names none."""
    known: dict[str, Any] = settings.SOCIALACCOUNT_PROVIDERS
    apps = known.get(provider, {}).get("APPS", [])
    return apps[0] if apps else None


def best_address(addresses: list[tuple[str, bool, bool]]) -> tuple[str, bool]:
    """The address to take and whether it is verified, out of (address, is_verified, is_primary)."""
    ranked = sorted(addresses, key=lambda found: (found[1], found[2]), reverse=True)
    return (ranked[0][0].strip().lower(), ranked[0][1]) if ranked else ("", False)
