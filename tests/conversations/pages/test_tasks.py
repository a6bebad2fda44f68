"""The pages of tasks as forms, without scripts: the line that adds one, the small changes, what goes wrong."""

import datetime as dt
import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils.timezone import localdate

from conversations.models import Task
from conversations.pages import tasks as page_module
from conversations.verbs.participants import remove_participant
from tests.factories.conversations import room
from tests.factories.tasks import client_conversation, task_of

pytestmark = pytest.mark.django_db

PLACE = "/inbox/tasks/"
FORM = {
    "description": "Call them", "status": "in_progress", "priority": "high", "due_date": "2026-12-24",
    "client_name": "John Doe", "platform": "facebook",
}  # fmt: skip


def browser_of(user):
    client = Client()
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


@pytest.fixture
def page(user):
    return browser_of(user)


def text_of(answer):
    return re.sub(r"\s+", " ", answer.content.decode())


def shown(answer):
    """The descriptions on the page, group by group, and those that are folded away."""
    groups = {group["title"]: [task.description for task in group["tasks"]] for group in answer.context["groups"]}
    return groups, [task.description for task in answer.context["done"]]


def said(answer):
    return [str(message) for message in answer.context["messages"]]


class TestList:
    def test_says_where_to_begin(self, page):
        assert "No tasks yet" in text_of(page.get(PLACE))

    def test_shows_what_is_open_as_one_works_it_off_and_folds_the_rest(self, page, user, stranger):
        task_of(stranger, description="Not mine")
        task_of(user, description="plain")
        task_of(user, description="urgent", priority="high")
        task_of(user, description="due", due_date=localdate())
        task_of(user, description="begun", status="in_progress")
        task_of(user, description="over", status="done")
        answer = page.get(PLACE)
        assert shown(answer) == ({"In progress": ["begun"], "To do": ["due", "urgent", "plain"]}, ["over"])
        assert [(tab["text"], tab["count"]) for tab in answer.context["tabs"]] == [
            ("Open", 4), ("To do", 3), ("In progress", 1), ("Done", 1),
        ]  # fmt: skip

    def test_says_when_all_is_done(self, page, user):
        task_of(user, status="done")
        assert "All done" in text_of(page.get(PLACE))

    def test_shows_words_as_text(self, page, user):
        task_of(user, description="<b>Now</b>", client_name="<i>Jane</i>")
        text = text_of(page.get(PLACE))
        assert ("<b>Now" in text, "<i>Jane" in text, "&lt;b&gt;Now" in text) == (False, False, True)

    @pytest.mark.parametrize(
        ("asked", "found"),
        [
            ({"status": "done"}, {"Done": ["over"]}),
            ({"status": "in_progress"}, {"In progress": ["begun"]}),
            ({"status": "nonsense"}, {"In progress": ["begun"], "To do": ["plain"]}),
            ({"priority": "high"}, {"In progress": ["begun"]}),
            ({"platform": "facebook"}, {"To do": ["plain"]}),
            ({"q": "JOHN"}, {"To do": ["plain"]}),
            ({"q": "zz\0"}, {}),
        ],
    )
    def test_is_narrowed(self, page, user, asked, found):
        task_of(user, description="plain", platform="facebook", client_name="John Doe")
        task_of(user, description="begun", status="in_progress", priority="high")
        task_of(user, description="over", status="done")
        answer = page.get(PLACE, asked)
        assert shown(answer)[0] == found
        assert ("Nothing found" in text_of(answer)) == (not found)

    def test_says_what_is_late(self, page, user):
        task_of(user, due_date=localdate() - dt.timedelta(days=1))
        task_of(user, due_date=localdate() + dt.timedelta(days=1))
        task_of(user, status="done", due_date=localdate() - dt.timedelta(days=1))
        text = re.sub("<[^>]*>", "", text_of(page.get(PLACE)))
        assert (text.count("Was due yesterday"), text.count("Due tomorrow"), text.count("Due yesterday")) == (1, 1, 1)

    def test_links_to_a_conversation_while_it_may_be_seen(self, page, user, stranger):
        place = room(stranger, user)
        task_of(user, conversation_id=place.pk)
        link = f'href="/rooms/{place.pk}/"'
        assert link in text_of(page.get(PLACE))
        remove_participant(conversation_id=place.pk, user_id=user.pk, by=stranger)
        assert link not in text_of(page.get(PLACE))

    def test_is_paged_and_keeps_what_was_asked(self, page, user, monkeypatch):
        monkeypatch.setattr(page_module, "ROWS", 2)
        for number in range(5):
            task_of(user, description=f"{number}", priority="high")
        answer = page.get(PLACE, {"priority": "high", "page": "2"})
        assert shown(answer)[0] == {"To do": ["2", "1"]}
        assert [answer.context[name] for name in ("prev_url", "next_url", "page_text")] == [
            f"{PLACE}?priority=high&page=1", f"{PLACE}?priority=high&page=3", "Page 2 of 3",
        ]  # fmt: skip
        assert shown(page.get(PLACE, {"page": "99"}))[0] == {"To do": ["0"]}
        assert shown(page.get(PLACE, {"page": "²"}))[0] == {"To do": ["4", "3"]}

    def test_takes_the_same_queries_for_one_and_three(self, page, user):
        page.get(PLACE)  # the sign-in's own
        counts = []
        for number in (1, 2):
            for _ in range(number):
                task_of(user, conversation_id=client_conversation(user).pk)
                task_of(user, status="done")
            with CaptureQueriesContext(connection) as asked:
                page.get(PLACE)
            counts.append(len(asked))
        assert counts[0] == counts[1]

    def test_asks_for_a_sign_in(self):
        answer = Client().get(PLACE)
        assert (answer.status_code, answer.headers["Location"]) == (302, f"/account/login/?next={PLACE}")


