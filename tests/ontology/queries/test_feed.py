"""Reading on while others write: nothing twice, nothing missed, in every list of posts and of comments."""

import datetime as dt

import pytest
from django.contrib.auth.models import AnonymousUser
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from config.ids import new_id
from ontology.models import Comment, Post
from ontology.queries.comments import comments_on
from ontology.queries.feed import explore, feed, heat_of, moment_of, posts_of, read_cursor, trending, write_cursor
from ontology.verbs.follows import follow
from tests.factories.social import post_of

pytestmark = pytest.mark.django_db

START = dt.datetime(2026, 3, 1, tzinfo=dt.UTC)
# Few moments and few heats, so that many rows share one; microseconds, as the database keeps them.
MOMENTS = st.integers(0, 6).map(lambda n: START + dt.timedelta(microseconds=n))
HEATS = st.sampled_from([20_000.0, 20_000.1, 20_000.1000000001, 1 / 3 + 20_000])
ROWS = st.lists(st.tuples(MOMENTS, HEATS), max_size=7)
BATCHES = st.lists(ROWS, min_size=4, max_size=4)
NOBODY = AnonymousUser()


def write(author, rows):
    posts = [Post(author=author, content="x", created_at=moment, heat=heat) for moment, heat in rows]
    return {post.pk for post in Post.objects.bulk_create(posts)}


def read_on(ask, between):
    """Every page in turn; `between` is called after each, as others write."""
    cursor, pages = None, []
    while True:
        page = ask(cursor)
        pages.append(page.items)
        cursor = page.next_cursor
        if cursor is None:
            return pages
        between()


@pytest.mark.parametrize("which", ["feed", "own feed", "explore", "trending", "of one"])
class TestReadingOn:
    @settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(batches=BATCHES, limit=st.integers(1, 4))
    def test_nothing_twice_and_nothing_missed(self, user, stranger, which, batches, limit):
        Post.objects.all().delete()
        follow(user_id=stranger.pk, by=user)
        asked = {
            "feed": lambda cursor: feed(user=NOBODY, cursor=cursor, limit=limit),
            "own feed": lambda cursor: feed(user=user, cursor=cursor, limit=limit),
            "explore": lambda cursor: explore(user=NOBODY, cursor=cursor, limit=limit),
            "trending": lambda cursor: trending(user=NOBODY, cursor=cursor, limit=limit),
            "of one": lambda cursor: posts_of(stranger.pk, user=NOBODY, cursor=cursor, limit=limit),
        }
        there = write(stranger, batches[0])
        later = iter(batches[1:])

        pages = read_on(asked[which], lambda: write(stranger, next(later, ())))

        read = [row["id"] for page in pages for row in page]
        assert len(read) == len(set(read))
        assert there <= set(read)
        by = "heat" if which == "trending" else "created_at"
        keys = [(row[by], row["id"]) for page in pages for row in page]
        assert keys == sorted(keys, reverse=True)


class TestComments:
    @settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(batches=st.lists(st.lists(MOMENTS, max_size=7), min_size=4, max_size=4), limit=st.integers(1, 4))
    def test_nothing_twice_and_nothing_missed(self, user, batches, limit):
        post = post_of(user)

        def write(moments):
            rows = [Comment(entity_id=post.pk, author=user, content="x", created_at=moment) for moment in moments]
            return {row.pk for row in Comment.objects.bulk_create(rows)}

        there = write(batches[0])
        later = iter(batches[1:])
        pages = read_on(lambda cursor: comments_on(post.pk, cursor=cursor, limit=limit), lambda: write(next(later, ())))
        read = [row["id"] for page in pages for row in page]
        assert len(read) == len(set(read))
        assert there <= set(read)


class TestCursor:
    @given(st.integers(0, 250_000_000_000_000_000))
    def test_keeps_the_moment(self, microseconds):
        moment = dt.datetime(1970, 1, 1, tzinfo=dt.UTC) + dt.timedelta(microseconds=microseconds)
        key = new_id()
        assert read_cursor(write_cursor(moment, key), moment_of) == (moment, key)

    @given(st.floats(-1e8, 1e8))
    def test_keeps_every_digit_of_a_heat(self, heat):
        key = new_id()
        assert read_cursor(write_cursor(heat, key), heat_of) == (heat, key)
