"""Gear's forms: what was typed becomes a verb's words; the rules are the verbs'."""

from decimal import Decimal
from typing import Any

from django import forms

from marketplace.models import GearDocument, GearItem
from marketplace.models.products import KNOWN_CURRENCIES
from marketplace.pages.forms import digits_of
from ontology.verbs.uploads import KINDS, in_words

STATUS_NAMES = {
    "in_use": "In use", "in_repair": "In repair", "lent": "Lent", "sold": "Sold", "lost": "Lost",
}  # fmt: skip
TYPE_NAMES = {
    "invoice": "Invoice", "manual": "Manual", "warranty": "Warranty", "photo": "Photograph", "insurance": "Insurance",
    "other": "Something else",
}  # fmt: skip
OF_CURRENCIES = [(code, code) for code in KNOWN_CURRENCIES]


class Day(forms.DateField):
    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


class MoneyForm(forms.Form):
    """Has a `currency`; what is typed in the field `amount_field` becomes minor units under `cents_field`."""

    amount_field = cents_field = ""

    def clean(self):
        given: Any = super().clean()
        amount, currency = given.get(self.amount_field), given.get("currency")
        if amount is None or not currency:
            given[self.cents_field] = None
            return given
        cents = amount.scaleb(digits_of(currency))
        if cents != cents.to_integral_value():
            self.add_error(self.amount_field, f"{currency} has {digits_of(currency)} decimals.")
        given[self.cents_field] = int(cents)
        return given


def money_field(**given) -> forms.DecimalField:
    number = forms.NumberInput(attrs={"step": "any", "inputmode": "decimal"})
    return forms.DecimalField(min_value=0, max_digits=14, decimal_places=3, required=False, widget=number, **given)


class GearForm(MoneyForm):
    amount_field, cents_field = "price", "purchase_price_cents"

    name = forms.CharField(max_length=200, help_text="What you call it.")
    category = forms.CharField(max_length=60, required=False, help_text="Strings, microphone, amplifier…")
    status = forms.ChoiceField(label="Where it is", choices=list(STATUS_NAMES.items()), initial="in_use")
    brand = forms.CharField(max_length=100, required=False)
    model = forms.CharField(max_length=100, required=False)
    serial_number = forms.CharField(max_length=100, required=False)
    purchase_date = Day(label="Bought on", required=False)
    price = money_field(label="Bought for")
    currency = forms.ChoiceField(choices=OF_CURRENCIES, initial="EUR")
    warranty_until_date = Day(label="Warranty until", required=False)
    notes = forms.CharField(max_length=5000, required=False, widget=forms.Textarea(attrs={"rows": 4}))

    @classmethod
    def of(cls, gear: GearItem) -> dict:
        """What the form shows for an item."""
        names = [name for name in cls.base_fields if name != "price"]
        cents = gear.purchase_price_cents
        price = None if cents is None else Decimal(cents).scaleb(-digits_of(gear.currency))
        return {"price": price, **{name: getattr(gear, name) for name in names}}

    def words_for_the_verb(self) -> dict:
        return {name: value for name, value in self.cleaned_data.items() if name != "price"}


class RepairForm(MoneyForm):
    amount_field, cents_field = "cost", "cost_cents"

    repair_date = Day(label="Repaired on")
    description = forms.CharField(label="What was done", max_length=2000, widget=forms.Textarea(attrs={"rows": 2}))
    cost = money_field(help_text="Empty: it cost nothing.")
    currency = forms.ChoiceField(choices=OF_CURRENCIES)
    provider = forms.CharField(label="By whom", max_length=200, required=False)

    def words_for_the_verb(self) -> dict:
        given = {name: value for name, value in self.cleaned_data.items() if name != "cost"}
        return {**given, "cost_cents": given["cost_cents"] or 0}


class DocumentForm(forms.Form):
    file = forms.FileField(error_messages={"required": "Choose a file first."}, allow_empty_file=True)
    type = forms.ChoiceField(
        label="What it is", choices=[(value, TYPE_NAMES[value]) for value in GearDocument.Type.values]
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["file"].help_text = f"Any kind, at most {in_words(KINDS['gear_document'].most_bytes)}."
