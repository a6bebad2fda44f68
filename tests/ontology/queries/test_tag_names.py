"""What somebody means who typed this much; and the counts behind it."""

import pytest

from ontology.models import Status, TagName, TagSpelling
from ontology.queries.tag_names import MOST_LOOKED_AT, plain_of, slips, suggest
from ontology.verbs.memory import forget
from ontology.verbs.tag_names import count_tag_use, recount_tags
from ontology.verbs.tags import create_tag
from tests.factories.ontology import EntityFactory

pytestmark = pytest.mark.django_db

NAMES = ["hip-hop", "hipster", "electronic", "ambient", "drum & bass", "jazz", "r&b", "日本", "café", "lo-fi"]


class TestSuggest:
    @pytest.fixture(autouse=True)
    def _tags(self):
        count_tag_use(NAMES)

    @pytest.mark.parametrize(
        ("typed", "first"),
        [
            ("hiphop", "hip-hop"), ("HIP HOP", "hip-hop"), ("hip.h", "hip-hop"), ("hihpop", "hip-hop"), ("hipop", "hip-hop"),
            ("hhip-hop", "hip-hop"), ("hop", None), ("electronci", "electronic"), ("elektronic", "electronic"),
            ("lectronic", "electronic"), ("eletr", "electronic"), ("abmient", "ambient"), ("drumm bass", "drum & bass"),
            ("jaz", "jazz"), ("jzz", "jazz"), ("lofi", "lo-fi"), ("日", "日本"), ("cafe", "café"), ("cafè", "café"),
            ("zzzz", None), ("xx", None),
        ],
    )  # fmt: skip
    def test_finds_what_is_meant(self, typed, first):
        assert next(iter(suggest(words=typed, limit=3)), None) == first

    def test_what_begins_like_it_comes_before_what_is_like_it(self):
        count_tag_use(["hipp"])
        count_tag_use(["hipo"] * 50)
        assert suggest(words="hipp", limit=2) == ["hipp", "hipo"]

    def test_a_name_out_of_use_is_not_suggested(self):
        count_tag_use(["jazz"], -1)
        assert suggest(words="jazz", limit=5) == []

    def test_looks_at_so_many_and_no_more(self, django_assert_max_num_queries):
        count_tag_use([f"aaab{n}" for n in range(MOST_LOOKED_AT + 50)])
        with django_assert_max_num_queries(3):
            suggest(words="aabab", limit=10)


class TestSlips:
    @pytest.mark.parametrize(
        ("typed", "plain", "count"),
        [
            ("abc", "abc", 0),
            ("acb", "abc", 1),
            ("abcd", "abc", 1),
            ("xbc", "abc", 1),
            ("xyz", "abc", 3),
        ],
    )
    def test_are_counted(self, typed, plain, count):
        assert slips(typed, plain, 2) == count

    def test_plain_is_letters_and_digits(self):
        assert [plain_of(n) for n in ("Hip-Hop 90s!", "  ", "R&B", "\uff26\uff35LL", "Straße")] == [
            "hiphop90s", "", "rb", "full", "strasse",
        ]  # fmt: skip


class TestCounts:
    def test_follow_the_uses(self):
        count_tag_use(["Jazz", "jazz ", "soul"])
        count_tag_use(["jazz"], -1)
        count_tag_use(["soul"], -5)
        count_tag_use(["never"], -1)
        assert dict(TagName.objects.values_list("name", "uses")) == {"jazz": 1, "soul": 0}

    @pytest.mark.parametrize("name", ["", "   ", "---", "\0"])
    def test_need_a_letter(self, name):
        count_tag_use([name])
        assert TagName.objects.count() == 0

    def test_a_name_is_cut_where_it_is_too_long(self):
        count_tag_use(["x" * 300])
        assert len(TagName.objects.get().name) == 128

    def test_a_name_has_its_spellings_once(self):
        count_tag_use(["jazz"])
        count_tag_use(["jazz", "jazz"])
        assert sorted(TagSpelling.objects.values_list("letters", flat=True)) == ["azz", "jaz", "jazz", "jzz"]

    def test_tagging_counts_what_everybody_may_see(self, user):
        for status, private in ((Status.ACTIVE, False), (Status.DRAFT, False), (Status.ACTIVE, True)):
            entity = EntityFactory(owner=user, status=status, is_private=private)
            for _ in range(2):
                create_tag(entity_id=entity.pk, key="genre", value="Jazz", by=user)
        assert TagName.objects.get().uses == 1

    def test_are_put_right_once_a_day(self, user):
        seen, gone = EntityFactory(owner=user), EntityFactory(owner=user)
        hidden = EntityFactory(owner=user, status=Status.DRAFT)
        for entity in (seen, gone, hidden):
            create_tag(entity_id=entity.pk, key="genre", value="Jazz", by=user)
        create_tag(entity_id=gone.pk, key="genre", value="Soul", by=user)
        forget(id=gone.pk)
        TagName.objects.filter(name="jazz").update(uses=99)
        recount_tags()
        assert dict(TagName.objects.values_list("name", "uses")) == {"jazz": 1}
