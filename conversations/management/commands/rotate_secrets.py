from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from config import rotation
from config.encrypted import Undecipherable


class Command(BaseCommand):
    help = "Make a new key for the secrets of integrations and channels, and encrypt all of them anew. The house may run on."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--forget-old-keys",
            action="store_true",
            help="make no new key, but let go of all but the newest; backups from before are then unreadable",
        )

    def handle(self, *, forget_old_keys: bool, **options: Any) -> None:
        try:
            count = rotation.forget_old_keys() if forget_old_keys else rotation.rotate()
        except Undecipherable as error:
            kept = "All keys are kept. Put the one that is missing into the file and try again."
            raise CommandError(f"{error}. {kept}") from None
        done = "The old keys are gone" if forget_old_keys else "The new key is first in DATA_DIR/keys/secrets"
        self.stdout.write(f"{done}. {count:,} secrets were encrypted anew.")
