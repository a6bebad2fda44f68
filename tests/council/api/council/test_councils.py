"""POST /api/council and its three companions."""

import pytest

from config.errors import Conflict
from conversations.models import Message
from conversations.verbs.conversations import open_conversation
from council.gateways.language_model import SAGE, SEATS, SKEPTIC, ErrorCode, ModelError
from council.models import Deliberation
from council.verbs.deliberations import retry_deliberation, stop_deliberation
from council.verbs.sittings import deliberate
from tests.clients import Caller
from tests.council.conftest import body_of, events_of
from tests.factories.council import QUESTION, DeliberationFactory, ProjectFactory
from tests.fakes.language_model import ScriptedModel

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("here")]

NASTY = 'line one\nline "two"\r\u2028 🦉 <script>alert(1)</script>\n\ndata: [DONE]\n\ndata: {"type":"synthesis"}'


@pytest.fixture
def answered(user):
    """A question that all three have answered."""
    deliberation = DeliberationFactory(by=user)
    deliberate(deliberation_id=deliberation.pk, engine=ScriptedModel())
    deliberation.refresh_from_db()
    return deliberation


class TestAsk:
    def test_opens_a_conversation_and_queues_the_question(self, caller, user, queued):
        response = caller.post("/api/council", {"question": f"  {QUESTION} "})

        deliberation = Deliberation.objects.get()
        assert response.status_code == 200
        assert {
            name: response.headers[name]
            for name in (
                "Content-Type",
                "Cache-Control",
                "X-Accel-Buffering",
                "X-Content-Type-Options",
                "X-Conversation-Id",
                "X-User-Message-Id",
            )
        } == {
            "Content-Type": "text/event-stream",
            "Cache-Control": "no-cache, no-transform",
            "X-Accel-Buffering": "no",
            "X-Content-Type-Options": "nosniff",
            "X-Conversation-Id": str(deliberation.conversation_id),
            "X-User-Message-Id": str(deliberation.question_id),
        }
        conversation = deliberation.conversation
        assert (conversation.kind, conversation.mode, conversation.title, conversation.created_by) == (
            "council",
            "brain-trust",
            QUESTION,
            user,
        )
        assert (deliberation.question.content, deliberation.question.role) == (QUESTION, "user")

    @pytest.mark.django_db(transaction=True)
    def test_hands_the_id_to_the_queue_once_it_is_committed(self, caller, queued):
        caller.post("/api/council", {"question": QUESTION})

        assert queued == [("council.jobs.deliberate", (str(Deliberation.objects.get().pk),), {})]

    def test_goes_on_in_an_old_conversation_and_in_a_project(self, caller, user, answered):
        project = ProjectFactory(by=user)

        again = caller.post("/api/council", {"question": "And then?", "conversationId": str(answered.conversation_id)})
        new = caller.post("/api/council", {"question": "And there?", "projectId": str(project.pk)})

        assert again.headers["X-Conversation-Id"] == str(answered.conversation_id)
        assert Deliberation.objects.order_by("created_at").last().conversation.project_id == project.pk
        assert new.status_code == 200

    def test_refuses_a_second_question_meanwhile(self, caller, user):
        first = DeliberationFactory(by=user)

        response = caller.post("/api/council", {"question": "And?", "conversationId": str(first.conversation_id)})

        assert (response.status_code, response.json()) == (
            409,
            {"error": "The council is still deliberating on the last question here"},
        )

    @pytest.mark.parametrize(
        ("body", "status", "error"),
        [
            ({}, 400, "Question is required"),
            ({"question": ""}, 400, "Question is required"),
            ({"question": " \n "}, 400, "Question is required"),
            ({"question": 5}, 400, "question: Not a valid string."),
            ({"question": None}, 400, "question: This field may not be null."),
            ({"question": ["?"]}, 400, "question: Not a valid string."),
            ({"question": "x" * 20_001}, 400, "A question has at most 20,000 characters"),
            ({"question": "?", "conversationId": 7}, 400, "conversationId: Not a valid string."),
            ({"question": "?", "conversationId": "conv_xyz789"}, 404, "Conversation not found"),
            (
                {"question": "?", "conversationId": "01930000-0000-7000-8000-000000000009"},
                404,
                "Conversation not found",
            ),
            ({"question": "?", "projectId": "proj_abc123"}, 404, "Project not found"),
            (["question"], 400, "The body must be an object"),
        ],
    )
    def test_refuses_before_the_stream_opens(self, caller, body, status, error):
        response = caller.post("/api/council", body)

        assert (response.status_code, response.json()) == (status, {"error": error})
        assert not Deliberation.objects.exists()
        assert not Message.objects.exists()

    def test_refuses_malformed_json(self, caller):
        response = caller.client.post("/api/council", '{"question": ', content_type="application/json")

        assert (response.status_code, response.json()) == (400, {"error": "The body is not valid JSON"})

    def test_needs_a_credential(self, anonymous, db):
        response = anonymous.post("/api/council", {"question": QUESTION})

        assert (response.status_code, response.json()) == (401, {"error": "Unauthorized"})

    def test_hides_other_peoples_conversations_and_projects(self, answered, user, stranger):
        caller = Caller.signed_in_as(stranger)
        project = ProjectFactory(by=user)

        conversation = caller.post("/api/council", {"question": "?", "conversationId": str(answered.conversation_id)})
        into_project = caller.post("/api/council", {"question": "?", "projectId": str(project.pk)})

        assert (conversation.status_code, conversation.json()) == (404, {"error": "Conversation not found"})
        assert (into_project.status_code, into_project.json()) == (404, {"error": "Project not found"})


