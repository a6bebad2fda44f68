from rest_framework import serializers
from rest_framework.response import Response

from config.dialects.fields import Text
from config.dialects.schema import documented
from config.dialects.veza import VezaViewSet
from conversations.api.veza.shapes import ParticipantOut, participant_out
from conversations.queries.conversations import participants
from conversations.queries.messages import seen
from conversations.verbs.participants import add_participant, remove_participant


class ParticipantIn(serializers.Serializer):
    user_id = Text(max_length=64)


class ParticipantsOut(serializers.Serializer):
    participants = ParticipantOut(many=True)


class Participants(VezaViewSet):
    """decisions.md §5: who is in a room. Owners add and remove, everyone may leave."""

    @documented(gives=ParticipantsOut)
    def list(self, request, conversation_id):
        return Response(self.shown(conversation_id))

    @documented(takes=ParticipantIn, gives=ParticipantsOut, status=201)
    def create(self, request, conversation_id):
        add_participant(conversation_id=conversation_id, by=request.user, **self.given(ParticipantIn))
        return Response(self.shown(conversation_id), status=201)

    @documented(takes=ParticipantIn, gives=ParticipantsOut)
    def remove(self, request, conversation_id):
        """Whoever removes themselves has left and sees nobody any more."""
        given = self.given(ParticipantIn)
        participant = remove_participant(conversation_id=conversation_id, by=request.user, **given)
        is_gone = participant.user_id == request.user.pk
        return Response({"participants": []} if is_gone else self.shown(conversation_id))

    def shown(self, conversation_id):
        conversation = seen(conversation_id, by=self.request.user)
        rows = participants(conversation_id=conversation.pk, by=self.request.user)
        return {"participants": [participant_out(row) for row in rows]}
