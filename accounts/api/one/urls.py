"""Document one.txt, "Authentication & User Management"."""

from django.urls import path

from accounts.api.one.auth import Authentication, CurrentSession, CurrentUser
from accounts.api.one.oauth import OAuth
from accounts.api.one.passwords import Links
from accounts.api.one.two_factor import TwoFactor, TwoFactorStatus
from accounts.api.one.verification import Verification, VerificationStatus

urlpatterns = [
    path("auth/signUp", Authentication.as_view({"post": "sign_up"})),
    path("auth/signIn", Authentication.as_view({"post": "sign_in"})),
    path("auth/signInWithMagicLink", Authentication.as_view({"post": "sign_in_with_magic_link"})),
    path("auth/signInWithOAuth", OAuth.as_view({"post": "sign_in_with_oauth"})),
    path("auth/signOut", CurrentSession.as_view({"post": "sign_out"})),
    path("auth/getCurrentUser", CurrentUser.as_view({"get": "retrieve"})),
    path("auth/requestPasswordReset", Links.as_view({"post": "request_password_reset"})),
    path("auth/validateResetToken", Links.as_view({"get": "validate_reset_token"})),
    path("auth/resetPassword", Links.as_view({"post": "reset_password"})),
    path("auth/requestMagicLink", Links.as_view({"post": "request_magic_link"})),
    path("auth/verifyEmail", Verification.as_view({"post": "verify_email"})),
    path("auth/isEmailVerified", VerificationStatus.as_view({"get": "retrieve"})),
    path("auth/setup2FA", TwoFactor.as_view({"post": "set_up"})),
    path("auth/verify2FA", TwoFactor.as_view({"post": "verify"})),
    path("auth/disable2FA", TwoFactor.as_view({"post": "disable"})),
    path("auth/get2FAStatus", TwoFactorStatus.as_view({"get": "retrieve"})),
]
