"""Dana, "Integrations": every endpoint as its owner, as others, of what is absent and with what is wrong."""

import pytest

from conversations.models import Integration
from tests.clients import Caller
from tests.factories.integrations import CONFIGS, HUBSPOT, SLACK, all_connected, connected, leaks
from tests.fakes.hubspot import TOKEN, HubSpotHouse, used_by

pytestmark = pytest.mark.django_db

TYPES, SCHEMA = "/api/integrations", "/api/integrations/schema"
GIVEN = {"integration_type": "slack", "config": SLACK}
NOBODY = "0190b7a2-6f2c-7cc3-98c4-dc0c0c07398f"


def of(user, *rest):
    return "/".join(("/api/integrations/user", str(getattr(user, "pk", user)), *rest))


def problem(answer):
    body = answer.json()
    assert set(body) == {"success", "error"}
    return answer.status_code, body["error"]["code"]


def asked(caller, user, type="slack"):
    """What every endpoint of somebody's integrations answers, reads first."""
    return {
        "list": caller.get(of(user)),
        "get": caller.get(of(user, type)),
        "create": caller.post(of(user), GIVEN),
        "update": caller.put(of(user, type), {"config": SLACK}),
        "test": caller.post(of(user, type, "test")),
        "delete": caller.delete(of(user, type)),
    }


@pytest.fixture
def other(stranger):
    return Caller.signed_in_as(stranger)


@pytest.fixture
def office(staff):
    return Caller.signed_in_as(staff)


class TestWhoMay:
    def test_nobody_without_a_credential(self, anonymous, user):
        connected(user)
        answers = [*asked(anonymous, user).values(), anonymous.get(TYPES), anonymous.get(f"{SCHEMA}/slack")]
        assert {problem(answer) for answer in answers} == {(401, "auth_required")}

    @pytest.mark.parametrize("has_one", [True, False])
    def test_no_other_learns_whether_there_is_one(self, other, user, has_one):
        if has_one:
            connected(user)
        for answer in (*asked(other, user).values(), *asked(other, NOBODY).values(), *asked(other, "x").values()):
            assert problem(answer) == (403, "permission_denied")

    def test_staff_read_masked_and_change_nothing(self, office, user):
        connected(user)
        answers = asked(office, user)
        assert [answers[name].status_code for name in ("list", "get")] == [200, 200]
        assert answers["get"].json()["integration"]["config"] == {"bot_token": "********", "channel_id": "C0123456789"}
        assert {problem(answers[name]) for name in ("create", "update", "test", "delete")} == {
            (403, "permission_denied")
        }
        assert Integration.objects.get().config == SLACK

    def test_staff_are_told_who_is_not_there(self, office):
        for user in (NOBODY, "x"):
            assert {problem(answer) for answer in asked(office, user).values()} == {(404, "resource_not_found")}

    def test_an_api_key_that_reads_changes_nothing(self, user):
        from accounts.verbs.api_keys import create_key  # noqa: PLC0415 -- here alone

        connected(user)
        _, raw = create_key(user=user, name="Dashboard", scopes=["read"])
        answers = asked(Caller(**{"X-API-Key": raw}), user)
        assert {name: answer.status_code for name, answer in answers.items()} == {
            "list": 200, "get": 200, "create": 403, "update": 403, "test": 403, "delete": 403,
        }  # fmt: skip


class TestWhatIsNotThere:
    @pytest.mark.parametrize("type", ["teams", "Slack", "x" * 300, "%00"])
    def test_an_unknown_type(self, caller, user, type):
        answers = asked(caller, user, type)
        named = [answers[name] for name in ("get", "update", "test", "delete")]
        assert {problem(answer) for answer in (*named, caller.get(f"{SCHEMA}/{type}"))} == {(404, "resource_not_found")}

    def test_an_integration_that_nobody_connected(self, caller, user):
        answers = asked(caller, user, "hubspot")
        assert {problem(answers[name]) for name in ("get", "update", "test", "delete")} == {(404, "resource_not_found")}

    def test_an_address(self, caller, user):
        assert problem(caller.get(of(user, "slack", "secrets"))) == (404, "resource_not_found")
        assert problem(caller.put(TYPES)) == (405, "validation_error")


class TestReading:
    def test_lists_without_configs_the_newest_first(self, caller, user):
        assert caller.get(of(user)).json() == {"success": True, "integrations": []}
        rows = all_connected(user)
        told = caller.get(of(user)).json()["integrations"]
        assert [row["integration_type"] for row in told] == [row.type for row in rows[::-1]]
        assert {tuple(row) for row in told} == {("integration_type", "status", "created_at", "updated_at")}

    @pytest.mark.parametrize("types", [["slack"], ["slack", "email", "hubspot"]])
    def test_in_as_many_queries_however_many(self, caller, user, types, django_assert_num_queries):
        for type in types:
            connected(user, type)
        caller.get(of(user))
        with django_assert_num_queries(2):
            assert len(caller.get(of(user)).json()["integrations"]) == len(types)

    @pytest.mark.parametrize("type", CONFIGS)
    def test_tells_no_secret(self, caller, user, type):
        connected(user, type)
        answer = caller.get(of(user, type))
        assert (answer.status_code, leaks(answer.content.decode())) == (200, [])
        assert "********" in answer.content.decode()


