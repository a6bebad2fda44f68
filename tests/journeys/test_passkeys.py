"""A passkey made and used in a real browser, with Chromium's own virtual authenticator, through static/js/passkeys.js."""

import pytest
from playwright.sync_api import expect

from tests.browsers import Person, browser, needs_browser
from tests.trees import own_services, started, stranger

pytestmark = [pytest.mark.browser, needs_browser]

EMAIL, PASSWORD = "dan@example.com", "a quiet colonnade 8"
# The markup that static/js/passkeys.js asks for, on a page that this test serves under Stoa's own address.
PAGE = """
<!doctype html><html lang="en"><head><title>Passkeys</title><link rel="icon" href="data:,">
<script type="module" src="/static/js/passkeys.js"></script></head><body><main>
<div><button type="button" data-passkey-sign-in data-next="{next}">Sign in with a passkey</button></div>
<form data-passkey-register data-next="/own-page?registered" data-proof="/own-page?proof">
<label>Name <input name="name" maxlength="64"></label><button>Add a passkey</button></form>
<p role="alert" data-passkey-error hidden></p></main></body></html>
"""
AUTHENTICATOR = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}
ASK = """async ([method, path, body]) => {
  const headers = {"Content-Type": "application/json"};
  const response = await fetch("/api/auth/" + path, body ? {method, headers, body: JSON.stringify(body)} : {method});
  return [response.status, await response.json()];
}"""


