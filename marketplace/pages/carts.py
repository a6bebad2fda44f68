from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST, require_safe

from config.errors import DomainError, NotFound
from marketplace.pages.visitors import holder, remember_visitor
from marketplace.queries.carts import groups_of
from marketplace.verbs.baskets import MOST_OF_ONE
from marketplace.verbs.carts import add_to_cart, cart_of, change_quantity, empty_cart, remove_from_cart


@require_safe
def cart(request):
    groups = groups_of(cart_of(**holder(request)))
    context = {
        "place": "cart",
        "groups": [(group, "/checkout/?" + urlencode({"currency": group.currency})) for group in groups],
        "most": MOST_OF_ONE,
        # Told once: what signing in could not bring along.
        "merged": request.session.pop("cart_merged", None) if "cart_merged" in request.session else None,
    }
    return render(request, "marketplace/cart/page.html", context)


@require_POST
def add(request):
    try:
        added = add_to_cart(product_id=request.POST.get("product_id", ""), quantity=typed(request), **holder(request))
    except NotFound:
        raise Http404 from None
    except DomainError as error:
        messages.error(request, error.message)
        return redirect(back(request))
    words = f"{added.product.title} is in your cart."
    if added.is_capped:
        words = f"{added.product.title}: at most {MOST_OF_ONE} fit into a cart, and so many are in yours now."
    messages.success(request, words)
    return remember_visitor(redirect(back(request)), added.token)


@require_POST
def change(request, product_id):
    try:
        change_quantity(product_id=product_id, quantity=typed(request), **holder(request))
    except DomainError as error:
        messages.error(request, error.message)
    return redirect("cart")


@require_POST
def remove(request, product_id):
    remove_from_cart(product_id=product_id, **holder(request))
    return redirect("cart")


@require_POST
def empty(request):
    empty_cart(**holder(request))
    messages.success(request, "Your cart is empty.")
    return redirect("cart")


def typed(request):
    """The quantity as typed, one where none was; what is no number is left to the verb to refuse."""
    text = request.POST.get("quantity", "1").strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 6 else None


def back(request):
    """Where the button was pressed."""
    place = request.POST.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(
        place, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return place if is_ours else "/cart/"
