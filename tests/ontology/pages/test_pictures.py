"""The picture of an entity: everything within it, nothing over another, and what does not fit is counted."""

from itertools import pairwise

import pytest
from PIL import ImageFont

from ontology.pages.pictures import LOW, MOST_NARROW, MOST_WIDE, NAME, TITLE, chosen, narrow, pictures, sides, wide

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
        assert spot["short"] == "A name that is long…"
        [spot] = wide("Harbour", rows(1, name="Of twenty characters"), 1).places
        assert spot["short"] == "Of twenty characters"

    @pytest.mark.parametrize("draw", [wide, narrow])
    @pytest.mark.parametrize("name", [LONG, "W" * 40, "WwMm@ " * 9, "港の灯" * 20, "i" * 200, "Ä" * 60])
    def test_no_name_is_cut_off(self, draw, name):
        """By a font that comes with the tests; where it knows no letter, its box stands in."""
        picture = draw(name, [*rows(10, name=name), *rows(10, outward=False, name=name, start=100)], 20)
        letters, title = ImageFont.load_default(NAME), ImageFont.load_default(TITLE)
        for spot in picture.places:
            way = spot["label_x"] if spot["anchor"] == "end" else picture.width - spot["label_x"]
            assert 0 < letters.getlength(spot["short"]) <= way
        assert title.getlength(picture.middle["name"]) <= picture.middle["width"]
        assert picture.middle["x"] + picture.middle["width"] <= picture.width

    def test_the_middle_leaves_room_for_lines(self):
        picture = wide("W" * 40, [*rows(10), *rows(10, outward=False, start=100)], 20)
        ends = [spot["x"] for spot in picture.places if spot["x"] < picture.width / 2]
        assert picture.middle["x"] - max(ends) > 30

    def test_counts_what_the_reader_never_got(self):
        picture = wide("Harbour", rows(60), 5000)
        assert (len(picture.places), picture.more["more"]) == (19, 4981)

    def test_arrows_tell_which_way(self):
        out, into = (wide("Harbour", rows(1, outward=outward), 1).places[0] for outward in (True, False))
        assert (out["x"] > 400, into["x"] < 400) == (True, True)
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
