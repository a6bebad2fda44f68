"""Several workers at one delivery, and at one conversation: each message goes out once, in its turn."""

import pytest

from conversations.models import Delivery, Message
from conversations.verbs.deliveries import attempt_delivery, deliveries_due
from conversations.verbs.messages import send_message
from tests.factories.accounts import UserFactory
from tests.factories.clients import account_of, by_hand, thread_with
from tests.fakes.meta import TOKEN, FakeMeta
from tests.marketplace.verbs.test_at_once import at_once

pytestmark = pytest.mark.django_db(transaction=True)
PAGE = "101"


@pytest.fixture
def meta(settings):
    with FakeMeta().has(PAGE).standing() as house:
        settings.META_GRAPH_BASE = house.base
        yield house


@pytest.fixture
def owner(db):
    return UserFactory()


@pytest.fixture
def thread(owner):
    return thread_with(owner, account=account_of(owner, external_id=PAGE, access_token=TOKEN))


def texts(meta):
    return [text for _, _, text, _ in meta.sent]


class TestWorkersAtOnce:
    def test_send_one_message_once(self, owner, thread, meta):
        for turn in range(5):
            message = send_message(conversation_id=thread.pk, content=str(turn), by=owner)

            done = at_once(*[lambda key=message.pk: attempt_delivery(message_id=key)] * 6)

            assert [getattr(one, "status", one) for one in done if one is not None] == ["sent"]
        assert texts(meta) == ["0", "1", "2", "3", "4"]

    def test_send_a_conversation_in_its_order(self, owner, thread, meta):
        keys = [send_message(conversation_id=thread.pk, content=str(n), by=owner).pk for n in range(6)]

        while deliveries_due():
            at_once(*[lambda key=key: attempt_delivery(message_id=key) for key in keys])

        assert texts(meta) == ["0", "1", "2", "3", "4", "5"]
        assert set(Delivery.objects.exclude(status="received").values_list("status", flat=True)) == {"sent"}


class TestSendersAtOnce:
    def test_under_one_key_say_one_thing(self, owner):
        thread = by_hand(owner)

        done = at_once(*[lambda: send_message(conversation_id=thread.pk, content="Once", client_id="k", by=owner)] * 8)

        assert {one.pk for one in done} == {Message.objects.get().pk}
        assert sorted(one.is_resend for one in done) == [False] + [True] * 7
