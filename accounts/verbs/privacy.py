"""What may be done with what we know of somebody. Document veza.txt, "CCPA / Sec-GPC".

For the page: privacy_of(user) -> PrivacyChoice (never None, maybe not saved) and opt_out(user=, do_not_sell=).
"""

from typing import Any

from accounts.models import PrivacyChoice, User


def privacy_of(user: Any) -> PrivacyChoice:
    """What they chose; where they chose nothing, a choice that objects to nothing and was never changed."""
    return PrivacyChoice.objects.filter(user=user.pk).first() or PrivacyChoice(user=user)


def opt_out(*, user: User, do_not_sell: bool) -> PrivacyChoice:
    """Set the Do Not Sell preference. Source: veza.txt, POST /users/me/privacy/opt-out."""
    choice, _ = PrivacyChoice.objects.update_or_create(user=user, defaults={"do_not_sell": do_not_sell})
    return choice


def has_opted_out(user: Any) -> bool:
    return PrivacyChoice.objects.filter(user=user.pk, do_not_sell=True).exists()
