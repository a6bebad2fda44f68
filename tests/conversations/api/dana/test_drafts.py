"""POST /api/conversations/{id}/draft (ours)."""

import pytest

from marketplace.verbs.limits import ai_answers_today
from tests.clients import Caller
from tests.factories.assistants import FILE, SHIPPING, client_says, client_thread, knows
from tests.factories.subscriptions import subscribed, three_tiers
from tests.fakes.openai_server import NONSENSE, said, used_by

pytestmark = pytest.mark.django_db


@pytest.fixture
def thread(user):
    thread = client_thread(user)
    client_says(thread)
    return thread


@pytest.fixture(autouse=True)
def searched(monkeypatch):
    return knows(monkeypatch, SHIPPING)


@pytest.fixture
def place(thread):
    return f"/api/conversations/{thread.pk}/draft"


def problem(response):
    body = response.json()
    assert body.keys() == {"success", "error"}
    assert body["success"] is False
    return response.status_code, body["error"]["code"], body["error"]["details"]


class TestDraft:
    def test_works(self, caller, place):
        response = caller.post(place)
        assert response.status_code == 200
        assert response.json() == {
            "success": True,
            "message": "Draft prepared",
            "draft": {
                "content": "Delivery to Norway takes five working days.\n\nSource: shipping.pdf, page 2",
                "passages": [{"file_id": str(FILE), "file_name": "shipping.pdf", "page": 2}],
                "hand_over": False,
                "reason": "answered",
                "engine": "offline:sentences",
                "is_sandbox": True,
            },
            "ai_answers_left": 2,
        }

    def test_by_a_provider_is_no_sandbox(self, caller, place, settings):
        with used_by(settings, said("Five days.", used=[11])):
            draft = caller.post(place).json()["draft"]
        assert draft == {
            "content": "Five days.",
            "passages": [{"file_id": str(FILE), "file_name": "shipping.pdf", "page": 2}],
            "hand_over": False,
            "reason": "answered",
            "engine": "compat:stand-in-7",
        }

    def test_the_fourth_of_a_free_account_is_refused(self, caller, place):
        assert [caller.post(place).json()["ai_answers_left"] for _ in range(3)] == [2, 1, 0]
        status, code, details = problem(caller.post(place))
        assert (status, code, details["reason"]) == (403, "permission_denied", "limit_reached")
        assert (details["limit"], details["allowed"], details["upgrade_url"]) == ("ai_answers_a_day", 3, "/pricing/")

    def test_a_professional_account_is_not_limited(self, caller, place, user):
        subscribed(user, three_tiers()["Professional"])
        answers = [caller.post(place) for _ in range(5)]
        assert [(each.status_code, each.json()["ai_answers_left"]) for each in answers] == [(200, None)] * 5

    @pytest.mark.parametrize(
        ("status", "reason"), [(429, "rate_limited"), (500, "provider_error"), (401, "not_configured")]
    )
    def test_that_fails_says_so_and_costs_nothing(self, caller, place, user, settings, status, reason):
        with used_by(settings, status):
            response = caller.post(place)
        assert problem(response) == (503, "internal_error", {"reason": reason})
        assert NONSENSE.encode() not in response.content
        assert ai_answers_today(user) == 0

    def test_of_a_provider_that_is_not_set_up(self, caller, place, settings):
        settings.LLM_MODEL = "anthropic:claude-sonnet-4"
        assert problem(caller.post(place)) == (503, "internal_error", {"reason": "not_configured"})

    def test_without_a_credential(self, anonymous, place):
        assert problem(anonymous.post(place))[:2] == (401, "auth_required")

    def test_of_anothers_conversation(self, stranger, place):
        assert problem(Caller.signed_in_as(stranger).post(place))[:2] == (404, "resource_not_found")

    @pytest.mark.parametrize("key", ["nonsense", "019a0000-0000-7000-8000-000000000000"])
    def test_of_nothing(self, caller, key):
        assert problem(caller.post(f"/api/conversations/{key}/draft"))[:2] == (404, "resource_not_found")

    def test_where_the_client_said_nothing(self, caller, user):
        place = f"/api/conversations/{client_thread(user).pk}/draft"
        assert problem(caller.post(place)) == (409, "validation_error", {"reason": "nothing_to_answer"})

    def test_takes_post_alone(self, caller, place):
        assert problem(caller.get(place))[:2] == (405, "validation_error")

    @pytest.mark.parametrize("body", ["{", "[]", "7", "null"])
    def test_with_a_broken_body(self, caller, place, user, body):
        response = caller.client.post(place, body, content_type="application/json")
        assert problem(response)[:2] == (400, "validation_error")
        assert ai_answers_today(user) == 0

    def test_with_no_body_at_all(self, caller, place):
        assert caller.client.generic("POST", place).status_code == 200
