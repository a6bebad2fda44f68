"""Secrets at rest: read with the right keys alone, and with them through every rotation."""

import io
import subprocess
import sys
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from django.conf import settings as house
from django.core import serializers
from django.core.exceptions import FieldError
from django.core.management import CommandError, call_command
from django.db import connection

from config import encrypted, rotation
from config.encrypted import Undecipherable, decrypt, encrypt, keys_path, put_keys, read_keys
from conversations.models import Integration, PlatformAccount
from tests.factories.accounts import UserFactory

SECRET = "xoxb-a-token-nobody-may-read"
VALUES = [{"bot_token": SECRET}, [], "", "text", 0, 1.5, True, {"nested": {"list": [None, "ü"]}}]


@pytest.fixture(autouse=True)
def _own_keys(settings, tmp_path):
    settings.DATA_DIR = tmp_path


def connected(user, **config):
    return Integration.objects.create(user=user, type="slack", config=config or {"bot_token": SECRET})


def stored(row):
    """What stands in the database."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT config FROM conversations_integration WHERE type = %s", [row.type])
        return cursor.fetchone()[0]


class TestTheKeys:
    def test_are_made_once_for_their_owner_alone(self):
        first = read_keys()
        assert (len(first), read_keys()) == (1, first)
        assert keys_path().stat().st_mode & 0o777 == 0o600
        assert [path.name for path in keys_path().parent.iterdir() if path.stat().st_size] == ["secrets"]

    def test_are_one_for_processes_that_race(self, tmp_path):
        script = (
            "import sys, django\n"
            "from django.conf import settings\n"
            "settings.configure(DATA_DIR=sys.argv[1])\n"
            "from config.encrypted import read_keys\n"
            "sys.stdin.readline()\n"
            "print(*read_keys())\n"
        )
        racing = [
            subprocess.Popen(
                [sys.executable, "-c", script, str(tmp_path)],
                cwd=house.BASE_DIR, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            )
            for _ in range(4)
        ]  # fmt: skip
        for each in racing:
            each.stdin.write("go\n")
            each.stdin.flush()
        told = {each.communicate(timeout=60)[0] for each in racing}
        assert told == {keys_path().read_text()}

    def test_are_whole_for_whoever_reads_while_they_are_written(self):
        """The file stands there only once it is whole: what is in the folder before is another one."""
        seen = []
        replace = encrypted.os.replace

        def look(beside, path):
            seen.append((Path(path).exists(), len(Path(beside).read_text())))
            replace(beside, path)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(encrypted.os, "replace", look)
            read_keys()
        assert seen == [(False, 45)]

    @pytest.mark.parametrize("text", ["", "\n\n", "no key\n", "ü\n"])
    def test_that_are_none_read_and_write_nothing(self, text):
        keys_path().parent.mkdir()
        keys_path().write_text(text)
        for act in (lambda: encrypt({}), lambda: decrypt("gAAAA")):
            with pytest.raises(Undecipherable):
                act()

    def test_are_read_again_when_the_file_is_another(self):
        old = encrypt("old")
        put_keys((Fernet.generate_key().decode(), *read_keys()))
        assert (decrypt(old), decrypt(encrypt("new"))) == ("old", "new")
        put_keys(read_keys()[:1])
        with pytest.raises(Undecipherable):
            decrypt(old)


@pytest.mark.django_db
class TestTheField:
    @pytest.mark.parametrize("value", VALUES)
    def test_gives_back_what_was_put_in(self, user, value):
        row = Integration.objects.create(user=user, type="slack", config=value)
        assert Integration.objects.get().config == value
        assert SECRET not in stored(row)

    def test_none_stays_none(self, user):
        PlatformAccount.objects.create(platform="facebook", external_id="1", owner=user, access_token=None)
        assert PlatformAccount.objects.filter(access_token__isnull=True).get().access_token is None

    @pytest.mark.parametrize("stored", ["", "plain", '{"bot_token": "x"}', "gAAAAABm" + "A" * 90])
    def test_hands_out_no_text_that_is_not_its_own(self, user, stored):
        connected(user)
        with connection.cursor() as cursor:
            cursor.execute("UPDATE conversations_integration SET config = %s", [stored])
        with pytest.raises(Undecipherable):
            Integration.objects.get()

    def test_raises_with_another_key_and_says_no_value(self, user):
        connected(user)
        put_keys((Fernet.generate_key().decode(),))
        with pytest.raises(Undecipherable) as failure:
            Integration.objects.get()
        assert str(failure.value) == "None of the keys in DATA_DIR/keys/secrets fits this value"
        assert Integration.objects.defer("config").get().type == "slack"

    @pytest.mark.parametrize(
        "lookup", ["config", "config__exact", "config__contains", "config__in", "config__bot_token"]
    )
    def test_refuses_to_be_looked_for(self, user, lookup):
        connected(user)
        with pytest.raises(FieldError):
            Integration.objects.filter(**{lookup: [SECRET]}).count()

    def test_is_dumped_as_ciphertext_and_loaded_again(self, user):
        row = connected(user)
        dumped = serializers.serialize("json", [row])
        assert SECRET not in dumped
        row.delete()
        next(iter(serializers.deserialize("json", dumped))).save()
        assert Integration.objects.get().config == {"bot_token": SECRET}

    def test_leaves_no_plaintext_in_the_database_file(self, user):
        row = connected(user)
        if connection.vendor == "sqlite":
            with connection.cursor() as cursor:
                file = cursor.connection.serialize()  # what the connection holds, as the file that it is
        else:
            file = b"conversations_integration" + stored(row).encode()
        assert (b"conversations_integration" in file, SECRET.encode() in file) == (True, False)


@pytest.mark.django_db
class TestRotation:
    def rows(self, user):
        PlatformAccount.objects.create(platform="facebook", external_id="1", owner=user, access_token="EAA-token")
        PlatformAccount.objects.create(platform="facebook", external_id="2", owner=user, access_token=None)
        for number in range(3):
            connected(UserFactory(), bot_token=SECRET, channel_id=f"C{number}")

    def values(self):
        tokens = PlatformAccount.objects.order_by("external_id").values_list("access_token", flat=True)
        return [row.config["channel_id"] for row in Integration.objects.order_by("pk")], list(tokens)

    def test_writes_everything_anew_in_portions(self, user, monkeypatch):
        monkeypatch.setattr(rotation, "PORTION", 2)
        self.rows(user)
        before, old = self.values(), read_keys()
        moments = list(Integration.objects.values_list("updated_at", flat=True))

        assert told_by() == "The new key is first in DATA_DIR/keys/secrets. 4 secrets were encrypted anew.\n"

        assert read_keys()[1:] == old
        put_keys(read_keys()[:1])  # the new one alone
        assert self.values() == before == (["C0", "C1", "C2"], ["EAA-token", None])
        assert list(Integration.objects.values_list("updated_at", flat=True)) == moments

    def test_done_twice_loses_nothing(self, user):
        self.rows(user)
        before = self.values()
        assert (rotation.rotate(), rotation.rotate(), rotation.rewrite_all()) == (4, 4, 0)
        assert (self.values(), len(read_keys())) == (before, 3)

    def test_goes_on_where_it_was_cut_off(self, user, monkeypatch):
        self.rows(user)
        before, replace = self.values(), rotation.replace

        def cut_off(model, column, key, stored):
            if model is Integration:
                raise KeyboardInterrupt
            return replace(model, column, key, stored)

        with monkeypatch.context() as patch:
            patch.setattr(rotation, "replace", cut_off)
            with pytest.raises(KeyboardInterrupt):
                rotation.rotate()
        assert self.values() == before
        assert told_by("--forget-old-keys").startswith("The old keys are gone. ")
        assert (self.values(), len(read_keys())) == (before, 1)

    def test_leaves_what_was_changed_meanwhile(self, user):
        row = connected(user)
        seen = stored(row)
        Integration.objects.update(config={"bot_token": "newer"})
        assert rotation.replace(Integration, "config", row.pk, seen) == 0
        assert Integration.objects.get().config == {"bot_token": "newer"}

    def test_keeps_all_keys_where_a_value_fits_none(self, user):
        row = connected(user)
        put_keys((Fernet.generate_key().decode(),))
        with pytest.raises(CommandError, match=f"conversations.Integration {row.pk}: no key fits its config"):
            told_by()
        assert len(read_keys()) == 2
        with pytest.raises(CommandError):
            told_by("--forget-old-keys")
        assert len(read_keys()) == 2


def told_by(*options):
    out = io.StringIO()
    call_command("rotate_secrets", *options, stdout=out)
    return out.getvalue()
