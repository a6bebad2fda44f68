"""Full-text search: the same answers on both databases, true to what is there, and no language of its own."""

import pytest
from django.core.management import call_command
from django.db import connection, models
from django.db.migrations.executor import MigrationExecutor
from django.db.models.signals import post_migrate
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from config.errors import Invalid
from ontology.models import Entity
from ontology.queries.explorer import browse
from ontology.queries.search import MOST_WORDS, search_entities, words_of
from ontology.verbs.entities import delete_entity, update_entity
from ontology.verbs.memory import forget, know
from ontology.verbs.tags import create_tag
from tests.factories.ontology import EntityFactory


def names(user, words, **more):
    return [row["name"] for row in search_entities(user=user, words=words, **more).items]


@pytest.mark.django_db
class TestWhatIsFound:
    @pytest.mark.parametrize(
        "words",
        ["harbour", "HARBOUR", "harb", "lights harbour", "harbour ligh", "café", "cafe", "Cafe\u0301", "saxophone",
         "tenor sax", "john", "example john", "harbour-lights", "hárbour", "“Harbour” (lights)!", "  harbour  ", "2024",
         "привет", "ПРИВ", "日本"],
    )  # fmt: skip
    def test_words_of_the_name_and_of_texts_of_properties(self, user, words):
        EntityFactory(
            owner=user,
            name="Harbour-Lights at the Café",
            properties={"about": {"parts": ["tenor saxophone", {"x": "Привет 日本語"}]}, "email": "john@example.com", "year": "2024"},
        )  # fmt: skip
        EntityFactory(owner=user, name="Something else")
        assert names(user, words) == ["Harbour-Lights at the Café"]

    @pytest.mark.parametrize(
        "words",
        ["arbour", "harbour sea", "harb lights", "7", "true", "weight", "", " ", "-", "*", "\0", "🎵", "\u0301"],
    )
    def test_neither_parts_of_words_nor_keys_nor_numbers(self, user, words):
        EntityFactory(owner=user, name="Harbour Lights 🎵", properties={"weight": 7, "loud": True, "none": None})
        assert names(user, words) == []

    @pytest.mark.parametrize(
        "words",
        ['"harbour', 'harbour"', "harbour OR x", "harbour NOT x", "NEAR(harbour x)", "name:harbour", "{name}:harbour", "^x harbour",
         "x* harbour", "x:* harbour", "'harbour' & 'x'", "!harbour", "harbour | x", "harbour <-> x", "\\' x", "%s x", "x%"],
    )  # fmt: skip
    def test_signs_have_no_meaning(self, user, words):
        """They would be found if OR, NOT, a column or a star were understood; as plain words they are not all there."""
        EntityFactory(owner=user, name="Harbour Lights")
        meant = ["Harbour Lights"] if set(words_of(words)) <= {"harbour"} else []
        assert names(user, words) == meant

    @settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(words=st.text(max_size=60))
    def test_any_text_is_a_question(self, user, words):
        search_entities(user=user, words=words)

    @settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(name=st.text(st.characters(max_codepoint=0x4FF, categories=("L", "N", "Zs", "P")), min_size=1, max_size=40))
    def test_what_is_named_is_found_by_its_words(self, user, name):
        """Up to Cyrillic: of signs younger than its own table FTS5 does not know that they are none of a word."""
        plain = " ".join(word for word in words_of(name) if word.isascii())
        entity = EntityFactory(owner=user, name=name.replace("\0", ""))
        if plain:
            assert entity.pk in [row["id"] for row in search_entities(user=user, words=plain, limit=10_000).items]

    def test_many_words_are_cut(self, user):
        EntityFactory(owner=user, name=" ".join("abcdefgh"))
        assert len(words_of("a " * 100)) == MOST_WORDS
        assert names(user, " ".join("abcdefgh") + " zzz") == [" ".join("abcdefgh")]

    def test_long_texts_are_held(self, user):
        EntityFactory(owner=user, name="Long", properties={"a": "x" * 60_000, "b": "ﷺ " * 1000})
        assert names(user, "long") == ["Long"]


@pytest.mark.django_db
class TestWhoFindsWhat:
    def test_what_is_not_shown_is_not_found(self, user, stranger, staff):
        for fields in ({}, {"status": "draft"}, {"is_private": True}):
            EntityFactory(owner=user, name=f"Harbour {fields}", **fields)
        assert len(names(user, "harbour")) == len(names(staff, "harbour")) == 3
        assert names(stranger, "harbour") == ["Harbour {}"]

    def test_nobody_finds_what_is_deleted_by_hand_or_by_another_part(self, user, staff):
        by_hand = EntityFactory(owner=user, name="Harbour")
        kept = know(id=EntityFactory(owner=user).pk, type="video", name="Harbour", owner_id=user.pk)
        delete_entity(entity_id=by_hand.pk, by=user)
        forget(id=kept.pk)
        assert names(user, "harbour") == names(staff, "harbour") == []
        know(id=kept.pk, type="video", name="Harbour again", owner_id=user.pk)
        assert names(user, "harbour") == ["Harbour again"]

    def test_nobody_finds_what_is_gone(self, user):
        Entity.objects.filter(pk=EntityFactory(owner=user, name="Harbour").pk).delete()
        assert names(user, "harbour") == []

    def test_what_changes_is_found_as_it_is_now(self, user):
        entity = EntityFactory(owner=user, name="Harbour", properties={"about": "sea"})
        update_entity(entity_id=entity.pk, name="Mountain", properties={"about": "snow"}, by=user)
        assert names(user, "harbour") == names(user, "sea") == []
        assert names(user, "mountain snow") == ["Mountain"]
        Entity.objects.filter(pk=entity.pk).update(name="River")
        assert names(user, "snow river") == ["River"]


