"""The tiers that can be subscribed to. Administrators make them; a tier in use is archived, never deleted."""

from typing import Any, TypedDict, Unpack
from uuid import UUID

from django.db import IntegrityError, transaction

from accounts.models import User
from config.errors import Forbidden, Invalid, NotFound
from config.ids import parse_id
from config.money import is_amount
from marketplace.facts import TierChanged
from marketplace.models import SubscriptionTier, UserSubscription
from marketplace.models.products import CURRENCIES
from marketplace.verbs.products import MOST_VAT_BP
from marketplace.verbs.remembering_subscriptions import remember_tier
from ontology.changes import publish
from ontology.models import EventType
from ontology.verbs.memory import forget, log

LONGEST = {"name": 100, "description": 1000, "feature": 200}
MOST_FEATURES = 50
MOST_LIMIT = 1_000_000
MOST_POSITION = 32_767


class TierFields(TypedDict, total=False):
    """Minor units of `currency` a month, with VAT of `vat_bp` basis points in it. The two limits: None is no limit."""

    name: str
    description: str
    price_cents: int
    currency: str
    vat_bp: int
    features: list[str]
    platforms: list[str]
    ai_answers_a_day: int | None
    knowledge_files: int | None
    position: int
    is_active: bool


def create_tier(*, by: User, **given: Unpack[TierFields]) -> SubscriptionTier:
    """A tier, on offer at once. Without limits given it has none."""
    _require_admin(by)
    tier = SubscriptionTier()
    _apply(tier, given, needed=("name", "price_cents"))
    return _keep(tier, by, "created")


def update_tier(*, tier_id: UUID | str, by: User, **given: Unpack[TierFields]) -> SubscriptionTier:
    """Change what is given. Who has the tier pays a new price from their next renewal on."""
    _require_admin(by)
    key = parse_id(tier_id)
    with transaction.atomic():
        tier = SubscriptionTier.objects.select_for_update().filter(pk=key).first() if key else None
        if tier is None:
            raise NotFound("Subscription tier not found")
        if given.get("currency", tier.currency) != tier.currency and _is_used(tier):
            raise _fault("currency", "A tier that somebody has keeps its currency.")
        if given.get("currency", tier.currency) != tier.currency and "price_cents" not in given:
            raise _fault("currency", "Give the price with it: another currency is another price.")
        _apply(tier, given)
        return _keep(tier, by, "updated")


@transaction.atomic
def remove_tier(*, tier_id: UUID | str, by: User) -> SubscriptionTier:
    """Take it off the offer: archived where anybody ever had it (they keep it), otherwise gone. Returns it as it last was."""
    _require_admin(by)
    key = parse_id(tier_id)
    tier = SubscriptionTier.objects.select_for_update().filter(pk=key).first() if key else None
    if tier is None:
        raise NotFound("Subscription tier not found")
    if _is_used(tier):
        tier.is_active = False
        return _keep(tier, by, "archived")
    key = tier.pk
    forget(id=key)
    publish(TierChanged(tier_id=key, what="removed"))
    tier.delete()
    tier.pk = key
    return tier


def _require_admin(by: User) -> None:
    if not by.is_admin:
        raise Forbidden("Only administrators may change subscription tiers")


def _is_used(tier: SubscriptionTier) -> bool:
    # A charge may name a tier that no subscription has any more.
    rows = UserSubscription.objects
    return (
        rows.filter(tier=tier).exists()
        or rows.filter(charges__tier=tier).exists()
        or rows.filter(next_tier=tier).exists()
    )


def _keep(tier: SubscriptionTier, by: User, what: str) -> SubscriptionTier:
    try:
        with transaction.atomic():
            tier.save()
            remember_tier(tier)
            log(
                type=EventType.CONTENT_CHANGED,
                actor_id=by.pk,
                target_id=tier.pk,
                metadata={"what": what},
                is_private=True,
            )
            publish(TierChanged(tier_id=tier.pk, what=what))
    except IntegrityError:
        other = SubscriptionTier.objects.filter(name=tier.name).exclude(pk=tier.pk).first()
        if other is not None:
            archived = f"An archived tier has this name: {other.pk}. Put it back on offer, or give it another name."
            raise _fault("name", "Another tier has this name." if other.is_active else archived) from None
        raise
    return tier


