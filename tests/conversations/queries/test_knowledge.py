import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.files.storage import storages
from django.db import connection
from django.test.utils import CaptureQueriesContext

from conversations.models import Passage
from conversations.queries.knowledge import FLOOR, Found, count_files, search_passages, words_of
from tests.factories.knowledge import kept, known, pdf, waiting

pytestmark = pytest.mark.django_db

HANDBOOK = """
Opening hours
The box office is open from Tuesday to Saturday, 10:00 to 18:00. On concert days it stays open until the first interval.

Tickets and prices
A seat in the stalls costs 38 EUR, in the gallery 24 EUR. Students and pensioners pay half on the evening itself.

Refunds
Tickets are refunded up to fourteen days before the concert. After that they can be passed on to somebody else.

Cancelled concerts
When we cancel a concert, the money goes back to your card within five working days, without your asking.

Getting here
Tram 4 and tram 9 stop in front of the house. The garage in Harbour Street has 200 places and closes at one in the morning.

Wheelchairs
Row 12 has six places for wheelchairs, each beside a seat for a companion, who pays nothing. Please book these by telephone.

Coats and bags
The cloakroom is free. Rucksacks and umbrellas must be left there; musical instruments are welcome in the hall.

Children
Children from the age of six are welcome at every concert. For younger ones there are the Sunday mornings in the foyer.

Gift vouchers
Vouchers can be bought for any amount and are valid for three years. They are sent as a PDF or by post.

Latecomers
Whoever comes late is let in after the first piece, at the side door on the left.

Food and drink
The bar opens one hour before the concert. Sandwiches for the interval can be ordered beforehand, also without gluten.

Recording
Photographs are fine before and after the music. Recording sound or video during a concert is forbidden.

Subscriptions
A subscription of eight concerts saves a quarter of the price. It is renewed every June unless you write to us before.

Choir
The choir rehearses on Mondays at 19:30. New voices, tenors above all, are heard in September.

Hiring the hall
The small hall can be hired from 900 EUR a day, with a grand piano and one technician. Weddings are possible on Sundays.

Newsletter
The newsletter comes on the first of each month. At its foot is a link to leave it.

Lost property
What is found after a concert is kept at the stage door for four weeks.

School classes
School classes listen to dress rehearsals for 5 EUR a pupil, with an introduction by a musician.

Sound system for the hard of hearing
An induction loop works in rows 3 to 15. Receivers are handed out at the cloakroom against an identity card.

Dogs
Guide dogs may come along and get water in the foyer. Other dogs must wait outside.
"""

# In the text's words, and the beginning of the passage that answers.
ANSWERED = [
    ("When is the box office open?", "Opening hours"),
    ("How much does a seat in the gallery cost?", "Tickets and prices"),
    ("Do students pay less?", "Tickets and prices"),
    ("Can I get my tickets refunded?", "Refunds"),
    ("What happens if you cancel a concert, do I get my money back?", "Cancelled concerts"),
    ("Which tram stops near you?", "Getting here"),
    ("Is there a garage?", "Getting here"),
    ("Do you have places for wheelchairs?", "Wheelchairs"),
    ("Is the cloakroom free?", "Coats and bags"),
    ("From what age are children welcome?", "Children"),
    ("How long is a gift voucher valid?", "Gift vouchers"),
    ("What if we come too late?", "Latecomers"),
    ("Are there sandwiches without gluten in the interval?", "Food and drink"),
    ("May I take photographs?", "Recording"),
    ("How do I end my subscription, when is it renewed?", "Subscriptions"),
    ("When does the choir rehearse?", "Choir"),
    ("How much is it to hire the small hall?", "Hiring the hall"),
    ("How can I leave the newsletter?", "Newsletter"),
    ("I lost my umbrella at a concert, where is what was found kept?", "Lost property"),
    ("Can a school class listen to a rehearsal?", "School classes"),
    ("Where do I get a receiver for the induction loop?", "Sound system"),
    ("Hello! We are coming on Friday with my grandmother. She is 92. Are guide dogs allowed to come along?", "Dogs"),
]
# Answered nowhere, though most say a word or two of the text.
NOT_ANSWERED = [
    "Do you sell helicopters?",
    "What is the capital of Mongolia?",
    "Can you recommend a dentist in the city?",
    "How do I reset the password of my account?",
    "When will my parcel from Hamburg arrive?",
    "Does the washing machine have an open warranty case?",
    "Which colour does the leather sofa come in?",
    "Could you translate my contract into Portuguese?",
    "Is there a swimming pool with a sauna?",
    "How many calories has a portion of lasagne?",
    "What is it?",
    "Hello, how are you?",
    "Can you please help me with this?",
    "???",
    "",
]


@pytest.fixture(autouse=True)
def _own_disk(tmp_path, monkeypatch):
    place = storages["files"].__class__(location=str(tmp_path / "files"), base_url=None)
    monkeypatch.setitem(storages._storages, "files", place)


@pytest.fixture
def handbook(user):
    return kept(user, HANDBOOK, name="handbook.txt")


