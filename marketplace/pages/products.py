"""The seller's own products: the list, the form, what buyers get, and where a product stands."""

from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Count
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from config.errors import DomainError, NotFound
from config.ids import lookup_id
from marketplace.models import Product
from marketplace.pages.forms import ProductForm, explain
from marketplace.pages.lists import asked_for, paged
from marketplace.pages.studio_parts import studio_context
from marketplace.queries.studio import own_products
from marketplace.verbs.product_files import add_file, remove_file, save_product
from marketplace.verbs.products import is_anybodys, remove_product, update_product
from ontology.models import Track

STATES = {"active": ("On the market", "good"), "draft": ("Draft", ""), "archived": ("Archived", "")}
MOVES = {
    "active": ("is on the market now.", "Put it on the market"),
    "draft": ("is a draft now: nobody else sees it.", "Make it a draft"),
    "archived": ("is off the market. Its buyers keep what they bought.", "Archive it"),
}

AGAIN = {
    "cover": "Choose the picture again: nothing is saved yet.",
    "preview": "Choose it again: nothing is saved yet.",
}
"""A browser never fills in a file by itself."""


@login_required
@require_safe
def products(request):
    words, state = asked_for(request), asked_for(request, "state")
    state = state if state in STATES else ""
    found = paged(request, own_products(request.user, words=words, status=state), size=20)
    for product in found["items"]:
        product.state, product.tone = STATES[product.status]
    context = {"words": words, "state": state, "filters": filters(request.user, words, state)}
    return render(request, "marketplace/studio/products.html", studio_context(request, "products") | found | context)


def filters(seller, words, state):
    counts = dict(Product.objects.filter(seller=seller).order_by().values_list("status").annotate(Count("id")))
    rows = [("", "All", sum(counts.values())), *((name, STATES[name][0], counts.get(name, 0)) for name in STATES)]
    return [
        {
            "url": "?" + urlencode({"state": name, "q": words}),
            "text": text,
            "count": count,
            "active": name == state,
        }
        for name, text, count in rows
    ]


@login_required
def new_product(request):
    return product_form(request, None)


@login_required
def edit_product(request, product_id):
    return product_form(request, own(request, product_id))


def own(request, product_id):
    product = Product.objects.editable_by(request.user).filter(pk=product_id).first()
    if product is None:
        raise Http404
    return product


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
            explain(form, error, price_cents="price", vat_bp="vat_percent")
        else:
            tell_saved(request, saved)
            # A new digital product still needs its files; its own page is where they are put.
            is_next = product is None and saved.kind == Product.Kind.DIGITAL
            return redirect("studio_product", saved.pk) if is_next else redirect("studio_products")
    for name, sentence in AGAIN.items():
        if name in request.FILES and name not in form.errors:
            form.add_error(name, sentence)
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
        "files": list(product.files.all()) if product else [],
        "takes_files": product is not None and product.kind == Product.Kind.DIGITAL,
        "delete_url": reverse("studio_product_remove", args=[product.pk]) if product else "",
        "can_delete": product is not None and not is_anybodys(product),
        "moves": [(name, words) for name, (_, words) in MOVES.items() if product and name != product.status],
        "form": form,
        "page_title": product.title if product else "New product",
    }
    if product:
        context["state"], context["tone"] = STATES[product.status]
    return render(request, "marketplace/studio/product.html", context, status=status)


@login_required
@require_POST
def status(request, product_id):
    """Publish, hide or archive with one button."""
    wanted = request.POST.get("status", "")
    try:
        product = update_product(product_id=product_id, status=wanted, by=request.user)
    except NotFound:
        raise Http404 from None
    except DomainError as error:
        messages.error(request, error.message)
    else:
        messages.success(request, f"{product.title} {MOVES[product.status][0]}")
    return redirect("studio_product", product_id)


@login_required
@require_POST
def file_added(request, product_id):
    upload = request.FILES.get("file")
    own(request, product_id)
    if upload is None:
        messages.error(request, "Choose a file first.")
        return redirect("studio_product", product_id)
    try:
        file = add_file(product_id=product_id, content=upload, name=upload.name, by=request.user)
    except DomainError as error:
        messages.error(request, error.message)
    else:
        messages.success(request, f"Buyers get {file.name} now.")
    return redirect("studio_product", product_id)


@login_required
@require_POST
def file_removed(request, product_id, file_id):
    own(request, product_id)
    try:
        file = remove_file(product_id=product_id, file_id=file_id, by=request.user)
    except NotFound:
        raise Http404 from None
    except DomainError as error:
        messages.error(request, error.message)
    else:
        messages.success(request, f"{file.name} is removed.")
    return redirect("studio_product", product_id)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def remove(request, product_id):
    """Asks first. What somebody ordered meanwhile is archived instead, and the answer says which it was."""
    if request.method != "POST":
        return sure_page(request, own(request, product_id))
    try:
        product = remove_product(product_id=product_id, by=request.user)
    except NotFound:
        raise Http404 from None
    said = MOVES["archived"][0] if product.status == "archived" else "is deleted."
    messages.success(request, f"{product.title} {said}")
    return redirect("studio_products")


def sure_page(request, product):
    if is_anybodys(product):
        verb, text = "Archive", "It will no longer be sold. Its buyers keep what they bought."
    else:
        verb, text = "Delete", "It, its cover and its files are gone for good. Nobody has it yet."
    context = {
        "place": "studio",
        "product": product,
        "back_url": reverse("studio_product", args=[product.pk]),
        "question": f"{verb} this product",
        "text": text,
        "verb": f"{verb} it",
    }
    return render(request, "marketplace/studio/sure.html", context)
