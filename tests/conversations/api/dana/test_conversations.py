import datetime as dt

import pytest

from conversations.models import Conversation, Message, PlatformAccount
from tests.clients import Caller
from tests.factories.clients import by_hand, client_says, thread_with
from tests.factories.conversations import direct, room

pytestmark = pytest.mark.django_db

PATH = "/api/conversations"
UNKNOWN = ["x", "0190a1b2-0000-7000-8000-000000000000", "%00", "%F0%9F%8E%B5"]


def problem(answer):
    return answer.status_code, answer.json()["error"]["code"]


def each_address(key):
    """(method, address, body) of all that is asked about one conversation."""
    return [
        ("get", f"{PATH}/{key}", None),
        ("put", f"{PATH}/{key}", {"client_name": "Mine"}),
        ("get", f"{PATH}/{key}/messages", None),
        ("post", f"{PATH}/{key}/read", {}),
    ]


def asked(caller, method, path, body):
    return caller.get(path) if method == "get" else getattr(caller, method)(path, body)


class TestEveryAddress:
    def test_wants_somebody_signed_in(self, anonymous, user):
        key = by_hand(user).pk
        everywhere = [*each_address(key), ("get", PATH, None), ("post", PATH, {})]

        assert {problem(asked(anonymous, *each)) for each in everywhere} == {(401, "auth_required")}

    def test_knows_nothing_of_other_peoples(self, user, stranger):
        outsider, key = Caller.signed_in_as(stranger), by_hand(user).pk

        assert {problem(asked(outsider, *each)) for each in each_address(key)} == {(404, "resource_not_found")}

    @pytest.mark.parametrize("key", UNKNOWN)
    def test_knows_nothing_of_what_is_not_there(self, caller, key):
        assert {problem(asked(caller, *each)) for each in each_address(key)} == {(404, "resource_not_found")}

    def test_knows_nothing_of_rooms(self, caller, user, stranger):
        for conversation in (room(user), direct(user, stranger)):
            answers = {problem(asked(caller, *each)) for each in each_address(conversation.pk)}
            assert answers == {(404, "resource_not_found")}

    @pytest.mark.parametrize("method", ["delete", "patch"])
    def test_takes_no_other_method(self, caller, user, method):
        answer = getattr(caller.client, method)(f"{PATH}/{by_hand(user).pk}")

        assert problem(answer) == (405, "validation_error")

    @pytest.mark.parametrize("body", ["{", "[1]", '"x"', "\xff", '{"client_name": "\\ud83d"}'])
    def test_takes_only_json_objects(self, caller, user, body):
        key = by_hand(user).pk
        for method, path in (("post", PATH), ("put", f"{PATH}/{key}"), ("post", f"{PATH}/{key}/read")):
            answer = getattr(caller.client, method)(path, body, content_type="application/json")
            assert problem(answer) == (400, "validation_error")


