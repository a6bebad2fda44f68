"""`make shots`: every page family with demo data, at 1280 and 390 px, light and dark, into shots/.

Starts a house of its own on a free port with a fresh DATA_DIR; `BASE_URL` photographs one that runs already.
`python tests/shots.py market council` takes only the families whose names hold one of the words.
"""

import contextlib
import itertools
import json
import os
import pathlib
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from typing import Any, Literal

from playwright.sync_api import Browser, Page, sync_playwright

ROOT = pathlib.Path(__file__).resolve().parent.parent
SHOTS = ROOT / "shots"
SIZES = {"desk": (1280, 860), "phone": (390, 844)}
THEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

# These also go to the front page and the README, in both themes.
SHOWN = {"market": "market", "decision": "council", "thread": "inbox"}
SCREENS = ROOT / "static" / "img" / "screens"

SIGNED_OUT = {
    "home-out": "/",
    "sign-in": "/account/login/",
    "sign-up": "/account/signup/",
    "market-out": "/market/",
    "not-found": "/nowhere/",
    "feed-out": "/feed/",
    "tracks-out": "/tracks/",
}
# A path that starts with a selector in brackets is reached by the first such link of the page before it.
SIGNED_IN = {
    "home": "/",
    "market": "/market/",
    "product": "/market/ a[href^='/market/0']",
    "checkout": "/market/ a[href^='/market/0'] a[href^='/checkout/']",
    "orders": "/orders/",
    "order": "/orders/ a[href^='/orders/0']",
    "studio": "/studio/",
    "payouts": "/studio/payouts/",
    "payout": "/studio/payouts/ a[href^='/studio/payouts/0']",
    "fees": "/studio/fees/?price=12.35&currency=EUR",
    "gear": "/gear/",
    "gear-item": "/gear/?q=organ a[href^='/gear/0']",
    "gear-new": "/gear/new/",
    "rooms": "/rooms/",
    "room": "/rooms/ a[href^='/rooms/0']",
    "inbox": "/inbox/",
    "inbox-unanswered": "/inbox/?show=unanswered",
    "inbox-new": "/inbox/new/",
    "inbox-by-hand": "/inbox/new/client/",
    "thread": "/inbox/ a[href^='/inbox/0']",
    "thread-assistant": "/inbox/?q=Lukas a.client-row",
    "thread-failed": "/inbox/?q=Dorota a.client-row",
    "thread-closed": "/inbox/?status=closed a.client-row",
    "thread-facts": "/inbox/?q=Dorota a.client-row a.desk-more",
    "direct": "/inbox/?q=Petersen a.row",
    "channels": "/inbox/channels/",
    "tasks": "/inbox/tasks/",
    "knowledge": "/inbox/knowledge/",
    "integrations": "/inbox/integrations/",
    "integration": "/inbox/integrations/slack/",
    "council": "/council/",
    "decision": "/council/ a[href^='/council/0']",
    "graph": "/graph/",
    "graph-found": "/graph/?type=digital_product&tag=tag&q=a",
    "graph-new": "/graph/new/",
    "graph-form": "/graph/new/?type=token",
    "entity": "/graph/?type=creator&q=Mira a[href^='/graph/0']",
    "transfers": "/graph/transfers/",
    "connect": "/graph/?type=creator&q=Mira a[href^='/graph/0'] a[href$='/connect/']",
    "entity-edit": "/graph/?type=creator&q=Mira a[href^='/graph/0'] a[href$='/edit/']",
    "settings": "/settings/",
    "settings-subscription": "/settings/subscription/",
    "pricing": "/pricing/",
    "pricing-choice": "/pricing/ .tier-end>a.primary",
    "settings-security": "/settings/security/",
    "settings-second-factor": "/settings/two-factor/",
    "settings-passkeys": "/settings/passkeys/",
    "settings-connections": "/settings/connections/",
    "settings-sessions": "/settings/sessions/",
    "settings-keys": "/settings/api-keys/",
    "settings-privacy": "/settings/privacy/",
    "settings-history": "/settings/history/",
    "search": "/search?q=harbour",
    "feed": "/feed/",
    "tracks": "/tracks/",
    "track": "/tracks/ .track-title[href^='/tracks/0']",
    "track-new": "/tracks/new/",
    "trending": "/feed/trending/",
    "post": "/feed/trending/ .post-foot>a[href^='/posts/0']",
    "live": "/live/",
    "stream": "/live/ a[href^='/live/0']",
    "live-studio": "/live/studio/",
    "live-desk": "/live/studio/ a[href^='/live/studio/0']",
    "post-edit": "/feed/ .post-foot>a[href^='/posts/0'] a[href$='/edit/']",
    "people": "/people/",
    "person": "/feed/explore/ .post-by>a[href^='/people/0']",
    "followers": "/feed/explore/ .post-by>a[href^='/people/0'] a[href$='/followers/']",
    "followed": "/feed/explore/ .post-by>a[href^='/people/0'] a[href$='/following/']",
    "files": "/files/",
}


