import pytest

from config.errors import Conflict, Forbidden, Invalid, NotFound, Throttled
from conversations.models import Notification
from marketplace.models import License, Refund, RefundLine
from marketplace.models.refunds import refund_provider_id_of
from marketplace.verbs import licenses
from marketplace.verbs.licenses import (
    allow_more_downloads,
    give_license,
    grant_licenses,
    revoke_license,
    revoke_licenses,
)
from marketplace.verbs.products import remove_product
from ontology.models import Connection, Event
from tests.factories.accounts import UserFactory
from tests.factories.marketplace import OrderFactory, ProductFactory, paid_order
from tests.mails import delivered

pytestmark = pytest.mark.django_db


def refunded(order, **cents):
    """A refund that succeeded, of so many cents of each line by its title."""
    payment, lines = order.payments.get(), {line.title: line for line in order.lines.all()}
    refund = Refund(order=order, payment=payment, amount_cents=sum(cents.values()), currency=order.currency, reason="x")
    refund.provider_id, refund.status = refund_provider_id_of(refund.pk), Refund.Status.SUCCEEDED
    refund.save()
    for title, amount in cents.items():
        RefundLine.objects.create(refund=refund, line=lines[title], amount_cents=amount, share_cents=0)
    return refund


class TestGrantLicenses:
    def test_gives_one_a_seat_of_what_is_digital(self, user):
        song, mug = ProductFactory(title="Song"), ProductFactory(title="Mug", kind="physical")
        paid_order(by=user, product=song, quantity=3)
        paid_order(by=user, product=mug)
        rows = License.objects.order_by("seat").values_list("owner", "product", "seat", "status", "source")
        assert list(rows) == [(user.pk, song.pk, seat, "active", "purchase") for seat in (1, 2, 3)]
        keys = set(License.objects.values_list("key", flat=True))
        assert (len(keys), {len(key) for key in keys}) == (3, {35})

    def test_is_safe_to_repeat(self, user):
        order = paid_order(by=user, quantity=2)
        before = list(License.objects.order_by("pk").values())
        grant_licenses(order=order, lines=list(order.lines.all()))
        assert list(License.objects.order_by("pk").values()) == before

    def test_waits_for_the_payment(self, user):
        OrderFactory(by=user)
        assert not License.objects.exists()

    def test_comes_with_what_is_free(self, user):
        order = paid_order(by=user, product=ProductFactory(price_cents=0))
        assert (order.is_paid, License.objects.filter(owner=user).count()) == (True, 1)


class TestRevokeLicenses:
    def test_takes_all_seats_of_a_line_refunded_in_full(self, user):
        order = paid_order(by=user, product=ProductFactory(title="Song", price_cents=1000), quantity=2)
        revoke_licenses(refund=refunded(order, Song=2000))
        rows = License.objects.values_list("status", "note")
        assert list(rows) == [("revoked", "The money was given back.")] * 2

    def test_leaves_a_line_refunded_in_part_until_the_rest_follows(self, user):
        order = paid_order(by=user, product=ProductFactory(title="Song", price_cents=1000))
        revoke_licenses(refund=refunded(order, Song=999))
        assert License.objects.get().status == "active"
        revoke_licenses(refund=refunded(order, Song=1))
        assert License.objects.get().status == "revoked"

    def test_does_not_count_a_refund_that_failed(self, user):
        order = paid_order(by=user, product=ProductFactory(title="Song", price_cents=1000))
        Refund.objects.filter(pk=refunded(order, Song=999).pk).update(status="failed")
        revoke_licenses(refund=refunded(order, Song=1))
        assert License.objects.get().status == "active"

    def test_leaves_other_orders_alone(self, user):
        song = ProductFactory(title="Song", price_cents=1000)
        orders = [paid_order(by=user, product=song) for _ in range(2)]
        revoke_licenses(refund=refunded(orders[0], Song=1000))
        status = dict(License.objects.values_list("order_line__order", "status"))
        assert status == {orders[0].pk: "revoked", orders[1].pk: "active"}


