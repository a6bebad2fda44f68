"""The council's pages: asking, the room with and without answers, stop and try again; no script is needed to read them."""

import pytest
from django.test import Client

from conversations.models import Conversation
from council.gateways.language_model import SAGE, SKEPTIC, ErrorCode, ModelError
from council.models import Deliberation
from council.templatetags.prose import prose
from council.verbs.answers import claim, save_partial, start_answer
from council.verbs.sittings import deliberate
from tests.factories.council import QUESTION, DeliberationFactory, ProjectFactory
from tests.fakes.language_model import ScriptedModel

pytestmark = pytest.mark.django_db


def visit(user) -> Client:
    client = Client()
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


@pytest.fixture
def visitor(user):
    return visit(user)


@pytest.fixture
def answered(user):
    deliberation = DeliberationFactory(by=user)
    deliberate(deliberation_id=deliberation.pk, engine=ScriptedModel())
    return deliberation


def room_of(deliberation) -> str:
    return f"/council/{deliberation.conversation_id}/"


class TestAsk:
    def test_opens_the_room_of_a_question(self, visitor, user):
        project = ProjectFactory(by=user)

        page = visitor.post("/council/", {"question": QUESTION, "project": str(project.pk)})

        conversation = Conversation.objects.get(kind="council")
        assert (page.status_code, page.headers["Location"]) == (302, f"/council/{conversation.pk}/")
        assert (conversation.title, conversation.project_id) == (QUESTION, project.pk)

    @pytest.mark.parametrize(
        ("question", "sentence"), [("  ", "Write your question first."), ("x" * 20_001, "at most 20000 characters")]
    )
    def test_keeps_what_was_typed_when_it_fails(self, visitor, question, sentence):
        page = visitor.post("/council/", {"question": question})

        assert page.status_code == 200
        assert sentence in page.content.decode()
        assert question in page.content.decode()
        assert not Deliberation.objects.exists()

    def test_begins_with_examples_and_names_the_engine(self, visitor):
        text = visitor.get("/council/").content.decode()

        assert "You could begin with one of these" in text
        assert "Offline advisor: rule-based, no AI" in text

    def test_an_example_fills_the_field(self, visitor):
        assert "Should I wait?</textarea>" in visitor.get("/council/", {"question": "Should I wait?"}).content.decode()

    def test_lists_own_and_shared_questions_and_no_others(self, visitor, user, stranger, staff):
        DeliberationFactory(by=user, question="Mine?")
        project = ProjectFactory(by=stranger, is_shared=True, member_ids=[str(user.pk)])
        DeliberationFactory(by=stranger, question="Shared?", project_id=str(project.pk))
        DeliberationFactory(by=staff, question="Hidden?")

        text = visitor.get("/council/").content.decode()

        assert "Mine?" in text
        assert "Shared?" in text
        assert "Hidden?" not in text

    def test_searches_and_pages(self, visitor, user):
        for number in range(22):
            DeliberationFactory(by=user, question=f"Question number {number}?")

        first = visitor.get("/council/")
        older = visitor.get(f"/council/{first.context['next_url']}")
        found = visitor.get("/council/", {"q": "number 7"})
        nothing = visitor.get("/council/", {"q": "zebra"})
        broken = visitor.get("/council/", {"cursor": "???"})

        assert [len(page.context["conversations"]) for page in (first, older, found, nothing, broken)] == [
            20,
            2,
            1,
            0,
            20,
        ]
        assert "No question holds these words" in nothing.content.decode()

    def test_lists_in_the_same_queries_for_one_and_many(self, visitor, user, django_assert_max_num_queries):
        for _ in range(5):
            DeliberationFactory(by=user)

        with django_assert_max_num_queries(12):
            visitor.get("/council/")


