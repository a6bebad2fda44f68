"""one.txt: /entities, /connections, /events and /tags, every example and every row of its responses, word for word."""

import pytest
from django.utils.dateparse import parse_datetime

from ontology.models import ConnectionType, Entity, EntityType, EventType
from tests.clients import Caller
from tests.contracts.one_vocabulary import CONNECTION_TYPES, ENTITY_TYPES, EVENT_TYPES
from tests.factories.ontology import EntityFactory

pytestmark = pytest.mark.django_db

UNKNOWN = "k17abc123def456"
UNKNOWN_UUID = "0190b7a2-6f2c-7cc3-98c4-dc0c0c07398f"
NOON = 1705334400000  # the document's own example of a moment
NEEDS_A_TOKEN = {"message": "Authentication is required", "code": "UNAUTHORIZED"}
DEAD_TOKEN = {"message": "Invalid or expired session token", "code": "UNAUTHORIZED"}

CREATOR = {
    "type": "creator",
    "name": "John Doe",
    "properties": {
        "email": "john@example.com",
        "username": "johndoe",
        "niche": ["fitness", "nutrition"],
        "expertise": ["training", "coaching"],
        "targetAudience": "fitness enthusiasts",
    },
    "status": "active",
}
TOKEN = {
    "type": "token",
    "name": "JOHN Token",
    "properties": {"contractAddress": "0x1234...", "blockchain": "sui", "totalSupply": 1000000, "price": 0.10},
    "status": "active",
}
READS: tuple[tuple[str, dict[str, str]], ...] = (
    ("/entities/get", {"id": UNKNOWN}),
    ("/entities/list", {"type": "creator"}),
    ("/connections/get", {"entityId": UNKNOWN}),
    ("/events/getHistory", {}),
    ("/tags/get", {"entityId": UNKNOWN}),
    ("/tags/search", {"key": "industry", "value": "fitness"}),
)
WRITES = (
    ("/entities/create", CREATOR),
    ("/entities/update", {"id": UNKNOWN}),
    ("/entities/delete", {"id": UNKNOWN}),
    ("/connections/create", {"fromEntityId": UNKNOWN, "toEntityId": UNKNOWN, "relationshipType": "following"}),
    ("/connections/delete", {"id": UNKNOWN}),
    ("/events/log", {"type": "user_joined", "actorId": UNKNOWN}),
    ("/tags/create", {"entityId": UNKNOWN, "key": "skill", "value": "video-editing"}),
)


@pytest.fixture
def _noon(time_machine):
    time_machine.move_to(parse_datetime("2024-01-15T16:00:00Z"), tick=False)


@pytest.fixture
def others(stranger):
    return Caller.signed_in_as(stranger)


def made(caller, body):
    answer = caller.post("/entities/create", body)
    assert answer.status_code == 200, answer.content
    assert answer.json() == {"entityId": answer.json()["entityId"], "type": body["type"]}
    return answer.json()["entityId"]


