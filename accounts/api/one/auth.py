from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.response import Response

from accounts.api.limits import spend
from accounts.models import Session
from accounts.verbs.magic_links import sign_in_with_link
from accounts.verbs.registration import sign_up
from accounts.verbs.sessions import SignedIn, new_token, open_session, sign_in, sign_out
from config.dialects.base import NO_KEYS, CredentialIfAlive
from config.dialects.fields import Text, YesNo
from config.dialects.one import ONE_WITH_BODY_TOKEN, OneViewSet
from config.dialects.schema import documented
from config.dialects.throttles import AuthThrottle


class SignUpIn(serializers.Serializer):
    email = Text(max_length=254)
    password = Text(max_length=256, trim_whitespace=False)
    name = Text(max_length=150, required=False, allow_blank=True, default="")
    sendVerificationEmail = YesNo(default=False)
    baseUrl = serializers.URLField(
        source="base",
        required=False,
        max_length=500,
        help_text="Where the link leads; a host this server does not answer to is replaced by its own address",
    )

    def validate(self, attrs):
        if attrs["sendVerificationEmail"] and "base" not in attrs:
            raise serializers.ValidationError({"baseUrl": ["Required if sendVerificationEmail is true."]})
        return attrs


class SignInIn(serializers.Serializer):
    email = Text(max_length=254)
    password = Text(max_length=256, trim_whitespace=False)
    otp = Text(max_length=64, required=False, help_text="Code of the second factor, where the account has one")


class MagicIn(serializers.Serializer):
    token = Text(max_length=256, help_text="Magic link token")
    otp = Text(max_length=64, required=False, help_text="Code of the second factor, where the account has one")


class SignOutIn(serializers.Serializer):
    token = Text(max_length=4096, required=False)  # a header or a cookie may carry it instead


class TokenOut(serializers.Serializer):
    token = serializers.CharField(help_text="Session token, valid for 30 days")
    userId = serializers.CharField()


class CurrentUserOut(serializers.Serializer):
    id = serializers.CharField()
    email = serializers.EmailField()
    name = serializers.CharField()


class Done(serializers.Serializer):
    success = serializers.BooleanField()


def signed_in(found: SignedIn) -> Response:
    token = new_token()
    open_session(user=found.user, style=Session.Style.ONE, token=token, device=found.device)
    return Response({"token": token, "userId": found.user.pk})


class Authentication(OneViewSet):
    """Document one.txt, /auth/*: the calls that open a session."""

    permission_classes = (AllowAny,)
    authentication_classes = ()
    throttle_classes = (AuthThrottle,)

    @documented(takes=SignUpIn, gives=TokenOut)
    def sign_up(self, request):
        given = self.given(SignUpIn)
        spend(request, "signup_email", given["email"])
        greet = given.pop("sendVerificationEmail")
        return signed_in(SignedIn(sign_up(**given, greet=greet)))

    @documented(takes=SignInIn, gives=TokenOut)
    def sign_in(self, request):
        given = self.given(SignInIn)
        spend(request, "signin_email", given["email"])
        return signed_in(sign_in(**given))

    @documented(takes=MagicIn, gives=TokenOut)
    def sign_in_with_magic_link(self, request):
        """The link is spent only where the second factor is right too."""
        return signed_in(sign_in_with_link(**self.given(MagicIn)))


class CurrentSession(OneViewSet):
    """Document one.txt, /auth/*: the calls about the session there is; its token may stand in the body."""

    dialect = ONE_WITH_BODY_TOKEN
    key_scope = NO_KEYS
    throttle_classes = ()  # who is over a limit may still leave

    @documented(takes=SignOutIn, gives=Done)
    def sign_out(self, request):
        self.given(SignOutIn)
        sign_out(session=request.auth)
        return Response({"success": True})


class CurrentUser(OneViewSet):
    """Document one.txt, /auth/getCurrentUser: 200 with the user or null and nothing else, so a dead token is nobody."""

    permission_classes = (AllowAny,)
    authentication_classes = (CredentialIfAlive,)

    @documented(gives=CurrentUserOut, or_null=True)
    def retrieve(self, request):
        """The signed-in user, or null without a live token."""
        user = request.user
        return Response(
            {"id": user.pk, "email": user.email, "name": user.display_name} if user.is_authenticated else None
        )
