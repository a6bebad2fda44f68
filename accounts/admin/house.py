"""The admin's door and what other packages put behind it.

There is one way in, allauth's page with our limits, and only with a second factor (auth-design.md §3); and nothing that is
a secret is shown: seeds of second factors, backup codes, tokens of social accounts.
"""

from urllib.parse import urlencode

from allauth.account.decorators import secure_admin_login
from allauth.account.models import EmailAddress, EmailConfirmation
from allauth.socialaccount.models import SocialAccount, SocialApp, SocialToken
from django.apps import apps
from django.contrib import admin
from django.contrib.admin.exceptions import NotRegistered
from django.contrib.auth.admin import GroupAdmin as DjangoGroupAdmin
from django.contrib.auth.models import Group
from django.core.exceptions import PermissionDenied
from django.shortcuts import redirect, render
from django.urls import reverse
from django_otp.plugins.otp_static.models import StaticDevice
from django_otp.plugins.otp_totp.models import TOTPDevice
from unfold.admin import ModelAdmin

from accounts.models import Passkey, User
from accounts.verbs.two_factor import second_factor_enabled
from config.dialects.base import SAFE
from ontology.admin.read_only import ReadOnlyAdmin

USE_THE_PASSKEY = "The administration asks for a second factor. Sign out, and sign in again with your passkey."


def has_permission(request):
    """Staff whose session has shown a second factor. Support looks and leaves everything as it is."""
    user = request.user
    may = user.is_active and user.is_staff and user.is_verified()
    is_leaving = request.path == reverse("admin:logout")
    if may and user.role == User.Role.SUPPORT and request.method not in SAFE and not is_leaving:
        raise PermissionDenied
    return may


def to_the_second_factor(request, extra_context=None):
    """Whoever is staff and came by a password alone: on to their factor, or to setting one up."""
    user, wanted = request.user, request.GET.get("next", "")
    wanted = wanted if wanted.startswith("/admin/") else reverse("admin:index")
    if user.is_verified():
        return redirect(wanted)
    if second_factor_enabled(user):
        return redirect(f"{reverse('otp_challenge')}?{urlencode({'next': wanted})}")
    if Passkey.objects.visible_to(user).exists():
        return render(request, "errors/403.html", {"message": USE_THE_PASSKEY}, status=403)
    return redirect(f"{reverse('two_factor')}?{urlencode({'next': wanted})}")


def to_settings(request, extra_context=None):
    """One's own password is changed where everybody's is, with the proof and the mail that belong to it."""
    return redirect("account_change_password")


apps.get_app_config("account").verbose_name = "Addresses"  # beside our own "Accounts"
admin.site.has_permission = has_permission  # type: ignore[method-assign]  # one site, and packages register with it
admin.site.login = secure_admin_login(to_the_second_factor)  # type: ignore[method-assign]  # as allauth documents it
admin.site.password_change = to_settings  # type: ignore[method-assign]  # as above

for model in (EmailAddress, EmailConfirmation, SocialAccount, SocialApp, SocialToken, StaticDevice, TOTPDevice, Group):
    try:
        admin.site.unregister(model)
    except NotRegistered:
        continue  # some of them depend on settings of their package


@admin.register(Group)
class GroupAdmin(DjangoGroupAdmin, ModelAdmin):
    pass


@admin.register(EmailAddress)
class EmailAddressAdmin(ReadOnlyAdmin):
    list_display = ("email", "user", "primary", "verified")
    list_filter = ("primary", "verified")
    list_select_related = ("user",)
    search_fields = ("email", "user__name")


@admin.register(SocialAccount)
class SocialAccountAdmin(ReadOnlyAdmin):
    list_display = ("provider", "uid", "user", "last_login", "date_joined")
    list_filter = ("provider", "date_joined")
    list_select_related = ("user",)
    search_fields = ("uid", "user__email", "user__name")
    exclude = ("extra_data",)
