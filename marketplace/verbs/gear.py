"""Instruments and tools that somebody owns (veza.txt, "Gear / Inventory"; decisions.md §5): their owner's business alone."""

import datetime as dt
from typing import Any, TypedDict, Unpack

from django.conf import settings
from django.db import transaction

from accounts.models import User
from config.errors import Conflict, Invalid, NotFound
from config.ids import lookup_id
from config.money import is_amount
from marketplace.facts import GearChanged
from marketplace.models import GearItem
from marketplace.models.products import KNOWN_CURRENCIES
from marketplace.verbs.remembering import remember_gear
from ontology.changes import publish
from ontology.gateways.object_storage import remove
from ontology.models import ConnectionType, EventType
from ontology.verbs.files import lock_owner
from ontology.verbs.memory import forget, link, log

FIRST_YEAR, LAST_YEAR = 1900, 2100
TEXTS = {"name": 200, "category": 60, "brand": 100, "model": 100, "serial_number": 100, "notes": 5000}


class GearFields(TypedDict, total=False):
    """Prices in minor units of `currency`; None where it is not known."""

    name: str
    category: str
    brand: str
    model: str
    serial_number: str
    status: str
    purchase_date: dt.date | None
    purchase_price_cents: int | None
    currency: str
    warranty_until_date: dt.date | None
    notes: str


@transaction.atomic
def create_gear(*, by: User, **given: Unpack[GearFields]) -> GearItem:
    """An item of `by`'s. Invalid with details for each field; Conflict `too_much_gear` above GEAR_MOST_ITEMS."""
    gear = GearItem(owner=by)
    _apply(gear, given, needed=("name",))
    lock_owner(by.pk)
    if GearItem.objects.visible_to(by).count() >= settings.GEAR_MOST_ITEMS:
        raise Conflict(f"You keep {settings.GEAR_MOST_ITEMS} things, which is the most.", code="too_much_gear")
    gear.save()
    remember_gear(gear)
    link(from_id=by.pk, to_id=gear.pk, type=ConnectionType.OWNS, is_private=True)
    log(type=EventType.CONTENT_UPLOADED, actor_id=by.pk, target_id=gear.pk, is_private=True)
    publish(GearChanged(gear_id=gear.pk, owner_id=by.pk, what="created"))
    return gear


@transaction.atomic
def update_gear(*, gear_id: object, by: User, **given: Unpack[GearFields]) -> GearItem:
    """Change what is given and leave the rest; fails as `create_gear` does, and with NotFound."""
    gear = locked_gear(gear_id, by)
    _apply(gear, given)
    gear.save()
    tell_gear(gear, "updated")
    return gear


@transaction.atomic
def remove_gear(*, gear_id: object, by: User) -> None:
    """Gone with its papers and repairs. What the papers held is removed once that is certain; a sweep finds the rest."""
    gear = locked_gear(gear_id, by)
    for key in gear.documents.values_list("content", flat=True):
        drop_content(key)
    forget(id=gear.pk)
    publish(GearChanged(gear_id=gear.pk, owner_id=gear.owner_id, what="removed"))
    gear.delete()


def own_gear(gear_id: object, by: User) -> GearItem:
    """The caller's item; NotFound for another's, so that an id tells nothing."""
    gear = GearItem.objects.visible_to(by).filter(pk=lookup_id(gear_id)).first()
    if gear is None:
        raise NotFound("Gear not found")
    return gear


def locked_gear(gear_id: object, by: User) -> GearItem:
    """As `own_gear`, and nobody else changes what this owner keeps until the transaction ends."""
    lock_owner(by.pk)
    return own_gear(gear_id, by)


def tell_gear(gear: GearItem, what: str) -> None:
    """Write the graph and say what happened, in the transaction that did it."""
    remember_gear(gear)
    metadata = {"action": what}
    log(type=EventType.CONTENT_CHANGED, actor_id=gear.owner_id, target_id=gear.pk, metadata=metadata, is_private=True)
    publish(GearChanged(gear_id=gear.pk, owner_id=gear.owner_id, what=what))


def drop_content(key: str) -> None:
    # robust: that a content is still there is the sweep's business, not a failure of what was done.
    transaction.on_commit(lambda: remove(key), robust=True)


# --- what may stand in a field -------------------------------------------------------------------------------------


def _apply(gear: GearItem, given: Any, needed: tuple[str, ...] = ()) -> None:
    faults = {name: ["This field is required."] for name in needed if name not in given}
    for name, value in given.items():
        clean, fault = _checked(name, value)
        if fault:
            faults[name] = [fault]
        else:
            setattr(gear, name, clean)
    bought, until = gear.purchase_date, gear.warranty_until_date
    if not faults and bought and until and until < bought:
        faults["warranty_until_date"] = ["A warranty ends after the purchase."]
    refuse(faults)


def refuse(faults: dict[str, list[str]]) -> None:
    """Invalid with these faults by field, where there are any."""
    if faults:
        name, sentences = next(iter(faults.items()))
        raise Invalid(f"{name}: {sentences[0]}", details=faults)


def _checked(name: str, value: Any) -> tuple[Any, str]:
    """(the clean value, what is wrong with it or nothing)"""
    if name in TEXTS:
        return checked_text(value, most=TEXTS[name], least=1 if name == "name" else 0)
    if name == "status":
        return value, "" if value in GearItem.Status.values else f"Must be one of {', '.join(GearItem.Status.values)}."
    if name == "currency":
        return checked_currency(value)
    if name == "purchase_price_cents":
        is_right = value is None or is_amount(value)
        return value, "" if is_right else "Must be a whole number of minor units, 0 or more."
    return (None, "") if value is None else checked_date(value)


def checked_text(value: Any, *, most: int, least: int = 0) -> tuple[Any, str]:
    text = value.strip() if isinstance(value, str) else None
    is_right = text is not None and least <= len(text) <= most and "\0" not in text
    return text, "" if is_right else f"Must be a text of {least} to {most} characters."


def checked_currency(value: Any) -> tuple[Any, str]:
    code = value.upper() if isinstance(value, str) else ""
    return code, "" if code in KNOWN_CURRENCIES else f"Must be one of {', '.join(KNOWN_CURRENCIES)}."


def checked_date(value: Any) -> tuple[Any, str]:
    is_day = isinstance(value, dt.date) and not isinstance(value, dt.datetime)
    is_right = is_day and FIRST_YEAR <= value.year <= LAST_YEAR
    return value, "" if is_right else f"Must be a day from {FIRST_YEAR} to {LAST_YEAR}."
