"""Document dana.txt: sign-up, login, logout and the profile."""

from django.urls import path

from accounts.api.dana.auth import Auth, Logout, Profile

urlpatterns = [
    path("api/auth/signup", Auth.as_view({"post": "signup"})),
    path("api/auth/login", Auth.as_view({"post": "login"})),
    path("api/auth/logout", Logout.as_view({"post": "logout"})),
    path("api/profile", Profile.as_view({"get": "retrieve"})),
]
