"""Who may what with entities, and how properties merge."""

import pytest
from django.db import IntegrityError, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from config.errors import Forbidden, Invalid, NotFound
from config.ids import new_id
from ontology.models import Change, Connection, Entity, EntityType, Event, Status
from ontology.verbs.connections import create_connection, delete_connection
from ontology.verbs.entities import create_entity, delete_entity, update_entity
from ontology.verbs.events import log_event
from ontology.verbs.memory import MOST_JSON, know, link, merge
from ontology.verbs.tags import create_tag
from tests.factories.ontology import EntityFactory

pytestmark = pytest.mark.django_db

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.floats(-1e9, 1e9) | st.text(),
    lambda parts: st.lists(parts, max_size=3) | st.dictionaries(st.text(max_size=8), parts, max_size=3),
    max_leaves=6,
)
PROPERTIES = st.dictionaries(st.text(max_size=8), JSON, max_size=6)
SEEN = (Status.ACTIVE, Status.PUBLISHED)
HIDDEN = (Status.DRAFT, Status.INACTIVE, Status.ARCHIVED)
VERBS = {
    "update": lambda entity, by: update_entity(entity_id=entity.pk, name="x", by=by),
    "delete": lambda entity, by: delete_entity(entity_id=entity.pk, by=by),
    "tag": lambda entity, by: create_tag(entity_id=entity.pk, key="a", value="b", by=by),
    "connect": lambda entity, by: create_connection(
        from_entity_id=entity.pk, to_entity_id=by.pk, relationship_type="following", by=by
    ),
    "log": lambda entity, by: log_event(type="level_up", actor_id=entity.pk, by=by),
}


class TestWhoMayWhat:
    """Their own: everybody. Another's: 403 where it may be seen, 404 where not. Staff: everything."""

    @pytest.mark.parametrize("status", Status.values)
    @pytest.mark.parametrize("verb", VERBS)
    def test_the_owner_may(self, user, verb, status):
        VERBS[verb](EntityFactory(owner=user, status=status), user)

    @pytest.mark.parametrize("status", Status.values)
    @pytest.mark.parametrize("verb", VERBS)
    def test_staff_may(self, user, staff, verb, status):
        VERBS[verb](EntityFactory(owner=user, status=status), staff)

    @pytest.mark.parametrize("status", SEEN)
    @pytest.mark.parametrize("verb", VERBS)
    def test_a_stranger_is_forbidden_what_they_see(self, user, stranger, verb, status):
        with pytest.raises(Forbidden):
            VERBS[verb](EntityFactory(owner=user, status=status), stranger)

    @pytest.mark.parametrize("status", HIDDEN)
    @pytest.mark.parametrize("verb", VERBS)
    def test_a_stranger_does_not_find_what_is_hidden(self, user, stranger, verb, status):
        with pytest.raises(NotFound):
            VERBS[verb](EntityFactory(owner=user, status=status), stranger)

    @pytest.mark.parametrize("verb", VERBS)
    def test_a_stranger_does_not_find_what_is_private(self, user, stranger, verb):
        with pytest.raises(NotFound):
            VERBS[verb](EntityFactory(owner=user, is_private=True), stranger)

    @pytest.mark.parametrize("verb", VERBS)
    def test_nobody_finds_what_is_deleted(self, user, staff, verb):
        entity = EntityFactory(owner=user)
        delete_entity(entity_id=entity.pk, by=user)
        for by in (user, staff):
            with pytest.raises(NotFound):
                VERBS[verb](entity, by)

    @pytest.mark.parametrize("verb", VERBS)
    def test_a_thing_without_an_owner_is_the_staffs(self, user, staff, verb):
        entity = EntityFactory()
        Entity.objects.filter(pk=entity.pk).update(owner=None)
        with pytest.raises(Forbidden):
            VERBS[verb](entity, user)
        VERBS[verb](entity, staff)

    @pytest.mark.parametrize(
        "unknown", ["", "x", "k17abc123def456", None, 5, "0190b7a2-6f2c-7cc3-98c4-dc0c0c07398f", "\0"]
    )
    def test_what_is_no_id_is_not_found(self, user, unknown):
        for verb in (
            lambda: update_entity(entity_id=unknown, by=user),
            lambda: delete_entity(entity_id=unknown, by=user),
            lambda: create_connection(from_entity_id=user.pk, to_entity_id=unknown, relationship_type="owns", by=user),
            lambda: delete_connection(connection_id=unknown, by=user),
            lambda: log_event(type="level_up", actor_id=unknown, by=user),
        ):
            with pytest.raises(NotFound):
                verb()


