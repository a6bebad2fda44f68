import re

import pytest
from django.test import Client

from config.ids import new_id
from conversations.models import Conversation, Message, Participant
from conversations.verbs.conversations import close_conversation
from conversations.verbs.messages import send_message
from tests.factories.accounts import UserFactory
from tests.factories.conversations import direct, room

pytestmark = pytest.mark.django_db


def browser_of(user):
    client = Client()
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


@pytest.fixture
def browser(user):
    return browser_of(user)


def said_in(response):
    return re.findall(r'class="message-text">([^<]*)<', response.content.decode().partition("<template data-shape")[0])


class TestDesk:
    @pytest.mark.parametrize("path", ["/rooms/", "/inbox/", "/rooms/new/", "/inbox/new/"])
    def test_asks_who_you_are(self, client, path):
        assert client.get(path).status_code == 302

    @pytest.mark.parametrize(("path", "title"), [("/rooms/", "No rooms yet"), ("/inbox/", "Nothing in your inbox")])
    def test_says_why_it_is_empty(self, browser, path, title):
        response = browser.get(path)

        assert title in response.content.decode()
        assert f"{path}new/" in response.content.decode()

    def test_keeps_rooms_and_direct_conversations_apart(self, browser, user, stranger):
        porch, other = room(user, stranger, title="Porch"), direct(user, stranger)

        rooms, inbox = browser.get("/rooms/"), browser.get("/inbox/")

        assert [row["url"] for row in rooms.context["rows"]] == [f"/rooms/{porch.pk}/"]
        assert [(row["url"], row["title"]) for row in inbox.context["rows"]] == [(f"/inbox/{other.pk}/", "A Stranger")]

    def test_marks_what_is_unread_in_the_list_and_the_rail(self, browser, user, stranger):
        conversation = room(user, stranger)
        for content in ("one", "two"):
            send_message(conversation_id=conversation.pk, content=content, by=stranger)

        response = browser.get("/rooms/")

        assert [(row["count"], row["text"]) for row in response.context["rows"]] == [(2, "two")]
        assert dict(response.context["unread"]) == {"rooms": 1, "inbox": 0, "notifications": 0}

    def test_finds_by_name_of_the_room_or_of_someone_in_it(self, browser, user, stranger):
        room(user, title="Porch")
        room(user, stranger, title="Market")

        found = {
            q: [row["title"] for row in browser.get("/rooms/", {"q": q}).context["rows"]]
            for q in ("porch", "strang", "zzz", "\0")
        }

        assert found == {"porch": ["Porch"], "strang": ["Market"], "zzz": [], "\0": ["Market", "Porch"]}

    def test_takes_the_same_queries_for_one_and_three(self, browser, user, stranger, django_assert_max_num_queries):
        browser.get("/rooms/")
        for _ in range(2):
            conversation = room(user, stranger, UserFactory())
            send_message(conversation_id=conversation.pk, content="x", by=stranger)
            with django_assert_max_num_queries(10):
                browser.get("/rooms/")
            room(user, UserFactory())

    def test_a_broken_cursor_begins_again(self, browser, user):
        room(user)

        assert len(browser.get("/rooms/", {"cursor": "broken"}).context["rows"]) == 1


class TestThread:
    def test_shows_what_was_said_and_reads_it(self, browser, user, stranger):
        conversation = room(user, stranger)
        for content in ("<b>one</b>", "two"):
            send_message(conversation_id=conversation.pk, content=content, by=stranger)

        response = browser.get(f"/rooms/{conversation.pk}/")

        assert said_in(response) == ["&lt;b&gt;one&lt;/b&gt;", "two"]
        assert Participant.objects.get(conversation=conversation, user=user).last_read_seq == 2
        assert response.context["rows"][0]["count"] == ""

    def test_the_other_place_and_strangers_do_not_have_it(self, browser, user, stranger, staff):
        conversation = room(user)

        assert browser.get(f"/inbox/{conversation.pk}/").status_code == 404
        assert browser_of(stranger).get(f"/rooms/{conversation.pk}/").status_code == 404
        assert browser_of(staff).post(f"/rooms/{conversation.pk}/", {"content": "x"}).status_code == 404
        assert browser.get(f"/rooms/{new_id()}/").status_code == 404

    def test_posting_works_without_scripts_and_twice_is_once(self, browser, user):
        conversation = room(user)
        page = browser.get(f"/rooms/{conversation.pk}/")
        action = page.context["action"]

        answers = [browser.post(action, {"content": "line\r\nbreak"}) for _ in range(2)]

        assert [(answer.status_code, answer.url) for answer in answers] == [(302, f"/rooms/{conversation.pk}/")] * 2
        assert Message.objects.get().content == "line\nbreak"

    @pytest.mark.parametrize("content", ["x" * 10_001, "a\0b"])
    def test_keeps_what_was_typed_when_it_cannot_be_sent(self, browser, user, content):
        conversation = room(user)

        response = browser.post(f"/rooms/{conversation.pk}/", {"content": content})

        assert response.status_code == 400
        assert response.context["typed"] == content
        assert response.context["fault"] in response.content.decode()

    def test_a_closed_room_can_be_read(self, browser, user):
        conversation = room(user)
        close_conversation(conversation_id=conversation.pk, by=user)

        page = browser.get(f"/rooms/{conversation.pk}/").content.decode()

        assert "This room is closed" in page
        assert "data-composer" not in page

    def test_earlier_messages_are_pages_of_their_own(self, browser, user):
        conversation = room(user)
        for number in range(60):
            send_message(conversation_id=conversation.pk, content=str(number), by=user)

        newest = browser.get(f"/rooms/{conversation.pk}/")
        earlier = browser.get(f"/rooms/{conversation.pk}/{newest.context['older_url']}")

        assert said_in(newest) == [str(n) for n in range(10, 60)]
        assert said_in(earlier) == [str(n) for n in range(10)]
        assert browser.get(f"/rooms/{conversation.pk}/", {"before": "broken"}).status_code == 404

    def test_a_direct_message_says_when_it_was_seen(self, browser, user, stranger):
        conversation = direct(user, stranger)
        send_message(conversation_id=conversation.pk, content="hello", by=user)
        path = f"/inbox/{conversation.pk}/"

        before = browser.get(path).content.decode()
        browser_of(stranger).get(path)

        assert "Seen" not in before
        assert "Seen" in browser.get(path).content.decode()

    def test_takes_the_same_queries_for_one_and_three(self, browser, user, stranger, django_assert_max_num_queries):
        conversation = room(user, stranger)
        browser.get(f"/rooms/{conversation.pk}/")
        for _ in range(2):
            send_message(conversation_id=conversation.pk, content="x", by=user)
            browser.get(f"/rooms/{conversation.pk}/")
            with django_assert_max_num_queries(14):
                browser.get(f"/rooms/{conversation.pk}/")
            send_message(conversation_id=conversation.pk, content="y", by=user)


