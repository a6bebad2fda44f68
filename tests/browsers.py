"""The Chromium that is installed, driven by Playwright. Where there is none, browser tests say so and are skipped."""

import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PATIENCE_MS = 60_000


def chromium() -> str | None:
    named = os.environ.get("CHROMIUM")
    return named or next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


needs_browser = pytest.mark.skipif(chromium() is None, reason="no Chromium is installed, so no browser journey is run")


@contextmanager
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        expect.set_options(timeout=PATIENCE_MS)
        yield playwright.chromium.launch(executable_path=chromium(), args=FLAGS)


class Person:
    """Somebody at a browser of their own. Errors on the console are kept, and a test ends with none."""

    def __init__(self, of: Browser, base: str, **options) -> None:
        self.base = base
        self.context = of.new_context(viewport={"width": 1280, "height": 860}, **options)
        self.context.set_default_timeout(PATIENCE_MS)
        self.page: Page = self.context.new_page()
        self.complaints: list[str] = []
        self.page.on("console", lambda m: self.complaints.append(m.text) if m.type == "error" else None)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def goes_to(self, path: str) -> Page:
        self.page.goto(self.base + path)
        return self.page

    def presses(self, name: str) -> None:
        self.page.locator("main").get_by_role("button", name=name).first.click()

    def follows(self, name: str) -> None:
        self.page.locator("main").get_by_role("link", name=name).first.click()

    def sees(self, text: str | re.Pattern) -> None:
        expect(self.page.locator("main").get_by_text(text).first).to_be_visible()

    def signs_in(self, email: str, password: str) -> None:
        self.goes_to("/account/login/")
        self.page.fill("input[name=login]", email)
        self.page.fill("input[name=password]", password)
        self.page.locator("main form button[type=submit]").first.click()
        self.page.wait_for_url(f"{self.base}/")
