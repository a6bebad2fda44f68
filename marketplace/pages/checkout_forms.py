"""What a checkout asks: how to pay, where a parcel goes, who the invoice is for."""

import uuid
from typing import Any

from django import forms

from config.countries import COUNTRIES
from config.errors import Invalid
from marketplace.pages.checkout_kept import mark_of
from marketplace.pages.forms import METHODS
from marketplace.verbs.addresses import BILLING, LONGEST, NEEDED, SHIPPING, clean_billing, clean_shipping
from marketplace.verbs.baskets import MOST_ITEMS, MOST_OF_ONE

LABELS = {
    "name": "Name", "company": "Company", "line1": "Street and number", "line2": "More of the address",
    "postcode": "Postcode", "city": "City", "country": "Country", "vat_id": "VAT number",
}  # fmt: skip
AUTOFILL = {
    "name": "name", "company": "organization", "line1": "address-line1", "line2": "address-line2",
    "postcode": "postal-code", "city": "address-level2", "country": "country", "vat_id": "off",
}  # fmt: skip
SENT_TO = ("name", "line1", "city", "country")
"""Without these no parcel arrives."""
PARTS = {"billing": "for the invoice", "shipping": "of the parcel"}
"""Tells two fields of one name apart where they stand without their headings."""


def address_field(part: str, name: str) -> forms.Field:
    hints = {"autocomplete": "off" if AUTOFILL[name] == "off" else f"{part} {AUTOFILL[name]}"}
    given: dict[str, Any] = {"label": LABELS[name], "required": False, "initial": ""}
    given["error_messages"] = {"required": NEEDED}
    if name == "country":
        chooser = forms.Select(attrs=hints)
        field: forms.Field = forms.ChoiceField(choices=[("", "Choose"), *COUNTRIES.items()], widget=chooser, **given)
    else:
        field = forms.CharField(max_length=LONGEST[name], widget=forms.TextInput(attrs=hints), **given)
    setattr(field, "part", PARTS[part])  # noqa: B010 -- a field's own word for the summary of errors
    return field


class CheckoutForm(forms.Form):
    """`key` is made once a rendered form, so that pressing twice is one order; `total` is what the buyer saw.

    `again` says that the buyer saw the order that is still being paid and wants another one.
    """

    payment_method = forms.ChoiceField(
        label="Pay with", choices=list(METHODS.items()), initial="card", widget=forms.RadioSelect
    )
    key = forms.CharField(max_length=64, widget=forms.HiddenInput)
    total = forms.IntegerField(widget=forms.HiddenInput)
    again = forms.BooleanField(required=False, widget=forms.HiddenInput)
    owner = forms.CharField(max_length=200, required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, is_physical: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.parts = {"billing": BILLING, **({"shipping": SHIPPING} if is_physical else {})}
        for part, names in self.parts.items():
            for name in names:
                self.fields[f"{part}_{name}"] = address_field(part, name)
        for name in SENT_TO if is_physical else ():
            # Said by the label; checked below, so that the browser does not stop at a field that is out of sight.
            self.fields[f"shipping_{name}"].required = True

    @staticmethod
    def new_key() -> str:
        return uuid.uuid4().hex

    @classmethod
    def first(cls, said: dict[str, dict[str, str]], user: Any) -> dict[str, Any]:
        """What a fresh form shows: what was written last time, and the account's name where nothing was."""
        shown = {f"{part}_{name}": text for part, given in said.items() for name, text in given.items()}
        return {
            "billing_name": user.name,
            "shipping_name": user.name,
            **shown,
            "key": cls.new_key(),
            "owner": mark_of(user),
            "payment_method": "card",
        }

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        checks = {"billing": clean_billing, "shipping": clean_shipping}
        for part, names in self.parts.items():
            try:
                given[part] = checks[part]({name: given.get(f"{part}_{name}", "") for name in names})
            except Invalid as error:
                for name, sentences in error.details[part].items():
                    if f"{part}_{name}" not in self.errors:
                        self.add_error(f"{part}_{name}", sentences)
        return given

    def billing_fields(self) -> list[forms.BoundField]:
        return [self[f"billing_{name}"] for name in BILLING]

    def shipping_fields(self) -> list[forms.BoundField]:
        return [self[f"shipping_{name}"] for name in SHIPPING] if "shipping" in self.parts else []

    def has_billing_fault(self) -> bool:
        return any(field.errors for field in self.billing_fields())


class BuyForm(CheckoutForm):
    """One product, as many as the buyer says."""

    quantity = forms.IntegerField(min_value=1, max_value=MOST_OF_ONE, initial=1)


class CartForm(CheckoutForm):
    """What lay in the cart when the page was drawn: a second press orders the same, though the cart is empty by then."""

    basket = forms.CharField(max_length=MOST_ITEMS * 48, widget=forms.HiddenInput)

    def clean_basket(self) -> list[tuple[str, int]]:
        return read_basket(self.cleaned_data["basket"])


def spell_basket(lines: list[tuple[Any, int]]) -> str:
    return ",".join(f"{product.pk}:{quantity}" for product, quantity in lines)


def read_basket(text: str) -> list[tuple[str, int]]:
    """Product ids and quantities of what `spell_basket` wrote; ValidationError for anything else."""
    found = []
    for part in text.split(",")[: MOST_ITEMS + 1]:
        key, _, count = part.partition(":")
        if not (len(key) == 36 and count.isascii() and count.isdigit() and len(count) <= 2):
            raise forms.ValidationError("This page is out of date. Go back to your cart.")
        found.append((key, int(count)))
    return found
