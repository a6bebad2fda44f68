from rest_framework import serializers
from rest_framework.response import Response

from config.dialects.fields import Text
from config.dialects.schema import documented
from config.dialects.veza import VezaViewSet
from config.paging import whole_number
from conversations.api.veza.shapes import MessageOut, message_out
from conversations.models import LONGEST_MESSAGE
from conversations.queries.messages import history, row_of
from conversations.verbs.messages import LONGEST_CLIENT_ID, mark_read, send_message


class SendIn(serializers.Serializer):
    content = Text(max_length=LONGEST_MESSAGE, trim_whitespace=False)
    client_id = Text(max_length=LONGEST_CLIENT_ID, required=False, allow_null=True, trim_whitespace=False)


class ReadIn(serializers.Serializer):
    message_id = Text(max_length=64, required=False, allow_null=True)


class ReadOut(serializers.Serializer):
    last_read_seq = serializers.IntegerField()


class HistoryIn(serializers.Serializer):
    limit = serializers.IntegerField(min_value=1, max_value=100, default=50)
    cursor = serializers.CharField(required=False, max_length=200)


class HistoryOut(serializers.Serializer):
    messages = MessageOut(many=True)
    next_cursor = serializers.CharField(allow_null=True)
    has_more = serializers.BooleanField()


class Messages(VezaViewSet):
    """Document veza.txt, Conversations: the history; and what it presupposes (decisions.md §5)."""

    @documented(query=HistoryIn, gives=HistoryOut)
    def list(self, request, conversation_id):
        """Newest first."""
        limit = whole_number(request.query_params, "limit", default=50, least=1, most=100)
        cursor = request.query_params.get("cursor")
        page = history(conversation_id=conversation_id, cursor=cursor, limit=limit, by=request.user)
        rows = [message_out(row) for row in page.items]
        return Response({"messages": rows, "next_cursor": page.next_cursor, "has_more": page.has_more})

    @documented(takes=SendIn, gives=MessageOut, status=201)
    def create(self, request, conversation_id):
        """A `client_id` that the sender used before in this conversation is answered with the first message and 200."""
        message = send_message(conversation_id=conversation_id, by=request.user, **self.given(SendIn))
        return Response(message_out(row_of(message)), status=200 if message.is_resend else 201)

    @documented(takes=ReadIn, gives=ReadOut)
    def mark_read(self, request, conversation_id):
        """Read up to this message, or up to the last one. Only ever rises."""
        given = self.given(ReadIn)
        seq = mark_read(conversation_id=conversation_id, message_id=given.get("message_id"), by=request.user)
        return Response({"last_read_seq": seq})