class Owner(Person):
    """Somebody whose browser has an authenticator that can be told what to do."""

    def __init__(self, of, base):
        super().__init__(of, base)
        self.onward = "/own-page?signed-in"
        self.context.route(
            "**/own-page*",
            lambda route: route.fulfill(body=PAGE.format(next=self.onward), content_type="text/html; charset=utf-8"),
        )
        self.devtools = self.context.new_cdp_session(self.page)
        self.devtools.send("WebAuthn.enable")
        made = self.devtools.send("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR})
        self.authenticator = {"authenticatorId": made["authenticatorId"]}

    def asks(self, method, path, body=None):
        return self.page.evaluate(ASK, [method, path, body])

    def credentials(self):
        return self.devtools.send("WebAuthn.getCredentials", self.authenticator)["credentials"]

    def verifies(self, does):
        self.devtools.send("WebAuthn.setUserVerified", {**self.authenticator, "isUserVerified": does})

    def is_told(self, sentence):
        alert = self.page.get_by_role("alert")
        expect(alert).to_have_text(sentence)
        expect(self.page.get_by_role("button", name="Add a passkey")).to_be_enabled()


@pytest.fixture(scope="module")
def tree(tmp_path_factory):
    with own_services() as services:
        environment = stranger(services, tmp_path_factory.mktemp("passkeys"), RATE_LIMIT_AUTH="")
        with started(environment) as running:
            yield running


@pytest.fixture(scope="module")
def dan(tree):
    with browser() as chromium:
        owner = Owner(chromium, f"http://localhost:{tree.port}")
        owner.goes_to("/own-page")
        body = {"email": EMAIL, "name": "Dan", "password": PASSWORD}
        assert owner.asks("POST", "sign-up/email", body)[0] == 200
        yield owner


class TestPasskey:
    """One story in order: each chapter stands on the ones before it."""

    def test_is_made(self, dan):
        dan.page.get_by_label("Name").fill("Dan's MacBook")
        dan.page.keyboard.press("Enter")
        dan.page.wait_for_url("**/own-page?registered")
        status, passkeys = dan.asks("GET", "passkey/list-user-passkeys")
        assert (status, [each["name"] for each in passkeys]) == (200, ["Dan's MacBook"])
        [credential] = dan.credentials()
        assert credential["isResidentCredential"]
        assert credential["rpId"] == "localhost"
        assert dan.complaints == []

    def test_is_made_once_a_device(self, dan):
        dan.page.get_by_role("button", name="Add a passkey").click()
        dan.is_told("This device holds a passkey for this account already.")
        assert len(dan.credentials()) == 1

    def test_is_not_made_in_an_old_session(self, dan):
        refusal = '{"code": "SESSION_NOT_FRESH", "message": "Please sign in again", "error": ""}'
        options = "**/generate-registration-options"
        dan.context.route(options, lambda route: route.fulfill(status=403, body=refusal))
        dan.page.get_by_role("button", name="Add a passkey").click()
        dan.page.wait_for_url("**/own-page?proof")
        dan.context.unroute(options)

    def test_signs_in(self, dan):
        assert dan.asks("POST", "sign-out", {}) == [200, {"success": True}]
        assert dan.asks("GET", "get-session") == [200, None]
        dan.goes_to("/own-page")
        dan.page.get_by_role("button", name="Sign in with a passkey").focus()
        dan.page.keyboard.press("Enter")
        dan.page.wait_for_url("**/own-page?signed-in")
        status, body = dan.asks("GET", "session")
        assert (status, body["user"]["email"]) == (200, EMAIL)

    def test_is_not_used_without_its_person(self, dan):
        dan.verifies(False)
        dan.page.get_by_role("button", name="Sign in with a passkey").click()
        dan.is_told("No passkey was used. Try again when you are ready, or choose another way.")
        dan.verifies(True)

    def test_never_leads_to_another_site(self, dan):
        dan.onward = "https://evil.example/"
        dan.goes_to("/own-page?before")
        with dan.page.expect_navigation():
            dan.page.get_by_role("button", name="Sign in with a passkey").click()
        assert dan.page.url == f"{dan.base}/own-page?before"

    def test_a_copy_is_refused(self, dan):
        [credential] = dan.credentials()
        dan.devtools.send(
            "WebAuthn.removeCredential", {**dan.authenticator, "credentialId": credential["credentialId"]}
        )
        copy = {key: credential[key] for key in credential if key not in ("largeBlob",)} | {"signCount": 1}
        dan.devtools.send("WebAuthn.addCredential", {**dan.authenticator, "credential": copy})
        dan.page.get_by_role("button", name="Sign in with a passkey").click()
        dan.is_told("Authentication failed")

    def test_says_where_it_works(self, dan):
        dan.page.goto(f"{dan.base.replace('localhost', '127.0.0.1')}/own-page")
        dan.page.get_by_role("button", name="Sign in with a passkey").click()
        dan.is_told(
            "Passkeys do not work at this address. Open Stoa under the name it was set up with, such as localhost instead of 127.0.0.1."
        )

    def test_an_unknown_one_is_refused(self, dan):
        """Removed from the account, kept on the device."""
        dan.goes_to("/own-page")
        assert dan.asks("POST", "sign-in/email", {"email": EMAIL, "password": PASSWORD})[0] == 200
        [passkey] = dan.asks("GET", "passkey/list-user-passkeys")[1]
        assert dan.asks("POST", "passkey/delete-passkey", {"id": passkey["id"]}) == [200, {"status": True}]
        dan.page.get_by_role("button", name="Sign in with a passkey").click()
        dan.is_told("Authentication failed")


class TestOnThePages:
    """The same on Stoa's own pages, with the keyboard alone."""

    def test_is_made_in_settings(self, dan):
        dan.goes_to("/settings/passkeys/")
        dan.sees("No passkey yet")
        dan.page.get_by_label("Name of the new passkey").focus()
        dan.page.keyboard.type("The grey one")
        dan.page.keyboard.press("Enter")
        dan.sees("The grey one")
        expect(dan.page.get_by_role("link", name="Rename")).to_have_count(1)
        assert [each["name"] for each in dan.asks("GET", "passkey/list-user-passkeys")[1]] == ["The grey one"]

    def test_signs_in_and_goes_where_one_was_going(self, dan):
        dan.asks("POST", "sign-out", {})
        dan.goes_to("/settings/passkeys/")
        assert "/account/login/?next=/settings/passkeys/" in dan.page.url
        reaches(dan.page, "Use a passkey")
        dan.page.keyboard.press("Enter")
        dan.page.wait_for_url(f"{dan.base}/settings/passkeys/")
        dan.sees("The grey one")

    def test_a_cancelled_one_is_told_beside_the_button(self, dan):
        dan.asks("POST", "sign-out", {})
        dan.goes_to("/account/login/")
        dan.verifies(False)
        reaches(dan.page, "Use a passkey")
        dan.page.keyboard.press("Enter")
        expect(dan.page.locator("[data-passkey-error]")).to_have_text(
            "No passkey was used. Try again when you are ready, or choose another way."
        )
        dan.verifies(True)


def reaches(page, name):
    """Tab by tab to the button of this name."""
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.textContent.trim()") == name:
            return
    pytest.fail(f"no Tab reaches {name}")
