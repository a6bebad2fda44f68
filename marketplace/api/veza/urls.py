"""Document veza.txt: marketplace, seller, reviews, admin transfers, webhooks; decisions.md §5 for the rest."""

from django.urls import path

from marketplace.api.veza.orders import Orders
from marketplace.api.veza.products import Products
from marketplace.api.veza.reviews import Reviews
from marketplace.api.veza.sellers import Sellers
from marketplace.api.veza.transfers import Transfers
from marketplace.api.veza.webhooks import Webhooks

product = Products.as_view({"get": "retrieve", "put": "update", "delete": "remove"})
webhook = Webhooks.as_view({"post": "receive"})

urlpatterns = [
    path("api/v1/marketplace/products", Products.as_view({"get": "list", "post": "create"})),
    path("api/v1/marketplace/products/me", Products.as_view({"get": "list_mine"})),
    path("api/v1/marketplace/products/<str:product_id>", product),
    path("api/v1/marketplace/products/<str:product_id>/reviews", Reviews.as_view({"get": "list", "post": "create"})),
    path("api/v1/marketplace/orders", Orders.as_view({"get": "list", "post": "create"})),
    path("api/v1/marketplace/orders/<str:order_id>", Orders.as_view({"get": "retrieve"})),
    path("api/v1/sell/balance", Sellers.as_view({"get": "balance"})),
    path("api/v1/sell/transfers", Sellers.as_view({"get": "list_transfers"})),
    path("api/v1/sell/orders", Orders.as_view({"get": "list_sales"})),
    path("api/v1/sell/connect/onboard", Sellers.as_view({"post": "onboard"})),
    path("api/v1/admin/transfers", Transfers.as_view({"get": "list"})),
    path("api/v1/admin/transfers/<str:transfer_id>/retry", Transfers.as_view({"post": "retry"})),
    path("api/v1/webhooks/hyperswitch", webhook),
    # A redirect cannot carry a POST, and senders are configured by hand.
    path("api/v1/webhooks/hyperswitch/", webhook),
]
