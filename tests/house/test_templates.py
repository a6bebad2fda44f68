"""Templates: each one compiles, none carries a script or a style of its own, all that they name is there."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.staticfiles import finders
from django.template import loader
from django.urls import NoReverseMatch, reverse

ROOT = Path(settings.BASE_DIR) / "templates"
TEMPLATES = sorted(str(path.relative_to(ROOT)) for path in ROOT.rglob("*.html"))
# The admin's own policy is another; a mail is read where none of our style sheets is.
PAGES = [name for name in TEMPLATES if not name.startswith(("admin/", "mail/"))]


def is_named(address):
    try:
        reverse(address)
    except NoReverseMatch as fault:  # one that takes arguments is there, too
        return "not a valid view" not in str(fault) and "not a registered" not in str(fault)
    return True


@pytest.mark.parametrize("name", TEMPLATES)
class TestEveryTemplate:
    def test_compiles(self, name):
        loader.get_template(name)

    def test_names_static_files_that_are_there(self, name):
        named = re.findall(r"{%\s*static\s+[\"']([^\"']+)[\"']", (ROOT / name).read_text())
        assert not [path for path in named if finders.find(path) is None]

    def test_names_addresses_that_are_there(self, name):
        for address in re.findall(r"{%\s*url\s+[\"']([^\"']+)[\"']\s*(?:as \w+\s*)?%}", (ROOT / name).read_text()):
            assert is_named(address)


@pytest.mark.parametrize("name", PAGES)
class TestEveryPage:
    def test_carries_no_script_or_style_of_its_own(self, name):
        text = re.sub(r"{%.*?%}|{#.*?#}", "", (ROOT / name).read_text(), flags=re.DOTALL)
        assert not re.search(r"<style\b", text)
        assert not re.search(r"\sstyle=[\"']", text)
        assert not re.search(r"\son[a-z]+=[\"']", text)
        assert not re.search(r"javascript:", text)
        assert not [
            tag
            for tag in re.findall(r"<script\b[^>]*>", text)
            if "src=" not in tag and 'type="application/json"' not in tag
        ]
        assert "hx-on" not in text

    def test_takes_nothing_from_elsewhere(self, name):
        loaded = re.findall(
            r"(?:src|srcset|<link[^>]*href|action|formaction)=[\"']\s*(?:https?:)?//[^\"']+", (ROOT / name).read_text()
        )
        assert not loaded

    def test_trusts_no_text(self, name):
        text = (ROOT / name).read_text()
        # A field's help is the code's own text, with links of its own; Django writes it out the same way.
        assert "|safe" not in text.replace("help_text|safe", "")
        assert "autoescape off" not in text

    def test_every_form_that_changes_something_is_guarded(self, name):
        text = (ROOT / name).read_text()
        for form in re.findall(r"<form\b[^>]*method=[\"']post[\"'].*?</form>", text, re.S | re.I):
            assert "csrf_token" in form
