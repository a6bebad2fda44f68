"""Files in a real browser and over real sockets: uploaded, shared, opened by a stranger, revoked; uploads that break off."""

import os
import re
import signal
import socket
from contextlib import suppress
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import expect

from accounts.models import Session
from accounts.verbs.clients import Client as Origin
from accounts.verbs.sessions import access_token, open_session
from ontology.models import CloudFile
from tests.browsers import Person, browser, needs_browser
from tests.live import WebProcess
from tests.trees import eventually

pytestmark = pytest.mark.django_db(transaction=True)

BIG = 6 * 1024 * 1024


@pytest.fixture(scope="module")
def chromium():
    """The browser's own loop runs in this thread all the while; the tests themselves are not asynchronous."""
    with pytest.MonkeyPatch.context() as environment, browser() as running:
        environment.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
        yield running


@pytest.fixture
def web():
    process = WebProcess()
    yield process
    process.end()


@pytest.fixture
def arrive(chromium, web):
    """Someone at a browser of their own, signed in where a user is given."""
    people = []

    def sit_down(user=None):
        person = Person(chromium, f"http://{web.host}")
        if user:
            client = Client()
            client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
            name = settings.SESSION_COOKIE_NAME
            person.context.add_cookies([{"name": name, "value": client.cookies[name].value, "url": person.base}])
        people.append(person)
        return person

    yield sit_down
    for person in people:
        person.context.close()


def left():
    """What lies in the store and among incoming uploads."""
    folders = Path(settings.DATA_DIR, "files"), Path(settings.DATA_DIR, "incoming")
    return sorted(str(path) for folder in folders for path in folder.rglob("*") if path.is_file())


@pytest.mark.browser
@needs_browser
class TestABrowser:
    def test_uploads_shares_and_revokes(self, arrive, user, tmp_path):
        (tmp_path / "stems <1>.txt").write_bytes(b"words " * 1000)
        (tmp_path / "second.bin").write_bytes(b"\0" * 2_000_000)
        owner, guest = arrive(user), arrive()
        owner.goes_to("/files/")
        owner.sees("No files yet")
        owner.page.set_input_files("input[type=file]", [tmp_path / "stems <1>.txt", tmp_path / "second.bin"])
        owner.sees(re.compile("2.0 MB|1.9 MB"))
        owner.follows("stems <1>.txt")

        # With the keyboard alone: the button has the focus, Enter presses it.
        owner.page.get_by_role("button", name="Make a link").focus()
        owner.page.keyboard.press("Enter")
        link = owner.page.locator("#new-link").inner_text()
        assert link.startswith(f"{settings.SITE_URL}/shared/")
        path, page = link.removeprefix(settings.SITE_URL), f"/files/{CloudFile.objects.get(size_bytes=6000).pk}/"

        guest.goes_to(path)
        guest.sees("Shared by Ada Lovelace")
        with guest.page.expect_download() as started:
            guest.follows("Download")
        assert Path(started.value.path()).read_bytes() == b"words " * 1000

        owner.goes_to(page)
        expect(owner.page.locator("#new-link")).to_have_count(0)
        owner.sees("1 download")
        owner.presses("Revoke the link")
        owner.page.wait_for_load_state()
        expect(owner.page.locator(".file-links")).to_have_count(0)
        guest.goes_to(path)
        guest.sees("This link was revoked by the person who shared it")

        owner.page.get_by_role("button", name="Delete this file").click()
        owner.page.get_by_role("dialog").get_by_role("button", name="Delete the file").click()
        owner.sees("second.bin")
        expect(owner.page.locator(".table").get_by_text("stems <1>.txt")).to_have_count(0)
        assert owner.complaints == []
        # Chromium itself says of every answer above 399 that it was one.
        assert [text for text in guest.complaints if "410" not in text] == []

    def test_is_told_what_could_not_be_kept(self, arrive, user, tmp_path):
        (tmp_path / "empty.txt").write_bytes(b"")
        owner = arrive(user)
        owner.goes_to("/files/")
        owner.page.set_input_files("input[type=file]", tmp_path / "empty.txt")
        owner.sees("The file is empty.")
        assert [text for text in owner.complaints if "400" not in text] == []


class TestAnUploadThatBreaksOff:
    def begin(self, web, user):
        """Send the first half of a file and wait until the process has read of it."""
        session = open_session(user=user, style=Session.Style.VEZA, client=Origin())
        token = f"Bearer {access_token(session=session)}"
        head = (
            b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.bin"\r\n'
            b"Content-Type: application/octet-stream\r\n\r\n"
        )
        line = socket.create_connection(tuple(web.host.split(":")), timeout=30)
        line.sendall(
            (
                f"POST /api/v1/cloud/files HTTP/1.1\r\nHost: {web.host}\r\nAuthorization: {token}\r\n"
                f"Content-Type: multipart/form-data; boundary=x\r\nContent-Length: {BIG + 1000}\r\n\r\n"
            ).encode()
            + head
            + b"\1" * (BIG // 2)
        )
        return line

    @pytest.fixture(autouse=True)
    def _before(self):
        self.before = left()

    def test_because_its_sender_goes(self, web, user):
        self.begin(web, user).close()
        answer = socket.create_connection(tuple(web.host.split(":")), timeout=30)
        answer.sendall(f"GET /healthz HTTP/1.1\r\nHost: {web.host}\r\nConnection: close\r\n\r\n".encode())
        assert answer.recv(15).startswith(b"HTTP/1.1 200")
        answer.close()
        assert (left(), CloudFile.objects.count()) == (self.before, 0)

    def test_because_the_process_is_killed(self, web, user):
        line = self.begin(web, user)
        opened = f"/proc/{web.process.pid}/fd"

        def is_on_disk():
            """The half body lies in a file without a name, that goes with the process."""
            for name in os.listdir(opened):
                with suppress(FileNotFoundError):
                    target = os.readlink(f"{opened}/{name}")
                    if "/incoming/" in target and "deleted" in target:
                        return True
            return False

        eventually(is_on_disk, "the body is on disk")
        web.process.send_signal(signal.SIGKILL)
        web.process.wait()
        line.close()
        assert (left(), CloudFile.objects.count()) == (self.before, 0)