class TestEveryEndpoint:
    @pytest.mark.parametrize(("path", "query"), READS)
    def test_read_needs_a_token(self, anonymous, path, query):
        for more, answered in (({}, NEEDS_A_TOKEN), ({"token": "dead"}, DEAD_TOKEN)):
            answer = anonymous.get(path, **query, **more)
            assert (answer.status_code, answer.json()) == (401, answered)

    @pytest.mark.parametrize(("path", "body"), WRITES)
    def test_write_needs_a_token(self, anonymous, path, body):
        answer = anonymous.post(path, body)
        assert (answer.status_code, answer.json()) == (401, NEEDS_A_TOKEN)
        answer = anonymous.post(f"{path}?token=dead", body)
        assert (answer.status_code, answer.json()) == (401, DEAD_TOKEN)

    @pytest.mark.parametrize(("path", "body"), [row for row in WRITES if row[0] != "/entities/create"])
    def test_unknown_ids_are_not_found(self, caller, path, body):
        for unknown in (UNKNOWN, UNKNOWN_UUID):
            answer = caller.post(path, {key: unknown if value == UNKNOWN else value for key, value in body.items()})
            assert (answer.status_code, answer.json()["code"]) == (404, "NOT_FOUND")
            assert answer.json()["message"] in ("Entity not found", "Connection not found")

    @pytest.mark.parametrize(("path", "body"), WRITES)
    def test_required_fields_are_required(self, caller, path, body):
        required = set(body) - {"properties", "status"}
        for missing in required:
            answer = caller.post(path, {key: value for key, value in body.items() if key != missing})
            assert (answer.status_code, answer.json()["code"]) == (400, "BAD_REQUEST")
            assert answer.json()["details"] == {missing: ["This field is required."]}

    @pytest.mark.parametrize(("path", "query"), [row for row in READS if row[1]])
    def test_required_parameters_are_required(self, caller, path, query):
        answer = caller.get(path)
        assert (answer.status_code, answer.json()["code"]) == (400, "BAD_REQUEST")
        assert set(answer.json()["details"]) == set(query)

    def test_takes_its_token_from_the_query(self, anonymous, user):
        token = anonymous.post("/auth/signIn", {"email": user.email, "password": "a quiet colonnade"}).json()["token"]
        answer = anonymous.post(f"/entities/create?token={token}", CREATOR)
        assert answer.status_code == 200
        listed = anonymous.get("/entities/list", type="creator", token=token)
        assert [row["name"] for row in listed.json()] == ["John Doe"]
        assert listed["Cache-Control"] == "no-store"
        assert listed["Referrer-Policy"] == "no-referrer"


class TestVocabulary:
    def test_is_the_documents(self):
        assert EntityType.values == ENTITY_TYPES
        assert ConnectionType.values == CONNECTION_TYPES
        assert EventType.values == EVENT_TYPES
        assert (len(ENTITY_TYPES), len(CONNECTION_TYPES), len(EVENT_TYPES)) == (50, 33, 49)

    def test_every_entity_type_can_be_made_and_listed(self, caller):
        for kind in ENTITY_TYPES:
            entity_id = made(caller, {"type": kind, "name": kind})
            assert entity_id in [row["_id"] for row in caller.get("/entities/list", type=kind).json()]

    def test_every_connection_type_can_be_made(self, caller, user):
        entity_id = made(caller, CREATOR)
        for kind in CONNECTION_TYPES:
            body = {"fromEntityId": str(user.pk), "toEntityId": entity_id, "relationshipType": kind}
            assert caller.post("/connections/create", body).status_code == 200
        found = caller.get("/connections/get", entityId=entity_id).json()
        assert {row["relationshipType"] for row in found} == set(CONNECTION_TYPES)

    def test_every_event_type_can_be_logged(self, caller, user):
        for kind in EVENT_TYPES:
            assert caller.post("/events/log", {"type": kind, "actorId": str(user.pk)}).status_code == 200
            assert caller.get("/events/getHistory", type=kind).json()[0]["type"] == kind

    @pytest.mark.parametrize("kind", ["", "Creator", "unknown", None, 5, ["creator"], {"a": 1}, True])
    def test_others_are_refused(self, caller, user, kind):
        assert caller.post("/entities/create", {"type": kind, "name": "x"}).status_code == 400
        body = {"fromEntityId": str(user.pk), "toEntityId": str(user.pk), "relationshipType": kind}
        assert caller.post("/connections/create", body).status_code == 400
        assert caller.post("/events/log", {"type": kind, "actorId": str(user.pk)}).status_code == 400
        if isinstance(kind, str):
            assert caller.get("/entities/list", type=kind).status_code == 400


