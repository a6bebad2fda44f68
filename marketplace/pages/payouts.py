"""The money side of the studio: what arrived and what waits, each payout's path, fees, the account to be paid to."""

import csv
import datetime as dt
import io
from decimal import Decimal

from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.timezone import localdate
from django.views.decorators.http import require_POST, require_safe

from config.errors import DomainError, NotFound
from config.money import EXPONENTS, MAX_CENTS, Money, fee_of
from marketplace.models import Transfer
from marketplace.models.products import CURRENCIES
from marketplace.pages.forms import digits_of
from marketplace.pages.leaving import send_on
from marketplace.pages.lists import asked_for, paged
from marketplace.pages.studio_parts import account_context, studio_context
from marketplace.queries.payouts import (
    COLUMNS,
    path_of,
    payouts_by_month,
    payouts_for_export,
    payouts_of,
    titles_of,
    years_of,
)
from marketplace.queries.sellers import account_of
from marketplace.queries.transfers import why_unpaid
from marketplace.verbs.sellers import refresh_account, start_onboarding

STATES = {
    "pending": ("Waiting", "note"),
    "processing": ("On its way", "note"),
    "completed": ("Sent", "good"),
    "failed": ("Tried again soon", "warn"),
    "blocked": ("Needs your account", "warn"),
    "canceled": ("Nothing to send", ""),
    "partially_reversed": ("Partly taken back", "warn"),
    "reversed": ("Taken back", ""),
}
ASKED_OF = {
    "seller": "you", "platform": "us", "bank": "the buyer's bank", "provider": "the payment provider",
}  # fmt: skip
HELD = ("payment_disputed", "refund_pending", "no_payout_provider")
AMOUNTS = ("sale", "fee", "kept_back_for_debt", "amount", "taken_back")
EXAMPLES = (2999, 999, 5, 4)


def with_why(transfer):
    """With its state in words and, where it is not sent, why."""
    transfer.state, transfer.tone = STATES[transfer.status]
    transfer.why = why_unpaid(transfer)
    transfer.asked_of = ASKED_OF.get(transfer.why.asked_of, "")
    if transfer.why.reason in HELD:
        transfer.state, transfer.tone = "Held", "warn"
    elif transfer.why.reason == "play_money":
        transfer.state, transfer.tone = "Play money", ""
    elif transfer.status == "failed" and transfer.why.next_try_at is None:
        transfer.state, transfer.tone = "Needs our help", "bad"
    transfer.net = Money(transfer.gross_cents - transfer.platform_fee_cents, transfer.currency)
    return transfer


def page_of_studio(request, template, context, status=200):
    return render(request, f"marketplace/studio/{template}.html", context, status=status)


# --- payouts -------------------------------------------------------------------------------------------------------


@login_required
@require_safe
def payouts(request):
    """GET /studio/payouts/?status=&page="""
    status = asked_for(request, "status")
    status = status if status in Transfer.Status.values else ""
    found = paged(request, payouts_of(request.user, status=status), size=20)
    titles = titles_of(found["items"])
    for transfer in found["items"]:
        with_why(transfer).titles = titles[transfer.pk]
    context = studio_context(request, "payouts") | account_context(request) | found
    context |= {
        "status": status,
        "statuses": [("", "All states"), *((value, words) for value, (words, _) in STATES.items())],
        "charts": [charted(each) for each in payouts_by_month(request.user)],
        "years": years_of(request.user),
    }
    return page_of_studio(request, "payouts", context)


def charted(found):
    """For templates/marketplace/studio/_months.html: the sums as words beside the numbers that are drawn."""
    currency = found["currency"]
    points = [
        {
            "label": f"{row['month']:%b}" if row["month"].month > 1 else f"{row['month']:%b %Y}",
            "when": f"{row['month']:%B %Y}",
            "value": row["sent"],
            "text": str(Money(row["sent"], currency)),
            "back": str(Money(row["taken_back"], currency)),
        }
        for row in found["months"]
    ]
    total = str(Money(found["sent"], currency))
    return {"currency": currency, "title": f"Sent to you by month, in {currency}", "total": total, "points": points}


@login_required
@require_safe
def payout(request, transfer_id):
    """GET /studio/payouts/<id>/: the path from what was sold to what arrived."""
    transfer = payouts_of(request.user).filter(pk=transfer_id).first()
    if transfer is None:
        raise Http404
    path = path_of(transfer)
    context = studio_context(request, "payouts") | {
        "transfer": with_why(transfer),
        "path": path,
        "fee_percent_then": (Decimal(transfer.fee_bp) / 100).normalize(),
    }
    return page_of_studio(request, "payout", context)


