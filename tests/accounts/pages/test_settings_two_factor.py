"""Settings, second factor: scan, confirm, keep ten codes; the session that did it has shown it."""

import datetime as dt
import re
from urllib.parse import urlencode

import pytest
import time_machine
from django.contrib import messages
from django_otp.oath import TOTP
from django_otp.plugins.otp_static.models import StaticToken
from django_otp.plugins.otp_totp.models import TOTPDevice

from accounts.models import Session
from accounts.verbs.two_factor import check_second_factor, confirm, pending, set_up
from tests.factories.accounts import PASSWORD

pytestmark = pytest.mark.django_db

PAGE = "/settings/two-factor/"
NOON = dt.datetime(2026, 5, 4, 12, tzinfo=dt.UTC)


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(NOON, tick=False) as clock:
        yield clock


def code_of(device, clock):
    """What the app shows now; a moment later, so that no code is used twice and no throttle is met."""
    clock.shift(dt.timedelta(seconds=31))
    app = TOTP(device.bin_key, device.step, device.t0, device.digits, device.drift)
    app.time = dt.datetime.now(tz=dt.UTC).timestamp()
    return f"{app.token():06d}"


def secret_in(page):
    return re.search(r'id="secret"[^>]*>([A-Z2-7 ]+)<', page.content.decode())[1]


@pytest.fixture
def switched_on(user, clock):
    set_up(user=user)
    return confirm(user=user, code=code_of(pending(user=user), clock))


class TestSwitchingOn:
    def test_shows_the_secret_once_and_keeps_it_from_caches(self, ada, user):
        page = ada.post(f"{PAGE}begin/")
        assert "no-store" in page["Cache-Control"]
        assert page.content.decode().count('class="qr"') == 1
        assert len(secret_in(page).replace(" ", "")) == 32
        assert secret_in(page) not in ada.get(PAGE).content.decode()
        assert not TOTPDevice.objects.filter(user=user, confirmed=True).exists()

    def test_a_wrong_code_keeps_the_secret(self, ada, clock):
        begun = ada.post(f"{PAGE}begin/")
        wrong = ada.post(f"{PAGE}confirm/", {"code": "000000"})
        assert (wrong.status_code, secret_in(wrong)) == (422, secret_in(begun))
        assert wrong.context["form"].errors == {
            "code": ["This code is not right. Codes change every 30 seconds; try the one shown now."]
        }

    def test_ends_with_ten_codes_that_work_once(self, ada, user, clock):
        ada.post(f"{PAGE}begin/")
        page = ada.post(f"{PAGE}confirm/", {"code": code_of(pending(user=user), clock)})
        codes = re.findall(r"<code>([A-Z2-7-]{19})</code>", page.content.decode())
        assert (page.status_code, len(set(codes)), "no-store" in page["Cache-Control"]) == (200, 10, True)
        check_second_factor(user=user, code=codes[3])
        assert StaticToken.objects.filter(device__user=user).count() == 9
        assert codes[3] not in ada.get(PAGE).content.decode()

    def test_leads_on_with_a_session_that_has_shown_it(self, ada, user, clock):
        begun = ada.post(f"{PAGE}begin/?next=/market/")
        assert f'action="{PAGE}confirm/?next=%2Fmarket%2F"' in begun.content.decode()
        page = ada.post(f"{PAGE}confirm/?next=/market/", {"code": code_of(pending(user=user), clock)})
        assert page.context["next"] == "/market/"
        device = TOTPDevice.objects.get(user=user)
        assert Session.objects.get(user=user).otp_device == device.persistent_id
        assert ada.get(PAGE).context["user"].is_verified()

    def test_lets_staff_who_were_sent_here_into_the_admin(self, settings_of, staff, clock):
        browser = settings_of(staff)
        browser.post(f"{PAGE}begin/?next=/admin/")
        browser.post(f"{PAGE}confirm/?next=/admin/", {"code": code_of(pending(user=staff), clock)})
        assert browser.get("/admin/").status_code == 200

    @pytest.mark.parametrize("place", ["https://evil.example/", "//evil.example", "javascript:alert(1)", "\\\\evil"])
    def test_leads_nowhere_else(self, ada, user, clock, place):
        ada.post(f"{PAGE}begin/")
        page = ada.post(f"{PAGE}confirm/", {"code": code_of(pending(user=user), clock), "next": place})
        assert page.context["next"] == PAGE

    def test_asks_for_a_proof_first(self, ada, user, long_ago):
        long_ago()
        answer = ada.post(f"{PAGE}begin/?next=/admin/")
        back = "/settings/two-factor/?next=/admin/"
        assert answer["Location"] == f"/account/confirm/?{urlencode({'next': back})}"
        assert pending(user=user) is None

    def test_begins_again_where_nothing_was_begun(self, ada):
        answer = ada.post(f"{PAGE}confirm/", {"code": "123456"})
        assert (answer.status_code, answer["Location"]) == (302, PAGE)


class TestWhenItIsOn:
    def test_says_since_when_and_how_many_codes_are_left(self, ada, user, switched_on):
        page = ada.get(PAGE)
        assert "10 of 10 left" in page.content.decode()
        assert page.context["since"] == NOON + dt.timedelta(seconds=31)

    def test_makes_new_codes(self, ada, user, switched_on, clock):
        old = {token.token for token in StaticToken.objects.filter(device__user=user)}
        page = ada.post(f"{PAGE}codes/")
        assert len(page.context["codes"]) == 10
        assert not old & {token.token for token in StaticToken.objects.filter(device__user=user)}

    def test_keeps_the_old_phone_until_the_new_one_is_confirmed(self, ada, user, switched_on, clock):
        ada.post(f"{PAGE}begin/")
        check_second_factor(user=user, code=code_of(switched_on, clock))
        ada.post(f"{PAGE}confirm/", {"code": code_of(pending(user=user), clock)})
        assert not TOTPDevice.objects.filter(pk=switched_on.pk).exists()

    def test_is_switched_off_by_the_password(self, ada, user, switched_on):
        answer = ada.post(f"{PAGE}off/", {"proof": PASSWORD})
        assert (answer.status_code, answer["Location"]) == (302, PAGE)
        assert not TOTPDevice.objects.filter(user=user).exists()
        assert Session.objects.get(user=user).otp_device == ""

    def test_is_switched_off_by_a_code(self, ada, user, switched_on, clock):
        ada.post(f"{PAGE}off/", {"proof": code_of(switched_on, clock)})
        assert not TOTPDevice.objects.filter(user=user).exists()

    @pytest.mark.parametrize("proof", ["", "wrong", "000000", "AAAA-BBBB-CCCC-DDDD"])
    def test_is_not_switched_off_without(self, ada, user, switched_on, proof):
        answer = ada.post(f"{PAGE}off/", {"proof": proof})
        assert answer.status_code == 422
        assert len(answer.context["off"].errors["proof"]) == 1
        assert TOTPDevice.objects.filter(user=user, confirmed=True).exists()

    def test_asks_for_a_proof_before_new_codes(self, ada, switched_on, long_ago):
        long_ago()
        answer = ada.post(f"{PAGE}codes/")
        assert answer["Location"] == "/account/confirm/?next=%2Fsettings%2Ftwo-factor%2F"

    def test_new_codes_where_it_is_off_are_refused_in_words(self, ada):
        page = ada.post(f"{PAGE}codes/", follow=True)
        assert [(message.level, str(message)) for message in page.context["messages"]] == [
            (messages.ERROR, "Switch on the second factor first")
        ]
