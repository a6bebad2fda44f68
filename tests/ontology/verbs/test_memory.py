"""What every other verb writes with: know, forget, link, unlink, log. And who may read what was written in private."""

import threading

import pytest
from django.db import IntegrityError, connection, transaction

from config.ids import new_id
from ontology.models import Connection, ConnectionType, Entity, EntityType, Event, EventType, Status
from ontology.verbs.memory import forget, know, link, log, unlink
from tests.clients import Caller
from tests.factories.ontology import EntityFactory

pytestmark = pytest.mark.django_db


class TestKnow:
    def test_makes_and_then_brings_up_to_date(self, user):
        id = new_id()
        know(id=id, type=EntityType.COURSE, name="Harmony", owner_id=user.pk, properties={"a": 1, "b": 1})
        know(
            id=id, type=EntityType.COURSE, name="Harmony II", owner_id=user.pk, properties={"b": 2}, status=Status.DRAFT
        )
        entity = Entity.objects.get(pk=id)
        assert (entity.name, entity.properties, entity.status, entity.owner_id) == (
            "Harmony II",
            {"a": 1, "b": 2},
            "draft",
            user.pk,
        )

    def test_brings_back_what_was_forgotten(self, user):
        id = new_id()
        for _ in range(2):
            know(id=id, type=EntityType.COURSE, name="Harmony", owner_id=user.pk)
            assert Entity.objects.visible_to(user).filter(pk=id).exists()
            forget(id=id)
            assert not Entity.objects.visible_to(user).filter(pk=id).exists()

    def test_keeps_a_long_name_short(self, user):
        assert len(know(id=new_id(), type=EntityType.COURSE, name="x" * 300, owner_id=user.pk).name) == 255


class TestLink:
    def test_is_one_and_keeps_its_metadata_up_to_date(self, user, stranger):
        for metadata in ({"a": 1}, {"b": 2}, None):
            link(from_id=user.pk, to_id=stranger.pk, type=ConnectionType.FOLLOWING, metadata=metadata)
        assert Connection.objects.get(relationship_type="following").metadata == {"a": 1, "b": 2}

    def test_is_made_anew_after_unlink(self, user, stranger):
        ends = {"from_id": user.pk, "to_id": stranger.pk, "type": ConnectionType.FOLLOWING}
        first = link(**ends)
        unlink(**ends)
        second = link(**ends)
        assert first.pk != second.pk
        assert Connection.objects.get(pk=first.pk).deleted_at is not None
        unlink(**ends)
        unlink(**ends)
        assert not Connection.objects.filter(relationship_type="following", deleted_at=None).exists()

    def test_the_database_holds_it_to_one(self, user, stranger):
        row = {"from_entity_id": user.pk, "to_entity_id": stranger.pk, "relationship_type": "following"}
        Connection.objects.create(**row)
        with pytest.raises(IntegrityError), transaction.atomic():
            Connection.objects.create(**row)


class TestPrivateThings:
    """`is_private`: for the owners of what takes part and for staff, whatever the status."""

    @pytest.fixture
    def order(self, user):
        return know(id=new_id(), type=EntityType.PAYMENT, name="Order", owner_id=user.pk, is_private=True)

    def test_entity(self, order, user, stranger, staff):
        seen = [Entity.objects.visible_to(who).filter(pk=order.pk).exists() for who in (user, stranger, staff)]
        assert seen == [True, False, True]
        answers = [
            Caller.signed_in_as(who).get("/entities/get", id=str(order.pk)).json() for who in (user, stranger, staff)
        ]
        assert [answer is not None for answer in answers] == [True, False, True]

    def test_connection_and_event(self, user, stranger, staff):
        thing = EntityFactory(owner=user)
        link(from_id=user.pk, to_id=thing.pk, type=ConnectionType.PURCHASED, is_private=True)
        log(type=EventType.PAYMENT_PROCESSED, actor_id=user.pk, target_id=thing.pk, is_private=True)
        for who, sees in ((user, True), (stranger, False), (staff, True)):
            assert Connection.objects.visible_to(who).filter(relationship_type="purchased").exists() is sees
            assert Event.objects.visible_to(who).filter(type="payment_processed").exists() is sees

    def test_both_ends_know_it(self, user, stranger):
        link(from_id=user.pk, to_id=stranger.pk, type=ConnectionType.TRANSACTED, is_private=True)
        for who in (user, stranger):
            assert Connection.objects.visible_to(who).filter(relationship_type="transacted").exists()

    def test_of_a_hidden_thing_nothing_is_told(self, user, stranger):
        draft = EntityFactory(owner=user, status="draft")
        log(type=EventType.LEVEL_UP, actor_id=user.pk, target_id=draft.pk)
        assert not Connection.objects.visible_to(stranger).filter(to_entity=draft).exists()
        assert not Event.objects.visible_to(stranger).filter(target=draft).exists()
        assert Event.objects.visible_to(user).filter(target=draft).exists()


@pytest.mark.django_db(transaction=True)
class TestAtOnce:
    def test_two_that_link_the_same_make_one(self, user, stranger):
        faults = []

        def run():
            try:
                link(from_id=user.pk, to_id=stranger.pk, type=ConnectionType.FOLLOWING)
            except Exception as fault:  # noqa: BLE001 -- shown by the test's own thread
                faults.append(fault)
            finally:
                connection.close()

        threads = [threading.Thread(target=run) for _ in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert not faults
        assert Connection.objects.filter(relationship_type="following", deleted_at=None).count() == 1