class TestList:
    def test_tells_all_of_a_row(self, caller, user):
        thread = thread_with(user, company="Client Co.")
        message = Message.objects.get()

        answer = caller.get(PATH)

        thread.refresh_from_db()
        conversation = Conversation.objects.get()

        def z(moment, timespec="milliseconds"):
            return moment.isoformat(timespec=timespec).replace("+00:00", "Z")

        assert answer.json() == {
            "success": True,
            "conversations": [
                {
                    "id": str(thread.pk),
                    "user_id": str(user.pk),
                    "platform": "facebook",
                    "client_name": "John Doe",
                    "client_company": "Client Co.",
                    "status": "active",
                    "created_at": z(conversation.created_at),
                    "updated_at": z(conversation.updated_at),
                    "last_message": {
                        "content": "Hello, I have a question about your product.",
                        "sender_type": "client",
                        "timestamp": z(message.sent_at, "microseconds"),
                    },
                    "unread_count": 1,
                    "account_id": str(PlatformAccount.objects.get().pk),
                    "reply_until": z(thread.reply_until),
                    "person_reply_until": z(thread.client_wrote_at + dt.timedelta(days=7)),
                    "waiting_since": z(thread.waiting_since),
                    "assignee_id": None,
                    "is_ai_paused": False,
                }
            ],
            "total": 1,
            "limit": 50,
            "offset": 0,
        }

    def test_has_no_last_message_where_nothing_was_said(self, caller, user):
        by_hand(user)

        (row,) = caller.get(PATH).json()["conversations"]

        assert (row["last_message"], row["client_company"], row["reply_until"]) == (None, None, None)

    def test_is_cut_and_narrowed(self, caller, user):
        for platform in ("facebook", "facebook", "whatsapp"):
            by_hand(user, platform=platform)

        answer = caller.get(PATH, limit=1, offset=1, platform="facebook", status="active").json()

        found = (len(answer["conversations"]), answer["total"], answer["limit"], answer["offset"])
        assert found == (1, 2, 1, 1)

    @pytest.mark.parametrize(
        "query",
        [
            {"limit": 0},
            {"limit": 101},
            {"limit": "x"},
            {"offset": -1},
            {"offset": 10**12},
            {"status": "open"},
            {"platform": "telegram"},
        ],
    )
    def test_refuses_a_wrong_question(self, caller, query):
        assert problem(caller.get(PATH, **query)) == (400, "validation_error")

    @pytest.mark.parametrize("count", [1, 3])
    def test_takes_as_many_queries_however_many(self, caller, user, count, django_assert_max_num_queries):
        for _ in range(count):
            thread_with(user)
        caller.get(PATH)  # what is looked at once and then cached

        with django_assert_max_num_queries(6):
            assert len(caller.get(PATH).json()["conversations"]) == count


class TestCreate:
    def test_opens_one_by_hand(self, caller, user):
        answer = caller.post(PATH, {"platform": "whatsapp", "client_name": "Jane", "client_company": None})

        row = answer.json()["conversation"]
        assert (answer.status_code, answer.json()["message"]) == (201, "Conversation created successfully")
        assert (row["user_id"], row["platform"], row["client_name"], row["client_company"], row["account_id"]) == (
            str(user.pk),
            "whatsapp",
            "Jane",
            None,
            None,
        )
        assert caller.get(f"{PATH}/{row['id']}").json() == {"success": True, "conversation": row}

    @pytest.mark.parametrize(
        "body",
        [
            {},
            {"platform": "facebook"},
            {"client_name": "Jane"},
            {"platform": "telegram", "client_name": "Jane"},
            {"platform": "facebook", "client_name": ""},
            {"platform": "facebook", "client_name": "  "},
            {"platform": "facebook", "client_name": 7},
            {"platform": "facebook", "client_name": None},
            {"platform": "facebook", "client_name": "x" * 121},
            {"platform": "facebook", "client_name": "a\0b"},
            {"platform": "facebook", "client_name": "Jane", "client_company": ["x"]},
            {"platform": ["facebook"], "client_name": "Jane"},
        ],
    )
    def test_refuses_what_is_wrong(self, caller, body):
        assert problem(caller.post(PATH, body)) == (400, "validation_error")
        assert not Conversation.objects.exists()


class TestUpdate:
    def test_changes_what_is_given(self, caller, user):
        key = thread_with(user, company="Client Co.").pk

        answers = [
            caller.put(f"{PATH}/{key}", body).json()["conversation"]
            for body in ({}, {"status": "pending"}, {"client_name": "Ada"}, {"client_company": None})
        ]

        told = [(row["client_name"], row["client_company"], row["status"]) for row in answers]
        assert told == [
            ("John Doe", "Client Co.", "active"),
            ("John Doe", "Client Co.", "pending"),
            ("Ada", "Client Co.", "pending"),
            ("Ada", None, "pending"),
        ]

    @pytest.mark.parametrize(
        "body",
        [
            {"status": "open"},
            {"status": None},
            {"client_name": 1},
            {"client_name": None},
            {"client_name": "x" * 121},
            {"client_company": "x" * 121},
        ],
    )
    def test_refuses_what_is_wrong(self, caller, user, body):
        key = by_hand(user, name="Jane").pk

        assert problem(caller.put(f"{PATH}/{key}", body)) == (400, "validation_error")
        assert caller.get(f"{PATH}/{key}").json()["conversation"]["client_name"] == "Jane"


