from rest_framework import serializers
from rest_framework.response import Response

from config.dialects.dana import DanaViewSet
from config.dialects.schema import documented
from conversations.verbs.drafts import draft_answer


class DraftIn(serializers.Serializer):
    """Nothing has to be said; what is said is an object all the same."""


class DraftPassageOut(serializers.Serializer):
    file_id = serializers.CharField()
    file_name = serializers.CharField()
    page = serializers.IntegerField(allow_null=True)


class DraftOut(serializers.Serializer):
    content = serializers.CharField()
    passages = DraftPassageOut(many=True, help_text="Of the owner's files, what the content stands on")
    hand_over = serializers.BooleanField(
        help_text="A person should answer; the content is a polite line for the meantime"
    )
    reason = serializers.CharField(help_text="answered, courtesy, unsure, no_passage or asked_for_person")
    engine = serializers.CharField(help_text="The model that answered; offline:sentences is this machine's own")
    is_sandbox = serializers.BooleanField(required=False, help_text="True where no model answered but the local engine")


class DraftAnswer(serializers.Serializer):
    message = serializers.CharField()
    draft = DraftOut()
    ai_answers_left = serializers.IntegerField(allow_null=True, help_text="Of today; null without end")


class Drafts(DanaViewSet):
    """Ours: the assistant writes, a person decides."""

    @documented(gives=DraftAnswer)
    def create(self, request, conversation_id):
        """What the assistant would answer the client now; nothing is sent. It takes one of the caller's AI answers of today,
        unless a person should answer or the engine fails (503 with the code as `details.reason`); where none is left: 403 with `limit_reached`."""
        self.given(DraftIn)
        draft = draft_answer(conversation_id=conversation_id, by=request.user)
        return Response(
            {"message": "Draft prepared", "draft": draft_out(draft), "ai_answers_left": draft.ai_answers_left}
        )


def draft_out(draft):
    return {
        "content": draft.content,
        "passages": [
            {"file_id": one.file_id, "file_name": one.file_name, "page": one.page}  #
            for one in draft.passages
        ],
        "hand_over": draft.hand_over,
        "reason": draft.reason or "answered",
        "engine": draft.engine,
        **({"is_sandbox": True} if draft.is_sandbox else {}),
    }
