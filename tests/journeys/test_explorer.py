"""Somebody adds a thing to the graph, tags it, connects it, sees its neighbour in the picture, changes and deletes it:
by keyboard alone, and once more on a phone without scripts."""

import re

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import Page, expect

from ontology.models import Entity
from ontology.verbs.entities import create_entity
from tests.browsers import Person, browser, needs_browser
from tests.live import WebProcess

pytestmark = [pytest.mark.browser, needs_browser, pytest.mark.django_db(transaction=True)]

AN_ENTITY = re.compile(r"/graph/[0-9a-f-]{36}/(#\w+)?$")


@pytest.fixture(scope="module")
def chromium():
    """The browser's own loop runs in this thread all the while; the tests themselves are not asynchronous."""
    with pytest.MonkeyPatch.context() as environment, browser() as running:
        environment.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
        yield running


@pytest.fixture(scope="module")
def web(django_db_setup, django_db_blocker):
    with django_db_blocker.unblock():
        process = WebProcess()
    yield process
    process.end()


@pytest.fixture
def arrive(chromium, web, user):
    people = []

    def sit_down(**options):
        person = Person(chromium, f"http://{web.host}", **options)
        client = Client()
        client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
        name = settings.SESSION_COOKIE_NAME
        person.context.add_cookies([{"name": name, "value": client.cookies[name].value, "url": person.base}])
        people.append(person)
        return person

    yield sit_down
    for person in people:
        person.context.close()


def tab_to(page: Page, selector: str, most: int = 120) -> None:
    for _ in range(most):
        page.keyboard.press("Tab")
        if page.evaluate("s => document.activeElement.matches(s)", selector):
            return
    raise AssertionError(f"the Tab key never comes to {selector}")


def press(page: Page, selector: str) -> None:
    tab_to(page, selector)
    page.keyboard.press("Enter")


def write(page: Page, selector: str, text: str) -> None:
    tab_to(page, selector)
    page.keyboard.press("Control+A")
    page.keyboard.type(text)


class TestByKeyboard:
    def test_make_tag_connect_change_and_delete(self, arrive, user, stranger):
        other = create_entity(type="podcast", name="Gull talk", by=stranger)
        ada = arrive()
        page = ada.goes_to("/graph/")
        press(page, "main a[href='/graph/new/']")
        page.wait_for_url("**/graph/new/")
        press(page, "main a[href$='type=token']")
        page.wait_for_url("**type=token")

        write(page, "input[name=name]", "Tide token")
        write(page, "input[name=known-price]", "2.5")
        press(page, "button[name=act]")
        expect(page.locator("input[name=row-name]")).to_be_focused()
        page.keyboard.type("colour")
        write(page, "textarea[name=row-value]", "<b>blue</b>")
        press(page, ".form-end button")
        page.wait_for_url(AN_ENTITY)
        made = Entity.objects.get(type="token")
        assert made.properties == {"price": 2.5, "colour": "<b>blue</b>"}
        ada.sees("<b>blue</b>")

        write(page, "input[name=key]", "mood")
        write(page, "input[name=value]", "salt")
        page.keyboard.press("Enter")
        expect(page.locator(".graph-tags a")).to_have_text("mood: salt")

        page.goto(f"{ada.base}/graph/{made.pk}/")
        press(page, "main a[href$='/connect/']")
        page.wait_for_url("**/connect/")
        tab_to(page, "select[name=relation]")
        page.keyboard.type("References")
        write(page, "main input[name=q]", "gull")
        page.keyboard.press("Enter")
        page.wait_for_url("**q=gull")
        press(page, "button[name=to]")
        page.wait_for_url(AN_ENTITY)
        press(page, f".graph-picture.wide a.graph-node[href='/graph/{other.pk}/']")
        page.wait_for_url(f"**/graph/{other.pk}/")
        expect(page.locator(f".graph-picture.wide a.graph-node[href='/graph/{made.pk}/']")).to_have_attribute(
            "aria-label", "Tide token, referenced by"
        )
        assert page.locator("main a[href$='/edit/']").count() == 0
        press(page, f".graph-picture.wide a.graph-node[href='/graph/{made.pk}/']")
        page.wait_for_url(f"**/graph/{made.pk}/")

        press(page, "main a[href$='/edit/']")
        page.wait_for_url("**/edit/")
        write(page, "input[name=name]", "Ebb token")
        page.keyboard.press("Enter")
        page.wait_for_url(AN_ENTITY)
        expect(page.locator("h1")).to_have_text("Ebb token")

        press(page, "main .menu summary")
        press(page, "main .menu button[commandfor=remove]")
        expect(page.locator("dialog#remove")).to_be_visible()
        press(page, "dialog#remove button.danger")
        page.wait_for_url("**/graph/")
        assert Entity.objects.get(pk=made.pk).deleted_at is not None
        assert ada.complaints == []


class TestWithoutScripts:
    def test_on_a_phone(self, arrive, user):
        ada = arrive(java_script_enabled=False)
        page = ada.page
        page.set_viewport_size({"width": 360, "height": 740})
        ada.goes_to("/graph/new/?type=lead")
        page.get_by_label("Name").first.fill("Lead one")
        page.get_by_role("button", name="Add a property").click()
        page.locator("[name=row-name]").fill("size")
        page.locator("[name=row-kind]").select_option("number")
        page.locator("[name=row-value]").fill("large")
        page.get_by_role("button", name="Add it to the graph").click()
        ada.sees("Write a number, such as 12 or 0.5.")
        expect(page.locator("[name=row-value]")).to_have_value("large")
        page.locator("[name=row-value]").fill("3")
        page.get_by_role("button", name="Add it to the graph").click()
        page.wait_for_url(AN_ENTITY)
        expect(page.locator(".graph-picture.narrow a.graph-node")).to_have_attribute(
            "aria-label", "Ada Lovelace, owned by"
        )
        assert Entity.objects.get(type="lead").properties == {"size": 3}
        page.locator("main .menu summary").click()
        page.get_by_role("link", name="Delete it").click()
        page.get_by_role("button", name="Delete it").click()
        page.wait_for_url("**/graph/")
        assert Entity.objects.get(type="lead").deleted_at is not None
