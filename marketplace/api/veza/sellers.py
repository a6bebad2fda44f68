from rest_framework import serializers
from rest_framework.response import Response

from config.dialects.fields import iso_z
from config.dialects.schema import documented
from config.dialects.veza import VezaViewSet
from config.paging import window
from marketplace.api.veza.shapes import TRANSFER_ROW, TransfersOut, transfer_out
from marketplace.api.veza.transfers import OwnTransfersIn, filters
from marketplace.queries.sellers import balances_of
from marketplace.queries.transfers import explained, transfers_matching
from marketplace.verbs.balances import read_balance
from marketplace.verbs.idempotency import clean_key
from marketplace.verbs.sellers import start_onboarding


class CurrencyBalanceOut(serializers.Serializer):
    currency = serializers.CharField()
    available = serializers.IntegerField()
    pending = serializers.IntegerField()
    debt = serializers.IntegerField(help_text="given back to buyers and still owed; kept back from what is sent next")


class BalanceOut(serializers.Serializer):
    connected = serializers.BooleanField()
    available = serializers.IntegerField(help_text="minor units on the seller's own account at the payout provider")
    pending = serializers.IntegerField(help_text="minor units not settled there yet, or still to be sent there")
    currency = serializers.CharField(
        help_text="the seller's own, or where they have nothing in it the one they have most in; others are not added in"
    )
    stale = serializers.BooleanField(help_text="the provider does not answer: these figures are from `as_of`")
    as_of = serializers.DateTimeField(allow_null=True)
    balances = CurrencyBalanceOut(many=True, help_text="every currency, that of the figures above first")


class OnboardingOut(serializers.Serializer):
    onboarding_url = serializers.CharField()


class Sellers(VezaViewSet):
    """Document veza.txt, "Seller"."""

    @documented(gives=BalanceOut)
    def balance(self, request):
        """Zeros before the account is connected; 503 where the provider is away and was never read."""
        is_stale = read_balance(by=request.user)
        found = balances_of(request.user)
        connected, read_at = found[0].connected, found[0].read_at
        # Before the account is connected there is no balance at the provider to tell of (payments-design.md §6.28).
        rows = [
            {
                "currency": each.currency,
                "available": each.available if connected else 0,
                "pending": each.pending if connected else 0,
                "debt": each.debt,
            }
            for each in found
        ]
        own = {name: rows[0][name] for name in ("available", "pending", "currency")}
        return Response({"connected": connected, **own, "stale": is_stale, "as_of": iso_z(read_at), "balances": rows})

    @documented(query=OwnTransfersIn, gives=TransfersOut)
    def list_transfers(self, request):
        """The caller's own, newest first; each that is not paid says why, what is asked of whom, and when it is tried next."""
        asked, page = self.given(OwnTransfersIn), window(request.query_params)
        rows = transfers_matching(seller_id=request.user.pk, **filters(asked))
        found = explained(rows).values(*TRANSFER_ROW)[page.offset : page.offset + page.limit]
        return Response({"transfers": [transfer_out(row) for row in found], "total": rows.count()})

    @documented(gives=OnboardingOut)
    def onboard(self, request):
        """The address works once, for minutes, and for this seller alone. There is one account however often this is called, so
        an `Idempotency-Key` changes nothing: a repeat gets an address that still works, as none is ever kept."""
        clean_key(request.headers.get("Idempotency-Key"))
        return Response({"onboarding_url": start_onboarding(by=request.user)})
