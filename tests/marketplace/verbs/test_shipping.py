import pytest

from accounts.models import Mail
from accounts.verbs.mails import write
from config.errors import Conflict, Invalid, NotFound
from conversations.models import Notification
from marketplace.models import License, Order, OrderLine, Product
from marketplace.verbs.orders import place_order
from marketplace.verbs.products import update_product
from marketplace.verbs.shipping import give_address, mark_sent
from marketplace.verbs.stock import give_stock_back, return_stock
from ontology.models import Event
from tests.factories.accounts import UserFactory
from tests.factories.marketplace import ProductFactory, given_back, pay

pytestmark = pytest.mark.django_db
HOME = {"name": "Ada", "line1": "Rue 1", "city": "Paris", "country": "FR"}


def bought(buyer, *products, quantity=1):
    items = [{"product_id": str(product.pk), "quantity": quantity} for product in products]
    return pay(place_order(items=items, by=buyer))


def physical(**fields):
    return ProductFactory(kind="physical", **fields)


def sent_lines(order):
    return set(order.lines.exclude(fulfilled_at=None).values_list("product__title", flat=True))


class TestDeliverDigital:
    def test_happens_at_payment(self, user):
        order = bought(user, ProductFactory(title="Song"))
        line = order.lines.get()
        assert (order.status, order.fulfilled_at, line.fulfilled_at) == ("paid", order.paid_at, order.paid_at)

    def test_leaves_physical_lines_to_their_seller(self, user):
        order = bought(user, ProductFactory(title="Song"), physical(title="Print"))
        assert (order.status, order.fulfilled_at, sent_lines(order)) == ("paid", None, {"Song"})

    def test_of_something_free(self, user):
        order = place_order(items=[{"product_id": str(ProductFactory(price_cents=0).pk), "quantity": 1}], by=user)
        assert (order.status, order.lines.get().fulfilled_at is not None) == ("paid", True)


class TestWhatWasOrdered:
    """A line keeps the kind it was ordered as, whatever its product becomes."""

    def changed(self, product, kind):
        update_product(product_id=product.pk, kind=kind, by=product.seller)

    def test_is_delivered_though_the_product_is_sent_by_now(self, user):
        product = ProductFactory(title="Song")
        order = place_order(items=[{"product_id": str(product.pk), "quantity": 2}], by=user)
        self.changed(product, "physical")
        pay(order)
        assert (order.fulfilled_at, License.objects.active().filter(owner=user).count()) == (order.paid_at, 2)
        with pytest.raises(Conflict):
            mark_sent(order_id=order.pk, by=product.seller)

    def test_is_sent_though_the_product_is_a_file_by_now(self, user, stranger):
        product = physical(by=stranger, title="Print")
        order = bought(user, product)
        self.changed(product, "digital")
        mark_sent(order_id=order.pk, by=stranger)
        order.refresh_from_db()
        assert (order.status, sent_lines(order), License.objects.count()) == ("fulfilled", {"Print"}, 0)

    def test_goes_back_to_the_stock_though_the_product_is_a_file_by_now(self, user):
        product = physical(stock=5)
        order = bought(user, product, quantity=2)
        self.changed(product, "digital")
        given_back(order)
        assert Product.objects.values_list("stock", flat=True).get(pk=product.pk) == 5


class TestAskForParcels:
    def test_writes_to_each_seller_of_something_physical_once(self, user, stranger):
        other = UserFactory()
        order = bought(user, physical(by=stranger, title="Print"), ProductFactory(by=other), quantity=2)
        mail = Mail.objects.get(template="store/order_to_send")
        assert (mail.to, mail.context["titles"]) == (stranger.email, ["2 x Print"])
        assert mail.context["path"] == f"/studio/orders/{order.pk}/"
        sold = Notification.objects.filter(title="You sold something")
        assert dict(sold.values_list("user", "text")) == {
            stranger.pk: "53.98 EUR of it is yours.",
            other.pk: "53.98 EUR of it is yours.",
        }

    @pytest.mark.parametrize("template", ["order_to_send", "order_sent"])
    def test_is_a_mail_that_can_be_written(self, user, stranger, template):
        order = bought(user, physical(by=stranger, title="<b>Print</b>"))
        mark_sent(order_id=order.pk, tracking="RX 12", by=stranger)
        message = write(Mail.objects.get(template=f"store/{template}"))
        html = message.alternatives[0][0]
        assert (order.number in message.body or order.number in message.subject, "<b>Print" in html) == (True, False)
        assert "<b>Print</b>" in message.body


