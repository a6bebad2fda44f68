"""Document one.txt: sign-up, sign-in, sign-out and the current user."""

from django.urls import path

from accounts.api.one.auth import Authentication, CurrentSession, CurrentUser

urlpatterns = [
    path("auth/signUp", Authentication.as_view({"post": "sign_up"})),
    path("auth/signIn", Authentication.as_view({"post": "sign_in"})),
    path("auth/signOut", CurrentSession.as_view({"post": "sign_out"})),
    path("auth/getCurrentUser", CurrentUser.as_view({"get": "retrieve"})),
]
