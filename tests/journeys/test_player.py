"""A sound in a browser: uploaded with its progress, played, going on while one browses, moved by keys, talked about."""

import json
import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browsers import Person, browser, needs_browser
from tests.factories.sounds import wav
from tests.trees import own_services, started, stranger

pytestmark = [pytest.mark.browser, needs_browser]

PASSWORD = "demo colonnade"
AT = "() => document.querySelector('.dock audio')?.currentTime ?? 0"
PAUSED = "() => document.querySelector('.dock audio')?.paused ?? true"


@pytest.fixture(scope="module")
def tree(tmp_path_factory):
    folder = tmp_path_factory.mktemp("player")
    with own_services() as services:
        environment = stranger(services, folder, DEMO="1", DEMO_PASSWORD=PASSWORD, LLM_MODEL="offline:advisor")
        with started(environment) as running:
            running.sign_ins = json.loads((Path(folder) / "demo.json").read_text())["sign_ins"]
            yield running


@pytest.fixture(scope="module")
def mira(tree):
    with browser() as chromium:
        person = Person(chromium, f"http://localhost:{tree.port}")
        person.signs_in("mira@demo.example", PASSWORD)
        yield person
        assert person.complaints == []


def plays_past(page, seconds):
    page.wait_for_function(f"() => ({AT})() > {seconds}")
    assert page.evaluate(PAUSED) is False


class TestAPlayer:
    def test_goes_on_while_one_browses(self, mira):
        page = mira.goes_to("/tracks/")
        assert page.locator(".dock").count() == 0
        page.get_by_role("button", name="Play Study for Late Beginners").click()
        dock = page.get_by_role("region", name="Player")
        expect(dock.get_by_role("link", name="Study for Late Beginners")).to_be_visible()
        plays_past(page, 1)
        page.get_by_role("link", name="Market").first.click()
        page.wait_for_url(re.compile("/market/"))
        plays_past(page, 1.2)
        dock.get_by_role("button", name="Pause Study for Late Beginners").click()
        at = page.evaluate(AT)
        page.get_by_role("link", name="Home").first.click()
        page.wait_for_url(f"{mira.base}/")
        page.wait_for_function(f"() => Math.abs(({AT})() - {at}) < 0.5")
        assert page.evaluate(PAUSED) is True

    def test_is_moved_by_keys_and_says_where_it_is(self, mira):
        page = mira.page
        slider = page.get_by_role("region", name="Player").get_by_role(
            "slider", name="Place in Study for Late Beginners"
        )
        slider.focus()
        slider.press("Home")
        slider.press("ArrowRight")
        slider.press("ArrowRight")
        expect(slider).to_have_attribute("aria-valuetext", "0:10 of 0:24")
        slider.press("PageDown")
        expect(slider).to_have_attribute("aria-valuetext", "0:00 of 0:24")
        slider.press(" ")
        plays_past(page, 0.3)
        slider.press(" ")
        page.wait_for_function(PAUSED)

    def test_begins_the_next_track_of_the_list(self, mira):
        page = mira.goes_to("/tracks/")
        page.get_by_role("button", name="Play Rain Sketch No. 2").click()
        plays_past(page, 0.2)
        page.get_by_role("region", name="Player").get_by_role("slider").press("End")
        dock = page.get_by_role("region", name="Player")
        expect(dock.get_by_role("link", name="Study for Late Beginners")).to_be_visible()
        plays_past(page, 0.2)
        dock.get_by_role("button", name="Stop and close the player").click()
        expect(page.locator(".dock")).to_have_count(0)
        mira.goes_to("/market/")
        expect(page.locator(".dock")).to_have_count(0)


class TestATrack:
    def test_is_uploaded_heard_liked_and_talked_about(self, mira):
        page = mira.goes_to("/tracks/new/")
        page.set_input_files(
            "main input[name=file]", {"name": "gulls_at_six.wav", "mimeType": "audio/wav", "buffer": wav(20)}
        )
        page.get_by_label("Genre").fill("Field recording")
        mira.presses("Upload the track")
        page.wait_for_url(re.compile(r"/tracks/[0-9a-f-]{36}/$"))
        expect(page.locator("main h1")).to_have_text("gulls at six")
        for _ in range(40):
            page.reload()
            if "v" in (page.locator(".wave-all").get_attribute("d") or ""):
                break
            page.wait_for_timeout(500)
        box = page.locator(".wave").bounding_box()
        page.locator(".wave").click(position={"x": box["width"] / 2, "y": box["height"] / 2})
        plays_past(page, 10)
        page.locator("main").get_by_role("button", name="Like").click()
        expect(page.locator("main [data-likes]").first).to_have_text("1")
        mira.presses("Where it plays now")
        expect(page.get_by_label("Moment")).to_have_value(re.compile(r"0:1\d"))
        page.get_by_label("Your comment").fill("Here they come.")
        mira.presses("Comment")
        mira.sees("Here they come.")
        plays_past(page, 10)
        page.locator(".comment-at").first.click()
        page.wait_for_function(f"() => ({AT})() >= 10")

    def test_refused_is_explained_beside_its_field(self, mira):
        page = mira.goes_to("/tracks/new/")
        page.set_input_files("main input[name=file]", {"name": "a.mp3", "mimeType": "audio/mpeg", "buffer": b"<html>"})
        page.get_by_label("Artist").fill("Kept as typed")
        mira.presses("Upload the track")
        mira.sees("This is not a recording that can be used here.")
        expect(page.get_by_label("Artist")).to_have_value("Kept as typed")
        mira.complaints[:] = [text for text in mira.complaints if "400" not in text]
