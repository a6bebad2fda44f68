"""What staff and tests order to go wrong at the sandboxes' next calls (`SandboxMishap`)."""

import time
from typing import Any

from django.apps import apps
from django.db.models import F


def rows(name: str) -> Any:
    """The sandboxes' own books, by name: a gateway is outside and knows no model of ours."""
    return apps.get_model("marketplace", f"Sandbox{name}").objects


class Mishap(str):
    """The kind of what goes wrong; empty where all goes well."""

    __slots__ = ("seconds",)
    seconds: int

    def __new__(cls, kind: str = "", seconds: int = 0) -> "Mishap":
        made = super().__new__(cls, kind)
        made.seconds = seconds
        return made

    def answer_late(self) -> None:
        """Called once it is done and before it is said."""
        if self == "slow":
            time.sleep(self.seconds)


def next_mishap(call: str) -> Mishap:
    """The next mishap ordered for `call`, which is thereby used up."""
    for mishap in rows("Mishap").filter(call=call, times_left__gt=0)[:5]:
        if rows("Mishap").filter(pk=mishap.pk, times_left__gt=0).update(times_left=F("times_left") - 1):
            return Mishap(mishap.kind, mishap.seconds)
    return Mishap()
