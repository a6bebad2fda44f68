"""Document veza.txt: authentication, the current user, maintenance."""

from django.urls import path

from accounts.api.veza.auth import Auth, Logout, Me
from accounts.api.veza.maintenance import MaintenanceMode

urlpatterns = [
    path("api/v1/auth/register", Auth.as_view({"post": "register"})),
    path("api/v1/auth/login", Auth.as_view({"post": "login"})),
    path("api/v1/auth/refresh", Auth.as_view({"post": "refresh"})),
    path("api/v1/auth/logout", Logout.as_view({"post": "logout"})),
    path("api/v1/users/me", Me.as_view({"get": "retrieve"})),
    path("api/v1/admin/maintenance", MaintenanceMode.as_view({"get": "retrieve", "put": "update"})),
]
