"""What a buyer writes about themselves for an invoice, and where a parcel goes. Kept on the order as it was given."""

import re
from collections.abc import Mapping
from typing import Any

from accounts.models import User
from config.countries import COUNTRIES
from config.errors import Invalid
from marketplace.models import Order

SHIPPING = ("name", "company", "line1", "line2", "postcode", "city", "country")
BILLING = (*SHIPPING, "vat_id")
LONGEST = {
    "name": 120,
    "company": 120,
    "line1": 120,
    "line2": 120,
    "postcode": 20,
    "city": 80,
    "country": 2,
    "vat_id": 20,
}
VAT_ID = re.compile(r"[A-Z]{2}[0-9A-Z+*.]{2,18}")
NEEDED = "This is needed."


def clean_billing(given: Any) -> dict[str, str]:
    """What of `given` an invoice can carry, by the names of BILLING; Invalid with the faults beside each.

    Nobody has to say who they are for an invoice; one for a company names its place.
    """
    clean, faults = _read(given, BILLING)
    clean["vat_id"] = re.sub(r"[ .-]", "", clean["vat_id"]).upper()
    if clean["vat_id"] and not VAT_ID.fullmatch(clean["vat_id"]):
        faults["vat_id"] = ["Must begin with the two letters of its country, such as DE123456789."]
    if clean["company"] or clean["vat_id"]:
        faults |= {name: [NEEDED] for name in ("line1", "city", "country") if not clean[name] and name not in faults}
    return _said_or_refused(clean, faults, "billing")


def clean_shipping(given: Any, *, is_needed: bool = False) -> dict[str, str]:
    """Where a parcel goes, by the names of SHIPPING. Where nothing was said that is nothing, unless it `is_needed`; Invalid
    where half of it was."""
    clean, faults = _read(given, SHIPPING)
    if is_needed or any(clean.values()):
        needed = ("name", "line1", "city", "country")
        faults |= {name: [NEEDED] for name in needed if not clean[name] and name not in faults}
    return _said_or_refused(clean, faults, "shipping")


def said_last(*, by: User) -> dict[str, dict[str, str]]:
    """What `by` wrote in the latest order that holds such: `{"billing": {...}, "shipping": {...}}`, for the next one."""
    mine = Order.objects.filter(buyer=by).order_by("-created_at", "-id")
    found = {}
    for name in ("billing", "shipping"):
        found[name] = mine.exclude(**{name: {}}).values_list(name, flat=True).first() or {}
    return found


def _read(given: Any, names: tuple[str, ...]) -> tuple[dict[str, str], dict[str, list[str]]]:
    if given is not None and not isinstance(given, Mapping):
        raise Invalid("The address must be an object of texts.")
    clean, faults = {}, {}
    for name in names:
        text = (given or {}).get(name) or ""
        if not isinstance(text, str) or len(text) > LONGEST[name] or not text.isprintable():
            faults[name] = [f"Must be a text of one line, at most {LONGEST[name]} characters."]
            text = ""
        clean[name] = " ".join(text.split())
    clean["country"] = clean["country"].upper()
    if clean["country"] and clean["country"] not in COUNTRIES:
        faults["country"] = ["Must be the two letters of a country, such as FR."]
    return clean, faults


def _said_or_refused(clean: dict[str, str], faults: dict[str, list[str]], part: str) -> dict[str, str]:
    if faults:
        name, sentences = next(iter(faults.items()))
        raise Invalid(f"{part}.{name}: {sentences[0]}", details={part: faults})
    return {name: text for name, text in clean.items() if text}
