import pytest

from config.errors import Invalid
from marketplace.models import Invoice, SellerAccount
from marketplace.verbs.vat_ids import set_vat_id
from tests.factories.marketplace import ProductFactory, connect, paid_order
from tests.marketplace.pages.test_orders import browser_of

pytestmark = pytest.mark.django_db


class TestSetVatId:
    def test_is_named_on_later_invoices(self, user):
        product = ProductFactory(by=user, currency="USD")
        for vat_id in ("", " de 123.456-789 "):
            set_vat_id(vat_id=vat_id, by=user)
            paid_order(product=product)
        told = [each.snapshot["lines"][0]["seller"]["vat_id"] for each in Invoice.objects.order_by("number")]
        assert told == ["", "DE123456789"]
        account = connect(user)
        assert (account.vat_id, account.default_currency, SellerAccount.objects.count()) == ("DE123456789", "USD", 1)

    @pytest.mark.parametrize("wrong", ["123456789", "DE", "D\0E123", "DE" + "1" * 30, 7, None])
    def test_refuses_what_is_none(self, user, wrong):
        with pytest.raises(Invalid) as refused:
            set_vat_id(vat_id=wrong, by=user)
        assert (list(refused.value.details), SellerAccount.objects.count()) == (["vat_id"], 0)


def test_the_page_keeps_what_was_typed(user):
    browser = browser_of(user)
    answer = browser.post("/studio/vat-id/", {"vat_id": "12345"})
    assert (answer.status_code, "12345" in answer.content.decode()) == (400, True)
    assert (
        "Invoices name it" in browser.post("/studio/vat-id/", {"vat_id": "FR12345678901"}, follow=True).content.decode()
    )
    assert "FR12345678901" in browser.get("/studio/vat-id/").content.decode()
