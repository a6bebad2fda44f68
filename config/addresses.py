"""Where a user may have us connect to: hosts that people name lead nowhere into our own network. messaging-design.md §7.

A name is resolved once, every address it has is checked, and what comes back is what to connect to: whoever connects by
the name again asks again, and may be answered otherwise. It is the result that is checked and not the text, as `127.1`,
`0x7f000001`, `2130706433` and `①②⑦.0.0.1` all are 127.0.0.1.
"""

import ipaddress
import socket
from collections.abc import Callable, Collection, Iterable
from concurrent.futures import Future
from dataclasses import dataclass
from threading import Thread

from django.conf import settings

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

LONGEST = 253
FORBIDDEN = frozenset(" ,/\\@%[]?#\"'")
RESOLVE_SECONDS = 3.0
MOST_ADDRESSES = 8

# What `is_global` lets through, or let through in some Python that we run on, and what carries an IPv4 address inside.
UNICAST = ipaddress.ip_network("2000::/3")  # all that is routed of IPv6, so far
INSIDE = tuple(
    ipaddress.ip_network(network)
    for network in (
        "0.0.0.0/8",
        "100.64.0.0/10",  # carriers' own, and clouds'
        "192.0.0.0/24",
        "192.88.99.0/24",  # 6to4 relays
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",
        "2001::/23",  # Teredo, ORCHID and other protocols
        "2002::/16",  # 6to4
        "3fff::/20",  # documentation
    )
)


class Refused(Exception):
    """`code`: bad_host, port_not_allowed, unknown_host or not_public. `message` is for people and names no address."""

    def __init__(self, code: str, message: str) -> None:
        self.code, self.message = code, message
        super().__init__(message)


@dataclass(frozen=True, slots=True)
class Checked:
    """`name` is what the caller asked for, to compare a certificate with; `addresses` are what to connect to, best first."""

    name: str
    addresses: tuple[str, ...]
    port: int


def checked(name: str, port: int, *, ports: Collection[int]) -> Checked:
    """Refused unless `name` is a host whose every address may be reached, and `port` one of `ports`."""
    if port not in ports:
        raise Refused("port_not_allowed", "Connections to this port are not allowed here.")
    if not is_host(name):
        raise Refused("bad_host", "This is not the name of one host.")
    found = found_at(name)
    if not found:
        raise Refused("unknown_host", "There is no host of this name.")
    if not all(may_be_reached(address) for address in found):
        raise Refused("not_public", "This host is not on the public internet. Connections to it are not allowed here.")
    return Checked(name, tuple(str(address) for address in found), port)


def is_host(name: str) -> bool:
    """One name or address: no list of them, no path of a socket, no zone, nothing that a connection string could be."""
    return 0 < len(name) <= LONGEST and not FORBIDDEN & set(name) and name.isprintable()


def found_at(name: str) -> list[Address]:
    """Its addresses in the order of preference, each once; empty where there are none, or nobody says so in time."""
    try:
        return [ipaddress.ip_address(name)]
    except ValueError:
        pass
    try:
        answers = in_time(lambda: resolve(name), RESOLVE_SECONDS)
    except (OSError, UnicodeError, TimeoutError):
        return []
    return [ipaddress.ip_address(answer.partition("%")[0]) for answer in dict.fromkeys(answers)][:MOST_ADDRESSES]


def resolve(name: str) -> list[str]:
    """The one place where a name is asked for."""
    flags = socket.AI_ADDRCONFIG
    return [str(answer[4][0]) for answer in socket.getaddrinfo(name, None, type=socket.SOCK_STREAM, flags=flags)]


def in_time(asked: Callable[[], list[str]], seconds: float) -> list[str]:
    """TimeoutError where it takes longer: the system's resolver cannot be told when to give up."""
    answer: Future[list[str]] = Future()

    def ask() -> None:
        try:
            answer.set_result(asked())
        except Exception as error:  # noqa: BLE001 -- raised again by whoever waits
            answer.set_exception(error)

    Thread(target=ask, daemon=True, name="resolve").start()
    return answer.result(timeout=seconds)


def may_be_reached(address: Address) -> bool:
    plain = address.ipv4_mapped or address if isinstance(address, ipaddress.IPv6Address) else address
    if is_in(plain, allowed_networks()):
        return True
    is_routed = plain.version == 4 or plain in UNICAST
    return is_routed and plain.is_global and not is_in(plain, INSIDE)


def is_in(address: Address, networks: Iterable[Network]) -> bool:
    return any(address.version == network.version and address in network for network in networks)


def allowed_networks() -> list[Network]:
    """INTEGRATION_NETWORKS; ValueError where one of them is none."""
    return [ipaddress.ip_network(network.strip()) for network in settings.INTEGRATION_NETWORKS if network.strip()]
