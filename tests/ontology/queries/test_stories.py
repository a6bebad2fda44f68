"""Events, kinds and properties in the words of people."""

import datetime as dt
from uuid import UUID

import pytest

from ontology.queries.stories import line, told

HERE, THERE = UUID(int=1), UUID(int=2)
AT = dt.datetime(2026, 3, 1, tzinfo=dt.UTC)


def event(type="user_engaged", actor_id=HERE, target_id=THERE, is_kept=True, **metadata):
    row = {"type": type, "timestamp": AT, "metadata": metadata, "actor_id": actor_id, "target_id": target_id}
    return {**row, "actor_name": "Ada", "target_name": "Night room", "is_kept": is_kept}


class TestLine:
    @pytest.mark.parametrize(
        ("row", "words"),
        [
            (event(what="message_sent"), "Wrote a message"),
            (event(what="nothing known"), "Took part"),
            (event("payment_processed", amount_cents=1250, currency="EUR"), "Paid 12.50 EUR"),
            (event("payment_processed", transfer_id="x", amount_cents=5, currency="JPY"), "Was paid out 5 JPY"),
            (event("payment_processed", amount_cents="a lot"), "Payment processed"),
            (event("revenue_generated", net_cents=900, currency="EUR"), "Sold for 9.00 EUR after fees"),
            (event("ugc_created", rating=4), "Reviewed it: 4 of 5"),
            (event("ugc_created"), "Wrote about it"),
            (event("lesson_completed"), "Finished a lesson"),
            (event("optimization_applied"), "Optimization applied"),
            (event("content_changed", action="created"), "Added"),
            (event("content_changed", action="deleted"), "Deleted"),
            (event("content_uploaded", action="created"), "Added"),
            (event("content_uploaded", action="imported"), "Imported"),
            (event("creator_created", action="created"), "Added"),
            (event("content_uploaded"), "Published"),
            (
                event("payment_processed", is_kept=False, transfer_id="x", amount_cents=5, currency="JPY"),
                "Noted: payment processed",
            ),
            (event("revenue_generated", is_kept=False, what="post_removed"), "Noted: revenue generated"),
        ],
    )
    def test_says_what_happened(self, row, words):
        assert line(row)[0] == words

    @pytest.mark.parametrize("metadata", [None, [], "what", {"what": []}, {"what": None}])
    def test_takes_any_metadata(self, metadata):
        assert line({**event("level_up"), "metadata": metadata}) == ("Level up", "clock")


class TestTold:
    def test_names_the_other_side(self):
        assert told([event(what="message_sent")], HERE) == [
            {
                "title": "Wrote a message",
                "icon": "message",
                "at": AT,
                "text": "Night room",
                "url": f"/graph/{THERE}/",
            }
        ]
        [seen_from_there] = told([event(what="message_sent")], THERE)
        assert (seen_from_there["text"], seen_from_there["url"]) == ("Ada", f"/graph/{HERE}/")

    def test_says_the_same_in_a_row_once(self):
        rows = [event(what="message_sent")] * 3 + [event("user_joined", target_id=HERE)] + [event(what="message_sent")]
        titles = [(item["title"], item["text"]) for item in told(rows, HERE)]
        assert titles == [("Wrote 3 messages", "Night room"), ("Joined Stoa", ""), ("Wrote a message", "Night room")]
