import pytest

from tests.clients import Caller
from tests.factories.marketplace import ProductFactory, paid_order

pytestmark = pytest.mark.django_db


class TestReviews:
    def test_are_written_by_buyers_and_read_by_all(self, caller, user, anonymous):
        product = ProductFactory()
        path = f"/api/v1/marketplace/products/{product.pk}/reviews"
        assert caller.post(path, {"rating": 5}).status_code == 403
        order = paid_order(by=user, product=product)

        made = caller.post(path, {"rating": 5, "comment": "Great!"})

        review = made.json()["data"]
        assert made.status_code == 201
        assert review == {
            "id": review["id"],
            "product_id": str(product.pk),
            "buyer_id": str(user.pk),
            "order_id": str(order.pk),
            "rating": 5,
            "comment": "Great!",
            "answer": None,
            "answered_at": None,
            "created_at": review["created_at"],
        }
        assert anonymous.get(path, limit=10).json()["data"] == {"reviews": [review], "total": 1}
        assert caller.post(path, {"rating": 1}).status_code == 409

    @pytest.mark.parametrize("rating", [0, 6, "5", 4.5, None, True])
    def test_refuse_a_wrong_rating(self, caller, rating):
        answer = caller.post(f"/api/v1/marketplace/products/{ProductFactory().pk}/reviews", {"rating": rating})
        assert (answer.status_code, list(answer.json()["details"])) == (400, ["rating"])

    def test_need_a_product_and_a_buyer(self, caller, anonymous):
        draft = ProductFactory(status="draft")
        for unknown in ("nothing", draft.pk):
            assert anonymous.get(f"/api/v1/marketplace/products/{unknown}/reviews").status_code == 404
            assert caller.post(f"/api/v1/marketplace/products/{unknown}/reviews", {"rating": 5}).status_code == 404
        assert (
            anonymous.post(f"/api/v1/marketplace/products/{ProductFactory().pk}/reviews", {"rating": 5}).status_code
            == 401
        )

    def test_are_changed_and_taken_back(self, caller, user, anonymous):
        product = ProductFactory()
        path = f"/api/v1/marketplace/products/{product.pk}/reviews"
        assert (caller.put(f"{path}/me", {"rating": 1}).status_code, caller.delete(f"{path}/me").status_code) == (
            404,
            404,
        )
        paid_order(by=user, product=product)
        caller.post(path, {"rating": 5, "comment": "Great!"})
        changed = caller.put(f"{path}/me", {"rating": 2, "comment": "Less so"}).json()["data"]
        assert (changed["rating"], changed["comment"]) == (2, "Less so")
        assert caller.put(f"{path}/me", {"rating": 6}).status_code == 400
        assert anonymous.put(f"{path}/me", {"rating": 1}).status_code == 401
        assert caller.delete(f"{path}/me").json() == {"success": True, "data": {"message": "Review removed"}}
        assert anonymous.get(path).json()["data"] == {"reviews": [], "total": 0}


class TestAnswers:
    def test_are_put_and_taken_back_by_the_seller(self, caller, user, stranger, anonymous):
        product = ProductFactory(by=stranger)
        paid_order(by=user, product=product)
        path = f"/api/v1/marketplace/products/{product.pk}/reviews"
        review = caller.post(path, {"rating": 2}).json()["data"]
        place, seller = f"{path}/{review['id']}/answer", Caller.signed_in_as(stranger)
        assert anonymous.put(place, {"answer": "No"}).status_code == 401
        assert caller.put(place, {"answer": "No"}).status_code == 403
        assert seller.put(f"{path}/nothing/answer", {"answer": "No"}).status_code == 404
        assert list(seller.put(place, {"answer": ""}).json()["details"]) == ["answer"]

        put = seller.put(place, {"answer": "It is tape."})

        shown = put.json()["data"]
        assert (put.status_code, shown) == (
            200,
            review | {"answer": "It is tape.", "answered_at": shown["answered_at"]},
        )
        assert anonymous.get(path).json()["data"] == {"reviews": [shown], "total": 1}
        removed = seller.delete(place)
        assert (removed.status_code, removed.json()["data"]) == (200, {"message": "Answer removed"})
        assert anonymous.get(path).json()["data"]["reviews"] == [review]
        assert seller.delete(place).status_code == 404
