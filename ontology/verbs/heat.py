"""How hot a post is: what `GET /social/trending` is ordered by.

    heat(post) = log2( sum over everything that happened to it of  weight * 2 ** (moment / HALF_LIFE) )

What happened is its publication (weight 1), each like that stands (1) and each comment that stands (2); moments are
seconds since 1970, so that `moment / HALF_LIFE` counts days. Seen from any later time, each weighs half as much for every
day that it is older; asking later divides all sums by the same number, so that the order changes only when somebody acts.
That is why heat is stored and indexed, and moved by what happens: `2 ** heat` gains or loses one summand, computed as
logarithms, since the sums themselves do not fit into a float.

Taking back is a difference of nearly equal numbers where what is taken back was nearly all there was. Then the
difference would be noise, and the sum is made anew from the rows.
"""

import datetime as dt
import math
from collections.abc import Iterable, Iterator

from ontology.models import Comment, Entity, EntityType, Like, Post

HALF_LIFE = dt.timedelta(days=1)
PUBLISHED, LIKED, COMMENTED = 1.0, 1.0, 2.0
LEAST_LEFT = 2.0**-10  # of the sum; below that the difference has lost three of its fifteen digits


def exponent(weight: float, moment: dt.datetime) -> float:
    """log2 of the summand."""
    return math.log2(weight) + moment.timestamp() / HALF_LIFE.total_seconds()


def with_one_more(heat: float, summand: float) -> float:
    high, low = max(heat, summand), min(heat, summand)
    return high + math.log1p(2.0 ** (low - high)) / math.log(2)


def with_one_less(heat: float, summand: float) -> float | None:
    """None where so little is left that it cannot be told from the difference."""
    left = -math.expm1((summand - heat) * math.log(2)) if summand < heat else 0.0
    return heat + math.log2(left) if left >= LEAST_LEFT else None


def of_all(summands: Iterable[float]) -> float:
    """log2 of the sum of 2 ** each, whatever their size."""
    exponents = list(summands)
    high = max(exponents)
    return high + math.log2(math.fsum(2.0 ** (each - high) for each in exponents))


def first_heat(published_at: dt.datetime) -> float:
    return exponent(PUBLISHED, published_at)


def warm(thing: Entity, weight: float, moment: dt.datetime) -> None:
    """Count one more in, where the thing is a post. It is locked (verbs/attention.py)."""
    for post in _posts(thing):
        _set(post, with_one_more(post.heat, exponent(weight, moment)))


def cool(thing: Entity, weight: float, moment: dt.datetime) -> None:
    """Take one out again that was counted in with this weight and moment; its row is gone already."""
    for post in _posts(thing):
        heat = with_one_less(post.heat, exponent(weight, moment))
        _set(post, of_all(summands_of(post)) if heat is None else heat)


def summands_of(post: Post) -> Iterator[float]:
    yield exponent(PUBLISHED, post.created_at)
    for moment in Like.objects.filter(entity=post.pk).values_list("created_at", flat=True).iterator():
        yield exponent(LIKED, moment)
    for moment in Comment.objects.live().filter(entity=post.pk).values_list("created_at", flat=True).iterator():
        yield exponent(COMMENTED, moment)


def _posts(thing: Entity) -> Iterable[Post]:
    if thing.type != EntityType.SOCIAL_POST:
        return ()
    return Post.objects.filter(pk=thing.pk).only("pk", "heat", "created_at")


def _set(post: Post, heat: float) -> None:
    Post.objects.filter(pk=post.pk).update(heat=heat)