@pytest.mark.usefixtures("_noon")
class TestEntities:
    @pytest.mark.parametrize("example", [CREATOR, TOKEN], ids=["creator", "token"])
    def test_create_and_get(self, caller, example):
        entity_id = made(caller, example)
        answer = caller.get("/entities/get", id=entity_id)
        assert answer.status_code == 200
        assert answer.json() == {"_id": entity_id, **example, "createdAt": NOON, "updatedAt": NOON}

    def test_create_with_the_least(self, caller):
        entity_id = made(caller, {"type": "course", "name": "x"})
        assert caller.get("/entities/get", id=entity_id).json() == {
            "_id": entity_id,
            "type": "course",
            "name": "x",
            "properties": {},
            "status": "active",
            "createdAt": NOON,
            "updatedAt": NOON,
        }

    @pytest.mark.parametrize(
        "fault",
        [{"name": ""}, {"name": "x" * 256}, {"name": 5}, {"status": "gone"}, {"properties": []}, {"properties": "x"},
         {"properties": None}, {"properties": {"big": "x" * 70_000}}],
    )  # fmt: skip
    def test_create_refuses(self, caller, fault):
        answer = caller.post("/entities/create", CREATOR | fault)
        assert (answer.status_code, answer.json()["code"]) == (400, "BAD_REQUEST")
        assert set(answer.json()["details"]) == set(fault)

    @pytest.mark.parametrize(
        "kept",
        [{"a": {"b": [1, 2.5, None, True, "é🎵"]}}, {"snake_case": 1, "camelCase": 2, "": 3}, {"n": 10**15}],
    )
    def test_keeps_properties_word_for_word(self, caller, kept):
        entity_id = made(caller, CREATOR | {"properties": kept})
        assert caller.get("/entities/get", id=entity_id).json()["properties"] == kept

    def test_keeps_a_number_beyond_64_bits(self, caller):
        entity_id = made(caller, CREATOR | {"properties": {"f": 1e30}})
        assert float(caller.get("/entities/get", id=entity_id).json()["properties"]["f"]) == 1e30

    @pytest.mark.parametrize("unknown", [UNKNOWN, UNKNOWN_UUID, "x" * 64, "é"])
    def test_get_of_nothing_is_null(self, caller, unknown):
        answer = caller.get("/entities/get", id=unknown)
        assert (answer.status_code, answer.json()) == (200, None)

    def test_get_of_what_is_not_shown_is_null(self, caller, others):
        entity_id = made(caller, CREATOR | {"status": "draft"})
        assert others.get("/entities/get", id=entity_id).json() is None
        assert caller.get("/entities/get", id=entity_id).json()["status"] == "draft"

    def test_list(self, caller, time_machine):
        ids = []
        for n in range(3):
            time_machine.shift(1)
            ids.append(made(caller, TOKEN | {"name": f"Token {n}", "status": "published" if n else "active"}))
        answer = caller.get("/entities/list", type="token")
        assert [row["_id"] for row in answer.json()] == ids[::-1]
        assert set(answer.json()[0]) == {"_id", "type", "name", "properties", "status", "createdAt", "updatedAt"}
        assert [row["_id"] for row in caller.get("/entities/list", type="token", status="published").json()] == ids[
            :0:-1
        ]
        assert caller.get("/entities/list", type="nft").json() == []
        assert "X-Next-Cursor" not in answer

    def test_list_pages(self, caller):
        ids = {made(caller, TOKEN | {"name": f"Token {n}"}) for n in range(5)}
        seen, cursor = [], {}
        while True:
            page = caller.get("/entities/list", type="token", limit=2, **cursor)
            seen += [row["_id"] for row in page.json()]
            if "X-Next-Cursor" not in page:
                break
            assert len(page.json()) == 2
            cursor = {"cursor": page["X-Next-Cursor"]}
        assert len(seen) == 5
        assert set(seen) == ids

    @pytest.mark.parametrize("limit", ["0", "101", "-1", "x", "1.5"])
    def test_list_refuses_a_limit(self, caller, limit):
        assert caller.get("/entities/list", type="token", limit=limit).status_code == 400

    @pytest.mark.parametrize("limit", ["1", "100"])
    def test_list_takes_a_limit(self, caller, limit):
        assert caller.get("/entities/list", type="token", limit=limit).status_code == 200

    def test_list_gives_twenty_where_nothing_is_said(self, caller):
        for n in range(21):
            made(caller, TOKEN | {"name": str(n)})
        answer = caller.get("/entities/list", type="token")
        assert len(answer.json()) == 20
        assert answer["X-Next-Cursor"]

    @pytest.mark.parametrize(
        "cursor",
        [
            "x",
            "!",
            "e30",
            "WzEsMl0",
            "A" * 201,
            "WyIwMDAxLTAxLTAxVDAwOjAwOjAwKzIzOjU5IiwiMDE5MGI3YTItNmYyYy03Y2MzLTk4YzQtZGMwYzBjMDczOThmIl0",
        ],
    )
    def test_list_refuses_a_cursor(self, caller, cursor):
        assert caller.get("/entities/list", type="token", cursor=cursor).status_code == 400

    def test_update(self, caller, time_machine):
        entity_id = made(caller, CREATOR)
        time_machine.shift(600)
        change = {
            "id": entity_id,
            "name": "Jane",
            "properties": {"username": None, "city": "Rome"},
            "status": "published",
        }
        answer = caller.post("/entities/update", change)
        assert (answer.status_code, answer.json()) == (200, {"success": True})
        properties = {key: value for key, value in CREATOR["properties"].items() if key != "username"} | {
            "city": "Rome"
        }
        assert caller.get("/entities/get", id=entity_id).json() == {
            "_id": entity_id,
            "type": "creator",
            "name": "Jane",
            "properties": properties,
            "status": "published",
            "createdAt": NOON,
            "updatedAt": NOON + 600_000,
        }

    def test_update_changes_only_what_is_given(self, caller):
        entity_id = made(caller, CREATOR)
        before = caller.get("/entities/get", id=entity_id).json()
        assert caller.post("/entities/update", {"id": entity_id}).json() == {"success": True}
        assert caller.get("/entities/get", id=entity_id).json() == before

    @pytest.mark.parametrize(
        "fault", [{"name": ""}, {"name": None}, {"properties": None}, {"status": "x"}, {"status": ""}]
    )
    def test_update_refuses(self, caller, fault):
        assert caller.post("/entities/update", {"id": made(caller, CREATOR), **fault}).status_code == 400

    def test_update_bounds_what_many_updates_make(self, caller):
        entity_id = made(caller, CREATOR)
        statuses = [
            caller.post("/entities/update", {"id": entity_id, "properties": {f"k{n}": "x" * 60_000}}).status_code
            for n in range(3)
        ]
        assert statuses == [200, 200, 400]

    def test_delete(self, caller):
        entity_id = made(caller, CREATOR)
        answer = caller.post("/entities/delete", {"id": entity_id})
        assert (answer.status_code, answer.json()) == (200, {"success": True})
        assert Entity.objects.get(pk=entity_id).deleted_at is not None  # it remains in the database
        assert caller.get("/entities/get", id=entity_id).json() is None
        assert caller.post("/entities/delete", {"id": entity_id}).status_code == 404

    def test_an_accounts_own_entity_stays(self, caller, user):
        answer = caller.post("/entities/delete", {"id": str(user.pk)})
        assert (answer.status_code, answer.json()["code"]) == (400, "BAD_REQUEST")

    def test_only_the_owner_and_staff_change(self, caller, others, staff):
        entity_id = made(caller, CREATOR)
        for path in ("/entities/update", "/entities/delete"):
            answer = others.post(path, {"id": entity_id})
            assert (answer.status_code, answer.json()) == (
                403,
                {"message": "Only the owner may change this entity", "code": "FORBIDDEN"},
            )
        assert Caller.signed_in_as(staff).post("/entities/update", {"id": entity_id}).status_code == 200
        assert Caller.signed_in_as(staff).post("/entities/delete", {"id": entity_id}).status_code == 200

    def test_what_one_may_not_see_one_does_not_find(self, caller, others):
        entity_id = made(caller, CREATOR | {"status": "archived"})
        for path in ("/entities/update", "/entities/delete"):
            assert others.post(path, {"id": entity_id}).status_code == 404