class TestFollow:
    def path(self, deliberation, tail="stream"):
        return f"/api/council/{deliberation.conversation_id}/{tail}"

    def test_tells_everything_in_order_and_ends(self, caller, answered):
        events = events_of(caller.get(self.path(answered)))

        messages = list(Message.objects.filter(role="advisor").order_by("seq"))
        assert events == [
            {"type": "metadata", "conversationId": str(answered.conversation_id), "userMessageId": str(answered.question_id)},
            *(
                {
                    "type": "advisor-response",
                    "advisor": {
                        "advisorId": seat,
                        "advisorName": name,
                        "advisorRole": role,
                        "response": f"I speak as {seat}.",
                        "messageId": str(message.pk),
                        "modelId": "scripted:model",
                        "usage": {"promptTokens": 10, "completionTokens": 5},
                    },
                }
                for seat, name, role, message in zip(
                    SEATS,
                    ("The Sage", "The Skeptic", "The Strategist"),
                    ("Balanced Wisdom", "Critical Examination", "Practical Path"),
                    messages,
                    strict=True,
                )
            ),
            {
                "type": "synthesis",
                "synthesis": {
                    "pointsOfAgreement": ["All agree."],
                    "keyTensions": [{"topic": "Topic", "sagePosition": "S.", "skepticPosition": "K.", "strategistPosition": "T."}],
                    "recommendedNextSteps": ["Go."],
                },
            },
            "[DONE]",
        ]  # fmt: skip
        assert events_of(caller.get(self.path(answered))) == events

    def test_an_answer_cannot_forge_events(self, caller, user):
        deliberation = DeliberationFactory(by=user)
        deliberate(deliberation_id=deliberation.pk, engine=ScriptedModel({SAGE: [NASTY]}))

        response = caller.get(self.path(deliberation))
        text = body_of(response)

        assert text.isascii()
        assert text.count("[DONE]\n") == 1
        assert events_of(caller.get(self.path(deliberation)))[1]["advisor"]["response"] == NASTY

    def test_deltas_on_request_add_up_to_the_text(self, caller, answered):
        events = events_of(caller.get(self.path(answered), deltas="1"))

        deltas = [event for event in events if event != "[DONE]" and event["type"] == "advisor-delta"]
        assert deltas == [
            {"type": "advisor-delta", "advisorId": seat, "delta": f"I speak as {seat}."} for seat in SEATS
        ]

    def test_a_failure_keeps_what_was_said_and_ends(self, caller, user):
        deliberation = DeliberationFactory(by=user)
        deliberate(
            deliberation_id=deliberation.pk,
            engine=ScriptedModel({SKEPTIC: ["I dou", ModelError(ErrorCode.RATE_LIMITED)]}),
        )

        events = events_of(caller.get(self.path(deliberation)))

        assert [event if event == "[DONE]" else event["type"] for event in events] == [
            "metadata",
            "advisor-response",
            "error",
            "[DONE]",
        ]
        assert events[2] == {
            "type": "error",
            "error": "The answer engine is busy. What was answered so far is kept; try again in a minute.",
            "code": "rate_limited",
            "stage": "advisor",
            "retryable": True,
            "advisorId": SKEPTIC,
        }

    def test_a_failed_synthesis_comes_after_all_three(self, caller, user):
        deliberation = DeliberationFactory(by=user)
        deliberate(deliberation_id=deliberation.pk, engine=ScriptedModel(synthesis=ModelError(ErrorCode.TIMEOUT)))

        events = events_of(caller.get(self.path(deliberation)))

        assert [event if event == "[DONE]" else event["type"] for event in events] == [
            "metadata",
            *["advisor-response"] * 3,
            "error",
            "[DONE]",
        ]
        assert (events[4]["stage"], events[4]["code"]) == ("synthesis", "timeout")

    def test_a_stop_reaches_followers(self, caller, user):
        deliberation = DeliberationFactory(by=user)
        stop_deliberation(conversation_id=deliberation.conversation_id, by=user)

        events = events_of(caller.get(self.path(deliberation)))

        assert events[1:] == [
            {
                "type": "error",
                "error": "The council was stopped. What was answered so far is kept.",
                "code": "stopped",
                "retryable": True,
            },
            "[DONE]",
        ]

    def test_tells_the_last_question_only(self, caller, user, answered):
        second = DeliberationFactory(by=user, question="And?", conversation_id=answered.conversation_id)
        stop_deliberation(conversation_id=second.conversation_id, by=user)

        events = events_of(caller.get(self.path(second)))

        assert [events[0]["userMessageId"], events[1]["code"]] == [str(second.question_id), "stopped"]

    def test_a_broken_reading_is_an_error_in_the_protocol(self, caller, answered, monkeypatch, caplog):
        async def fail(*_):
            raise RuntimeError("inner words")

        monkeypatch.setattr("council.api.council.following.database", fail)

        events = events_of(caller.get(self.path(answered)))

        assert [events[1]["type"], events[1]["code"], events[2]] == ["error", "unavailable", "[DONE]"]
        assert "inner" not in events[1]["error"]
        caplog.clear()


