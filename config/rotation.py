"""A new key for all that is kept encrypted, while the house runs.

The new key is put first, and everybody writes with it from then on; the old ones still read. Then every value that was
written with an old one is written anew, a portion at a time, each only where it is still what was read: what somebody
changes meanwhile is theirs, and has the new key already. Done twice, or at once, or cut off half way, nothing is lost.
"""

from typing import Any

from cryptography.fernet import Fernet, InvalidToken
from django.apps import apps
from django.db import models
from django.db.models import F, TextField, Value
from django.db.models.functions import Cast

from config.encrypted import (
    EncryptedJSONField,
    Undecipherable,
    cipher,
    new_key,
    one_at_a_time,
    put_keys,
    read_keys,
)

PORTION = 200


def rotate() -> int:
    """Put a new key first and write everything anew with it: how many values. Undecipherable where one fits no key."""
    with one_at_a_time():
        put_keys((new_key(), *read_keys()))
        return rewrite_all()


def forget_old_keys() -> int:
    """Write with the first key what is not yet, and let go of the others: backups from before can then not be read any more."""
    with one_at_a_time():
        count = rewrite_all()
        put_keys(read_keys()[:1])
        return count


def rewrite_all() -> int:
    found = [(model, field) for model in apps.get_models() for field in model._meta.local_fields]
    return sum(rewrite(model, field.attname) for model, field in found if isinstance(field, EncryptedJSONField))


def rewrite(model: type[models.Model], column: str) -> int:
    first, count, last = Fernet(read_keys()[0]), 0, None
    while rows := portion(model, column, last):
        for key, stored in rows:
            if not fits(first, stored):
                count += replace(model, column, key, stored)
        last = rows[-1][0]
    return count


def portion(model: type[models.Model], column: str, after: Any) -> list[tuple[Any, str]]:
    """Keys and ciphertexts of the next rows: read as plain text, past the field."""
    rows = model._base_manager.exclude(**{f"{column}__isnull": True}).order_by("pk")
    if after is not None:
        rows = rows.filter(pk__gt=after)
    return list(rows.annotate(stored=as_text(column)).values_list("pk", "stored")[:PORTION])


def fits(key: Fernet, stored: str) -> bool:
    try:
        key.decrypt(stored.encode())
    except InvalidToken:
        return False
    return True


def replace(model: type[models.Model], column: str, key: Any, stored: str) -> int:
    try:
        renewed = cipher().rotate(stored.encode()).decode()
    except InvalidToken:
        raise Undecipherable(f"{model._meta.label} {key}: no key fits its {column}") from None
    still = model._base_manager.annotate(stored=as_text(column)).filter(pk=key, stored=stored)
    return still.update(**{column: Value(renewed, output_field=TextField())})


def as_text(column: str) -> Cast:
    return Cast(F(column), TextField())
