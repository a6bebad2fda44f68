"""What a client's words do to their conversation, and what others' words on our side do."""

import datetime as dt
import json

import pytest
import time_machine
from django.utils.timezone import now

from accounts.models import AuditEntry
from conversations.models import (
    ClientIdentity,
    ClientThread,
    Conversation,
    Delivery,
    Message,
    Participant,
    PlatformAccount,
    WaitingReceipt,
)
from conversations.queries.platforms import default_owner
from conversations.verbs import said as verbs
from conversations.verbs.client_threads import update_client_conversation
from conversations.verbs.platform_accounts import disconnect_account
from conversations.verbs.receipts import sweep_receipts
from ontology.models import Change, Connection, Entity, Event
from tests.factories.accounts import UserFactory
from tests.factories.platforms import (
    AT,
    PAGE,
    about,
    account_of,
    echo,
    instagram,
    message,
    messenger,
    said,
    told,
    wa_text,
    whatsapp,
)

pytestmark = pytest.mark.django_db
THEN = dt.datetime.fromtimestamp(AT, tz=dt.UTC)


@pytest.fixture
def page(user):
    return account_of(user)


@pytest.fixture
def asked(monkeypatch):
    """What the assistant was asked for: (wanted, message) and (stepped back, reason)."""
    heard = []
    monkeypatch.setattr(verbs, "want_answer", lambda thread, message: heard.append(("wanted", message.content)))
    monkeypatch.setattr(verbs, "step_back", lambda conversation, *, reason: heard.append(("back", reason)))
    return heard


def thread():
    return ClientThread.objects.select_related("conversation").get()


