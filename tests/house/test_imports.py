"""The import contracts of pyproject.toml, and the two things they cannot see: foreign keys as text, and HTTP in the domain."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings

STACK = ("ontology", "accounts", "marketplace", "conversations", "council")
ROOT = Path(settings.BASE_DIR)
DOMAIN = ("models", "verbs", "queries", "facts", "changes")


def modules(app):
    return [path for path in (ROOT / app).rglob("*.py") if "migrations" not in path.parts]


def inline_imports(source):
    """The lines of the imports inside functions."""
    scopes = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    inner = [node for scope in scopes for node in ast.walk(scope) if isinstance(node, ast.Import | ast.ImportFrom)]
    return {node.lineno for node in inner}


class TestImports:
    def test_keep_the_contracts(self):
        # In a process of its own: called in this one, it switches off every logger that exists.
        command = [
            sys.executable,
            "-c",
            "import sys; from importlinter.cli import lint_imports; sys.exit(lint_imports())",
        ]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout

    def test_foreign_keys_point_down_or_sideways(self):
        wrong = []
        for height, label in enumerate(STACK):
            for model in apps.get_app_config(label).get_models():
                for field in model._meta.get_fields():
                    target = field.related_model if field.is_relation and not field.auto_created else None
                    above = target is not None and target._meta.app_label in STACK[height + 1 :]
                    # Everything may belong to a person; ontology names them through AUTH_USER_MODEL alone.
                    if above and target._meta.label != settings.AUTH_USER_MODEL:
                        wrong.append(f"{model.__name__}.{field.name} points at {target._meta.label}")
        assert not wrong

    @pytest.mark.parametrize("app", STACK)
    def test_the_domain_knows_no_http(self, app):
        wrong = []
        for path in modules(app):
            layer = path.relative_to(ROOT / app).parts[0].removesuffix(".py")
            for node in ast.walk(ast.parse(path.read_text())) if layer in DOMAIN else ():
                names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
                names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
                wrong += [f"{path}: {name}" for name in names if name.startswith(("django.http", "django.shortcuts"))]
        assert not wrong

    @pytest.mark.parametrize("app", STACK)
    def test_an_inline_import_says_why(self, app):
        wrong = []
        for path in modules(app):
            lines = path.read_text().splitlines()
            wrong += [f"{path}:{n}" for n in inline_imports("\n".join(lines)) if "PLC0415 -- " not in lines[n - 1]]
        assert not wrong

    def test_no_rule_is_switched_off_without_a_reason(self):
        wrong = []
        for path in [found for app in ("config", *STACK, "tests") for found in modules(app)]:
            if path == Path(__file__):
                continue
            for number, line in enumerate(path.read_text().splitlines(), 1):
                silent = ("# noqa" in line and " -- " not in line) or "# type: ignore\n" in line + "\n"
                wrong += [f"{path.relative_to(ROOT)}:{number}"] if silent else []
        assert not wrong
