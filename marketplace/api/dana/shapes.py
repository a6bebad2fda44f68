"""How Dana spells tiers and subscriptions. A price is a decimal number there and minor units everywhere else."""

import json
from decimal import Decimal
from typing import Any

from rest_framework import exceptions, serializers

from config import strict_json
from config.dialects.base import WireJSONParser
from config.dialects.fields import Text, Whole, YesNo, iso_z
from config.money import EXPONENTS, MAX_CENTS
from marketplace.models import Payment, SubscriptionTier
from marketplace.models.products import CURRENCIES
from marketplace.queries.subscriptions import last_try
from marketplace.verbs.cancellations import SETTABLE
from marketplace.verbs.tiers import LONGEST, MOST_FEATURES, MOST_LIMIT

MOST_PRICE = Decimal(MAX_CENTS)


class DecimalJSONParser(WireJSONParser):
    """The dialect's strict JSON, with its fractions as the decimals that were written: 9.99 is not 9.9900000000000002."""

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> Any:
        raw = stream.read()
        if not raw.strip():
            return {}
        try:
            strict_json.loads(raw)
            return json.loads(raw, parse_float=Decimal)
        except ValueError as error:
            raise exceptions.ParseError(str(error)) from None
        except ArithmeticError:
            raise exceptions.ParseError("A number in the body has an exponent that is out of range") from None


class Price(serializers.FloatField):
    """A JSON number of zero or more: neither a text nor true. How many decimals it may have is the currency's."""

    def to_internal_value(self, data: Any) -> Any:
        is_number = type(data) is int or isinstance(data, Decimal)
        if not is_number or not 0 <= data <= MOST_PRICE:
            raise serializers.ValidationError(f"Must be a number from 0 to {MOST_PRICE}.")
        return Decimal(data)


class TierIn(serializers.Serializer):
    """The document's five, and the limits that its `features` only tell in words. A limit of null, or none given, is no limit."""

    name = Text(max_length=LONGEST["name"])
    description = Text(max_length=LONGEST["description"], required=False, allow_blank=True)
    price = Price()
    currency = serializers.ChoiceField(CURRENCIES, required=False)
    features = serializers.ListField(
        child=Text(max_length=LONGEST["feature"]), max_length=MOST_FEATURES, required=False
    )
    platforms = serializers.ListField(
        child=serializers.ChoiceField(SubscriptionTier.PLATFORMS), max_length=10, required=False
    )
    ai_answers_a_day = Whole(min_value=0, max_value=MOST_LIMIT, required=False, allow_null=True)
    knowledge_files = Whole(min_value=0, max_value=MOST_LIMIT, required=False, allow_null=True)
    is_active = YesNo(required=False)


class TierChangeIn(TierIn):
    name = Text(max_length=LONGEST["name"], required=False)
    price = Price(required=False)


class TiersAsked(serializers.Serializer):
    archived = serializers.BooleanField(
        default=False, help_text="For administrators: also what is not on offer any more"
    )


class TierOut(serializers.Serializer):
    id = serializers.CharField()
    name = serializers.CharField()
    description = serializers.CharField()
    price = serializers.FloatField()
    features = serializers.ListField(child=serializers.CharField())
    platforms = serializers.ListField(child=serializers.CharField())
    currency = serializers.CharField()
    ai_answers_a_day = serializers.IntegerField(allow_null=True)
    knowledge_files = serializers.IntegerField(allow_null=True)
    is_active = serializers.BooleanField()


class TiersAnswer(serializers.Serializer):
    tiers = TierOut(many=True)


class TierAnswer(serializers.Serializer):
    tier = TierOut()


class MessageAnswer(serializers.Serializer):
    message = serializers.CharField()


class TierChangedAnswer(MessageAnswer):
    tier = TierOut()


class WantedIn(serializers.Serializer):
    """From who is no administrator `subscription_tier_id` alone counts, and `payment_method`."""

    subscription_tier_id = Text(max_length=64)
    status = serializers.ChoiceField(SETTABLE, default="active")
    start_date = serializers.DateTimeField(required=False, allow_null=True)
    end_date = serializers.DateTimeField(required=False, allow_null=True)
    payment_method = serializers.ChoiceField(Payment.METHODS, default="card")


class OpenPaymentOut(serializers.Serializer):
    """The newest try to pay what waits to be paid, or for a change that was declined."""

    id = serializers.CharField()
    status = serializers.CharField()
    reason = serializers.CharField(help_text="Why it was not paid; empty where it was not refused")
    amount_cents = serializers.IntegerField()
    currency = serializers.CharField()
    client_secret = serializers.CharField(help_text="For the holder, while it is on its way")


class SubscriptionOut(serializers.Serializer):
    id = serializers.CharField()
    user_id = serializers.CharField()
    subscription_tier_id = serializers.CharField()
    tier_name = serializers.CharField()
    status = serializers.CharField()
    start_date = serializers.DateTimeField()
    end_date = serializers.DateTimeField()
    next_tier_id = serializers.CharField(
        allow_null=True, help_text="What begins at `end_date`, where that is another tier"
    )
    next_tier_name = serializers.CharField(allow_null=True)
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()


class SubscriptionAnswer(serializers.Serializer):
    subscription = SubscriptionOut()
    payment = OpenPaymentOut(
        required=False, help_text="What is still to be paid, or was declined, where there is something"
    )


class SubscriptionChangedAnswer(MessageAnswer):
    subscription = SubscriptionOut()
    payment = OpenPaymentOut(required=False, help_text="What is still to be paid, where something is")


def cents_of(price: Decimal, currency: str) -> int:
    """In minor units; a ValidationError of `price` where it has more decimals than the currency."""
    digits = EXPONENTS.get(currency, 2)
    cents = price.scaleb(digits)
    if cents != cents.to_integral_value() or (price and not cents):
        raise serializers.ValidationError({"price": [f"{currency} has {digits} decimals."]})
    return int(cents)


def tier_out(tier):
    digits = EXPONENTS.get(tier.currency, 2)
    return {
        "id": tier.pk,
        "name": tier.name,
        "description": tier.description,
        # The shortest number that reads back as it was: 9.99.
        "price": float(Decimal(tier.price_cents).scaleb(-digits)),
        "features": tier.features,
        "platforms": tier.platforms,
        "currency": tier.currency,
        "ai_answers_a_day": tier.ai_answers_a_day,
        "knowledge_files": tier.knowledge_files,
        "is_active": tier.is_active,
    }


def subscription_out(subscription):
    return {
        "id": subscription.pk,
        "user_id": subscription.user_id,
        "subscription_tier_id": subscription.tier_id,
        "tier_name": subscription.tier.name,
        "status": subscription.status,
        "start_date": iso_z(subscription.start_date),
        "end_date": iso_z(subscription.end_date),
        "next_tier_id": subscription.next_tier_id,
        "next_tier_name": subscription.next_tier.name if subscription.next_tier else None,
        "created_at": iso_z(subscription.created_at),
        "updated_at": iso_z(subscription.updated_at),
    }


def payment_out(subscription, by):
    """{"payment": ...} while something waits to be paid or was declined, otherwise nothing."""
    payment = last_try(subscription)
    if payment is None:
        return {}
    is_theirs = by.pk == subscription.user_id and payment.status in Payment.LIVE
    names = ("status", "reason", "amount_cents", "currency")
    told = {name: getattr(payment, name) for name in names}
    return {"payment": {"id": payment.provider_id, **told, "client_secret": payment.client_secret if is_theirs else ""}}
