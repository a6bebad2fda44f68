"""Your account: what others see of you, and where you are signed in."""

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from accounts.models import Session
from accounts.pages.devices import device
from accounts.verbs.profiles import update_profile
from accounts.verbs.sessions import end_sessions, sign_out_everywhere
from config.errors import DomainError
from config.ids import lookup_id

THROUGH: dict[str, str] = {style.value: f"{style.label} API" for style in Session.Style} | {"web": "These pages"}


class ProfileForm(forms.Form):
    name = forms.CharField(max_length=150, label="Name", help_text="Shown beside what you make and say.")
    username = forms.CharField(
        max_length=64,
        required=False,
        label="Username",
        help_text="3 to 64 letters, digits, dots, dashes or underscores.",
    )
    company = forms.CharField(max_length=150, required=False, label="Company")
    bio = forms.CharField(
        max_length=2000, required=False, label="About you", widget=forms.Textarea(attrs={"rows": 4, "data-counter": ""})
    )


@login_required
def settings(request):
    initial = {name: getattr(request.user, name) or "" for name in ProfileForm.base_fields}
    form = ProfileForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            update_profile(user=request.user, **form.cleaned_data)
        except DomainError as error:
            form.add_error("username" if error.code == "username_taken" else None, error.message)
        else:
            messages.success(request, "Saved.")
            return redirect("settings")
    sessions = [
        {"row": row, "device": device(row.user_agent), "through": THROUGH.get(row.style, "")}
        for row in Session.objects.visible_to(request.user).live()
    ]
    context = {"place": "settings", "form": form, "sessions": sessions, "current": request.session_row}
    return render(request, "accounts/settings/index.html", context, status=422 if form.errors else 200)


@login_required
@require_POST
def end_session(request, session_id):
    mine = Session.objects.visible_to(request.user)
    ended = end_sessions(sessions=mine.filter(pk=lookup_id(session_id)), reason="ended-by-owner")
    messages.success(request, "That session has ended." if ended else "That session was already over.")
    return redirect("settings")


@login_required
@require_POST
def end_others(request):
    count = sign_out_everywhere(user=request.user, keep=request.session_row)
    messages.success(request, f"Signed out everywhere else ({count}).")
    return redirect("settings")
