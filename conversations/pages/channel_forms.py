from django import forms

from conversations.models import Platform
from conversations.pages.forms import PeopleField


class ConnectForm(forms.Form):
    platform = forms.ChoiceField(label="Platform", choices=Platform.choices, widget=forms.RadioSelect)
    external_id = forms.CharField(
        label="Id of the account",
        max_length=64,
        help_text="The page's id, the Instagram account's id, or WhatsApp's phone number id.",
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false", "autocapitalize": "none"}),
    )
    name = forms.CharField(
        label="Name",
        max_length=120,
        required=False,
        help_text="What your lists call it. The platform's own name otherwise.",
    )
    access_token = forms.CharField(
        label="Access token",
        max_length=2000,
        required=False,
        help_text="Of this account, as Meta shows it once. It is kept encrypted and never shown again.",
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
    )

    def __init__(self, *args, plays=False, **options):
        """`plays`: the house plays the platforms, so that any id will do and no token is needed."""
        super().__init__(*args, **options)
        if plays:
            words = "In the sandbox any id will do, such as harbour-music. Nothing leaves this house, and no token is needed."
            self.fields["external_id"].help_text = words
            del self.fields["access_token"]


class WriteForm(forms.Form):
    client_name = forms.CharField(
        label="Who writes", max_length=120, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
    text = forms.CharField(label="What they write", max_length=4096, widget=forms.Textarea(attrs={"rows": 2}))


class OwnerForm(forms.Form):
    person = PeopleField(
        label="Default owner",
        most=1,
        required=False,
        help_text="An e-mail address or a user name. Empty: the first super admin.",
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none"}),
    )
