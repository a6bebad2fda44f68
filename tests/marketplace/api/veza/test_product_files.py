"""What buyers get, as its seller adds and removes it through the API."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from config.dialects.fields import iso_z
from marketplace.models import ProductFile
from tests.clients import Caller
from tests.factories.marketplace import ProductFactory, paid_order

pytestmark = pytest.mark.django_db


@pytest.fixture
def path(user):
    return f"/api/v1/marketplace/products/{ProductFactory(by=user).pk}/files"


def send(caller, path, content=b"a,b\n1,2\n", name="table.csv", **fields):
    return caller.client.post(path, {"file": SimpleUploadedFile(name, content), **fields})


class TestCreate:
    def test_keeps_a_file(self, caller, path):
        answer = send(caller, path)
        file = ProductFile.objects.get()
        spelt = {
            "id": str(file.pk), "product_id": str(file.product_id), "name": "table.csv", "content_type": "text/csv",
            "size_bytes": 8, "sha256": file.sha256, "created_at": iso_z(file.created_at),
        }  # fmt: skip
        assert (answer.status_code, answer.json()) == (201, {"success": True, "data": spelt})
        assert caller.get(path).json()["data"] == {"files": [spelt]}

    def test_may_be_given_another_name(self, caller, path):
        assert send(caller, path).status_code == 201
        answer = caller.client.post(path, {"file": SimpleUploadedFile("a", b"x"), "name": "../b.txt"})
        assert answer.json()["data"]["name"] == "b.txt"

    @pytest.mark.parametrize("body", [{}, {"file": "words"}, {"file": SimpleUploadedFile("a", b"")}])
    def test_needs_a_file_that_is_not_empty(self, caller, path, body, stored):
        assert (caller.client.post(path, body).status_code, stored()) == (400, [])

    def test_is_for_the_seller(self, path, stranger, anonymous, stored):
        others = Caller.signed_in_as(stranger)
        assert (send(others, path).status_code, others.get(path).status_code) == (404, 404)
        assert (send(anonymous, path).status_code, stored()) == (401, [])


class TestRemove:
    def test_takes_it_away_unless_people_need_it(self, caller, path):
        file = send(caller, path).json()["data"]["id"]
        paid_order(product=ProductFile.objects.get().product)
        answer = caller.delete(f"{path}/{file}")
        assert (answer.status_code, answer.json()["code"]) == (409, "in_use")
        send(caller, path, name="b")
        assert caller.delete(f"{path}/{file}").json()["data"] == {"message": "File removed"}
        assert caller.delete(f"{path}/{file}").status_code == 404
