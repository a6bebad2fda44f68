"""Webhooks that come at the same moment, by real threads, on SQLite and on PostgreSQL alike."""

import json
import threading

import pytest
from django.db import connection

from conversations.models import ClientIdentity, ClientThread, Conversation, Delivery, Message, PlatformAccount
from conversations.verbs.client_messages import say_to_client
from conversations.verbs.platform_accounts import connect_account, give_account
from conversations.verbs.receipts import raise_status
from ontology.models import Change
from tests.factories.accounts import UserFactory
from tests.factories.platforms import AT, about, account_of, echo, message, messenger, tell, wa_text, whatsapp

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(*calls):
    """Run all of them in threads that start together; what each returned or raised, in order."""
    gate, results = threading.Barrier(len(calls)), [None] * len(calls)

    def run(index, call):
        try:
            gate.wait(timeout=30)
            results[index] = call()
        except Exception as error:  # noqa: BLE001 -- the outcome is what is tested
            results[index] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(calls)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    return results


def statuses(results):
    return [getattr(result, "status_code", result) for result in results]


def order_heard():
    """The seqs of messages in the order in which listeners hear of them."""
    columns = "xid, id" if connection.vendor == "postgresql" else "id"
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT payload FROM ontology_change WHERE kind = 'MessageSent' ORDER BY {columns}")  # noqa: S608 -- one of two constants
        rows = [row[0] for row in cursor.fetchall()]
    return [(json.loads(row) if isinstance(row, str) else row)["seq"] for row in rows]


class TestTheSameBodyEightTimes:
    @pytest.mark.parametrize("is_known", [True, False])
    def test_is_one_message(self, is_known):
        owner = UserFactory(role="super_admin", is_staff=True, is_superuser=True)
        if is_known:
            account_of(owner)

        results = at_once(*(lambda: tell(messenger(message())),) * 8)

        assert statuses(results) == [200] * 8
        assert (Message.objects.count(), Delivery.objects.count()) == (1, 1)
        assert (PlatformAccount.objects.count(), ClientThread.objects.count()) == (1, 1)
        assert Change.objects.filter(kind="MessageSent").count() == 1


class TestFirstMessagesAtOnce:
    @pytest.mark.parametrize("is_known", [True, False])
    def test_are_one_conversation(self, is_known):
        owner = UserFactory(role="super_admin", is_staff=True, is_superuser=True)
        if is_known:
            account_of(owner)
        hooks = [messenger(message(f"m_{n}", f"photo {n}", at=AT + n)) for n in range(6)]

        results = at_once(*(lambda hook=hook: tell(hook) for hook in hooks))

        assert statuses(results) == [200] * 6
        assert Conversation.objects.filter(kind="client").count() == 1
        assert ClientIdentity.objects.count() == 1
        shown = Message.objects.order_by("sent_at", "id").values_list("content", flat=True)
        assert list(shown) == [f"photo {n}" for n in range(6)]
        assert order_heard() == [1, 2, 3, 4, 5, 6]

    def test_of_one_client_under_two_names_are_one_conversation(self):
        UserFactory(role="super_admin", is_staff=True, is_superuser=True)
        both = {"from": "15551230001", "from_user_id": "US.77"}
        hooks = [whatsapp(messages=[wa_text(f"wamid.{n}", **both)]) for n in range(6)]

        results = at_once(*(lambda hook=hook: tell(hook, "/webhooks/whatsapp") for hook in hooks))

        assert statuses(results) == [200] * 6
        assert (ClientThread.objects.count(), ClientIdentity.objects.count(), Message.objects.count()) == (1, 2, 6)

    def test_of_several_clients_are_theirs(self):
        account_of(UserFactory())
        hooks = [
            messenger(*(message(f"m_{n}_{who}", client=f"7{who}", at=AT + n) for who in order))
            for n, order in enumerate(((1, 2, 3), (3, 2, 1), (2, 3, 1), (1, 3, 2)))
        ]

        results = at_once(*(lambda hook=hook: tell(hook) for hook in hooks))

        assert statuses(results) == [200] * 4
        counts = [thread.conversation.messages.count() for thread in ClientThread.objects.all()]
        assert counts == [4, 4, 4]


