import pytest
from django.utils.timezone import now

from accounts.models import Departure
from accounts.verbs.departures import erase
from config.errors import Forbidden, Invalid, NotFound
from conversations.models import Notification
from marketplace.models import Review
from marketplace.verbs.review_answers import answer_review, remove_answer
from marketplace.verbs.reviews import review_product
from ontology.models import Event
from tests.factories.accounts import UserFactory
from tests.factories.marketplace import ProductFactory, given_back, paid_order

pytestmark = pytest.mark.django_db


@pytest.fixture
def order(user, stranger):
    return paid_order(by=user, product=ProductFactory(by=stranger, title="Dawn"))


@pytest.fixture
def review(order, user):
    return review_product(product_id=order.lines.get().product_id, rating=2, comment="It hisses", by=user)


def answered(review, words="It is tape.", **who):
    return answer_review(product_id=str(review.product_id), review_id=str(review.pk), answer=words, **who)


def told(user):
    return list(Notification.objects.filter(user=user, url__endswith="#reviews").values_list("title", "text", "url"))


class TestAnswerReview:
    def test_is_kept_and_told_to_who_wrote_the_review(self, review, user, stranger):
        answered(review, " It is tape. ", by=stranger)
        review.refresh_from_db()
        assert (review.answer, review.answered_at is not None) == ("It is tape.", True)
        place = f"/market/{review.product_id}/#reviews"
        assert told(user) == [("A Stranger answered your review", "Dawn", place)]
        event = Event.objects.get(metadata__what="review_answered")
        assert (event.actor_id, event.target_id, event.is_private) == (stranger.pk, review.product_id, False)

    def test_takes_other_words_and_tells_once(self, review, user, stranger):
        answered(review, by=stranger)
        answered(review, "It is warm tape.", by=stranger)
        review.refresh_from_db()
        assert (review.answer, len(told(user))) == ("It is warm tape.", 1)
        assert Event.objects.filter(metadata__what="answer_changed").count() == 1

    def test_is_the_sellers_alone(self, review, user, staff):
        for who in (user, staff, UserFactory()):
            with pytest.raises(Forbidden):
                answered(review, by=who)
            with pytest.raises(Forbidden):
                remove_answer(product_id=review.product_id, review_id=review.pk, by=who)

    def test_needs_a_review_of_that_product(self, review, stranger):
        other = ProductFactory(by=stranger)
        for product_id, review_id in (
            (other.pk, review.pk),
            (review.product_id, other.pk),
            (review.product_id, "x"),
            ("x", "x"),
        ):
            with pytest.raises(NotFound):
                answer_review(product_id=product_id, review_id=review_id, answer="No", by=stranger)

    def test_is_not_for_one_that_was_withdrawn(self, order, review, stranger):
        given_back(order)
        with pytest.raises(NotFound):
            answered(review, by=stranger)

    @pytest.mark.parametrize("words", ["", "  ", "x" * 2001, "a\0b", None, 7])
    def test_refuses_what_is_no_answer(self, review, stranger, words):
        with pytest.raises(Invalid) as refused:
            answered(review, words, by=stranger)
        assert list(refused.value.details) == ["answer"]

    def test_goes_when_the_review_is_written_anew(self, order, review, user, stranger):
        answered(review, by=stranger)
        given_back(order)
        paid_order(by=user, product=review.product)
        anew = review_product(product_id=review.product_id, rating=4, by=user)
        assert (anew.pk, anew.answer, anew.answered_at) == (review.pk, "", None)


class TestRemoveAnswer:
    def test_takes_it_and_its_notice_back(self, review, user, stranger):
        answered(review, by=stranger)
        remove_answer(product_id=review.product_id, review_id=review.pk, by=stranger)
        assert (Review.objects.values_list("answer", "answered_at").get(), told(user)) == (("", None), [])
        with pytest.raises(NotFound):
            remove_answer(product_id=review.product_id, review_id=review.pk, by=stranger)


def left(user):
    assert erase(departure_id=Departure.objects.create(user=user, due_at=now()).pk)


class TestLeaving:
    @pytest.fixture(autouse=True)
    def _own_disk(self, settings, tmp_path):
        settings.DATA_DIR, settings.MEDIA_ROOT = tmp_path, tmp_path / "media"

    def test_takes_what_one_answered_along(self, review, stranger):
        answered(review, by=stranger)
        left(stranger)
        assert Review.objects.values_list("comment", "answer", "answered_at").get() == ("It hisses", "", None)

    def test_of_who_wrote_the_review_empties_both(self, review, user, stranger):
        answered(review, by=stranger)
        left(user)
        assert Review.objects.values_list("rating", "comment", "answer").get() == (2, "", "")
