"""The tiers side by side, and the page that says what choosing one costs before anything is paid."""

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils.text import capfirst
from django.utils.timezone import now
from django.views.decorators.http import require_http_methods, require_safe

from config.errors import DomainError, NotFound, Unavailable
from marketplace.models import SubscriptionTier
from marketplace.pages.forms import PayAgainForm, explain
from marketplace.queries.subscriptions import Move, current_subscription, declined_change, plan_for
from marketplace.queries.tiers import find_tier, offered_tiers
from marketplace.verbs.limits import FREE_ALLOWANCE, limits_of_tier
from marketplace.verbs.subscriptions import subscribe

WORDS = {
    Move.START: "Choose {}",
    Move.KEEP: "Stay with {}",
    Move.PAY: "Pay what is open",
    Move.RESUME: "Let {} go on",
    Move.UPGRADE: "Move up to {}",
    Move.DOWNGRADE: "Move down to {}",
}
DONE = {
    Move.START: "{} is yours as soon as it is paid.",
    Move.KEEP: "You stay with {}.",
    Move.PAY: "{} is being paid.",
    Move.RESUME: "{} goes on.",
    Move.UPGRADE: "{} begins as soon as it is paid.",
    Move.DOWNGRADE: "{} begins when your paid month is over.",
}


class ChoiceForm(PayAgainForm):
    """`due` is the amount that was shown."""

    due = forms.IntegerField(min_value=0, widget=forms.HiddenInput)


@require_safe
def pricing(request):
    mine = current_subscription(request.user.pk) if request.user.is_authenticated else None
    tiers = [offer(tier, mine) for tier in offered_tiers()]
    for first in [each for each in tiers if each["is_up"]][:1]:
        first["is_first_up"] = True  # one primary action a page: the next step up
    declined = declined_change(mine) if mine else None
    context = {"place": "", "tiers": tiers, "mine": mine, "declined": declined, "free": told(FREE_ALLOWANCE)}
    return render(request, "marketplace/subscription/pricing.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def choose(request, tier_id):
    try:
        tier = find_tier(tier_id, by=request.user)
    except NotFound:
        raise Http404 from None
    mine = current_subscription(request.user.pk)
    plan = plan_for(mine, tier, at=now())
    if request.method != "POST":
        first = {"payment_method": "card", "due": plan.due_cents}
        return choice_page(request, mine, plan, ChoiceForm(initial=first))
    form = ChoiceForm(request.POST)
    if not form.is_valid():
        return choice_page(request, mine, plan, form, status=400)
    method, due = form.cleaned_data["payment_method"], form.cleaned_data["due"]
    try:
        subscribe(tier_id=tier.pk, by=request.user, payment_method=method, expected_cents=due)
    except Unavailable as error:
        form.add_error(None, f"{error.message} Nothing was charged. Press the button again in a moment.")
        return choice_page(request, mine, plan, form, status=503)
    except DomainError as error:
        explain(form, error)
        return choice_page(request, mine, plan, form, status=409)
    messages.success(request, DONE[plan.move].format(tier.name))
    return redirect("settings_subscription")


def choice_page(request, mine, plan, form, *, status=200):
    if form.is_bound:
        # As typed, with the amount as it is now.
        form.data = form.data.copy()
        form.data["due"] = str(plan.due_cents)
    before = limits_of_tier(mine.tier) if mine and mine.status != "incomplete" else FREE_ALLOWANCE
    context = {
        "place": "",
        "mine": mine,
        "plan": plan,
        "form": form,
        "title": named(plan, mine),
        "changes": changes(before, limits_of_tier(plan.tier)),
        "is_free": plan.due_cents == 0,
    }
    return render(request, "marketplace/subscription/choose.html", context, status=status)


def named(plan, mine):
    """The button's words. What begins with the next month is not always a cheaper tier."""
    is_down = plan.move == Move.DOWNGRADE and plan.tier.price_cents < mine.tier.price_cents
    words = "Change to {}" if plan.move == Move.DOWNGRADE and not is_down else WORDS[plan.move]
    return words.format(plan.tier.name)


def offer(tier: SubscriptionTier, mine):
    """One column: what it brings, and what choosing it would mean."""
    plan = plan_for(mine, tier, at=now())
    move = plan.move
    has_it = mine is not None and mine.status != "incomplete" and mine.tier_id == tier.pk
    return {
        "tier": tier,
        "limits": told(limits_of_tier(tier)),
        "is_mine": has_it,
        "is_next": mine is not None and mine.next_tier_id == tier.pk,
        "button": "" if has_it and move == Move.KEEP and not mine.next_tier_id else named(plan, mine),
        "is_up": move in (Move.START, Move.UPGRADE),
    }


def told(limits):
    """The three limits in people's words."""
    return [
        {"icon": "connection", "text": capfirst(limits.platforms_in_words)},
        {"icon": "spark", "text": counted(limits.ai_answers_a_day, "AI answer", "a day")},
        {"icon": "file", "text": counted(limits.knowledge_files, "knowledge file")},
    ]


def counted(number, noun, per=""):
    words = "Unlimited" if number is None else number or "No"
    return f"{words} {noun}{'' if number == 1 else 's'} {per}".strip()


def changes(before, after):
    """[{name, before, after}] of what will be different."""
    rows = [
        ("Platforms", capfirst(before.platforms_in_words), capfirst(after.platforms_in_words)),
        ("AI answers a day", short(before.ai_answers_a_day), short(after.ai_answers_a_day)),
        ("Knowledge files", short(before.knowledge_files), short(after.knowledge_files)),
    ]
    return [{"name": name, "before": old, "after": new} for name, old, new in rows if old != new]


def short(number):
    return "Unlimited" if number is None else str(number)
