from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.shortcuts import render
from django.views.decorators.http import require_safe

from config.money import Money, fee_of
from marketplace.models import Product
from marketplace.pages.lists import paged
from marketplace.pages.sales import with_totals
from marketplace.pages.studio_parts import account_context, studio_context
from marketplace.queries.orders import sales_of
from marketplace.queries.studio import sales_by_day, standing


@login_required
@require_safe
def overview(request):
    account = account_context(request)
    own = account["own"]
    days = sales_by_day(request.user, currency=own.currency)
    sales = paged(request, sales_of(request.user), size=5)["items"]
    example = 2000
    month, stands = sum(day["value"] for day in days), standing(request.user)
    context = (
        studio_context(request, "")
        | account
        | {
            "month_text": str(Money(month, own.currency)),
            "month_values": [day["value"] for day in days] if month else [],
            "pending_text": str(Money(own.pending, own.currency)),
            "pending_words": account["balances"][0]["pending_words"],
            "available_text": str(Money(own.available, own.currency)),
            "rating_text": f"{stands['average']} of 5" if stands["reviews"] else "None yet",
            "rating_count": f"{stands['reviews']} reviews" if stands["reviews"] else "",
            "days": [{**day, "text": str(Money(day["value"], own.currency))} for day in days],
            "month": month,
            "sales": [with_totals(order) for order in sales],
            "has_products": Product.objects.filter(seller=request.user).exists(),
            "example": example,
            "example_fee": fee_of(example, settings.PLATFORM_FEE_BP),
            "example_net": example - fee_of(example, settings.PLATFORM_FEE_BP),
        }
    )
    return render(request, "marketplace/studio/overview.html", context)
