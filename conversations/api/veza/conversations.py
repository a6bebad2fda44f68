from rest_framework import serializers
from rest_framework.response import Response

from config.dialects.fields import Text
from config.dialects.schema import documented
from config.dialects.veza import VezaViewSet
from config.errors import NotFound
from config.paging import whole_number
from conversations.api.veza.shapes import RoomOut, room_out
from conversations.models.conversations import LONGEST_TITLE
from conversations.queries.conversations import inbox, one
from conversations.verbs.conversations import (
    MOST_INVITED,
    close_conversation,
    delete_conversation,
    open_conversation,
    rename_conversation,
    reopen_conversation,
)

ROOMS = ("room", "direct")


class OpenRoomIn(serializers.Serializer):
    name = Text(max_length=LONGEST_TITLE, required=False, default="", allow_blank=True)
    participant_ids = serializers.ListField(child=Text(max_length=64), max_length=MOST_INVITED, default=list)
    kind = serializers.ChoiceField(ROOMS, default="room")


class UpdateRoomIn(serializers.Serializer):
    name = Text(max_length=LONGEST_TITLE, required=False)
    status = serializers.ChoiceField(("active", "closed"), required=False)


class RoomsIn(serializers.Serializer):
    limit = serializers.IntegerField(min_value=1, max_value=100, default=20)
    cursor = serializers.CharField(required=False, max_length=200)


class RoomsOut(serializers.Serializer):
    conversations = RoomOut(many=True)
    next_cursor = serializers.CharField(allow_null=True)
    has_more = serializers.BooleanField()


class Done(serializers.Serializer):
    message = serializers.CharField()


class Conversations(VezaViewSet):
    """Document veza.txt, Conversations."""

    @documented(query=RoomsIn, gives=RoomsOut)
    def list(self, request):
        """The caller's rooms and direct conversations, the one with the newest message first."""
        limit = whole_number(request.query_params, "limit", default=20, least=1, most=100)
        page = inbox(by=request.user, kinds=ROOMS, cursor=request.query_params.get("cursor"), limit=limit)
        rows = [room_out(row) for row in page.items]
        return Response({"conversations": rows, "next_cursor": page.next_cursor, "has_more": page.has_more})

    @documented(takes=OpenRoomIn, gives=RoomOut, status=201)
    def create(self, request):
        """With `kind: "direct"` and one participant, the conversation the two already have is answered."""
        given = self.given(OpenRoomIn)
        room = open_conversation(
            kind=given["kind"], title=given["name"], participants=given["participant_ids"], by=request.user
        )
        return Response(self.shown(room.pk), status=201)

    @documented(gives=RoomOut)
    def retrieve(self, request, conversation_id):
        return Response(self.shown(conversation_id))

    @documented(takes=UpdateRoomIn, gives=RoomOut)
    def update(self, request, conversation_id):
        """Rename the room, close it or open it again; for its owner."""
        given = self.given(UpdateRoomIn)
        about = {"conversation_id": conversation_id, "by": request.user}
        if "name" in given:
            rename_conversation(title=given["name"], **about)
        if "status" in given:
            (close_conversation if given["status"] == "closed" else reopen_conversation)(**about)
        return Response(self.shown(conversation_id))

    @documented(gives=Done)
    def remove(self, request, conversation_id):
        delete_conversation(conversation_id=conversation_id, by=request.user)
        return Response({"message": "Conversation deleted"})

    def shown(self, conversation_id):
        row = one(conversation_id=conversation_id, by=self.request.user)
        if row is None:
            raise NotFound("Conversation not found")
        return room_out(row)
