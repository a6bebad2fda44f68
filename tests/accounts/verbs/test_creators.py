"""Whoever publishes becomes a creator, and can undo it: only the type changes back."""

import pytest

from accounts.verbs.creators import become_audience_member, is_creator
from config.errors import Conflict
from ontology.models import Entity, Event
from ontology.verbs.creators import become_creator

pytestmark = pytest.mark.django_db


class TestBecomeAudienceMember:
    def test_changes_the_type_alone(self, user):
        become_creator(user_id=user.pk)
        before = Entity.objects.values("name", "properties", "status", "owner_id").get(pk=user.pk)
        become_audience_member(user=user)
        assert Entity.objects.values("name", "properties", "status", "owner_id").get(pk=user.pk) == before
        assert Entity.objects.get(pk=user.pk).type == "audience_member"
        assert Event.objects.filter(type="creator_updated", actor=user.pk).count() == 1

    def test_comes_back_with_the_next_thing_published(self, user):
        become_creator(user_id=user.pk)
        become_audience_member(user=user)
        assert become_creator(user_id=user.pk) is True
        assert is_creator(user)

    def test_is_refused_to_who_is_none(self, user):
        with pytest.raises(Conflict):
            become_audience_member(user=user)
