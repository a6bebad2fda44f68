"""Every documented endpoint has its address, and one that had it never loses it.

`tests/contracts/rows.tsv` is the table of what the five documents and decisions name; `routed.txt` beside it what is
routed so far. Rewrite the latter after adding routes: `.venv/bin/python -m tests.house.test_routes`.
"""

import csv
import os
import re
import sys
from pathlib import Path

CONTRACTS = Path(__file__).resolve().parent.parent / "contracts"
ROWS, ROUTED = CONTRACTS / "rows.tsv", CONTRACTS / "routed.txt"
COMMAND = ".venv/bin/python -m tests.house.test_routes"

SAMPLE_ID = "0190b7a2-6f2c-7cc3-98c4-dc0c0c07398f"
SAMPLES = {"type": "slack", "integration_type": "slack", "version": "1", "token": "sample", "name": "sample"}


def rows():
    with ROWS.open() as lines:
        return list(csv.DictReader(lines, delimiter="\t"))


def is_routed(row):
    from django.urls import Resolver404, resolve  # noqa: PLC0415 -- the command sets Django up first

    if not row["path"].startswith("/"):
        return row["path"] in convex_functions(row["method"])
    path = re.sub(r"\{(\w+)\}", lambda hole: SAMPLES.get(hole[1], SAMPLE_ID), row["path"].partition("?")[0])
    try:
        view = resolve(path).func
    except Resolver404:
        return False
    actions = getattr(view, "actions", None)  # a viewset, bound with as_view({...})
    if actions is not None:
        return row["method"].lower() in actions
    view_class = getattr(view, "view_class", None) or getattr(view, "cls", None)
    return view_class is None or hasattr(view_class, row["method"].lower())


def convex_functions(kind):
    """The names registered for Convex's `kind` (query, mutation); none as long as the dialect has no registry."""
    from config.dialects import convex  # noqa: PLC0415 -- as above

    return {name for (of_kind, name) in getattr(convex, "FUNCTIONS", {}) if of_kind == kind}


def found():
    return [row["id"] for row in rows() if is_routed(row)]


def noted():
    return ROUTED.read_text().split()


class TestDocumentedEndpoints:
    def test_every_row_is_whole_and_named_once(self):
        table = rows()
        assert all(all(row.values()) for row in table)
        assert len({row["id"] for row in table}) == len({(row["method"], row["path"]) for row in table}) == len(table)

    def test_none_is_lost(self):
        lost = sorted(set(noted()) - set(found()))
        assert not lost, f"These endpoints were routed before and are not any more: {', '.join(lost)}"

    def test_new_ones_are_noted(self):
        new = sorted(set(found()) - set(noted()))
        assert not new, f"Now routed and not noted yet: {', '.join(new)}. Note them with: {COMMAND}"

    def test_what_is_missing_can_be_listed(self, capsys):
        routed = set(found())
        missing = [row for row in rows() if row["id"] not in routed]
        for row in missing:
            sys.stdout.write(f"{row['section']:14} {row['method']:8} {row['path']}\n")
        assert len(capsys.readouterr().out.splitlines()) == len(missing) == len(rows()) - len(routed)


def main():
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    import django  # noqa: PLC0415 -- only the command needs to set it up

    django.setup()
    routed = found()
    ROUTED.write_text("".join(f"{row_id}\n" for row_id in routed))
    missing = [row for row in rows() if row["id"] not in set(routed)]
    lines = [f"{row['section']:14} {row['method']:8} {row['path']}\n" for row in missing]
    sys.stdout.writelines([*lines, f"routed {len(routed)} of {len(rows())} documented endpoints\n"])


if __name__ == "__main__":
    main()
