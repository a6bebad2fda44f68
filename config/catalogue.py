"""What the catalogue of pieces shows: invented people, things and numbers, in the shapes the pieces take."""

import re
from datetime import timedelta
from typing import Any

from django import forms
from django.conf import settings
from django.utils import timezone


class ProductSketch(forms.Form):
    """A form with one field of each kind. It is shown bound and incomplete, so that its errors show too."""

    title = forms.CharField(max_length=80, help_text="As it should stand on the cover.")
    email = forms.EmailField(label="Contact address")
    description = forms.CharField(widget=forms.Textarea, max_length=400)
    price = forms.DecimalField(required=False)
    kind = forms.ChoiceField(choices=[("digital", "Digital"), ("physical", "Physical")])
    shipping = forms.ChoiceField(choices=[("post", "By post"), ("collected", "Collected")], widget=forms.RadioSelect)
    cover = forms.FileField(required=False)
    password = forms.CharField(widget=forms.PasswordInput, required=False)
    made_by_me = forms.BooleanField(label="I made this myself", help_text="Or everyone who did agreed.")


TYPED = {
    "title": "Stone and Light, a field recording",
    "email": "mira@",
    "description": "Recorded at dawn",
    "price": "12",
    "kind": "digital",
    "shipping": "post",
}
PEOPLE = ("Mira Okafor", "Jonas Lind", "Ines Prado", "Teo Marsh", "Ada Lovelace", "Bo", "Yuki Tan")
PRODUCTS = (
    ("Stone and Light", "Mira Okafor", "12.00 EUR"),
    ("Letters to a Young Potter", "Jonas Lind", "8.50 EUR"),
    ("Harbour, 5 a.m.", "Ines Prado", "4.00 EUR"),
    ("Six Looms", "Atelier Nord", "26.00 EUR"),
    ("Low Tide Études", "Teo Marsh", "9.00 EUR"),
    ("A Field Guide to Waiting", "Ada Lovelace", "14.00 EUR"),
    ("Clay Presets", "Jonas Lind", "18.00 EUR"),
    ("Night Market", "Ines Prado", "6.00 EUR"),
)
SALES = (40, 62, 35, 80, 96, 70, 20, 55, 88, 120, 104, 66, 72, 140)


def icon_names() -> list[str]:
    """Every drawing in the sprite."""
    return re.findall(r'<symbol id="([^"]+)"', (settings.BASE_DIR / "static" / "img" / "icons.svg").read_text())


def numbers() -> dict[str, Any]:
    sources = (("Market", 620), ("Direct link", 410), ("Rooms", 180), ("Other", 74))
    return {
        "spark_up": [3, 4, 3, 6, 5, 7, 9, 8, 12],
        "spark_down": [9, 8, 9, 7, 8, 6, 5, 6, 4],
        "chart_points": [
            {"label": f"{day} May", "value": value, "text": f"{value}.00 EUR"}
            for day, value in enumerate(SALES, start=1)
        ],
        "split_points": [{"label": name, "value": value, "text": f"{value}.00 EUR"} for name, value in sources],
    }


def lists() -> dict[str, Any]:
    now = timezone.now()
    orders = (
        ("Stone and Light", "Jonas Lind", "Paid", "good", 1200),
        ("Six Looms", "Ines Prado", "In review", "warn", 2600),
        ("Night Market", "Teo Marsh", "Refunded", "", 600),
    )
    return {
        "tab_items": [
            {"url": "#lists", "text": "All", "active": True},
            {"url": "#lists", "text": "To ship", "count": 4},
            {"url": "#lists", "text": "Refunded"},
        ],
        "orders": [dict(zip(("title", "buyer", "state", "tone", "cents"), order, strict=True)) for order in orders],
        "rows": [
            {
                "title": "Ines Prado",
                "text": "The test pressing arrived, it sounds wonderful",
                "at": now - timedelta(minutes=4),
                "count": 2,
            },
            {"title": "Workshop", "text": "Teo: see you at seven", "at": now - timedelta(hours=3), "open": True},
            {"title": "Jonas Lind", "text": "Thank you", "at": now - timedelta(days=2)},
        ],
        "happened": [
            {
                "title": "Ines Prado bought Stone and Light",
                "text": "12.00 EUR, of which 10.80 EUR is yours",
                "at": now - timedelta(minutes=12),
                "icon": "sale",
                "tone": "good",
                "url": "#lists",
            },
            {"title": "Jonas Lind wrote a review", "at": now - timedelta(hours=5), "icon": "review"},
            {
                "title": "Payout sent",
                "text": "310.50 EUR",
                "at": now - timedelta(days=3),
                "icon": "payout",
                "tone": "accent",
            },
        ],
    }


def words() -> dict[str, Any]:
    now = timezone.now()
    ada, you = {"by_id": "ada", "by": "Ada Lovelace"}, {"by_id": "you", "by": "You", "own": True}
    first = now - timedelta(minutes=50)
    return {
        "said": [
            {**ada, "id": 1, "text": "Did you hear the second side yet?", "at": first, "day": first},
            {**ada, "id": 2, "text": "The bells at the end.", "at": first, "follows": True},
            {
                **you,
                "id": 3,
                "text": "Twice. I think the fade is too quick, though. Shall we look at it together on Thursday?",
                "at": now - timedelta(minutes=20),
                "note": "Seen",
            },
            {
                **you,
                "id": 4,
                "text": "I can bring the master.",
                "at": now,
                "state": "failed",
                "note": "Not sent. Try again",
            },
        ],
        "code_text": 'curl -H "X-API-Key: $KEY" \\\n  http://localhost:8000/api/v1/marketplace/products?limit=20',
        "facts": [
            {"name": "Buyer", "value": "Jonas Lind"},
            {"name": "Paid", "value": "12.00 EUR"},
            {"name": "Your share", "value": "10.80 EUR"},
        ],
        "changes": [
            {"name": "Title", "before": "Stone", "after": "Stone and Light"},
            {"name": "Price", "before": "10.00 EUR", "after": "12.00 EUR"},
            {"name": "Stock", "before": "", "after": "40"},
        ],
    }


def samples() -> dict[str, Any]:
    """The whole context of templates/pieces_page.html."""
    return {
        "form": ProductSketch(TYPED),
        "people": [{"id": name, "name": name} for name in PEOPLE],
        "products": [{"id": title, "title": title, "by": by, "price": price} for title, by, price in PRODUCTS],
        "sort_options": [("new", "Newest first"), ("low", "Lowest price")],
        "icons": icon_names(),
        **numbers(),
        **lists(),
        **words(),
    }