class TestAClientsMessage:
    def test_opens_a_conversation_of_the_accounts_owner(self, page, user):
        told(messenger(message()))

        found = thread()
        conversation = found.conversation
        assert (conversation.kind, conversation.status, conversation.created_by) == ("client", "active", user)
        assert (conversation.title, conversation.last_seq) == ("Facebook client", 1)
        assert list(conversation.memberships.values_list("user", "role", "last_read_seq")) == [(user.pk, "owner", 0)]
        assert (found.is_flagged, found.is_ai_paused, found.account) == (False, False, page)

    def test_is_told_whole_to_who_has_it_open(self, page):
        told(messenger(message()))

        change = Change.objects.get(kind="MessageSent")
        payload = {key: change.payload[key] for key in ("role", "seq", "content", "sender_id", "sent_at")}
        assert payload == {
            "role": "client",
            "seq": 1,
            "content": "Ship to Oslo?",
            "sender_id": None,
            "sent_at": "2025-12-29T09:20:00.000Z",
        }

    def test_is_remembered_privately(self, page, stranger):
        told(messenger(message()))

        found = thread()
        event = Event.objects.get(type="user_engaged")
        kept = Message.objects.get()
        assert (event.actor_id, event.target_id, event.is_private) == (found.lead_id, found.pk, True)
        assert event.metadata == {"what": "client_message", "message_id": str(kept.pk), "seq": 1}
        assert not Event.objects.visible_to(stranger).filter(pk=event.pk).exists()
        assert not Entity.objects.visible_to(stranger).filter(pk=found.lead_id).exists()

    def test_opens_the_window_for_24_hours_of_the_platforms_clock(self, page):
        told(messenger(message("m_2", "later", at=AT + 100)))
        told(messenger(message("m_1", "earlier")))

        found = thread()
        last = THEN + dt.timedelta(seconds=100)
        assert (found.client_wrote_at, found.reply_until) == (last, last + dt.timedelta(hours=24))

    def test_makes_the_client_wait_from_the_first_one_on(self, page):
        moment = dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC)
        with time_machine.travel(moment, tick=False):
            told(messenger(message("m_1")))
        told(messenger(message("m_2")))

        assert thread().waiting_since == moment

    def test_reopens_what_was_closed(self, page, user):
        told(messenger(message()))
        update_client_conversation(conversation_id=thread().pk, status="closed", by=user)

        told(messenger(message("m_2", "One more thing")))

        assert thread().conversation.status == "active"
        whats = Change.objects.filter(kind="ConversationChanged").order_by("pk").values_list("payload__what", flat=True)
        assert list(whats) == ["opened", "closed", "reopened"]

    def test_leaves_to_a_person_what_waits_for_one(self, page):
        told(messenger(message()))
        Conversation.objects.update(status="pending")

        told(messenger(message("m_2", "Are you there?")))

        assert thread().conversation.status == "pending"

    def test_changes_nothing_that_was_deleted(self, page):
        told(messenger(message()))
        Conversation.objects.update(deleted_at=now())

        told(messenger(about(message_edit={"mid": "m_A1", "text": "x", "num_edit": 1})))
        told(messenger(about(reaction={"mid": "m_A1", "action": "react", "emoji": "❤"})))

        kept = Message.objects.get()
        assert (kept.content, kept.metadata.get("reactions")) == ("Ship to Oslo?", None)

    def test_begins_anew_after_the_conversation_was_deleted(self, page, user):
        told(messenger(message()))
        first = thread()
        Conversation.objects.filter(pk=first.pk).update(deleted_at=now())  # as an erasure does

        told(messenger(message()))
        told(messenger(message("m_2", "Are you there?")))

        second = ClientThread.objects.exclude(pk=first.pk).get()
        assert list(second.conversation.messages.values_list("content", flat=True)) == ["Are you there?"]
        assert ClientIdentity.objects.get().thread == second

    def test_wants_an_answer(self, page, asked):
        told(messenger(message()))
        told(messenger(message()))

        assert asked == [("wanted", "Ship to Oslo?")]

    def test_wants_none_while_another_app_has_the_thread(self, page, asked):
        payload = messenger()
        payload["entry"][0]["standby"] = [message()]

        told(payload)

        assert (said(), asked) == ([("client", "Ship to Oslo?")], [])

    def test_is_kept_and_not_answered_where_the_account_was_disconnected(self, page, user, asked):
        disconnect_account(account_id=page.pk, by=user)

        told(messenger(message()))

        assert (said(), asked) == ([("client", "Ship to Oslo?")], [])
        assert thread().conversation.created_by == user

    def test_names_the_client_and_keeps_a_name_given_by_hand(self):
        contact = {"profile": {"name": "Ada  Lovelace"}, "wa_id": "15551230001"}
        told(whatsapp(messages=[wa_text("wamid.1")]), "/webhooks/whatsapp")
        assert thread().conversation.title == "WhatsApp client"

        told(whatsapp(contacts=[contact], messages=[wa_text("wamid.2")]), "/webhooks/whatsapp")
        found = thread()
        assert (found.client_name, found.conversation.title) == ("Ada Lovelace", "Ada Lovelace")
        assert Entity.objects.get(pk=found.lead_id).name == "Ada Lovelace"

        contact["profile"]["name"] = "Another"
        told(whatsapp(contacts=[contact], messages=[wa_text("wamid.3")]), "/webhooks/whatsapp")
        assert thread().client_name == "Ada Lovelace"

    def test_answers_the_message_it_names(self, page):
        told(messenger(message()))

        told(messenger(message("m_2", "That one", reply_to={"mid": "m_A1"}, at=AT + 1)))

        first, second = Message.objects.order_by("seq")
        assert (second.parent, second.metadata) == (first, {"reply_to": "m_A1"})

    def test_keeps_what_came_along(self, page):
        file = {"type": "image", "payload": {"url": "https://cdn.example/a.jpg"}}

        told(messenger(message(text="Look", attachments=[file])))

        assert Message.objects.get().metadata == {
            "attachments": [
                {
                    "kind": "image", "url": "https://cdn.example/a.jpg", "media_id": "", "name": "", "mime_type": "",
                    "is_link_only": False,
                }
            ]
        }  # fmt: skip

    def test_is_not_lost_to_a_neighbour_that_cannot_be_kept(self, page, monkeypatch, caplog):
        keep = verbs.keep_client_message

        def fail_on_the_second(account, thread, conversation, one):
            if one.external_id == "m_2":
                raise ValueError("a bug of ours")
            return keep(account, thread, conversation, one)

        monkeypatch.setattr(verbs, "keep_client_message", fail_on_the_second)

        told(messenger(message("m_1", "one"), message("m_2", "two", "7200"), message("m_3", "three", at=AT + 1)))

        assert said() == [("client", "one"), ("client", "three")]
        assert ClientThread.objects.count() == 1
        assert caplog.messages == ["An event of facebook could not be kept"]
        caplog.clear()