class TestNew:
    def test_opens_a_room_with_people_by_address_or_user_name(self, browser, user):
        bo, cy = UserFactory(email="bo@example.com"), UserFactory(username="Cyrus")

        response = browser.post("/rooms/new/", {"name": "Porch", "people": "Bo@example.com, @cyrus"})

        conversation = Conversation.objects.get()
        assert response.url == f"/rooms/{conversation.pk}/"
        assert set(conversation.memberships.values_list("user", flat=True)) == {user.pk, bo.pk, cy.pk}

    @pytest.mark.parametrize(
        "given", [{}, {"name": " "}, {"name": "x", "people": "nobody@example.com"}, {"name": "x" * 121}]
    )
    def test_keeps_what_was_typed_where_it_cannot(self, browser, given):
        response = browser.post("/rooms/new/", given)

        assert response.status_code == 400
        assert given.get("people", "") in response.content.decode()
        assert not Conversation.objects.exists()

    def test_starts_a_direct_conversation_or_finds_the_one_there_is(self, browser, user, stranger):
        answers = [browser.post("/inbox/new/", {"person": stranger.email}) for _ in range(2)]
        answers.append(browser.post(f"/inbox/with/{stranger.pk}/"))

        assert {answer.url for answer in answers} == {f"/inbox/{Conversation.objects.get().pk}/"}

    @pytest.mark.parametrize("person", ["", "nobody", "ada@example.com"])
    def test_needs_someone_else(self, browser, person):
        assert browser.post("/inbox/new/", {"person": person}).status_code == 400
        assert not Conversation.objects.exists()


class TestPeople:
    def test_adds_renames_removes_and_deletes(self, browser, user, stranger):
        conversation = room(user)
        path = f"/rooms/{conversation.pk}/"

        steps = [
            browser.post(f"{path}people/", {"person": stranger.email}),
            browser.post(f"{path}rename/", {"name": "Porch"}),
            browser.get(f"{path}people/"),
            browser.post(f"{path}remove/", {"user_id": str(stranger.pk)}),
            browser.post(f"{path}delete/"),
        ]

        assert [step.status_code for step in steps] == [302, 302, 200, 302, 302]
        assert "A Stranger" in steps[2].content.decode()
        conversation.refresh_from_db()
        assert (conversation.title, conversation.deleted_at is None) == ("Porch", False)

    def test_members_look_and_leave(self, user, stranger):
        conversation = room(user, stranger)
        member, path = browser_of(stranger), f"/rooms/{conversation.pk}/"

        page = member.get(f"{path}people/").content.decode()
        refused = [member.post(f"{path}delete/"), member.post(f"{path}remove/", {"user_id": str(user.pk)})]
        renamed = member.post(f"{path}rename/", {"name": "Mine"})
        left = member.post(f"{path}remove/", {"user_id": str(stranger.pk)})

        assert "Delete this room" not in page
        assert "Leave this room" in page
        assert {answer.url for answer in refused} == {f"{path}people/"}
        assert renamed.status_code == 400
        assert (left.url, member.get(path).status_code) == ("/rooms/", 404)

    def test_says_who_is_not_known(self, browser, user):
        response = browser.post(f"/rooms/{room(user).pk}/people/", {"person": "nobody"})

        assert response.status_code == 400
        assert "Nobody here has this address or user name: nobody" in response.content.decode()
