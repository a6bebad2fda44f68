"""Every page family as people use it: by eye and by screen reader, on the narrowest phone, without a mouse, and without
JavaScript. One house for all of it, with the demo's people and things.
"""

import json
import re
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browsers import Person, browser, needs_browser
from tests.shots import SIGNED_IN, SIGNED_OUT, address_of
from tests.trees import own_services, started, stranger

pytestmark = [pytest.mark.browser, needs_browser]

PASSWORD = "demo colonnade"
NARROWEST = {"width": 360, "height": 740}
MORE = {
    "studio-products": "/studio/products/",
    "studio-sales": "/studio/orders/",
    "studio-payouts": "/studio/payouts/",
    "product-form": "/studio/products/new/",
    "new-room": "/rooms/new/",
    "room-people": "/rooms/ a[href^='/rooms/0'] a[href$='/people/']",
    "settings-new-key": "/settings/api-keys/new/",
    "settings-leave": "/settings/privacy/leave/",
}
SIGNED_IN_PAGES = {**SIGNED_IN, **MORE}
FAMILIES = [("", name) for name in SIGNED_OUT] + [("mira", name) for name in SIGNED_IN_PAGES]
GRAVE = ("serious", "critical")
# What a page's first heading says; "" where the demo decides.
HEADINGS = {
    "home-out": "Make it.", "sign-in": "Welcome back", "sign-up": "Take your place", "market-out": "Market",
    "not-found": "There is nothing at this address", "home": "Good to see you", "market": "Market",
    "checkout": "Checkout", "orders": "Your orders", "order": "Order S-", "studio": "Studio", "rooms": "Rooms",
    "inbox": "Inbox", "inbox-unanswered": "Inbox", "inbox-new": "New message", "inbox-by-hand": "A client elsewhere", "thread": "Anna Weiss",
    "thread-assistant": "Lukas Brandt", "thread-failed": "Dorota Nowak", "thread-closed": "Piet de Vries",
    "thread-facts": "Dorota Nowak", "direct": "Sam Petersen", "channels": "Channels", "tasks": "Tasks",
    "knowledge": "Knowledge",
    "council": "Council", "graph": "Graph", "entity": "Mira Okafor", "settings": "Profile",
    "settings-security": "Password and e-mail", "settings-second-factor": "Second factor",
    "settings-passkeys": "Passkeys", "settings-connections": "Connected accounts", "settings-sessions": "Sessions",
    "settings-keys": "API keys", "settings-new-key": "New API key", "settings-privacy": "Privacy and data",
    "settings-leave": "Delete this account", "settings-history": "Security history",
    "graph-found": "Graph", "graph-new": "What is it?", "graph-form": "Add: Token", "connect": "Connect it",
    "entity-edit": "Edit", "transfers": "Import and export", "people": "People", "followers": "Followers",
    "followed": "Following", "files": "Files", "post-edit": "Edit your post",
    "search": "harbour", "decision": "Should I press Harbour Lights",
    "tracks-out": "Tracks", "tracks": "Tracks", "track-new": "Upload a track", "feed-out": "Feed", "feed": "Feed", "trending": "Feed", "post": "A post by", "person": "",
    "live": "Live", "stream": "Harbour at night", "live-studio": "Your live streams",
    "live-desk": "Harbour at night",
}  # fmt: skip


