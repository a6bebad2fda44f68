"""Document council.txt's paths, and Better Auth's own where its client asks at another."""

from django.urls import path

from accounts.api.council.auth import Auth, CurrentSession
from accounts.api.council.passkeys import Passkeys, PasskeySignIn
from accounts.api.council.two_factor import TwoFactor

make = Passkeys.as_view({"get": "generate", "post": "generate_by_post"})
ask = PasskeySignIn.as_view({"get": "generate", "post": "generate_by_post"})

urlpatterns = [
    path("api/auth/sign-up/email", Auth.as_view({"post": "sign_up"})),
    path("api/auth/sign-in/email", Auth.as_view({"post": "sign_in"})),
    path("api/auth/two-factor/verify-totp", TwoFactor.as_view({"post": "verify"})),
    path("api/auth/two-factor/verify-backup-code", TwoFactor.as_view({"post": "verify"})),
    path("api/auth/sign-out", CurrentSession.as_view({"post": "sign_out"})),
    path("api/auth/session", CurrentSession.as_view({"get": "retrieve"})),
    path("api/auth/get-session", CurrentSession.as_view({"get": "get_session"})),
    path("api/auth/passkey/generate-registration-options", make),
    path("api/auth/passkey/generate-register-options", make),
    path("api/auth/passkey/verify-registration", Passkeys.as_view({"post": "verify"})),
    path("api/auth/passkey/generate-authentication-options", ask),
    path("api/auth/passkey/generate-authenticate-options", ask),
    path("api/auth/passkey/verify-authentication", PasskeySignIn.as_view({"post": "verify"})),
    path("api/auth/passkey/list-user-passkeys", Passkeys.as_view({"get": "list"})),
    path("api/auth/passkey/delete-passkey", Passkeys.as_view({"post": "remove"})),
    path("api/auth/passkey/update-passkey", Passkeys.as_view({"post": "rename"})),
]
