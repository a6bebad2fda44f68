"""Document dana.txt, "Subscription Endpoints"."""

from django.urls import path

from marketplace.api.dana.subscriptions import Cancellations, OwnSubscription, Subscriptions
from marketplace.api.dana.tiers import Tiers

tier = Tiers.as_view({"get": "retrieve", "put": "update", "delete": "destroy"})

urlpatterns = [
    path("api/subscription/tiers", Tiers.as_view({"get": "list", "post": "create"})),
    path("api/subscription/tiers/<str:tier_id>", tier),
    path("api/subscription/user", OwnSubscription.as_view({"get": "retrieve", "post": "change"})),
    path("api/subscription/user/<str:user_id>", Subscriptions.as_view({"get": "retrieve", "post": "change"})),
    path("api/subscription/user/<str:user_id>/cancel", Cancellations.as_view({"post": "cancel"})),
]
