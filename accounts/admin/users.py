from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.db import transaction
from unfold.admin import ModelAdmin
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm

from accounts.models import Session, User
from accounts.verbs.registration import remember_user
from accounts.verbs.sessions import end_sessions

# What only a super user may hand out: whoever could set these could make themselves one.
POWERS = ("is_staff", "is_superuser", "role", "groups", "user_permissions")


class NewUserForm(UserCreationForm):
    class Meta:
        model = User
        fields = ("email", "name")

    def clean_email(self):
        return self.cleaned_data["email"].strip().lower()


class PasswordForm(AdminPasswordChangeForm):
    def save(self, commit=True):
        """Every session of theirs is dead by its `auth_hash` now; this also closes their sockets and says why."""
        user = super().save(commit)
        stale = Session.objects.visible_to(user).exclude(auth_hash=user.get_session_auth_hash())
        end_sessions(sessions=stale, reason="password-changed")
        return user


@admin.register(User)
class UserAdmin(DjangoUserAdmin, ModelAdmin):
    form = UserChangeForm
    add_form = NewUserForm
    change_password_form = PasswordForm
    list_display = ("email", "name", "username", "role", "is_staff", "is_active", "created_at", "last_login")
    list_filter = ("role", "is_staff", "is_active", "groups", "created_at", "last_login")
    list_per_page = 50
    show_full_result_count = False
    search_fields = ("=id", "email", "name", "username", "company")
    filter_horizontal = ()  # two boxes side by side are wider than the page
    ordering = ("-created_at",)
    readonly_fields = ("id", "created_at", "updated_at", "last_login")
    fieldsets = (
        (None, {"fields": ("email", "password")}),
        ("Who they are", {"fields": ("name", "username", "company", "bio", "image")}),
        ("What they may", {"fields": ("is_active", *POWERS)}),
        ("So far", {"fields": ("account_setup_complete", "welcome_email_sent", *readonly_fields)}),
    )
    add_fieldsets = (
        (
            None,
            {
                "classes": ("wide",),
                "fields": ("email", "name", "usable_password", "password1", "password2", *POWERS[:3]),
            },
        ),
    )

    def get_readonly_fields(self, request, obj=None):
        fields = super().get_readonly_fields(request, obj)
        return fields if request.user.is_superuser else (*fields, *POWERS)

    def has_change_permission(self, request, obj=None):
        """A super user is changed by another one alone."""
        allowed = super().has_change_permission(request, obj)
        return allowed and (request.user.is_superuser or obj is None or not obj.is_superuser)

    def has_delete_permission(self, request, obj=None):
        """Accounts are switched off here; leaving for good has its own path, which takes everything along."""
        return False

    @transaction.atomic
    def save_model(self, request, obj, form, change):
        super().save_model(request, obj, form, change)
        if not obj.entities.filter(pk=obj.pk).exists():
            remember_user(obj)
        if not obj.is_active:
            end_sessions(sessions=Session.objects.visible_to(obj), reason="switched-off")
