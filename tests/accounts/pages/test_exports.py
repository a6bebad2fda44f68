"""GET /exports/<signed>: works without a sign-in until it expires, and for the owner by its id."""

import datetime as dt

import pytest
import time_machine
from django.test import Client

from accounts.models import SecurityEvent
from accounts.queries.exports import archive_of, export_link
from accounts.verbs.exports import assemble_export, request_export

pytestmark = pytest.mark.django_db

MOMENT = dt.datetime(2026, 3, 4, 5, 6, 7, tzinfo=dt.UTC)


@pytest.fixture(autouse=True)
def _own_disk(settings, tmp_path):
    settings.DATA_DIR, settings.MEDIA_ROOT = tmp_path, tmp_path / "media"


@pytest.fixture
def export(user):
    with time_machine.travel(MOMENT, tick=False):
        export = request_export(user=user)
        assemble_export(export_id=export.pk)
        export.refresh_from_db()
        yield export


@pytest.fixture
def place(export):
    return export_link(export).removeprefix("http://localhost:8000")


def downloads():
    return SecurityEvent.objects.filter(type="export_downloaded").values_list("user", "ip", "user_agent")


class TestTheLink:
    def test_fetches_the_archive_without_a_sign_in(self, export, place, user):
        answer = Client(headers={"User-Agent": "Curl"}, REMOTE_ADDR="192.0.2.7").get(place)

        assert answer.status_code == 200
        assert answer.getvalue() == archive_of(export).read_bytes()
        assert {name: answer.headers[name] for name in ("Content-Disposition", "Cache-Control", "Referrer-Policy")} == {
            "Content-Disposition": 'attachment; filename="stoa-2026-03-04.zip"',
            "Cache-Control": "private, no-store",
            "Referrer-Policy": "no-referrer",
        }
        assert list(downloads()) == [(user.pk, "192.0.2.7", "Curl")]

    def test_gives_pieces_and_counts_them_once(self, export, place):
        whole = archive_of(export).read_bytes()
        client = Client()
        pieces = [client.get(place, headers={"Range": f"bytes={part}"}) for part in ("0-9", "10-19")]

        assert [(piece.status_code, piece.getvalue()) for piece in pieces] == [(206, whole[:10]), (206, whole[10:20])]
        assert len(downloads()) == 1

    def test_looking_at_it_is_no_download(self, place):
        assert Client().head(place).status_code == 200
        assert not downloads()

    def test_expires(self, place):
        with time_machine.travel(MOMENT + dt.timedelta(days=7), tick=False):
            answer = Client().get(place)

        assert answer.status_code == 410
        assert "This link does not lead to a copy any more" in answer.content.decode()
        assert answer.headers["Cache-Control"] == "private, no-store"

    def test_is_gone_with_its_file(self, export, place):
        archive_of(export).unlink()

        assert Client().get(place).status_code == 410

    @pytest.mark.parametrize("token", ["x", "a:b:c", "..", "%00", "%2e%2e%2fkeys%2fsecret_key"])
    def test_made_up_ones_fetch_nothing(self, db, token):
        assert Client().get(f"/exports/{token}").status_code in (404, 410)
        assert not downloads()

    def test_takes_no_other_method(self, place):
        assert Client().post(place).status_code == 405


class TestTheOwner:
    def test_fetches_it_by_its_id(self, export, user):
        client = Client()
        client.force_login(user)

        assert client.get(f"/exports/{export.pk}").getvalue() == archive_of(export).read_bytes()

    def test_signs_in_first(self, export):
        answer = Client().get(f"/exports/{export.pk}")

        assert (answer.status_code, answer.headers["Location"]) == (302, f"/account/login/?next=/exports/{export.pk}")

    def test_others_find_nothing(self, export, stranger, staff):
        for person in (stranger, staff):
            client = Client()
            client.force_login(person)
            assert client.get(f"/exports/{export.pk}").status_code == 404
        assert not downloads()
