"""Better Auth's wire over the cookie that pages and admin share (auth-design.md §6, recorded from the real client)."""

from django.contrib.auth import login, logout
from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.response import Response

from accounts.api.limits import spend
from accounts.models import Session
from accounts.verbs.registration import sign_up
from accounts.verbs.sessions import check_password, end_sessions, sign_out
from config.dialects.base import enforce_origin
from config.dialects.council import BetterAuthViewSet
from config.dialects.fields import Text, YesNo, iso_z
from config.dialects.schema import documented
from config.dialects.throttles import AuthThrottle
from config.errors import Conflict, Invalid, Unauthenticated

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
SHORTEST, LONGEST = 8, 128


class SignUpIn(serializers.Serializer):
    name = Text(max_length=150, allow_blank=True)
    email = Text(max_length=254)
    password = Text(max_length=1024, trim_whitespace=False)
    image = Text(max_length=2048, required=False)
    callbackURL = Text(max_length=2048, required=False)
    rememberMe = YesNo(required=False)


class SignInIn(serializers.Serializer):
    email = Text(max_length=254)
    password = Text(max_length=1024, trim_whitespace=False)
    callbackURL = Text(max_length=2048, required=False)
    rememberMe = YesNo(required=False)


class UserOut(serializers.Serializer):
    id = serializers.CharField()
    email = serializers.EmailField()
    name = serializers.CharField()
    image = serializers.CharField(allow_null=True)
    emailVerified = serializers.BooleanField()
    createdAt = serializers.DateTimeField()
    updatedAt = serializers.DateTimeField()


class SignedUpOut(serializers.Serializer):
    token = serializers.CharField(allow_null=True, help_text="Always null: the cookie alone carries the session")
    user = UserOut()


class SignedInOut(SignedUpOut):
    redirect = serializers.BooleanField()


class SessionOut(serializers.Serializer):
    id = serializers.CharField()
    userId = serializers.CharField()
    expiresAt = serializers.DateTimeField()
    createdAt = serializers.DateTimeField()
    updatedAt = serializers.DateTimeField()
    ipAddress = serializers.CharField(allow_null=True)
    userAgent = serializers.CharField()


class SessionAnswer(serializers.Serializer):
    session = SessionOut()
    user = UserOut()


class Done(serializers.Serializer):
    success = serializers.BooleanField()


def user_out(user):
    verified = user.emailaddress_set.filter(email=user.email, verified=True).exists()
    return {
        "id": user.pk,
        "email": user.email,
        "name": user.display_name,
        "image": user.image.url if user.image else None,
        "emailVerified": verified,
        "createdAt": iso_z(user.created_at),
        "updatedAt": iso_z(user.updated_at),
    }


def session_out(session):
    return {
        "id": session.pk,
        "userId": session.user_id,
        "expiresAt": iso_z(session.expires_at),
        "createdAt": iso_z(session.created_at),
        "updatedAt": iso_z(session.last_seen_at),
        "ipAddress": session.ip,
        "userAgent": session.user_agent,
    }


class Auth(BetterAuthViewSet):
    """Document council.txt, "Authentication". A sign-in could be forged from another site too, so Origin is always asked."""

    permission_classes = (AllowAny,)
    authentication_classes = ()
    throttle_classes = (AuthThrottle,)

    def initial(self, request, *args, **kwargs):
        super().initial(request, *args, **kwargs)
        enforce_origin(request)

    @documented(takes=SignUpIn, gives=SignedUpOut)
    def sign_up(self, request):
        given = self.given(SignUpIn)
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
        self.open(request, user, remember=given.get("rememberMe", True))
        return Response({"token": None, "user": user_out(user)})

    @documented(takes=SignInIn, gives=SignedInOut)
    def sign_in(self, request):
        given = self.given(SignInIn)
        spend(request, "signin_email", given["email"])
        try:
            user = check_password(email=given["email"], password=given["password"])
        except Unauthenticated as error:
            raise Unauthenticated(error.message, code="invalid_email_or_password") from None
        self.open(request, user, remember=given.get("rememberMe", True))
        return Response({"redirect": False, "token": None, "user": user_out(user)})

    @staticmethod
    def open(request, user, *, remember=True):
        """`rememberMe: false` is a cookie that ends with the browser."""
        if sid := request._request.session.get("sid"):  # what the cookie stood for ends, and with it its value
            end_sessions(sessions=Session.objects.filter(pk=sid), reason="replaced")
            request._request.session.flush()
        request._request.sign_in_style = Session.Style.COUNCIL
        login(request._request, user, backend=BACKEND)
        if not remember:
            request._request.session.set_expiry(0)


class CurrentSession(BetterAuthViewSet):
    """Document council.txt, "Sign Out" and "Get Session"."""

    permission_classes = (AllowAny,)
    throttle_classes = ()  # who is over a limit may still leave

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
