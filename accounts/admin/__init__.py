from accounts.admin import credentials, house, mails, maintenance, privacy, security, sessions, staff, users

__all__ = ["credentials", "house", "mails", "maintenance", "privacy", "security", "sessions", "staff", "users"]
