"""The store in a real browser, from what a seller lists to the money that went back: list, cart, sign-up, pay, download,
invoice, review, refund, credit note; and what the seller sees of it.
"""

import json
import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browsers import Person, browser, needs_browser
from tests.trees import own_services, started, stranger

pytestmark = [pytest.mark.browser, needs_browser]

PASSWORD = "demo colonnade"
TITLE, PRICE = "Songs for the Ferry", "9.00 EUR"


@pytest.fixture(scope="module")
def house(tmp_path_factory):
    folder = tmp_path_factory.mktemp("store")
    with own_services() as services:
        environment = stranger(services, folder, DEMO="1", DEMO_PASSWORD=PASSWORD, LLM_MODEL="offline:advisor")
        with started(environment) as tree, browser() as chromium:
            base = f"http://localhost:{tree.port}"
            sign_ins = json.loads((Path(folder) / "demo.json").read_text())["sign_ins"]
            assert "mira@demo.example" in {each["email"] for each in sign_ins}
            yield Person(chromium, base), Person(chromium, base)


class Story:
    """What the chapters hand on."""

    order_path = ""


class TestStore:
    """One story in order: each chapter stands on the ones before it."""

    def test_a_seller_lists_what_she_made(self, house):
        _, mira = house
        mira.signs_in("mira@demo.example", PASSWORD)
        mira.goes_to("/studio/products/new/")
        mira.page.get_by_label("Title").fill(TITLE)
        mira.page.get_by_label("Description").fill("Five songs, each as long as a crossing.")
        mira.page.get_by_label("Price", exact=True).fill("9.00")
        mira.presses("Save the product")
        mira.sees("It is a draft: nobody else sees it yet.")
        mira.page.get_by_label("A file for your buyers").set_input_files(
            {"name": "songs.txt", "mimeType": "text/plain", "buffer": b"Cast off."}
        )
        mira.presses("Add the file")
        mira.sees("songs.txt")
        mira.presses("Put it on the market")
        mira.goes_to("/market/?q=ferry")
        mira.sees(TITLE)

    def test_a_visitors_cart_is_still_there_after_signing_up(self, house):
        noor, _ = house
        noor.goes_to("/market/?q=ferry")
        noor.follows(TITLE)
        noor.presses("Add to cart")
        noor.goes_to("/cart/")
        noor.sees(TITLE)
        noor.goes_to("/account/signup/")
        for name, typed in (
            ("name", "Noor Visser"),
            ("email", "noor@example.com"),
            ("password1", "a quiet colonnade 8"),
        ):
            noor.page.fill(f"input[name={name}]", typed)
        noor.page.locator("main form button[type=submit]").first.click()
        noor.page.wait_for_url(f"{noor.base}/")
        noor.goes_to("/cart/")
        expect(noor.page.locator(".cart-line")).to_have_count(1)
        noor.sees(TITLE)

    def test_she_pays_and_what_she_bought_is_hers(self, house):
        noor, _ = house
        noor.follows("Check out")
        noor.presses(f"Pay {PRICE}")
        noor.page.wait_for_url(re.compile(r"/orders/[0-9a-f-]{36}/"))
        noor.sees("Thank you. The maker has been told.")
        Story.order_path = noor.page.url.removeprefix(noor.base)
        expect(noor.page.locator("main .license-files").get_by_text("Download").first).to_be_visible()
        noor.goes_to("/cart/")
        noor.sees("Your cart is empty")

    def test_the_invoice_is_a_pdf(self, house):
        noor, _ = house
        noor.goes_to(Story.order_path)
        link = noor.page.locator("main a.row").filter(has_text="Invoice").first
        answer = noor.context.request.get(noor.base + link.get_attribute("href"))
        assert (answer.status, answer.headers["content-type"], answer.body()[:5]) == (200, "application/pdf", b"%PDF-")

    def test_she_reviews_it(self, house):
        noor, _ = house
        noor.follows("Review")
        noor.page.locator("main input[name=rating][value='5']").check(force=True)
        noor.page.get_by_label("What should others know?").fill("Slow in the best way.")
        noor.presses("Publish the review")
        expect(noor.page.locator(".review").get_by_text("Slow in the best way.")).to_be_visible()

    def test_she_gets_her_money_back_and_the_files_close(self, house):
        noor, _ = house
        noor.goes_to(Story.order_path)
        noor.follows("Ask for your money back")
        noor.page.get_by_label("Reason").fill("Bought by mistake")
        noor.page.locator("main form button[type=submit]").last.click()
        noor.page.wait_for_url(re.compile(r"/orders/[0-9a-f-]{36}/"))
        # The provider's own word comes by webhook; then the credit note is there and the licence is not.
        link = noor.page.locator("main a.row").filter(has_text="Credit note").first
        for _ in range(60):
            if link.count():
                break
            noor.page.wait_for_timeout(500)
            noor.page.reload()
        expect(link).to_be_visible()
        expect(noor.page.locator("main").get_by_text("Refunded").first).to_be_visible()
        expect(noor.page.locator("main .license-files").get_by_text("Download")).to_have_count(0)

    def test_the_seller_sees_it_all(self, house):
        _, mira = house
        mira.goes_to("/studio/orders/")
        mira.sees("Noor Visser")
        mira.goes_to("/studio/payouts/")
        expect(mira.page.locator(".payout-state").first).to_be_visible()

    def test_nothing_was_refused_by_the_browser(self, house):
        assert [complaint for person in house for complaint in person.complaints] == []
