"""The admin's door and what other packages put behind it.

There is one way in, allauth's page with our limits (auth-design.md §3); and nothing that is a secret is shown: seeds of
second factors, backup codes, tokens of social accounts.
"""

from allauth.account.decorators import secure_admin_login
from allauth.account.models import EmailAddress, EmailConfirmation
from allauth.socialaccount.models import SocialAccount, SocialApp, SocialToken
from django.apps import apps
from django.contrib import admin
from django.contrib.admin.exceptions import NotRegistered
from django.contrib.auth.admin import GroupAdmin as DjangoGroupAdmin
from django.contrib.auth.models import Group
from django_otp.plugins.otp_static.models import StaticDevice
from django_otp.plugins.otp_totp.models import TOTPDevice
from unfold.admin import ModelAdmin

from ontology.admin.read_only import ReadOnlyAdmin

apps.get_app_config("account").verbose_name = "Addresses"  # beside our own "Accounts"
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]  # as allauth documents it

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
