"""veza.txt, "GET /tags/suggest"."""

import pytest

from ontology.verbs.tag_names import count_tag_use

pytestmark = pytest.mark.django_db

SUGGEST = "/api/v1/tags/suggest"


@pytest.fixture(autouse=True)
def _tags():
    count_tag_use(["hip-hop"] * 3 + ["hiphop"] * 2 + ["hipster", "ambient"])


class TestSuggest:
    def test_as_documented(self, caller):
        answer = caller.get(SUGGEST, q="hip", limit=10)
        assert (answer.status_code, answer.json()) == (
            200,
            {"success": True, "data": {"suggestions": ["hip-hop", "hiphop", "hipster"]}},
        )

    def test_needs_a_sign_in(self, anonymous):
        assert anonymous.get(SUGGEST, q="hip").status_code == 401

    def test_ten_unless_told(self, caller):
        count_tag_use([f"hip {n:02}" for n in range(20)])
        assert len(caller.get(SUGGEST, q="hip").json()["data"]["suggestions"]) == 10
        assert caller.get(SUGGEST, q="hip", limit=1).json()["data"]["suggestions"] == ["hip-hop"]

    def test_for_nothing_the_most_used(self, caller):
        assert caller.get(SUGGEST, limit=2).json()["data"]["suggestions"] == ["hip-hop", "hiphop"]

    @pytest.mark.parametrize("wrong", [{"limit": 0}, {"limit": 101}, {"limit": "x"}, {"q": "x" * 129}])
    def test_refuses_what_is_out_of_range(self, caller, wrong):
        assert caller.get(SUGGEST, **wrong).status_code == 400

    @pytest.mark.parametrize("q", ["%", "_", "'\"", "\\", "\0", "\U0001f3b5", "---"])
    def test_takes_any_letters(self, caller, q):
        assert caller.get(SUGGEST, q=q).status_code in (200, 400)
