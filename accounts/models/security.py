from typing import Any, Self

from django.conf import settings
from django.db import models
from django.utils.timezone import now

from config.ids import new_id


class SecurityEventQuerySet(models.QuerySet["SecurityEvent"]):
    def visible_to(self, user: Any) -> Self:
        """One's own history; administrators see everybody's."""
        return self if user.is_admin else self.filter(user=user.pk)


class SecurityEvent(models.Model):
    """Something about an account that its owner or staff may have to act upon. Document convex.txt, SecurityEvent."""

    class Severity(models.TextChoices):
        LOW = "low"
        MEDIUM = "medium"
        HIGH = "high"
        CRITICAL = "critical"

    class Type(models.TextChoices):
        SIGNED_UP = "signed_up", "Account created"
        SIGNED_IN = "signed_in", "Signed in"
        NEW_DEVICE = "new_device", "Signed in from a new device"
        SIGN_IN_FAILED = "sign_in_failed", "Wrong password"
        MANY_SIGN_INS_FAILED = "many_sign_ins_failed", "Many wrong passwords"
        SECOND_FACTOR_FAILED = "second_factor_failed", "Wrong second factor"
        SECOND_FACTOR_LOCKED = "second_factor_locked", "Second factor locked after wrong codes"
        REFRESH_REUSED = "refresh_reused", "A spent refresh token was used again"
        SESSION_ENDED = "session_ended", "A session was ended"
        SESSIONS_ENDED = "sessions_ended", "Signed out everywhere"
        PASSWORD_CHANGED = "password_changed", "Password changed"
        PASSWORD_RESET = "password_reset", "Password reset by mail"
        RESET_REQUESTED = "reset_requested", "Password reset asked for"
        EMAIL_VERIFIED = "email_verified", "Address confirmed"
        EMAIL_CHANGED = "email_changed", "Address changed"
        SECOND_FACTOR_ENABLED = "second_factor_enabled", "Second factor switched on"
        SECOND_FACTOR_DISABLED = "second_factor_disabled", "Second factor switched off"
        BACKUP_CODE_USED = "backup_code_used", "Signed in with a backup code"
        BACKUP_CODES_RENEWED = "backup_codes_renewed", "New backup codes"
        PASSKEY_ADDED = "passkey_added", "Passkey added"
        PASSKEY_REMOVED = "passkey_removed", "Passkey removed"
        PASSKEY_REFUSED = "passkey_refused", "A passkey's answer was refused"
        API_KEY_CREATED = "api_key_created", "API key created"
        API_KEY_REVOKED = "api_key_revoked", "API key revoked"
        ACCOUNT_CONNECTED = "account_connected", "Account of a provider connected"
        ACCOUNT_DISCONNECTED = "account_disconnected", "Account of a provider disconnected"
        ROLE_CHANGED = "role_changed", "Role changed"
        SWITCHED_OFF = "switched_off", "Account switched off"
        SWITCHED_ON = "switched_on", "Account switched on again"
        EXPORT_REQUESTED = "export_requested", "Copy of all data asked for"
        EXPORT_DOWNLOADED = "export_downloaded", "Copy of all data downloaded"
        DELETION_REQUESTED = "deletion_requested", "Deletion of the account asked for"
        DELETION_CANCELLED = "deletion_cancelled", "Deletion of the account called off"
        ACCOUNT_ERASED = "account_erased", "Account erased"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    type = models.CharField(max_length=32, choices=Type)
    severity = models.CharField(max_length=8, choices=Severity)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="security_events"
    )
    ip = models.GenericIPAddressField(null=True, blank=True)
    user_agent = models.CharField(max_length=300, blank=True)
    details = models.CharField(max_length=300, blank=True, help_text="a sentence for people")
    source = models.CharField(max_length=40, blank=True, help_text="the door it came through")
    context = models.CharField(max_length=100, blank=True)
    at = models.DateTimeField(default=now)

    objects = SecurityEventQuerySet.as_manager()

    class Meta:
        ordering = ("-at", "-id")
        indexes = (
            models.Index(fields=("-at", "-id"), name="security_newest"),
            models.Index(fields=("user", "-at", "-id"), name="security_of_user"),
            models.Index(fields=("type", "-at"), name="security_by_type"),
            models.Index(fields=("severity", "-at"), name="security_by_severity"),
        )

    def __str__(self) -> str:
        return f"{self.get_type_display()} ({self.severity})"


class AuditEntry(models.Model):
    """One request that could change something. Document veza.txt, "Audit Middleware"; never a body, never a secret."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    at = models.DateTimeField(default=now)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="audit_entries"
    )
    # Plain ids: a session or key that is gone leaves its trace.
    session_id = models.UUIDField(null=True, blank=True)
    api_key_id = models.UUIDField(null=True, blank=True)
    method = models.CharField(max_length=8)
    action = models.CharField(max_length=120, help_text="the address as a pattern, without what was filled in")
    resource = models.CharField(max_length=120, blank=True, help_text="the id that was in the address")
    ip = models.GenericIPAddressField(null=True, blank=True)
    user_agent = models.CharField(max_length=300, blank=True)
    status = models.PositiveSmallIntegerField()

    class Meta:
        verbose_name_plural = "audit entries"
        ordering = ("-at", "-id")
        indexes = (
            models.Index(fields=("-at", "-id"), name="audit_newest"),
            models.Index(fields=("user", "-at", "-id"), name="audit_of_user"),
            models.Index(fields=("resource", "-at"), name="audit_of_resource"),
        )

    def __str__(self) -> str:
        return f"{self.method} {self.action} {self.status}"
