"""Who is meant: a peer named by its address, its account, its handle or its name, wherever one is named.

Rules here: whoever the node knows is found without the network, so one that is down is found too; only an
account that nobody here has is looked up.
"""

from collections.abc import Sequence
from typing import Final
from urllib.parse import urlsplit

from node.core import codes
from node.terminal import phrases
from node.terminal.call import CommandCall
from node.terminal.failures import ExitCode, Failure, not_found, usage
from protocol import codes as wire
from protocol.documents import Document

# Whoever may be meant by a word instead of an address.
GROUPS: Final = frozenset({"followers", "public"})
_ADDRESS: Final = "Write name@host, or the https address of the actor."
_SPELLING: Final = "Look how it is written, and name it anew."
# Of several peers of one name so many are listed.
_LISTED: Final = 5


def known(call: CommandCall, who: str) -> str:
    """Return the address of a peer that the node knows; "" if it knows none that is called so.

    Raises:
        Failure: several are called so.
    """
    who = _plain(who)
    if "://" in who:
        return who
    found = [str(peer["iri"]) for peer in call.node.pages("/peers") if who in _names(peer)]
    if len(found) > 1:
        listed = ", ".join(found[:_LISTED])
        raise usage(f"{who} could be several peers: {listed}.", "Name one by its address.")
    return found[0] if found else ""


def peer(call: CommandCall, who: str) -> str:
    """Return the address of a peer that the node knows.

    Raises:
        Failure: no peer is called so, or several are.
    """
    found = known(call, who)
    if not found:
        raise not_found(f"No peer is called {_plain(who)}.", "See: freehold peer list")
    return found


def named(call: CommandCall, who: str) -> str:
    """Return what the node is told to find a peer: its address if it is known, else the account as it is."""
    return known(call, who) or _plain(who)


def audience(call: CommandCall, named: Sequence[str]) -> list[str]:
    """Return the addresses of those who are to be told something, groups as they are.

    Who cannot be reached now does not keep it from the others: that is said, and an account whose address is
    not known is left out.

    Raises:
        Failure: a name or an address is nobody's, or nobody is left.
    """
    found = [_address(call, _plain(who)) for who in named]
    reached = [who for who in dict.fromkeys(found) if who]
    if not reached:
        raise Failure(
            codes.UNREACHABLE,
            "Nobody you name can be reached now. Nothing sent.",
            exit_code=ExitCode.NETWORK,
            hint="Try again later, or name others.",
        )
    return reached


def _address(call: CommandCall, who: str) -> str:
    if who in GROUPS:
        return who
    found = "" if "://" in who else known(call, who)
    if found:
        return found
    if "@" not in who and "://" not in who:
        raise usage(f"{who} is no address.", _ADDRESS)
    try:
        return str(call.node.request("POST", "/fed/lookup", {"what": who})["iri"])
    except Failure as failure:
        if failure.code == codes.STATUS_UNEXPECTED and _is_server(who):
            raise usage(f"{who} is a server, and nobody there.", _ADDRESS) from failure
        if failure.exit_code is ExitCode.NETWORK:
            return _unreached(call, who, failure)
        if failure.exit_code is ExitCode.NOT_FOUND:
            raise not_found(f"{who} is nobody: its server does not know it.", _SPELLING) from failure
        if failure.code == codes.ACCT_OWN:
            raise usage(f"{who} is on this node: that is you.", "Name others.") from failure
        if failure.code == wire.ACCT_INVALID:
            raise usage(f"{who} is no address.", failure.hint or _ADDRESS) from failure
        raise


def _is_server(who: str) -> bool:
    """Tell whether an address names no more than a server, as nodes print their own."""
    return not urlsplit(who).path.strip("/")


def _unreached(call: CommandCall, who: str, failure: Failure) -> str:
    """Say that somebody cannot be reached now, and return the address at which it is tried again, if any."""
    later = "It is tried again later." if "://" in who else "It is left out: its address is not known."
    call.out.say(f"  {who} cannot be reached now: {failure.detail} {later}", even_if_quiet=True)
    return who if "://" in who else ""


def refuse_blocked(call: CommandCall, iri: str) -> None:
    """Refuse to write to a peer whose answers would not be taken.

    Raises:
        Failure: exit 5, if the owner has blocked it; nothing is sent.
    """
    try:
        found = call.node.get("/peer", iri=iri)
    except Failure as failure:
        if failure.exit_code is not ExitCode.NOT_FOUND:
            raise
        return
    if found.get("blocked"):
        # As the node says it where everybody named is blocked.
        raise Failure(
            codes.PEER_BLOCKED,
            f"You have blocked {phrases.party(found)}. Nothing sent.",
            exit_code=ExitCode.CONFLICT,
            hint=f"Let it reach you again first: freehold peer unblock {iri}",
        )


def account(found: Document) -> str:
    """Return a peer's account (name@host), "" if it has no handle."""
    handle = str(found.get("handle") or "")
    return f"{handle}@{urlsplit(str(found['iri'])).netloc}" if handle else ""


def _names(found: Document) -> set[str]:
    """Return all that a peer may be called by at the command line."""
    names = {str(found.get("name") or ""), str(found.get("handle") or ""), account(found)}
    return names - {""}


def _plain(who: str) -> str:
    """Return what was typed or pasted without what stands around it."""
    return who.strip().removeprefix("acct:").removeprefix("@")
