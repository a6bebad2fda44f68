"""Contents in the store that no row names: they are put there first, so what a crash leaves behind is at most one of these."""

import datetime as dt
from collections.abc import Callable, Iterable
from itertools import islice

from django.utils.timezone import now

from ontology.gateways import object_storage

BATCH = 500
UNCLAIMED = dt.timedelta(days=1)
"""How old a content without a row, or a half-arrived upload, must be before it is swept: none is under way that long."""


def remove_unnamed(named_among: Callable[[list[str]], Iterable[str]], *, folder: str = "") -> int:
    """Remove the old contents of this folder, or else the cloud files', but for `named_among` them. How many there were."""
    before = now() - UNCLAIMED
    removed, found = (
        0,
        object_storage.objects_in(folder, before=before) if folder else object_storage.objects(before=before),
    )
    while keys := list(islice(found, BATCH)):
        for key in set(keys).difference(named_among(keys)):
            object_storage.remove(key)
            removed += 1
    return removed
