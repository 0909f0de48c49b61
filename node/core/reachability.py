"""Reachability: what a node sees that asks for itself at its own public address, and what follows from it.

Rules here: what is said is what was seen, and by whom: it was asked from the machine of the node, so a router
that leads its own address back inside can make it see more or less than the world does. `LIMITS` says so
wherever a sighting is shown. Each sighting has one sentence and one advice; pages have their own words.
"""

from datetime import datetime
from enum import StrEnum
from ipaddress import ip_address
from types import MappingProxyType
from typing import Final
from urllib.parse import urlsplit

from node.core import codes
from protocol.codes import Code
from protocol.values import dataclass

PATH: Final = "/.well-known/freehold/"
"""Where a node asks for itself; behind it stands a secret."""


class Sighting(StrEnum):
    """What was seen at the node's own address."""

    REACHED = "reached"
    """This node answered, under its name and by an address of the internet."""
    THIS_MACHINE = "this-machine"
    """This node answered, at an address that only this machine has."""
    SOMETHING_ELSE = "something-else"
    """Somebody answered who is not this node."""
    LED_ELSEWHERE = "led-elsewhere"
    """Whoever answered leads to another address."""
    CERTIFICATE = "certificate"
    """The certificate is not valid for the name."""
    NO_NAME = "no-name"
    """The name leads nowhere."""
    PRIVATE = "private"
    """The name leads to an address that the internet does not have."""
    NO_ANSWER = "no-answer"
    """Nobody answered."""


class Callers(StrEnum):
    """What a node learns of who calls, from what stands before it."""

    TOLD = "told"
    """The address of whoever calls, be it by a proxy that is believed or because nothing stands before it."""
    UNTOLD = "untold"
    """Nothing: there is a proxy, and it does not say."""
    UNBELIEVED = "unbelieved"
    """Nothing: the proxy says it, and is not believed."""
    LOCAL = "local"
    """Nothing, nor that there is a proxy: all that it hands on looks like a program of this machine."""


@dataclass(frozen=True, slots=True)
class Sighted:
    """What was seen, and when; `detail` is what came back instead of this node's answer, or is amiss."""

    sighting: Sighting
    at: datetime
    detail: str = ""


LIMITS: Final = (
    "Asked from this machine. The last proof is another network: open it on a telephone without WLAN."
)
_SAID: Final = MappingProxyType(
    {
        Sighting.REACHED: ("Your address leads to this node, encrypted.", ""),
        Sighting.THIS_MACHINE: (
            "Only programs on this machine reach this node.",
            "To deal with others, give it a name of its own and a proxy with a certificate.",
        ),
        Sighting.SOMETHING_ELSE: (
            "Something else answers at your address.",
            "See where the name leads, and that the proxy hands all on to this node's port, also the Host.",
        ),
        Sighting.LED_ELSEWHERE: (
            "Your address leads on to another one.",
            "Have the proxy hand on what it gets, or set the origin to where it leads.",
        ),
        Sighting.CERTIFICATE: (
            "The certificate at your address is not valid.",
            "See that it is for this name, has not run out, and is by a known authority, or that of ca_file.",
        ),
        Sighting.NO_NAME: (
            "The name of your address leads nowhere.",
            "Set an A or AAAA record for it where the name was registered; it may take an hour to be known.",
        ),
        Sighting.PRIVATE: (
            "The name of your address leads into a private network.",
            "Inside, allowed_networks names it. For the world, let it lead to your router's public address.",
        ),
        Sighting.NO_ANSWER: (
            "Nobody answers at your address.",
            "See that the proxy runs, and that router and firewall let port 443, or yours, through to it.",
        ),
    }
)


_ALL_AS_ONE: Final = MappingProxyType(
    {
        Callers.UNTOLD: "Its proxy does not say who calls, so all count as one: have it set X-Forwarded-For.",
        Callers.UNBELIEVED: "Its proxy says who calls and is not in trusted_proxies, so all count as one.",
        Callers.LOCAL: (
            "Through its proxy all seem to be programs of this machine, so whoever asks gets /metrics, "
            "and all count as one: have it hand on the Host and set X-Forwarded-For."
        ),
    }
)


def callers(*, is_https: bool, is_trusted: bool, is_forwarded: bool, is_local: bool) -> Callers:
    """Return what is learnt of who calls over a connection.

    It may have begun with TLS, which always ends in a proxy; be a trusted proxy's; be for somebody; and look
    like a local program's, although it came by the public address.
    """
    if is_local:
        return Callers.LOCAL
    if is_forwarded:
        return Callers.TOLD if is_trusted else Callers.UNBELIEVED
    return Callers.UNTOLD if is_https or is_trusted else Callers.TOLD


def all_as_one(learnt: object) -> str:
    """Say what follows if it is not learnt who calls; empty if it is."""
    return next((said for value, said in _ALL_AS_ONE.items() if value == learnt), "")


def failed(code: Code) -> Sighting:
    """Return what was seen where no answer could be read, by the client's reason."""
    if code in {codes.CONNECTION_REFUSED, codes.DISCONNECTED, codes.TIMEOUT}:
        return Sighting.NO_ANSWER
    said = {
        codes.ADDRESS_REFUSED: Sighting.PRIVATE,
        codes.NAME_UNKNOWN: Sighting.NO_NAME,
        codes.REDIRECT_REFUSED: Sighting.LED_ELSEWHERE,
        codes.TLS_REFUSED: Sighting.CERTIFICATE,
    }
    return said.get(code, Sighting.SOMETHING_ELSE)


def answered(*, asked: str, by: str, is_ours: bool) -> Sighting:
    """Return what was seen where something answered: at which address, and whether it said what we would."""
    if by != asked:
        return Sighting.LED_ELSEWHERE
    if not is_ours:
        return Sighting.SOMETHING_ELSE
    return Sighting.THIS_MACHINE if is_of_this_machine(asked) else Sighting.REACHED


def is_of_this_machine(address: str) -> bool:
    """Tell whether an address names the machine that asks for it."""
    host = urlsplit(address).hostname or ""
    try:
        return ip_address(host).is_loopback
    except ValueError:  # a name
        return host == "localhost" or host.endswith(".localhost")


def sentence(seen: Sighting) -> str:
    """Return what was seen, in a sentence."""
    return _SAID[seen][0]


def advice(seen: Sighting) -> str:
    """Return what to do about it; empty if nothing is to be done."""
    return _SAID[seen][1]
