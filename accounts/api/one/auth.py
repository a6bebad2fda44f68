from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.response import Response

from accounts.api.limits import client_of, spend
from accounts.models import Session
from accounts.verbs.registration import sign_up
from accounts.verbs.sessions import check_password, new_token, open_session, sign_out
from config.dialects.base import CredentialIfAlive
from config.dialects.fields import Text, YesNo
from config.dialects.one import ONE_WITH_BODY_TOKEN, OneViewSet
from config.dialects.schema import documented
from config.dialects.throttles import AuthThrottle


class SignUpIn(serializers.Serializer):
    email = Text(max_length=254)
    password = Text(max_length=256, trim_whitespace=False)
    name = Text(max_length=150, required=False, allow_blank=True, default="")
    sendVerificationEmail = YesNo(default=False)
    baseUrl = serializers.URLField(required=False)

    def validate(self, attrs):
        if attrs["sendVerificationEmail"] and "baseUrl" not in attrs:
            raise serializers.ValidationError({"baseUrl": ["Required if sendVerificationEmail is true."]})
        return attrs


class SignInIn(serializers.Serializer):
    email = Text(max_length=254)
    password = Text(max_length=256, trim_whitespace=False)


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


def signed_in(request, user):
    token = new_token()
    open_session(user=user, style=Session.Style.ONE, client=client_of(request), token=token)
    return Response({"token": token, "userId": user.pk})


class Authentication(OneViewSet):
    """Document one.txt, /auth/*: the calls that open a session."""

    permission_classes = (AllowAny,)
    authentication_classes = ()
    throttle_classes = (AuthThrottle,)

    @documented(takes=SignUpIn, gives=TokenOut)
    def sign_up(self, request):
        given = self.given(SignUpIn)
        spend(request, "signup_email", given["email"])
        return signed_in(request, sign_up(email=given["email"], password=given["password"], name=given["name"]))

    @documented(takes=SignInIn, gives=TokenOut)
    def sign_in(self, request):
        given = self.given(SignInIn)
        spend(request, "signin_email", given["email"])
        return signed_in(request, check_password(**given))


class CurrentSession(OneViewSet):
    """Document one.txt, /auth/*: the calls about the session there is; its token may stand in the body."""

    dialect = ONE_WITH_BODY_TOKEN
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
