"""Settings, security history: one's own events in plain words, by importance, page by page."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import SecurityEvent
from accounts.verbs.clients import Client, acting_for
from accounts.verbs.security import record

pytestmark = pytest.mark.django_db

PAGE = "/settings/history/"
Type = SecurityEvent.Type


@pytest.fixture
def happened(ada, user):
    """One of each importance, after signing in."""
    SecurityEvent.objects.all().delete()
    with acting_for(Client(ip="203.0.113.7", user_agent="Mozilla/5.0 (X11; Linux) Firefox/130.0", source="pages")):
        for type in (Type.SIGNED_IN, Type.PASSWORD_CHANGED, Type.EMAIL_CHANGED, Type.REFRESH_REUSED):
            record(type, user=user)


def titles(page):
    return [event["title"] for event in page.context["events"]]


class TestHistory:
    def test_is_told_newest_first_with_where_and_how_grave(self, ada, happened):
        first, *_, last = ada.get(PAGE).context["events"]
        assert (first["title"], first["badge"], first["tone"]) == (
            "A spent refresh token was used again",
            "Act now",
            "bad",
        )
        assert (last["title"], last["badge"], last["where"]) == ("Signed in", "", "Firefox on Linux · 203.0.113.7")

    @pytest.mark.parametrize(
        ("severity", "told"),
        [("low", ["Signed in"]), ("medium", ["Password changed"]), ("high", ["Address changed"]), ("nonsense", 4)],
    )
    def test_is_narrowed_by_importance(self, ada, happened, severity, told):
        found = titles(ada.get(PAGE, {"severity": severity}))
        assert (len(found) if isinstance(told, int) else found) == told

    def test_is_ones_own_alone_for_administrators_too(self, settings_of, staff, user, happened):
        page = settings_of(staff).get(PAGE)
        assert set(titles(page)) <= {"Signed in", "Signed in from a new device", "Account created"}
        assert all(event.user_id != user.pk for event in SecurityEvent.objects.filter(user=staff))

    def test_goes_on_where_the_last_page_ended(self, ada, user, happened):
        for number in range(60):
            record(Type.SIGNED_IN, user=user, details=f"number {number}")
        seen, address = [], PAGE
        while address:
            page = ada.get(address)
            seen += [event["details"] for event in page.context["events"] if event["details"]]
            address = page.context["next_url"] and PAGE + page.context["next_url"]
        assert seen == [f"number {number}" for number in reversed(range(60))]

    def test_begins_anew_with_a_broken_cursor(self, ada):
        assert ada.get(PAGE, {"cursor": "nonsense"})["Location"] == PAGE

    def test_costs_the_same_however_much_happened(self, ada, user, happened, django_assert_num_queries):
        ada.get(PAGE)
        with CaptureQueriesContext(connection) as with_few:
            ada.get(PAGE)
        for _ in range(10):
            record(Type.SIGNED_IN, user=user)
        with django_assert_num_queries(len(with_few)):
            ada.get(PAGE)

    def test_says_where_there_is_nothing(self, ada, user):
        SecurityEvent.objects.all().delete()
        assert re.search("Nothing yet", ada.get(PAGE).content.decode())
        assert "Nothing of that kind" in ada.get(PAGE, {"severity": "critical"}).content.decode()
