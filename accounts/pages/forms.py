from allauth.core import context, ratelimit
from django import forms


class SignUpForm(forms.Form):
    """What sign-up asks for beside address and password."""

    name = forms.CharField(max_length=150, label="Your name", help_text="Shown beside what you make and say.")
    field_order = ("name", "email", "password1")

    def clean(self):
        """Pages spend from the same budget per address as the APIs."""
        given = super().clean()
        email = self.cleaned_data.get("email", "").strip().lower()
        if email and not ratelimit.consume(context.request, action="signup_email", key=email):
            raise forms.ValidationError("Too many sign-ups with this address. Please try again later.")
        return given

    def signup(self, request, user):
        """allauth calls this last; the account is complete by then."""
