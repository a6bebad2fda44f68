"""The inbox's list of clients, and a client's thread with all that is pressed beside it."""

import datetime as dt
import re

import pytest
from django.utils.timezone import now

from config.ids import new_id
from conversations.models import ClientThread, Conversation, Delivery, Message, Participant, Task
from conversations.verbs.client_threads import update_client_conversation
from conversations.verbs.messages import send_message
from conversations.verbs.platform_accounts import disconnect_account
from conversations.verbs.receipts import raise_status
from conversations.verbs.tasks import create_task
from marketplace.verbs.limits import FREE_ALLOWANCE, take_ai_answer
from tests.factories.clients import account_of, assistant_says, by_hand, client_says, client_wrote, thread_with
from tests.factories.conversations import direct, room
from tests.factories.knowledge import kept
from tests.factories.pages import browser_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def browser(user):
    return browser_of(user)


def listed(browser, **asked):
    return [row["title"] for row in browser.get("/inbox/", asked).context["rows"]]


def page_of(browser, thread):
    return browser.get(f"/inbox/{thread.pk}/")


def post(browser, thread, act, **given):
    return browser.post(f"/inbox/{thread.pk}/{act}", given)


def words_in(response):
    text = response.content.decode().partition("<template data-shape")[0]
    return re.findall(r'class="message-text">([^<]*)<', text)


class TestList:
    def test_shows_direct_and_clients_conversations_together(self, browser, user, stranger):
        direct(user, stranger)
        room(user, title="A room")
        thread_with(user, name="Anna")

        assert set(listed(browser)) == {"A Stranger", "Anna"}

    def test_a_clients_row_says_where_how_and_who_waits(self, browser, user):
        thread = thread_with(user, name="Anna", platform="instagram")
        ClientThread.objects.filter(pk=thread.pk).update(waiting_since=now() - dt.timedelta(hours=3))

        row = browser.get("/inbox/").context["rows"][0]

        assert (row["client"]["platform_name"], row["client"]["status"], row["client"]["waits"]) == (
            "Instagram",
            "active",
            "3 h",
        )
        assert (row["who"], row["count"], row["text"]) == ("", 1, "Hello, I have a question about your product.")

    @pytest.mark.parametrize("speaker", ["You", "Assistant", "Bo"])
    def test_says_who_spoke_last(self, browser, user, stranger, speaker):
        thread = thread_with(user)
        if speaker == "Assistant":
            assistant_says(thread, "Two days")
        else:
            stranger.name = "Bo"
            stranger.save()
            Participant.objects.create(conversation=thread.conversation, user=stranger)
            send_message(conversation_id=thread.pk, content="Two days", by=user if speaker == "You" else stranger)

        row = browser.get("/inbox/").context["rows"][0]

        assert (row["who"], row["client"]["waiting_since"]) == (speaker, None)

    def test_is_narrowed_by_what_waits_status_and_platform(self, browser, user, stranger):
        direct(user, stranger)
        waits = thread_with(user, name="Waits")
        done = thread_with(user, name="Done", platform="instagram", value="2")
        send_message(conversation_id=done.pk, content="Done", by=user)
        update_client_conversation(conversation_id=done.pk, status="closed", by=user)

        assert set(listed(browser, show="clients")) == {"Waits", "Done"}
        assert listed(browser, show="unanswered") == ["Waits"]
        assert listed(browser, status="closed") == ["Done"]
        assert listed(browser, platform="instagram") == ["Done"]
        assert listed(browser, platform="facebook", status="closed") == []
        assert len(listed(browser, show="nonsense", status="x", platform="icq")) == 3
        page = browser.get("/inbox/", {"show": "clients"})
        assert [(one["text"], one["count"], one["active"]) for one in page.context["shows"]] == [
            ("All", 0, False),
            ("Clients", 2, True),
            ("Unanswered", 1, False),
        ]
        assert page.context["rows"][0]["url"].endswith("/?show=clients")
        assert f"/inbox/{waits.pk}/?show=clients" in page.content.decode()

    @pytest.mark.parametrize("search", ["anna", "weiss", "garden"])
    def test_finds_by_client_company_or_a_word_that_was_said(self, browser, user, search):
        client_says(thread_with(user, name="Anna", company="Café Weiss"), "And in the garden?")
        thread_with(user, name="Piet", value="2")

        assert listed(browser, q=search) == ["Anna"]
        assert listed(browser, q="ga") == []

    def test_staff_see_everyones_where_they_ask_for_it(self, user, staff, browser):
        thread_with(user, name="Anna")
        office = browser_of(staff)

        assert (listed(office), listed(office, whose="all")) == ([], ["Anna"])
        assert office.get("/inbox/", {"whose": "all"}).context["rows"][0]["count"] == ""
        assert listed(browser_of(staff.__class__.objects.create_user("x@example.com")), whose="all") == []

    def test_says_that_nobody_waits(self, browser, user):
        send_message(conversation_id=thread_with(user).pk, content="Done", by=user)

        assert "Nobody waits for an answer." in browser.get("/inbox/", {"show": "unanswered"}).content.decode()

    def test_the_mark_counts_clients_too(self, browser, user):
        thread_with(user)

        assert browser.get("/inbox/").context["unread"]["inbox"] == 1

    def test_takes_the_same_queries_for_one_and_three(self, browser, user, django_assert_max_num_queries):
        thread_with(user, value="0")
        browser.get("/inbox/")
        for number in (1, 2):
            with django_assert_max_num_queries(16):
                browser.get("/inbox/")
            thread_with(user, value=f"{number}0")
            thread_with(user, value=f"{number}1")


