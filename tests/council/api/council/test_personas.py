"""Personas: the three defaults, own versions of them, own personas."""

import pytest

from council.models import Persona, PersonaVersion
from council.verbs.sittings import deliberate
from ontology.models import Entity
from tests.clients import Caller
from tests.factories.council import DeliberationFactory, PersonaFactory
from tests.fakes.language_model import ScriptedModel

pytestmark = pytest.mark.django_db
NEW = {
    "name": "The Poet",
    "role": "Rhyme",
    "systemPrompt": "You rhyme.",
    "defaultModelId": "m",
    "avatarEmoji": "🪶",
    "accentColor": "#112233",
}


class TestDefaults:
    def test_are_three_under_their_fixed_ids_in_speaking_order(self, caller):
        response = caller.get("/api/personas")

        rows = response.json()
        assert [(row["id"], row["name"], row["avatarEmoji"], row["isDefault"]) for row in rows] == [
            ("persona_sage", "The Sage", "🦉", True),
            ("persona_skeptic", "The Skeptic", "🔍", True),
            ("persona_strategist", "The Strategist", "🧭", True),
        ]
        assert (rows[0]["role"], rows[0]["accentColor"]) == ("Balanced Wisdom", "#7d9a78")
        assert all(isinstance(row["createdAt"], int) and "createdBy" not in row for row in rows)

    def test_are_entities_everyone_may_read(self):
        persona = Persona.objects.get(pk="persona_strategist")

        entity = Entity.objects.get(pk=persona.entity_id)
        assert (entity.type, entity.name, entity.owner, entity.is_private) == (
            "strategy_agent",
            "The Strategist",
            None,
            False,
        )


class TestUpdate:
    def test_on_a_default_keeps_ones_own_version_under_the_same_id(self, caller, stranger):
        response = caller.put("/api/personas/persona_sage", {"name": "My Sage", "systemPrompt": "Be brief."})

        other = Caller.signed_in_as(stranger)
        assert response.status_code == 200
        assert {key: response.json()[key] for key in ("id", "name", "role", "systemPrompt", "isDefault")} == {
            "id": "persona_sage", "name": "My Sage", "role": "Balanced Wisdom", "systemPrompt": "Be brief.", "isDefault": True,
        }  # fmt: skip
        assert caller.get("/api/personas/persona_sage").json()["name"] == "My Sage"
        assert caller.get("/api/personas").json()[0]["name"] == "My Sage"
        assert other.get("/api/personas/persona_sage").json()["name"] == "The Sage"

    def test_twice_changes_the_same_version(self, caller):
        caller.put("/api/personas/persona_sage", {"name": "One"})
        caller.put("/api/personas/persona_sage", {"role": "Two"})

        version = PersonaVersion.objects.get()
        assert (version.name, version.role) == ("One", "Two")

    def test_staff_change_everybodys(self, staff, caller):
        Caller.signed_in_as(staff).put("/api/personas/persona_sage", {"role": "New for all"})

        assert caller.get("/api/personas/persona_sage").json()["role"] == "New for all"
        assert not PersonaVersion.objects.exists()

    def test_changes_ones_own(self, caller, user):
        persona = PersonaFactory(by=user)

        response = caller.put(f"/api/personas/{persona.pk}", NEW)

        assert response.json() | NEW == response.json()
        assert Entity.objects.get(pk=persona.entity_id).name == "The Poet"

    @pytest.mark.parametrize(
        ("body", "error"),
        [
            ({"name": ""}, "Name is required"),
            ({"systemPrompt": " "}, "System prompt is required"),
            ({"name": "x" * 81}, "Name has at most 80 characters"),
            ({"systemPrompt": "x" * 8_001}, "System prompt has at most 8,000 characters"),
            ({"accentColor": "red"}, "Accent color must look like #7d9a78"),
            ({"avatarEmoji": "x" * 17}, "Avatar has at most 16 characters"),
            ({"role": 5}, "role: Not a valid string."),
        ],
    )
    def test_refuses_bad_input(self, caller, body, error):
        response = caller.put("/api/personas/persona_sage", body)

        assert (response.status_code, response.json()) == (400, {"error": error})


class TestCreate:
    def test_makes_ones_own(self, caller, user, stranger):
        response = caller.post("/api/personas", NEW)

        row = response.json()
        assert (response.status_code, row) == (201, row | NEW | {"isDefault": False, "createdBy": str(user.pk)})
        assert [persona["id"] for persona in caller.get("/api/personas").json()][3:] == [row["id"]]
        hidden = Caller.signed_in_as(stranger).get(f"/api/personas/{row['id']}")
        assert (hidden.status_code, hidden.json()) == (404, {"error": "Persona not found"})
        entity = Entity.objects.get(pk=Persona.objects.get(pk=row["id"]).entity_id)
        assert (entity.type, entity.owner, entity.is_private) == ("intelligence_agent", user, True)

    def test_needs_a_name(self, caller):
        response = caller.post("/api/personas", {"role": "Rhyme"})

        assert (response.status_code, response.json()) == (400, {"error": "Name is required"})


class TestRemove:
    def test_removes_ones_own(self, caller, user):
        persona = PersonaFactory(by=user)

        response = caller.delete(f"/api/personas/{persona.pk}")

        assert (response.status_code, response.json()) == (200, {"success": True})
        assert caller.get(f"/api/personas/{persona.pk}").status_code == 404

    def test_on_a_default_takes_ones_own_version_back(self, caller):
        caller.put("/api/personas/persona_sage", {"name": "My Sage"})

        first, second = (caller.delete("/api/personas/persona_sage") for _ in range(2))

        assert (first.status_code, caller.get("/api/personas/persona_sage").json()["name"]) == (200, "The Sage")
        assert (second.status_code, second.json()) == (403, {"error": "A default persona cannot be deleted"})


class TestWhoMay:
    @pytest.mark.parametrize("method", ["get", "put", "delete"])
    def test_strangers_and_the_anonymous_may_not(self, method, user, stranger, anonymous):
        path = f"/api/personas/{PersonaFactory(by=user).pk}"

        hidden = getattr(Caller.signed_in_as(stranger), method)(path)
        refused = getattr(anonymous, method)(path)

        assert (hidden.status_code, hidden.json()) == (404, {"error": "Persona not found"})
        assert (refused.status_code, refused.json()) == (401, {"error": "Unauthorized"})

    @pytest.mark.parametrize("unknown", ["persona_unknown", "x" * 300, "%00"])
    @pytest.mark.parametrize("method", ["get", "put", "delete"])
    def test_an_unknown_one_is_not_found(self, caller, method, unknown):
        response = getattr(caller, method)(f"/api/personas/{unknown}")

        assert (response.status_code, response.json()) == (404, {"error": "Persona not found"})

    def test_the_list_needs_a_credential(self, anonymous, db):
        assert anonymous.get("/api/personas").status_code == 401
        assert anonymous.post("/api/personas", NEW).status_code == 401


def test_an_own_version_speaks_under_its_own_name(user, caller):
    caller.put("/api/personas/persona_skeptic", {"name": "My Skeptic", "role": "Doubt"})
    deliberation = DeliberationFactory(by=user)

    deliberate(deliberation_id=deliberation.pk, engine=ScriptedModel())

    reply = deliberation.replies.get(persona="persona_skeptic")
    assert (reply.advisor_name, reply.advisor_role) == ("My Skeptic", "Doubt")
