"""What opens accounts beside sessions: keys of programs, passkeys, links in mails. Their secrets are not shown."""

from django.contrib import admin, messages
from unfold.decorators import action

from accounts.models import ApiKey, EmailToken, Passkey
from accounts.verbs.api_keys import let_vouch, revoke_key
from config.errors import DomainError
from ontology.admin.read_only import ReadOnlyAdmin


@admin.register(ApiKey)
class ApiKeyAdmin(ReadOnlyAdmin):
    list_display = ("name", "prefix", "user", "scopes", "created_at", "last_used_at", "expires_at", "revoked_at")
    list_filter = (("revoked_at", admin.EmptyFieldListFilter), "created_at", "last_used_at", "expires_at")
    list_select_related = ("user",)
    search_fields = ("=id", "name", "prefix", "user__email", "user__name")
    exclude = ("key_hash",)
    actions = ("revoke", "allow_vouching")

    @action(description="Revoke what is selected, at once and for good")
    def revoke(self, request, rows):
        for key in rows:
            revoke_key(user=key.user, key_id=key.pk)
        messages.success(request, f"Revoked: {len(rows)}")

    @action(description="Let it vouch for who signs in (oauth:assert)")
    def allow_vouching(self, request, rows):
        for key in rows:
            try:
                let_vouch(key=key, by=request.user)
            except DomainError as error:
                messages.error(request, f"{key}: {error.message}")
            else:
                messages.success(request, f"{key} may vouch for who signs in")


@admin.register(Passkey)
class PasskeyAdmin(ReadOnlyAdmin):
    list_display = ("name", "user", "device_type", "backed_up", "sign_count", "created_at", "last_used_at")
    list_filter = ("device_type", "backed_up", "created_at", "last_used_at")
    list_select_related = ("user",)
    search_fields = ("=uuid", "name", "user__email", "user__name", "aaguid")
    exclude = ("public_key",)


@admin.register(EmailToken)
class EmailTokenAdmin(ReadOnlyAdmin):
    list_display = ("purpose", "email", "user", "created_at", "expires_at", "used_at")
    list_filter = ("purpose", ("used_at", admin.EmptyFieldListFilter), "created_at")
    list_select_related = ("user",)
    search_fields = ("=id", "email", "user__email", "user__name")
    exclude = ("token_hash", "auth_hash")