class TestThread:
    def test_shows_each_voice_on_its_side(self, browser, user, stranger):
        thread = thread_with(user, name="Anna")
        assistant_says(thread, "From the files")
        send_message(conversation_id=thread.pk, content="From me", by=user)
        Participant.objects.create(conversation=thread.conversation, user=stranger)
        send_message(conversation_id=thread.pk, content="From a colleague", by=stranger)

        page = page_of(browser, thread)

        shown = [(said["role"], said["by"], said["mine"], said["text"]) for said in page.context["messages_shown"]]
        assert shown == [
            ("client", "Anna", False, "Hello, I have a question about your product."),
            ("ai", "Assistant", False, "From the files"),
            ("user", "Ada Lovelace", True, "From me"),
            ("user", "A Stranger", False, "From a colleague"),
        ]
        assert words_in(page)[1:] == ["From the files", "From me", "From a colleague"]

    @pytest.mark.parametrize(
        ("status", "word"),
        [("pending", "Waiting to be sent"), ("sent", "Sent"), ("delivered", "Delivered"), ("read", "Read")],
    )
    def test_says_how_far_a_message_came(self, browser, user, status, word):
        thread = thread_with(user)
        message = send_message(conversation_id=thread.pk, content="Hi", by=user)
        if status != "pending":
            raise_status(message.delivery, status)

        shown = page_of(browser, thread).context["messages_shown"][-1]

        assert (shown["tick"]["word"], shown["fault"], shown["may_retry"]) == (word, "", False)

    def test_a_failure_is_said_in_our_words_and_tried_again(self, browser, user):
        thread = thread_with(user)
        message = send_message(conversation_id=thread.pk, content="Hi", by=user)
        raise_status(message.delivery, "failed", error_code="551")

        page = page_of(browser, thread).content.decode()
        answer = post(browser, thread, "retry/", message_id=str(message.pk))
        again = post(browser, thread, "retry/", message_id=str(message.pk))

        assert "Not sent. The client cannot be reached on this platform." in page
        assert (answer.status_code, Delivery.objects.get(pk=message.pk).status) == (302, "pending")
        assert (again.status_code, again.context["fault"]["text"]) == (
            400,
            "Only a message that did not arrive can be sent again",
        )

    def test_shows_what_hangs_at_a_message(self, browser, user):
        thread = thread_with(user)
        files = [
            {"kind": "image", "url": "https://files.example/a.jpg", "name": "stage.jpg"},
            {"kind": "audio", "url": "javascript:alert(1)"},
        ]
        message = client_says(thread, "Look")
        metadata = {"attachments": files, "reactions": {"us": "❤"}, "edits": 1}
        Message.objects.filter(pk=message.pk).update(metadata=metadata)
        gone = client_says(thread, "")
        Message.objects.filter(pk=gone.pk).update(metadata={"deleted": True})

        response = page_of(browser, thread)
        shown = response.context["messages_shown"][-2:]
        page = response.content.decode()

        assert [(one["name"], one["url"]) for one in shown[0]["attachments"]] == [
            ("stage.jpg", "https://files.example/a.jpg"),
            ("Audio", ""),
        ]
        assert (shown[0]["reactions"], shown[0]["is_edited"], shown[1]["is_deleted"]) == (["❤"], True, True)
        assert "This message was taken back." in page
        assert "javascript:" not in page

    def test_names_the_files_of_an_answer_with_their_pages(self, browser, user):
        thread = thread_with(user)
        message = assistant_says(thread, "Two days")
        passages = [
            {"file_name": "manual.pdf", "page": 3, "text": "<b>x</b>"},
            {"file_name": "manual.pdf", "page": 1},
            {"file_name": "notes.txt", "page": None},
        ]
        Message.objects.filter(pk=message.pk).update(metadata={"assistant": {"passages": passages}})

        shown = page_of(browser, thread).context["messages_shown"][-1]

        assert shown["sources"] == [{"name": "manual.pdf", "pages": "1, 3"}, {"name": "notes.txt", "pages": ""}]

    @pytest.mark.parametrize("last", ["Source: manual.pdf, page 3", "Quelle: manual.pdf, Seite 3"])
    def test_names_the_files_once_and_the_message_keeps_its_words(self, browser, user, last):
        thread = thread_with(user)
        message = assistant_says(thread, f"Two days.\n\nSource: none of these.\n\n{last}")
        passages = [{"file_name": "manual.pdf", "page": 3}]
        Message.objects.filter(pk=message.pk).update(metadata={"assistant": {"passages": passages}})

        shown = page_of(browser, thread).context["messages_shown"][-1]

        assert shown["text"] == "Two days.\n\nSource: none of these."
        assert Message.objects.get(pk=message.pk).content.endswith(last)

    def test_takes_nothing_from_what_names_no_files(self, browser, user):
        thread = thread_with(user)
        assistant_says(thread, "Two days.\n\nSource: me")

        assert words_in(page_of(browser, thread))[-1] == "Two days.\n\nSource: me"

    def test_earlier_messages_keep_the_narrowed_list(self, browser, user, monkeypatch):
        monkeypatch.setattr("conversations.pages.client_desks.MESSAGES", 1)
        thread = thread_with(user)
        assistant_says(thread, "One")
        assistant_says(thread, "Two")

        older = browser.get(f"/inbox/{thread.pk}/?show=clients").context["older_url"]

        assert older.startswith("?show=clients&before=")
        assert browser.get(f"/inbox/{thread.pk}/{older}").status_code == 200

    def test_a_long_name_stays_out_of_the_composers_way(self, browser, user):
        page = page_of(browser, thread_with(user, name="W" * 120)).content.decode()

        assert f'placeholder="Answer {"W" * 39}…"' in page

    def test_reads_it_and_a_page_that_draws_itself_anew_does_not(self, browser, user):
        thread = thread_with(user)
        place = Participant.objects.get(conversation=thread.pk, user=user)

        browser.get(f"/inbox/{thread.pk}/", headers={"X-Quiet": "1"})
        place.refresh_from_db()
        before = place.last_read_seq
        page_of(browser, thread)
        place.refresh_from_db()

        assert (before, place.last_read_seq) == (0, 1)

    def test_is_for_who_takes_part_and_staff(self, browser, user, stranger, staff):
        thread = thread_with(user)

        assert page_of(browser_of(staff), thread).status_code == 200
        for act in ("", "draft/", "retry/", "status/", "client/", "assign/", "assistant/", "tasks/", "tasks/done/"):
            assert post(browser_of(stranger), thread, act, content="x").status_code == 404
            assert browser.post(f"/inbox/{new_id()}/{act}", {}).status_code == 404
        assert browser.post(f"/inbox/{direct(user, stranger).pk}/status/", {"status": "closed"}).status_code == 404

    def test_a_conversation_without_a_client_still_opens(self, browser, user):
        conversation = Conversation.objects.create(kind="client", title="Old", created_by=user)
        Participant.objects.create(conversation=conversation, user=user)

        assert browser.get(f"/inbox/{conversation.pk}/").status_code == 200

    def test_takes_the_same_queries_for_one_and_three(self, browser, user, django_assert_max_num_queries):
        thread = thread_with(user)
        page_of(browser, thread)
        for _ in range(2):
            with django_assert_max_num_queries(26):
                page_of(browser, thread)
            send_message(conversation_id=thread.pk, content="x", by=user)
            client_says(thread, "y")
            page_of(browser, thread)


