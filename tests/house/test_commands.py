"""What `make` promises before anything runs: the set-up, the locks and the two commands of the README."""

import ast
import re
import subprocess
import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import pytest

HOUSE = Path(__file__).parents[2]
LOCKS = ["base", "dev", "embedded", "facturx"]


def pinned(lock: str) -> dict[str, str]:
    """{package: version} of a lock."""
    text = (HOUSE / "requirements" / f"{lock}.txt").read_text()
    return dict(re.findall(r"^([a-z0-9._-]+)==([^ \\;]+)", text, re.MULTILINE))


@pytest.fixture
def bootstrap(tmp_path, monkeypatch):
    """config/bootstrap.py as a program would load it, at home in an empty folder with locks of two packages."""
    spec = spec_from_file_location("bootstrap_under_test", HOUSE / "config" / "bootstrap.py")
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    (tmp_path / "requirements").mkdir()
    for lock in LOCKS:
        (tmp_path / "requirements" / f"{lock}.txt").write_text("a==1 \\\n    --hash=sha256:0\nb==2\n")
    (tmp_path / ".venv" / "bin").mkdir(parents=True)
    (tmp_path / ".venv" / "bin" / "python").touch()
    monkeypatch.setattr(module, "HOUSE", tmp_path)
    monkeypatch.setattr(module, "VENV", tmp_path / ".venv")
    monkeypatch.setattr(module, "PYTHON", tmp_path / ".venv" / "bin" / "python")
    monkeypatch.setattr(module, "make_venv", lambda: None)
    return module


@pytest.fixture
def pip(bootstrap, monkeypatch):
    """The locks that pip was asked for, in order; `pip.answers` says what it answers for each (0 where unnamed)."""

    class Pip(list):
        answers: dict[str, int] = {}

        def install(self, name, *options, seconds=None):
            self.append(name)
            answer = self.answers.get(name, 0)
            if answer == "too slow":
                raise subprocess.TimeoutExpired("pip", seconds)
            return answer

    asked = Pip()
    monkeypatch.setattr(bootstrap, "pip_install", asked.install)
    return asked


class TestSetUp:
    def test_installs_once(self, bootstrap, pip):
        bootstrap.main("run")
        bootstrap.main("run")

        assert pip == ["base", "embedded"]

    def test_installs_again_after_the_lock_changed(self, bootstrap, pip):
        bootstrap.main("run")
        bootstrap.lock_of("base").write_text("a==2\n")
        bootstrap.main("run")

        assert pip == ["base", "embedded", "base"]

    def test_what_serves_tests_serves_a_run_but_not_the_other_way_round(self, bootstrap, pip):
        bootstrap.main("run")
        bootstrap.main("test")
        bootstrap.main("run")

        assert pip == ["base", "embedded", "dev"]

    def test_brings_the_extra_where_it_is_switched_on(self, bootstrap, pip, monkeypatch):
        monkeypatch.setenv("INVOICE_FACTURX", "1")
        bootstrap.main("run")
        bootstrap.main("run")
        monkeypatch.setenv("INVOICE_FACTURX", "0")
        bootstrap.main("run")

        assert pip == ["facturx", "embedded"]

    def test_needs_no_model_for_tests(self, bootstrap, pip):
        bootstrap.main("test")

        assert pip == ["dev"]

    @pytest.mark.parametrize("answer", [1, "too slow"])
    def test_goes_on_without_the_model(self, bootstrap, pip, capsys, answer):
        pip.answers = {"embedded": answer}
        bootstrap.main("run")
        bootstrap.main("run")

        assert pip == ["base", "embedded"]
        assert "the rule-based advisor answers instead" in capsys.readouterr().err

    def test_ends_where_the_packages_cannot_be_had(self, bootstrap, pip, capsys):
        pip.answers = {"base": 1}

        with pytest.raises(SystemExit) as ending:
            bootstrap.main("run")

        assert ending.value.code == 1
        assert not bootstrap.is_installed("base")
        assert "could not be installed" in capsys.readouterr().err

    def test_refuses_an_old_python_in_one_sentence(self, bootstrap, monkeypatch, capsys):
        monkeypatch.setattr(bootstrap, "OLDEST", (99, 0))

        with pytest.raises(SystemExit) as ending:
            bootstrap.main("run")

        assert ending.value.code == 1
        assert capsys.readouterr().err.count("\n") == 1

    def test_can_be_read_by_an_old_python(self):
        """The sentence about the version must itself not need the version: no syntax after 3.6."""
        source = (HOUSE / "config" / "bootstrap.py").read_text()

        ast.parse(source, feature_version=(3, 6))

        assert "from __future__" not in source


class TestLocks:
    @pytest.mark.parametrize("lock", LOCKS)
    def test_name_a_hash_for_everything_and_no_registry(self, lock):
        text = (HOUSE / "requirements" / f"{lock}.txt").read_text()

        assert len(re.findall(r"^[a-z0-9._-]+==.*\\\n +--hash=sha256:", text, re.MULTILINE)) == len(pinned(lock)) > 0
        assert "://" not in text
        assert "-index" not in text

    def test_developers_have_what_runs(self):
        developers, base = pinned("dev"), pinned("base")

        assert {name: developers.get(name) for name in base} == base

    def test_hold_every_dependency(self):
        pyproject = (HOUSE / "pyproject.toml").read_text()
        named = re.findall(r'^  "([a-z0-9-]+)', pyproject.partition("[dependency-groups]")[0], re.MULTILINE)

        assert [name for name in named if name not in pinned("base")] == []


class TestMake:
    def test_knows_every_command(self):
        targets = re.findall(r"^([a-z-]+):", (HOUSE / "Makefile").read_text(), re.MULTILINE)

        assert {"run", "test", "test-services", "lint", "shots", "lock", "clean"} <= set(targets)

    def test_ci_checks_everything(self):
        script = HOUSE / ".ci" / "run"
        steps = re.findall(r"^make ([a-z-]+)$", script.read_text(), re.MULTILINE)

        assert steps == ["lint", "test", "test-services"]
        assert script.stat().st_mode & 0o111

    def test_manage_knows_stoa(self):
        answer = subprocess.run(
            [sys.executable, "manage.py", "check"], cwd=HOUSE, capture_output=True, text=True, check=False
        )

        assert (answer.returncode, answer.stdout) == (0, "System check identified no issues (0 silenced).\n")
