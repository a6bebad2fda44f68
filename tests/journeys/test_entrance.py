"""The way in with the keyboard alone: signing up, the mail's link, a forgotten password, a link to sign in, a second factor."""

import base64
import email
import re
import time
from email import policy

import httpx
import pytest
from django_otp.oath import TOTP
from playwright.sync_api import expect

from tests.browsers import Person, browser, needs_browser
from tests.journeys.test_pages import NARROWEST, faults, tab_to
from tests.trees import eventually, own_services, started, stranger

pytestmark = [pytest.mark.browser, needs_browser]

ADDRESS = "vera@example.com"
FIRST, SECOND = "a quiet colonnade 8", "another colonnade 9"
PUBLIC = (
    "/account/login/",
    "/account/signup/",
    "/account/password/reset/",
    "/account/password/reset/done/",
    "/account/magic-link/",
    "/account/magic-link/sent/",
    "/account/github/login/",
    "/account/3rdparty/login/cancelled/",
    "/reset-password?token=x",
    "/verify-email?token=x",
    "/magic-link?token=x",
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("entrance")


@pytest.fixture(scope="module")
def tree(folder):
    with own_services() as services:
        providers = {f"{name}_CLIENT_{half}": "x" for name in ("GITHUB", "GOOGLE") for half in ("ID", "SECRET")}
        with started(stranger(services, folder, RATE_LIMIT_AUTH="", **providers)) as running:
            yield running


@pytest.fixture(scope="module")
def chromium():
    with browser() as running:
        yield running


@pytest.fixture(scope="module")
def base(tree):
    return f"http://localhost:{tree.port}"


@pytest.fixture(scope="module")
def vera(base, chromium):
    person = Person(chromium, base, reduced_motion="reduce")
    yield person
    person.context.close()
    assert [text for text in person.complaints if "400" not in text] == []


@pytest.fixture(scope="module")
def mailbox(folder):
    return Mailbox(folder / "mail")


class Mailbox:
    """The mails kept as files."""

    def __init__(self, folder):
        self.folder = folder
        self.read = set()

    def next_link(self, path):
        """The link to this place in a mail that was not read before."""
        return eventually(lambda: self.unread(path), f"a mail with a link to {path}")

    def unread(self, path):
        for file in sorted(self.folder.glob("*")):
            message = email.message_from_bytes(file.read_bytes(), policy=policy.default)
            body = message.get_body(("plain",)) if message["to"] else None
            found = re.search(rf"http\S+{path}\?token=[\w-]+", body.get_content()) if body else None
            if found and found.group() not in self.read:
                self.read.add(found.group())
                return found.group()
        return None


def types(page, **fields):
    """Fill the form by Tab and keys, and press Enter in its last field."""
    for name, text in fields.items():
        tab_to(page, f"input[name={name}]")
        page.keyboard.type(text)
    page.keyboard.press("Enter")


def presses(page, selector):
    tab_to(page, selector)
    page.keyboard.press("Enter")


def signs_out(page, base):
    page.goto(f"{base}/account/logout/")
    presses(page, "main form button[type=submit]")
    page.wait_for_url(f"{base}/")


class TestKeyboardAlone:
    """One long day of Vera's, in order."""

    def test_signs_up_and_opens_the_link(self, vera, base, mailbox):
        page = vera.goes_to("/account/login/")
        presses(page, "main a[href^='/account/signup/']")
        page.wait_for_url("**/account/signup/")
        types(page, name="Vera Brandt", email=ADDRESS, password1=FIRST)
        page.wait_for_url(f"{base}/")
        vera.sees("This server sends no mail")
        page.goto(mailbox.next_link("/verify-email"))
        vera.sees("Is this address yours?")
        presses(page, "main form button[type=submit]")
        page.wait_for_url(f"{base}/")
        expect(page.locator("main h1")).to_contain_text("Good")

    def test_signs_out_and_in(self, vera, base):
        page = vera.page
        signs_out(page, base)
        page.goto(f"{base}/account/login/?next=/settings/")
        types(page, login=ADDRESS, password="wrong")
        vera.sees("The address or the password is not correct.")
        expect(page.locator("input[name=login]")).to_have_value(ADDRESS)
        types(page, password=FIRST)
        page.wait_for_url(f"{base}/settings/")

    def test_chooses_a_new_password_by_mail(self, vera, base, mailbox):
        page = vera.page
        signs_out(page, base)
        page.goto(f"{base}/account/login/")
        presses(page, "main a[href='/account/password/reset/']")
        page.wait_for_url("**/account/password/reset/")
        types(page, email=ADDRESS)
        page.wait_for_url("**/account/password/reset/done/")
        link = mailbox.next_link("/reset-password")
        page.goto(link)
        types(page, password="short")
        vera.sees("too short")
        types(page, password=SECOND)
        page.wait_for_url("**/account/password/reset/key/done/")
        presses(page, "main a[href='/account/login/']")
        page.wait_for_url("**/account/login/")
        types(page, login=ADDRESS, password=SECOND)
        page.wait_for_url(f"{base}/")
        signs_out(page, base)
        page.goto(link)
        vera.sees("This link no longer works")

    def test_signs_in_by_mail(self, vera, base, mailbox):
        page = vera.goes_to("/account/login/")
        presses(page, "main a[href='/account/magic-link/']")
        page.wait_for_url("**/account/magic-link/")
        types(page, email=ADDRESS)
        page.wait_for_url("**/account/magic-link/sent/")
        page.goto(mailbox.next_link("/magic-link"))
        presses(page, "main form button[type=submit]")
        page.wait_for_url(f"{base}/")

    def test_gives_the_second_factor(self, vera, base, mailbox):
        codes = Authenticator(base)
        page = vera.page
        signs_out(page, base)
        page.goto(f"{base}/account/login/?next=/settings/")
        types(page, login=ADDRESS, password=SECOND)
        page.wait_for_url("**/account/challenge/")
        assert (look_at(page), page.title()) == ([], "Second factor · Stoa")
        tab_to(page, "button[name=leave]")
        types(page, code="000000")
        vera.sees("Invalid code")
        types(page, code=codes.code())
        page.wait_for_url(f"{base}/settings/")
        signs_out(page, base)
        page.goto(f"{base}/account/magic-link/")
        types(page, email=ADDRESS)
        page.wait_for_url("**/account/magic-link/sent/")
        page.goto(mailbox.next_link("/magic-link"))
        types(page, code=codes.backup[0])
        page.wait_for_url(f"{base}/")


class Authenticator:
    """Vera's app and her paper with backup codes; set up through ONE."""

    def __init__(self, base):
        with httpx.Client(base_url=base, timeout=60) as api:
            token = api.post("/auth/signIn", json={"email": ADDRESS, "password": SECOND}).json()["token"]
            body = {"token": token, "password": SECOND}
            told = api.post("/auth/setup2FA", json=body).json()
            assert api.post("/auth/verify2FA", json=body).json() == {"success": True}
        self.secret, self.backup = told["secret"], told["backupCodes"]

    def code(self):
        totp = TOTP(base64.b32decode(self.secret))
        totp.time = time.time()
        return f"{totp.token():06d}"


def look_at(page):
    """What axe finds grave, in light at full width and in dark on the narrowest phone; and sideways scrolling."""
    page.emulate_media(color_scheme="light")
    page.set_viewport_size({"width": 1280, "height": 860})
    found = faults(page)
    page.emulate_media(color_scheme="dark")
    page.set_viewport_size(NARROWEST)
    found += faults(page)
    if page.evaluate("document.documentElement.scrollWidth") > NARROWEST["width"]:
        found.append("scrolls sideways")
    return found


class TestEveryPage:
    @pytest.mark.parametrize("path", PUBLIC)
    def test_is_sound(self, base, chromium, path):
        reader = Person(chromium, base, reduced_motion="reduce")
        page = reader.goes_to(path)
        assert look_at(page) == []
        assert [text for text in reader.complaints if "400" not in text] == []
        reader.context.close()

    @pytest.mark.parametrize("path", PUBLIC)
    def test_reads_without_javascript(self, base, chromium, path):
        reader = Person(chromium, base, java_script_enabled=False)
        page = reader.goes_to(path)
        expect(page.locator("main h1")).to_be_visible()
        expect(page.get_by_text("Use a passkey")).to_be_hidden()
        reader.context.close()

    def test_signs_up_and_confirms_without_javascript(self, base, chromium, mailbox):
        otto = Person(chromium, base, java_script_enabled=False)
        page = otto.goes_to("/account/signup/")
        page.fill("[name=name]", "Otto")
        page.fill("[name=email]", "otto@example.com")
        page.fill("[name=password1]", FIRST)
        otto.presses("Create my account")
        page.goto(mailbox.next_link("/verify-email"))
        otto.presses("Yes, confirm it")
        page.wait_for_url(f"{base}/")
        otto.context.close()

    def test_a_button_leads_to_the_provider(self, base, chromium):
        """The page's own policy lets the form leave for it; GitHub is played by the browser, also behind a redirect."""
        reader = Person(chromium, base)
        page = reader.goes_to("/account/login/")
        devtools = reader.context.new_cdp_session(page)
        answer = {"responseCode": 200, "body": base64.b64encode(b"GitHub").decode()}
        devtools.on(
            "Fetch.requestPaused",
            lambda asked: devtools.send("Fetch.fulfillRequest", {"requestId": asked["requestId"], **answer}),
        )
        devtools.send("Fetch.enable", {"patterns": [{"urlPattern": "https://github.com/*"}]})
        presses(page, "form[action='/account/github/login/'] button")
        page.wait_for_url(re.compile(r"^https://github\.com/login/oauth/authorize\?"))
        assert [text for text in reader.complaints if "Policy" in text] == []
        reader.context.close()
