from django import forms

from conversations.models import Platform, Task
from conversations.verbs.client_threads import LONGEST_NAME


class ClientForm(forms.Form):
    client_name = forms.CharField(
        label="Name", max_length=LONGEST_NAME, required=False, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
    client_company = forms.CharField(
        label="Company", max_length=LONGEST_NAME, required=False, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )


class AssignForm(forms.Form):
    """Who has a seat in the conversation may have it."""

    def __init__(self, *args, people, reader, **options):
        super().__init__(*args, **options)
        named = [(str(one["user_id"]), "You" if one["user_id"] == reader.pk else one["name"]) for one in people]
        self.fields["assignee"] = forms.ChoiceField(
            label="Assigned to", required=False, choices=[("", "Nobody"), *named]
        )


class TaskForm(forms.Form):
    description = forms.CharField(label="What is to be done", max_length=2000)
    due_date = forms.DateField(label="By", required=False, widget=forms.DateInput(attrs={"type": "date"}))
    priority = forms.ChoiceField(label="Priority", choices=Task.Priority.choices, initial=Task.Priority.MEDIUM)


class ByHandForm(forms.Form):
    """A client who called, or wrote somewhere else."""

    client_name = forms.CharField(label="Their name", max_length=LONGEST_NAME)
    client_company = forms.CharField(label="Company", max_length=LONGEST_NAME, required=False)
    platform = forms.ChoiceField(label="Where you talk", choices=Platform.choices)
