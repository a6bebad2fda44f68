"""Properties of known types: strict on wrong types, lenient on more, the same for create and update."""

import pytest

from config.errors import Invalid
from ontology.models import ConnectionType, EntityType, EventType
from ontology.verbs.connections import create_connection
from ontology.verbs.entities import create_entity, update_entity
from ontology.verbs.events import log_event
from ontology.verbs.schemas import CONNECTIONS, ENTITIES, EVENTS
from tests.factories.ontology import EntityFactory

pytestmark = pytest.mark.django_db

A_TEXT, A_NUMBER, TEXTS = "Must be a text.", "Must be a number.", "Must be a list of texts."
WRONG: tuple[tuple[str, dict, dict], ...] = (
    ("creator", {"email": 5}, {"email": [A_TEXT]}),
    ("creator", {"username": ["a"]}, {"username": [A_TEXT]}),
    ("creator", {"niche": "fitness"}, {"niche": [TEXTS]}),
    ("creator", {"expertise": ["a", 5]}, {"expertise": [TEXTS]}),
    ("audience_member", {"targetAudience": {}}, {"targetAudience": [A_TEXT]}),
    ("token", {"totalSupply": "1000000", "price": True}, {"totalSupply": [A_NUMBER], "price": [A_NUMBER]}),
    ("token", {"contractAddress": 0x1234, "blockchain": "sui"}, {"contractAddress": [A_TEXT]}),
    ("nft", {"blockchain": 1}, {"blockchain": [A_TEXT]}),
)


class TestTheTable:
    def test_knows_only_types_there_are(self):
        assert set(ENTITIES) <= set(EntityType.values)
        assert set(CONNECTIONS) <= set(ConnectionType.values)
        assert set(EVENTS) <= set(EventType.values)


class TestEntities:
    @pytest.mark.parametrize(("type", "properties", "faults"), WRONG)
    def test_refuse_a_wrong_type_and_name_the_property(self, user, type, properties, faults):
        with pytest.raises(Invalid) as refused:
            create_entity(type=type, name="x", properties=properties, by=user)
        assert refused.value.details == {"properties": faults}

    @pytest.mark.parametrize(("type", "properties", "faults"), WRONG)
    def test_refuse_it_in_an_update_too_and_keep_what_was(self, user, type, properties, faults):
        entity = EntityFactory(owner=user, type=type, properties={"kept": 1})
        with pytest.raises(Invalid) as refused:
            update_entity(entity_id=entity.pk, properties=properties, by=user)
        assert refused.value.details == {"properties": faults}
        entity.refresh_from_db()
        assert entity.properties == {"kept": 1}

    @pytest.mark.parametrize(
        ("type", "properties"),
        [("token", {"price": 0.1, "totalSupply": 10**30, "colour": ["red"], "blockchain": None}), ("creator", {"niche": [], "price": "free"}),
         ("course", {"price": "free", "niche": 5}), ("nft", {"price": -0.0})],
    )  # fmt: skip
    def test_take_more_and_nothing(self, user, type, properties):
        assert create_entity(type=type, name="x", properties=properties, by=user).properties == properties

    def test_let_a_null_remove_what_is_named(self, user):
        entity = EntityFactory(owner=user, type="token", properties={"price": 1, "blockchain": "sui"})
        assert update_entity(entity_id=entity.pk, properties={"price": None}, by=user).properties == {
            "blockchain": "sui"
        }

    def test_are_refused_on_the_wire_with_the_same_words(self, caller):
        answer = caller.post("/entities/create", {"type": "token", "name": "x", "properties": {"price": "0.10"}})
        assert (answer.status_code, answer.json()) == (
            400,
            {
                "message": "Invalid request parameters",
                "code": "BAD_REQUEST",
                "details": {"properties": {"price": [A_NUMBER]}},
            },
        )


class TestConnectionsAndEvents:
    def test_refuse_a_wrong_type_and_name_the_key(self, user, stranger):
        with pytest.raises(Invalid) as refused:
            create_connection(
                from_entity_id=user.pk,
                to_entity_id=stranger.pk,
                relationship_type="holds_tokens",
                metadata={"balance": "1000"},
                by=user,
            )
        assert refused.value.details == {"metadata": {"balance": [A_NUMBER]}}
        with pytest.raises(Invalid) as refused:
            log_event(type="content_interacted", actor_id=user.pk, metadata={"source": 1, "duration": "2"}, by=user)
        assert refused.value.details == {"metadata": {"duration": [A_NUMBER], "source": [A_TEXT]}}

    def test_take_more(self, user):
        event = log_event(
            type="tokens_purchased", actor_id=user.pk, metadata={"amount": 0.5, "note": [1], "txHash": None}, by=user
        )
        assert event.metadata == {"amount": 0.5, "note": [1], "txHash": None}
