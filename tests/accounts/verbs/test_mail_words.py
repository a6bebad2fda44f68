"""Every mail there is: what it says, in text and in HTML, and that it says no more than it should."""

import re
from pathlib import Path

import pytest
from allauth.account.models import EmailAddress
from django.conf import settings

from accounts.models import Mail
from accounts.verbs.mails import NO_ACCOUNT, SECRET_LINKS, write

pytestmark = pytest.mark.django_db

FOLDER = Path(settings.BASE_DIR) / "templates" / "mail"
MAILS = sorted(str(path.relative_to(FOLDER).with_suffix("")) for path in FOLDER.glob("*/*.txt"))
CONTEXTS = {
    "account/new_device": {"device": "Firefox on Windows", "ip": "192.0.2.7", "at": "22 November 2026, 12:00 UTC"},
    "account/email_changed": {"new_address": "new@example.com"},
    "account/email_change_asked": {"new_address": "new@example.com"},
    "account/api_key_created": {"name": "Back <end> & co", "scopes": ["read", "write"]},
    "account/role_changed": {"old_role": "", "new_role": "super_admin"},
    "account/passkey_added": {"name": "Phone"},
    "account/passkey_removed": {"name": "Phone"},
    "account/export_ready": {"export_id": "0199f0a0-0000-7000-8000-000000000000", "until": "29 November 2026"},
    "subscription/news": {
        "title": "Your subscription goes on",
        "words": "It is paid until 22 December.",
        "place": "/settings/subscription/",
    },
    "account/deletion_requested": {"due": "22 December 2026", "due_on": "22 December 2026"},
}


def written(template, user, **more):
    context = CONTEXTS.get(template, {}) | more
    owner = None if template == NO_ACCOUNT else user
    return write(Mail.objects.create(template=template, to=user.email, user=owner, context=context))


@pytest.fixture
def reader(user):
    user.name = "O'Hara & <Sons>"
    user.save()
    EmailAddress.objects.filter(user=user).update(verified=True)  # only a confirmed address is greeted by name
    return user


@pytest.mark.parametrize("template", MAILS)
class TestEveryMail:
    def test_has_a_subject_of_one_short_line(self, reader, template):
        subject = written(template, reader).subject
        assert 8 <= len(subject) <= 60
        assert not re.search(r"[\n!{}<>]", subject)

    def test_says_the_same_in_text_and_html(self, reader, template):
        message = written(template, reader)
        html, kind = message.alternatives[0]
        assert kind == "text/html"
        links = set(re.findall(r"https?://[^\s<>\"]+", message.body))
        assert set(re.findall(r'href="([^"]+)"', html.replace("&amp;", "&"))) <= links | {settings.SITE_URL}
        assert (FOLDER / f"{template}.html").is_file()

    def test_speaks_to_its_reader_and_says_where_it_comes_from(self, reader, template):
        message = written(template, reader)
        assert settings.SITE_URL in message.body
        if template not in (NO_ACCOUNT, "account/account_erased"):
            assert "O'Hara & <Sons>" in message.body
        assert "<Sons>" not in message.alternatives[0].content
        assert "&lt;" not in message.body
        assert "{{" not in message.body + message.alternatives[0].content

    def test_loads_nothing_from_anywhere(self, reader, template):
        html = written(template, reader).alternatives[0].content
        assert not re.findall(r"<(?:img|link|script|iframe|table)\b|url\(|@import", html)

    def test_has_one_button_at_most(self, reader, template):
        assert written(template, reader).alternatives[0].content.count('class="button"') <= 1


@pytest.mark.parametrize("template", sorted(SECRET_LINKS))
class TestEveryMailWithASecret:
    def test_says_how_long_it_works_and_what_to_do_if_it_was_not_you(self, reader, template):
        text = written(template, reader).body
        assert re.search(r"works once, for (24 hours|30 minutes|15 minutes)", text)
        assert re.search(r"not you\?|did not", text)

    def test_carries_it_once_in_text(self, reader, template):
        assert written(template, reader).body.count("token=") == 1


def test_a_welcome_to_a_confirmed_address_asks_for_nothing(reader):
    message = written("account/welcome", reader, is_confirmed=True)
    assert "token=" not in message.body + message.alternatives[0].content