class TestCreateEntity:
    def test_writes_what_it_means(self, user):
        entity = create_entity(type="course", name="Harmony", properties={"weeks": 4}, by=user)
        owns = Connection.objects.get(to_entity=entity)
        assert (owns.from_entity_id, owns.relationship_type) == (user.pk, "owns")
        event = Event.objects.get(target=entity)
        assert (event.type, event.actor_id, event.metadata) == ("course_created", user.pk, {"action": "created"})
        change = Change.objects.get(kind="EntityChanged")
        assert change.topics == [f"entity:{entity.pk}"]
        assert change.payload == {"entity_id": str(entity.pk), "type": "course", "what": "created"}

    @pytest.mark.parametrize(
        ("type", "told"),
        [("creator", "creator_created"), ("ai_clone", "clone_created"), ("sales_agent", "agent_created"),
         ("video", "content_uploaded"), ("token", "content_changed"), ("course", "course_created")],
    )  # fmt: skip
    def test_tells_it_by_the_documents_word(self, user, type, told):
        entity = create_entity(type=type, name="x", by=user)
        assert Event.objects.get(target=entity).type == told

    @pytest.mark.parametrize("fault", [{"type": "thing"}, {"status": "gone"}])
    def test_the_database_knows_the_vocabulary(self, user, fault):
        with pytest.raises(IntegrityError), transaction.atomic():
            create_entity(**{"type": "token", "name": "x", **fault}, by=user)


class TestUpdateEntity:
    def test_changes_what_is_given_and_tells_it(self, user):
        entity = EntityFactory(owner=user, type="creator", properties={"a": 1, "b": 2, "c": {"d": 1}})
        update_entity(entity_id=entity.pk, properties={"b": None, "c": {"e": 2}, "f": 0}, by=user)
        entity.refresh_from_db()
        assert entity.properties == {"a": 1, "c": {"e": 2}, "f": 0}
        assert list(Event.objects.filter(target=entity).values_list("type", flat=True)) == [
            "creator_updated",
            "creator_created",
        ]

    @settings(max_examples=60, deadline=None)
    @given(kept=PROPERTIES, given=PROPERTIES)
    def test_merge(self, kept, given):
        """What was given wins, what was not stays, what is null is gone; and the same again changes nothing."""
        merged = merge(kept, given)
        assert set(merged) == {key for key in kept.keys() | given.keys() if given.get(key, kept.get(key)) is not None}
        assert all(merged[key] == value for key, value in given.items() if value is not None)
        assert all(merged[key] == kept[key] for key in merged.keys() - given.keys())
        assert merge(merged, given) == merged

    @settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(first=PROPERTIES, second=PROPERTIES)
    def test_what_is_merged_is_what_is_read(self, user, first, second):
        clean = str.maketrans("", "", "\0")  # the door refuses NUL; PostgreSQL stores none

        def without(value):
            if isinstance(value, str):
                return value.translate(clean)
            if isinstance(value, dict):
                return {key.translate(clean): without(part) for key, part in value.items()}
            return [without(part) for part in value] if isinstance(value, list) else value

        first, second = without(first), without(second)
        entity = EntityFactory(owner=user, properties=first)
        update_entity(entity_id=entity.pk, properties=second, by=user)
        assert Entity.objects.get(pk=entity.pk).properties == merge(first, second)

    def test_is_bounded(self, user):
        entity = EntityFactory(owner=user, properties={"a": "x" * (MOST_JSON - 100)})
        with pytest.raises(Invalid):
            update_entity(entity_id=entity.pk, properties={"b": "x" * 200}, by=user)
        update_entity(entity_id=entity.pk, properties={"a": None, "b": "x" * 200}, by=user)


