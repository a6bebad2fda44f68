from accounts.admin import house, maintenance, sessions, users

__all__ = ["house", "maintenance", "sessions", "users"]
