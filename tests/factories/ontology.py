import factory

from ontology.models import Entity
from ontology.verbs.entities import create_entity
from tests.factories.accounts import UserFactory


class EntityFactory(factory.Factory):
    """A thing made as everyone's is, through the verb, by `owner`; further fields are set afterwards."""

    class Meta:
        model = Entity

    owner = factory.SubFactory(UserFactory)
    type = "blog_post"
    name = factory.Sequence(lambda n: f"Thing {n}")
    properties = factory.LazyFunction(dict)
    status = "active"

    @classmethod
    def _create(cls, model_class, *args, owner, type, name, properties, status, **fields):
        entity = create_entity(type=type, name=name, properties=properties, status=status, by=owner)
        if fields:
            Entity.objects.filter(pk=entity.pk).update(**fields)
            entity.refresh_from_db()
        return entity