class TestGiveAddress:
    @pytest.fixture
    def order(self, user, stranger):
        return bought(user, physical(by=stranger, title="Print"))

    def told(self, user):
        about = Notification.objects.filter(user=user, key__startswith="address:").order_by("created_at")
        return list(about.values_list("title", "url"))

    def test_is_asked_of_the_buyer_and_told_to_the_seller(self, order, user, stranger):
        place = f"/orders/{order.pk}/shipping/"
        assert self.told(user) == [(f"Say where your order {order.number} goes", place)]
        assert Mail.objects.get(template="store/order_to_send").context["lacks_address"] is True

        given = give_address(order_id=str(order.pk), shipping=HOME | {"line2": " "}, by=user)

        order.refresh_from_db()
        assert (given.shipping, order.shipping) == (HOME, HOME)
        sale = f"/studio/orders/{order.pk}/"
        assert self.told(stranger) == [(f"The address of order {order.number} was given", sale)]

    def test_may_be_put_right_until_it_is_sent(self, order, user, stranger):
        give_address(order_id=order.pk, shipping=HOME, by=user)
        give_address(order_id=order.pk, shipping=HOME, by=user)
        give_address(order_id=order.pk, shipping=HOME | {"line1": "Rue 2"}, by=user)
        assert len(self.told(stranger)) == 2
        mark_sent(order_id=order.pk, by=stranger)
        with pytest.raises(Conflict) as refused:
            give_address(order_id=order.pk, shipping=HOME, by=user)
        assert refused.value.code == "nothing_to_send"

    def test_is_the_buyers_alone_and_whole(self, order, user, stranger, staff):
        for who in (stranger, staff):
            with pytest.raises(NotFound):
                give_address(order_id=order.pk, shipping=HOME, by=who)
        for wrong in (None, {}, {"city": "Paris"}, HOME | {"country": "XX"}):
            with pytest.raises(Invalid) as refused:
                give_address(order_id=order.pk, shipping=wrong, by=user)
            assert list(refused.value.details) == ["shipping"]

    def test_is_for_what_is_sent(self, user):
        with pytest.raises(Conflict):
            give_address(order_id=bought(user, ProductFactory()).pk, shipping=HOME, by=user)

    def test_is_known_from_the_parcel_before(self, order, user):
        give_address(order_id=order.pk, shipping=HOME, by=user)
        assert bought(user, physical()).shipping == HOME
        assert bought(user, ProductFactory()).shipping == {}
        assert len(self.told(user)) == 1


