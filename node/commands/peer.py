"""`freehold peer`: whom the owner deals with, follows, is followed by, and has blocked."""

from collections.abc import Iterator
from typing import Final

from node.core import codes
from node.terminal import deliveries, people, phrases
from node.terminal.call import CommandCall
from node.terminal.failures import ExitCode, Failure
from node.terminal.nouns import NOUNS
from node.terminal.options import Limit, Who
from node.terminal.printing import fields
from node.terminal.tables import Column
from node.terminal.verbs import noun, verb
from protocol.documents import Document

app = noun(NOUNS["peer"].line)

COLUMNS: Final = (
    Column("name", phrases.party, long=True),
    Column("address", lambda item: str(item["iri"])),
    Column("kind", lambda item: str(item.get("kind") or ""), spare=2),
    Column("follows you", lambda item: str(item.get("follower") or "")),
    Column("you follow", lambda item: str(item.get("following") or "")),
    Column("blocked", lambda item: phrases.plainly(item.get("blocked") or None)),
    Column("key", lambda item: "changed: confirm it" if _held(item) else "", spare=1),
    Column("since", lambda item: phrases.date_and_time(item.get("first_seen")), spare=3),
)

# How far a follow has come, as the API says it in one word.
_SENT: Final = frozenset({"follow", "unfollow", "approve", "dismiss"})  # the others stay home
_FOLLOWS: Final = {"accepted": "yes", "requested": "asked to"}


@verb(app, "list", streams=True)
def list_peers(call: CommandCall, *, limit: Limit = None) -> None:
    """List everyone this node has dealt with."""
    empty = "No peers yet. Add one with: freehold peer add"
    call.listing(call.node.pages("/peers", limit=limit), COLUMNS, empty=empty)


@verb(app, "show")
def show(call: CommandCall, who: Who) -> None:
    """Show what is known about a peer."""
    peer = call.node.get("/peer", iri=people.peer(call, who))
    call.out.show(peer, _shown(peer))


def _shown(peer: Document) -> Iterator[str]:
    """Yield the lines that show a peer; what there is nothing of is left out."""
    return fields(
        [
            ("name", str(peer.get("name") or "")),
            ("account", people.account(peer)),
            ("address", str(peer["iri"])),
            ("kind", str(peer.get("kind") or "")),
            ("follows you", _FOLLOWS.get(str(peer.get("follower")), "no")),
            ("you follow", _FOLLOWS.get(str(peer.get("following")), "no")),
            ("open offers", str(peer.get("open_offers") or "none")),
            ("blocked", phrases.plainly(bool(peer.get("blocked")))),
            *(("key", f"{key['key']}  {key['state']}") for key in peer.get("keys") or []),
            ("since", phrases.date_and_time(peer.get("first_seen"))),
        ]
    )


@verb(app, "add", writes=True)
def add(call: CommandCall, who: Who) -> None:
    """Look a peer up, show who it is, and follow it."""
    found = call.node.request("POST", "/fed/lookup", {"what": people.named(call, who)})
    call.lay_out(described(found))
    call.confirm("Follow it?")
    _do(call, "follow", str(found.get("iri") or who), "Asked to follow {}.")


@verb(app, "follow", writes=True)
def follow(call: CommandCall, who: Who) -> None:
    """Follow a peer, to receive what it sends to its followers."""
    _do(call, "follow", who, "Asked to follow {}.")


@verb(app, "unfollow", writes=True)
def unfollow(call: CommandCall, who: Who) -> None:
    """Stop following a peer."""
    _do(call, "unfollow", who, "No longer following {}.")


@verb(app, "approve", writes=True)
def approve(call: CommandCall, who: Who) -> None:
    """Let a peer follow you that asked to."""
    _do(call, "approve", who, "{} follows you now.")


@verb(app, "dismiss", writes=True)
def dismiss(call: CommandCall, who: Who) -> None:
    """Say no to a peer that asked to follow you, or let it follow you no longer."""
    _do(call, "dismiss", who, "{} does not follow you.")


@verb(app, "block", writes=True)
def block(call: CommandCall, who: Who) -> None:
    """Take nothing from a peer any more."""
    _do(call, "block", who, "{} is blocked.")


@verb(app, "unblock", writes=True)
def unblock(call: CommandCall, who: Who) -> None:
    """Let a blocked peer reach you again."""
    _do(call, "unblock", who, "{} may reach you again.")


@verb(app, "confirm-key", writes=True)
def confirm_key(call: CommandCall, who: Who) -> None:
    """Take a key that a peer has changed to for its own."""
    question = "Did you ask the peer, in another way, whether this key is its own?"
    _judge(call, who, "confirm-keys", question, "What {} signs with it is taken from now on.")


@verb(app, "refuse-key", writes=True)
def refuse_key(call: CommandCall, who: Who) -> None:
    """Refuse a key that a peer has changed to."""
    _judge(call, who, "refuse-keys", "Refuse this key?", "Nothing that {} signs with it is taken.")


def _judge(call: CommandCall, who: str, action: str, question: str, sentence: str) -> None:
    """Show the keys of a peer that wait, ask, and send just those."""
    peer = call.node.get("/peer", iri=people.peer(call, who))
    held = _held(peer)
    if not held:
        raise Failure(
            codes.KEY_NOT_HELD,
            f"No key of {phrases.party(peer)} waits to be confirmed.",
            exit_code=ExitCode.CONFLICT,
            hint=f"See: freehold peer show {peer['iri']}",
        )
    before = [str(key["key"]) for key in peer["keys"] if key["state"] == "known"]
    keys = [*(("had", key) for key in before), *(("has now", key) for key in held)]
    call.lay_out(fields([("peer", phrases.party(peer)), *keys]))
    call.confirm(question)
    answer = call.write("POST", f"/peers/{action}", {"peer": peer["iri"], "keys": held})
    call.out.show(answer, ["  " + sentence.format(phrases.party(peer))])


def _held(peer: Document) -> list[str]:
    """Return the keys of a peer that wait for the owner."""
    return [str(key["key"]) for key in peer.get("keys") or [] if key["state"] == "held"]


def described(found: Document) -> Iterator[str]:
    """Yield the lines that show an actor as its own document describes it, each key on a line."""
    plain = {name: value for name, value in found.items() if name != "keys"}
    keys = [
        ("key", "  ".join([str(key.get("id")), str(key.get("algorithm")), *(key.get("purposes") or [])]))
        for key in found.get("keys") or []
    ] or [("key", "none that can be read: each is the actor's own, not revoked, a Multikey or RSA in PEM")]
    return fields(
        [*((name.replace("_", " "), phrases.plainly(value)) for name, value in plain.items()), *keys]
    )


def _do(call: CommandCall, action: str, who: str, sentence: str) -> None:
    answer = call.write("POST", f"/peers/{action}", {"peer": people.named(call, who)}, shown=_shown)
    call.out.show(answer, ["  " + sentence.format(phrases.party(answer) or who)])
    if action in _SENT:
        deliveries.tell_if_away(call, {"peer": answer}, kind="follow")
