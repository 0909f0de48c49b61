"""News of offers on the command line: each as it comes, and whenever it changes.

Rule here: what was over before somebody looked is no news.
"""

from collections.abc import Iterator

from node.terminal import deals
from node.terminal.api_client import OPENED, ServerEvent
from node.terminal.call import CommandCall
from protocol.documents import Document


def news(
    call: CommandCall, intention: str | None, known: dict[str, Document], seconds: float
) -> Iterator[Document]:
    """Yield each offer that stands, then each when it appears and whenever it changes.

    `known` holds all of them as they stand. What was over before is no news; what ends later is.
    """
    has_begun = False
    for event in call.node.events(seconds=seconds):
        for offer in _touched(call, event, intention):
            changed = _version(offer) != _version(known.get(offer["id"], {}))
            if changed and intention in {None, offer["intention"]}:
                known[offer["id"]] = offer
                if has_begun or offer.get("state") in deals.OPEN:
                    yield offer
        has_begun = True


def _touched(call: CommandCall, event: ServerEvent, intention: str | None) -> list[Document]:
    """Return the offers an event is about: all there are when the stream opens, then one at a time."""
    if event.kind == OPENED:
        found = call.node.pages("/offers", intention=intention)
        return sorted(found, key=lambda offer: str(offer.get("updated_at") or offer["opened_at"]))
    id = str(event.document.get("offer") or "")
    return [call.node.get(f"/offers/{id}")] if id else []


def _version(offer: Document) -> tuple[object, object]:
    return offer.get("state"), offer.get("digest")
