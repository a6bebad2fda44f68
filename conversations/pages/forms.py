from django import forms

from conversations.models.conversations import LONGEST_TITLE
from conversations.queries.people import named


class PeopleField(forms.CharField):
    """Addresses or user names; clean is a list of users."""

    def __init__(self, *, most=100, **options):
        self.most = most
        super().__init__(max_length=4000, **options)

    def clean(self, value):
        people, unknown = named(super().clean(value))
        if unknown:
            raise forms.ValidationError(f"Nobody here has this address or user name: {', '.join(unknown)}")
        if len(people) > self.most:
            raise forms.ValidationError("Name one person.")
        if self.required and not people:
            raise forms.ValidationError("Name someone.")
        return people


class RoomForm(forms.Form):
    name = forms.CharField(label="Name", max_length=LONGEST_TITLE)
    people = PeopleField(
        label="People",
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="E-mail addresses or user names, separated by commas. You can add more later.",
    )


class PersonForm(forms.Form):
    person = PeopleField(
        label="Who",
        most=1,
        help_text="An e-mail address or a user name.",
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none"}),
    )


class NameForm(forms.Form):
    name = forms.CharField(label="Name", max_length=LONGEST_TITLE)
