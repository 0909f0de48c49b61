"""How far what was just sent has come, after a moment's patience."""

import time
from collections.abc import Callable, Iterable, Iterator
from typing import Final

from node.core import codes
from node.terminal import phrases
from node.terminal.call import CommandCall
from node.terminal.counts import counted
from protocol.codes import MEANINGS
from protocol.documents import Document

# A peer on the same continent answers within half a second; a person waits for two.
PATIENCE_SECONDS: Final = 2.0
# Of the newest deliveries: an acceptance is followed by a few rejections of other offers at most, and each of
# these by an event for each webhook.
_LOOKED_AT: Final = 100


# Why something that is queued waits, as the API says it in one word.
_WAITS: Final = {
    "held": "can be undone until it leaves",
    "behind": "goes after {first}",
    "paused": "the wish is paused there, and is asked again",
    "rests": "their server fails again and again, and is left in peace until then",
    "again": "is tried again",
    "next": "is being sent",
}
# Which setting of this node lets a peer be reached, by what was wrong.
_SETTINGS: Final = {
    codes.ADDRESS_REFUSED: "In a private network: freehold config set allowed_networks NETWORK",
    codes.TLS_REFUSED: "Under an authority of your own: freehold config set ca_file FILE",
}
_RETRY: Final = "Try one at once, and what waits behind it: freehold fed queue --retry DELIVERY"
_CANCEL: Final = "Send one no more: freehold fed queue --cancel DELIVERY"


def why(item: Document) -> str:
    """Return why a delivery waits, and what was wrong with it last; of one that arrived, nothing."""
    wrong, state = str(item.get("last_error") or item.get("last_status") or ""), item.get("state")
    if state != "queued":
        return "" if state == "delivered" else wrong
    first = phrases.short(str(item.get("waits_for") or ""))
    waits = _WAITS.get(str(item.get("waits") or ""), "").format(first=first)
    return ": ".join(filter(None, [waits, wrong]))


def advice(items: list[Document]) -> Iterator[str]:
    """Yield what can be done about deliveries, in a line each."""
    waits = {str(item.get("waits")) for item in items if item.get("state") == "queued"}
    if waits & {"again", "rests", "behind"}:
        yield "What does not arrive is tried for seven days, less and less often."
    if waits & {"again", "rests", "behind", "paused"} or any(item.get("state") == "gone" for item in items):
        yield _RETRY
    if waits - {"next"}:
        yield _CANCEL
    wrong = {str(item.get("last_error") or "") for item in items if item.get("state") == "queued"}
    yield from (hint for code, hint in _SETTINGS.items() if any(MEANINGS[code] in said for said in wrong))


def fate(call: CommandCall, *, to: str, kind: str) -> tuple[str, str]:
    """Return what became of the newest delivery of a kind to an address, and what was wrong with it last.

    It is `queued` while that is open; where nothing was wrong, that is empty.
    """
    ends = time.monotonic() + PATIENCE_SECONDS
    while True:
        found = next((item for item in newest(call) if (item["recipient"], item["kind"]) == (to, kind)), {})
        come = str(found.get("state") or "queued")
        if come != "queued" or time.monotonic() > ends:
            return come, str(found.get("last_error") or "")
        time.sleep(0.1)


def sentence(call: CommandCall, state: str, wrong: str, *, to: str) -> str:
    """Say how far something has come, and where to see the rest if it has not arrived."""
    if state == "delivered":
        return "Sent, and delivered."
    see = call.out.typed("freehold fed queue")
    if state == "queued":
        # It may not have been tried at all, and wait behind a move that can still be undone.
        return f"Queued: it has not arrived at {to} yet. It goes by itself when it can; see: {see}"
    return " ".join(filter(None, (f"Not delivered: it was {state}.", wrong, f"See: {see}")))


def is_held(call: CommandCall, id: str) -> bool:
    """Tell whether a delivery is kept so that it can be undone: it is one of the newest then."""
    return any(item["id"].startswith(id) and item["waits"] == "held" for item in newest(call))


def tell_if_away(call: CommandCall, deal: Document, *, kind: str) -> str:
    """Tell the person if what was sent has not arrived at the other side; return how far it has come."""
    come, wrong = fate(call, to=str(deal["peer"]["iri"]), kind=kind)
    _say_if_away(call, deal, come, wrong)
    return come


def _say_if_away(call: CommandCall, deal: Document, come: str, wrong: str) -> None:
    if come != "delivered":
        told = sentence(call, come, wrong, to=phrases.party(deal["peer"]))
        call.out.say(f"  {told}", even_if_quiet=True)


def settled(call: CommandCall, offer: Document, *, kind: str) -> Document:
    """Return an offer with what became of a move of it, after a moment's patience, as its `delivery`.

    What the other side did not take counts for nothing, so the offer is returned as it stands after that.
    """
    come, wrong = fate(call, to=str(offer["peer"]["iri"]), kind=kind)
    if come not in ("delivered", "queued"):
        offer = call.node.get(f"/offers/{offer['id']}")
    return {**offer, "delivery": shown(come, wrong)}


def shown(come: str, wrong: str = "") -> Document:
    """Return, for programs, how far something has come and what was wrong with it last."""
    return {"state": come, "last_error": wrong or None}


def show(
    call: CommandCall, offer: Document, lines: Callable[[Document], Iterable[str]], *, kind: str
) -> None:
    """Show an offer of which a move was just sent, and tell the person if that has not arrived."""
    offer = settled(call, offer, kind=kind)
    call.out.show(offer, lines(offer))
    _say_if_away(call, offer, offer["delivery"]["state"], offer["delivery"]["last_error"] or "")


def newest(call: CommandCall) -> list[Document]:
    """Return the newest deliveries."""
    items: list[Document] = call.node.get("/deliveries", limit=_LOOKED_AT)["items"]
    return items


def tell_of_all_away(call: CommandCall, before: list[Document], *, kind: str) -> None:
    """Tell the person to how many something of a kind has not arrived that was sent to several just now.

    `before` are the newest deliveries as they were when it was not yet sent; it may be sent a moment later.
    """
    known, ends = {item["id"] for item in before}, time.monotonic() + PATIENCE_SECONDS
    while True:
        sent = [item for item in newest(call) if item["kind"] == kind and item["id"] not in known]
        away = [item for item in sent if item["state"] != "delivered"]
        is_settled = sent and all(item["state"] != "queued" for item in away)
        if is_settled or time.monotonic() > ends:
            break
        time.sleep(0.1)
    if away:
        see = call.out.typed("freehold fed queue")
        told = f"Not delivered yet: {len(away)} of {counted(len(sent), 'recipient')}. See: {see}"
        call.out.say(f"  {told}", even_if_quiet=True)
