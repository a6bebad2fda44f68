"""Tags by their entity's owner: taken off as they were put on, and counted so."""

import pytest

from config.errors import Forbidden, NotFound
from ontology.models import Tag, TagName
from ontology.verbs.entities import create_entity
from ontology.verbs.tags import create_tag, delete_tag

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
