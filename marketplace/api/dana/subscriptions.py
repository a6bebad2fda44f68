from rest_framework.response import Response

from accounts.api.permissions import IsAdministrator
from config.dialects.dana import DanaViewSet
from config.dialects.schema import documented
from config.errors import Forbidden, NotFound
from config.ids import parse_id
from marketplace.api.dana.shapes import (
    SubscriptionAnswer,
    SubscriptionChangedAnswer,
    WantedIn,
    payment_out,
    subscription_out,
)
from marketplace.queries.subscriptions import current_subscription, latest_subscription
from marketplace.verbs.cancellations import cancel_subscription, set_subscription
from marketplace.verbs.subscriptions import subscribe


class OwnSubscription(DanaViewSet):
    """Document dana.txt, "User Subscriptions": the caller's own."""

    @documented(gives=SubscriptionAnswer)
    def retrieve(self, request):
        """The one that runs, or else the one that ended last."""
        return Response(found(request.user.pk, request.user))

    @documented(takes=WantedIn, gives=SubscriptionChangedAnswer, also={201: SubscriptionChangedAnswer})
    def change(self, request):
        """An administrator sets what is given. Everybody else asks for the tier: it is charged first, and the dates are ours.

        A dearer tier begins once it is paid, less what was not used of the old one; a cheaper one when the paid month is
        over. `payment` tells of what is on its way.
        """
        given = self.given(WantedIn)
        if request.user.is_admin:
            return give(request, request.user.pk, given)
        if given["status"] != "active":
            raise Forbidden("Only administrators set a status. To end a subscription, cancel it.")
        is_new = current_subscription(request.user.pk) is None
        tier_id, method = given["subscription_tier_id"], given["payment_method"]
        subscription = subscribe(tier_id=tier_id, by=request.user, payment_method=method)
        return changed(subscription, is_new, request.user)


class Subscriptions(DanaViewSet):
    """Document dana.txt, "User Subscriptions": anybody's, for administrators."""

    permission_classes = (IsAdministrator,)
    key_scope = "admin"

    @documented(gives=SubscriptionAnswer)
    def retrieve(self, request, user_id):
        return Response(found(user_id, request.user))

    @documented(takes=WantedIn, gives=SubscriptionChangedAnswer, also={201: SubscriptionChangedAnswer})
    def change(self, request, user_id):
        """All fields may be set; nothing is charged, and nothing is renewed at its end."""
        return give(request, user_id, self.given(WantedIn))


class Cancellations(DanaViewSet):
    """Document dana.txt, "Cancel User Subscription": by its holder or an administrator."""

    @documented(gives=SubscriptionChangedAnswer)
    def cancel(self, request, user_id):
        """It is not renewed; what was paid for runs until `end_date`."""
        subscription = cancel_subscription(user_id=user_id, by=request.user)
        message = "Subscription canceled successfully"
        return Response({"message": message, "subscription": subscription_out(subscription)})


def found(user_id, by):
    key = parse_id(user_id)
    subscription = latest_subscription(key) if key else None
    if subscription is None:
        raise NotFound("Subscription not found")
    return {"subscription": subscription_out(subscription), **payment_out(subscription, by)}


def give(request, user_id, given):
    names = ("status", "start_date", "end_date")
    dates = {name: given[name] for name in names if given.get(name)}
    tier_id = given["subscription_tier_id"]
    subscription, is_new = set_subscription(user_id=user_id, tier_id=tier_id, by=request.user, **dates)
    return changed(subscription, is_new, request.user)


def changed(subscription, is_new, by):
    message = f"Subscription {'created' if is_new else 'updated'} successfully"
    answer = {"message": message, "subscription": subscription_out(subscription), **payment_out(subscription, by)}
    return Response(answer, status=201 if is_new else 200)