@login_required
@require_safe
def export(request):
    """GET /studio/payouts/export/?year=: a file for the bookkeeper. Amounts as people write them, without thousands."""
    text = asked_for(request, "year")
    year = int(text) if text.isascii() and text.isdigit() and 2000 <= int(text[:5]) <= 9998 else localdate().year
    written = io.StringIO()
    lines = csv.writer(written)
    lines.writerow(COLUMNS)
    for row in payouts_for_export(request.user, year=year):
        lines.writerow([cell(name, row[name], row["currency"]) for name in COLUMNS])
    name = f"payouts-{year}.csv"
    # The mark at the beginning tells spreadsheets that it is UTF-8.
    return HttpResponse(
        "\ufeff" + written.getvalue(),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "private, no-store"},
    )


def cell(name, value, currency):
    if value is None:
        return ""
    if name in AMOUNTS:
        return str(Decimal(value).scaleb(-EXPONENTS.get(currency, 2)))
    if isinstance(value, dt.datetime):
        return value.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    # A spreadsheet would calculate what begins like this; a provider's words are not ours.
    return f"'{value}" if value.startswith(("=", "+", "-", "@", "\t", "\r")) else value


# --- fees ----------------------------------------------------------------------------------------------------------


class PriceForm(forms.Form):
    price = forms.DecimalField(
        label="If somebody pays", min_value=0, max_digits=14, decimal_places=3,
        widget=forms.NumberInput(attrs={"step": "any", "inputmode": "decimal"}),
    )  # fmt: skip
    currency = forms.ChoiceField(choices=[(code, code) for code in CURRENCIES])

    def cents(self) -> int | None:
        """In minor units; None, with a word beside the field, where the currency has no such amount."""
        currency = self.cleaned_data["currency"]
        cents = self.cleaned_data["price"].scaleb(digits_of(currency))
        if cents != cents.to_integral_value() or cents > MAX_CENTS:
            most = Money(MAX_CENTS, currency)
            self.add_error("price", f"{currency} has {digits_of(currency)} decimals, and no price is above {most}.")
            return None
        return int(cents)


@login_required
@require_safe
def fees(request):
    """GET /studio/fees/?price=&currency=: how the fee is counted, with examples and for any price."""
    account = account_of(request.user)
    own = account.default_currency if account else "EUR"
    form = PriceForm(request.GET) if request.GET.get("price") else PriceForm(initial={"currency": own})
    cents = form.cents() if form.is_bound and form.is_valid() else None
    currency = form.cleaned_data["currency"] if cents is not None else own
    context = studio_context(request, "fees") | {
        "form": form,
        "answer": None if cents is None else parted(cents, currency),
        "examples": [parted(example, own) for example in EXAMPLES],
    }
    return page_of_studio(request, "fees", context)


def parted(gross, currency):
    """A price, the house's part of it before rounding and after, and the seller's."""
    fee = fee_of(gross, settings.PLATFORM_FEE_BP)
    exact = Decimal(gross * settings.PLATFORM_FEE_BP).scaleb(-4 - digits_of(currency)).normalize()
    return {
        "gross": Money(gross, currency),
        "exact": f"{exact:f} {currency}",
        "fee": Money(fee, currency),
        "net": Money(gross - fee, currency),
    }


# --- the account to be paid to -------------------------------------------------------------------------------------


@login_required
@require_POST
def onboard(request):
    return to_the_provider(request)


@login_required
@require_safe
def connect_again(request):
    """Where the provider sends a seller whose link was used or too old: they get a new one."""
    account = account_of(request.user)
    if account is None or account.provider_id is None:
        return redirect("studio_payouts")
    return to_the_provider(request)


def to_the_provider(request):
    try:
        url = start_onboarding(by=request.user)
    except DomainError as error:
        messages.error(request, error.message)
        return redirect("studio_payouts")
    return send_on(request, url)


@login_required
@require_safe
def connect_back(request):
    """Where the provider sends a seller back to. That they came back does not mean that they finished: it is asked."""
    return read_again(request)


@login_required
@require_POST
def connect_check(request):
    return read_again(request)


def read_again(request):
    try:
        account = refresh_account(user_id=request.user.pk)
    except NotFound:
        return redirect("studio_payouts")
    except DomainError as error:
        messages.error(request, error.message)
        return redirect("studio_payouts")
    if account.transfers_active:
        messages.success(request, "Your account can receive money. What waited for it goes out now.")
    else:
        messages.info(request, "The payout provider still asks for something before it can pay you.")
    return redirect("studio_payouts")