class TestSearchPassages:
    @pytest.mark.parametrize(("question", "beginning"), ANSWERED)
    def test_finds_the_answer_first(self, user, handbook, question, beginning):
        found = search_passages(user=user, question=question)
        assert found
        assert found[0].text.startswith(beginning)

    def test_finds_it_where_all_files_say_nearly_the_same(self, user):
        for number in range(5):
            known(user, f"Delivery to Norway by way {number} takes five working days.", name=f"way {number}")
        found = search_passages(user=user, question="How long does delivery to Norway take?")
        assert [one.score for one in found] == [1.0] * 5

    def test_finds_it_where_it_is_all_that_is_known(self, user):
        known(user, "Delivery to Norway takes five working days and costs 12 EUR.")
        found = search_passages(user=user, question="How long does delivery to Norway take?")
        assert [one.text for one in found] == ["Delivery to Norway takes five working days and costs 12 EUR."]
        assert search_passages(user=user, question="How long is the concert on Sunday?") == []

    @pytest.mark.parametrize("question", NOT_ANSWERED)
    def test_finds_nothing_where_nothing_is_good_enough(self, user, handbook, question):
        assert search_passages(user=user, question=question) == []

    def test_tells_where_it_stands(self, user):
        file = known(
            user, pdf("Opening hours\nTen to six.", "Refunds\nWithin fourteen days."), name="rules", kind="pdf"
        )
        passage = Passage.objects.get(page=2)
        assert search_passages(user=user, question="What about refunds?") == [
            Found(passage.pk, file.pk, "rules.pdf", 2, "Refunds\nWithin fourteen days.", 1.0)
        ]

    def test_looks_through_no_other_account(self, user, stranger, staff, handbook):
        kept(stranger, "Doors open at seven.")
        question = "Do you have places for wheelchairs?"
        assert [search_passages(user=each, question=question) for each in (stranger, staff, AnonymousUser())] == [
            []
        ] * 3
        assert len(search_passages(user=user, question=question)) == 1

    def test_gives_the_best_first_and_no_more_than_asked_for(self, user):
        kept(user, "Whales sing in the harbour at night.", name="all.txt")
        for number in range(4):
            kept(user, f"Whales sing. Number {number}.", name=f"{number}.txt")
        found = search_passages(user=user, question="Do whales sing in the harbour at night?", limit=3)
        assert found[0].text.startswith("Whales sing in the harbour")
        assert [each.score for each in found] == sorted((each.score for each in found), reverse=True)
        assert all(FLOOR <= each.score <= 1 for each in found)
        assert len(search_passages(user=user, question="Whales that sing?", limit=3)) == 3

    @pytest.mark.parametrize(
        "question",
        ["cafés?", "CAFE", "the Cafe\u0301", "Is there a café, please?", "caf\u00e9 \0", "¿café?"],
    )
    def test_folds_case_accents_and_endings(self, user, question):
        kept(user, "The Café is on the left.")
        assert len(search_passages(user=user, question=question.replace("\0", ""))) == 1

    def test_knows_what_german_questions_ask(self, user):
        kept(user, "Öffnungszeiten\nDas Büro ist von zehn bis sechs geöffnet.\n\nHunde\nHunde sind willkommen.")
        found = search_passages(user=user, question="Hallo, wann ist das Büro denn geöffnet?")
        assert [each.text for each in found] == ["Öffnungszeiten\nDas Büro ist von zehn bis sechs geöffnet."]
        assert search_passages(user=user, question="Was ist das denn für ein Preis?") == []

    @pytest.mark.parametrize(
        "question",
        [
            '"',
            "a OR b",
            "text : doors",
            "doors*",
            "NEAR(doors open)",
            "-doors ^open",
            "'; DROP TABLE x; --",
            "doors & !open",
            "\\",
            "%s %d",
            "(:)",
            "x" * 10_000,
            "doors " * 3000,
        ],
    )
    def test_takes_no_question_for_a_query(self, user, handbook, question):
        search_passages(user=user, question=question)

    def test_asks_the_sentences_where_the_whole_says_too_much(self, user, handbook):
        long = "My cousin Ottilie bought us tickets last week for her birthday, wonderful news. Are guide dogs allowed to come along?"
        assert search_passages(user=user, question=long)[0].text.startswith("Dogs")
        assert words_of("Are guide dogs allowed to come along?") == ["guide", "dogs", "allowed", "along"]

    def test_takes_as_many_queries_however_much_there_is(self, user, handbook):
        def queries(question):
            with CaptureQueriesContext(connection) as seen:
                assert search_passages(user=user, question=question)
            return len(seen)

        one = queries("Do you have places for wheelchairs?")
        for number in range(3):
            kept(user, f"Wheelchairs\nNumber {number} has places for wheelchairs.", name=f"{number}.txt")
        assert queries("Do you have places for wheelchairs?") == one == 4


class TestCountFiles:
    def test_counts_all_of_theirs(self, user, stranger):
        kept(user, "One.")
        waiting(user, "Two.")
        assert (count_files(user), count_files(stranger)) == (2, 0)
