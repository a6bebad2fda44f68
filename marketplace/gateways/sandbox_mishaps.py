"""What staff and tests order to go wrong at the sandboxes' next calls (`SandboxMishap`)."""

import time
from typing import Any

from django.apps import apps
from django.db.models import F


def rows(name: str) -> Any:
    """The sandboxes' own books, by name: a gateway is outside and knows no model of ours."""
    return apps.get_model("marketplace", f"Sandbox{name}").objects


def next_mishap(call: str) -> str:
    """The kind of the next mishap ordered for `call`, which is thereby used up; empty where all goes well.

    A slow one has waited when this returns.
    """
    for mishap in rows("Mishap").filter(call=call, times_left__gt=0)[:5]:
        if rows("Mishap").filter(pk=mishap.pk, times_left__gt=0).update(times_left=F("times_left") - 1):
            if mishap.kind == "slow":
                time.sleep(mishap.seconds)
            return mishap.kind
    return ""