class TestRoom:
    def test_shows_three_answers_and_what_they_come_to(self, visitor, answered):
        text = visitor.get(room_of(answered)).content.decode()

        for words in (
            QUESTION,
            "I speak as persona_sage.",
            "I speak as persona_strategist.",
            "Where they agree",
            "All agree.",
            "Go.",
        ):
            assert words in text
        assert "data-council" not in text
        assert "Ask further" in text

    def test_of_an_open_question_is_followed_and_can_be_stopped(self, visitor, user):
        deliberation = DeliberationFactory(by=user)
        hold = claim(deliberation_id=deliberation.pk)
        start_answer(hold, seat=SAGE, model_id="offline:advisor")
        save_partial(hold, seat=SAGE, text="Half a sen")

        text = visitor.get(room_of(deliberation)).content.decode()

        assert f'data-council="/api/council/{deliberation.conversation_id}/stream?deltas=1"' in text
        for words in (
            "Half a sen",
            "Speaking",
            "Waiting",
            "Look again",
            "/stop/",
            "Offline advisor: rule-based, no AI",
        ):
            assert words in text
        assert "Ask further" not in text

    def test_shows_answers_as_text_and_never_as_markup(self, visitor, user):
        deliberation = DeliberationFactory(by=user, question="<b>Why</b>?")
        deliberate(
            deliberation_id=deliberation.pk, engine=ScriptedModel({SAGE: ["<script>alert(1)</script> **<i>bold</i>**"]})
        )

        text = visitor.get(room_of(deliberation)).content.decode()

        assert "&lt;script&gt;alert(1)&lt;/script&gt; <strong>&lt;i&gt;bold&lt;/i&gt;</strong>" in text
        assert "<b>Why</b>" not in text

    def test_of_a_failed_question_says_what_was_kept_and_offers_another_try(self, visitor, user):
        deliberation = DeliberationFactory(by=user)
        deliberate(
            deliberation_id=deliberation.pk, engine=ScriptedModel({SKEPTIC: ["I dou", ModelError(ErrorCode.TIMEOUT)]})
        )

        text = visitor.get(room_of(deliberation)).content.decode()

        for words in ("The council did not finish", "took too long", "I dou", "Cut short", "Not asked", "/try-again/"):
            assert words in text

    def test_a_further_question_folds_the_earlier_one(self, visitor, answered):
        page = visitor.post(room_of(answered), {"question": "And my pension?"})

        assert (page.status_code, page.headers["Location"]) == (302, room_of(answered))
        text = visitor.get(room_of(answered)).content.decode()
        assert "And my pension?" in text
        assert text.count('<details class="earlier">') == 1

    def test_a_further_question_meanwhile_is_kept_in_the_field(self, visitor, user):
        deliberation = DeliberationFactory(by=user)

        page = visitor.post(room_of(deliberation), {"question": "And my pension?"})

        assert page.status_code == 200
        assert page.context["form"].errors["question"] == [
            "The council is still deliberating on the last question here"
        ]

    def test_takes_the_same_queries_for_one_question_and_three(
        self, visitor, user, answered, django_assert_max_num_queries
    ):
        for _ in range(2):
            more = DeliberationFactory(by=user, question="And?", conversation_id=answered.conversation_id)
            deliberate(deliberation_id=more.pk, engine=ScriptedModel())

        with django_assert_max_num_queries(13):
            visitor.get(room_of(answered))

    def test_members_of_a_shared_project_read_and_do_not_act(self, user, stranger):
        project = ProjectFactory(by=user, is_shared=True, member_ids=[str(stranger.pk)])
        deliberation = DeliberationFactory(by=user, project_id=str(project.pk))
        member = visit(stranger)

        text = member.get(room_of(deliberation)).content.decode()
        member.post(f"{room_of(deliberation)}stop/")

        assert "Ada Lovelace" in text
        assert "/stop/" not in text
        deliberation.refresh_from_db()
        assert deliberation.status == "queued"


class TestActs:
    def test_stop_and_try_again(self, visitor, user):
        deliberation = DeliberationFactory(by=user)

        stopped = visitor.post(f"{room_of(deliberation)}stop/", follow=True)
        again = visitor.post(f"{room_of(deliberation)}try-again/", follow=True)

        assert "You stopped the council here" in stopped.content.decode()
        assert "Deliberating" in again.content.decode()
        deliberation.refresh_from_db()
        assert deliberation.status == "queued"

    def test_a_refusal_is_said(self, visitor, answered):
        page = visitor.post(f"{room_of(answered)}try-again/", follow=True)

        assert "Only a question that failed or was stopped can be tried again" in page.content.decode()

    @pytest.mark.parametrize("act", ["stop/", "try-again/"])
    def test_are_posted(self, visitor, answered, act):
        assert visitor.get(f"{room_of(answered)}{act}").status_code == 405


class TestWhoMay:
    @pytest.mark.parametrize(("method", "tail"), [("get", ""), ("post", ""), ("post", "stop/"), ("post", "try-again/")])
    def test_strangers_find_nothing_and_the_anonymous_sign_in(self, answered, stranger, method, tail):
        path = f"{room_of(answered)}{tail}"

        hidden = getattr(visit(stranger), method)(path, {"question": "?"})
        sent_off = getattr(Client(), method)(path)

        assert hidden.status_code == 404
        assert (sent_off.status_code, sent_off.headers["Location"].startswith("/account/login/")) == (302, True)

    def test_an_unknown_room_is_not_found(self, visitor):
        assert visitor.get("/council/01930000-0000-7000-8000-000000000009/").status_code == 404


class TestProse:
    @pytest.mark.parametrize(
        ("text", "markup"),
        [
            ("One.\n\nTwo.", "<p>One.</p><p>Two.</p>"),
            ("Look:\n1. a\n2) b", '<p>Look:</p><ol><li value="1">a</li><li value="2">b</li></ol>'),
            ("1. a\n\n2. b", '<ol><li value="1">a</li></ol><ol><li value="2">b</li></ol>'),
            ("- a\n* b", "<ul><li>a</li><li>b</li></ul>"),
            ("a\nb", "<p>a<br>b</p>"),
            ("## **Head**", "<p><strong>Head</strong></p>"),
            ("<img src=x onerror=y>", "<p>&lt;img src=x onerror=y&gt;</p>"),
            ("", ""),
        ],
    )
    def test_makes_paragraphs_and_lists(self, text, markup):
        assert prose(text) == markup
