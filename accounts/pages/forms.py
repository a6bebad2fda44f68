from django import forms


class SignUpForm(forms.Form):
    """What sign-up asks for beside address and password."""

    name = forms.CharField(max_length=150, label="Your name", help_text="Shown beside what you make and say.")
    field_order = ("name", "email", "password1")

    def signup(self, request, user):
        """allauth calls this last; the account is complete by then."""
