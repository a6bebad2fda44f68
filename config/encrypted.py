"""Secrets at rest: a JSON column that is readable with the keys in DATA_DIR/keys alone.

The keys stand in `DATA_DIR/keys/secrets`, one a line: the first one writes, all of them read. The file is made on first use,
and read again as soon as it is another one, so that a house that runs follows `manage.py rotate_secrets`.
Without a key that fits, reading fails (`Undecipherable`); ciphertext is never handed out as if it were the value.
"""

import fcntl
import functools
import json
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.db import models

KEYS = "secrets"
DUMPED = "encrypted:"
"""Before a value in a dump (`manage.py dumpdata`), which holds no plaintext either."""


class Undecipherable(Exception):
    """None of the keys in DATA_DIR/keys/secrets fits what is stored, or there is no key in it."""


# --- the keys ------------------------------------------------------------------------------------------------------


def keys_path() -> Path:
    return Path(settings.DATA_DIR) / "keys" / KEYS


def read_keys() -> tuple[str, ...]:
    """The first one writes. The file is made, whole, where there is none: of processes that race one makes it for all."""
    path = keys_path()
    if not path.exists():
        with one_at_a_time():
            if not path.exists():
                put_keys((new_key(),))
    return tuple(line.strip() for line in path.read_text().splitlines() if line.strip())


@contextmanager
def one_at_a_time() -> Iterator[None]:
    """For whoever writes the file, in whatever process of this machine."""
    path = keys_path().with_name(f".{KEYS}-lock")
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def new_key() -> str:
    return Fernet.generate_key().decode()


def put_keys(keys: tuple[str, ...]) -> None:
    """Written beside the file and then put in its place, so that nobody ever reads half of it. Readable by its owner alone."""
    path = keys_path()
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, beside = tempfile.mkstemp(prefix=f".{KEYS}-", dir=path.parent)
    try:
        with os.fdopen(descriptor, "w") as file:
            file.write("".join(f"{key}\n" for key in keys))
            file.flush()
            os.fsync(file.fileno())
        os.replace(beside, path)
    finally:
        Path(beside).unlink(missing_ok=True)


def cipher() -> MultiFernet:
    """Of all keys in the file as it is now."""
    path = keys_path()
    try:
        seen = path.stat()
    except FileNotFoundError:
        read_keys()
        seen = path.stat()
    return _cipher(str(path), (seen.st_ino, seen.st_mtime_ns, seen.st_size))


@functools.lru_cache(maxsize=4)
def _cipher(path: str, seen: tuple[int, int, int]) -> MultiFernet:
    return cipher_of(read_keys())


def cipher_of(keys: tuple[str, ...]) -> MultiFernet:
    try:
        return MultiFernet([Fernet(key) for key in keys])
    except ValueError:
        raise Undecipherable("DATA_DIR/keys/secrets holds no usable key") from None


# --- the values ----------------------------------------------------------------------------------------------------


def encrypt(value: Any) -> str:
    return cipher().encrypt(json.dumps(value, separators=(",", ":")).encode()).decode()


def decrypt(stored: str) -> Any:
    try:
        return json.loads(cipher().decrypt(stored.encode()))
    except (InvalidToken, ValueError):
        raise Undecipherable("None of the keys in DATA_DIR/keys/secrets fits this value") from None


class EncryptedJSONField(models.TextField):
    """Any JSON as ciphertext in a text column; None is NULL. It cannot be looked for."""

    _pyi_private_set_type: Any
    _pyi_private_get_type: Any

    def from_db_value(self, value: str | None, expression: Any, connection: Any) -> Any:
        return None if value is None else decrypt(value)

    def get_prep_value(self, value: Any) -> str | None:
        return None if value is None else encrypt(value)

    def value_to_string(self, obj: Any) -> str:
        return DUMPED + encrypt(self.value_from_object(obj))

    def to_python(self, value: Any) -> Any:
        return decrypt(value.removeprefix(DUMPED)) if isinstance(value, str) and value.startswith(DUMPED) else value

    def get_lookup(self, lookup_name: str) -> Any:
        return super().get_lookup(lookup_name) if lookup_name == "isnull" else None

    def get_transform(self, lookup_name: str) -> None:
        return None
