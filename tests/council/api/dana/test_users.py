"""Document dana.txt, "Admin Endpoints", Users."""

import pytest

from accounts.models import User
from accounts.verbs.staff import appoint
from config.dialects.fields import iso_z
from conversations.models import Integration, KnowledgeFile
from conversations.verbs.messages import append_message, send_message
from council.verbs.sittings import deliberate
from tests.clients import Caller
from tests.factories.accounts import UserFactory
from tests.factories.clients import thread_with
from tests.factories.conversations import room
from tests.factories.council import DeliberationFactory
from tests.factories.integrations import connected, leaks
from tests.fakes.language_model import ScriptedModel

pytestmark = pytest.mark.django_db
USERS = "/api/admin/users"


@pytest.fixture
def support():
    user = UserFactory(email="support@example.com", company="The house")
    appoint(user_id=user.pk, role="support", by=None)
    return Caller.signed_in_as(user)


def shown(user):
    return {
        "id": str(user.pk),
        "email": user.email,
        "company": user.company,
        "account_setup_complete": user.account_setup_complete,
        "created_at": iso_z(user.created_at),
    }


def problem(answer):
    return answer.status_code, answer.json()["error"]["code"]


class TestList:
    def test_shows_everybody_the_newest_first(self, support, user):
        User.objects.filter(pk=user.pk).update(is_active=False, company="Ada Ltd", account_setup_complete=True)
        everybody = list(User.objects.order_by("-created_at", "-id"))
        assert support.get(USERS).json() == {
            "success": True,
            "users": [shown(row) for row in everybody],
            "total": 2,
            "limit": 50,
            "offset": 0,
        }

    def test_is_cut(self, support, user, stranger):
        answer = support.get(USERS, limit=1, offset=1).json()
        assert [row["email"] for row in answer["users"]] == [user.email]
        assert (answer["total"], answer["limit"], answer["offset"]) == (3, 1, 1)
        assert support.get(USERS, offset=99).json()["users"] == []

    @pytest.mark.parametrize("query", [{"limit": 0}, {"limit": 101}, {"limit": "x"}, {"offset": -1}])
    def test_refuses_other_windows(self, support, query):
        assert problem(support.get(USERS, **query)) == (400, "validation_error")

    def test_takes_as_many_queries_however_long(self, support, django_assert_max_num_queries):
        for _ in range(3):
            UserFactory()
        with django_assert_max_num_queries(4):
            support.get(USERS)

    @pytest.mark.parametrize("path", [USERS, f"{USERS}/x"])
    def test_is_for_staff(self, caller, anonymous, path):
        assert problem(anonymous.get(path)) == (401, "auth_required")
        assert problem(caller.get(path)) == (403, "permission_denied")


class TestRetrieve:
    def test_counts_what_they_used(self, support, user, stranger):
        rooms = [room(user, stranger), room(stranger, user)]
        room(stranger)
        for _ in range(3):
            send_message(conversation_id=rooms[0].pk, content="hello", by=user)
        send_message(conversation_id=rooms[0].pk, content="hello yourself", by=stranger)
        deliberation = DeliberationFactory(by=user)
        deliberate(deliberation_id=deliberation.pk, engine=ScriptedModel())
        thread = thread_with(user)
        for about in ({"hand_over": True}, {"hand_over": False}, {}):
            append_message(
                conversation=thread.conversation, role="ai", content="Two days.", metadata={"assistant": about}
            )
        for type in ("hubspot", "slack"):
            connected(user, type)
        connected(stranger, "email")
        Integration.objects.filter(type="hubspot").update(status="error")
        for owner in (user, user, stranger):
            KnowledgeFile.objects.create(user=owner, file_name="a.txt", file_size=1, file_type="txt", sha256="0")
        answer = support.get(f"{USERS}/{user.pk}").json()
        assert (
            answer
            == {
                "success": True,
                "user": shown(user)
                | {
                    "subscription": None,
                    "integrations": [
                        {"integration_type": "slack", "status": "active"},
                        {"integration_type": "hubspot", "status": "error"},
                    ],
                    "usage_stats": {
                        "conversations_count": 4,
                        "messages_count": 4,  # the question too
                        "ai_responses_count": 6,  # three advisors, the synthesis, two answers to a client: that a person will answer is none
                        "knowledge_files_count": 2,
                    },
                },
            }
        )
        assert leaks(answer) == []

    def test_of_somebody_new_is_nothing(self, support, stranger):
        usage = support.get(f"{USERS}/{stranger.pk}").json()["user"]["usage_stats"]
        assert set(usage.values()) == {0}

    @pytest.mark.parametrize("types", [["slack"], ["slack", "hubspot", "email"]])
    def test_takes_as_many_queries_however_much_they_use(self, support, user, types, django_assert_num_queries):
        for type in types:
            connected(user, type)
        support.get(f"{USERS}/{user.pk}")
        with django_assert_num_queries(13):
            assert len(support.get(f"{USERS}/{user.pk}").json()["user"]["integrations"]) == len(types)

    @pytest.mark.parametrize("user_id", ["x", "0190b7a2-6f2c-7cc3-98c4-dc0c0c07398f"])
    def test_knows_no_such_user(self, support, user_id):
        assert problem(support.get(f"{USERS}/{user_id}")) == (404, "resource_not_found")
