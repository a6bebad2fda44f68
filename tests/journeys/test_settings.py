"""The settings as people use them in a browser: with the keyboard alone, and without JavaScript."""

import base64
import re
import time

import pytest
from django_otp.oath import TOTP
from playwright.sync_api import expect

from tests.browsers import Person, browser, needs_browser
from tests.trees import own_services, started, stranger

pytestmark = [pytest.mark.browser, needs_browser]

PASSWORD = "demo colonnade"


@pytest.fixture(scope="module")
def tree(tmp_path_factory):
    with own_services() as services:
        environment = stranger(
            services, tmp_path_factory.mktemp("settings"), DEMO="1", DEMO_PASSWORD=PASSWORD, LLM_MODEL="offline:advisor"
        )
        with started(environment) as running:
            yield running


@pytest.fixture(scope="module")
def chromium():
    with browser() as running:
        yield running


@pytest.fixture(scope="module")
def leila(tree, chromium):
    """With a keyboard and nothing else."""
    person = Person(chromium, f"http://localhost:{tree.port}")
    person.signs_in("leila@demo.example", PASSWORD)
    yield person
    assert person.complaints == []


@pytest.fixture(scope="module")
def jonas(tree, chromium):
    """Without JavaScript."""
    person = Person(chromium, f"http://localhost:{tree.port}", java_script_enabled=False)
    person.signs_in("jonas@demo.example", PASSWORD)
    return person


def tab_to(page, selector, most=80):
    """Press Tab until the focus is there."""
    for _ in range(most):
        page.keyboard.press("Tab")
        if page.evaluate("s => document.activeElement.matches(s)", selector):
            return
    raise AssertionError(f"the Tab key never comes to {selector}")


def code_of(secret, clock=None):
    """What an authenticator app with this secret shows, at a moment that was not used yet."""
    key = base64.b32decode(secret.replace(" ", ""))
    app = TOTP(key)
    app.time = clock or time.time()
    return f"{app.token():06d}"