class TestMessages:
    def test_are_the_latest_oldest_first(self, caller, user):
        thread = by_hand(user)
        for content in "abcd":
            client_says(thread, content)

        answer = caller.get(f"{PATH}/{thread.pk}/messages", limit=2).json()

        assert (answer["conversation_id"], answer["total"], answer["limit"]) == (str(thread.pk), 4, 2)
        assert [row["content"] for row in answer["messages"]] == ["c", "d"]

    @pytest.mark.parametrize("spelt", [str, lambda z: z.replace("Z", "+00:00"), lambda z: z.replace("Z", "")])
    def test_are_cut_by_the_moments_that_it_tells(self, caller, user, spelt):
        thread = by_hand(user)
        for content in "abcd":
            client_says(thread, content)
        path = f"{PATH}/{thread.pk}/messages"
        moments = [spelt(row["created_at"]) for row in caller.get(path).json()["messages"]]

        told = [
            "".join(row["content"] for row in caller.get(path, **cut).json()["messages"])
            for cut in ({"before": moments[2]}, {"after": moments[1]}, {"after": moments[0], "before": moments[3]})
        ]

        assert told == ["ab", "cd", "bc"]

    def test_understand_a_plus_that_was_not_escaped(self, caller, user):
        thread = by_hand(user)
        client_says(thread, "a")

        answer = caller.client.get(f"{PATH}/{thread.pk}/messages?before=2100-01-01T00:00:00.5+02:00")

        assert len(answer.json()["messages"]) == 1

    @pytest.mark.parametrize(
        "query",
        [
            {"before": "yesterday"},
            {"after": "0001-01-01T00:00:00+14:00"},
            {"before": "2023-03-15T10:00:00Z" * 9},
            {"before": "2023-03-15T10:00\0"},
            {"limit": 0},
            {"limit": 101},
            {"limit": "many"},
        ],
    )
    def test_refuse_a_wrong_question(self, caller, user, query):
        assert problem(caller.get(f"{PATH}/{by_hand(user).pk}/messages", **query)) == (400, "validation_error")

    @pytest.mark.parametrize("count", [1, 3])
    def test_take_as_many_queries_however_many(self, caller, user, count, django_assert_num_queries):
        thread = by_hand(user)
        for _ in range(count):
            client_says(thread, "Hello?")
        caller.get(f"{PATH}/{thread.pk}/messages")

        with django_assert_num_queries(4):
            caller.get(f"{PATH}/{thread.pk}/messages")


class TestRead:
    def test_reads_up_to_a_message_or_to_the_last(self, caller, user):
        thread = thread_with(user)
        client_says(thread, "Hello?")
        first = Message.objects.get(seq=1)
        path = f"{PATH}/{thread.pk}/read"

        answers = [caller.post(path, body).json() for body in ({"message_id": str(first.pk)}, {}, {"message_id": None})]

        told = "Conversation marked as read"
        assert answers == [{"success": True, "message": told, "last_read_seq": seq} for seq in (1, 2, 2)]
        assert caller.get(f"{PATH}/{thread.pk}").json()["conversation"]["unread_count"] == 0

    @pytest.mark.parametrize(
        ("body", "expected"),
        [
            ({"message_id": 7}, (400, "validation_error")),
            ({"message_id": "x"}, (404, "resource_not_found")),
            ({"message_id": "x" * 65}, (400, "validation_error")),
        ],
    )
    def test_refuses_what_is_wrong(self, caller, user, body, expected):
        assert problem(caller.post(f"{PATH}/{by_hand(user).pk}/read", body)) == expected
