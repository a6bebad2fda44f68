from rest_framework.response import Response

from config.dialects.dana import DanaViewSet
from config.dialects.schema import documented
from config.paging import window
from conversations.api.dana.client_shapes import (
    ConversationAnswer,
    ConversationChangedAnswer,
    ConversationChangeIn,
    ConversationIn,
    ConversationsAnswer,
    ConversationsAsked,
    MessagesAnswer,
    MessagesAsked,
    ReadAnswer,
    ReadIn,
    conversation_out,
    listed_out,
    message_out,
)
from conversations.models import Conversation
from conversations.queries.client_conversations import listed, one
from conversations.queries.client_messages import client_messages
from conversations.verbs.client_threads import open_client_conversation, update_client_conversation
from conversations.verbs.messages import mark_read

PAGE = 50


class Conversations(DanaViewSet):
    """Document dana.txt, "Conversations": with clients. Rooms and direct conversations are unknown here."""

    @documented(query=ConversationsAsked, gives=ConversationsAnswer)
    def list(self, request):
        """The one with the newest message first."""
        asked, page = self.given(ConversationsAsked), window(request.query_params, default=PAGE)
        rows, total = listed(by=request.user, platform=asked.get("platform"), status=asked.get("status"), window=page)
        answer = {"conversations": [listed_out(row) for row in rows], "total": total}
        return Response(answer | {"limit": page.limit, "offset": page.offset})

    @documented(takes=ConversationIn, gives=ConversationChangedAnswer, status=201)
    def create(self, request):
        """A conversation opened by hand (decisions.md §5): nothing is sent in it, and everything is kept."""
        given = self.given(ConversationIn)
        thread = open_client_conversation(
            platform=given["platform"],
            client_name=given["client_name"],
            client_company=given["client_company"] or "",
            by=request.user,
        )
        return self.changed(thread.pk, "created", status=201)

    @documented(gives=ConversationAnswer)
    def retrieve(self, request, conversation_id):
        return Response({"conversation": self.shown(conversation_id)})

    @documented(takes=ConversationChangeIn, gives=ConversationChangedAnswer)
    def update(self, request, conversation_id):
        """What is given changes, the rest stays. In a closed conversation nobody writes until the client does, or it is active again."""
        given = self.given(ConversationChangeIn)
        thread = update_client_conversation(conversation_id=conversation_id, by=request.user, **given)
        return self.changed(thread.pk, "updated")

    @documented(query=MessagesAsked, gives=MessagesAnswer)
    def messages(self, request, conversation_id):
        """Oldest first: the latest ones, the latest before a moment, or the first after one."""
        asked = self.given(MessagesAsked)
        said = client_messages(
            conversation_id=conversation_id,
            before=asked.get("before"),
            after=asked.get("after"),
            limit=asked["limit"],
            by=request.user,
        )
        return Response(
            {
                "conversation_id": said.conversation.pk,
                "messages": [message_out(row) for row in said.rows],
                "total": said.total,
                "limit": asked["limit"],
            }
        )

    @documented(takes=ReadIn, gives=ReadAnswer)
    def read(self, request, conversation_id):
        """Up to this message, or up to the last one. Only ever rises."""
        seq = mark_read(
            conversation_id=conversation_id,
            message_id=self.given(ReadIn).get("message_id"),
            kind=Conversation.Kind.CLIENT,
            by=request.user,
        )
        return Response({"message": "Conversation marked as read", "last_read_seq": seq})

    def changed(self, conversation_id, what, status=200):
        message = f"Conversation {what} successfully"
        return Response({"message": message, "conversation": self.shown(conversation_id)}, status=status)

    def shown(self, conversation_id):
        return conversation_out(one(conversation_id=conversation_id, by=self.request.user))
