"""Better Auth's wire over the cookie that pages and admin share (auth-design.md §6, recorded from the real client)."""

import re

from django.conf import settings
from django.contrib.auth import logout
from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.response import Response

from accounts.api.council.cookies import TWO_FACTOR, open_cookie_session, put
from accounts.api.council.shapes import SessionAnswer, TokenOut, UserOut, session_out, user_out
from accounts.api.limits import spend
from accounts.verbs.registration import sign_up
from accounts.verbs.sessions import SignedIn, check_password, sign_out
from accounts.verbs.tickets import TICKET_SECONDS, issue_ticket
from accounts.verbs.two_factor import pass_second_factor, second_factor_enabled
from config.dialects.base import NO_KEYS
from config.dialects.council import BetterAuthViewSet
from config.dialects.fields import Text, YesNo
from config.dialects.schema import documented
from config.dialects.throttles import AuthThrottle
from config.errors import Conflict, Forbidden, Invalid, Unauthenticated

SHORTEST, LONGEST = 8, 128
# Better Auth's own pattern: a path of this site, and nothing that a browser reads as another one.
RELATIVE = re.compile(
    r"/(?!/|\\|%2f|%5c)[\w\-.+/@]*(?:\?[\w\-.+/=&%@]*)?(?:#[\w\-.+/=&%@]*)?", re.ASCII | re.IGNORECASE
)


class SignUpIn(serializers.Serializer):
    name = Text(max_length=150, allow_blank=True)
    email = Text(max_length=254)
    password = Text(max_length=1024, trim_whitespace=False)
    image = Text(max_length=2048, required=False, allow_null=True, help_text="Not fetched; upload one in settings")
    callbackURL = Text(max_length=2048, required=False)
    rememberMe = YesNo(required=False)


class SignInIn(serializers.Serializer):
    email = Text(max_length=254)
    password = Text(max_length=1024, trim_whitespace=False)
    otp = Text(max_length=64, required=False, help_text="A code of the second factor, to sign in by one call")
    callbackURL = Text(max_length=2048, required=False)
    rememberMe = YesNo(required=False)


class SignedInOut(serializers.Serializer):
    """With a second factor and no `otp`, only the last two: there is no session before the code."""

    redirect = serializers.BooleanField(required=False)
    token = serializers.CharField(allow_null=True, required=False)
    url = serializers.CharField(required=False)
    user = UserOut(required=False)
    twoFactorRedirect = serializers.BooleanField(required=False)
    twoFactorMethods = serializers.ListField(child=serializers.CharField(), required=False)


class Done(serializers.Serializer):
    success = serializers.BooleanField()


def check_callback(request, url):
    """Refuse to send anybody to a site that is not ours."""
    own = (f"{request.scheme}://{request.get_host()}", *settings.TRUSTED_ORIGINS)
    path = next((url.removeprefix(origin) or "/" for origin in own if url.startswith(origin)), url)
    if not RELATIVE.fullmatch(path):
        raise Forbidden("Invalid callbackURL", code="invalid_callback_url")


class Auth(BetterAuthViewSet):
    """Document council.txt, "Sign Up", and Better Auth's sign-in. No session that comes along is looked at."""

    permission_classes = (AllowAny,)
    authentication_classes = ()
    throttle_classes = (AuthThrottle,)

    @documented(takes=SignUpIn, gives=TokenOut)
    def sign_up(self, request):
        given = self.given(SignUpIn)
        check_callback(request, given.get("callbackURL", "/"))
        spend(request, "signup_email", given["email"])
        if not SHORTEST <= len(given["password"]) <= LONGEST:
            short = len(given["password"]) < SHORTEST
            raise Invalid(
                "Password too short" if short else "Password too long",
                code="password_too_short" if short else "password_too_long",
            )
        try:
            user = sign_up(email=given["email"], password=given["password"], name=given["name"])
        except Conflict:
            taken = "User already exists. Use another email."
            raise Conflict(taken, code="user_already_exists_use_another_email") from None
        open_cookie_session(request, SignedIn(user), remember=given.get("rememberMe", True))
        return Response({"token": None, "user": user_out(user)})

    @documented(takes=SignInIn, gives=SignedInOut)
    def sign_in(self, request):
        """Where the account has a second factor: with `otp` in the body, or by Better Auth's second step."""
        given = self.given(SignInIn)
        url, remember = given.get("callbackURL"), given.get("rememberMe", True)
        check_callback(request, url or "/")
        spend(request, "signin_email", given["email"])
        try:
            user = check_password(email=given["email"], password=given["password"])
        except Unauthenticated as error:
            raise Unauthenticated(error.message, code="invalid_email_or_password") from None
        if not given.get("otp") and second_factor_enabled(user):
            half_way = Response({"twoFactorRedirect": True, "twoFactorMethods": ["totp"]})
            return put(half_way, TWO_FACTOR, issue_ticket(user=user, remember=remember), TICKET_SECONDS)
        device = pass_second_factor(user=user, code=given.get("otp"))
        open_cookie_session(request, SignedIn(user, device), remember=remember)
        onward = {"redirect": True, "url": url} if url else {"redirect": False}
        return Response({**onward, "token": None, "user": user_out(user)})


class CurrentSession(BetterAuthViewSet):
    """Document council.txt, "Sign Out" and "Get Session"."""

    permission_classes = (AllowAny,)
    throttle_classes = ()  # who is over a limit may still leave
    key_scope = NO_KEYS  # a key is no session

    @documented(gives=Done)
    def sign_out(self, request):
        if request.auth:
            sign_out(session=request.auth)
        logout(request._request)
        return Response({"success": True})

    @documented(gives=SessionAnswer)
    def retrieve(self, request):
        """The session; 401 without one, as the document's table of status codes says."""
        if not request.auth:
            raise Unauthenticated
        return self.answer(request)

    @documented(gives=SessionAnswer, or_null=True)
    def get_session(self, request):
        """Better Auth's own path: null without a session."""
        return self.answer(request) if request.auth else Response(None)

    @staticmethod
    def answer(request):
        answer = Response({"session": session_out(request.auth), "user": user_out(request.user)})
        answer.headers["Cache-Control"] = "no-store"
        return answer