# --- what may be given -----------------------------------------------------------------------------------------------


def faults_of(given: Any) -> dict[str, str]:
    """Field by what is wrong with it; for a form that asks before it saves."""
    checked = {name: _CHECKS[name](value)[1] for name, value in given.items()}
    return {name: fault for name, fault in checked.items() if fault}


def _apply(tier: SubscriptionTier, given: Any, needed: tuple[str, ...] = ()) -> None:
    faults: dict[str, list[str]] = {name: ["This field is required."] for name in needed if name not in given}
    faults |= {name: [fault] for name, fault in faults_of(given).items()}
    if faults:
        name, sentences = next(iter(faults.items()))
        raise Invalid(f"{name}: {sentences[0]}", details=faults)
    for name, value in given.items():
        setattr(tier, name, _CHECKS[name](value)[0])


def _fault(name: str, sentence: str) -> Invalid:
    return Invalid(f"{name}: {sentence}", details={name: [sentence]})


def _name(value: Any) -> tuple[Any, str]:
    text = value.strip() if isinstance(value, str) else ""
    most = LONGEST["name"]
    return text, "" if text and len(text) <= most else f"Must be a text of 1 to {most} characters."


def _description(value: Any) -> tuple[Any, str]:
    most = LONGEST["description"]
    fits = isinstance(value, str) and len(value) <= most
    return value, "" if fits else f"Must be a text of at most {most} characters."


def _price(value: Any) -> tuple[Any, str]:
    return value, "" if is_amount(value) else "Must be an amount in minor units, zero or more."


def _currency(value: Any) -> tuple[Any, str]:
    return value, "" if value in CURRENCIES else f"Must be one of {', '.join(CURRENCIES)}."


def _vat(value: Any) -> tuple[Any, str]:
    fits = type(value) is int and 0 <= value <= MOST_VAT_BP
    return value, "" if fits else f"Must be a whole number of basis points from 0 to {MOST_VAT_BP}: 1900 is 19 %."


def _features(value: Any) -> tuple[Any, str]:
    most = LONGEST["feature"]
    fits = isinstance(value, list) and len(value) <= MOST_FEATURES
    fits = fits and all(isinstance(each, str) and 0 < len(each.strip()) <= most for each in value)
    return value, "" if fits else f"Must be a list of at most {MOST_FEATURES} texts of 1 to {most} characters."


def _platforms(value: Any) -> tuple[Any, str]:
    known = SubscriptionTier.PLATFORMS
    if not isinstance(value, list) or any(each not in known for each in value):
        return value, f"Must be a list of {', '.join(known)}."
    return [each for each in known if each in value], ""


def _limit(value: Any) -> tuple[Any, str]:
    fits = value is None or (type(value) is int and 0 <= value <= MOST_LIMIT)
    return value, "" if fits else f"Must be a whole number from 0 to {MOST_LIMIT}, or nothing for no limit."


def _position(value: Any) -> tuple[Any, str]:
    fits = type(value) is int and 0 <= value <= MOST_POSITION
    return value, "" if fits else f"Must be a whole number from 0 to {MOST_POSITION}."


def _yes_no(value: Any) -> tuple[Any, str]:
    return value, "" if isinstance(value, bool) else "Must be true or false."


_CHECKS = {
    "name": _name,
    "description": _description,
    "price_cents": _price,
    "currency": _currency,
    "vat_bp": _vat,
    "features": _features,
    "platforms": _platforms,
    "ai_answers_a_day": _limit,
    "knowledge_files": _limit,
    "position": _position,
    "is_active": _yes_no,
}
