from django.utils.timezone import now
from rest_framework import serializers
from rest_framework.response import Response

from accounts.api.veza.auth import ACCESS_SECONDS, COOKIE, RefreshIn, tokens_out, with_cookie
from accounts.models import Session
from accounts.queries.devices import device
from accounts.verbs import access_tokens
from accounts.verbs.sessions import access_token, end_session, refresh, sign_out_everywhere
from config.dialects.base import NO_KEYS
from config.dialects.credentials import bearer
from config.dialects.fields import Text, iso_z
from config.dialects.schema import documented
from config.dialects.veza import VezaViewSet


class SessionOut(serializers.Serializer):
    id = serializers.CharField()
    style = serializers.CharField(help_text="The door it came through")  # type: ignore[assignment]  # a field of that name
    device = serializers.CharField()
    ip = serializers.CharField(allow_null=True)
    user_agent = serializers.CharField()
    created_at = serializers.DateTimeField()
    last_seen_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField()
    current = serializers.BooleanField(help_text="Whether this call was made with it")


class SessionsOut(serializers.Serializer):
    sessions = SessionOut(many=True)


class LogoutIn(serializers.Serializer):
    session_id = Text(max_length=64, required=False, help_text="One of mine; without it, the session of this call")


class LoggedOutOut(serializers.Serializer):
    message = serializers.CharField()


class LoggedOutAllOut(LoggedOutOut):
    sessions_ended = serializers.IntegerField()


class RefreshedOut(serializers.Serializer):
    access_token = serializers.CharField()
    expires_in = serializers.IntegerField(help_text="Seconds the access token lives")
    refresh_token = serializers.CharField(required=False, help_text="Where one was spent, the next one")


def session_out(row, current):
    return {
        "id": row.pk,
        "style": row.style,
        "device": device(row.user_agent),
        "ip": row.ip,
        "user_agent": row.user_agent,
        "created_at": iso_z(row.created_at),
        "last_seen_at": iso_z(row.last_seen_at),
        "expires_at": iso_z(row.expires_at),
        "current": row.pk == current.pk,
    }


def seconds_left(request) -> int:
    """How long the credential of this call lives: a JWT until it says, everything else as long as its session."""
    claims = access_tokens.read(bearer.find(request) or "")
    ends = claims.expires_at if claims else request.auth.expires_at
    return int((ends - now()).total_seconds())


class Sessions(VezaViewSet):
    """Document veza.txt, "Sessions": every signed-in client of the account, whatever style it came through."""

    key_scope = NO_KEYS

    @documented(gives=SessionsOut)
    def index(self, request):
        """Live ones, latest used first; there are never more than fifty."""
        rows = Session.objects.visible_to(request.user).live()
        return Response({"sessions": [session_out(row, request.auth) for row in rows]})

    @documented(takes=LogoutIn, gives=LoggedOutOut)
    def logout(self, request):
        """End one session of mine: the named one, or the one of this call."""
        given = self.given(LogoutIn).get("session_id")
        end_session(user=request.user, session_id=given or request.auth.pk)
        return Response({"message": "Session ended"})

    @documented(gives=LoggedOutAllOut)
    def logout_all(self, request):
        """End every session of mine, this one too, in every style."""
        count = sign_out_everywhere(user=request.user)
        return Response({"message": "All sessions ended", "sessions_ended": count})

    @documented(takes=RefreshIn, gives=RefreshedOut)
    def refresh(self, request):
        """A new pair for a refresh token, in the body or its cookie; without one, an access token for the time left.

        Otherwise whoever has an access token could renew it for ever, past the single use of refresh tokens.
        """
        sent = self.given(RefreshIn).get("refresh_token") or request.COOKIES.get(COOKIE)
        if sent:
            session, token = refresh(token=sent)
            return with_cookie(Response(tokens_out(session, token)), token)
        seconds = min(ACCESS_SECONDS, seconds_left(request))
        return Response({"access_token": access_token(session=request.auth, seconds=seconds), "expires_in": seconds})