class TestTwoNamesOfOneClient:
    def test_join_two_conversations_that_began_apart(self):
        told(whatsapp(messages=[wa_text("wamid.1", "by number")]), "/webhooks/whatsapp")
        told(whatsapp(messages=[wa_text("wamid.2", "by name", from_user_id="US.77")]), "/webhooks/whatsapp")
        assert ClientThread.objects.count() == 2
        both = wa_text("wamid.3", "by both", **{"from": "15551230001", "from_user_id": "US.77"})

        told(whatsapp(messages=[both]), "/webhooks/whatsapp")
        told(whatsapp(messages=[wa_text("wamid.4", "by name again", from_user_id="US.77")]), "/webhooks/whatsapp")

        first = ClientThread.objects.order_by("conversation__created_at").first()
        words = list(first.conversation.messages.order_by("seq").values_list("content", flat=True))
        assert words == ["by number", "by both", "by name again"]


class TestAnUnknownAccount:
    def test_is_kept_for_the_default_owner_and_flagged(self, user, staff):
        told(messenger(message()))

        account = PlatformAccount.objects.get()
        assert (account.platform, account.external_id, account.owner) == ("facebook", PAGE, staff)
        assert (account.is_unclaimed, account.is_sandbox, account.status) == (True, True, "connected")
        found = thread()
        assert (found.is_flagged, found.conversation.created_by) == (True, staff)
        assert AuditEntry.objects.filter(action="channel found: facebook", resource=str(account.pk)).count() == 1
        assert staff.notifications.filter(key=f"channel_found:{account.pk}").count() == 1

    def test_is_no_sandbox_where_the_platforms_token_serves_it(self, settings):
        settings.META_PAGE_TOKEN = "EAA"

        told(messenger(message()))

        assert PlatformAccount.objects.get().is_sandbox is False

    def test_goes_to_nobody_where_nobody_is_there_and_is_still_kept(self):
        told(messenger(message()))

        found = thread()
        assert (PlatformAccount.objects.get().owner, found.conversation.created_by) == (None, None)
        assert (said(), Participant.objects.count()) == ([("client", "Ship to Oslo?")], 0)

    def test_is_the_first_active_super_admins(self, db):
        UserFactory(role="super_admin", is_staff=True, is_superuser=True, is_active=False)
        first = UserFactory(role="super_admin", is_staff=True, is_superuser=True)
        UserFactory(role="super_admin", is_staff=True, is_superuser=True)
        UserFactory(role="admin", is_staff=True)

        assert default_owner() == first


class TestAnEcho:
    def test_of_a_person_silences_the_assistant(self, page, asked):
        told(messenger(message()))
        told(messenger(echo()))

        found = thread()
        kept = Message.objects.get(role="user")
        assert (found.is_ai_paused, found.waiting_since, kept.sender) == (True, None, None)
        assert kept.metadata == {"is_echo": True}
        assert kept.delivery.status == "sent"
        assert asked == [("wanted", "Ship to Oslo?"), ("back", "person_wrote")]

    def test_that_is_older_than_the_clients_words_answers_them_not(self, page):
        told(messenger(message(at=AT + 100)))
        told(messenger(echo(at=AT + 50)))

        assert thread().waiting_since is not None

    def test_does_not_open_the_window_nor_a_closed_conversation(self, page, user):
        told(messenger(message()))
        update_client_conversation(conversation_id=thread().pk, status="closed", by=user)

        told(messenger(echo(at=AT + 1000)))

        found = thread()
        assert (found.reply_until, found.conversation.status) == (THEN + dt.timedelta(hours=24), "closed")

    def test_begins_the_conversation_where_our_side_wrote_first(self, page):
        told(messenger(echo()))
        told(messenger(message(at=AT + 100)))

        assert said() == [("user", "We do"), ("client", "Ship to Oslo?")]
        assert ClientThread.objects.count() == 1


def metadata():
    return Message.objects.get().metadata


