"""What people of the demo world play and work with: instruments with their papers, their repairs and what they cost."""

import datetime as dt
import io

from django.utils.timezone import localdate

from accounts.models import User
from marketplace.verbs.gear import create_gear
from marketplace.verbs.gear_documents import attach_document
from marketplace.verbs.gear_repairs import record_repair

# name, category, brand, model, serial number, status, years ago it was bought, for, currency
ITEMS = {
    "mira": (
        ("Pump organ", "Keys", "Hofberg", "Model 12", "48213", "in_use", 3, 180_000, "EUR"),
        ("Tape machine", "Recording", "Nagra", "III", "PHO 63 7214", "in_repair", 2, 95_000, "CHF"),
        ("Pair of microphones", "Recording", "Line Audio", "CM4", "", "in_use", 1, 32_000, "EUR"),
    ),
    "sam": (("Travel guitar", "Strings", "Cordoba", "Mini II", "", "lent", 1, 23_900, "EUR"),),
}
# whose, which, days ago, what, cents, currency, by whom
REPAIRS = (
    ("mira", "Pump organ", 700, "Bellows made tight again, two reeds tuned.", 24_000, "EUR", "Orgelbau Weiss"),
    ("mira", "Pump organ", 400, "Pedal strap replaced.", 6_500, "EUR", "Orgelbau Weiss"),
    ("mira", "Tape machine", 420, "Heads cleaned and aligned.", 18_000, "CHF", "Tonwerk"),
    ("mira", "Tape machine", 20, "Motor bearing worn; waits for the part.", 0, "CHF", "Tonwerk"),
    ("mira", "Pair of microphones", 90, "New cable and clips.", 4_800, "EUR", ""),
)
PAPERS = (
    ("mira", "Pump organ", "invoice", "invoice-pump-organ.txt", "Sold to Mira Okafor: one pump organ, 1,800.00 EUR."),
    ("mira", "Pump organ", "manual", "how-to-oil-the-pedals.txt", "Two drops on each hinge, every spring."),
    ("mira", "Tape machine", "warranty", "warranty.txt", "Twelve months on all moving parts."),
)


def keep_gear(world: dict[str, User]) -> None:
    items = {}
    for key, rows in ITEMS.items():
        for name, category, brand, model, serial, status, years, cents, currency in rows:
            bought = localdate() - dt.timedelta(days=365 * years + 40)
            items[key, name] = create_gear(
                name=name, category=category, brand=brand, model=model, serial_number=serial, status=status,
                purchase_date=bought, purchase_price_cents=cents, currency=currency,
                warranty_until_date=bought + dt.timedelta(days=730), by=world[key],
            )  # fmt: skip
    for key, name, ago, words, cents, currency, provider in REPAIRS:
        record_repair(
            gear_id=items[key, name].pk, repair_date=localdate() - dt.timedelta(days=ago), description=words,
            cost_cents=cents, currency=currency, provider=provider, by=world[key],
        )  # fmt: skip
    for key, name, kind, title, text in PAPERS:
        content = io.BytesIO(text.encode())
        attach_document(gear_id=items[key, name].pk, content=content, name=title, type=kind, by=world[key])
