import os
from pathlib import Path
from typing import Any

import orjson
from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError, CommandParser

from ontology.queries.transfers import lines_of


class Command(BaseCommand):
    help = "Write the graph, or what one account owns of it, as JSON Lines that import_graph takes."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--owner", help="the address of an account; without it the whole graph")

    def handle(self, *, file: Path, owner: str | None, **options: Any) -> None:
        user = get_user_model().objects.filter(email__iexact=owner).first() if owner else None
        if owner and user is None:
            raise CommandError(f"No account has the address {owner}.")
        part = file.with_name(file.name + ".part")
        written = 0
        try:
            with part.open("wb") as out:
                for line in lines_of(user):
                    out.write(orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE))
                    written += 1
            os.replace(part, file)
        except OSError as error:
            raise CommandError(f"{file} cannot be written: {error.strerror}.") from None
        finally:
            part.unlink(missing_ok=True)
        self.stdout.write(f"Exported {written:,} lines.")
