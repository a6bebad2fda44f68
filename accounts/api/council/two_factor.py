"""The second step of Better Auth's sign-in: the code, with the ticket that the first step left in a cookie."""

from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.response import Response

from accounts.api.council.cookies import TWO_FACTOR, drop, open_cookie_session
from accounts.api.council.shapes import TokenOut, user_out
from accounts.verbs.tickets import redeem_ticket
from config.dialects.council import BetterAuthViewSet
from config.dialects.fields import Text, YesNo
from config.dialects.schema import documented
from config.dialects.throttles import AuthThrottle


class CodeIn(serializers.Serializer):
    code = Text(max_length=64)
    trustDevice = YesNo(required=False, help_text="Taken and not followed: every sign-in asks for the second factor")


class TwoFactor(BetterAuthViewSet):
    permission_classes = (AllowAny,)
    authentication_classes = ()
    throttle_classes = (AuthThrottle,)

    @documented(takes=CodeIn, gives=TokenOut)
    def verify(self, request):
        """A code of the app or a backup code, whichever of its two addresses it is sent to."""
        given = self.given(CodeIn)
        done = redeem_ticket(ticket=request.COOKIES.get(TWO_FACTOR), code=given["code"])
        open_cookie_session(request, done.signed_in, remember=done.remember)
        answer = Response({"token": None, "user": user_out(done.signed_in.user)})
        return drop(request, answer, TWO_FACTOR)
