"""Document dana.txt: sign-up, login, logout and the profile."""

from django.urls import path

from accounts.api.dana.admins import Admins
from accounts.api.dana.auth import Auth, Logout
from accounts.api.dana.profile import Profile

urlpatterns = [
    path("api/auth/signup", Auth.as_view({"post": "signup"})),
    path("api/auth/login", Auth.as_view({"post": "login"})),
    path("api/auth/reset-password", Auth.as_view({"post": "request_reset"})),
    path("api/auth/change-password", Auth.as_view({"post": "change_password"})),
    path("api/auth/logout", Logout.as_view({"post": "logout"})),
    path("api/profile", Profile.as_view({"get": "retrieve", "put": "update"})),
    path("api/admin/admins", Admins.as_view({"get": "list", "post": "create"})),
    path("api/admin/admins/<str:admin_id>", Admins.as_view({"delete": "destroy"})),
    path("api/admin/admins/<str:admin_id>/role", Admins.as_view({"put": "change"})),
]
