"""payments-design.md §3, "Idempotency-Key on our POSTs"."""

from datetime import timedelta

import pytest
import time_machine
from django.utils.timezone import now

from config.errors import Conflict
from marketplace.models import IdempotencyRecord, Order
from marketplace.verbs.idempotency import claim_key, clean_key, finish_key, forget_old_keys, release_key
from tests.factories.marketplace import OrderFactory

pytestmark = pytest.mark.django_db


def claim(user, request="the request"):
    return claim_key(by=user, route="r", key="k", request=request)


class TestClaimKey:
    def test_lets_one_work_on_it(self, user):
        claim(user)
        with pytest.raises(Conflict) as refused:
            claim(user)
        assert (refused.value.code, refused.value.retry_after) == ("idempotency_in_progress", 1)

    def test_gives_the_answer_to_all_who_come_later(self, user):
        finish_key(record=claim(user), answer={"id": "1"})
        assert claim(user).answer == {"id": "1"}
        with pytest.raises(Conflict) as refused:
            claim(user, request="another request")
        assert refused.value.code == "idempotency_key_reused"

    def test_is_taken_over_from_a_request_that_died_with_its_order(self, user):
        order = OrderFactory(by=user)
        claim(user)
        IdempotencyRecord.objects.update(order=order)
        with time_machine.travel(now() + timedelta(seconds=61)):
            assert claim(user).order == order

    def test_is_free_at_once_where_nothing_came_of_it(self, user):
        release_key(record=claim(user))
        assert IdempotencyRecord.objects.count() == 0
        record = claim(user)
        IdempotencyRecord.objects.update(order=OrderFactory(by=user))
        release_key(record=record)
        assert claim(user).order == Order.objects.get()


class TestForgetOldKeys:
    def test_keeps_them_a_day(self, user):
        claim(user)
        with time_machine.travel(now() + timedelta(hours=23)):
            assert forget_old_keys() == 0
        with time_machine.travel(now() + timedelta(hours=25)):
            assert forget_old_keys() == 1


class TestCleanKey:
    @pytest.mark.parametrize(("sent", "key"), [(None, None), ("k", "k"), (' "k 1" ', "k 1"), ("x" * 255, "x" * 255)])
    def test_reads_what_was_sent(self, sent, key):
        assert clean_key(sent) == key