class TestAnswer:
    def test_is_sent_once_though_posted_twice(self, browser, user):
        thread = thread_with(user)
        action = page_of(browser, thread).context["action"]

        answers = [browser.post(action, {"content": "line\r\nbreak"}) for _ in range(2)]

        assert {answer.url for answer in answers} == {f"/inbox/{thread.pk}/"}
        assert Message.objects.get(conversation=thread.pk, role="user").content == "line\nbreak"

    def test_keeps_the_narrowed_list(self, browser, user):
        thread = thread_with(user)

        answer = browser.post(f"/inbox/{thread.pk}/?show=clients&platform=facebook&client_id=1", {"content": "x"})

        assert answer.url == f"/inbox/{thread.pk}/?show=clients&platform=facebook"

    def test_keeps_what_was_typed_where_it_is_too_long_for_the_platform(self, browser, user):
        thread = thread_with(user, platform="instagram")
        typed = "ü" * 600

        response = post(browser, thread, "", content=typed)

        assert (response.status_code, response.context["typed"], response.context["most"]) == (400, typed, 1000)
        assert "Instagram takes at most 1,000 bytes" in response.content.decode()

    def test_says_until_when(self, browser, user):
        whatsapp, page = thread_with(user, platform="whatsapp"), thread_with(user, value="2")

        shown = [page_of(browser, thread).context["until"]["at"] - now() for thread in (whatsapp, page)]

        assert [round(left / dt.timedelta(hours=1)) for left in shown] == [24, 168]

    def test_after_the_window_it_says_why_not(self, browser, user):
        thread = thread_with(user, platform="whatsapp")
        client_wrote(thread, ago=dt.timedelta(hours=25))

        page = page_of(browser, thread)
        answer = post(browser, thread, "", content="Late")

        assert (page.context["may_write"], page.context["until"]) == (False, None)
        assert "WhatsApp lets you answer for 24 hours after the client wrote." in page.content.decode()
        assert (answer.status_code, answer.context["typed"]) == (400, "Late")

    def test_a_closed_one_says_so_and_is_opened_again(self, browser, user):
        thread = thread_with(user)
        answers = [post(browser, thread, "status/", status="closed")]
        page = page_of(browser, thread)
        answers.append(post(browser, thread, "status/", status="active"))

        assert (page.context["may_write"], page.context["shut_words"]) == (False, "This conversation is closed")
        assert [answer.status_code for answer in answers] == [302, 302]
        assert page_of(browser, thread).context["may_write"] is True

    def test_a_disconnected_account_leads_to_the_channels(self, browser, user):
        thread = thread_with(user)
        disconnect_account(account_id=thread.account_id, by=user)

        page = page_of(browser, thread)

        assert page.context["may_write"] is False
        assert page.context["notices"][0]["url"] == "/inbox/channels/"

    def test_where_it_was_opened_by_hand_it_is_kept(self, browser, user):
        thread = by_hand(user)

        page = page_of(browser, thread).content.decode()
        answer = post(browser, thread, "", content="Called back")

        assert "Kept here, sent nowhere" in page
        assert (answer.status_code, Delivery.objects.count()) == (302, 0)

    def test_a_flagged_one_says_why(self, browser, user):
        thread = thread_with(user, is_flagged=True)

        assert "an account that nobody has connected" in page_of(browser, thread).content.decode()

    def test_a_sandbox_is_said(self, browser, user):
        thread = thread_with(user, account=account_of(user, is_sandbox=True))

        assert "Sandbox</span>" in page_of(browser, thread).content.decode().partition("composer-goes")[2]


