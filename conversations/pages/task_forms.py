"""The forms of tasks: what was typed becomes a verb's words; the rules are the verbs'."""

from django import forms

from config.errors import DomainError
from conversations.models import Platform, Task
from conversations.verbs.tasks import LONGEST

STATUS_NAMES = {"todo": "To do", "in_progress": "In progress", "done": "Done"}
PRIORITY_NAMES = {"high": "High", "medium": "Medium", "low": "Low"}
PLATFORMS = [("", "None"), *Platform.choices]


class Day(forms.DateField):
    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


class QuickTaskForm(forms.Form):
    """One line; the rest can follow."""

    description = forms.CharField(
        label="What is to be done",
        max_length=LONGEST["description"],
        widget=forms.TextInput(attrs={"placeholder": "Send the contract", "autocomplete": "off"}),
    )
    priority = forms.ChoiceField(choices=list(PRIORITY_NAMES.items()), initial="medium")
    due_date = Day(label="Due", required=False)


class TaskForm(forms.Form):
    description = forms.CharField(
        label="What is to be done", max_length=LONGEST["description"], widget=forms.Textarea(attrs={"rows": 3})
    )
    status = forms.ChoiceField(label="Where it is", choices=list(STATUS_NAMES.items()))
    priority = forms.ChoiceField(choices=list(PRIORITY_NAMES.items()))
    due_date = Day(label="Due", required=False)
    client_name = forms.CharField(label="For whom", max_length=LONGEST["client_name"], required=False)
    platform = forms.ChoiceField(label="Where they write", choices=PLATFORMS, required=False)

    @classmethod
    def of(cls, task: Task) -> dict:
        """What the form shows for a task."""
        return {name: getattr(task, name) for name in cls.base_fields}


def explain(form: forms.Form, error: DomainError) -> None:
    """Put a verb's refusal where it belongs: beside its fields, or above the form."""
    details = error.details if isinstance(error.details, dict) else {}
    beside = {name: sentences for name, sentences in details.items() if name in form.fields}
    for name, sentences in beside.items():
        form.add_error(name, sentences)
    if not beside:
        form.add_error(None, error.message)
