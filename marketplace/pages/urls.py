from django.urls import path

from marketplace.pages import checkout, market, orders, sandbox, studio

urlpatterns = [
    path("market/", market.market_list, name="market"),
    path("market/<uuid:product_id>/", market.product, name="product"),
    path("market/<uuid:product_id>/review/", market.review, name="product_review"),
    path("checkout/<uuid:product_id>/", checkout.checkout, name="checkout"),
    path("orders/", orders.orders, name="orders"),
    path("orders/<uuid:order_id>/", orders.order, name="order"),
    path("orders/<uuid:order_id>/status/", orders.order_status, name="order_status"),
    path("orders/<uuid:order_id>/pay/", orders.pay, name="order_pay"),
    path("studio/", studio.overview, name="studio"),
    path("studio/products/", studio.products, name="studio_products"),
    path("studio/products/new/", studio.new_product, name="studio_product_new"),
    path("studio/products/<uuid:product_id>/", studio.edit_product, name="studio_product"),
    path("studio/products/<uuid:product_id>/remove/", studio.remove, name="studio_product_remove"),
    path("studio/orders/", studio.sales, name="studio_orders"),
    path("studio/payouts/", studio.payouts, name="studio_payouts"),
    path("studio/onboard/", studio.onboard, name="studio_onboard"),
    path("sandbox/payments/<str:provider_id>/", sandbox.payment, name="sandbox_payment"),
    path("sandbox/onboarding/<str:token>/", sandbox.onboarding, name="sandbox_onboarding"),
]