class TestDraft:
    QUESTION = "Is the Harbour Lights download lossless?"

    @pytest.fixture
    def thread(self, user):
        kept(user, "Every download is lossless, Harbour Lights too.")
        thread = thread_with(user, wrote=False)
        client_says(thread, self.QUESTION)
        return thread

    def test_comes_below_what_was_typed_and_is_not_sent(self, browser, thread):
        page = post(browser, thread, "draft/", content="Dear Anna,")

        assert page.status_code == 200
        assert page.context["typed"].startswith("Dear Anna,\n\nEvery download is lossless")
        assert [source["name"] for source in page.context["draft"]["sources"]] == ["notes.txt"]
        assert page.context["draft"]["left"] == FREE_ALLOWANCE.ai_answers_a_day - 1
        assert "2 AI answers left today" in page.content.decode()
        assert Message.objects.filter(conversation=thread.pk).count() == 1

    def test_says_where_the_files_do_not_know(self, browser, user):
        thread = thread_with(user)

        page = post(browser, thread, "draft/", content="")

        assert page.context["draft"]["hands_over"] is True
        assert "Your files do not say" in page.content.decode()

    def test_keeps_what_was_typed_where_todays_are_used(self, browser, user, thread):
        for _ in range(FREE_ALLOWANCE.ai_answers_a_day):
            take_ai_answer(user)

        page = post(browser, thread, "draft/", content="Dear Anna,")

        assert (page.status_code, page.context["typed"]) == (400, "Dear Anna,")
        assert page.context["fault"] == {
            "text": "An account without a subscription allows 3 AI answers a day, and today's are used.",
            "url": "/pricing/",
            "link": "Choose another tier",
        }

    def test_looked_at_again_it_leads_to_the_thread(self, browser, thread):
        assert browser.get(f"/inbox/{thread.pk}/draft/").url == f"/inbox/{thread.pk}/"


