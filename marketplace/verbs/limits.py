"""What a person's tier allows, asked where it bites. The refusals say what the tier allows and where to change it."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils.timezone import now

from accounts.models import User
from config.errors import Forbidden
from config.moments import iso
from marketplace.models import SubscriptionTier, UsageCount, UserSubscription

AI_ANSWERS = "ai_answers"
UPGRADE = "/pricing/"


@dataclass(frozen=True, slots=True)
class Limits:
    """`tier` is the tier's name, None without one. A number that is None is no limit."""

    tier: str | None
    platforms: tuple[str, ...]
    ai_answers_a_day: int | None
    knowledge_files: int | None

    @property
    def platforms_in_words(self) -> str:
        """`Facebook`, `Facebook and Instagram`, `Facebook, Instagram and WhatsApp`; `no platform`."""
        names = [_label(name) for name in self.platforms]
        return " and ".join(filter(None, [", ".join(names[:-1]), *names[-1:]])) or "no platform"


FREE_ALLOWANCE = Limits(tier=None, platforms=("facebook", "instagram"), ai_answers_a_day=3, knowledge_files=5)
"""For who subscribes to nothing; a tier never allows less of anything."""


def limits_of(user: User) -> Limits:
    """What counts now: the tier that is paid for, in its days of grace too."""
    rows = UserSubscription.objects.filter(user=user.pk).entitling(now()).select_related("tier")
    row = rows.order_by("-created_at", "-id").first()
    return FREE_ALLOWANCE if row is None else limits_of_tier(row.tier)


def limits_of_tier(tier: SubscriptionTier) -> Limits:
    free = FREE_ALLOWANCE
    return Limits(
        tier=tier.name,
        platforms=tuple(name for name in SubscriptionTier.PLATFORMS if name in (*tier.platforms, *free.platforms)),
        ai_answers_a_day=_larger(tier.ai_answers_a_day, free.ai_answers_a_day),
        knowledge_files=_larger(tier.knowledge_files, free.knowledge_files),
    )


def _larger(first: int | None, second: int | None) -> int | None:
    return None if first is None or second is None else max(first, second)


def require_platform(user: User, platform: str) -> None:
    """Forbidden where the tier does not bring this platform; what is no platform of tiers is free for all."""
    limits = limits_of(user)
    if platform in SubscriptionTier.PLATFORMS and platform not in limits.platforms:
        sentence = f"{_whose(limits)} allows {limits.platforms_in_words}, not {_label(platform)}."
        raise _refusal(limits, sentence, limit="platforms", allowed=list(limits.platforms), asked=platform)


def take_ai_answer(user: User) -> int | None:
    """Count one answer of today (UTC); Forbidden where none is left, and then nothing is counted. How many are left, None without end.

    The count is one conditional UPDATE: of two at once that want the last answer, one gets it.
    """
    limits = limits_of(user)
    row = _count_of_today(user)
    rows = UsageCount.objects.filter(pk=row.pk)
    allowed = limits.ai_answers_a_day
    taken = (rows if allowed is None else rows.filter(count__lt=allowed)).update(count=F("count") + 1)
    if not taken:
        raise _no_answer_left(limits)
    row.refresh_from_db(fields=["count"])
    return None if allowed is None else max(0, allowed - row.count)


def require_ai_answer(user: User) -> None:
    """Forbidden where none of today's answers is left. Nothing is counted: the engine is asked first, and may fail."""
    limits = limits_of(user)
    if limits.ai_answers_a_day is not None and ai_answers_today(user) >= limits.ai_answers_a_day:
        raise _no_answer_left(limits)


def _no_answer_left(limits: Limits) -> Forbidden:
    allowed = limits.ai_answers_a_day
    sentence = f"{_whose(limits)} allows {_counted(allowed or 0, 'AI answer')} a day, and today's are used."
    return _refusal(limits, sentence, limit="ai_answers_a_day", allowed=allowed, resets_at=iso(_midnight()))


def ai_answers_today(user: User) -> int:
    row = UsageCount.objects.filter(user=user.pk, kind=AI_ANSWERS, day=now().date()).first()
    return row.count if row else 0


def require_room_for_knowledge_file(user: User, count: int) -> None:
    """Forbidden where `count` files, which the caller keeps already, are all that the tier allows."""
    limits = limits_of(user)
    allowed = limits.knowledge_files
    if allowed is not None and count >= allowed:
        sentence = f"{_whose(limits)} allows {_counted(allowed, 'knowledge file')}, and you keep {count}."
        raise _refusal(limits, sentence, limit="knowledge_files", allowed=allowed, used=count)


def _label(platform: str) -> str:
    return {"whatsapp": "WhatsApp"}.get(platform, platform.capitalize())


def _count_of_today(user: User) -> UsageCount:
    with transaction.atomic():
        row, _ = UsageCount.objects.get_or_create(user=user, kind=AI_ANSWERS, day=now().date())
    return row


def _midnight() -> dt.datetime:
    """When today's count is over."""
    return now().replace(hour=0, minute=0, second=0, microsecond=0) + dt.timedelta(days=1)


def _whose(limits: Limits) -> str:
    return f"The tier {limits.tier}" if limits.tier else "An account without a subscription"


def _counted(number: int, noun: str) -> str:
    return f"{number or 'no'} {noun}{'' if number == 1 else 's'}"


def _refusal(limits: Limits, sentence: str, **details: Any) -> Forbidden:
    return Forbidden(
        f"{sentence} Choose another tier to go on: {UPGRADE}",
        code="limit_reached",
        details={"reason": "limit_reached", "tier": limits.tier, "upgrade_url": UPGRADE, **details},
    )
