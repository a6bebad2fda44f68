"""The examples of council.txt for projects, personas and the council, replayed word for word."""

import pytest

from council.models import Project
from council.verbs.projects import create_project
from council.verbs.sittings import deliberate
from tests.council.conftest import events_of, here  # noqa: F401 -- a fixture
from tests.factories.council import DeliberationFactory
from tests.fakes.language_model import ScriptedModel

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("here")]

PROJECT_KEYS = {"id", "name", "description", "createdBy", "isShared", "createdAt", "updatedAt"}
PERSONA_KEYS = {
    "id", "name", "role", "systemPrompt", "defaultModelId", "avatarEmoji", "accentColor", "isDefault", "createdAt", "updatedAt",
}  # fmt: skip
HOME = {"name": "Home Purchase Decision", "description": "Evaluating whether to buy or rent", "isShared": True}


def kinds(row):
    return {key: type(value) for key, value in row.items()}


class TestProjects:
    """Document council.txt, "Projects"."""

    def test_create_project(self, caller, user):
        response = caller.post("/api/projects", HOME)

        body = response.json()
        assert response.status_code == 201
        assert body.keys() == PROJECT_KEYS
        assert body | HOME == body
        assert body["createdBy"] == str(user.pk)
        assert kinds(body) == {
            "id": str, "name": str, "description": str, "createdBy": str, "isShared": bool, "createdAt": int, "updatedAt": int,
        }  # fmt: skip

    def test_list_projects(self, caller, user):
        create_project(name=HOME["name"], description=HOME["description"], is_shared=True, by=user)

        response = caller.get("/api/projects")

        assert response.status_code == 200
        (row,) = response.json()
        assert row.keys() == PROJECT_KEYS
        assert row | HOME == row

    def test_get_update_and_delete_project(self, caller, user):
        project = create_project(name=HOME["name"], by=user)
        path = f"/api/projects/{project.pk}"

        got = caller.get(path)
        updated = caller.put(path, {"name": "Updated Name", "description": "Updated description"})
        deleted = caller.delete(path)

        assert (got.status_code, got.json().keys()) == (200, PROJECT_KEYS)
        assert (updated.status_code, updated.json()["name"], updated.json()["description"]) == (
            200,
            "Updated Name",
            "Updated description",
        )
        assert (deleted.status_code, deleted.json()) == (200, {"success": True})
        assert not Project.objects.exists()


class TestPersonas:
    """Document council.txt, "Personas"."""

    def test_list_personas(self, caller):
        response = caller.get("/api/personas")

        sage = response.json()[0]
        assert response.status_code == 200
        assert sage.keys() == PERSONA_KEYS
        assert (
            sage
            | {
                "id": "persona_sage",
                "name": "The Sage",
                "role": "Balanced Wisdom",
                "defaultModelId": "claude-sonnet-4",
                "avatarEmoji": "🦉",
                "accentColor": "#7d9a78",
                "isDefault": True,
            }
            == sage
        )
        assert sage["systemPrompt"].startswith("You are The Sage")
        assert (type(sage["createdAt"]), type(sage["updatedAt"])) == (int, int)

    def test_get_persona(self, caller):
        response = caller.get("/api/personas/persona_sage")

        assert (response.status_code, response.json().keys()) == (200, PERSONA_KEYS)

    def test_update_persona(self, caller):
        body = {
            "name": "The Sage",
            "role": "Balanced Wisdom",
            "systemPrompt": "Updated system prompt...",
            "defaultModelId": "claude-sonnet-4",
        }

        response = caller.put("/api/personas/persona_sage", body)

        assert response.status_code == 200
        assert response.json() | body == response.json()


class TestCouncilSession:
    """Document council.txt, "Council Session (Brain Trust Mode)"."""

    def test_the_answer_streams_with_its_headers(self, caller, user):
        response = caller.post("/api/council", {"question": "Should I quit my job to start a company?"})

        assert response.status_code == 200
        assert response.headers["Content-Type"] == "text/event-stream"
        assert response.headers["Cache-Control"] == "no-cache, no-transform"
        assert {"X-Conversation-Id", "X-User-Message-Id"} <= set(response.headers)

    def test_the_events_have_the_documented_shapes(self, caller, user):
        deliberation = DeliberationFactory(by=user)
        deliberate(deliberation_id=deliberation.pk, engine=ScriptedModel())

        *events, end = events_of(caller.get(f"/api/council/{deliberation.conversation_id}/stream"))

        assert [event["type"] for event in events] == ["metadata", *["advisor-response"] * 3, "synthesis"]
        assert end == "[DONE]"
        assert events[0].keys() == {"type", "conversationId", "userMessageId"}
        for event, seat in zip(events[1:4], ("persona_sage", "persona_skeptic", "persona_strategist"), strict=True):
            assert event.keys() == {"type", "advisor"}
            assert event["advisor"]["advisorId"] == seat
            assert {"advisorId", "advisorName", "advisorRole", "response"} <= event["advisor"].keys()
        synthesis = events[4]["synthesis"]
        assert synthesis.keys() == {"pointsOfAgreement", "keyTensions", "recommendedNextSteps"}
        assert synthesis["keyTensions"][0].keys() == {"topic", "sagePosition", "skepticPosition", "strategistPosition"}


class TestErrors:
    """Document council.txt, "Common Errors"."""

    @pytest.mark.parametrize("path", ["/api/projects", "/api/personas"])
    def test_unauthorized(self, anonymous, db, path):
        response = anonymous.get(path)

        assert (response.status_code, response.json()) == (401, {"error": "Unauthorized"})

    def test_project_not_found(self, caller):
        response = caller.get("/api/projects/proj_abc123")

        assert (response.status_code, response.json()) == (404, {"error": "Project not found"})

    def test_persona_not_found(self, caller):
        response = caller.get("/api/personas/persona_nobody")

        assert (response.status_code, response.json()) == (404, {"error": "Persona not found"})

    def test_invalid_input(self, caller):
        response = caller.post("/api/projects", {"description": "no name"})

        assert (response.status_code, response.json()) == (400, {"error": "Name is required"})
