"""`freehold cosign`: what waits for a second signature, signed or declined by another person."""

from typing import Annotated, Final

from typer import Argument, Option

from node.terminal import phrases
from node.terminal.call import CommandCall
from node.terminal.failures import not_found, usage
from node.terminal.nouns import NOUNS
from node.terminal.tables import Column
from node.terminal.verbs import noun, verb
from protocol.strictjson import Document

app = noun(NOUNS["cosign"].line)

COLUMNS: Final = (
    Column("waits", lambda item: phrases.short(item["id"])),
    Column("what", lambda item: str(item.get("event") or "")),
    Column(
        "state", lambda item: "cannot be signed" if item.get("hindrance") else str(item.get("state") or "")
    ),
    Column("asked by", lambda item: str(item.get("asked_by") or "the node"), long=True),
    Column("until", lambda item: phrases.date_and_time(item.get("until"))),
)
Which = Annotated[str, Argument(metavar="ID", help="Its id, or the beginning of it.")]


def _one(call: CommandCall, id: str) -> Document:
    """Return the one whose id begins so."""
    found = [item for item in call.node.request("GET", "/cosignatures")["items"] if item["id"].startswith(id)]
    if not found:
        raise not_found(f"Nothing waits under {id}.", "See: freehold cosign list")
    if len(found) > 1:
        raise usage(f"Several begin with {id}.", "Give a few more letters.")
    return dict(found[0])


@verb(app, "list", streams=True)
def list_waiting(call: CommandCall) -> None:
    """List what waits for a second signature, and what has become of the rest."""
    items = call.node.request("GET", "/cosignatures")["items"]
    call.listing(iter(items), COLUMNS, empty="Nothing waits for a second signature.")


@verb(app, "show")
def show(call: CommandCall, id: Which) -> None:
    """Print the exact bytes that would be signed."""
    found = _one(call, id)
    call.out.show(found, [str(found["body"])])
    call.out.say(f"  Fingerprint: {found['digest']}")


@verb(app, "sign", writes=True)
def sign(call: CommandCall, id: Which) -> None:
    """Sign what another person asked for."""
    found = _one(call, id)
    done = call.write("POST", f"/cosignatures/{found['id']}/sign", {"digest": found["digest"]})
    said = {"signed": "Signed.", "asked": "You stand behind it now; another person signs."}
    lines = [f"  {said.get(str(done.get('state')), 'Not signed: it has changed meanwhile.')}"]
    if done.get("leaves_at"):
        lines += [
            f"  It leaves at {phrases.exactly(done['leaves_at'])}. Until then this undoes it:",
            f"  {call.out.typed('freehold offer undo ' + str(done['offer']))}",
        ]
    call.out.show(done, lines)


@verb(app, "decline", writes=True)
def decline(
    call: CommandCall,
    id: Which,
    *,
    reason: Annotated[str, Option("--reason", metavar="TEXT", help="Why, for who asked.")] = "",
) -> None:
    """Decline to sign, or take back what you asked for; nothing is sent."""
    found = _one(call, id)
    done = call.write("POST", f"/cosignatures/{found['id']}/decline", {"reason": reason} if reason else None)
    call.out.show(done, ["  Declined. Nothing was sent."])


@verb(app, "limit", writes=True)
def limit(
    call: CommandCall,
    amount: Annotated[str, Argument(metavar="AMOUNT", help="Above this total two sign.")] = "",
    currency: Annotated[str, Argument(metavar="CURRENCY", help="Such as EUR.")] = "",
    *,
    off: Annotated[bool, Option("--off", help="Nothing needs two signatures any more.")] = False,
) -> None:
    """Set above which amount two people sign; in another currency, or without a total, they always do."""
    if off == bool(amount) or bool(amount) != bool(currency):
        raise usage("Say an amount and its currency, or --off.")
    if off:
        done = call.write("DELETE", "/cosignatures/limit")
        call.out.show(done, ["  One signature is enough now."])
        return
    done = call.write("PUT", "/cosignatures/limit", {"amount": amount, "currency": currency})
    call.out.show(done, [f"  Two people sign above {amount} {currency}."])
