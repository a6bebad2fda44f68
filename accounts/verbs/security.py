"""The history of an account's security: what happened, how bad it may be, from where."""

from accounts.facts import SecurityEventRecorded
from accounts.models import SecurityEvent, User
from accounts.verbs.clients import client_now
from ontology.changes import publish

Type, Severity = SecurityEvent.Type, SecurityEvent.Severity

# What is not named here is low: it is worth keeping, and nobody need act.
SEVERITIES: dict[str, SecurityEvent.Severity] = {
    Type.NEW_DEVICE: Severity.MEDIUM,
    Type.MANY_SIGN_INS_FAILED: Severity.HIGH,
    Type.SECOND_FACTOR_FAILED: Severity.MEDIUM,
    Type.SECOND_FACTOR_LOCKED: Severity.HIGH,
    Type.REFRESH_REUSED: Severity.CRITICAL,
    Type.SESSIONS_ENDED: Severity.MEDIUM,
    Type.PASSWORD_CHANGED: Severity.MEDIUM,
    Type.PASSWORD_RESET: Severity.MEDIUM,
    Type.EMAIL_CHANGED: Severity.HIGH,
    Type.SECOND_FACTOR_ENABLED: Severity.MEDIUM,
    Type.SECOND_FACTOR_DISABLED: Severity.HIGH,
    Type.BACKUP_CODE_USED: Severity.MEDIUM,
    Type.BACKUP_CODES_RENEWED: Severity.MEDIUM,
    Type.PASSKEY_ADDED: Severity.MEDIUM,
    Type.PASSKEY_REMOVED: Severity.MEDIUM,
    Type.PASSKEY_REFUSED: Severity.MEDIUM,
    Type.API_KEY_CREATED: Severity.MEDIUM,
    Type.ACCOUNT_CONNECTED: Severity.MEDIUM,
    Type.ROLE_CHANGED: Severity.HIGH,
    Type.SWITCHED_OFF: Severity.HIGH,
    Type.SWITCHED_ON: Severity.MEDIUM,
    Type.EXPORT_REQUESTED: Severity.MEDIUM,
    Type.EXPORT_DOWNLOADED: Severity.MEDIUM,
    Type.DELETION_REQUESTED: Severity.HIGH,
    Type.ACCOUNT_ERASED: Severity.HIGH,
}


def record(
    type: SecurityEvent.Type, *, user: User | None, details: str = "", context: str = "", severity: str | None = None
) -> SecurityEvent:
    """Keep that `type` happened to `user`'s account. Never put a secret into `details`: staff and the owner read it."""
    client = client_now()
    event = SecurityEvent.objects.create(
        type=type,
        severity=severity or SEVERITIES.get(type, Severity.LOW),
        user=user,
        ip=client.ip,
        user_agent=client.user_agent,
        source=client.source,
        details=details[:300],
        context=context[:100],
    )
    if user is not None:
        publish(SecurityEventRecorded(event_id=event.pk, user_id=user.pk, severity=event.severity))
    return event
