"""The store's forms. They check what was typed and turn it into a verb's words; the rules are the verbs'."""

from decimal import Decimal

from django import forms

from config.errors import DomainError
from config.money import EXPONENTS, MAX_CENTS, Money
from marketplace.models import Payment, Product
from marketplace.models.products import CURRENCIES
from marketplace.verbs.product_files import MOST_PREVIEW_BYTES
from marketplace.verbs.products import MOST_STOCK, MOST_VAT_BP
from marketplace.verbs.review_answers import LONGEST_ANSWER
from marketplace.verbs.reviews import LONGEST
from ontology.models import Track
from ontology.verbs.uploads import KINDS, in_words

METHODS = {
    "card": "A card that works",
    "card_declined": "A card that is declined",
    "card_review": "A card that waits for a decision",
}


def explain(form: forms.Form, error: DomainError, **names: str) -> None:
    """Put a verb's refusal where it belongs: beside its fields, or above the form. `names`: the verb's name=the field's."""
    details = error.details if isinstance(error.details, dict) else {}
    shown = {names.get(name, name): sentences for name, sentences in details.items()}
    beside = {name: sentences for name, sentences in shown.items() if name in form.fields}
    for name, sentences in beside.items():
        form.add_error(name, sentences)
    if not beside:
        form.add_error(None, error.message)


def digits_of(currency: str) -> int:
    return EXPONENTS.get(currency, 2)


class ProductForm(forms.Form):
    title = forms.CharField(max_length=200)
    description = forms.CharField(
        max_length=5000, required=False, widget=forms.Textarea(attrs={"rows": 6}), help_text="What it is and for whom."
    )
    price = forms.DecimalField(
        min_value=0,
        max_digits=14,
        decimal_places=3,
        help_text="0 gives it away.",
        widget=forms.NumberInput(attrs={"step": "any"}),
    )
    currency = forms.ChoiceField(choices=[(code, code) for code in CURRENCIES], initial="EUR")
    kind = forms.ChoiceField(
        choices=[("digital", "Digital: a file, a sound, access"), ("physical", "Physical: something sent")]
    )
    vat_percent = forms.DecimalField(
        label="VAT within the price",
        min_value=0,
        max_value=Decimal(MOST_VAT_BP) / 100,
        max_digits=4,
        decimal_places=2,
        required=False,
        help_text="In per cent, as your country has it. It is part of the price, and the invoice names it.",
        widget=forms.NumberInput(attrs={"step": "any"}),
    )
    stock = forms.IntegerField(min_value=0, max_value=MOST_STOCK, required=False, help_text="Empty: it never runs out.")
    status = forms.ChoiceField(
        label="Where it is",
        choices=[("active", "On the market"), ("draft", "A draft, for me alone"), ("archived", "Archived")],
        initial="draft",
    )
    cover = forms.FileField(
        required=False,
        widget=forms.FileInput(attrs={"accept": "image/jpeg,image/png,image/webp,image/gif"}),
        help_text="JPEG, PNG, WebP or GIF, at most 10 MB. Without one, a pattern is drawn for it.",
    )
    preview = forms.FileField(
        label="Something to listen to",
        required=False,
        widget=forms.FileInput(attrs={"accept": "audio/*"}),
        help_text="MP3, Ogg, FLAC, WAV or M4A, at most 20 MB. Everyone may hear it.",
    )

    track_id = forms.UUIDField(required=False, widget=forms.HiddenInput)

    @classmethod
    def of(cls, product: Product) -> dict:
        """What the form shows for a product."""
        price = Decimal(product.price_cents).scaleb(-digits_of(product.currency))
        names = ("title", "description", "currency", "kind", "stock", "status", "track_id")
        vat = (Decimal(product.vat_bp) / 100).normalize() if product.vat_bp else None
        shown = {"price": price, "vat_percent": vat and f"{vat:f}", **{name: getattr(product, name) for name in names}}
        # A track that was deleted meanwhile is let go with the next change.
        track = product.track_id
        is_there = track is not None and Track.objects.filter(pk=track, deleted_at=None).exists()
        return shown if is_there else {**shown, "track_id": None}

    def clean_cover(self):
        most = KINDS["cover"].most_bytes
        return self._small(self.cleaned_data["cover"], most, in_words(most))

    def clean_preview(self):
        return self._small(self.cleaned_data["preview"], MOST_PREVIEW_BYTES, "20 MB")

    @staticmethod
    def _small(upload, most, words):
        if upload and upload.size > most:
            raise forms.ValidationError(f"Must be at most {words}.")
        return upload

    def clean(self):
        super().clean()
        given = self.cleaned_data
        if "price" in given and "currency" in given:
            cents = given["price"].scaleb(digits_of(given["currency"]))
            if cents != cents.to_integral_value():
                self.add_error("price", f"{given['currency']} has {digits_of(given['currency'])} decimals.")
            elif cents > MAX_CENTS:
                self.add_error("price", f"No price is above {Money(MAX_CENTS, given['currency'])}.")
            given["price_cents"] = int(cents)
        given["vat_bp"] = int((given.get("vat_percent") or 0) * 100)
        return given

    def words_for_the_verb(self) -> dict:
        names = ("title", "description", "price_cents", "currency", "kind", "stock", "vat_bp", "status", "track_id")
        files = {name: self.cleaned_data[name].read() for name in ("cover", "preview") if self.cleaned_data[name]}
        return {name: self.cleaned_data[name] for name in names} | files


class PayAgainForm(forms.Form):
    payment_method = forms.ChoiceField(
        label="Pay with",
        choices=[(name, METHODS[name]) for name in Payment.METHODS],
        initial="card",
        widget=forms.RadioSelect,
    )


class ReviewForm(forms.Form):
    rating = forms.TypedChoiceField(
        label="Your rating",
        coerce=int,
        choices=[(5, "5: excellent"), (4, "4: good"), (3, "3: fine"), (2, "2: weak"), (1, "1: poor")],
        widget=forms.RadioSelect,
    )
    comment = forms.CharField(
        max_length=LONGEST, required=False, widget=forms.Textarea(attrs={"rows": 3}), label="What should others know?"
    )


class AnswerForm(forms.Form):
    answer = forms.CharField(
        max_length=LONGEST_ANSWER,
        widget=forms.Textarea(attrs={"rows": 3}),
        label="Your answer",
        help_text="Everyone reads it beneath the review, and its writer is told.",
    )
