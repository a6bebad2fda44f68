"""Staff see what was reported, and decide by the verb."""

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from conversations.models import Notification
from council.models import Report
from tests.clients import verified_client
from tests.factories.accounts import UserFactory
from tests.factories.reports import reported, thing_of
from tests.factories.social import post_of

pytestmark = pytest.mark.django_db
LIST = "/admin/council/report/"
KINDS = ("user", "track", "post", "comment", "product", "message")


@pytest.fixture
def office(staff):
    return verified_client(staff)


def acted(client, action, *reports, **more):
    keys = [str(report.pk) for report in reports]
    return client.post(LIST, {"action": action, "_selected_action": keys, **more}, follow=True)


class TestReading:
    @pytest.mark.parametrize("kind", KINDS)
    def test_a_report_leads_to_what_it_is_about(self, office, user, stranger, kind):
        report = reported(kind, thing_of(kind, stranger, seen_by=user), by=user)
        page = office.get(reverse("admin:council_report_change", args=[report.pk])).content.decode()
        row = {
            "user": "accounts/user",
            "track": "ontology/track",
            "comment": "ontology/comment",
            "post": "ontology/post",
            "product": "marketplace/product",
            "message": "conversations/message",
        }[kind]
        place = f"/admin/{row}/{report.content_id}/change/"
        assert place in page
        assert office.get(place).status_code == 200
        assert (f'href="{report.place}"' in page) is (kind != "message")

    def test_is_listed_with_few_questions(self, office, stranger, django_assert_max_num_queries):
        for _ in range(3):
            reported("user", stranger)
        office.get(LIST)
        with django_assert_max_num_queries(14):
            assert office.get(LIST).status_code == 200

    def test_needs_a_person(self, office, stranger):
        reported("user", stranger)
        concerns = office.get("/admin/").context["concerns"]
        assert [(each.text, each.count, each.url) for each in concerns] == [
            ("reports wait for a decision", 1, "council/report/?status__exact=pending")
        ]

    def test_is_changed_by_nobody(self, office, stranger):
        report = reported("user", stranger)
        assert office.post(reverse("admin:council_report_change", args=[report.pk]), {}).status_code == 403
        assert Client().get(LIST).status_code == 302


class TestDeciding:
    @pytest.mark.parametrize(
        ("action", "done"),
        [("dismiss", "dismiss"), ("settle", "resolve"), ("warn", "warn"), ("remove", "remove"), ("ban", "ban")],
    )
    def test_calls_the_verb(self, office, staff, stranger, action, done):
        report = reported("post", post_of(stranger))
        acted(office, action, report, note="Be kind")
        kept = Report.objects.get()
        assert (kept.action, kept.note, kept.resolved_by) == (done, "Be kind", staff)
        assert User.objects.get(pk=stranger.pk).is_active is (action != "ban")
        words = Notification.objects.filter(user=stranger, key=f"warning:{report.pk}").values_list("text", flat=True)
        assert [text.endswith(" Be kind") for text in words] == ([True] if action in ("warn", "remove") else [])

    def test_shows_the_verbs_words(self, office, stranger):
        report = reported("user", stranger)
        acted(office, "dismiss", report)
        page = acted(office, "ban", report)
        assert [str(said) for said in page.context["messages"]] == [f"{report}: This report is dismissed already"]
        assert User.objects.get(pk=stranger.pk).is_active

    def test_is_for_administrators(self, stranger):
        report = reported("user", stranger)
        support = verified_client(UserFactory(role="support", is_staff=True))
        assert support.get(LIST).status_code == 200
        acted(support, "ban", report)
        assert Report.objects.get().status == "pending"