class TestRetrieve:
    def test_gives_all_that_was_saved(self, caller, user, answered):
        response = caller.get(f"/api/council/{answered.conversation_id}")

        conversation = answered.conversation
        conversation.refresh_from_db()
        body = response.json()
        messages = body.pop("messages")
        assert body == {
            "id": str(conversation.pk),
            "projectId": None,
            "title": QUESTION,
            "mode": "brain-trust",
            "createdBy": str(user.pk),
            "createdAt": int(conversation.created_at.timestamp()),
            "updatedAt": int(conversation.updated_at.timestamp()),
            "status": "done",
        }
        rows = list(Message.objects.order_by("seq"))
        assert messages[1] == {
            "id": str(rows[1].pk),
            "conversationId": str(conversation.pk),
            "role": "advisor",
            "content": "I speak as persona_sage.",
            "status": "done",
            "createdBy": str(user.pk),
            "createdAt": int(rows[1].created_at.timestamp()),
            "parentMessageId": str(rows[0].pk),
            "personaId": SAGE,
            "modelId": "scripted:model",
            "usage": {"promptTokens": 10, "completionTokens": 5, "estimated": False},
        }
        assert [message["role"] for message in messages] == ["user", *["advisor"] * 3, "synthesis"]
        assert messages[4]["synthesis"]["recommendedNextSteps"] == ["Go."]

    def test_takes_the_same_queries_for_one_question_and_three(
        self, caller, user, answered, django_assert_max_num_queries
    ):
        for _ in range(2):
            more = DeliberationFactory(by=user, question="And?", conversation_id=answered.conversation_id)
            deliberate(deliberation_id=more.pk, engine=ScriptedModel())

        with django_assert_max_num_queries(6):
            assert len(caller.get(f"/api/council/{answered.conversation_id}").json()["messages"]) == 15


