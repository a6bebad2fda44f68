from django.contrib import admin, messages
from unfold.decorators import action

from accounts.models import RefreshToken, Session
from accounts.verbs.sessions import end_sessions
from ontology.admin.read_only import ReadOnlyAdmin


@admin.register(Session)
class SessionAdmin(ReadOnlyAdmin):
    list_display = ("user", "style", "ip", "last_seen_at", "expires_at", "revoked_at", "revoke_reason")
    list_filter = ("style", ("revoked_at", admin.EmptyFieldListFilter), "revoke_reason", "last_seen_at")
    list_select_related = ("user",)
    search_fields = ("=id", "user__email", "user__name", "=ip", "user_agent")
    exclude = ("token_hash", "auth_hash")
    actions = ("end",)

    @action(description="End what is selected, everywhere and at once")
    def end(self, request, rows):
        messages.success(request, f"Ended: {end_sessions(sessions=rows, reason='ended-by-staff')}")


@admin.register(RefreshToken)
class RefreshTokenAdmin(ReadOnlyAdmin):
    list_display = ("id", "session", "expires_at", "used_at")
    list_filter = (("used_at", admin.EmptyFieldListFilter), "expires_at")
    list_select_related = ("session",)
    search_fields = ("=id", "=session__id", "session__user__email")
    exclude = ("token_hash",)
