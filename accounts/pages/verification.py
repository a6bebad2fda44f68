"""The link that confirms an address: a button that posts, so that opening it spends nothing."""

from django.contrib import messages
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache

from accounts.models import EmailToken
from accounts.pages.requests import token_of
from accounts.verbs.email_tokens import find
from accounts.verbs.verification import verify_email
from config.errors import DomainError


@never_cache
def confirm_address(request):
    row = find(EmailToken.Purpose.VERIFY, token_of(request))
    if row is None:
        return render(request, "account/email_confirm.html", status=400)
    if request.method == "POST":
        try:
            user = verify_email(token=token_of(request), by=request.user)
        except DomainError as error:
            return render(request, "account/email_confirm.html", {"fault": error.message}, status=400)
        return confirmed(request, user)
    return render(request, "account/email_confirm.html", {"email": row.email, "owner": row.user})


def confirmed(request, user):
    """Whoever is signed in goes on; everyone else signs in as always."""
    if request.user.is_authenticated:
        messages.success(request, "Your address is confirmed.")
        return redirect("home")
    return render(request, "account/email_confirm.html", {"is_done": True, "email": user.email})
