"""The forms of the way in. They check what was typed; the rules are the verbs'."""

from django import forms

from config.errors import DomainError, Kind

PASSWORD_HELP = "At least 8 characters. Long and unlike any other is better than complicated."  # noqa: S105 -- words about one


def explain(form: forms.Form, error: DomainError, **names: str) -> int:
    """Put a verb's refusal beside its fields, or above the form; the status to answer with.

    `names`: the verb's name=the field's.
    """
    details = error.details if isinstance(error.details, dict) else {}
    shown = {names.get(name, name): sentences for name, sentences in details.items()}
    beside = {name: sentences for name, sentences in shown.items() if name in form.fields}
    for name, sentences in beside.items():
        form.add_error(name, sentences)
    if not beside:
        form.add_error(None, error.message)
    return 429 if error.kind is Kind.THROTTLED else 200


def password_field(label: str = "Password", *, is_new: bool = True, **options) -> forms.CharField:
    widget = forms.PasswordInput(attrs={"autocomplete": "new-password" if is_new else "current-password"})
    return forms.CharField(
        label=label, strip=False, max_length=256, widget=widget, help_text=PASSWORD_HELP if is_new else "", **options
    )


def address_field() -> forms.EmailField:
    return forms.EmailField(
        label="Email", max_length=254, widget=forms.EmailInput(attrs={"autocomplete": "email", "spellcheck": "false"})
    )


def code_field(**options) -> forms.CharField:
    attrs = {"autocomplete": "one-time-code", "autocapitalize": "characters", "spellcheck": "false"}
    return forms.CharField(
        label="Code",
        max_length=64,
        widget=forms.TextInput(attrs=attrs),
        help_text="Six digits from your authenticator app, or one of your backup codes.",
        **options,
    )


class SignUpForm(forms.Form):
    name = forms.CharField(
        max_length=150,
        label="Your name",
        help_text="Shown beside what you make and say.",
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    email = address_field()
    password1 = password_field()


class AddressForm(forms.Form):
    """Where a link is to be sent."""

    email = address_field()


class NewPasswordForm(forms.Form):
    password = password_field("New password")


class CodeForm(forms.Form):
    code = code_field()


class ConfirmForm(forms.Form):
    """One proof is enough; which ones are asked for depends on what the account has."""

    password = password_field(is_new=False, required=False)
    code = code_field(required=False)

    def __init__(self, *args, has_password: bool, has_code: bool, **kwargs):
        super().__init__(*args, **kwargs)
        if not has_password:
            del self.fields["password"]
        if not has_code:
            del self.fields["code"]
        for field in self.fields.values():
            field.required = len(self.fields) == 1

    def clean(self):
        super().clean()
        if not any(self.cleaned_data.get(name) for name in self.fields):
            raise forms.ValidationError("Give your password or a code.")
        return self.cleaned_data
