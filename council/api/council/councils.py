from django.http import StreamingHttpResponse
from drf_spectacular.types import OpenApiTypes
from rest_framework import serializers
from rest_framework.response import Response

from config.dialects.council import CouncilViewSet
from config.dialects.fields import Text
from config.dialects.schema import documented
from config.errors import NotFound
from council.api.council.following import follow
from council.api.council.shapes import ConversationOut, DoneOut, conversation_out, message_out
from council.models import Deliberation
from council.queries.deliberations import conversation_read_by, last_deliberation, messages_of
from council.verbs.deliberations import open_deliberation, stop_deliberation


class AskIn(serializers.Serializer):
    question = Text(allow_blank=True, required=False, default="")
    conversationId = Text(required=False, allow_null=True, allow_blank=True, default=None)
    projectId = Text(required=False, allow_null=True, allow_blank=True, default=None, help_text="ours")


class FollowIn(serializers.Serializer):
    deltas = serializers.BooleanField(
        required=False, default=False, help_text="ours: also send `advisor-delta {advisorId, delta}` while a text grows"
    )


class MessageOut(serializers.Serializer):
    id = serializers.CharField()
    conversationId = serializers.CharField()
    role = serializers.ChoiceField(["user", "advisor", "synthesis"])
    content = serializers.CharField()
    status = serializers.ChoiceField(["streaming", "done", "stopped", "error"])
    modelId = serializers.CharField(required=False)
    personaId = serializers.CharField(required=False)
    parentMessageId = serializers.CharField(required=False)
    usage = serializers.DictField(required=False)
    synthesis = serializers.DictField(required=False)
    createdBy = serializers.CharField()
    createdAt = serializers.IntegerField(help_text="seconds since 1970")


class CouncilOut(ConversationOut):
    status = serializers.ChoiceField(Deliberation.Status.choices, help_text="of the last question")
    messages = MessageOut(many=True)


class Councils(CouncilViewSet):
    """Document council.txt, "Council Session"; reading, following and stopping are ours (decisions.md §5)."""

    @documented(takes=AskIn, query=FollowIn, gives=OpenApiTypes.STR, status=(200, "text/event-stream"))
    def ask(self, request):
        """Put a question to the three advisors and follow their answers as server-sent events."""
        given = self.given(AskIn)
        deliberation = open_deliberation(
            question=given["question"],
            conversation_id=given["conversationId"] or None,
            project_id=given["projectId"] or None,
            by=request.user,
        )
        return streamed(deliberation, deltas=wants_deltas(request))

    @documented(gives=CouncilOut)
    def retrieve(self, request, conversation_id):
        """Everything that was saved, oldest first."""
        conversation = conversation_read_by(request.user, conversation_id)
        last = last_deliberation(conversation.pk)
        messages = messages_of(conversation.pk)
        return Response(
            {
                **conversation_out(conversation),
                "status": last.status if last else Deliberation.Status.DONE,
                "messages": [message_out(row, asked_by=conversation.created_by_id) for row in messages],
            }
        )

    @documented(query=FollowIn, gives=OpenApiTypes.STR, status=(200, "text/event-stream"))
    def follow(self, request, conversation_id):
        """The events of the last question again: what is saved first, then live."""
        conversation = conversation_read_by(request.user, conversation_id)
        deliberation = last_deliberation(conversation.pk)
        if deliberation is None:
            raise NotFound("Nothing was asked here yet")
        return streamed(deliberation, deltas=wants_deltas(request))

    @documented(gives=DoneOut)
    def stop(self, request, conversation_id):
        """End what runs here; also 200 when nothing does."""
        stop_deliberation(conversation_id=conversation_id, by=request.user)
        return Response({"success": True})


def wants_deltas(request) -> bool:
    return request.query_params.get("deltas", "").lower() in ("1", "true")


def streamed(deliberation: Deliberation, *, deltas: bool) -> StreamingHttpResponse:
    """The events of a deliberation, with the headers of the document and those that keep proxies from holding them."""
    ids = {"conversationId": str(deliberation.conversation_id), "userMessageId": str(deliberation.question_id)}
    events = follow(deliberation.pk, ids=ids, deltas=deltas)
    return StreamingHttpResponse(
        events,
        content_type="text/event-stream",
        headers={
            "Cache-Control": "no-cache, no-transform",
            "X-Accel-Buffering": "no",
            "X-Conversation-Id": ids["conversationId"],
            "X-User-Message-Id": ids["userMessageId"],
            "Access-Control-Expose-Headers": "X-Conversation-Id, X-User-Message-Id",
        },
    )