@pytest.mark.usefixtures("_noon")
class TestConnections:
    def test_following(self, caller, user, stranger):
        body = {"fromEntityId": str(user.pk), "toEntityId": str(stranger.pk), "relationshipType": "following"}
        answer = caller.post("/connections/create", body)
        assert answer.status_code == 200
        assert set(answer.json()) == {"connectionId"}
        assert caller.get("/connections/get", entityId=str(user.pk)).json() == [
            {"_id": answer.json()["connectionId"], **body, "metadata": {}, "createdAt": NOON}
        ]

    def test_token_holding(self, caller, user, stranger):
        token = EntityFactory(owner=stranger, type="token")
        body = {
            "fromEntityId": str(user.pk),
            "toEntityId": str(token.pk),
            "relationshipType": "holds_tokens",
            "metadata": {"balance": 1000, "blockchain": "sui"},
        }
        answer = caller.post("/connections/create", body)
        found = caller.get("/connections/get", entityId=str(token.pk), relationshipType="holds_tokens").json()
        assert found == [{"_id": answer.json()["connectionId"], **body, "createdAt": NOON}]

    def test_a_second_of_the_same_is_the_same(self, caller, user, stranger):
        body = {"fromEntityId": str(user.pk), "toEntityId": str(stranger.pk), "relationshipType": "following"}
        first, second = (caller.post("/connections/create", body).json() for _ in range(2))
        assert first == second

    @pytest.mark.parametrize(
        ("direction", "ends"), [("from", ["out"]), ("to", ["in"]), ("both", ["in", "out"]), (None, ["in", "out"])]
    )
    def test_direction(self, caller, user, stranger, direction, ends):
        middle, other = EntityFactory(owner=user), EntityFactory(owner=user)
        for name, start, end in (("out", middle, other), ("in", other, middle)):
            body = {"fromEntityId": str(start.pk), "toEntityId": str(end.pk), "relationshipType": "references"}
            caller.post("/connections/create", body | {"metadata": {"name": name}})
        query = {"direction": direction} if direction else {}
        found = caller.get("/connections/get", entityId=str(middle.pk), relationshipType="references", **query).json()
        assert sorted(row["metadata"]["name"] for row in found) == ends

    def test_get_pages(self, caller, user):
        ids = []
        for _ in range(3):
            thing = EntityFactory(owner=user)
            body = {"fromEntityId": str(user.pk), "toEntityId": str(thing.pk), "relationshipType": "authored"}
            ids.append(caller.post("/connections/create", body).json()["connectionId"])
        query = {"entityId": str(user.pk), "relationshipType": "authored", "limit": 2}
        first = caller.get("/connections/get", **query)
        rest = caller.get("/connections/get", **query, cursor=first["X-Next-Cursor"])
        assert [row["_id"] for row in (*first.json(), *rest.json())] == sorted(ids, reverse=True)
        assert "X-Next-Cursor" not in rest

    @pytest.mark.parametrize(
        "query", [{"direction": "up"}, {"relationshipType": "likes"}, {"limit": "0"}, {"limit": "1001"}]
    )
    def test_get_refuses(self, caller, user, query):
        assert caller.get("/connections/get", entityId=str(user.pk), **query).status_code == 400

    def test_get_of_an_unknown_entity_is_empty(self, caller):
        for unknown in (UNKNOWN, UNKNOWN_UUID):
            assert caller.get("/connections/get", entityId=unknown).json() == []

    def test_delete(self, caller, user, stranger):
        body = {"fromEntityId": str(user.pk), "toEntityId": str(stranger.pk), "relationshipType": "following"}
        connection_id = caller.post("/connections/create", body).json()["connectionId"]
        answer = caller.post("/connections/delete", {"id": connection_id})
        assert (answer.status_code, answer.json()) == (200, {"success": True})
        assert caller.get("/connections/get", entityId=str(user.pk)).json() == []
        assert caller.post("/connections/delete", {"id": connection_id}).status_code == 404
        assert caller.post("/connections/create", body).json()["connectionId"] != connection_id

    def test_starts_at_ones_own(self, caller, others, user, stranger):
        body = {"fromEntityId": str(stranger.pk), "toEntityId": str(user.pk), "relationshipType": "following"}
        answer = caller.post("/connections/create", body)
        assert (answer.status_code, answer.json()["code"]) == (403, "FORBIDDEN")
        connection_id = others.post("/connections/create", body).json()["connectionId"]
        assert caller.post("/connections/delete", {"id": connection_id}).status_code == 403

    def test_ends_at_what_one_may_see(self, caller, user, stranger):
        hidden = EntityFactory(owner=stranger, status="draft")
        body = {"fromEntityId": str(user.pk), "toEntityId": str(hidden.pk), "relationshipType": "following"}
        assert caller.post("/connections/create", body).status_code == 404

    def test_vanishes_with_an_end(self, caller, user, stranger):
        thing = EntityFactory(owner=user)
        caller.post(
            "/connections/create",
            {"fromEntityId": str(user.pk), "toEntityId": str(thing.pk), "relationshipType": "authored"},
        )
        assert len(caller.get("/connections/get", entityId=str(user.pk)).json()) == 2  # owns, authored
        caller.post("/entities/delete", {"id": str(thing.pk)})
        assert caller.get("/connections/get", entityId=str(user.pk)).json() == []
        assert caller.get("/connections/get", entityId=str(thing.pk)).json() == []


