"""Connecting a service, changing what is known of it, testing it, letting go of it. Its owner alone does any of it.

A config is never in a fact, a log or an answer. Document dana.txt, "Integrations".
"""

from typing import Any
from uuid import UUID

from django.core.cache import cache
from django.db import IntegrityError, transaction
from django.utils.timezone import now

from accounts.models import User
from config.connections import let_go
from config.errors import Conflict, Throttled, Unavailable
from config.moments import iso
from conversations.facts import IntegrationChanged
from conversations.gateways.integrations import ask
from conversations.gateways.integrations.results import TestResult
from conversations.models import Integration
from conversations.models.integration_types import TYPES
from conversations.queries.integrations import config_of, known_type, one_integration, writable_owner
from conversations.verbs.integration_configs import checked_config
from ontology.changes import publish

TESTS, WINDOW = 6, 60
Status = Integration.Status
UNTESTED: dict[str, Any] = {"tested_at": None, "is_connected": None, "test_code": "", "test_message": ""}


@transaction.atomic
def create_integration(*, user_id: object, type: object, config: object, by: User) -> Integration:
    owner_id = writable_owner(user_id, by=by)
    kind = known_type(type)
    whole = checked_config(kind, config)
    try:
        with transaction.atomic():
            integration = Integration.objects.create(user_id=owner_id, type=kind.type, config=whole)
    except IntegrityError:
        raise Conflict(
            f"{kind.name} is connected already. Change it, or remove it first.", code="integration_exists"
        ) from None
    tell(integration, "created")
    return integration


@transaction.atomic
def update_integration(*, user_id: object, type: object, config: object, by: User) -> Integration:
    """A whole config; of a secret the mask keeps what is stored. What the last test found was of another one."""
    integration = locked(user_id, type, by=by)
    integration.config = checked_config(known_type(type), config, stored=stored_of(integration))
    integration.status = Status.ACTIVE
    for name, value in UNTESTED.items():
        setattr(integration, name, value)
    integration.save()
    tell(integration, "updated")
    return integration


def stored_of(integration: Integration) -> dict[str, Any]:
    """Nothing where it cannot be read: it can be entered anew."""
    try:
        return config_of(integration)
    except Unavailable:
        return {}


@transaction.atomic
def remove_integration(*, user_id: object, type: object, by: User) -> None:
    integration = locked(user_id, type, by=by)
    integration.updated_at = now()
    tell(integration, "removed")
    integration.delete()


def locked(user_id: object, type: object, *, by: User) -> Integration:
    writable_owner(user_id, by=by)
    found = one_integration(user_id=user_id, type=type, by=by)
    return Integration.objects.select_for_update().defer("config").get(pk=found.pk)


def test_integration(*, user_id: object, type: object, by: User) -> TestResult:
    """What the service answered just now; kept with the integration, unless that was changed meanwhile. Throttled above 6 a minute."""
    writable_owner(user_id, by=by)
    integration = one_integration(user_id=user_id, type=type, by=by)
    config = config_of(integration)
    take_a_test(by.pk)
    let_go()
    result = ask(integration.type, config)
    keep_result(integration, result)
    return result


test_integration.__test__ = False  # type: ignore[attr-defined]  # a verb, whatever its name


def take_a_test(user_id: UUID) -> None:
    """Counted before it is made, so that tests at once are as many as they are."""
    key = f"integration-tests:{user_id}"
    cache.add(key, 0, WINDOW)
    try:
        count = int(cache.incr(key))
    except ValueError:  # the window ended between the two calls
        count = 1
    if count > TESTS:
        raise Throttled(f"At most {TESTS} tests a minute. Please try again in a minute.", retry_after=WINDOW)


@transaction.atomic
def keep_result(integration: Integration, result: TestResult) -> None:
    status = Status.ACTIVE if result.connected else Status.ERROR
    found = {
        "status": status,
        "tested_at": now(),
        "is_connected": result.connected,
        "test_code": result.code,
        "test_message": " ".join(filter(None, (result.message, result.warning)))[:300],
    }
    if status != integration.status:
        found["updated_at"] = now()
    # `updated_at` is as it was read for as long as the config is.
    rows = Integration.objects.filter(pk=integration.pk, updated_at=integration.updated_at)
    if rows.update(**found):
        for name, value in found.items():
            setattr(integration, name, value)
        tell(integration, "tested")


def tell(integration: Integration, what: str) -> None:
    publish(
        IntegrationChanged(
            user_id=integration.user_id,
            what=what,
            integration_type=TYPES[integration.type].type,
            status=integration.status,
            updated_at=iso(integration.updated_at),
        )
    )
