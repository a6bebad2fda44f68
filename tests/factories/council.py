from importlib import import_module

import factory
from django.apps import apps

from council.models import Deliberation, Persona, Project
from council.verbs.deliberations import open_deliberation
from council.verbs.personas import create_persona
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
    """The three defaults as their migration writes them, for tests that empty the database instead of rolling back."""
    missing = not Persona.objects.filter(is_default=True).exists()
    if missing:
        import_module("council.migrations.0002_default_personas").install(apps, None)