@pytest.mark.usefixtures("_noon")
class TestEvents:
    def log(self, caller, body):
        answer = caller.post("/events/log", body)
        assert answer.status_code == 200, answer.content
        assert set(answer.json()) == {"eventId"}
        return answer.json()["eventId"]

    @pytest.mark.parametrize(
        ("type", "metadata"),
        [
            ("tokens_purchased", {"amount": 100, "usdAmount": 10, "blockchain": "sui", "txHash": "0xabc..."}),
            ("content_interacted", {"interactionType": "viewed", "duration": 120, "source": "feed"}),
        ],
        ids=["tokenPurchase", "contentView"],
    )
    def test_examples(self, caller, user, stranger, type, metadata):
        target = EntityFactory(owner=stranger)
        body = {"type": type, "actorId": str(user.pk), "targetId": str(target.pk), "metadata": metadata}
        event_id = self.log(caller, body)
        found = caller.get("/events/getHistory", entityId=str(target.pk), type=type).json()
        assert found == [{"_id": event_id, **body, "timestamp": NOON}]

    def test_without_target_and_metadata(self, caller, user):
        event_id = self.log(caller, {"type": "level_up", "actorId": str(user.pk)})
        assert caller.get("/events/getHistory", type="level_up").json() == [
            {
                "_id": event_id,
                "type": "level_up",
                "actorId": str(user.pk),
                "targetId": None,
                "timestamp": NOON,
                "metadata": {},
            }
        ]
        self.log(caller, {"type": "level_up", "actorId": str(user.pk), "targetId": None})

    def test_history_filters(self, caller, user, time_machine):
        thing, other = EntityFactory(owner=user), EntityFactory(owner=user)
        ids = []
        for n, target in enumerate((thing, other, thing)):
            time_machine.move_to(parse_datetime(f"2024-01-15T16:10:0{n}Z"), tick=False)
            ids.append(self.log(caller, {"type": "viral_share", "actorId": str(user.pk), "targetId": str(target.pk)}))
        start = NOON + 600_000

        def history(**query):
            return [
                ids.index(row["_id"]) for row in caller.get("/events/getHistory", type="viral_share", **query).json()
            ]

        assert history() == [2, 1, 0]
        assert history(entityId=str(thing.pk)) == [2, 0]
        assert history(actorId=str(user.pk)) == [2, 1, 0]
        assert history(actorId=str(thing.pk)) == []
        assert history(startTime=start) == [2, 1]
        assert history(endTime=start + 2000) == [1, 0]
        assert history(startTime=start, endTime=start + 2000) == [1]
        assert history(limit=1) == [2]
        assert history(entityId=UNKNOWN) == history(actorId=UNKNOWN_UUID) == []

    @pytest.mark.parametrize(
        "query", [{"type": "x"}, {"limit": "0"}, {"limit": "1001"}, {"startTime": "x"}, {"endTime": "1.5"}, {"startTime": "9" * 30},
                  {"endTime": "-" + "9" * 17}, {"startTime": "1" * 900}]
    )  # fmt: skip
    def test_history_refuses(self, caller, query):
        answer = caller.get("/events/getHistory", **query)
        assert (answer.status_code, answer.json()["code"]) == (400, "BAD_REQUEST")

    def test_history_gives_a_hundred_where_nothing_is_said(self, caller, user):
        for _ in range(101):
            self.log(caller, {"type": "level_up", "actorId": str(user.pk)})
        answer = caller.get("/events/getHistory", type="level_up")
        assert len(answer.json()) == 100
        rest = caller.get("/events/getHistory", type="level_up", cursor=answer["X-Next-Cursor"])
        assert len(rest.json()) == 1
        assert len(caller.get("/events/getHistory", type="level_up", limit=1000).json()) == 101

    def test_the_actor_is_ones_own(self, caller, user, stranger):
        mine, theirs = EntityFactory(owner=user), EntityFactory(owner=stranger)
        self.log(caller, {"type": "level_up", "actorId": str(mine.pk)})
        for actor in (theirs.pk, stranger.pk):
            answer = caller.post("/events/log", {"type": "level_up", "actorId": str(actor)})
            assert (answer.status_code, answer.json()) == (
                403,
                {"message": "An event's actor must be your own entity", "code": "FORBIDDEN"},
            )

    def test_the_target_is_what_one_may_see(self, caller, user, stranger):
        hidden = EntityFactory(owner=stranger, status="inactive")
        body = {"type": "level_up", "actorId": str(user.pk), "targetId": str(hidden.pk)}
        assert caller.post("/events/log", body).status_code == 404

    def test_vanishes_with_actor_or_target(self, caller, user):
        thing = EntityFactory(owner=user)
        self.log(caller, {"type": "level_up", "actorId": str(thing.pk)})
        self.log(caller, {"type": "level_up", "actorId": str(user.pk), "targetId": str(thing.pk)})
        assert len(caller.get("/events/getHistory", type="level_up").json()) == 2
        caller.post("/entities/delete", {"id": str(thing.pk)})
        assert caller.get("/events/getHistory", type="level_up").json() == []

    def test_a_poller_gets_no_event_twice(self, caller, user):
        """Document: "after this timestamp"; rows know microseconds, the wire whole milliseconds."""
        caller.post("/events/log", {"type": "level_up", "actorId": str(user.pk)})
        [event] = caller.get("/events/getHistory", type="level_up").json()
        assert caller.get("/events/getHistory", type="level_up", startTime=event["timestamp"]).json() == []
        assert caller.get("/events/getHistory", type="level_up", startTime=event["timestamp"] - 1).json() == [event]
        assert caller.get("/events/getHistory", type="level_up", endTime=event["timestamp"]).json() == []


