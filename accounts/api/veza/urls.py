"""Document veza.txt: authentication, the current user, privacy, feature flags, maintenance."""

from django.urls import path

from accounts.api.veza.api_keys import ApiKeys
from accounts.api.veza.auth import Auth, Logout
from accounts.api.veza.feature_flags import FeatureFlags
from accounts.api.veza.maintenance import MaintenanceMode
from accounts.api.veza.me import Me
from accounts.api.veza.privacy import Exports, Privacy
from accounts.api.veza.sessions import Sessions
from accounts.api.veza.system import CsrfToken, Validation

urlpatterns = [
    path("api/v1/auth/register", Auth.as_view({"post": "register"})),
    path("api/v1/auth/login", Auth.as_view({"post": "login"})),
    path("api/v1/auth/refresh", Auth.as_view({"post": "refresh"})),
    path("api/v1/auth/logout", Logout.as_view({"post": "logout"})),
    path("api/v1/users/me", Me.as_view({"get": "retrieve", "put": "update"})),
    path("api/v1/users/me/export", Exports.as_view({"post": "create"})),
    path("api/v1/users/me/exports", Exports.as_view({"get": "index"})),
    path("api/v1/users/me/privacy", Privacy.as_view({"get": "retrieve"})),
    path("api/v1/users/me/privacy/opt-out", Privacy.as_view({"post": "opt_out"})),
    path("api/v1/sessions", Sessions.as_view({"get": "index"})),
    path("api/v1/sessions/logout", Sessions.as_view({"post": "logout"})),
    path("api/v1/sessions/logout-all", Sessions.as_view({"post": "logout_all"})),
    path("api/v1/sessions/refresh", Sessions.as_view({"post": "refresh"})),
    path("api/v1/developer/api-keys", ApiKeys.as_view({"get": "index", "post": "create"})),
    path("api/v1/developer/api-keys/<str:key_id>", ApiKeys.as_view({"delete": "destroy"})),
    path("api/v1/csrf-token", CsrfToken.as_view({"get": "retrieve"})),
    path("api/v1/validate", Validation.as_view({"post": "check"})),
    path("api/v1/admin/feature-flags", FeatureFlags.as_view({"get": "list"})),
    path("api/v1/admin/feature-flags/<str:name>", FeatureFlags.as_view({"put": "update"})),
    path("api/v1/admin/maintenance", MaintenanceMode.as_view({"get": "retrieve", "put": "update"})),
]