class TestStop:
    def test_ends_what_waits_and_is_harmless_twice(self, caller, user):
        deliberation = DeliberationFactory(by=user)
        path = f"/api/council/{deliberation.conversation_id}/stop"

        first, second = caller.post(path), caller.post(path)

        assert [(answer.status_code, answer.json()) for answer in (first, second)] == [(200, {"success": True})] * 2
        deliberation.refresh_from_db()
        assert deliberation.status == "stopped"

    def test_the_conversation_goes_on(self, caller, user):
        deliberation = DeliberationFactory(by=user)
        caller.post(f"/api/council/{deliberation.conversation_id}/stop")

        response = caller.post(
            "/api/council", {"question": "And?", "conversationId": str(deliberation.conversation_id)}
        )

        assert response.status_code == 200


class TestWhoMay:
    CALLS = [("get", ""), ("get", "/stream"), ("post", "/stop")]

    @pytest.mark.parametrize(("method", "tail"), CALLS)
    def test_strangers_and_the_anonymous_may_not(self, method, tail, answered, stranger, anonymous):
        path = f"/api/council/{answered.conversation_id}{tail}"

        hidden = getattr(Caller.signed_in_as(stranger), method)(path)
        refused = getattr(anonymous, method)(path)

        assert (hidden.status_code, hidden.json()) == (404, {"error": "Conversation not found"})
        assert (refused.status_code, refused.json()) == (401, {"error": "Unauthorized"})

    @pytest.mark.parametrize(("method", "tail"), CALLS)
    @pytest.mark.parametrize("unknown", ["01930000-0000-7000-8000-000000000009", "conv_xyz789", "%00", "x" * 300])
    def test_an_unknown_one_is_not_found(self, caller, method, tail, unknown):
        response = getattr(caller, method)(f"/api/council/{unknown}{tail}")

        assert (response.status_code, response.json()) == (404, {"error": "Conversation not found"})

    def test_members_of_a_shared_project_read_and_do_not_act(self, user, stranger):
        project = ProjectFactory(by=user, is_shared=True, member_ids=[str(stranger.pk)])
        deliberation = DeliberationFactory(by=user, project_id=str(project.pk))
        deliberate(deliberation_id=deliberation.pk, engine=ScriptedModel())
        member = Caller.signed_in_as(stranger)
        path = f"/api/council/{deliberation.conversation_id}"

        assert member.get(path).status_code == 200
        assert events_of(member.get(f"{path}/stream"))[-1] == "[DONE]"
        assert member.post(f"{path}/stop").status_code == 403
        refused = member.post("/api/council", {"question": "?", "conversationId": str(deliberation.conversation_id)})
        assert (refused.status_code, refused.json()) == (
            403,
            {"error": "Only who opened this conversation may ask here"},
        )

    def test_nothing_was_asked_yet(self, caller, user):
        conversation = open_conversation(kind="council", by=user)

        response = caller.get(f"/api/council/{conversation.pk}/stream")

        assert (response.status_code, response.json()) == (404, {"error": "Nothing was asked here yet"})

    def test_trying_again_is_for_what_failed(self, caller, user, answered):
        with pytest.raises(Conflict):
            retry_deliberation(conversation_id=answered.conversation_id, by=user)
