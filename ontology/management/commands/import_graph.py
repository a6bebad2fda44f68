from pathlib import Path
from typing import Any

from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError, CommandParser

from config.errors import DomainError
from ontology.verbs.transfers import request_import, run_transfer


class Command(BaseCommand):
    help = (
        "Import a file of JSON Lines into the graph, all of it or nothing (the lines: ontology/verbs/graph_lines.py)."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--owner", required=True, help="the address of the account that will own what is imported")
        parser.add_argument("--queue", action="store_true", help="leave the work to the worker")

    def handle(self, *, file: Path, owner: str, queue: bool, **options: Any) -> None:
        user = get_user_model().objects.filter(email__iexact=owner).first()
        if user is None:
            raise CommandError(f"No account has the address {owner}.")
        try:
            with file.open("rb") as content:
                transfer = request_import(user=user, content=content)
        except OSError as error:
            raise CommandError(f"{file} cannot be read: {error.strerror}.") from None
        except DomainError as error:
            raise CommandError(str(error.details or error.message)) from None
        if queue:
            self.stdout.write(f"Import {transfer.pk} waits for the worker.")
            return
        run_transfer(transfer_id=transfer.pk, told=self.say)
        transfer.refresh_from_db()
        if transfer.status == transfer.Status.FAILED:
            where = f"Line {transfer.failed_line}: " if transfer.failed_line else ""
            raise CommandError(f"{where}{transfer.error} Nothing was imported.")
        if transfer.status != transfer.Status.DONE:
            self.stdout.write(f"The worker has taken import {transfer.pk} over.")
            return
        self.stdout.write(f"Imported {transfer.done_lines:,} lines.")

    def say(self, done: int, total: int) -> None:
        if total and done and done % 10_000 < 1000 and done < total:
            self.stdout.write(f"{done:,} of {total:,}")