class TestGiveLicense:
    def test_a_gift_is_told_mailed_and_remembered(self, user, stranger):
        song = ProductFactory(by=user, title="Song", status="draft")
        given = give_license(product_id=song.pk, to=" Stranger@Example.com ", note="For the help", by=user)
        assert (given.owner, given.source, given.given_by, given.note, given.seat) == (
            stranger,
            "gift",
            user,
            "For the help",
            1,
        )
        told = Notification.objects.get(user=stranger)
        assert (told.title, told.text, told.url) == ("Ada Lovelace gave you Song", "For the help", "/library/")
        (mail,) = [each for each in delivered() if each.to == ["stranger@example.com"]]
        assert (mail.subject, "For the help" in mail.body, "/library/" in mail.body) == (
            "Ada Lovelace gave you Song",
            True,
            True,
        )
        owned = Connection.objects.get(from_entity=stranger.pk, to_entity=song.pk)
        assert (owned.relationship_type, owned.is_private) == ("owns", True)
        event = Event.objects.get(metadata__what="license_gifted")
        assert (event.actor_id, event.target_id, event.is_private) == (user.pk, song.pk, True)

    def test_a_grant_is_told_without_a_mail(self, user, stranger):
        give_license(product_id=ProductFactory(by=user).pk, to=stranger.email, source="grant", by=user)
        assert Notification.objects.filter(user=stranger).count() == 1
        assert [each for each in delivered() if each.to == [stranger.email]] == []

    def test_finds_an_account_by_its_username(self, user, staff):
        given = give_license(product_id=ProductFactory().pk, to="ADA", source="grant", by=staff)
        assert given.owner == user

    @pytest.mark.parametrize(
        ("wrong", "field"),
        [
            ({"to": "nobody@example.com"}, "to"),
            ({"to": ""}, "to"),
            ({"to": "a\0b"}, "to"),
            ({"source": "purchase"}, "source"),
            ({"note": "x" * 201}, "note"),
        ],
    )
    def test_refuses_what_is_wrong(self, user, stranger, wrong, field):
        words = {"product_id": ProductFactory(by=user).pk, "to": stranger.email, "by": user} | wrong
        with pytest.raises(Invalid) as refused:
            give_license(**words)
        assert (list(refused.value.details), License.objects.count()) == ([field], 0)

    def test_is_for_the_seller_and_for_digital_things(self, user, stranger):
        with pytest.raises(NotFound):
            give_license(product_id=ProductFactory(by=user).pk, to=user.email, by=stranger)
        with pytest.raises(Conflict):
            give_license(product_id=ProductFactory(by=user, kind="physical").pk, to=stranger.email, by=user)

    def test_has_a_limit_a_day(self, user, stranger, monkeypatch):
        monkeypatch.setattr(licenses, "MOST_GIVEN_A_DAY", 1)
        words = {"product_id": ProductFactory(by=user).pk, "to": stranger.email, "by": user}
        give_license(**words)
        with pytest.raises(Throttled):
            give_license(**words)


class TestRevokeLicense:
    def test_ends_what_was_given(self, user, stranger):
        given = give_license(product_id=ProductFactory(by=user, title="Song").pk, to=stranger.email, by=user)
        revoke_license(license_id=given.pk, note="By mistake", by=user)
        given.refresh_from_db()
        assert (given.status, given.note, given.revoked_at is None) == ("revoked", "By mistake", False)
        told = Notification.objects.filter(user=stranger).latest("created_at")
        assert (told.title, told.text) == ("Your licence for Song was revoked", "By mistake")
        assert not Connection.objects.filter(
            from_entity=stranger.pk, relationship_type="owns", deleted_at=None
        ).exists()
        with pytest.raises(Conflict):
            revoke_license(license_id=given.pk, by=user)

    def test_leaves_what_was_bought_to_refunds_and_staff(self, user, staff):
        bought = paid_order(product=ProductFactory(by=user)).lines.get().licenses.get()
        with pytest.raises(Forbidden) as refused:
            revoke_license(license_id=bought.pk, by=user)
        assert refused.value.code == "bought"
        assert revoke_license(license_id=bought.pk, by=staff).status == "revoked"

    def test_keeps_the_sellers_own_product_theirs(self, user):
        song = ProductFactory(by=user)
        given = give_license(product_id=song.pk, to=user.email, by=user)
        revoke_license(license_id=given.pk, by=user)
        assert Connection.objects.filter(from_entity=user.pk, to_entity=song.pk, deleted_at=None).exists()

    def test_is_not_for_its_owner_or_strangers(self, user, stranger):
        given = give_license(product_id=ProductFactory(by=user).pk, to=stranger.email, by=user)
        for other in (stranger, UserFactory()):
            for act in (revoke_license, allow_more_downloads):
                with pytest.raises(NotFound):
                    act(license_id=given.pk, by=other)


def test_a_product_that_was_given_is_archived_and_not_lost(user, stranger):
    song = ProductFactory(by=user)
    give_license(product_id=song.pk, to=stranger.email, by=user)
    assert remove_product(product_id=song.pk, by=user).status == "archived"
