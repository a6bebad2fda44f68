import os
from pathlib import Path
from typing import Any

import orjson
from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError, CommandParser

from config.errors import DomainError
from ontology.queries.transfers import lines_of
from ontology.verbs.transfers import request_export


class Command(BaseCommand):
    help = "Write the graph, or what one account owns of it, as JSON Lines that import_graph takes."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, nargs="?", help="where it is written to; not with --queue")
        parser.add_argument("--owner", help="the address of an account; without it the whole graph")
        parser.add_argument(
            "--queue", action="store_true", help="leave the work to the worker; its owner finds it at /graph/transfers/"
        )

    def handle(self, *, file: Path | None, owner: str | None, queue: bool, **options: Any) -> None:
        user = get_user_model().objects.filter(email__iexact=owner).first() if owner else None
        if owner and user is None:
            raise CommandError(f"No account has the address {owner}.")
        if queue:
            self.leave(user, file)
        elif file is None:
            raise CommandError("Name the file to write to, or leave the work to the worker with --queue.")
        else:
            self.write(user, file)

    def leave(self, user: Any, file: Path | None) -> None:
        if user is None:
            raise CommandError("--queue needs an --owner: whoever it is for downloads it from /graph/transfers/.")
        if file is not None:
            raise CommandError("With --queue no file is named: its owner downloads it from /graph/transfers/.")
        try:
            transfer = request_export(user=user)
        except DomainError as error:
            raise CommandError(error.message) from None
        self.stdout.write(f"Export {transfer.pk} waits for the worker.")

    def write(self, user: Any, file: Path) -> None:
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
