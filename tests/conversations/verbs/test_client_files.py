import datetime as dt

import pytest
import time_machine
from django.utils.timezone import now

from config.storages import cloud_files
from conversations.gateways.client_media import NotFetched, fetch
from conversations.gateways.meta import AccountAddress
from conversations.jobs.client_files import copy_files_of_all, sweep_contents
from conversations.models import Delivery, Message, PlatformAccount
from conversations.verbs.client_files import copy_files
from ontology.models import Change
from tests.clients import verified_client
from tests.factories.pictures import picture
from tests.factories.platforms import (
    account_of,
    instagram,
    message,
    messenger,
    told,
    wa_text,
    whatsapp,
    whatsapp_account_of,
)
from tests.fakes.meta import TOKEN, FakeMeta, used_by

pytestmark = pytest.mark.django_db
IG = "178001"


@pytest.fixture(autouse=True)
def _own_disk(settings, tmp_path):
    options = {"location": str(tmp_path), "base_url": None}
    storage = {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": options}
    settings.STORAGES = {**settings.STORAGES, "files": storage}


@pytest.fixture
def meta(settings):
    with FakeMeta().standing() as house:
        used_by(settings, house)
        settings.META_IS_SET_UP = False
        yield house


@pytest.fixture
def came(meta, user):
    """A message with a picture that lies at Meta, and one that only leads elsewhere."""
    meta.files["a.jpg"] = picture()
    account_of(user, "instagram", IG)
    files = [
        {"type": "image", "payload": {"url": f"{meta.base}/files/a.jpg"}},
        {"type": "story_mention", "payload": {"url": f"{meta.base}/files/a.jpg"}},
    ]
    told(instagram(message(page=IG, text="Look", attachments=files)), "/webhooks/instagram")
    return Message.objects.get()


def files_of(row):
    row.refresh_from_db()
    return row.metadata["attachments"]


def stored():
    try:
        return [f"clients/{name}" for name in cloud_files().listdir("clients")[1]]
    except FileNotFoundError:
        return []


class TestCopyFiles:
    def test_is_asked_for_after_the_commit(self, meta, user, queued, django_capture_on_commit_callbacks):
        account_of(user)
        file = {"type": "image", "payload": {"url": f"{meta.base}/files/a.jpg"}}

        with django_capture_on_commit_callbacks(execute=True):
            told(messenger(message(attachments=[file])))

        asked = {"message_id": str(Message.objects.get().pk)}
        assert ("conversations.jobs.client_files.copy_files", (), asked) in queued
        assert Delivery.objects.get().next_try_at is not None

    def test_keeps_the_file_and_of_a_story_the_link_alone(self, came, meta):
        assert copy_files(message_id=came.pk) == 1
        assert copy_files(message_id=came.pk) == 0

        copied, story = files_of(came)
        assert (copied["content_type"], copied["size_bytes"]) == ("image/png", len(meta.files["a.jpg"]))
        with cloud_files().open(copied["key"]) as kept:
            assert kept.read() == meta.files["a.jpg"]
        assert (story["kind"], "key" in story) == ("story_mention", False)
        assert Delivery.objects.get().next_try_at is None
        assert Change.objects.get(kind="MessageChanged").payload["what"] == "files_kept"
        assert meta.count("GET /files") == 1

    def test_of_whatsapp_are_found_by_their_id_with_the_token(self, meta, user):
        meta.files["900"] = b"%PDF-1.7 the plan"
        account = whatsapp_account_of(user)
        PlatformAccount.objects.filter(pk=account.pk).update(access_token=TOKEN, is_sandbox=False)
        sent = {"id": "900", "mime_type": "application/pdf", "filename": "p.pdf"}
        told(whatsapp(messages=[{**wa_text(), "type": "document", "document": sent}]), "/webhooks/whatsapp")

        assert copy_files(message_id=Message.objects.get().pk) == 1

        (copied,) = files_of(Message.objects.get())
        assert (copied["content_type"], copied["name"]) == ("application/pdf", "p.pdf")
        assert meta.asked[-1].headers["authorization"] == f"Bearer {TOKEN}"

    def test_is_tried_again_while_the_platform_is_away(self, came, meta):
        meta.go_wrong("500", on="GET /files", times=2)
        assert copy_files(message_id=came.pk) == 0
        copy_files_of_all()
        assert meta.count("GET /files") == 1

        for minutes in (3, 10):
            with time_machine.travel(now() + dt.timedelta(minutes=minutes)):
                copy_files_of_all()

        assert "key" in files_of(came)[0]
        assert meta.count("GET /files") == 3

    @pytest.mark.parametrize(("content", "reason"), [(None, "gone"), (b"", "gone"), (b"x" * 2000, "too_large")])
    def test_gives_up_what_is_not_to_be_had(self, came, meta, settings, content, reason):
        settings.UPLOAD_BYTES = {**settings.UPLOAD_BYTES, "client_media": 1000}
        meta.files["a.jpg"] = content

        assert copy_files(message_id=came.pk) == 0

        assert (files_of(came)[0]["problem"], Delivery.objects.get().next_try_at) == (reason, None)
        assert stored() == []

    def test_leaves_nothing_of_what_was_taken_back(self, came, django_capture_on_commit_callbacks):
        copy_files(message_id=came.pk)
        assert len(stored()) == 1

        with django_capture_on_commit_callbacks(execute=True):
            told(instagram(message(page=IG, text=None, is_deleted=True)), "/webhooks/instagram")

        assert stored() == []

    def test_leaves_nothing_of_what_was_taken_back_while_it_was_fetched(
        self, came, meta, monkeypatch, django_capture_on_commit_callbacks
    ):
        def fetched_late(*args, **kwargs):
            content = fetch(*args, **kwargs)
            told(instagram(message(page=IG, text=None, is_deleted=True)), "/webhooks/instagram")
            return content

        monkeypatch.setattr("conversations.verbs.client_files.fetch", fetched_late)
        with django_capture_on_commit_callbacks() as afterwards:
            copy_files(message_id=came.pk)
        assert len(stored()) == 1  # the store is called outside, when nothing is locked any more
        for call in afterwards:
            call()

        came.refresh_from_db()
        assert (came.metadata, stored()) == ({"deleted": True}, [])

    def test_the_sweep_removes_what_no_message_names(self, came):
        copy_files(message_id=came.pk)
        Message.objects.update(metadata={"erased": True})

        sweep_contents()
        assert len(stored()) == 1
        with time_machine.travel(now() + dt.timedelta(days=2)):
            sweep_contents()
        assert stored() == []

    def test_the_sweep_leaves_what_a_message_names(self, came):
        copy_files(message_id=came.pk)

        with time_machine.travel(now() + dt.timedelta(days=2)):
            sweep_contents()

        assert len(stored()) == 1


class TestWhereItIsFetchedFrom:
    @pytest.mark.parametrize(
        "url",
        [
            "http://example.com/a.jpg", "https://127.0.0.1/a.jpg", "https://localhost/a.jpg", "https://[::1]/a.jpg",
            "https://169.254.169.254/latest", "https://2130706433/a.jpg", "https://10.0.0.1/a", "ftp://example.com/a", "",
        ],
    )  # fmt: skip
    def test_is_never_our_own_network(self, url):
        with pytest.raises(NotFetched) as refusal:
            fetch(AccountAddress("facebook", "101"), url=url, most_bytes=1000)

        assert refusal.value.reason in ("refused", "away")


class TestThePage:
    def test_hands_it_out_to_who_may_see_the_message(self, came, meta, user, stranger, client):
        copy_files(message_id=came.pk)
        place = f"/inbox/files/{came.pk}/0/"

        assert client.get(place).status_code == 302
        assert verified_client(stranger).get(place).status_code == 404
        mine = verified_client(user)
        answer = mine.get(place)
        assert (answer.status_code, answer.content) == (200, meta.files["a.jpg"])
        assert answer.headers["Content-Disposition"].startswith("attachment")
        assert mine.get(f"/inbox/files/{came.pk}/1/").status_code == 404
        assert mine.get(f"/inbox/files/{came.pk}/9/").status_code == 404


def test_a_message_without_files_waits_for_nothing(user):
    account_of(user)
    told(messenger(message()))

    assert (Delivery.objects.get().next_try_at, Change.objects.filter(kind="ClientFilesNamed").count()) == (None, 0)
