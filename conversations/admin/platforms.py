from django.contrib import admin, messages
from unfold.decorators import display

from config.errors import DomainError
from conversations.admin.read_only import ReadOnlyAdmin
from conversations.models import ClientIdentity, Delivery, InboxSettings, PlatformAccount, WaitingReceipt
from conversations.verbs.platform_accounts import give_account, set_default_owner


class Chosen(ReadOnlyAdmin):
    """One field may be changed, and a verb does it; what it refuses is shown in its own words."""

    chosen = ""

    def has_change_permission(self, request, obj=None):
        return bool(request.user.is_admin)

    def get_readonly_fields(self, request, obj=None):
        return [name for name in self.get_fields(request, obj) if name != self.chosen]

    def save_model(self, request, obj, form, change):
        """Nothing by itself: `choose` calls the verb."""
        if self.chosen in form.changed_data:
            try:
                self.choose(obj, getattr(obj, f"{self.chosen}_id"), by=request.user)
            except DomainError as error:
                messages.error(request, error.message)

    def get_form(self, request, obj=None, change=False, **kwargs):
        form = super().get_form(request, obj, change, **kwargs)
        if self.chosen in form.base_fields:
            form.base_fields[self.chosen].required = self.is_required
        return form

    is_required = True


@admin.register(PlatformAccount)
class PlatformAccountAdmin(Chosen):
    """Who owns an account owns its conversations. The token is shown to nobody."""

    chosen = "owner"
    list_display = (
        "__str__",
        "platform",
        "external_id",
        "owner",
        "status",
        "is_unclaimed",
        "is_sandbox",
        "answers_by_ai",
    )
    list_filter = ("platform", "status", "is_unclaimed", "is_sandbox", "answers_by_ai", "created_at")
    search_fields = ("name", "external_id", "owner__email", "owner__name")
    list_select_related = ("owner",)
    autocomplete_fields = ("owner",)
    fields = (
        *("platform", "external_id", "name", "owner", "status", "problem"),
        *("is_unclaimed", "is_sandbox", "has_token", "answers_by_ai", "created_at", "updated_at"),
    )

    @display(description="Has a token of its own", boolean=True)
    def has_token(self, account):
        return account.access_token is not None

    def choose(self, obj, owner_id, *, by):
        give_account(account_id=obj.pk, user_id=owner_id, by=by)


@admin.register(InboxSettings)
class InboxSettingsAdmin(Chosen):
    chosen = "default_owner"
    is_required = False
    list_display = ("__str__", "default_owner")
    list_filter = (("default_owner", admin.EmptyFieldListFilter),)
    search_fields = ("default_owner__email", "default_owner__name")
    list_select_related = ("default_owner",)
    autocomplete_fields = ("default_owner",)
    fields = ("default_owner",)

    def has_add_permission(self, request, obj=None):
        return bool(request.user.is_admin) and not InboxSettings.objects.exists()

    def choose(self, obj, owner_id, *, by):
        set_default_owner(user_id=owner_id, by=by)


@admin.register(ClientIdentity)
class ClientIdentityAdmin(ReadOnlyAdmin):
    list_display = ("value", "kind", "account", "thread")
    list_filter = ("kind", "account__platform")
    search_fields = ("value", "thread__client_name")
    list_select_related = ("account", "thread")


@admin.register(Delivery)
class DeliveryAdmin(ReadOnlyAdmin):
    list_display = ("message", "account", "status", "attempts", "error_code", "is_unknown", "next_try_at", "updated_at")
    list_filter = ("status", "is_unknown", "account__platform", "created_at")
    search_fields = ("external_id", "error_code", "message__id")
    list_select_related = ("message", "account")
    ordering = ("-message",)


@admin.register(WaitingReceipt)
class WaitingReceiptAdmin(ReadOnlyAdmin):
    list_display = ("external_id", "account", "status", "error_code", "created_at")
    list_filter = ("status", "account__platform")
    search_fields = ("external_id",)
    list_select_related = ("account",)
