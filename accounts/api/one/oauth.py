from rest_framework import serializers
from rest_framework.authentication import BaseAuthentication
from rest_framework.permissions import AllowAny

from accounts.api.one.auth import TokenOut, signed_in
from accounts.gateways.providers import NAMES
from accounts.models import ApiKey
from accounts.verbs.credentials import verify
from accounts.verbs.social import sign_in_vouched, sign_in_with_proof
from config.dialects.credentials import api_key
from config.dialects.fields import Text
from config.dialects.one import OneViewSet
from config.dialects.schema import documented
from config.dialects.throttles import AuthThrottle


class OAuthIn(serializers.Serializer):
    provider = serializers.ChoiceField(choices=list(NAMES))
    email = Text(
        max_length=254, help_text="Believed only where an API key vouches; otherwise the provider's word counts"
    )
    name = Text(max_length=150, required=False, allow_blank=True, default="")
    providerId = Text(
        max_length=191, source="provider_id", help_text="The user's id there, as `12345` or `github_12345`"
    )
    idToken = Text(
        max_length=8192, required=False, source="id_token", help_text="Google's proof, issued to this site, used once"
    )
    accessToken = Text(
        max_length=255, required=False, source="access_token", help_text="GitHub's proof, issued to this site"
    )
    otp = Text(max_length=64, required=False, help_text="Code of the second factor, where the account has one")


class VouchingKey(BaseAuthentication):
    """An API key that may say who signs in; whatever else is carried here is nobody's."""

    def authenticate(self, request):
        value = api_key.find(request)
        found = verify("api_key", value) if value else None
        return found if found and ApiKey.Scope.VOUCH in getattr(found[1], "scopes", ()) else None


class OAuth(OneViewSet):
    """Document one.txt, /auth/signInWithOAuth; what it lacks as documented is added by decisions.md §4: a proof."""

    permission_classes = (AllowAny,)
    authentication_classes = (VouchingKey,)
    key_scope = ApiKey.Scope.VOUCH
    throttle_classes = (AuthThrottle,)

    @documented(takes=OAuthIn, gives=TokenOut)
    def sign_in_with_oauth(self, request):
        """Needs `idToken` or `accessToken` of the provider, or an API key with the scope `oauth:assert`."""
        given = self.given(OAuthIn)
        proof = {name: given.pop(name, None) for name in ("id_token", "access_token")}
        told = {name: given.pop(name) for name in ("email", "name")}
        return signed_in(sign_in_vouched(**given, **told) if request.auth else sign_in_with_proof(**given, **proof))
