"""The picture of an entity: everything within it, nothing over another, and what does not fit is counted."""

from itertools import pairwise

import pytest

from ontology.pages.pictures import LETTERS_WIDE, LOW, MOST_NARROW, MOST_WIDE, chosen, narrow, pictures, sides, wide

LONG = "A name that is longer than the picture allows"


def rows(count, *, outward=True, relation="part_of", start=0, name=LONG):
    group = (relation, outward)
    return [
        {"id": start + n, "name": name, "words": "is part of", "group": group, "outward": outward, "type": "course"}
        for n in range(count)
    ]


class TestPictures:
    @pytest.mark.parametrize(("draw", "most"), [(wide, MOST_WIDE), (narrow, MOST_NARROW)])
    @pytest.mark.parametrize("count", [1, 2, 3, 8, 20, 60])
    def test_keeps_within_the_picture(self, draw, most, count):
        picture = draw("Harbour", rows(count), count)
        fits = count <= most
        assert len(picture.places) == (count if fits else most - 1)
        assert (picture.more or {}).get("more", 0) == (0 if fits else count - most + 1)
        spots = [*picture.places, *([picture.more] if picture.more else [])]
        assert all(20 < spot["x"] < picture.width - 20 and 20 < spot["y"] < picture.height - 20 for spot in spots)

    @pytest.mark.parametrize("draw", [wide, narrow])
    def test_no_two_names_touch(self, draw):
        picture = draw("Harbour", rows(20), 20)
        for anchor in ("start", "end"):
            heights = sorted(spot["y"] for spot in picture.places if spot["anchor"] == anchor)
            assert all(below - above >= 40 for above, below in pairwise(heights))

    def test_is_low_for_few(self):
        assert [wide("Harbour", rows(count), count).height for count in (1, 4, 10)] == [LOW, LOW, 298]

    def test_draws_nothing_of_nothing(self):
        assert pictures("Harbour", [], 0) == []

    def test_shortens_long_names(self):
        [spot] = wide("Harbour", rows(1), 1).places
        assert (spot["short"], len(spot["short"]) <= LETTERS_WIDE) == ("A name that is long…", True)

    def test_counts_what_the_reader_never_got(self):
        picture = wide("Harbour", rows(60), 5000)
        assert (len(picture.places), picture.more["more"]) == (19, 4981)

    def test_arrows_tell_which_way(self):
        out, into = (wide("Harbour", rows(1, outward=outward), 1).places[0] for outward in (True, False))
        assert (out["x"] > 380, into["x"] < 380) == (True, True)
        assert out["arrow"].startswith(f"M{out['x'] - 19:.1f} ")
        assert into["arrow"].endswith("l-8 -4.500v9z")


class TestChosen:
    def test_leaves_room_for_every_relation(self):
        many, few = rows(30), rows(2, outward=False, relation="owns", start=100)
        picked = [(row["group"][0], row["id"]) for row in chosen([*many, *few], 6)]
        assert picked == [*(("part_of", n) for n in range(4)), ("owns", 100), ("owns", 101)]


class TestSides:
    def test_left_comes_in_and_right_goes_out(self):
        left, right = sides([*rows(2), *rows(3, outward=False, start=10)])
        assert ([row["id"] for row in left], [row["id"] for row in right]) == ([10, 11, 12], [0, 1])

    def test_evens_what_goes_one_way_only(self):
        left, right = sides(rows(7))
        assert (len(left), len(right)) == (3, 4)