@pytest.mark.django_db
class TestOrderAndPages:
    def test_names_come_first_then_the_newest(self, user):
        for name, properties in (
            ("Harbour 1", {}),
            ("x 1", {"a": "harbour"}),
            ("Harbour 2", {}),
            ("x 2", {"a": "harbour"}),
        ):
            EntityFactory(owner=user, name=name, properties=properties)
        assert names(user, "harbour") == ["Harbour 2", "Harbour 1", "x 2", "x 1"]

    @pytest.mark.parametrize("limit", [1, 2, 3, 10])
    def test_pages_give_every_row_once_while_rows_are_added(self, user, limit):
        for n in range(3):
            EntityFactory(owner=user, name=f"Harbour {n}")
            EntityFactory(owner=user, name=f"x {n}", properties={"a": "harbour"})
        there, seen, cursor = set(names(user, "harbour", limit=100)), [], None
        while True:
            page = search_entities(user=user, words="harbour", limit=limit, cursor=cursor)
            seen += [row["name"] for row in page.items]
            EntityFactory(owner=user, name=f"Harbour later {len(seen)}")
            if not (cursor := page.next_cursor):
                break
        assert len(seen) == len(set(seen))
        assert there <= set(seen)

    @pytest.mark.parametrize(
        "cursor", ["x", "!", "WzIsMV0", "WzAsLTFd", "W3RydWUsMV0", "WzAsMV0x", "e30", "A" * 500, "é"]
    )
    def test_other_cursors_are_refused(self, user, cursor):
        with pytest.raises(Invalid):
            search_entities(user=user, words="a", cursor=cursor)

    def test_by_type_and_tag(self, user):
        video = EntityFactory(owner=user, name="Harbour video", type="video")
        EntityFactory(owner=user, name="Harbour post")
        create_tag(entity_id=video.pk, key="place", value="sea", by=user)
        assert names(user, "harbour", type="video") == names(user, "harbour", tag=("place", "sea")) == ["Harbour video"]
        assert names(user, "harbour", type="video", tag=("place", "land")) == []
        assert [row["name"] for row in browse(user=user, words="harb", type="video").items] == ["Harbour video"]

    def test_as_many_queries_for_one_row_and_for_three(self, user):
        for _ in range(2):
            EntityFactory(owner=user, name="Harbour")
            with CaptureQueriesContext(connection) as queries:
                search_entities(user=user, words="harbour")
            assert len(queries) == 2
            EntityFactory(owner=user, name="x", properties={"a": "Harbour"})


@pytest.mark.django_db(transaction=True)
class TestTables:
    def test_come_with_what_was_there_and_go_without_a_trace(self, user):
        EntityFactory(owner=user, name="Harbour", properties={"about": "sea"})
        delete_entity(entity_id=EntityFactory(owner=user, name="Harbour gone").pk, by=user)
        tables = set(connection.introspection.table_names())
        call_command("migrate", "ontology", "0003", verbosity=0)
        try:
            without = set(connection.introspection.table_names())
            then = MigrationExecutor(connection).loader.project_state([("ontology", "0003_what_creators_make")]).apps
            then.get_model("ontology", "Entity").objects.create(type="lead", name="Harbour meanwhile", owner_id=user.pk)
        finally:
            call_command("migrate", verbosity=0)  # what stands on it went too
        assert set(connection.introspection.table_names()) == tables
        assert not {name for name in without if "search" in name or name.endswith("_words")}
        assert names(user, "harbour") == ["Harbour meanwhile", "Harbour"]
        assert names(user, "sea") == ["Harbour"]
        EntityFactory(owner=user, name="Harbour after")
        assert names(user, "harbour")[0] == "Harbour after"

    def test_outlive_a_change_of_the_entitys_table(self, user):
        """Django changes a column of SQLite by copying the table, and the copy has no triggers."""
        old = Entity._meta.get_field("name")
        new = models.CharField(max_length=300)
        new.set_attributes_from_name("name")
        with connection.schema_editor() as editor:
            editor.alter_field(Entity, old, new)
        with connection.schema_editor() as editor:
            editor.alter_field(Entity, new, old)
        call_command("migrate", "ontology", verbosity=0)
        assert post_migrate.has_listeners()
        EntityFactory(owner=user, name="Harbour")
        assert names(user, "harbour") == ["Harbour"]

    def test_hold_together(self, user):
        entities = [EntityFactory(owner=user, name=f"Harbour {n}", properties={"a": f"sea {n}"}) for n in range(5)]
        update_entity(entity_id=entities[0].pk, properties={"a": "snow"}, by=user)
        delete_entity(entity_id=entities[1].pk, by=user)
        Entity.objects.filter(pk=entities[2].pk).delete()
        if connection.vendor == "sqlite":
            with connection.cursor() as cursor:
                cursor.execute(
                    "INSERT INTO ontology_entity_search(ontology_entity_search, rank) VALUES ('integrity-check', 1)"
                )
                cursor.execute("SELECT count(*) FROM ontology_entity_words")
                assert cursor.fetchone()[0] == Entity.objects.filter(deleted_at=None).count()
        assert len(names(user, "harbour sea")) == 2
