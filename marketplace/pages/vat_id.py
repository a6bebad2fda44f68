from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from config.errors import DomainError
from marketplace.models import SellerAccount
from marketplace.pages.forms import explain
from marketplace.pages.studio_parts import studio_context
from marketplace.verbs.vat_ids import LONGEST, set_vat_id


class VatIdForm(forms.Form):
    vat_id = forms.CharField(
        label="Your VAT id", max_length=LONGEST, required=False, help_text="Such as DE123456789. Empty: you have none."
    )


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def vat_id(request):
    """GET and POST /studio/vat-id/."""
    known = SellerAccount.objects.filter(user=request.user).values_list("vat_id", flat=True).first()
    form = VatIdForm(request.POST if request.method == "POST" else None, initial={"vat_id": known})
    if request.method == "POST" and form.is_valid():
        try:
            set_vat_id(by=request.user, **form.cleaned_data)
        except DomainError as error:
            explain(form, error)
        else:
            messages.success(request, "Invoices name it from now on.")
            return redirect("studio_vat_id")
    context = studio_context(request, "fees") | {"form": form}
    return render(request, "marketplace/studio/vat_id.html", context, status=400 if form.errors else 200)
