"""/inbox/knowledge/: the list with what the tier allows, one file, a question to try, removal that asks."""

import re

import pytest
from django.core.files.storage import storages
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from conversations.gateways.documents import REASONS
from conversations.models import KnowledgeFile
from conversations.queries.file_words import SENTENCES, sentence_of
from conversations.verbs.extraction import GAVE_UP, LOST
from marketplace.verbs.cancellations import set_subscription
from tests.factories.knowledge import docx, kept, known, paragraph, pdf, upload, waiting
from tests.factories.subscriptions import TierFactory, subscribed, three_tiers

pytestmark = pytest.mark.django_db

PAGE = "/inbox/knowledge/"


@pytest.fixture(autouse=True)
def _own_disk(tmp_path, monkeypatch):
    place = storages["files"].__class__(location=str(tmp_path / "files"), base_url=None)
    monkeypatch.setitem(storages._storages, "files", place)


@pytest.fixture
def browser(user):
    client = Client()
    client.force_login(user)
    return client


def text_of(answer):
    return re.sub(r"\s+", " ", answer.content.decode())


class TestTheList:
    def test_says_why_it_is_empty(self, browser):
        text = text_of(browser.get(PAGE))
        assert "Your assistant knows nothing yet" in text
        assert "0 of 5" in text
        assert ('href="/pricing/"' in text, "Try a question" in text, "hx-get" in text) == (True, False, False)

    def test_tells_how_far_each_file_is(self, browser, user, stranger):
        waiting(user, name="new")
        known(user, "Doors open at seven.\n\nBar\nOpens at six.", name="<b>house")
        known(user, pdf(None), name="scan", kind="pdf")
        waiting(stranger, name="of somebody else")
        text = text_of(browser.get(PAGE))
        assert re.findall(r'class="badge (bad|good|note) dot">([^<]+)<', text) == [
            ("bad", "Not readable"),
            ("good", "Ready"),
            ("note", "Being read"),
        ]
        assert "&lt;b&gt;house.txt" in text
        assert "2 passages" in text
        assert "It holds pictures of pages and no text." in text
        assert "somebody else" not in text
        assert "3 of 5" in text

    def test_asks_for_itself_while_a_file_is_read(self, browser, user):
        file = waiting(user)
        assert 'hx-get="/inbox/knowledge/part/" hx-trigger="every 2s"' in text_of(browser.get(PAGE))
        part = text_of(browser.get(f"{PAGE}part/"))
        assert (part.count("hx-get"), "<progress" in part, "<html" in part, "Look again" in part) == (
            1,
            True,
            False,
            True,
        )
        KnowledgeFile.objects.filter(pk=file.pk).update(status="ready")
        assert "hx-get" not in text_of(browser.get(f"{PAGE}part/"))
        assert browser.get(f"{PAGE}part/", {"cursor": "x"}).status_code == 404

    def test_is_searched_by_name_and_goes_on(self, browser, user):
        subscribed(user, TierFactory())
        for number in range(31):
            waiting(user, f"Text {number}.", name=f"Number {number}")
        first = browser.get(PAGE)
        second = browser.get(PAGE + first.context["next_url"])
        assert [len(page.context["files"]) for page in (first, second)] == [30, 1]
        assert "Number 0.txt" in text_of(second)
        assert second.context["first_url"] == PAGE
        assert [each["row"].file_name for each in browser.get(PAGE, {"q": "number 17"}).context["files"]] == [
            "Number 17.txt"
        ]
        assert "Nothing found" in text_of(browser.get(PAGE, {"q": "whales"}))
        assert browser.get(PAGE, {"cursor": "x"})["Location"] == PAGE
        assert "31 files kept" in text_of(first)

    def test_takes_as_many_queries_however_long(self, browser, user):
        def queries():
            with CaptureQueriesContext(connection) as seen:
                browser.get(PAGE)
            return len(seen)

        waiting(user, "One.")
        queries()
        one = queries()
        for number in range(2):
            waiting(user, f"Text {number}.")
        assert queries() == one

    def test_asks_who_it_is(self):
        for path in (PAGE, f"{PAGE}part/", f"{PAGE}0190b7a2-6f2c-7cc3-98c4-dc0c0c07398f/"):
            assert Client().get(path)["Location"] == f"/account/login/?next={path}"


