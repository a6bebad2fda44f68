"""Document council.txt: Better Auth's paths."""

from django.urls import path

from accounts.api.council.auth import Auth, CurrentSession

urlpatterns = [
    path("api/auth/sign-up/email", Auth.as_view({"post": "sign_up"})),
    path("api/auth/sign-in/email", Auth.as_view({"post": "sign_in"})),
    path("api/auth/sign-out", CurrentSession.as_view({"post": "sign_out"})),
    path("api/auth/session", CurrentSession.as_view({"get": "retrieve"})),
    path("api/auth/get-session", CurrentSession.as_view({"get": "get_session"})),
]
