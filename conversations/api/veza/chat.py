from rest_framework import serializers
from rest_framework.response import Response

from accounts.verbs import access_tokens
from config.dialects.base import NO_KEYS
from config.dialects.schema import documented
from config.dialects.veza import VezaViewSet

TOKEN_SECONDS = 300


class ChatTokenOut(serializers.Serializer):
    token = serializers.CharField()
    expires_in = serializers.IntegerField(help_text="seconds")


class Chat(VezaViewSet):
    """Document veza.txt, Chat. An API key has no sign-in that could keep a socket open."""

    key_scope = NO_KEYS

    @documented(gives=ChatTokenOut)
    def token(self, request):
        """Opens /ws/chat/ and nothing else; the sign-in behind it keeps the socket open."""
        token = access_tokens.issue(session=request.auth, audience=access_tokens.CHAT, seconds=TOKEN_SECONDS)
        return Response({"token": token, "expires_in": TOKEN_SECONDS})
