"""Import and export of the graph as people reach it: asked for, followed, told why not, downloaded by nobody else."""

import io
import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from ontology.models import Entity, GraphTransfer
from ontology.queries.transfers import file_of
from ontology.verbs.entities import create_entity
from ontology.verbs.transfers import request_export, request_import, run_transfer

pytestmark = pytest.mark.django_db

PLACE = "/graph/transfers/"
THING = json.dumps({"kind": "entity", "type": "course", "name": "Harmony"}).encode()


@pytest.fixture(autouse=True)
def _own_folder(settings, tmp_path):
    settings.DATA_DIR = tmp_path


def signed_in(user):
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def browser(user):
    return signed_in(user)


def exported(user):
    transfer = request_export(user=user)
    run_transfer(transfer_id=transfer.pk)
    return f"{PLACE}{transfer.pk}/download/"


class TestImport:
    def test_takes_a_file_and_follows_it(self, browser, user):
        answer = browser.post(PLACE, {"file": SimpleUploadedFile("in.jsonl", THING + b"\n" + THING)})
        assert (answer.status_code, answer["Location"]) == (302, PLACE)
        waiting = browser.get(PLACE).content.decode()
        assert "Waiting its turn" in waiting
        assert 'hx-get="/graph/transfers/part/" hx-trigger="every 2s"' in waiting
        assert "Export mine" not in waiting
        GraphTransfer.objects.update(status="running", total_lines=2000, done_lines=1000)
        part = browser.get(f"{PLACE}part/").content.decode()
        assert '<progress aria-label="Import" value="1000" max="2000"></progress>' in part
        assert "1,000 of 2,000 lines" in part
        assert "<html" not in part
        GraphTransfer.objects.update(status="queued", total_lines=0, done_lines=0)
        run_transfer(transfer_id=GraphTransfer.objects.get().pk)
        done = browser.get(PLACE).content.decode()
        assert "2 lines" in done
        assert "every 2s" not in done
        assert Entity.objects.filter(owner=user, name="Harmony").count() == 2

    def test_names_the_line_that_failed(self, browser, user):
        transfer = request_import(user=user, content=io.BytesIO(THING + b"\n<b>\n"))
        run_transfer(transfer_id=transfer.pk)
        assert "Line 2: The line is not valid JSON. Nothing was imported." in browser.get(PLACE).content.decode()

    def test_says_what_is_wrong_with_the_file(self, browser, user):
        empty = browser.post(PLACE, {"file": SimpleUploadedFile("in.jsonl", b"")})
        assert (empty.status_code, empty.context["form"].errors["file"]) == (422, ["The file is empty."])
        assert browser.post(PLACE, {}).context["form"].errors.keys() == {"file"}
        request_export(user=user)
        busy = browser.post(PLACE, {"file": SimpleUploadedFile("in.jsonl", THING)})
        assert (busy.status_code, "wait for its end" in str(busy.context["form"].errors)) == (422, True)


class TestExport:
    def test_is_asked_for_and_downloaded(self, browser, user):
        create_entity(type="course", name="Harmony", by=user)
        assert browser.post(f"{PLACE}export/")["Location"] == PLACE
        transfer = GraphTransfer.objects.get()
        address = f"{PLACE}{transfer.pk}/download/"
        assert browser.get(address).status_code == 404
        run_transfer(transfer_id=transfer.pk)
        assert f'href="{address}"' in browser.get(PLACE).content.decode()
        answer = browser.get(address)
        lines = [json.loads(line) for line in answer.content.splitlines()]
        assert "Harmony" in {line.get("name") for line in lines}
        assert answer["Content-Disposition"].startswith('attachment; filename="stoa-graph-')
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert answer["Cache-Control"] == "private, no-store"

    def test_is_for_its_owner(self, user, stranger, staff):
        address = exported(user)
        assert [signed_in(who).get(address).status_code for who in (stranger, staff)] == [404, 404]
        assert Client().get(address)["Location"].startswith("/account/login/")
        assert "Harmony" not in signed_in(stranger).get(PLACE).content.decode()

    def test_whose_file_is_gone_is_not_found(self, browser, user):
        address = exported(user)
        file_of(GraphTransfer.objects.get()).unlink()
        assert browser.get(address).status_code == 404

    def test_of_an_import_there_is_no_download(self, browser, user):
        transfer = request_import(user=user, content=io.BytesIO(THING))
        run_transfer(transfer_id=transfer.pk)
        assert browser.get(f"{PLACE}{transfer.pk}/download/").status_code == 404

    def test_waits_for_the_one_before(self, browser):
        browser.post(f"{PLACE}export/")
        page = browser.post(f"{PLACE}export/", follow=True)
        assert "Please wait for its end." in page.content.decode()


class TestPlace:
    def test_is_reached_from_the_graph(self, browser):
        assert f'href="{PLACE}"' in browser.get("/graph/").content.decode()

    def test_is_empty_at_first(self, browser):
        assert '<div class="empty">' in browser.get(PLACE).content.decode()

    @pytest.mark.parametrize("path", ["", "part/"])
    def test_asks_for_a_sign_in(self, path):
        assert Client().get(PLACE + path)["Location"].startswith("/account/login/?next=")

    def test_changes_only_by_a_form(self, browser):
        assert browser.get(f"{PLACE}export/").status_code == 405
