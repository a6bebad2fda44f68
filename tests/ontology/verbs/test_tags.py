"""Tags by their entity's owner: taken off as they were put on, and counted so."""

import pytest

from config.errors import Forbidden, NotFound
from ontology.models import Event, Tag, TagName
from ontology.queries.tag_names import suggest
from ontology.verbs.entities import create_entity, delete_entity, update_entity
from ontology.verbs.posts import delete_post
from ontology.verbs.tags import create_tag, delete_tag
from tests.factories.social import post_of

pytestmark = pytest.mark.django_db


class TestDeleteTag:
    @pytest.mark.parametrize(("status", "uses"), [("active", [(1,), (0,)]), ("draft", [])])
    def test_takes_it_off_and_counts_it_no_more(self, user, status, uses):
        made = create_entity(type="lead", name="One", status=status, by=user)
        tag = create_tag(entity_id=made.pk, key="mood", value="salt", by=user)
        before = list(TagName.objects.values_list("uses"))
        delete_tag(entity_id=made.pk, tag_id=tag.pk, by=user)
        assert [*before, *TagName.objects.values_list("uses")] == uses
        assert not Tag.objects.exists()

    def test_is_for_the_owner_of_the_entity_that_carries_it(self, user, stranger):
        made, other = (create_entity(type="lead", name=name, by=user) for name in ("One", "Two"))
        tag = create_tag(entity_id=made.pk, key="mood", value="salt", by=user)
        with pytest.raises(Forbidden):
            delete_tag(entity_id=made.pk, tag_id=tag.pk, by=stranger)
        for tag_id in (tag.pk, "no id"):
            with pytest.raises(NotFound):
                delete_tag(entity_id=other.pk, tag_id=tag_id, by=user)
        assert Tag.objects.get() == tag


class TestCounted:
    def test_what_nobody_sees_any_more_is_suggested_to_nobody(self, user):
        made = create_entity(type="lead", name="One", by=user)
        create_tag(entity_id=made.pk, key="mood", value="quokka", by=user)
        assert suggest(words="quokka", limit=5) == ["quokka"]
        update_entity(entity_id=made.pk, status="draft", by=user)
        assert suggest(words="quokka", limit=5) == []
        update_entity(entity_id=made.pk, status="active", by=user)
        assert suggest(words="quokka", limit=5) == ["quokka"]
        delete_entity(entity_id=made.pk, by=user)
        assert suggest(words="quokka", limit=5) == []

    def test_also_what_another_part_takes_away(self, user):
        post = post_of(user)
        create_tag(entity_id=post.pk, key="mood", value="quokka", by=user)
        assert suggest(words="quokka", limit=5) == ["quokka"]
        delete_post(post_id=post.pk, by=user)
        assert suggest(words="quokka", limit=5) == []

    def test_its_history_says_so(self, user):
        made = create_entity(type="lead", name="One", by=user)
        tag = create_tag(entity_id=made.pk, key="mood", value="salt", by=user)
        create_tag(entity_id=made.pk, key="mood", value="salt", by=user)
        delete_tag(entity_id=made.pk, tag_id=tag.pk, by=user)
        said = Event.objects.filter(target=made.pk).order_by("timestamp", "id").values_list("metadata", flat=True)
        assert list(said) == [
            {"action": "created"},
            {"action": "tagged", "key": "mood", "value": "salt"},
            {"action": "untagged", "key": "mood", "value": "salt"},
        ]
