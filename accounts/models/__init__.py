from accounts.models.api_keys import ApiKey
from accounts.models.email_tokens import EmailToken
from accounts.models.feature_flags import FeatureFlag
from accounts.models.mails import Mail
from accounts.models.maintenance import Maintenance
from accounts.models.passkeys import Passkey
from accounts.models.privacy import DataExport, Departure, PrivacyChoice
from accounts.models.security import AuditEntry, SecurityEvent
from accounts.models.sessions import RefreshToken, Session
from accounts.models.staff import StaffMember
from accounts.models.users import User

__all__ = [
    "ApiKey",
    "AuditEntry",
    "DataExport",
    "Departure",
    "EmailToken",
    "FeatureFlag",
    "Mail",
    "Maintenance",
    "Passkey",
    "PrivacyChoice",
    "RefreshToken",
    "SecurityEvent",
    "Session",
    "StaffMember",
    "User",
]