class TestBeside:
    def test_names_the_client(self, browser, user):
        thread = thread_with(user)

        answer = post(browser, thread, "client/", client_name="Anna Weiss", client_company="Café Weiss")
        refused = post(browser, thread, "client/", client_name="x" * 121, client_company="Kept")

        thread.refresh_from_db()
        assert (answer.status_code, thread.client_name, thread.client_company) == (302, "Anna Weiss", "Café Weiss")
        assert (refused.status_code, refused.context["client_form"]["client_company"].value()) == (400, "Kept")

    def test_gives_it_to_somebody_in_it_and_to_nobody(self, browser, user, stranger):
        thread = thread_with(user)

        steps = [post(browser, thread, "assign/", assignee=str(user.pk))]
        thread.refresh_from_db()
        assigned = thread.assignee
        steps.append(post(browser, thread, "assign/", assignee=""))
        steps.append(post(browser, thread, "assign/", assignee=str(stranger.pk)))
        thread.refresh_from_db()

        assert [step.status_code for step in steps] == [302, 302, 400]
        assert (assigned, thread.assignee) == (user, None)

    def test_says_what_the_assistant_does_and_pauses_it(self, browser, user):
        thread = thread_with(user, account=account_of(user, answers_by_ai=True))

        states = [page_of(browser, thread).context["assistant"]["state"]]
        for on in ("0", "1"):
            post(browser, thread, "assistant/", on=on)
            states.append(page_of(browser, thread).context["assistant"]["state"])

        assert states == ["answers", "paused", "answers"]
        assert page_of(browser, thread_with(user, value="2")).context["assistant"]["state"] == "off"

    def test_notes_a_task_and_ticks_it(self, browser, user, stranger):
        thread = thread_with(user, name="Anna")

        noted = post(browser, thread, "tasks/", description="Send the contract", due_date="2026-12-01", priority="high")
        task = Task.objects.get()
        refused = post(browser, thread, "tasks/", description="", due_date="soon", priority="high")
        done = post(browser, thread, "tasks/done/", task_id=str(task.pk), status="done")
        theirs = create_task(description="Theirs", by=stranger)
        other = post(browser, thread, "tasks/done/", task_id=str(theirs.pk), status="done")

        assert (noted.status_code, task.conversation_id, task.client_name, task.platform) == (
            302,
            thread.pk,
            "Anna",
            "facebook",
        )
        assert (refused.status_code, refused.context["task_form"]["due_date"].value()) == (400, "soon")
        assert (done.status_code, Task.objects.get(pk=task.pk).status) == (302, "done")
        assert (other.status_code, Task.objects.get(pk=theirs.pk).status) == (400, "todo")
        assert page_of(browser, thread).context["tasks"] == [task]

    def test_an_unknown_status_is_refused_in_place(self, browser, user):
        thread = thread_with(user)

        assert post(browser, thread, "status/", status="gone").status_code == 400

    def test_on_a_phone_it_is_a_page_of_its_own(self, browser, user):
        thread = thread_with(user)
        page = page_of(browser, thread)

        assert "shows-facts" not in page.content.decode()
        assert "shows-facts" in browser.get(page.context["about_url"]).content.decode()


class TestByHand:
    def test_opens_a_conversation_that_no_account_brought(self, browser, user):
        answer = browser.post("/inbox/new/client/", {"client_name": "Anna", "platform": "whatsapp"})

        thread = ClientThread.objects.get()
        assert (answer.url, thread.client_name, thread.account) == (f"/inbox/{thread.pk}/", "Anna", None)
        assert Participant.objects.get(conversation=thread.pk).user == user

    def test_keeps_what_was_typed(self, browser):
        answer = browser.post("/inbox/new/client/", {"client_name": " ", "client_company": "Kept", "platform": "icq"})

        assert (answer.status_code, answer.context["form"]["client_company"].value()) == (400, "Kept")
        assert browser.get("/inbox/new/client/").status_code == 200
