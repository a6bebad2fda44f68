"""Heat against a sum made from every row with exact numbers."""

import datetime as dt
from decimal import Decimal, getcontext

import pytest
import time_machine
from django.utils.timezone import now
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ontology.models import Comment, Like, Post
from ontology.queries.feed import trending
from ontology.verbs import heat
from ontology.verbs.comments import add_comment, remove_comment
from ontology.verbs.heat import exponent, of_all, with_one_less, with_one_more
from ontology.verbs.likes import like, take_back_all_likes, unlike
from tests.factories.accounts import UserFactory
from tests.factories.social import post_of

getcontext().prec = 60
START = dt.datetime(2026, 3, 1, tzinfo=dt.UTC)
A_DAY = Decimal(86_400_000_000)
EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


def days(moment):
    return Decimal((moment - EPOCH) // dt.timedelta(microseconds=1)) / A_DAY


def exact(post):
    """log2 of the sum of weight * 2 ** days, over the rows as they are, in sixty digits."""
    happened = [(1, post.created_at)]
    happened += [(1, row.created_at) for row in Like.objects.filter(entity=post.pk)]
    happened += [(2, row.created_at) for row in Comment.objects.live().filter(entity=post.pk)]
    total = sum(weight * Decimal(2) ** days(moment) for weight, moment in happened)
    return float(total.ln() / Decimal(2).ln())


STEPS = st.lists(
    st.tuples(st.sampled_from(["like", "unlike", "comment", "remove"]), st.integers(0, 3), st.floats(0, 40)),
    max_size=14,
)


@pytest.mark.django_db
class TestHeat:
    @settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(steps=STEPS)
    def test_is_the_sum_whatever_happened_before(self, people, steps):
        moment = START
        with time_machine.travel(moment, tick=False):
            post = post_of(people[0])
        for act, who, later in steps:
            moment += dt.timedelta(days=later)
            with time_machine.travel(moment, tick=False):
                self.do(act, post, people[who])
            post.refresh_from_db()
            assert post.heat == pytest.approx(exact(post), abs=1e-7)

    def do(self, act, post, by):
        if act == "like":
            like(entity_id=post.pk, by=by)
        elif act == "unlike":
            unlike(entity_id=post.pk, by=by)
        elif act == "comment":
            add_comment(entity_id=post.pk, content="x", by=by)
        elif comment := Comment.objects.live().filter(entity=post.pk, author=by).first():
            remove_comment(comment_id=comment.pk, by=by)

    @pytest.fixture
    def people(self, db):
        return [UserFactory() for _ in range(4)]

    @pytest.mark.parametrize("years", [0, 1, 10, 40])
    def test_comes_back_to_where_it_was(self, user, stranger, years):
        """Ten years later a like outweighs the post itself by more than any float can hold, and goes again."""
        with time_machine.travel(START, tick=False):
            post = post_of(user)
        with time_machine.travel(START + dt.timedelta(days=365 * years), tick=False):
            like(entity_id=post.pk, by=stranger)
            unlike(entity_id=post.pk, by=stranger)
        before = post.heat
        post.refresh_from_db()
        assert post.heat == pytest.approx(before, abs=1e-9)

    def test_does_not_drift(self, user, stranger):
        post = post_of(user)
        add_comment(entity_id=post.pk, content="x", by=user)
        for _ in range(150):
            like(entity_id=post.pk, by=stranger)
            unlike(entity_id=post.pk, by=stranger)
        post.refresh_from_db()
        assert post.heat == pytest.approx(exact(post), abs=1e-8)

    def test_loses_whoever_leaves(self, user, stranger):
        post = post_of(user)
        like(entity_id=post.pk, by=stranger)
        take_back_all_likes(user_id=stranger.pk)
        post.refresh_from_db()
        assert post.heat == pytest.approx(exact(post), abs=1e-9)


@pytest.mark.django_db
class TestOrder:
    def test_halves_each_day(self, user, stranger):
        """A post with one like weighs two on its day and one a day later: there it meets a new post without any."""
        with time_machine.travel(START, tick=False):
            older = post_of(user)
            like(entity_id=older.pk, by=stranger)
        with time_machine.travel(START + heat.HALF_LIFE, tick=False):
            newer = post_of(user)
        older.refresh_from_db()
        assert older.heat == pytest.approx(newer.heat, abs=1e-9)

    def test_does_not_depend_on_when_it_is_asked(self, user, stranger):
        with time_machine.travel(START, tick=False):
            posts = [post_of(user) for _ in range(3)]
            add_comment(entity_id=posts[0].pk, content="x", by=stranger)
            like(entity_id=posts[1].pk, by=stranger)
        with time_machine.travel(START + dt.timedelta(hours=30), tick=False):
            posts.append(post_of(user))
        # 1 against 3, 2 and 1, which have halved one and a quarter times since.
        expected = [posts[0].pk, posts[3].pk, posts[1].pk, posts[2].pk]
        for later in (30, 31, 24 * 400):
            with time_machine.travel(START + dt.timedelta(hours=later), tick=False):
                assert [row["id"] for row in trending(user=user, cursor=None, limit=9).items] == expected


class TestNumbers:
    @given(st.lists(st.floats(-50, 50), min_size=1, max_size=8))
    def test_one_by_one_is_all_at_once(self, summands):
        summed = summands[0]
        for summand in summands[1:]:
            summed = with_one_more(summed, summand)
        assert summed == pytest.approx(of_all(summands), abs=1e-9)

    @given(st.floats(-50, 50), st.floats(-50, 50))
    def test_less_undoes_more_or_says_that_it_cannot(self, kept, taken):
        left = with_one_less(with_one_more(kept, taken), taken)
        assert left is None or left == pytest.approx(kept, abs=1e-8)
        assert left is not None or taken > kept + 9

    @pytest.mark.parametrize("apart", [0, 1e-9, 60, 1500, 1e6])
    def test_nothing_is_too_far_apart(self, apart):
        assert with_one_more(20_000.0, 20_000.0 + apart) == with_one_more(20_000.0 + apart, 20_000.0)
        assert with_one_less(20_000.0, 20_000.0 + apart) is None
        assert of_all([20_000.0, 20_000.0 + apart]) >= 20_000.0 + apart

    def test_weights_are_doublings(self):
        moment = now()
        assert exponent(2, moment) == exponent(1, moment + heat.HALF_LIFE)


def test_a_post_begins_with_its_own_heat(user):
    post = post_of(user)
    assert Post.objects.get(pk=post.pk).heat == exponent(1, post.created_at)