@pytest.fixture(scope="module")
def tree(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pages")
    with own_services() as services:
        environment = stranger(services, folder, DEMO="1", DEMO_PASSWORD=PASSWORD, LLM_MODEL="offline:advisor")
        with started(environment) as running:
            running.sign_ins = json.loads((Path(folder) / "demo.json").read_text())["sign_ins"]
            yield running


@pytest.fixture(scope="module")
def chromium():
    with browser() as running:
        yield running


@pytest.fixture(scope="module")
def base(tree):
    return f"http://localhost:{tree.port}"


@pytest.fixture(scope="module")
def signed_in(base, chromium):
    """The cookies of {"": nobody, "mira", "sam"}; sign-ins are limited, so each comes once. Sam comes by keyboard."""
    mira = Person(chromium, base)
    mira.signs_in("mira@demo.example", PASSWORD)
    kept = mira.context.storage_state()
    mira.context.close()
    return {"": None, "mira": kept}


@pytest.fixture(scope="module")
def addresses(base, chromium, signed_in):
    """{family: its address}, found once by following the links as people do."""
    found = {name: base + path for name, path in SIGNED_OUT.items()}
    mira = Person(chromium, base, storage_state=signed_in["mira"], java_script_enabled=False)
    found |= {name: address_of(mira.page, base, path) for name, path in SIGNED_IN_PAGES.items()}
    mira.context.close()
    assert [name for name, address in found.items() if address is None] == []
    return found


@pytest.fixture(scope="module")
def readers(base, chromium, signed_in):
    """One browser each for nobody and Mira, on the narrowest phone; the theme is switched page by page."""
    people = {
        who: Person(chromium, base, storage_state=kept, reduced_motion="reduce") for who, kept in signed_in.items()
    }
    yield people
    for person in people.values():
        person.context.close()


@pytest.fixture(scope="module")
def plain(base, chromium, signed_in):
    """The same two with JavaScript off."""
    people = {
        who: Person(chromium, base, storage_state=kept, java_script_enabled=False) for who, kept in signed_in.items()
    }
    yield people
    for person in people.values():
        person.context.close()


@pytest.fixture(scope="module")
def sam(base, chromium):
    person = Person(chromium, base)
    yield person
    person.context.close()


# When nothing that is drawn moves any more: what stands in a closed menu is animated without ever coming to an end.
STILL = """() => Promise.race([
  Promise.allSettled(document.getAnimations().map((running) => running.effect.target.checkVisibility() && running.finished)),
  new Promise((done) => setTimeout(done, 5000)),
]).then(() => null)"""


def faults(page: Page) -> list[str]:
    """What axe calls serious or critical, with where it is; colours that are still changing are waited for."""
    page.evaluate(STILL)
    answer = Axe().run(page, options={"resultTypes": ["violations"]}).response
    return [
        f"{violation['id']}: {node['html'][:120]}"
        for violation in answer["violations"]
        if violation["impact"] in GRAVE
        for node in violation["nodes"]
    ]


class TestEveryPage:
    @pytest.mark.parametrize(("who", "name"), FAMILIES)
    def test_is_sound(self, readers, addresses, who, name):
        """Nothing grave for axe in light and dark, no sideways scroll at 360 px, a clean console."""
        person = readers[who]
        page = person.page
        person.complaints.clear()
        page.emulate_media(color_scheme="light")
        page.set_viewport_size({"width": 1280, "height": 860})
        page.goto(addresses[name])
        in_light = faults(page)
        page.emulate_media(color_scheme="dark")
        page.set_viewport_size(NARROWEST)
        assert (in_light, faults(page)) == ([], [])
        assert page.evaluate("document.documentElement.scrollWidth") <= NARROWEST["width"]
        assert [text for text in person.complaints if not (name == "not-found" and "404" in text)] == []

    @pytest.mark.parametrize(("who", "name"), FAMILIES)
    def test_reads_without_javascript(self, plain, addresses, who, name):
        page = plain[who].page
        page.goto(addresses[name])
        heading = page.locator("main :is(h1, h2)").first
        expect(heading).to_be_visible()
        assert HEADINGS.get(name, "") in page.locator("main h1").first.inner_text()
        assert len(page.locator("main").inner_text()) > 80


class TestWithoutJavascript:
    """One form of each family."""

    def test_market_is_searched_and_something_is_bought_and_reviewed(self, plain):
        mira = plain["mira"]
        mira.goes_to("/market/")
        mira.page.fill("main input[name=q]", "everyday bowl")
        mira.presses("Show")
        mira.follows("Everyday Bowl")
        mira.follows("Buy")
        for name, typed in (("name", "Mira Okafor"), ("line1", "Rua do Cais 8"), ("city", "Porto")):
            mira.page.fill(f"main input[name=shipping_{name}]", typed)
        mira.page.select_option("main select[name=shipping_country]", "PT")
        mira.presses("Pay 38.00 EUR")
        mira.page.wait_for_url(re.compile(r"/orders/"))
        order = mira.page.url
        for _ in range(40):
            mira.page.goto(order)
            if mira.page.locator("main").get_by_text("Thank you.").count():
                break
            mira.page.wait_for_timeout(250)
        mira.follows("Review")
        mira.page.locator("main input[name=rating][value='5']").check(force=True)
        mira.page.get_by_label("What should others know?").fill("It holds soup.")
        mira.presses("Publish the review")
        expect(mira.page.locator(".review").get_by_text("It holds soup.")).to_be_visible()

    def test_a_message_is_sent(self, plain, addresses):
        mira = plain["mira"]
        mira.page.goto(addresses["room"])
        mira.page.locator("main textarea").last.fill("Said without a script")
        mira.page.locator("main .composer button[type=submit]").click()
        mira.sees("Said without a script")

    def test_the_council_is_asked(self, plain):
        mira = plain["mira"]
        mira.goes_to("/council/")
        mira.page.fill("main textarea[name=question]", "Should I learn the organ?")
        mira.presses("Ask the council")
        mira.page.wait_for_url(re.compile(r"/council/[0-9a-f-]{36}/"))
        expect(mira.page.locator("main h1")).to_have_text("Should I learn the organ?")

    def test_a_product_is_listed(self, plain):
        mira = plain["mira"]
        mira.goes_to("/studio/products/new/")
        mira.page.get_by_label("Title").fill("A word without a break " + "w" * 90)
        mira.page.get_by_label("Price", exact=True).fill("5.00")
        mira.page.locator("select[name=status]").select_option("active")
        mira.presses("Save the product")
        mira.sees("A word without a break")

    def test_settings_are_saved(self, plain):
        mira = plain["mira"]
        mira.goes_to("/settings/")
        mira.page.fill("main input[name=company]", "Harbour Works")
        mira.presses("Save")
        mira.sees("Saved.")

    def test_search_and_graph_answer(self, plain):
        mira = plain["mira"]
        mira.goes_to("/graph/")
        mira.page.fill("main input[name=q]", "Night")
        mira.page.keyboard.press("Enter")
        mira.sees("Night listeners")
        mira.page.fill("#search", "Harbour")
        mira.page.keyboard.press("Enter")
        mira.page.wait_for_url(re.compile(r"/search\?q=Harbour"))
        mira.sees("Harbour Lights")


def tab_to(page: Page, selector: str, most: int = 60) -> None:
    """Press Tab until the focus is there; each stop on the way shows that it has the focus."""
    for _ in range(most):
        page.keyboard.press("Tab")
        if page.evaluate("s => document.activeElement.matches(s)", selector):
            return
    raise AssertionError(f"the Tab key never comes to {selector}")


class TestKeyboardAlone:
    """Not one click: signing in, menus, and a purchase."""

    def test_signs_in(self, sam):
        page = sam.goes_to("/account/login/")
        tab_to(page, "input[name=login]")
        page.keyboard.type("sam@demo.example")
        tab_to(page, "input[name=password]")
        page.keyboard.type(PASSWORD)
        page.keyboard.press("Enter")
        page.wait_for_url(f"{sam.base}/")

    def test_skips_to_the_content(self, sam):
        page = sam.goes_to("/market/")
        page.keyboard.press("Tab")
        expect(page.get_by_role("link", name="Skip to the content")).to_be_in_viewport()
        page.keyboard.press("Enter")
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.closest('main') !== null")

    def test_menu_closes_on_escape_and_gives_the_focus_back(self, sam):
        page = sam.goes_to("/market/")
        tab_to(page, "summary.account-button")
        page.keyboard.press("Enter")
        page.keyboard.press("ArrowDown")
        assert page.evaluate("document.activeElement.textContent.trim()") == "Your page"
        page.keyboard.press("Escape")
        assert page.evaluate("document.activeElement.matches('summary.account-button')")
        expect(page.locator(".menu[open]")).to_have_count(0)

    def test_menu_closes_when_the_focus_moves_on(self, sam):
        page = sam.page
        page.keyboard.press("Enter")
        expect(page.locator(".top .menu[open]")).to_have_count(1)
        tab_to(page, "main *", most=12)
        expect(page.locator(".menu[open]")).to_have_count(0)

    def test_buys(self, sam):
        page = sam.goes_to("/market/?q=Gulls")
        tab_to(page, "main a[href^='/market/0']")
        page.keyboard.press("Enter")
        page.wait_for_url(re.compile(r"/market/0"))
        tab_to(page, "main a[href^='/checkout/']")
        page.keyboard.press("Enter")
        page.wait_for_url(re.compile(r"/checkout/"))
        tab_to(page, "main form button[type=submit]")
        page.keyboard.press("Enter")
        page.wait_for_url(re.compile(r"/orders/"))
        sam.sees("Thank you. The maker has been told.")

    @pytest.mark.parametrize(
        "name", ["market", "checkout", "council", "room", "graph", "settings", "settings-security", "settings-privacy"]
    )
    def test_shows_where_the_focus_is_and_lets_go(self, readers, addresses, name):
        """Each stop is visible on the screen and marked, and the last one leads out of the page or to its beginning."""
        page = readers["mira"].page
        page.set_viewport_size({"width": 1280, "height": 860})
        page.goto(addresses[name])
        first = None
        for _ in range(80):
            page.keyboard.press("Tab")
            stop = page.evaluate(FOCUS)
            if stop is None or stop == first:
                return
            first = first or stop
            assert (stop["seen"], stop["marked"]) == (True, True), stop["html"]
        raise AssertionError("the Tab key never leaves this page")


# Where the focus is: in the viewport, and with an outline of its own or on what holds it. None at the page's end.
FOCUS = """() => {
  const here = document.activeElement;
  if (here === document.body) return null;
  const box = here.getBoundingClientRect();
  const outlined = (it) => getComputedStyle(it).outlineStyle !== "none" || getComputedStyle(it).boxShadow !== "none";
  const marked = outlined(here) || [...document.querySelectorAll(":focus-within")].slice(-5).some(outlined);
  return { seen: box.bottom > 0 && box.top < innerHeight, marked, html: here.outerHTML.slice(0, 120) };
}"""
