import datetime as dt

from django.utils.timezone import now
from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.response import Response

from accounts.api.limits import spend
from accounts.models import Session
from accounts.verbs.passwords import request_reset, reset_password
from accounts.verbs.registration import sign_up
from accounts.verbs.sessions import SignedIn, access_token, open_session, sign_in, sign_out
from config.dialects.base import NO_KEYS
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
    otp = Text(max_length=64, required=False, help_text="Code of the second factor, where the account has one")


class ResetIn(serializers.Serializer):
    email = Text(max_length=254)


class ChangeIn(serializers.Serializer):
    token = Text(max_length=256, help_text="The token of the mail")
    new_password = Text(max_length=256, trim_whitespace=False)


class SignupOut(serializers.Serializer):
    message = serializers.CharField()
    user_id = serializers.CharField()
    token = serializers.CharField()


class LoginOut(SignupOut):
    expires_at = serializers.DateTimeField()


class MessageOut(serializers.Serializer):
    message = serializers.CharField()


def signed_in(found, life, message):
    """A JWT that lives as long as its session: 24 hours, or 30 days where the client asked to be remembered."""
    session = open_session(user=found.user, style=Session.Style.DANA, life=life, device=found.device)
    token = access_token(session=session, seconds=int(life.total_seconds()))
    return {"message": message, "user_id": found.user.pk, "token": token}


class Auth(DanaViewSet):
    """Document dana.txt, "Authentication Endpoints"."""

    permission_classes = (AllowAny,)
    authentication_classes = ()
    throttle_classes = (AuthThrottle,)

    @documented(takes=SignupIn, gives=SignupOut, status=201)
    def signup(self, request):
        given = self.given(SignupIn)
        spend(request, "signup_email", given["email"])
        user = sign_up(**given, greet=True)
        return Response(signed_in(SignedIn(user), DAY, "User created successfully"), status=201)

    @documented(takes=LoginIn, gives=LoginOut)
    def login(self, request):
        given = self.given(LoginIn)
        spend(request, "signin_email", given["email"])
        life = REMEMBERED if given.pop("remember_me") else DAY
        answer = signed_in(sign_in(**given), life, "Login successful")
        return Response({**answer, "expires_at": iso_z(now() + life)})

    @documented(takes=ResetIn, gives=MessageOut)
    def request_reset(self, request):
        """Always the same answer: nothing tells whether an address has an account."""
        given = self.given(ResetIn)
        spend(request, "reset_password", given["email"])
        request_reset(email=given["email"])
        return Response({"message": "Password reset link sent to email"})

    @documented(takes=ChangeIn, gives=MessageOut)
    def change_password(self, request):
        """A new password by the token of the mail; every session of the account ends."""
        given = self.given(ChangeIn)
        reset_password(token=given["token"], password=given["new_password"], field="new_password")
        return Response({"message": "Password updated successfully"})


class Logout(DanaViewSet):
    key_scope = NO_KEYS
    throttle_classes = ()  # who is over a limit may still leave

    @documented(gives=MessageOut)
    def logout(self, request):
        sign_out(session=request.auth)
        return Response({"message": "Logged out successfully"})
