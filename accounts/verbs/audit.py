"""The audit log: a line for each request that could change something, and one for each change of what money hangs on.

Document veza.txt, "Audit Middleware". Most of the latter are the work of jobs and of what providers tell us.
"""

import datetime as dt
from http import HTTPStatus
from typing import Any

from django.utils.timezone import now

from accounts.models import ApiKey, AuditEntry, Session
from accounts.verbs.clients import client_now

KEPT_FOR = dt.timedelta(days=400)
LONGEST = 120


def keep_entry(*, user_id: Any, proof: Any, method: str, action: str, resource: Any, status: int) -> None:
    """One INSERT. `proof` is the session or the API key that the caller came with, `action` an address as a pattern."""
    client = client_now()
    AuditEntry.objects.create(
        user_id=user_id,
        session_id=proof.pk if isinstance(proof, Session) else None,
        api_key_id=proof.pk if isinstance(proof, ApiKey) else None,
        method=method,
        action=action[:LONGEST],
        resource=str(resource or ""),
        ip=client.ip,
        user_agent=client.user_agent,
        status=status,
    )


def keep_change(*, action: str, resource: Any, user_id: Any = None) -> None:
    """What became of `resource`, in the transaction that changed it. Nobody's address: a request that led to it has its own line.

    `user_id`: whose doing it was, where no such line says it: the document leaves out the administrators' own addresses.
    """
    AuditEntry.objects.create(
        user_id=user_id, method="", action=action[:LONGEST], resource=str(resource), status=HTTPStatus.OK
    )


def forget_old_entries() -> None:
    AuditEntry.objects.filter(at__lt=now() - KEPT_FOR).delete()
