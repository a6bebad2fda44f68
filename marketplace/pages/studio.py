from decimal import Decimal

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from config.errors import DomainError, NotFound
from config.ids import lookup_id
from config.money import Money, fee_of
from marketplace.models import Product
from marketplace.pages.forms import ProductForm, explain
from marketplace.pages.lists import asked_for, paged
from marketplace.queries.orders import sales_of
from marketplace.queries.sellers import balances_of
from marketplace.queries.studio import own_products, own_transfers, sales_by_day, standing
from marketplace.verbs.product_files import save_product
from marketplace.verbs.products import remove_product
from marketplace.verbs.sellers import start_onboarding
from ontology.models import Track

TRANSFER_STATES = {
    "pending": ("On its way", "note"),
    "processing": ("On its way", "note"),
    "completed": ("Arrived", "good"),
    "failed": ("Tried again soon", "warn"),
    "blocked": ("Waits for you", "warn"),
    "canceled": ("Canceled", ""),
    "partially_reversed": ("Partly taken back", "note"),
    "reversed": ("Taken back", "note"),
}
PRODUCT_STATES = {"active": ("On the market", "good"), "draft": ("Draft", ""), "archived": ("Archived", "")}


def studio_context(request, tab):
    names = (("", "Overview"), ("products", "Products"), ("orders", "Sales"), ("payouts", "Payouts"))
    tabs = [
        {"url": f"/studio/{name}/" if name else "/studio/", "text": text, "active": name == tab} for name, text in names
    ]
    return {"place": "studio", "tabs": tabs, "fee_percent": Decimal(settings.PLATFORM_FEE_BP) / 100}


@login_required
@require_safe
def overview(request):
    balances = balances_of(request.user)
    days = sales_by_day(request.user, currency=balances[0].currency)
    sales = paged(request, sales_of(request.user), size=5)["items"]
    example = 2000
    own, month, stands = balances[0], sum(day["value"] for day in days), standing(request.user)
    context = studio_context(request, "") | {
        "month_text": str(Money(month, own.currency)),
        "month_values": [day["value"] for day in days] if month else [],
        "pending_text": str(Money(own.pending, own.currency)),
        "available_text": str(Money(own.available, own.currency)),
        "rating_text": f"{stands['average']} of 5" if stands["reviews"] else "None yet",
        "rating_count": f"{stands['reviews']} reviews" if stands["reviews"] else "",
        "balances": balances,
        "own": own,
        "days": [{**day, "text": str(Money(day["value"], own.currency))} for day in days],
        "month": month,
        "sales": [with_totals(order) for order in sales],
        "has_products": Product.objects.filter(seller=request.user).exists(),
        "example": example,
        "example_fee": fee_of(example, settings.PLATFORM_FEE_BP),
        "example_net": example - fee_of(example, settings.PLATFORM_FEE_BP),
    }
    return render(request, "marketplace/studio/overview.html", context)


def with_totals(order):
    order.gross = sum(line.gross_cents for line in order.mine)
    order.fee = sum(line.fee_cents for line in order.mine)
    order.net = order.gross - order.fee
    order.titles = ", ".join(line.title for line in order.mine)
    return order


@login_required
@require_safe
def products(request):
    words = asked_for(request)
    found = paged(request, own_products(request.user, words=words), size=20)
    for product in found["items"]:
        product.state, product.tone = PRODUCT_STATES[product.status]
    return render(
        request, "marketplace/studio/products.html", studio_context(request, "products") | found | {"words": words}
    )


@login_required
@require_safe
def sales(request):
    found = paged(request, sales_of(request.user), size=20)
    found["items"] = [with_totals(order) for order in found["items"]]
    return render(request, "marketplace/studio/sales.html", studio_context(request, "orders") | found)


@login_required
@require_safe
def payouts(request):
    found = paged(request, own_transfers(request.user), size=20)
    for transfer in found["items"]:
        transfer.state, transfer.tone = TRANSFER_STATES[transfer.status]
        if transfer.status == "failed" and transfer.next_retry_at is None:
            transfer.state, transfer.tone = "Needs our help", "bad"
    context = studio_context(request, "payouts") | found | {"own": balances_of(request.user)[0]}
    return render(request, "marketplace/studio/payouts.html", context)


@login_required
def new_product(request):
    return product_form(request, None)


@login_required
def edit_product(request, product_id):
    product = Product.objects.editable_by(request.user).filter(pk=product_id).first()
    if product is None:
        raise Http404
    return product_form(request, product)


def product_form(request, product):
    if request.method != "POST":
        return form_page(
            request, product, ProductForm(initial=ProductForm.of(product) if product else from_track(request))
        )
    form = ProductForm(request.POST, request.FILES)
    if form.is_valid():
        try:
            saved = save_product(product_id=product and product.pk, by=request.user, **form.words_for_the_verb())
        except DomainError as error:
            explain(form, error, price_cents="price")
        else:
            tell_saved(request, saved)
            return redirect("studio_products")
    return form_page(request, product, form, status=400)


def from_track(request):
    """What `?track=<id>` fills in, where that is a track of the seller's."""
    found = track_of(request.user, asked_for(request, "track"))
    return found and {"track_id": found.pk, "title": found.title, "description": found.description}


def track_of(seller, key):
    """A track of theirs; None where there is no such."""
    return Track.objects.filter(owner=seller.pk, deleted_at=None, pk=lookup_id(key)).first()


def tell_saved(request, product):
    where = "It is on the market now." if product.status == "active" else "Nobody else sees it."
    messages.success(request, f"{product.title} is saved. {where}")
    if product.made_creator:
        messages.info(request, "You are a creator now: people can see that you sell.")


def form_page(request, product, form, status=200):
    context = studio_context(request, "products") | {
        "product": product,
        "track": track_of(product.seller if product else request.user, str(form["track_id"].value() or "")),
        "form": form,
        "page_title": product.title if product else "New product",
    }
    return render(request, "marketplace/studio/product.html", context, status=status)


@login_required
@require_POST
def remove(request, product_id):
    try:
        product = remove_product(product_id=product_id, by=request.user)
    except NotFound:
        raise Http404 from None
    kept = " Its buyers keep what they bought." if product.status == "archived" else ""
    messages.success(request, f"{product.title} is off the market.{kept}")
    return redirect("studio_products")


@login_required
@require_POST
def onboard(request):
    try:
        url = start_onboarding(by=request.user)
    except DomainError as error:
        messages.error(request, error.message)
        return redirect("studio")
    # The sandbox lives here: stay on the host that the visitor is signed in on.
    return redirect(url.removeprefix(settings.SITE_URL))