class TestWhatMeets:
    def test_an_echo_and_the_end_of_our_own_call_are_one_message(self):
        account_of(UserFactory())
        tell(messenger(message()))
        conversation = Conversation.objects.get(kind="client")
        sent = say_to_client(conversation, conversation.client_thread, role="user", content="We do")
        Delivery.objects.filter(pk=sent.pk).update(attempts=1, lease_until=sent.created_at)
        delivery = Delivery.objects.select_related("message").get(pk=sent.pk)

        def end_of_the_call():
            Delivery.objects.filter(pk=sent.pk, external_id=None).update(external_id="m_B1")
            return raise_status(delivery, "sent")

        results = at_once(lambda: tell(messenger(echo(app_id=1))), end_of_the_call, lambda: tell(messenger(echo())))

        assert not [result for result in results if isinstance(result, Exception)]
        delivery.refresh_from_db()
        assert (Message.objects.count(), delivery.status, delivery.external_id) == (2, "sent", "m_B1")

    def test_receipts_in_any_order_leave_the_highest(self):
        account_of(UserFactory())
        tell(messenger(message()))
        tell(messenger(echo()))
        read = messenger(about(read={"watermark": (AT + 500) * 1000}))
        delivered = messenger(about(delivery={"mids": ["m_B1"], "watermark": (AT + 500) * 1000}))

        results = at_once(*(lambda hook=hook: tell(hook) for hook in (delivered, read, delivered, read)))

        assert statuses(results) == [200] * 4
        assert Delivery.objects.get(external_id="m_B1").status == "read"

    def test_receipts_that_name_the_same_in_another_order_are_all_kept(self):
        account_of(UserFactory())
        tell(messenger(message()))
        keys = [f"m_B{n}" for n in range(6)]
        for n, key in enumerate(keys):
            tell(messenger(echo(key, f"Answer {n}", at=AT + n)))
        upto = {"watermark": (AT + 500) * 1000}
        hooks = [
            messenger(about(delivery={"mids": keys, **upto})),
            messenger(about(delivery={"mids": keys[::-1], **upto})),
            messenger(about(delivery={"mids": [keys[-1]], **upto})),
            messenger(about(read=upto)),
        ]

        results = at_once(*(lambda hook=hook: tell(hook) for hook in hooks * 2))

        assert statuses(results) == [200] * 8
        assert set(Delivery.objects.filter(external_id__in=keys).values_list("status", flat=True)) == {"read"}

    def test_a_new_owner_and_clients_who_write_all_go_on(self):
        staff = UserFactory(role="super_admin", is_staff=True, is_superuser=True)
        owner, heir = UserFactory(), UserFactory()
        account = account_of(owner)
        for n in range(4):
            tell(messenger(message(f"m_first_{n}", client=f"7{n}")))
        order = ((0, 1, 2, 3, 4), (4, 3, 2, 1, 0), (2, 3, 4, 0, 1))
        hooks = [messenger(*(message(f"m_{n}_{who}", client=f"7{who}") for who in row)) for n, row in enumerate(order)]

        results = at_once(
            lambda: give_account(account_id=account.pk, user_id=heir.pk, by=staff),
            *(lambda hook=hook: tell(hook) for hook in hooks),
        )

        assert not [result for result in results if isinstance(result, Exception)], results
        assert set(ClientThread.objects.values_list("conversation__created_by", flat=True)) == {heir.pk}
        assert Message.objects.count() == 4 + 15

    def test_a_claim_and_a_new_client_leave_nothing_with_the_default_owner(self):
        UserFactory(role="super_admin", is_staff=True, is_superuser=True)
        tell(messenger(message()))
        claimer = UserFactory()
        hooks = [messenger(message(f"m_{n}", client=f"7{n}")) for n in range(3)]

        results = at_once(
            lambda: connect_account(platform="facebook", external_id="101", by=claimer),
            *(lambda hook=hook: tell(hook) for hook in hooks),
        )

        assert not [result for result in results if isinstance(result, Exception)]
        assert set(ClientThread.objects.values_list("conversation__created_by", "is_flagged")) == {(claimer.pk, False)}
