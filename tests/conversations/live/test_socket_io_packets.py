"""Which frames the Socket.IO library sees (messaging-design.md §9, 24 and 26)."""

import pytest

from conversations.live.budgets import PER_MINUTE, Budget
from conversations.live.socket_io_packets import LARGEST, MOST_PACKETS, Fault, sifted, sifted_body

SOUND = [
    "3", "1", "5", "2probe", "40", '40{"token":"x"}', "40/other,", '40/other,{"a":1}', "41", '42["authenticate",{}]',
    '427["join_conversation",{"conversation_id":"x"}]', '42["leave_conversation"]', '42/,["authenticate"]',
]  # fmt: skip
PASSED_OVER = [
    "2", "6", "2ping", '42["new_message",{}]', '42["connect",{},{"token":"x"}]', '42["disconnect","x"]', '42["*"]',
    '42/other,["authenticate",{}]', '431["x"]', '41/other', '42["system_notification",{"message":"x"}]',
]  # fmt: skip
BROKEN = {
    "": 1008, "x": 1008, "0{}": 1008, "7": 1008, "b4AAAA": 1008, "4": 1008, "4x": 1008, "44": 1008, "45": 1008,
    '451-["x",{"_placeholder":true,"num":0}]': 1008, "42": 1008, "42{": 1008, "42{}": 1008, "42[]": 1008, "42[1]": 1008,
    "42null": 1008, '42["authenticate"': 1008, '42["authenticate",NaN]': 1008, '42["a","\\ud83d"]': 1008,
    "42" + "[" * 30_000: 1008, '425-["authenticate"]': 1008, '4299999999999999999999["authenticate"]': 1008,
    "40{": 1008, '42["authenticate","' + "x" * LARGEST + '"]': 1009, "\N{CLASSICAL BUILDING}" * 20_000: 1009,
}  # fmt: skip


@pytest.mark.parametrize("frame", SOUND)
def test_what_is_asked_for_goes_through_as_it_is(frame):
    assert sifted(frame) == frame


@pytest.mark.parametrize("frame", PASSED_OVER)
def test_what_is_for_nobody_is_passed_over(frame):
    assert sifted(frame) is None


@pytest.mark.parametrize(("frame", "code"), BROKEN.items(), ids=[frame[:20] for frame in BROKEN])
def test_what_cannot_be_read_ends_the_socket(frame, code):
    with pytest.raises(Fault) as fault:
        sifted(frame)
    assert fault.value.code == code


def test_nothing_is_binary():
    with pytest.raises(Fault) as fault:
        sifted(None)
    assert fault.value.code == 1003


def test_there_is_an_end_to_asking():
    budget = Budget()
    for _ in range(PER_MINUTE["any"]):
        sifted('42["x"]', budget=budget)
    assert sifted("3", budget=budget) == "3"
    with pytest.raises(Fault):
        sifted('42["x"]', budget=budget)


class TestBodies:
    def test_of_several_packets_only_sound_ones_stay(self):
        body = b'42["new_message"]\x1e41\x1e2probe\x1e5\x1e42["authenticate",{}]'
        assert sifted_body(body) == b'41\x1e42["authenticate",{}]'

    def test_of_nothing_nothing_stays(self):
        assert (sifted_body(b""), sifted_body(b'42["new_message"]')) == (b"", b"")

    @pytest.mark.parametrize(
        "body", [b"\xff\xfe", b"d=41", b"41\x1e", b"41\x1e42[", b"\x1e".join([b"3"] * (MOST_PACKETS + 1))]
    )
    def test_what_cannot_be_read_is_refused_whole(self, body):
        with pytest.raises(Fault):
            sifted_body(body)
