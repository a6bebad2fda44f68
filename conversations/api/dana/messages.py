import hashlib

from rest_framework.response import Response

from config.dialects.dana import DanaViewSet
from config.dialects.schema import documented
from config.errors import Invalid
from conversations.api.dana.client_shapes import MessageAnswer, SendIn, SentAnswer, message_out, to_the_microsecond
from conversations.models import Conversation
from conversations.queries.client_messages import client_message
from conversations.verbs.messages import LONGEST_CLIENT_ID, send_message

LONGEST_KEY = 255


class Messages(DanaViewSet):
    """Document dana.txt, "Messages": in clients' conversations."""

    @documented(takes=SendIn, gives=SentAnswer, status=201, also={200: SentAnswer}, is_keyed=True)
    def create(self, request):
        """It is kept at once and sent by a job: what became of it is the message's `delivery_status`.

        A key that the sender used before in this conversation is answered with the first message and 200.
        """
        given = self.given(SendIn)
        given["client_id"] = key_of(request) or given.get("client_id")
        message = send_message(kind=Conversation.Kind.CLIENT, by=request.user, **given)
        answer = {
            "message": "Message sent successfully",
            "message_id": message.pk,
            "conversation_id": message.conversation_id,
            "created_at": to_the_microsecond(message.sent_at),
            "seq": message.seq,
        }
        if message.is_resend:
            return Response(answer, status=200, headers={"Idempotent-Replayed": "true"})
        return Response(answer, status=201)

    @documented(gives=MessageAnswer)
    def retrieve(self, request, message_id):
        return Response({"message": message_out(client_message(message_id=message_id, by=request.user))})


def key_of(request):
    """The header's key as a `client_id`; one that is longer than those is kept by its digest. None without one."""
    key = request.headers.get("Idempotency-Key")
    if key is None:
        return None
    if not 0 < len(key) <= LONGEST_KEY:
        raise Invalid(details={"Idempotency-Key": [f"Must have 1 to {LONGEST_KEY} characters."]})
    return key if len(key) <= LONGEST_CLIENT_ID else hashlib.sha256(key.encode()).hexdigest()