class TestUpload:
    def test_keeps_what_it_recognises(self, browser):
        files = [upload(pdf("x"), "a.bin"), upload(docx(paragraph("x")), "b.docx"), upload("Words.", "c.md")]
        answer = browser.post(PAGE, {"file": files}, follow=True)
        assert answer.redirect_chain == [(PAGE, 302)]
        assert "b.docx is kept and being read." in text_of(answer)
        kinds = KnowledgeFile.objects.order_by("created_at").values_list("file_name", "file_type")
        assert list(kinds) == [("a.bin", "pdf"), ("b.docx", "docx"), ("c.md", "txt")]

    @pytest.mark.parametrize(
        ("name", "content", "sentence"),
        [
            (
                "a.pdf",
                b"\x89PNG\r\n\x1a\n" + bytes(9),
                "a.pdf: This is neither a PDF nor a Word document (.docx) nor plain text.",
            ),
            ("a.txt", b"", "a.txt: The file is empty."),
        ],
    )
    def test_says_what_it_did_not_keep(self, browser, name, content, sentence):
        answer = browser.post(PAGE, {"file": [upload("Words.", "good.txt"), upload(content, name)]})
        assert (answer.status_code, KnowledgeFile.objects.count()) == (422, 1)
        assert sentence in text_of(answer)

    def test_needs_a_file(self, browser):
        answer = browser.post(PAGE, {})
        assert (answer.status_code, "Choose a file first." in text_of(answer)) == (422, True)

    def test_says_what_the_tier_allows(self, browser, user):
        for number in range(5):
            waiting(user, f"Text {number}.")
        page = text_of(browser.get(PAGE))
        assert "That is all your tier allows." in page
        assert 'type="file"' not in page
        answer = browser.post(PAGE, {"file": upload("One more.")})
        assert answer.status_code == 422
        assert "An account without a subscription allows 5 knowledge files, and you keep 5." in text_of(answer)
        assert KnowledgeFile.objects.count() == 5

    def test_says_that_files_stay_where_a_tier_allows_fewer(self, browser, user, staff):
        tiers = three_tiers()
        subscribed(user, tiers["Professional"])
        for number in range(7):
            waiting(user, f"Text {number}.")
        set_subscription(user_id=user.pk, tier_id=tiers["Basic"].pk, by=staff)
        text = text_of(browser.get(PAGE))
        assert "You keep more than your tier allows." in text
        assert "7 of 5" in text


class TestTryAQuestion:
    def test_shows_which_passages_answer(self, browser, user):
        file = kept(user, "Opening hours\nTen to six.\n\nDogs\nOnly <guide> dogs.")
        answer = browser.get(PAGE, {"ask": "What about dogs?"})
        text = text_of(answer)
        assert "This passage answers it." in text
        assert "Only &lt;guide&gt; dogs." in text
        assert f'<a href="{PAGE}{file.pk}/"><bdi>notes.txt</bdi></a>' in text
        assert 'value="What about dogs?"' in text
        assert [each["percent"] for each in answer.context["found"]] == [100]

    def test_says_that_nothing_does(self, browser, user):
        kept(user, "Doors open at seven.")
        text = text_of(browser.get(PAGE, {"ask": "Do you sell <helicopters>?"}))
        assert "Your assistant would hand the question over to you, and not guess." in text
        assert "<helicopters>" not in text


