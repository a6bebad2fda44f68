from accounts.models.maintenance import Maintenance
from accounts.models.sessions import RefreshToken, Session
from accounts.models.users import User

__all__ = ["Maintenance", "RefreshToken", "Session", "User"]
