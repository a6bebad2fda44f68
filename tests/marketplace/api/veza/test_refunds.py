import pytest

from marketplace.models import Refund
from tests.clients import Caller
from tests.factories.marketplace import OrderFactory, paid_order

pytestmark = pytest.mark.django_db
INITIATED = {"success": True, "data": {"message": "Refund initiated"}}


@pytest.fixture
def order(user):
    return paid_order(by=user)


def ask(caller, order, **headers):
    body = headers.pop("body", {"reason": "Not as described"})
    return caller.post(f"/api/v1/marketplace/orders/{getattr(order, 'pk', order)}/refund", body, headers=headers)


class TestCreate:
    def test_gives_a_buyer_all_back(self, caller, order):
        answer = ask(caller, order)
        assert (answer.status_code, answer.json()) == (200, INITIATED)
        assert Refund.objects.values_list("amount_cents", "reason", "status").get() == (
            2999, "Not as described", "pending",
        )  # fmt: skip
        assert (ask(caller, order).status_code, ask(caller, order).json()["code"]) == (409, "nothing_to_refund")

    def test_takes_a_seller_and_a_part(self, order):
        line = order.lines.get()
        body = {"reason": "Broken", "details": "", "amount_cents": 100, "line_ids": [str(line.pk)]}
        assert ask(Caller.signed_in_as(line.seller), order, body=body).json() == INITIATED
        assert Refund.objects.values_list("amount_cents", "requested_by").get() == (100, line.seller_id)

    def test_happens_once_a_key(self, caller, order):
        body = {"reason": "Broken"}
        first, second = (ask(caller, order, body=body, **{"Idempotency-Key": "k"}) for _ in range(2))
        assert (first.json(), second.json()) == (INITIATED, INITIATED)
        assert ("Idempotent-Replayed" in first.headers, second.headers["Idempotent-Replayed"]) == (False, "true")
        other = ask(caller, order, **{"Idempotency-Key": "k"})
        assert (other.status_code, other.json()["code"], Refund.objects.count()) == (422, "idempotency_key_reused", 1)

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("reason", ""), ("reason", 5), ("reason", "x" * 201), ("reason", None), ("details", "x" * 2001),
            ("amount_cents", 0), ("amount_cents", -1), ("amount_cents", 1.5), ("amount_cents", "2"), ("amount_cents", True),
            ("amount_cents", 10**12), ("line_ids", []), ("line_ids", "x"), ("line_ids", ["0190b7a2-6f2c-7cc3-98c4-dc0c0c07398f"]),
        ],
    )  # fmt: skip
    def test_refuses_bad_input_by_its_field(self, caller, order, field, value):
        answer = ask(caller, order, body={"reason": "Broken", field: value})
        assert (answer.status_code, list(answer.json()["details"]), Refund.objects.count()) == (400, [field], 0)

    def test_refuses_a_buyers_part_in_words(self, caller, order):
        answer = ask(caller, order, body={"reason": "Broken", "amount_cents": 100})
        assert (answer.status_code, answer.json()["details"], Refund.objects.count()) == (
            400, {"amount_cents": ["Sellers and staff give a part back. Leave the amount out, or name whole lines."]}, 0,
        )  # fmt: skip

    def test_refuses_more_than_is_left_and_what_is_not_paid(self, caller, order, user):
        more = ask(caller, order, body={"reason": "Broken", "amount_cents": 3000})
        assert (more.status_code, more.json()["details"]) == (409, {"refundable_cents": 2999})
        unpaid = ask(caller, OrderFactory(by=user))
        assert (unpaid.status_code, unpaid.json()["code"]) == (409, "not_refundable")

    def test_hides_the_order_from_others(self, anonymous, stranger, order):
        by_stranger = Caller.signed_in_as(stranger)
        assert (ask(anonymous, order).status_code, ask(by_stranger, order).status_code) == (401, 404)
        assert (ask(by_stranger, "nothing").status_code, Refund.objects.count()) == (404, 0)