class TestWriting:
    def test_answers_without_the_config(self, caller, user):
        answers = asked(caller, user)
        assert [answers[name].status_code for name in ("create", "update", "delete")] == [201, 200, 200]
        assert leaks([answer.content for answer in answers.values()]) == []

    def test_a_second_one_is_refused(self, caller, user):
        connected(user)
        answer = caller.post(of(user), GIVEN)
        assert problem(answer) == (409, "validation_error")
        assert answer.json()["error"]["details"] == {"reason": "integration_exists"}

    def test_is_case_blind_about_nothing_but_the_id(self, caller, user):
        connected(user)
        assert caller.get(of(str(user.pk).upper(), "slack")).status_code == 200

    @pytest.mark.parametrize(
        "body",
        [
            {},
            [],
            {"integration_type": "slack"},
            {"config": SLACK},
            {"integration_type": "teams", "config": SLACK},
            {"integration_type": ["slack"], "config": SLACK},
            {"integration_type": "slack", "config": None},
            {"integration_type": "slack", "config": [SLACK]},
            {"integration_type": "slack", "config": "xoxb-"},
            {"integration_type": "slack", "config": HUBSPOT},
            {"integration_type": "slack", "config": SLACK | {"bot_token": {"$ne": ""}}},
            {"integration_type": "slack", "config": SLACK | {"x": "y" * 70_000}},
        ],
    )
    def test_refuses_what_is_wrong(self, caller, user, body):
        assert problem(caller.post(of(user), body)) == (400, "validation_error")
        assert not Integration.objects.exists()

    def test_names_the_field(self, caller, user):
        connected(user)
        answer = caller.put(of(user, "slack"), {"config": {"bot_token": "********", "channel_id": "nowhere"}})
        assert problem(answer) == (400, "validation_error")
        assert list(answer.json()["error"]["details"]["config"]) == ["channel_id"]
        assert leaks(answer.content) == []

    @pytest.mark.parametrize("raw", ["", "{", '{"config": {"bot_token": NaN}}', "\xff"])
    def test_refuses_what_is_no_json(self, caller, user, raw):
        connected(user)
        answer = caller.client.put(of(user, "slack"), raw, content_type="application/json")
        assert problem(answer) == (400, "validation_error")


class TestTest:
    @pytest.fixture
    def hubspot(self, settings):
        house = HubSpotHouse()
        used_by(settings, house)
        with house.standing():
            yield house

    def test_tells_what_the_service_answered(self, caller, user, hubspot):
        connected(user, "hubspot", access_token=TOKEN)
        assert caller.post(of(user, "hubspot", "test")).json() == {
            "success": True,
            "message": "Integration test successful",
            "details": {"connected": True, "portal_id": 4711, "account_type": "STANDARD"},
        }

    def test_of_a_wrong_secret_is_an_answer(self, caller, user, hubspot):
        connected(user, "hubspot")
        answer = caller.post(of(user, "hubspot", "test"))
        assert (answer.status_code, answer.json()) == (
            200,
            {
                "success": True,
                "message": "HubSpot did not accept the access token.",
                "details": {"connected": False, "code": "invalid_auth"},
            },
        )
        assert caller.get(of(user)).json()["integrations"][0]["status"] == "error"

    def test_of_the_sandbox_says_so(self, caller, user):
        connected(user, "hubspot", sandbox=True)
        answer = caller.post(of(user, "hubspot", "test")).json()
        assert answer["message"] == "Integration test successful in the sandbox"
        assert (answer["details"]["connected"], answer["details"]["sandbox"]) == (True, True)

    @pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "169.254.169.254", "2130706433", "::ffff:10.0.0.1"])
    def test_leads_nowhere_into_our_network(self, caller, user, host):
        connected(user, "postgresql", host=host)
        answer = caller.post(of(user, "postgresql", "test"))
        assert answer.json()["details"] == {"connected": False, "code": "not_public"}
        assert host not in answer.content.decode()

    def test_is_limited(self, caller, user):
        connected(user, sandbox=True)
        answers = [caller.post(of(user, "slack", "test")) for _ in range(7)]
        assert [answer.status_code for answer in answers] == [200] * 6 + [429]
        assert problem(answers[-1]) == (429, "rate_limit_exceeded")
        assert "X-RateLimit-Reset" in answers[-1].headers