class TestChangesOfAMessage:
    @pytest.fixture(autouse=True)
    def _message(self, page):
        told(messenger(message()))

    def changes(self):
        rows = Change.objects.filter(kind="MessageChanged").order_by("pk")
        return [(row.payload["what"], row.payload["content"]) for row in rows]

    def test_reaction_is_given_changed_and_taken_back(self):
        for emoji in ("❤", "👍", "👍"):
            told(messenger(about(reaction={"mid": "m_A1", "action": "react", "emoji": emoji})))
        assert metadata() == {"reactions": {"client": "👍"}}

        told(messenger(about(reaction={"mid": "m_A1", "action": "unreact"})))

        assert metadata() == {"reactions": {}}
        assert self.changes() == [("reacted", "Ship to Oslo?")] * 3
        assert Event.objects.filter(type="content_changed", metadata__what="message_reacted").count() == 3

    def test_only_the_newest_edit_counts(self):
        told(messenger(about(message_edit={"mid": "m_A1", "text": "Ship to Bergen?", "num_edit": 2})))
        told(messenger(about(message_edit={"mid": "m_A1", "text": "Ship to Os?", "num_edit": 1})))

        assert (said(), metadata()) == ([("client", "Ship to Bergen?")], {"edits": 2})
        assert self.changes() == [("edited", "Ship to Bergen?")]

    def test_nothing_of_these_is_a_message_or_makes_the_client_wait(self):
        ClientThread.objects.update(waiting_since=None)

        told(messenger(about(reaction={"mid": "m_A1", "action": "react", "emoji": "❤"})))
        told(messenger(about(message_edit={"mid": "m_A1", "text": "x", "num_edit": 1})))

        assert (Message.objects.count(), thread().waiting_since) == (1, None)


class TestATakenBackMessage:
    def test_leaves_no_words_and_no_files(self, user):
        account_of(user, "instagram", "178001")
        file = {"type": "image", "payload": {"url": "https://cdn.example/secret.jpg"}}
        told(instagram(message("aW1", "my secret", page="178001", attachments=[file])), "/webhooks/instagram")
        edit = about(page="178001", message_edit={"mid": "aW1", "text": "my other secret", "num_edit": 1})
        told(instagram(edit), "/webhooks/instagram")

        for _ in range(2):
            told(instagram(message("aW1", None, page="178001", is_deleted=True)), "/webhooks/instagram")
        told(instagram(edit), "/webhooks/instagram")

        kept = Message.objects.get()
        assert (kept.content, kept.metadata, Delivery.objects.get().external_id) == ("", {"deleted": True}, "aW1")
        left = json.dumps([*Change.objects.values_list("payload", flat=True)], default=str)
        graph = json.dumps([*Entity.objects.values_list("name", "properties")], default=str)
        assert "secret" not in left + graph
        whats = Change.objects.filter(kind="MessageChanged").order_by("pk").values_list("payload__what", flat=True)
        assert list(whats) == ["edited", "deleted"]

    def test_is_gone_at_once_where_the_deletion_came_first(self, user):
        account_of(user, "instagram", "178001")
        gone = instagram(message("aW1", None, page="178001", is_deleted=True))
        file = {"type": "image", "payload": {"url": "https://cdn.example/secret.jpg"}}
        told(gone, "/webhooks/instagram")
        assert not Message.objects.exists()

        told(instagram(message("aW1", "my secret", page="178001", attachments=[file])), "/webhooks/instagram")

        kept = Message.objects.get()
        assert (kept.content, kept.metadata, WaitingReceipt.objects.count()) == ("", {"deleted": True}, 0)
        assert "secret" not in json.dumps([*Change.objects.values_list("payload", flat=True)], default=str)

    def test_is_gone_after_the_sweep_where_the_two_passed_each_other(self, page):
        told(messenger(message("m_1", "my secret")))
        WaitingReceipt.objects.create(account=page, external_id="m_1", status="deleted")

        sweep_receipts()

        assert (Message.objects.get().content, WaitingReceipt.objects.count()) == ("", 0)


class TestTheGraph:
    def test_links_the_client_with_the_conversation(self, page):
        told(messenger(message()))

        found = thread()
        link = Connection.objects.get(from_entity=found.lead_id)
        assert (link.to_entity_id, link.relationship_type, link.is_private) == (found.pk, "participated_in", True)
        assert Conversation.objects.visible_to(page.owner).filter(pk=found.pk).exists()
