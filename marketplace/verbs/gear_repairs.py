"""What was mended on a piece of gear, and what it cost (veza.txt, "Gear / Inventory")."""

import datetime as dt
from typing import Any

from django.conf import settings
from django.db import transaction

from accounts.models import User
from config.errors import Conflict, NotFound
from config.ids import lookup_id
from config.money import is_amount
from marketplace.models import GearRepair
from marketplace.verbs.gear import checked_currency, checked_date, checked_text, locked_gear, refuse, tell_gear


@transaction.atomic
def record_repair(
    *,
    gear_id: object,
    repair_date: dt.date,
    description: str,
    cost_cents: int = 0,
    currency: str | None = None,
    provider: str = "",
    by: User,
) -> GearRepair:
    """`cost_cents` in minor units of `currency`, without one the item's own.

    NotFound, Invalid with details for each field, Conflict `too_many_repairs` above GEAR_MOST_REPAIRS of one item.
    """
    gear = locked_gear(gear_id, by)
    given: dict[str, tuple[Any, str]] = {
        "repair_date": checked_date(repair_date),
        "description": checked_text(description, least=1, most=2000),
        "cost_cents": (cost_cents, "" if is_amount(cost_cents) else "Must be a whole number of minor units, 0 or more."),
        "currency": checked_currency(gear.currency if currency is None else currency),
        "provider": checked_text(provider, most=200),
    }  # fmt: skip
    refuse({name: [fault] for name, (_, fault) in given.items() if fault})
    if gear.repairs.count() >= settings.GEAR_MOST_REPAIRS:
        raise Conflict(f"{settings.GEAR_MOST_REPAIRS} repairs of one thing are the most.", code="too_many_repairs")
    repair = GearRepair.objects.create(gear=gear, **{name: clean for name, (clean, _) in given.items()})
    tell_gear(gear, "repair_recorded")
    return repair


@transaction.atomic
def remove_repair(*, gear_id: object, repair_id: object, by: User) -> None:
    gear = locked_gear(gear_id, by)
    removed, _ = gear.repairs.filter(pk=lookup_id(repair_id)).delete()
    if not removed:
        raise NotFound("Repair not found")
    tell_gear(gear, "repair_removed")