def free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]


@contextlib.contextmanager
def house() -> Iterator[tuple[str, dict]]:
    """A running Stoa with demo data: its address and its sign-ins."""
    if base := os.environ.get("BASE_URL"):
        data = pathlib.Path(os.environ.get("DATA_DIR", ROOT / "var"))
        yield base, json.loads((data / "demo.json").read_text())
        return
    data, port = pathlib.Path(tempfile.mkdtemp(prefix="stoa-shots-")), free_port()
    env = {**os.environ, "DATA_DIR": str(data), "PORT": str(port), "SITE_URL": f"http://localhost:{port}", "DEMO": "1"}
    tree = subprocess.Popen([sys.executable, "-m", "config.serve"], cwd=ROOT, env=env)
    try:
        base = f"http://localhost:{port}"
        wait_for(f"{base}/readyz")
        yield base, json.loads((data / "demo.json").read_text())
    finally:
        tree.terminate()
        tree.wait(15)


def wait_for(url: str, seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while True:
        try:
            urllib.request.urlopen(url, timeout=2)  # noqa: S310 -- an address of our own
        except OSError:
            if time.monotonic() > end:
                raise
            time.sleep(0.2)
        else:
            return


def sign_in(browser: Browser, base: str, person: dict) -> Any:
    """Once for all pictures: sign-ins are limited. The cookies, for further contexts."""
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"{base}/account/login/")
    page.fill("input[name=login]", person["email"])
    page.fill("input[name=password]", person["password"])
    page.click("main button[type=submit]")
    page.wait_for_url(f"{base}/")
    return context.storage_state()


def address_of(page: Page, base: str, path: str) -> str | None:
    """Follow the selectors behind a path, one link at a time; None where a link is not there."""
    start, *links = path.split(" ")
    page.goto(base + start)
    for selector in links:
        link = page.locator(f"main {selector}").first
        if not link.count():
            return None
        page.goto(base + (link.get_attribute("href") or ""))
    return page.url


def photograph(browser: Browser, base: str, person: dict | None, pages: dict[str, str], words: list[str]) -> list[str]:
    wanted = {name: path for name, path in pages.items() if not words or any(word in name for word in words)}
    problems: list[str] = []
    signed_in = sign_in(browser, base, person) if person else None
    for theme, size in itertools.product(THEMES, SIZES):
        width, height = SIZES[size]
        context = browser.new_context(
            viewport={"width": width, "height": height}, color_scheme=theme, storage_state=signed_in
        )
        page = context.new_page()
        listen(page, problems)
        for name, path in wanted.items():
            problems.extend(take(page, address_of(page, base, path), name, size, theme))
        context.close()
    return problems


def listen(page: Page, problems: list[str]) -> None:
    page.on("console", lambda m: problems.append(f"{m.location['url']}: {m.text}") if m.type == "error" else None)
    page.on("pageerror", lambda error: problems.append(f"script: {error}"))


def take(page: Page, address: str | None, name: str, size: str, theme: str) -> list[str]:
    """One picture; what is wrong with the page, in words."""
    if address is None:
        return [f"{name}: no such page"]
    page.wait_for_load_state("load")
    page.wait_for_timeout(250)
    page.screenshot(path=SHOTS / f"{name}-{size}-{theme}.png", full_page=os.environ.get("FULL") == "1")
    if name in SHOWN and size == "desk":
        page.screenshot(path=SCREENS / f"{SHOWN[name]}-{theme}.png")
    if page.evaluate("() => document.documentElement.scrollWidth > window.innerWidth + 1"):
        return [f"{name} ({size}): scrolls sideways"]
    return []


def main() -> int:
    SHOTS.mkdir(exist_ok=True)
    SCREENS.mkdir(exist_ok=True)
    words = sys.argv[1:]
    with house() as (base, demo), sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        problems = photograph(browser, base, None, SIGNED_OUT, words)
        problems += photograph(browser, base, demo["sign_ins"][0], SIGNED_IN, words)
        browser.close()
    for problem in sorted(set(problems)):
        print(problem)
    print(f"{len(list(SHOTS.glob('*.png')))} pictures in {SHOTS}")
    return 1 if problems else 0


if __name__ == "__main__":
    raise SystemExit(main())
