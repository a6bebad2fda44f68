"""payments-design.md §3, "Idempotency-Key on our POSTs"."""

from datetime import timedelta

import pytest
import time_machine
from django.utils.timezone import now

from config.errors import Conflict
from marketplace.models import IdempotencyRecord, Order, Refund
from marketplace.verbs import orders, refunds
from marketplace.verbs.idempotency import claim_key, clean_key, finish_key, forget_old_keys, release_key
from tests.factories.marketplace import OrderFactory, ProductFactory, clerk, paid_order

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


class TestAKeyThatWasTakenOver:
    """Who stands still for longer than the lock lasts goes on afterwards, and finds that it is another's."""

    @pytest.fixture
    def overtaken(self, monkeypatch):
        """The first that claims its key in `module` stands still, and `once` is asked again a minute later."""

        def prepare(module, once):
            asked = []

            def claimed(**given):
                record = claim_key(**given)
                asked.append(1)
                if len(asked) == 1:
                    with time_machine.travel(now() + timedelta(seconds=61)):
                        once()
                return record

            monkeypatch.setattr(module, "claim_key", claimed)

        return prepare

    def test_makes_one_order(self, user, overtaken):
        product = ProductFactory(stock=5)

        def once():
            wish = {"items": [{"product_id": str(product.pk), "quantity": 1}], "by": user}
            return orders.place_order_once(key="k", route="r", answer=lambda order: {"id": str(order.pk)}, **wish)

        overtaken(orders, once)
        with pytest.raises(Conflict) as refused:
            once()
        product.refresh_from_db()
        assert (refused.value.code, Order.objects.count(), product.stock) == ("idempotency_in_progress", 1, 4)
        assert once().answer == {"id": str(Order.objects.get().pk)}

    def test_gives_money_back_once(self, user, overtaken):
        order = paid_order(by=user)

        def once():
            asking = {"order_id": str(order.pk), "reason": "Late", "amount_cents": 1000, "by": clerk()}
            return refunds.refund_order_once(key="k", route="r", answer=lambda _: {"message": "Done"}, **asking)

        overtaken(refunds, once)
        with pytest.raises(Conflict) as refused:
            once()
        assert (refused.value.code, Refund.objects.count()) == ("idempotency_in_progress", 1)

    def test_is_not_freed_by_who_lost_it(self, user):
        lost = claim(user)
        with time_machine.travel(now() + timedelta(seconds=61)):
            claim(user)
            release_key(record=lost)
            with pytest.raises(Conflict):
                claim(user)


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
