from contextlib import contextmanager

from allauth.account.models import EmailAddress
from django import forms
from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.core.exceptions import ValidationError
from django.db import transaction
from unfold.admin import ModelAdmin
from unfold.decorators import action
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm

from accounts.models import SecurityEvent, Session, User
from accounts.verbs.mails import queue_mail
from accounts.verbs.people import switch_off, switch_on
from accounts.verbs.profiles import follow
from accounts.verbs.registration import remember_user
from accounts.verbs.security import record
from accounts.verbs.sessions import end_sessions
from accounts.verbs.staff import appoint, change_role, check_appointment, check_may_decide, check_one_stays, dismiss
from config.errors import DomainError

# What a role carries along, and what only a super admin hands out.
CARRIED = ("is_staff", "is_superuser")
POWERS = ("groups", "user_permissions")


@contextmanager
def said_beside_the_field():
    try:
        yield
    except DomainError as error:
        raise ValidationError(error.message) from None


class ByRank(forms.ModelForm):
    """Asks the verbs' rules whether `by`, who fills in the form, may do that."""

    by: User

    def clean_role(self):
        role = self.cleaned_data["role"]
        if role != self.instance.role:
            with said_beside_the_field():
                if role:
                    check_appointment(user=self.instance, role=role, by=self.by)
                else:
                    check_may_decide(user=self.instance, by=self.by)
                check_one_stays(self.instance, role=role)
        return role

    def clean_is_active(self):
        is_active = self.cleaned_data["is_active"]
        if is_active != self.instance.is_active:
            with said_beside_the_field():
                check_may_decide(user=self.instance, by=self.by)
                check_one_stays(self.instance, role=User.Role.NONE)
        return is_active

    def clean(self):
        super().clean()
        given = self.cleaned_data
        if given.get("role") and given.get("is_active") is False and given["role"] != self.instance.role:
            self.add_error("role", "An account that is switched off is appointed to nothing.")
        return given


class NewUserForm(ByRank, UserCreationForm):
    class Meta:
        model = User
        fields = ("email", "name", "role")

    def clean_email(self):
        return self.cleaned_data["email"].strip().lower()


class PersonForm(ByRank, UserChangeForm):
    class Meta(UserChangeForm.Meta):
        field_classes: dict[str, type[forms.Field]] = {}  # Django's own field for usernames takes none for an error


class PasswordForm(AdminPasswordChangeForm):
    def save(self, commit=True):
        """Every session of theirs is dead by its `auth_hash` now; this also closes their sockets, and says so to them."""
        with transaction.atomic():
            user = super().save(commit)
            stale = Session.objects.visible_to(user).exclude(auth_hash=user.get_session_auth_hash())
            end_sessions(sessions=stale, reason="password-changed")
            record(SecurityEvent.Type.PASSWORD_CHANGED, user=user, details="Set by the house")
            queue_mail(template="account/password_changed", to=user.email, user=user)
        return user


@admin.register(User)
class UserAdmin(DjangoUserAdmin, ModelAdmin):
    form = PersonForm
    add_form = NewUserForm
    change_password_form = PasswordForm
    list_display = ("email", "name", "username", "role", "is_active", "created_at", "last_login")
    list_filter = ("role", "is_active", "groups", "created_at", "last_login")
    list_per_page = 50
    show_full_result_count = False
    search_fields = ("=id", "email", "name", "username", "company")
    filter_horizontal = ()  # two boxes side by side are wider than the page
    ordering = ("-created_at",)
    readonly_fields = (*CARRIED, "id", "created_at", "updated_at", "last_login")
    actions = ("switch_off", "switch_on")
    fieldsets = (
        (None, {"fields": ("email", "password")}),
        ("Who they are", {"fields": ("name", "username", "company", "bio", "image")}),
        ("What they may", {"fields": ("is_active", "role", *CARRIED, *POWERS)}),
        (
            "So far",
            {
                "fields": (
                    "account_setup_complete",
                    "welcome_email_sent",
                    "id",
                    "created_at",
                    "updated_at",
                    "last_login",
                )
            },
        ),
    )
    add_fieldsets = (
        (
            None,
            {"classes": ("wide",), "fields": ("email", "name", "usable_password", "password1", "password2", "role")},
        ),
    )

    def get_form(self, request, obj=None, change=False, **kwargs):
        form = super().get_form(request, obj, change=change, **kwargs)
        return type(form.__name__, (form,), {"by": request.user})

    def get_readonly_fields(self, request, obj=None):
        """An address moves by a link that is mailed to the new one, so nobody types it in here."""
        fields = super().get_readonly_fields(request, obj)
        fields = (*fields, "email") if obj else fields
        return fields if request.user.is_superuser else (*fields, *POWERS)

    def has_change_permission(self, request, obj=None):
        """Whoever could set somebody's password would have their role: so it is for those above alone."""
        return super().has_change_permission(request, obj) and (obj is None or request.user.outranks(obj))

    def has_delete_permission(self, request, obj=None):
        """Accounts are switched off here; leaving for good has its own path, which takes everything along."""
        return False

    @transaction.atomic
    def save_model(self, request, obj, form, change):
        """What is a rule's goes through its verb; the rest is saved as typed."""
        role, is_active = obj.role, obj.is_active
        before = User.objects.get(pk=obj.pk) if change else User()
        obj.role, obj.is_active = before.role, before.is_active
        super().save_model(request, obj, form, change)
        if not change:
            EmailAddress.objects.create(user=obj, email=obj.email, primary=True, verified=False)
            remember_user(obj)
        if is_active and not before.is_active:
            switch_on(user_id=obj.pk, by=request.user)
        if role != before.role:
            self.give_role(obj, role, request.user)
        if before.is_active and not is_active:
            switch_off(user_id=obj.pk, by=request.user)
        obj.refresh_from_db()
        follow(obj)

    @staticmethod
    def give_role(user, role, by):
        if not role:
            dismiss(user_id=user.pk, by=by)
        elif user.role:
            change_role(user_id=user.pk, role=role, by=by)
        else:
            appoint(user_id=user.pk, role=role, by=by)

    @action(description="Switch off: nobody signs in, everything open ends", permissions=["change"])
    def switch_off(self, request, rows):
        self.for_each(request, rows, switch_off, "is switched off")

    @action(description="Switch on again", permissions=["change"])
    def switch_on(self, request, rows):
        self.for_each(request, rows, switch_on, "is switched on")

    @staticmethod
    def for_each(request, rows, verb, words):
        for user in rows:
            try:
                verb(user_id=user.pk, by=request.user)
            except DomainError as error:
                messages.error(request, f"{user}: {error.message}")
            else:
                messages.success(request, f"{user} {words}")
