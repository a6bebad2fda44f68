from rest_framework import serializers
from rest_framework.response import Response

from config.dialects.schema import documented
from config.dialects.veza import VezaViewSet
from config.paging import window
from marketplace.api.veza.shapes import TRANSFER, PageIn, TransfersOut, transfer_out
from marketplace.models import Transfer
from marketplace.queries.sellers import balances_of
from marketplace.verbs.sellers import start_onboarding


class BalanceOut(serializers.Serializer):
    connected = serializers.BooleanField()
    available = serializers.IntegerField(help_text="minor units on the seller's own account")
    pending = serializers.IntegerField(help_text="minor units on their way to it")
    currency = serializers.CharField(help_text="the seller's own currency; other currencies are not added in")


class OnboardingOut(serializers.Serializer):
    onboarding_url = serializers.CharField()


class Sellers(VezaViewSet):
    """Document veza.txt, "Seller"."""

    @documented(gives=BalanceOut)
    def balance(self, request):
        own = balances_of(request.user)[0]
        # Before the account is connected there is no balance at the provider to tell of (payments-design.md §6.28).
        available, pending = (own.available, own.pending) if own.connected else (0, 0)
        return Response(
            {"connected": own.connected, "available": available, "pending": pending, "currency": own.currency}
        )

    @documented(query=PageIn, gives=TransfersOut)
    def list_transfers(self, request):
        asked = window(request.query_params)
        rows = Transfer.objects.filter(seller=request.user).order_by("-created_at", "-id")
        found = rows.values(*TRANSFER)[asked.offset : asked.offset + asked.limit]
        return Response({"transfers": [transfer_out(row) for row in found], "total": rows.count()})

    @documented(gives=OnboardingOut)
    def onboard(self, request):
        """The address works once, for minutes, and for this seller alone."""
        return Response({"onboarding_url": start_onboarding(by=request.user)})
