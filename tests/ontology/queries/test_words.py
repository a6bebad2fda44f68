"""The vocabulary in the words of people: nothing of it is forgotten, and nothing is left in code."""

from itertools import chain
from pathlib import Path
from uuid import UUID

from django.conf import settings

from ontology.models import ConnectionType, EntityType, Status
from ontology.queries.properties import readable
from ontology.queries.words import BONDS, FAMILIES, ICONS, RELATIONS, STATES, kind, label, relation


class TestVocabulary:
    def test_every_type_has_one_family_and_a_drawing(self):
        assert sorted(chain(*FAMILIES.values())) == sorted(EntityType.values)
        assert sorted(ICONS) == sorted(EntityType.values)
        drawn = (Path(settings.BASE_DIR) / "static" / "img" / "icons.svg").read_text()
        assert [icon for icon in ICONS.values() if f'id="{icon}"' not in drawn] == []

    def test_every_relation_has_one_family_and_words_from_both_sides(self):
        assert sorted(chain(*BONDS.values())) == sorted(ConnectionType.values)
        assert sorted(RELATIONS) == sorted(ConnectionType.values)
        assert sorted(STATES) == sorted(Status.values)

    def test_kinds_and_relations_are_plain(self):
        kinds = [kind(type) for type in ("audience_member", "digital_product", "blog_post")]
        assert kinds == ["member", "product", "blog post"]
        assert [relation(type) for type in ("following", "owns", "part_of")] == ["follows", "owns", "is part of"]
        assert [relation(type, outward=False) for type in ("following", "owns")] == ["followed by", "owned by"]

    def test_labels_are_read_from_keys(self):
        assert [label(key) for key in ("targetAudience", "tx_hash", "userID", "ÜBER", "_")] == [
            "Target audience",
            "Tx hash",
            "User ID",
            "ÜBER",
            "_",
        ]


class TestReadable:
    def test_holds_money_and_measures_and_no_ids(self):
        properties = {
            "price_cents": 900, "currency": "EUR", "order_id": str(UUID(int=1)), "niche": "sea", "bio": "",
            "size_bytes": 2048, "duration_ms": 61000, "isLive": False, "totalSupply": 1000000, "year": 2026,
        }  # fmt: skip
        assert readable(properties) == [
            {"name": "Price", "form": "money", "value": "9.00 EUR"},
            {"name": "Niche", "form": "words", "value": "sea"},
            {"name": "Size", "form": "bytes", "value": 2048},
            {"name": "Duration", "form": "milliseconds", "value": 61000},
            {"name": "Is live", "form": "words", "value": "No"},
            {"name": "Total supply", "form": "number", "value": "1,000,000"},
            {"name": "Year", "form": "number", "value": 2026},
        ]

    def test_keeps_what_is_nested(self):
        properties = {"tools": ["reed", 2], "shop": {"opensAt": "9", "at": [{"day": "Monday"}]}}
        assert readable(properties) == [
            {"name": "Tools", "form": "chips", "value": ["reed", 2], "more": 0},
            {
                "name": "Shop",
                "form": "things",
                "value": [
                    {"name": "Opens at", "form": "words", "value": "9"},
                    {
                        "name": "At",
                        "form": "list",
                        "value": [{"form": "things", "value": [{"name": "Day", "form": "words", "value": "Monday"}]}],
                        "more": 0,
                    },
                ],
            },
        ]

    def test_bounds_depth_and_length(self):
        [deep] = readable({"a": {"b": {"c": {"d": {"e": 1}}}}})
        assert deep["value"][0]["value"][0]["value"][0] == {"name": "D", "form": "code", "value": '{\n  "e": 1\n}'}
        [long] = readable({"a": list(range(100))})
        assert (len(long["value"]), long["more"]) == (40, 60)
        [wide] = readable({"a": {str(n): n for n in range(100)}})
        assert wide["value"][-1] == {"name": "", "form": "more", "value": 60}

    def test_links_only_to_the_web(self):
        addresses = [
            "https://example.org/a?b=c", "http://example.org", "javascript:alert(1)", "data:text/html,x", "//example.org",
            "https://", "http://[", "https://example.org/ and more", "ftp://example.org",
        ]  # fmt: skip
        assert [row["form"] for row in readable({str(n): text for n, text in enumerate(addresses)})] == [
            "link", "link", "words", "words", "words", "words", "words", "words", "words",
        ]  # fmt: skip