class TestTags:
    def test_create_get_and_search(self, caller, user):
        entity = EntityFactory(owner=user)
        body = {"entityId": str(entity.pk), "key": "industry", "value": "fitness"}
        answer = caller.post("/tags/create", body)
        assert answer.status_code == 200
        assert set(answer.json()) == {"tagId"}
        tag = {"_id": answer.json()["tagId"], **body}
        assert caller.get("/tags/get", entityId=str(entity.pk)).json() == [tag]
        assert caller.get("/tags/get", entityId=str(entity.pk), key="industry").json() == [tag]
        assert caller.get("/tags/get", entityId=str(entity.pk), key="skill").json() == []
        found = caller.get("/tags/search", key="industry", value="fitness").json()
        assert found == [caller.get("/entities/get", id=str(entity.pk)).json()]
        assert caller.get("/tags/search", key="industry", value="music").json() == []
        assert caller.get("/tags/search", key="fitness", value="industry").json() == []

    def test_pages(self, caller, user):
        ids = [
            caller.post("/tags/create", {"entityId": str(user.pk), "key": f"k{n % 2}", "value": f"v{n}"}).json()[
                "tagId"
            ]
            for n in range(5)
        ]
        answer = caller.get("/tags/get", entityId=str(user.pk))
        assert [row["_id"] for row in answer.json()] == ids
        assert "X-Next-Cursor" not in answer
        first = caller.get("/tags/get", entityId=str(user.pk), limit=3)
        rest = caller.get("/tags/get", entityId=str(user.pk), limit=3, cursor=first["X-Next-Cursor"])
        assert [row["_id"] for row in (*first.json(), *rest.json())] == ids
        assert "X-Next-Cursor" not in rest
        for query in ({"limit": "0"}, {"limit": "1001"}, {"cursor": "x"}):
            assert caller.get("/tags/get", entityId=str(user.pk), **query).status_code == 400

    def test_search_pages(self, caller, user):
        ids = [str(EntityFactory(owner=user).pk) for _ in range(3)]
        for entity_id in ids:
            caller.post("/tags/create", {"entityId": entity_id, "key": "industry", "value": "fitness"})
        first = caller.get("/tags/search", key="industry", value="fitness", limit=2)
        rest = caller.get("/tags/search", key="industry", value="fitness", limit=2, cursor=first["X-Next-Cursor"])
        assert [row["_id"] for row in (*first.json(), *rest.json())] == ids[::-1]

    def test_the_same_twice_is_the_same(self, caller, user):
        body = {"entityId": str(user.pk), "key": "skill", "value": "video-editing"}
        assert caller.post("/tags/create", body).json() == caller.post("/tags/create", body).json()

    def test_key_and_value_belong_together(self, caller, user):
        one, two = EntityFactory(owner=user), EntityFactory(owner=user)
        for entity, key, value in ((one, "a", "x"), (one, "b", "y"), (two, "a", "y")):
            caller.post("/tags/create", {"entityId": str(entity.pk), "key": key, "value": value})
        assert [row["_id"] for row in caller.get("/tags/search", key="a", value="y").json()] == [str(two.pk)]

    @pytest.mark.parametrize("fault", [{"key": ""}, {"value": ""}, {"key": "x" * 65}, {"value": "x" * 129}, {"key": 5}])
    def test_create_refuses(self, caller, user, fault):
        body = {"entityId": str(user.pk), "key": "skill", "value": "video-editing"} | fault
        assert caller.post("/tags/create", body).status_code == 400

    def test_only_ones_own(self, caller, stranger):
        answer = caller.post("/tags/create", {"entityId": str(stranger.pk), "key": "skill", "value": "x"})
        assert (answer.status_code, answer.json()["code"]) == (403, "FORBIDDEN")

    def test_vanish_with_their_entity_and_where_it_is_not_shown(self, caller, others, user):
        entity = EntityFactory(owner=user)
        caller.post("/tags/create", {"entityId": str(entity.pk), "key": "a", "value": "x"})
        caller.post("/entities/update", {"id": str(entity.pk), "status": "draft"})
        assert others.get("/tags/get", entityId=str(entity.pk)).json() == []
        assert others.get("/tags/search", key="a", value="x").json() == []
        assert len(caller.get("/tags/search", key="a", value="x").json()) == 1
        caller.post("/entities/delete", {"id": str(entity.pk)})
        assert caller.get("/tags/search", key="a", value="x").json() == []
        assert caller.get("/tags/get", entityId=str(entity.pk)).json() == []


class TestOddIds:
    def test_an_empty_filter_names_nothing(self, caller, user):
        for key in ("actorId", "entityId"):
            answer = caller.get("/events/getHistory", **{key: ""})
            assert (answer.status_code, answer.json()) == (200, [])

    def test_a_long_id_is_unknown(self, caller):
        assert caller.get("/entities/get", id="x" * 500).json() is None
        assert caller.get("/events/getHistory", entityId="x" * 500).json() == []
