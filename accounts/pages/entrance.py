"""Signing up and in on pages.

Who signs up is in at once, as in every API, and confirms the address when it suits. So a taken address cannot be hidden
here either (auth-design.md §7); the limits of sign-ups bound what can be learnt.
"""

from allauth.account.utils import perform_login
from allauth.account.views import LoginView
from allauth.decorators import rate_limit
from django.contrib import messages
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from accounts.models import User
from accounts.pages.forms import SignUpForm, explain
from accounts.pages.requests import mail_folder, next_of, spend
from accounts.pages.social import may_leave_for_providers, offers
from accounts.verbs.registration import sign_up as register
from config.errors import DomainError

LOCKED_SECONDS = 900


class SignIn(LoginView):
    def get_form(self, form_class=None):
        """Without allauth's hints: the page has its own link, and labels say what a placeholder would."""
        form = super().get_form(form_class)
        form.fields["password"].help_text = ""
        for field in form.fields.values():
            field.widget.attrs.pop("placeholder", None)
        return form

    def form_invalid(self, form):
        """Over the limit is 429 with the time to wait, as in the APIs; the page stays the same."""
        answer = super().form_invalid(form)
        if form.has_error("__all__", "too_many_login_attempts"):
            answer.status_code = 429
            answer.headers["Retry-After"] = str(LOCKED_SECONDS)
        return answer

    def get_context_data(self, **kwargs):
        return super().get_context_data(**kwargs) | {"offers": offers(), "next": next_of(self.request, "")}


sign_in = may_leave_for_providers(SignIn.as_view())


@may_leave_for_providers
@never_cache
@rate_limit(action="signup")
@sensitive_post_parameters("password1")
def sign_up(request):
    if request.user.is_authenticated:
        return redirect(next_of(request))
    form, status = SignUpForm(request.POST or None), 200
    if request.method == "POST":
        try:
            if user := accepted(request, form):
                greet(request, user)
                return perform_login(request, user, redirect_url=next_of(request))
        except DomainError as error:
            status = explain(form, error, password="password1")  # noqa: S106 -- the name of a field
    context = {"form": form, "offers": offers(), "next": next_of(request, "")}
    return render(request, "account/signup.html", context, status=status)


def accepted(request, form) -> User | None:
    """The new account, where the form is whole. An attempt counts for its address whatever else is wrong with it."""
    is_whole = form.is_valid()
    if "email" in form.cleaned_data:
        spend(request, "signup_email", form.cleaned_data["email"])
    if not is_whole:
        return None
    given = form.cleaned_data
    return register(name=given["name"], email=given["email"], password=given["password1"], greet=True)


def greet(request, user) -> None:
    folder = mail_folder()
    kept = f" This server sends no mail: it keeps each one as a file in {folder}." if folder else ""
    messages.success(request, f"Welcome. Open the link we mailed to {user.email} to confirm the address.{kept}")
