import factory

from council.gateways.language_model import SEATS
from council.models import Deliberation, Persona, Project
from council.verbs.deliberations import open_deliberation
from council.verbs.personas import create_persona, remember
from council.verbs.projects import create_project
from tests.factories.accounts import UserFactory

QUESTION = "Should I quit my job to start a company?"


class ProjectFactory(factory.Factory):
    """A project, made through the verb. Give `by` for its owner."""

    class Meta:
        model = Project

    name = factory.Sequence(lambda n: f"Project {n}")
    by = factory.SubFactory(UserFactory)

    @classmethod
    def _create(cls, model_class, *args, **fields):
        return create_project(**fields)


class PersonaFactory(factory.Factory):
    """An own persona of `by`."""

    class Meta:
        model = Persona

    name = factory.Sequence(lambda n: f"Advisor {n}")
    role = "A role"
    system_prompt = "You advise."
    by = factory.SubFactory(UserFactory)

    @classmethod
    def _create(cls, model_class, *args, **fields):
        return create_persona(**fields)


class DeliberationFactory(factory.Factory):
    """A question before the council, queued and not yet taken up."""

    class Meta:
        model = Deliberation

    question = QUESTION
    by = factory.SubFactory(UserFactory)

    @classmethod
    def _create(cls, model_class, *args, **fields):
        return open_deliberation(**fields)


def install_default_personas() -> None:
    """The three defaults again, for tests that empty the database instead of rolling back."""
    for place, seat in enumerate(SEATS):
        name = seat.removeprefix("persona_").title()
        persona, _ = Persona.objects.get_or_create(
            id=seat,
            defaults={
                "name": f"The {name}",
                "role": "Balanced Wisdom" if place == 0 else f"Role {place}",
                "system_prompt": f"You are The {name}.",
                "default_model_id": "claude-sonnet-4",
                "is_default": True,
            },
        )
        remember(persona)
