import datetime as dt

from django.utils.timezone import now
from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.response import Response

from accounts.api.limits import client_of, spend
from accounts.models import Session
from accounts.verbs.registration import sign_up
from accounts.verbs.sessions import access_token, check_password, open_session, sign_out
from config.dialects.dana import DanaViewSet
from config.dialects.fields import Text, YesNo, iso_z
from config.dialects.schema import documented
from config.dialects.throttles import AuthThrottle

DAY = dt.timedelta(hours=24)
REMEMBERED = dt.timedelta(days=30)


class SignupIn(serializers.Serializer):
    email = Text(max_length=254)
    password = Text(max_length=256, trim_whitespace=False)
    company = Text(max_length=150, required=False, allow_blank=True, default="")


class LoginIn(serializers.Serializer):
    email = Text(max_length=254)
    password = Text(max_length=256, trim_whitespace=False)
    remember_me = YesNo(default=False)


class SignupOut(serializers.Serializer):
    message = serializers.CharField()
    user_id = serializers.CharField()
    token = serializers.CharField()


class LoginOut(SignupOut):
    expires_at = serializers.DateTimeField()


class MessageOut(serializers.Serializer):
    message = serializers.CharField()


def signed_in(request, user, life, message):
    """A JWT that lives as long as its session: 24 hours, or 30 days where the client asked to be remembered."""
    session = open_session(user=user, style=Session.Style.DANA, client=client_of(request), life=life)
    token = access_token(session=session, seconds=int(life.total_seconds()))
    return {"message": message, "user_id": user.pk, "token": token}


class Auth(DanaViewSet):
    """Document dana.txt, "Authentication Endpoints"."""

    permission_classes = (AllowAny,)
    authentication_classes = ()
    throttle_classes = (AuthThrottle,)

    @documented(takes=SignupIn, gives=SignupOut, status=201)
    def signup(self, request):
        given = self.given(SignupIn)
        spend(request, "signup_email", given["email"])
        return Response(signed_in(request, sign_up(**given), DAY, "User created successfully"), status=201)

    @documented(takes=LoginIn, gives=LoginOut)
    def login(self, request):
        given = self.given(LoginIn)
        spend(request, "signin_email", given["email"])
        life = REMEMBERED if given.pop("remember_me") else DAY
        answer = signed_in(request, check_password(**given), life, "Login successful")
        return Response({**answer, "expires_at": iso_z(now() + life)})


class Logout(DanaViewSet):
    throttle_classes = ()  # who is over a limit may still leave

    @documented(gives=MessageOut)
    def logout(self, request):
        sign_out(session=request.auth)
        return Response({"message": "Logged out successfully"})


class ProfileOut(serializers.Serializer):
    email = serializers.EmailField()
    company = serializers.CharField()
    account_setup_complete = serializers.BooleanField()
    welcome_email_sent = serializers.BooleanField()
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()


class ProfileAnswer(serializers.Serializer):
    profile = ProfileOut()


class Profile(DanaViewSet):
    """Document dana.txt, "Get Profile": the current user in this dialect."""

    @documented(gives=ProfileAnswer)
    def retrieve(self, request):
        user = request.user
        profile = {
            "email": user.email,
            "company": user.company,
            "account_setup_complete": user.account_setup_complete,
            "welcome_email_sent": user.welcome_email_sent,
            "created_at": iso_z(user.created_at),
            "updated_at": iso_z(user.updated_at),
        }
        return Response({"profile": profile})
