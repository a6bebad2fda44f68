"""Document veza.txt: marketplace, seller, reviews, admin transfers, webhooks; decisions.md §5 for the rest."""

from django.urls import path

from marketplace.api.veza.downloads import DownloadLinks, Downloads
from marketplace.api.veza.gear import Gear, GearDocuments, GearRepairs
from marketplace.api.veza.invoices import Invoices
from marketplace.api.veza.orders import Orders
from marketplace.api.veza.product_files import ProductFiles
from marketplace.api.veza.products import Products
from marketplace.api.veza.refunds import Refunds
from marketplace.api.veza.reviews import Reviews
from marketplace.api.veza.sellers import Sellers
from marketplace.api.veza.transfers import Transfers
from marketplace.api.veza.webhooks import Webhooks

product = Products.as_view({"get": "retrieve", "put": "update", "delete": "remove"})
webhook = Webhooks.as_view({"post": "receive"})
payout_webhook = Webhooks.as_view({"post": "receive_of_payouts"})

GEAR = "api/v1/inventory/gear/<str:gear_id>"

urlpatterns = [
    path("api/v1/marketplace/products", Products.as_view({"get": "list", "post": "create"})),
    path("api/v1/marketplace/products/me", Products.as_view({"get": "list_mine"})),
    path("api/v1/marketplace/products/counts", Products.as_view({"get": "counts"})),
    path("api/v1/marketplace/products/<str:product_id>", product),
    path("api/v1/marketplace/products/<str:product_id>/reviews", Reviews.as_view({"get": "list", "post": "create"})),
    path("api/v1/marketplace/products/<str:product_id>/files", ProductFiles.as_view({"get": "list", "post": "create"})),
    path(
        "api/v1/marketplace/products/<str:product_id>/files/<str:file_id>", ProductFiles.as_view({"delete": "remove"})
    ),
    path(
        "api/v1/marketplace/products/<str:product_id>/reviews/me",
        Reviews.as_view({"put": "update", "delete": "remove"}),
    ),
    path(
        "api/v1/marketplace/products/<str:product_id>/reviews/<str:review_id>/answer",
        Reviews.as_view({"put": "answer", "delete": "remove_answer"}),
    ),
    path("api/v1/marketplace/orders", Orders.as_view({"get": "list", "post": "create"})),
    path("api/v1/marketplace/orders/<str:order_id>", Orders.as_view({"get": "retrieve"})),
    path("api/v1/marketplace/orders/<str:order_id>/shipping", Orders.as_view({"put": "give_address"})),
    path("api/v1/marketplace/orders/<str:order_id>/pay", Orders.as_view({"post": "pay"})),
    path("api/v1/marketplace/orders/<str:order_id>/refund", Refunds.as_view({"post": "create"})),
    path("api/v1/marketplace/orders/<str:order_id>/invoice", Invoices.as_view({"get": "retrieve"})),
    path("api/v1/marketplace/orders/<str:order_id>/invoices", Invoices.as_view({"get": "list"})),
    path("api/v1/marketplace/orders/<str:order_id>/downloads", Downloads.as_view({"get": "list"})),
    path("api/v1/marketplace/downloads/<str:token>", DownloadLinks.as_view({"get": "retrieve"})),
    path("api/v1/sell/balance", Sellers.as_view({"get": "balance"})),
    path("api/v1/sell/transfers", Sellers.as_view({"get": "list_transfers"})),
    path("api/v1/sell/orders", Orders.as_view({"get": "list_sales"})),
    path("api/v1/sell/orders/<str:order_id>/sent", Orders.as_view({"post": "mark_sent"})),
    path("api/v1/sell/connect/onboard", Sellers.as_view({"post": "onboard"})),
    path("api/v1/admin/transfers", Transfers.as_view({"get": "list"})),
    path("api/v1/admin/transfers/<str:transfer_id>/retry", Transfers.as_view({"post": "retry"})),
    path("api/v1/inventory/gear", Gear.as_view({"get": "list", "post": "create"})),
    path(GEAR, Gear.as_view({"get": "retrieve", "put": "update", "delete": "remove"})),
    path(f"{GEAR}/documents", GearDocuments.as_view({"get": "list", "post": "create"})),
    path(f"{GEAR}/documents/<str:document_id>", GearDocuments.as_view({"delete": "remove"})),
    path(f"{GEAR}/documents/<str:document_id>/download", GearDocuments.as_view({"get": "download"})),
    path(f"{GEAR}/repairs", GearRepairs.as_view({"get": "list", "post": "create"})),
    path(f"{GEAR}/repairs/<str:repair_id>", GearRepairs.as_view({"delete": "remove"})),
    path("api/v1/webhooks/hyperswitch", webhook),
    # A redirect cannot carry a POST, and senders are configured by hand.
    path("api/v1/webhooks/hyperswitch/", webhook),
    path("api/v1/webhooks/stripe", payout_webhook),
    path("api/v1/webhooks/stripe/", payout_webhook),
]
