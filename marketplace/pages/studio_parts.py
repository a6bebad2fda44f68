"""What all pages of the studio show: the tabs, the fee, the account to be paid to and what lies on it."""

import datetime as dt
from decimal import Decimal

from django.conf import settings

from config.errors import Unavailable
from config.money import Money
from marketplace.queries.sellers import account_of, balances_of
from marketplace.verbs.balances import read_balance

FRESH = dt.timedelta(minutes=1)
TABS = (("", "Overview"), ("products", "Products"), ("orders", "Sales"), ("payouts", "Payouts"), ("fees", "Fees"))
HOLDS = {
    "provider": "Waits until the platform can pay out",
    "dispute": "Held: the buyer's bank disputes the payment",
    "refund": "Held: a refund is on its way",
    "account": "Waits for your account",
    "staff": "Could not be sent, we look into it",
    "retry": "Could not be sent yet, tried again by itself",
    "soon": "Goes out now",
}
REQUIREMENTS = {
    "external_account": "A bank account to pay to",
    "tos_acceptance": "Your agreement to the provider's terms",
    "verification.document": "A document that shows who you are",
    "verification.additional_document": "A second document that shows who you are",
    "dob": "Your date of birth",
    "address": "Your address",
    "email": "Your email address",
    "phone": "Your phone number",
    "id_number": "Your tax or identity number",
    "tax_id": "Your tax number",
    "business_profile": "What you sell and where",
    "business_type": "Whether you are a person or a company",
    "first_name": "Your name",
    "last_name": "Your name",
}


def studio_context(request, tab):
    tabs = [
        {"url": f"/studio/{name}/" if name else "/studio/", "text": text, "active": name == tab} for name, text in TABS
    ]
    return {"place": "studio", "tabs": tabs, "fee_percent": (Decimal(settings.PLATFORM_FEE_BP) / 100).normalize()}


def account_context(request):
    """The seller's account with what is asked of them, and what lies on it, in each currency."""
    is_silent = is_stale = False
    try:
        is_stale = read_balance(by=request.user, most_age=FRESH)
    except Unavailable:
        is_silent = True
    account, balances = account_of(request.user), balances_of(request.user)
    return {
        "account": account,
        "balances": [shown(balance) for balance in balances],
        "own": balances[0],
        "balance_is_stale": is_stale,
        "provider_is_silent": is_silent,
        "requirements": requirements(account.requirements_due if account else []),
        "has_begun": bool(account and account.provider_id),
    }


def shown(balance):
    def text(amount):
        return str(Money(amount, balance.currency))

    holds = [{"words": HOLDS[hold.why], "amount": text(hold.amount)} for hold in balance.holds]
    kept_back = min(balance.debt, sum(hold.amount for hold in balance.holds))
    if kept_back:
        holds.append({"words": "Kept back of this for what you owe", "amount": f"\u2212 {text(kept_back)}"})
    return {
        "currency": balance.currency,
        "available": text(balance.available),
        "pending": text(balance.pending),
        "pending_words": "Waiting" if is_held(balance) else "On its way to you",
        "debt": text(balance.debt) if balance.debt else "",
        "holds": holds,
        "read_at": balance.read_at,
    }


def is_held(balance):
    """Whether nothing of what is not there yet moves: all of it waits for somebody."""
    held = sum(hold.amount for hold in balance.holds if hold.why != "soon")
    return 0 < balance.pending <= held


def requirements(due):
    """The provider's words as people's; each once. What we have no words for is shown as it is."""
    named = []
    for word in due:
        known = next((words for part, words in REQUIREMENTS.items() if part in str(word)), None)
        named.append(known or str(word).replace("_", " ").replace(".", ", "))
    return list(dict.fromkeys(named))
