from pathlib import Path

import pytest
from django.conf import settings
from django.core.files.storage import storages


def keys():
    root = Path(storages["files"].base_location)
    return sorted(str(path.relative_to(root)) for path in root.rglob("*") if path.is_file())


@pytest.fixture(autouse=True)
def _empty_store(tmp_path, monkeypatch):
    """A store of cloud files for each test alone, and a place where uploads arrive."""
    monkeypatch.setattr(storages["files"], "_location", str(tmp_path / "files"))
    for name in ("base_location", "location"):
        storages["files"].__dict__.pop(name, None)
    (tmp_path / "incoming").mkdir()
    monkeypatch.setattr(settings, "FILE_UPLOAD_TEMP_DIR", str(tmp_path / "incoming"))
    yield
    for name in ("base_location", "location"):
        storages["files"].__dict__.pop(name, None)


@pytest.fixture
def stored():
    """The keys of all contents that are kept now."""
    return keys
