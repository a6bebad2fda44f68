"""allauth's sign-in, made to follow our verbs and share the APIs' limits. Its other pages are replaced by ours."""

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core import ratelimit

from accounts.models import User
from accounts.verbs.detection import failed_sign_in


class AccountAdapter(DefaultAccountAdapter):
    error_messages = DefaultAccountAdapter.error_messages | {
        "email_password_mismatch": "The address or the password is not correct.",
        "too_many_login_attempts": (
            "Too many tries with this address. Please try again in a quarter of an hour, or have a link mailed to you."
        ),
    }

    def get_login_stages(self):
        """The second factor is asked for last, whatever came first: password, provider or link (auth-design.md §3)."""
        return [*super().get_login_stages(), "accounts.pages.stages.OtpStage"]

    def pre_authenticate(self, request, **credentials):
        """Pages spend from the same budget per address as the APIs, before anything is looked up."""
        email = (credentials.get("email") or "").strip().lower()
        if email and not ratelimit.consume(request, action="signin_email", key=email):
            raise self.validation_error("too_many_login_attempts")
        super().pre_authenticate(request, **credentials)

    def authentication_failed(self, request, **credentials):
        email = (credentials.get("email") or "").strip().lower()
        failed_sign_in(user=User.objects.filter(email=email).first())

    def populate_username(self, request, user):
        """Nobody is given a username; one is chosen in settings or by a Veza client."""

    def send_mail(self, template_prefix, email, context):
        """allauth sends none: every mail is a row and a job (accounts/verbs/mails.py)."""
