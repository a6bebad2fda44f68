"""The refund's form: what was typed becomes the verb's words; who may how much is the verb's rule."""

import uuid

from django import forms

from config.money import Money
from marketplace.pages.forms import digits_of
from marketplace.verbs.refunds import LONGEST_DETAILS, LONGEST_REASON

REASONS = ("Not as described", "It does not work", "Bought by mistake", "It did not arrive")


class RefundForm(forms.Form):
    lines = forms.MultipleChoiceField(
        label="What goes back",
        widget=forms.CheckboxSelectMultiple,
        error_messages={
            "required": "Choose at least one.",
            "invalid_choice": "What you chose is not to be given back any more. Choose from what is left.",
        },
    )
    reason = forms.CharField(
        max_length=LONGEST_REASON,
        widget=forms.TextInput(attrs={"list": "refund-reasons"}),
        help_text="The other side reads it.",
    )
    details = forms.CharField(max_length=LONGEST_DETAILS, required=False, widget=forms.Textarea(attrs={"rows": 3}))
    amount = forms.DecimalField(
        label="Only a part",
        required=False,
        max_digits=14,
        decimal_places=3,
        widget=forms.NumberInput(attrs={"step": "any", "min": "0"}),
        help_text="Empty: all that is left of what you chose.",
    )
    key = forms.CharField(max_length=64, widget=forms.HiddenInput)

    def __init__(self, *args, order, lines, takes_a_part, **options):
        super().__init__(*args, **options)
        self.currency = order.currency
        self.fields["amount"].label = f"Only a part, in {order.currency}"
        if not takes_a_part:
            del self.fields["amount"]
        choices = [(str(line.pk), f"{line.title}, {Money(line.left_cents, order.currency)}") for line in lines]
        setattr(self.fields["lines"], "choices", choices)  # noqa: B010 -- its class is not declared

    @staticmethod
    def new_key() -> str:
        return uuid.uuid4().hex

    def clean_amount(self):
        """In minor units; None for all."""
        amount = self.cleaned_data["amount"]
        if amount is None:
            return None
        minor = amount.scaleb(digits_of(self.currency))
        if minor != minor.to_integral_value() or minor < 1:
            raise forms.ValidationError(f"Must be an amount of {self.currency} above zero.")
        return int(minor)

    def words_for_the_verb(self):
        given = self.cleaned_data
        asked = {name: given[name] for name in ("key", "reason", "details")} | {"line_ids": given["lines"]}
        return asked if given.get("amount") is None else asked | {"amount_cents": given["amount"]}