class TestMarkSent:
    def test_fulfils_the_order_and_tells_the_buyer_once(self, user, stranger):
        product = physical(by=stranger, title="Print")
        order = bought(user, product, quantity=2)

        lines = mark_sent(order_id=str(order.pk), tracking=" RX 12 ", by=stranger)

        order.refresh_from_db()
        assert (order.status, order.fulfilled_at is not None, len(lines)) == ("fulfilled", True, 1)
        assert OrderLine.objects.values_list("tracking", flat=True).get() == "RX 12"
        told = Notification.objects.get(user=user, url=order.get_absolute_url(), title__contains="sent")
        assert (told.title, told.text) == (f"A Stranger has sent your order {order.number}", "Tracking: RX 12")
        mail = Mail.objects.get(template="store/order_sent")
        assert (mail.to, mail.context["titles"], mail.context["tracking"]) == (user.email, ["2 x Print"], "RX 12")
        event = Event.objects.get(actor=stranger.pk, target=product.pk, metadata__what="sent")
        assert (event.is_private, event.metadata["quantity"]) == (True, 2)

        with pytest.raises(Conflict) as refused:
            mark_sent(order_id=order.pk, by=stranger)
        assert (refused.value.code, Mail.objects.filter(template="store/order_sent").count()) == ("nothing_to_send", 1)

    def test_sends_ones_own_lines_alone(self, user, stranger):
        other = UserFactory()
        order = bought(user, physical(by=stranger, title="Print"), physical(by=other, title="Book"))
        mark_sent(order_id=order.pk, by=stranger)
        order.refresh_from_db()
        assert (order.status, order.fulfilled_at, sent_lines(order)) == ("paid", None, {"Print"})
        mark_sent(order_id=order.pk, by=other)
        order.refresh_from_db()
        assert (order.status, sent_lines(order)) == ("fulfilled", {"Print", "Book"})

    def test_is_the_sellers_alone(self, user, stranger, staff):
        order = bought(user, physical(by=stranger))
        for who in (user, staff, UserFactory()):
            with pytest.raises(NotFound):
                mark_sent(order_id=order.pk, by=who)
        for unknown in ("nothing", "0190f0a0-0000-7000-8000-000000000000"):
            with pytest.raises(NotFound):
                mark_sent(order_id=unknown, by=stranger)

    def test_needs_something_paid_and_physical(self, user, stranger):
        unpaid = place_order(items=[{"product_id": str(physical(by=stranger).pk), "quantity": 1}], by=user)
        with pytest.raises(NotFound):
            mark_sent(order_id=unpaid.pk, by=stranger)
        digital = bought(user, ProductFactory(by=stranger))
        with pytest.raises(Conflict):
            mark_sent(order_id=digital.pk, by=stranger)

    def test_sends_nothing_that_was_given_back(self, user, stranger):
        order = bought(user, physical(by=stranger, title="Print"), physical(by=stranger, title="Book"))
        OrderLine.objects.filter(title="Book").update(refunded_cents=2999)
        Order.objects.update(status="partially_refunded", refunded_cents=2999)
        mark_sent(order_id=order.pk, by=stranger)
        order.refresh_from_db()
        assert (order.status, order.fulfilled_at is not None, sent_lines(order)) == (
            "partially_refunded",
            True,
            {"Print"},
        )
        Order.objects.update(status="refunded")
        OrderLine.objects.update(fulfilled_at=None)
        with pytest.raises(Conflict):
            mark_sent(order_id=order.pk, by=stranger)

    @pytest.mark.parametrize("tracking", ["x" * 201, "a\nb", "a\0b", None, 7])
    def test_refuses_what_is_no_tracking(self, user, stranger, tracking):
        order = bought(user, physical(by=stranger))
        with pytest.raises(Invalid):
            mark_sent(order_id=order.pk, tracking=tracking, by=stranger)


class TestReturnStock:
    def stock(self, product):
        return Product.objects.values_list("stock", flat=True).get(pk=product.pk)

    def test_puts_back_what_was_not_sent_once(self, user):
        product = physical(stock=5)
        order = bought(user, product, quantity=2)
        ids = list(order.lines.values_list("pk", flat=True))
        assert (return_stock(line_ids=ids), return_stock(line_ids=ids), self.stock(product)) == (2, 0, 5)
        assert give_stock_back(order_id=order.pk)
        assert self.stock(product) == 5

    def test_leaves_what_was_delivered(self, user, stranger):
        digital, print_ = ProductFactory(stock=5), physical(by=stranger, stock=5)
        order = bought(user, digital, print_)
        mark_sent(order_id=order.pk, by=stranger)
        assert return_stock(line_ids=order.lines.values_list("pk", flat=True)) == 0
        assert (self.stock(digital), self.stock(print_)) == (4, 4)