class TestWithTheKeyboard:
    def test_every_page_is_reached_from_the_list(self, leila):
        page = leila.goes_to("/settings/")
        for address in (
            "privacy",
            "security",
            "two-factor",
            "passkeys",
            "connections",
            "sessions",
            "api-keys",
            "history",
        ):
            tab_to(page, f".settings-nav a[href='/settings/{address}/']")
            page.keyboard.press("Enter")
            page.wait_for_url(f"{leila.base}/settings/{address}/")
            assert page.evaluate("document.querySelector('.settings-nav [aria-current]').textContent.trim()") == (
                page.locator("main h1").inner_text()
            )

    def test_the_profile_is_saved(self, leila):
        page = leila.goes_to("/settings/")
        tab_to(page, "main input[name=company]")
        page.keyboard.type("Harbour Press")
        page.keyboard.press("Enter")
        leila.sees("Saved.")
        expect(page.locator("main input[name=company]")).to_have_value("Harbour Press")

    def test_a_key_is_made_and_revoked(self, leila):
        page = leila.goes_to("/settings/api-keys/")
        tab_to(page, "main a[href='/settings/api-keys/new/']")
        page.keyboard.press("Enter")
        page.wait_for_url("**/settings/api-keys/new/")
        tab_to(page, "main input[name=name]")
        page.keyboard.type("Backup")
        tab_to(page, "main input[value=write]")
        page.keyboard.press("Space")
        tab_to(page, "main form button[type=submit]")
        page.keyboard.press("Enter")
        expect(page.locator("#api-key")).to_have_text(re.compile(r"^veza_sk_"))

        page = leila.goes_to("/settings/api-keys/")
        tab_to(page, "main [commandfor]")
        page.keyboard.press("Enter")
        expect(page.locator("dialog[open]")).to_be_visible()
        page.keyboard.press("Escape")
        expect(page.locator("dialog[open]")).to_have_count(0)
        page.keyboard.press("Enter")
        tab_to(page, "dialog button.danger")
        page.keyboard.press("Enter")
        leila.sees("No keys")

    def test_a_session_elsewhere_is_ended(self, leila, chromium):
        elsewhere = Person(chromium, leila.base)
        elsewhere.signs_in("leila@demo.example", PASSWORD)
        page = leila.goes_to("/settings/sessions/")
        tab_to(page, "main form[action$='/end/'] button")
        page.keyboard.press("Enter")
        leila.sees("You are signed in nowhere else.")
        elsewhere.goes_to("/settings/")
        assert "/account/login/" in elsewhere.page.url
        elsewhere.context.close()

    def test_the_second_factor_is_switched_on(self, leila):
        page = leila.goes_to("/settings/two-factor/?next=/market/")
        tab_to(page, "main button.primary")
        page.keyboard.press("Enter")
        page.wait_for_url("**/begin/*")
        secret = page.locator("#secret").inner_text()
        tab_to(page, "main input[name=code]")
        page.keyboard.type(code_of(secret))
        page.keyboard.press("Enter")
        expect(page.locator("#codes li")).to_have_count(10)
        tab_to(page, "main a.primary")
        page.keyboard.press("Enter")
        page.wait_for_url(f"{leila.base}/market/")
        leila.goes_to("/settings/two-factor/")
        leila.sees("10 of 10 left")

    def test_the_list_folds_on_a_phone(self, leila):
        page = leila.page
        page.set_viewport_size({"width": 360, "height": 740})
        leila.goes_to("/settings/")
        tab_to(page, ".settings-picker summary")
        page.keyboard.press("Enter")
        tab_to(page, ".settings-picker a[href='/settings/history/']")
        page.keyboard.press("Enter")
        page.wait_for_url(f"{leila.base}/settings/history/")
        leila.sees("Second factor switched on")
        page.set_viewport_size({"width": 1280, "height": 860})


class TestWithoutJavascript:
    def test_a_key_is_revoked_on_a_page_of_its_own(self, jonas):
        jonas.goes_to("/settings/api-keys/new/")
        jonas.page.fill("main input[name=name]", "Cron")
        jonas.presses("Make the key")
        jonas.follows("I have kept it")
        jonas.follows("Revoke")
        jonas.sees("This cannot be undone.")
        jonas.presses("Revoke the key")
        jonas.sees("Cron is revoked.")

    def test_the_address_is_changed_in_its_fold(self, jonas):
        jonas.goes_to("/settings/security/")
        jonas.page.locator("summary", has_text="Change the address").click()
        jonas.page.fill("main input[name=email]", "jonas.new@demo.example")
        jonas.presses("Send a link to it")
        jonas.sees("You asked to move to")

    def test_a_copy_is_made_looked_at_again_and_fetched(self, jonas):
        jonas.goes_to("/settings/privacy/")
        jonas.presses("Ask for a copy")
        for _ in range(120):
            if jonas.page.get_by_role("link", name="Download").count():
                break
            jonas.page.wait_for_timeout(500)
            jonas.goes_to("/settings/privacy/")
        with jonas.page.expect_download() as download:
            jonas.follows("Download")
        assert download.value.suggested_filename.endswith(".zip")

    def test_leaving_is_called_off(self, jonas):
        jonas.goes_to("/settings/privacy/")
        jonas.follows("What happens then")
        jonas.presses("Delete my account")
        jonas.sees("This account is leaving")
        jonas.goes_to("/settings/history/")
        jonas.presses("Call it off")
        jonas.sees("Called off. Nothing was deleted.")

    def test_says_why_a_passkey_cannot_be_made(self, jonas):
        jonas.goes_to("/settings/passkeys/")
        expect(jonas.page.locator("main noscript")).to_be_visible()
        assert "that needs JavaScript" in jonas.page.locator("main noscript").inner_text()