class TestAFile:
    def test_shows_its_passages_and_its_text(self, browser, user):
        file = known(user, pdf("Doors open at seven.", "Refunds\nWithin fourteen days."), kind="pdf")
        text = text_of(browser.get(f"{PAGE}{file.pk}/"))
        assert text.count('<p class="passage-text">') == 2
        assert "page 2" in text
        assert "Doors open at seven. Refunds Within fourteen days.</div>" in text

    def test_shows_many_passages_page_by_page_and_the_beginning_of_a_long_text(self, browser, user):
        file = kept(user, "\n\n".join(f"Number {n}\n{'word ' * 80}{n}." for n in range(60)))
        first = browser.get(f"{PAGE}{file.pk}/")
        assert [len(first.context["passages"]), len(first.context["text"])] == [50, 20_000]
        assert f"These are the first 20,000 of {len(file.content):,} letters." in text_of(first)
        second = browser.get(f"{PAGE}{file.pk}/{first.context['next_url'].partition('#')[0]}")
        assert [passage.position for passage in second.context["passages"]] == list(range(50, 60))
        assert second.context["next_url"] == ""

    @pytest.mark.parametrize("after", ["x", "-1", "9" * 30, "²"])
    def test_shows_the_first_ones_for_an_odd_place(self, browser, user, after):
        file = kept(user, "Doors open at seven.")
        assert len(browser.get(f"{PAGE}{file.pk}/", {"after": after}).context["passages"]) == 1

    def test_says_what_stands_in_another_one_too(self, browser, user):
        kept(user, "Doors open at seven.")
        file = kept(user, "Doors open at seven.\n\nBar\nOpens at six.", name="two.txt")
        assert "1 of its 2 passages stands word for word in another file" in text_of(browser.get(f"{PAGE}{file.pk}/"))

    def test_asks_for_itself_while_it_is_read_and_says_why_it_was_not(self, browser, user):
        file = waiting(user, pdf(None), kind="pdf")
        page = f"{PAGE}{file.pk}/"
        assert f'hx-get="{page}part/"' in text_of(browser.get(page))
        assert "Your assistant reads it" in text_of(browser.get(f"{page}part/"))
        known(user, pdf(None), kind="pdf")
        KnowledgeFile.objects.update(status="failed", reason="encrypted")
        part = text_of(browser.get(f"{page}part/"))
        assert ("hx-get" in part, "It is protected by a password." in part) == (False, True)

    def test_is_downloaded_to_be_saved(self, browser, user):
        raw = pdf("Doors open at seven.")
        file = waiting(user, raw, name="Grüße", kind="pdf")
        answer = browser.get(f"{PAGE}{file.pk}/download/")
        assert answer.content == raw
        assert answer["Content-Type"] == "application/pdf"
        assert answer["Content-Disposition"] == "attachment; filename*=utf-8''Gr%C3%BC%C3%9Fe.pdf"
        assert "sandbox" in answer["Content-Security-Policy"]
        storages["files"].delete(file.file.name)
        assert "The content of this file is not there" in text_of(
            browser.get(f"{PAGE}{file.pk}/download/", follow=True)
        )

    @pytest.mark.parametrize("path", ["", "part/", "download/", "remove/"])
    def test_is_for_its_owner_alone(self, browser, stranger, path):
        file = waiting(stranger)
        assert browser.get(f"{PAGE}{file.pk}/{path}").status_code == 404


class TestRemoval:
    def test_asks_first(self, browser, user):
        file = known(user)
        page = text_of(browser.get(f"{PAGE}{file.pk}/remove/"))
        assert "is removed at once, with its text" in page
        assert KnowledgeFile.objects.count() == 1
        answer = browser.post(f"{PAGE}{file.pk}/remove/", follow=True)
        assert answer.redirect_chain == [(PAGE, 302)]
        assert "notes.txt is removed." in text_of(answer)
        assert not KnowledgeFile.objects.exists()

    def test_is_for_its_owner_alone(self, browser, stranger):
        file = waiting(stranger)
        assert browser.post(f"{PAGE}{file.pk}/remove/").status_code == 404
        assert KnowledgeFile.objects.count() == 1


class TestTheWords:
    def test_say_every_reason(self):
        assert sorted(SENTENCES) == sorted((*REASONS, GAVE_UP, LOST))
        assert (sentence_of(""), sentence_of("of the future")) == ("", "No text could be taken out of it.")