class TestDeleteEntity:
    def test_is_soft_and_told(self, user):
        entity = EntityFactory(owner=user, type=EntityType.VIDEO)
        delete_entity(entity_id=entity.pk, by=user)
        entity.refresh_from_db()
        assert entity.deleted_at is not None
        assert Change.objects.filter(kind="EntityChanged", payload__what="deleted").exists()

    def test_takes_everything_of_it_out_of_every_read(self, user, staff):
        entity = EntityFactory(owner=user)
        create_connection(from_entity_id=entity.pk, to_entity_id=user.pk, relationship_type="part_of", by=user)
        log_event(type="level_up", actor_id=entity.pk, by=user)
        delete_entity(entity_id=entity.pk, by=user)
        for who in (user, staff):
            assert not Entity.objects.visible_to(who).filter(pk=entity.pk).exists()
            assert not Connection.objects.visible_to(who).filter(from_entity=entity).exists()
            assert not Connection.objects.visible_to(who).filter(to_entity=entity).exists()
            assert not Event.objects.visible_to(who).filter(actor=entity).exists()
            assert not Event.objects.visible_to(who).filter(target=entity).exists()


class TestKeptEntities:
    """What another part of Stoa writes is changed there; by hand the graph takes only what is the graph's own."""

    @pytest.fixture
    def product(self, user):
        return know(id=new_id(), type=EntityType.DIGITAL_PRODUCT, name="Harbour Lights", owner_id=user.pk)

    @pytest.mark.parametrize("change", [{"name": "Other"}, {"status": "archived"}, {"properties": {"price_cents": 1}}])
    def test_are_not_updated_by_hand(self, user, product, change):
        with pytest.raises(Forbidden):
            update_entity(entity_id=product.pk, by=user, **change)
        assert Entity.objects.get(pk=product.pk).name == "Harbour Lights"

    def test_are_not_deleted_by_hand(self, user, product):
        with pytest.raises(Forbidden):
            delete_entity(entity_id=product.pk, by=user)
        assert Entity.objects.get(pk=product.pk).deleted_at is None

    def test_may_be_tagged_and_connected(self, user, product):
        create_tag(entity_id=product.pk, key="genre", value="ambient", by=user)
        made = create_connection(
            from_entity_id=product.pk, to_entity_id=user.pk, relationship_type="created_by", by=user
        )
        delete_connection(connection_id=made.pk, by=user)

    def test_their_connections_stay_as_they_were_written(self, user, product):
        bought = link(from_id=user.pk, to_id=product.pk, type="purchased", metadata={"order": "1"}, is_private=True)
        with pytest.raises(Forbidden):
            delete_connection(connection_id=bought.pk, by=user)
        again = create_connection(
            from_entity_id=user.pk,
            to_entity_id=product.pk,
            relationship_type="purchased",
            metadata={"order": "2"},
            by=user,
        )
        assert (again.pk, again.metadata, again.is_private) == (bought.pk, {"order": "1"}, True)

    def test_an_account_adds_to_its_own_but_does_not_rename_itself(self, user):
        update_entity(entity_id=user.pk, properties={"niche": ["fitness"]}, by=user)
        assert Entity.objects.get(pk=user.pk).properties["niche"] == ["fitness"]
        for change in ({"name": "The Staff"}, {"status": "archived"}, {"properties": {"username": "admin"}}):
            with pytest.raises(Forbidden):
                update_entity(entity_id=user.pk, by=user, **change)


class TestConnectionMetadata:
    def test_is_bounded_however_many_updates_it_took(self, user, stranger):
        ends = {"from_entity_id": user.pk, "to_entity_id": stranger.pk, "relationship_type": "following"}
        for key in ("a", "b"):
            create_connection(**ends, metadata={key: "x" * 60_000}, by=user)
        with pytest.raises(Invalid):
            create_connection(**ends, metadata={"c": "x" * 60_000}, by=user)
        assert set(Connection.objects.get().metadata) == {"a", "b"}
