"""No host that somebody names leads into our own network, whatever it is written as (messaging-design.md §7)."""

import socket
import threading

import pytest

from config import addresses
from config.addresses import Checked, Refused, checked

PORTS = frozenset({5432})
INSIDE = [
    "localhost", "LOCALHOST", "127.0.0.1", "127.1", "127.255.255.254", "2130706433", "0x7f000001", "0x7f.1",
    "017700000001", "0177.0.0.1", "①②⑦.0.0.1", "\uff11\uff12\uff17.0.0.1", "127。0。0。1", "0", "0.0.0.0", "::", "::1",  # noqa: S104 -- nothing listens there
    "0:0:0:0:0:0:0:1", "::ffff:127.0.0.1", "::ffff:7f00:1", "::127.0.0.1", "::ffff:0:127.0.0.1", "64:ff9b::7f00:1", "64:ff9b::10.0.0.1",
    "64:ff9b:1::7f00:1", "2002:7f00:1::", "2001:0:7f00:1::", "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1",
    "169.254.169.254", "2852039166", "0xa9fea9fe", "::ffff:169.254.169.254", "fd00:ec2::254", "100.64.0.1", "100.100.100.200",
    "192.0.0.192", "192.88.99.1", "198.18.0.1", "203.0.113.1", "224.0.0.1", "239.255.255.255", "240.0.0.1",
    "255.255.255.255", "fe80::1", "fec0::1", "fc00::1", "ff02::1", "ff0e::1", "100::1", "3fff::1", "5f00::1", "2001:db8::1",
]  # fmt: skip
NO_HOSTS = [
    "", " ", "a.invalid,127.0.0.1", "8.8.8.8,127.0.0.1", "/var/run/postgresql", "@abstract", "user@8.8.8.8", "8.8.8.8 ",
    "fe80::1%eth0", "[::1]", "http://8.8.8.8", "8.8.8.8/32", "8.8.8.8#x", "8.8.8.8\n", "8.8.8.8\0", "a\tb", "a\\b", "x" * 254,
]  # fmt: skip
PUBLIC = ["8.8.8.8", "1.1.1.1", "2606:4700:4700::1111", "::ffff:8.8.8.8", "193.0.14.129"]


def refusal(name, port=5432):
    with pytest.raises(Refused) as refused:
        checked(name, port, ports=PORTS)
    return refused.value.code


@pytest.fixture
def names(monkeypatch):
    """Names as a nameserver would answer them, by the one place where they are asked for."""
    known: dict[str, list[str]] = {}
    asked: list[str] = []

    def resolve(name):
        asked.append(name)
        if name not in known:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return known[name]

    monkeypatch.setattr(addresses, "resolve", resolve)
    known["asked"] = asked
    return known


class TestSpellings:
    @pytest.mark.parametrize("name", INSIDE)
    def test_of_our_own_network_are_refused(self, name):
        assert refusal(name) == "not_public"

    @pytest.mark.parametrize("name", NO_HOSTS)
    def test_of_no_single_host_are_refused(self, name):
        assert refusal(name) == "bad_host"

    @pytest.mark.parametrize("name", PUBLIC)
    def test_of_public_addresses_are_taken_as_they_are(self, name, names):
        assert checked(name, 5432, ports=PORTS).name == name
        assert names["asked"] == []


class TestNames:
    def test_are_asked_for_once_and_answered_with_where_to_connect(self, names):
        names["db.example.com"] = ["8.8.8.8", "2606:4700:4700::1111", "8.8.8.8"]
        found = checked("db.example.com", 5432, ports=PORTS)
        assert found == Checked("db.example.com", ("8.8.8.8", "2606:4700:4700::1111"), 5432)
        assert names["asked"] == ["db.example.com"]

    @pytest.mark.parametrize(
        "address", ["127.0.0.1", "10.1.2.3", "169.254.169.254", "::1", "::ffff:10.0.0.1", "fe80::1%eth0"]
    )
    @pytest.mark.parametrize("others", [[], ["8.8.8.8"]])
    def test_that_lead_inside_are_refused_also_where_other_addresses_do_not(self, names, others, address):
        names["rebind.example.com"] = [*others, address]
        assert refusal("rebind.example.com") == "not_public"

    def test_that_are_changed_after_the_check_change_nothing(self, names):
        names["db.example.com"] = ["8.8.8.8"]
        found = checked("db.example.com", 5432, ports=PORTS)
        names["db.example.com"] = ["127.0.0.1"]
        assert found.addresses == ("8.8.8.8",)

    @pytest.mark.parametrize("name", ["nowhere.example.com", "x" * 64 + ".example.com", "a..b"])
    def test_that_nobody_has_are_unknown(self, names, name):
        assert refusal(name) == "unknown_host"

    def test_that_no_resolver_can_read_are_unknown(self):
        assert refusal("a" * 64 + ".com") == "unknown_host"

    def test_are_not_waited_for_without_end(self, monkeypatch):
        ended = threading.Event()
        monkeypatch.setattr(addresses, "resolve", lambda name: ended.wait(10) and [])
        monkeypatch.setattr(addresses, "RESOLVE_SECONDS", 0.05)
        assert refusal("slow.example.com") == "unknown_host"
        ended.set()


class TestOwnNetworks:
    def test_may_be_opened(self, settings):
        settings.INTEGRATION_NETWORKS = ["127.0.0.0/8", " ::1/128"]
        for name in ("127.0.0.1", "127.1", "::ffff:127.0.0.1", "::1"):
            assert checked(name, 5432, ports=PORTS).name == name
        assert [refusal(name) for name in ("10.0.0.1", "fe80::1", "64:ff9b::7f00:1")] == ["not_public"] * 3

    def test_open_no_port(self, settings):
        settings.INTEGRATION_NETWORKS = ["127.0.0.0/8"]
        assert refusal("127.0.0.1", 22) == "port_not_allowed"


class TestPorts:
    @pytest.mark.parametrize("port", [0, 22, 80, 5431, 65536, -1])
    def test_others_are_refused(self, port):
        assert refusal("8.8.8.8", port) == "port_not_allowed"
