"""What others see of you."""

from django import forms
from django.contrib import messages
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from accounts.pages.forms import explain
from accounts.pages.settings import part_of, show
from accounts.verbs.avatars import MOST_BYTES, remove_avatar, set_avatar
from accounts.verbs.creators import become_audience_member, is_creator
from accounts.verbs.profiles import update_profile
from config.errors import DomainError

PROFILE = "settings"


class ProfileForm(forms.Form):
    name = forms.CharField(max_length=150, label="Name", help_text="Shown beside what you make and say.")
    username = forms.CharField(
        max_length=64,
        required=False,
        label="Username",
        help_text="3 to 64 letters, digits, dots, dashes or underscores.",
        widget=forms.TextInput(attrs={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"}),
    )
    company = forms.CharField(max_length=150, required=False, label="Company")
    bio = forms.CharField(
        max_length=2000, required=False, label="About you", widget=forms.Textarea(attrs={"rows": 4, "data-counter": ""})
    )


class AvatarForm(forms.Form):
    picture = forms.FileField(
        label="A picture of you",
        widget=forms.FileInput(
            attrs={"accept": "image/jpeg,image/png,image/webp,image/gif", "aria-label": "A picture of you"}
        ),
        error_messages={"required": "Choose a picture first.", "empty": "This file is empty."},
    )

    def clean_picture(self):
        upload = self.cleaned_data["picture"]
        if upload.size > MOST_BYTES:
            raise forms.ValidationError("The picture is larger than 5 MB.")
        return upload


@part_of(PROFILE)
def settings(request):
    form = ProfileForm(request.POST or None, initial=as_it_is(request.user))
    if request.method == "POST" and form.is_valid():
        try:
            update_profile(user=request.user, **form.cleaned_data)
        except DomainError as error:
            if error.code == "username_taken":
                form.add_error("username", error.message)
            else:
                explain(form, error)
        else:
            messages.success(request, "Saved.")
            return redirect(PROFILE)
    return page(request, form, AvatarForm())


@part_of(PROFILE)
def avatar(request):
    if request.method != "POST":
        return redirect(PROFILE)
    form = AvatarForm(request.POST, request.FILES)
    if form.is_valid():
        try:
            set_avatar(user=request.user, content=form.cleaned_data["picture"].read())
        except DomainError as error:
            explain(form, error)
        else:
            messages.success(request, "That is you now.")
            return redirect(PROFILE)
    return page(request, ProfileForm(initial=as_it_is(request.user)), form)


@part_of(PROFILE)
@require_POST
def no_avatar(request):
    remove_avatar(user=request.user)
    messages.success(request, "The picture is gone.")
    return redirect(PROFILE)


@part_of(PROFILE)
@require_POST
def step_back(request):
    become_audience_member(user=request.user)
    messages.success(request, "You are an audience member again.")
    return redirect(PROFILE)


def as_it_is(user):
    return {name: getattr(user, name) or "" for name in ProfileForm.base_fields}


def page(request, form, picture):
    context = {"form": form, "picture": picture, "is_creator": is_creator(request.user)}
    return show(request, "profile", context, status=422 if form.errors or picture.errors else 200)
