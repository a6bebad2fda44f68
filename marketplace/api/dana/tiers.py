from rest_framework.response import Response

from accounts.api.permissions import IsAdministrator
from config.dialects.dana import DanaViewSet
from config.dialects.schema import documented
from marketplace.api.dana.shapes import (
    DecimalJSONParser,
    MessageAnswer,
    TierAnswer,
    TierChangedAnswer,
    TierChangeIn,
    TierIn,
    TiersAnswer,
    TiersAsked,
    cents_of,
    tier_out,
)
from marketplace.queries.tiers import every_tier, find_tier, offered_tiers
from marketplace.verbs.tiers import create_tier, remove_tier, update_tier


class Tiers(DanaViewSet):
    """Document dana.txt, "Subscription Endpoints", Tiers: read by who is signed in, changed by administrators."""

    parser_classes = (DecimalJSONParser,)

    @property
    def key_scope(self):  # type: ignore[override]  # two scopes at one address
        return "read" if self.request.method == "GET" else "admin"

    def get_permissions(self):
        is_reading = self.request.method in ("GET", "HEAD")
        return super().get_permissions() if is_reading else [IsAdministrator()]

    @documented(query=TiersAsked, gives=TiersAnswer)
    def list(self, request):
        """What is on offer, in the order in which it is shown; with `archived` an administrator sees what was taken off it too."""
        wants_all = self.given(TiersAsked)["archived"] and request.user.is_admin
        tiers = every_tier() if wants_all else offered_tiers()
        return Response({"tiers": [tier_out(tier) for tier in tiers]})

    @documented(gives=TierAnswer)
    def retrieve(self, request, tier_id):
        return Response({"tier": tier_out(find_tier(tier_id, by=request.user))})

    @documented(takes=TierIn, gives=TierChangedAnswer, status=201)
    def create(self, request):
        tier = create_tier(by=request.user, **in_cents(self.given(TierIn), "EUR"))
        return Response({"message": "Subscription tier created successfully", "tier": tier_out(tier)}, status=201)

    @documented(takes=TierChangeIn, gives=TierChangedAnswer)
    def update(self, request, tier_id):
        """What is given changes, the rest stays."""
        found = find_tier(tier_id, by=request.user)
        given = in_cents(self.given(TierChangeIn), found.currency)
        tier = update_tier(tier_id=found.pk, by=request.user, **given)
        return Response({"message": "Subscription tier updated successfully", "tier": tier_out(tier)})

    @documented(gives=MessageAnswer)
    def destroy(self, request, tier_id):
        """A tier that somebody has or had is archived: it is not offered any more, and who has it keeps it."""
        remove_tier(tier_id=tier_id, by=request.user)
        return Response({"message": "Subscription tier deleted successfully"})


def in_cents(given, currency):
    if "price" in given:
        given["price_cents"] = cents_of(given.pop("price"), given.get("currency", currency))
    return given
