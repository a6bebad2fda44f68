from accounts.admin import (
    credentials,
    feature_flags,
    house,
    mails,
    maintenance,
    privacy,
    security,
    sessions,
    staff,
    users,
)

__all__ = [
    "credentials",
    "feature_flags",
    "house",
    "mails",
    "maintenance",
    "privacy",
    "security",
    "sessions",
    "staff",
    "users",
]