class TestAdding:
    def test_takes_one_line(self, page, user):
        answer = page.post(PLACE, {"description": "Call", "priority": "high", "due_date": "2026-12-24"}, follow=True)
        task = Task.objects.get()
        kept = (task.user, task.description, task.priority, task.due_date)
        assert kept == (user, "Call", "high", dt.date(2026, 12, 24))
        assert (answer.redirect_chain, said(answer)) == ([(PLACE, 302)], ["The task is added."])

    def test_is_prepared_for_a_conversation(self, page, user):
        place = client_conversation(user)
        asked = f"{PLACE}?conversation={place.pk}"
        assert f'About <a href="/inbox/{place.pk}/">' in text_of(page.get(asked))
        answer = page.post(asked, {"description": "Call", "priority": "medium"})
        task = Task.objects.get()
        assert (task.conversation, task.platform, task.client_name) == (place, "instagram", "Jane Smith")
        assert answer.headers["Location"] == PLACE

    @pytest.mark.parametrize("key", ["nowhere", "0190b7a2-6f2c-7cc3-98c4-dc0c0c07398f"])
    def test_of_a_conversation_that_is_not_theirs_nothing_is_said(self, page, key):
        assert "About <a" not in text_of(page.get(PLACE, {"conversation": key}))

    def test_keeps_what_was_typed_and_says_what_is_wrong(self, page):
        answer = page.post(PLACE, {"description": "x" * 2001, "priority": "high", "due_date": "never"})
        assert (answer.status_code, Task.objects.count()) == (422, 0)
        assert sorted(answer.context["form"].errors) == ["description", "due_date"]
        assert 'value="never"' in text_of(answer)

    def test_says_the_verb_s_own_words(self, page, monkeypatch):
        monkeypatch.setattr("conversations.verbs.tasks.MOST_TASKS", 0)
        answer = page.post(PLACE, {"description": "x", "priority": "high"})
        assert (answer.status_code, "which is the most" in text_of(answer)) == (422, True)


class TestSmallChanges:
    def test_a_button_is_enough(self, page, user):
        task = task_of(user)
        answer = page.post(f"{PLACE}{task.pk}/?priority=high&page=2", {"status": "done"})
        page.post(f"{PLACE}{task.pk}/", {"priority": "low"})
        task.refresh_from_db()
        assert (task.status, task.priority) == ("done", "low")
        assert answer.headers["Location"] == f"{PLACE}?priority=high&page=2"

    def test_says_what_cannot_be(self, page, user):
        task = task_of(user)
        answer = page.post(f"{PLACE}{task.pk}/", {"status": "later"}, follow=True)
        assert said(answer) == ["status: Must be one of todo, in_progress, done."]

    def test_another_s_is_not_there(self, page, stranger):
        task = task_of(stranger)
        asked = [page.post(f"{PLACE}{task.pk}/", {"status": "done"}), page.get(f"{PLACE}{task.pk}/edit/")]
        asked += [page.get(f"{PLACE}{task.pk}/remove/"), page.post(f"{PLACE}{task.pk}/remove/")]
        assert [answer.status_code for answer in asked] == [404] * 4
        task.refresh_from_db()
        assert (task.status, task.deleted_at) == ("todo", None)


class TestWholeForm:
    def test_changes_everything(self, page, user):
        task = task_of(user)
        answer = page.post(f"{PLACE}{task.pk}/edit/?status=todo", FORM)
        task.refresh_from_db()
        assert {name: str(getattr(task, name)) for name in FORM} == FORM
        assert answer.headers["Location"] == f"{PLACE}?status=todo"

    def test_shows_what_is_there(self, page, user):
        task = task_of(user, client_name="Jane Smith", due_date=dt.date(2026, 12, 24))
        text = text_of(page.get(f"{PLACE}{task.pk}/edit/"))
        assert all(words in text for words in ("Send the brochure", "Jane Smith", "2026-12-24"))

    def test_keeps_what_was_typed(self, page, user):
        task = task_of(user)
        answer = page.post(f"{PLACE}{task.pk}/edit/", {**FORM, "description": " ", "client_name": "Kept"})
        assert (answer.status_code, "Kept" in text_of(answer)) == (422, True)
        task.refresh_from_db()
        assert task.client_name == ""


class TestRemoving:
    def test_asks_first(self, page, user):
        task = task_of(user)
        assert "cannot be taken back" in text_of(page.get(f"{PLACE}{task.pk}/remove/"))
        answer = page.post(f"{PLACE}{task.pk}/remove/", follow=True)
        assert (said(answer), list(Task.objects.visible_to(user))) == (["The task is deleted."], [])
