from django.conf import settings
from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.response import Response

from accounts.api.limits import spend
from accounts.models import Session
from accounts.models.sessions import SESSION_LIFE
from accounts.verbs.registration import sign_up
from accounts.verbs.sessions import (
    SignedIn,
    access_token,
    issue_refresh_token,
    open_session,
    refresh,
    sign_in,
    sign_out,
)
from config.dialects.base import NO_KEYS, CredentialIfAlive
from config.dialects.fields import Text
from config.dialects.schema import documented
from config.dialects.throttles import AuthThrottle
from config.dialects.veza import VezaViewSet
from config.errors import DomainError, Invalid

ACCESS_SECONDS = 3600
COOKIE, COOKIE_PATH = "refresh_token", "/api/v1/"


class RegisterIn(serializers.Serializer):
    username = Text(max_length=64)
    email = Text(max_length=254)
    password = Text(max_length=256, trim_whitespace=False)


class LoginIn(serializers.Serializer):
    email = Text(max_length=254)
    password = Text(max_length=256, trim_whitespace=False)
    otp = Text(max_length=64, required=False, help_text="Code of the second factor, where the account has one")


class RefreshIn(serializers.Serializer):
    refresh_token = Text(max_length=256, required=False, help_text="May travel in the cookie of that name instead")


class LogoutIn(serializers.Serializer):
    refresh_token = Text(max_length=256, required=False)


class UserOut(serializers.Serializer):
    id = serializers.CharField()
    username = serializers.CharField(allow_null=True)
    email = serializers.EmailField()


class TokensOut(serializers.Serializer):
    access_token = serializers.CharField()
    refresh_token = serializers.CharField()
    expires_in = serializers.IntegerField(help_text="Seconds the access token lives")


class SignedInOut(TokensOut):
    user = UserOut()


class LoggedOutOut(serializers.Serializer):
    message = serializers.CharField()


def user_out(user):
    return {"id": user.pk, "username": user.username, "email": user.email}


def tokens_out(session, refresh_token):
    return {
        "access_token": access_token(session=session, seconds=ACCESS_SECONDS),
        "refresh_token": refresh_token,
        "expires_in": ACCESS_SECONDS,
    }


def signed_in(found, status=200):
    session = open_session(user=found.user, style=Session.Style.VEZA, device=found.device)
    token = issue_refresh_token(session=session)
    return with_cookie(Response({**tokens_out(session, token), "user": user_out(found.user)}, status=status), token)


def with_cookie(response, token):
    """The document takes a refresh token "in body or cookie"; no other site's request ever carries this one."""
    response.set_cookie(
        COOKIE,
        token,
        max_age=int(SESSION_LIFE.total_seconds()),
        path=COOKIE_PATH,
        httponly=True,
        samesite="Strict",
        secure=settings.SESSION_COOKIE_SECURE,
    )
    return response


class Auth(VezaViewSet):
    """Document veza.txt, "Authentication"."""

    permission_classes = (AllowAny,)
    authentication_classes = ()
    throttle_classes = (AuthThrottle,)

    @documented(takes=RegisterIn, gives=SignedInOut, status=201)
    def register(self, request):
        given = self.given(RegisterIn)
        spend(request, "signup_email", given["email"])
        return signed_in(SignedIn(sign_up(**given, greet=True)), status=201)

    @documented(takes=LoginIn, gives=SignedInOut)
    def login(self, request):
        given = self.given(LoginIn)
        spend(request, "signin_email", given["email"])
        return signed_in(sign_in(**given))

    @documented(takes=RefreshIn, gives=TokensOut)
    def refresh(self, request):
        """A new pair for a refresh token that was not used before; a second use ends the session."""
        sent = self.given(RefreshIn).get("refresh_token") or request.COOKIES.get(COOKIE)
        if not sent:
            raise Invalid("A refresh token is required", details={"refresh_token": ["This field is required."]})
        session, token = refresh(token=sent)
        return with_cookie(Response(tokens_out(session, token)), token)


class Logout(VezaViewSet):
    """Document veza.txt, POST /auth/logout: the bearer token is optional, the refresh token may stand in the body."""

    permission_classes = (AllowAny,)
    authentication_classes = (CredentialIfAlive,)
    key_scope = NO_KEYS
    throttle_classes = ()  # who is over a limit may still leave

    @documented(takes=LogoutIn, gives=LoggedOutOut)
    def logout(self, request):
        token = self.given(LogoutIn).get("refresh_token") or request.COOKIES.get(COOKIE)
        for session in filter(None, (request.auth, token and self.session_of(token))):
            sign_out(session=session)
        answer = Response({"message": "Logged out successfully"})
        answer.delete_cookie(COOKIE, path=COOKIE_PATH, samesite="Strict")
        return answer

    @staticmethod
    def session_of(token):
        try:
            return refresh(token=token)[0]
        except DomainError:
            return None
