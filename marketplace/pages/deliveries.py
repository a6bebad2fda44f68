"""The studio's pages of who has a product: its licences, and a look at what they open."""

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Q
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from config.errors import DomainError, NotFound
from config.files import stored_response
from marketplace.models import Product
from marketplace.pages.forms import explain
from marketplace.pages.lists import asked_for, paged
from marketplace.pages.studio_parts import studio_context
from marketplace.queries.licenses import given_of
from marketplace.verbs.licenses import LONGEST_NOTE, allow_more_downloads, give_license, revoke_license
from ontology.gateways.object_storage import place_of

SOURCES = {"purchase": "Bought", "grant": "Given", "gift": "A gift"}


class GiftForm(forms.Form):
    to = forms.CharField(label="E-mail address or username", max_length=254, help_text="Of somebody with an account.")
    source = forms.ChoiceField(
        label="How", choices=[("gift", "As a gift, told by mail"), ("grant", "Quietly, told by a notice alone")]
    )
    note = forms.CharField(label="A word with it", max_length=LONGEST_NOTE, required=False, help_text="They read it.")


class RevokeForm(forms.Form):
    note = forms.CharField(label="Why", max_length=LONGEST_NOTE, required=False, help_text="They read it.")


def own_product(request, product_id):
    product = Product.objects.editable_by(request.user).filter(pk=product_id).first()
    if product is None:
        raise Http404
    return product


def context_of(request, product, active):
    names = (("", "Details"), ("licenses/", "Licences"))
    parts = [
        {"url": f"/studio/products/{product.pk}/{path}", "text": text, "active": path == active} for path, text in names
    ]
    return studio_context(request, "products") | {"product": product, "parts": parts}


def sure_context(product, back):
    return {"place": "studio", "product": product, "back_url": back}


@login_required
@require_safe
@never_cache
def download(request, product_id, file_id):
    """The seller's own look at what they sell."""
    file = own_product(request, product_id).files.filter(pk=file_id).first()
    if file is None:
        raise Http404
    try:
        return stored_response(request, place_of, key=file.content.name, name=file.name, content_type=file.content_type)
    except NotFound:
        raise Http404 from None


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def licenses(request, product_id):
    product = own_product(request, product_id)
    form = GiftForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            given = give_license(product_id=product.pk, by=request.user, **form.cleaned_data)
        except DomainError as error:
            explain(form, error)
        else:
            messages.success(request, f"{given.owner.display_name} has {product.title} now, and was told.")
            return redirect("studio_product_licenses", product_id)
    words = asked_for(request)
    rows = given_of(product)
    if words:
        about = Q(key__icontains=words) | Q(owner__name__icontains=words) | Q(owner__username__icontains=words)
        rows = rows.filter(about | Q(order_line__order__number__icontains=words))
    found = paged(request, rows, size=20)
    for license in found["items"]:
        license.how = SOURCES[license.source]
        license.may_end = license.status == "active" and (license.source != "purchase" or request.user.is_staff)
    context = context_of(request, product, "licenses/") | found | {"form": form, "words": words}
    return render(request, "marketplace/studio/licenses.html", context, status=400 if form.errors else 200)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def revoke(request, product_id, license_id):
    """Asks first, and why."""
    product = own_product(request, product_id)
    form = RevokeForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        note = form.cleaned_data["note"]
        done = "is revoked"
        return act(request, product_id, lambda: revoke_license(license_id=license_id, note=note, by=request.user), done)
    license = given_of(product).filter(pk=license_id).first()
    if license is None:
        raise Http404
    text = "They keep what they downloaded, and can download nothing more. This cannot be undone; you can give another."
    asked = {"question": f"Revoke the licence of {license.owner.display_name}", "text": text, "verb": "Revoke it"}
    back = reverse("studio_product_licenses", args=[product_id])
    return render(request, "marketplace/studio/sure.html", sure_context(product, back) | asked | {"form": form})


@login_required
@require_POST
def allow_more(request, product_id, license_id):
    done = "may be downloaded more often now"
    return act(request, product_id, lambda: allow_more_downloads(license_id=license_id, by=request.user), done)


def act(request, product_id, verb, done):
    own_product(request, product_id)
    try:
        license = verb()
    except NotFound:
        raise Http404 from None
    except DomainError as error:
        messages.error(request, error.message)
    else:
        messages.success(request, f"The licence of {license.owner.display_name} {done}.")
    return redirect("studio_product_licenses", product_id)
