"""Slips that count once."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.core.cache import cache

from accounts.verbs.tickets import issue_ticket, keep, redeem_ticket, take
from accounts.verbs.two_factor import confirm, set_up
from config.errors import Unauthenticated


class TestSlip:
    def test_takes_out_what_was_put_away(self):
        slip = keep("coat", {"colour": "grey"}, 60)
        assert take("coat", slip) == {"colour": "grey"}
        assert take("coat", slip) is None

    def test_counts_for_its_own_kind(self):
        slip = keep("coat", 1, 60)
        assert take("hat", slip) is None
        assert take("coat", slip) == 1

    @pytest.mark.parametrize("slip", [None, "", "made up"])
    def test_of_nobody(self, slip):
        assert take("coat", slip) is None

    def test_of_many_at_once_one_gets_it(self):
        for _ in range(20):
            slip = keep("coat", "grey", 60)
            with ThreadPoolExecutor(8) as people:
                got = list(people.map(lambda _, slip=slip: take("coat", slip), range(8)))
            assert sorted(got, key=str) == [None] * 7 + ["grey"]


@pytest.mark.django_db
class TestTicket:
    def test_is_redeemed_by_its_code(self, user):
        enrolment = set_up(user=user)
        confirm(user=user)
        ticket = issue_ticket(user=user, remember=False)
        done = redeem_ticket(ticket=ticket, code=enrolment.backup_codes[0])
        assert (done.signed_in.user, done.signed_in.device.user, done.remember) == (user, user, False)

    def test_is_void_with_what_it_stood_for(self, user):
        enrolment = set_up(user=user)
        confirm(user=user)
        ticket = issue_ticket(user=user)
        cache.clear()
        with pytest.raises(Unauthenticated) as refusal:
            redeem_ticket(ticket=ticket, code=enrolment.backup_codes[0])
        assert refusal.value.code == "invalid_two_factor_cookie"
