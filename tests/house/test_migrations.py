"""Models and migrations say the same, forwards and from nothing; the settings pass Django's own deployment check."""

import io
import os
import subprocess
import sys

import pytest
from django.apps import apps
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.models import ForeignKey, Model

APPS = ("ontology", "accounts", "marketplace", "conversations", "council")


@pytest.mark.django_db
class TestMigrations:
    def test_nothing_is_missing(self):
        said = io.StringIO()
        try:
            call_command("makemigrations", "--check", "--dry-run", stdout=said, verbosity=1)
        except SystemExit:
            pytest.fail(said.getvalue())

    def test_all_are_applied_and_lead_to_one_end_an_app(self):
        executor = MigrationExecutor(connection)
        leaves = executor.loader.graph.leaf_nodes()
        assert executor.migration_plan(leaves) == []
        assert all(len([leaf for leaf in leaves if leaf[0] == app]) == 1 for app in APPS)


class TestModels:
    def models(self):
        return [model for app in APPS for model in apps.get_app_config(app).get_models()]

    def test_everything_says_what_it_is(self):
        assert not [model.__name__ for model in self.models() if model.__str__ is Model.__str__]

    def test_every_foreign_key_has_an_index(self):
        bare = []
        for model in self.models():
            firsts = {index.fields[0].lstrip("-") for index in model._meta.indexes if index.fields}
            firsts |= {rule.fields[0] for rule in model._meta.constraints if getattr(rule, "fields", None)}
            keys = [field for field in model._meta.fields if isinstance(field, ForeignKey)]
            bare += [
                f"{model.__name__}.{key.name}" for key in keys if not (key.db_index or key.unique or key.name in firsts)
            ]
        assert not bare

    def test_choices_are_held_by_the_database(self):
        """Where a model has a constraint over its choices, it knows exactly the choices there are."""
        for model in self.models():
            for rule in model._meta.constraints:
                for field in model._meta.fields:
                    given = (
                        dict(rule.condition.children).get(f"{field.name}__in")
                        if hasattr(rule, "condition")
                        and rule.condition
                        and all(isinstance(child, tuple) for child in rule.condition.children)
                        else None
                    )
                    if given is not None and field.choices and rule.name.endswith("_known"):
                        assert set(given) == {value for value, _ in field.flatchoices}


def test_the_settings_behind_tls_pass_the_deployment_check(tmp_path):
    environment = os.environ | {"SITE_URL": "https://stoa.example", "DATA_DIR": str(tmp_path)}
    command = [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"]
    done = subprocess.run(command, cwd=settings.BASE_DIR, env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("System check identified no issues")
