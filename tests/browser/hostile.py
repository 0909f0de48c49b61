"""A hostile scene: whatever a peer may write in words of its own is an attack on who reads it.

Rules that hold here: both sides are real nodes and send what their owners' API lets them send, so the attacks
arrive signed and are kept as any text is.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from node.sandbox.nodes import until
from protocol.documents import Document
from tests.browser.pair import Pair, trading
from tests.browser.scene import CUSTOMER, SHOP, Scene, connect_spreadsheets

# Each would do something in a page that took it for more than text, or show something else than is meant.
PAYLOADS: Final = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(2)>",
    "<svg onload=alert(3)>",
    "\"><iframe srcdoc='<script>alert(4)</script>'>",
    "' autofocus onfocus=alert(5) x='",
    "</title></textarea></style></script><script>alert(6)</script>",
    "javascript:alert(7)",
    "<a href='javascript:alert(8)'>press</a>",
    "{{ 7 * 7 }} {% raw %} ${alert(9)}",
    "<base href='http://localhost:1/'>",
    "<meta http-equiv=refresh content='0;url=http://localhost:1/'>",
    "<form action='http://localhost:1/'><button>Accept</button>",
    "<math><mtext><table><mglyph><style><!--</style><img src=x onerror=alert(12)>",
    "data: 1\n\nevent: offer\ndata: <script>alert(13)</script>",
    "Ada\u202e00.1\u2066 \u200b\u00ad\ufeff",
    "A\u0300\u0301\u0302\u0303" * 30,
    "w" * 200,
    "http://localhost:1/free-money",
)
# A stranger is not let write so much; here it is seen what would come of it.
_ROOM: Final = MappingProxyType(
    dict.fromkeys(("OFFERS_PER_INTENTION_PER_PEER", "OFFERS_PER_INTENTION_PER_ORIGIN"), "100")
)
_WORDS: Final = "A sentence. " * 30


@contextmanager
def set_up_hostile(folder: Path) -> Iterator[Scene]:
    """Let a customer and a shop attack each other in `folder`; both stay up until the end of the block."""
    with trading(folder, names=(PAYLOADS[1], PAYLOADS[0]), settings=_ROOM) as pair:
        wish, agreed = _wish(pair, PAYLOADS[0]), _wish(pair, PAYLOADS[5])
        for payload in PAYLOADS:
            _talk(pair, _offer(pair, wish, payload), payload)
        for number, act in enumerate(("counter", "reject", "withdraw")):
            _turn(pair, _offer(pair, wish, PAYLOADS[number]), act, PAYLOADS[number])
        agreement = _agree(pair, _offer(pair, agreed, PAYLOADS[7]))
        undoable = _offer(pair, _wish(pair, PAYLOADS[8]), PAYLOADS[9])
        pair.customer.api.request("POST", f"/offers/{undoable}/accept", {"undo_seconds": 86_400})
        connect_spreadsheets(pair.shop, folder / "office", called=PAYLOADS[2])
        yield Scene(
            {CUSTOMER: pair.customer, SHOP: pair.shop},
            {"open": wish, "awarded": agreed},
            {"concluded": agreement},
        )


def _wish(pair: Pair, payload: str) -> str:
    """Wish for something in hostile words; return its id once the shop has it."""
    wish = {
        "name": payload,
        "content": "\n".join(PAYLOADS),
        "place": payload,
        "notes": payload,
        "limit_price": "100.00",
        "currency": "EUR",
        "deadline": "2099-01-01T00:00:00Z",
        "audience": [pair.shop.actor],
        "specifications": [
            {"property": "weight", "at_most": "14", "unit": "kg"},
            *({"property": f"wanted{n}", "value": payload} for n, payload in enumerate(PAYLOADS)),
        ],
    }
    made = pair.customer.api.request("POST", "/intentions", wish)
    until(lambda: _known(pair, made["iri"]), "the wish to arrive")
    return str(made["id"])


def _known(pair: Pair, iri: str) -> Document | None:
    return next((one for one in pair.shop.api.pages("/intentions") if one["iri"] == iri), None)


def _offer(pair: Pair, wish: str, payload: str) -> str:
    """Offer something in hostile words; return the offer's id at the customer's."""
    iri = pair.customer.api.get(f"/intentions/{wish}")["iri"]
    asked = _known(pair, iri)
    assert asked is not None
    terms: dict[str, Any] = {
        "name": payload,
        "content": payload + _WORDS,
        "price": [{"kind": "oneOff", "amount": "90.00", "currency": "EUR", "label": payload}],
        "properties": [{"property": f"wanted{n}", "value": text} for n, text in enumerate(PAYLOADS)],
    }
    before = {offer["id"] for offer in pair.customer.api.pages("/offers")}
    pair.shop.api.request("POST", "/offers", {"intention": asked["id"], "terms": terms})

    def arrived() -> str | None:
        return next((o["id"] for o in pair.customer.api.pages("/offers") if o["id"] not in before), None)

    return until(arrived, "the offer to arrive")


def _talk(pair: Pair, offer: str, payload: str) -> None:
    pair.customer.api.request("POST", f"/offers/{offer}/messages", {"content": payload})


def _turn(pair: Pair, offer: str, act: str, payload: str) -> None:
    """Counter or reject an offer in hostile words at the customer's, or let the shop withdraw it."""
    if act == "withdraw":
        negotiation = pair.customer.api.get(f"/offers/{offer}")["negotiation"]
        there = next(o["id"] for o in pair.shop.api.pages("/offers") if o["negotiation"] == negotiation)
        pair.shop.api.request("POST", f"/offers/{there}/withdraw")
        return
    body = {"terms": {"content": payload}} if act == "counter" else {"reason": payload}
    pair.customer.api.request("POST", f"/offers/{offer}/{act}", body)


def _agree(pair: Pair, offer: str) -> str:
    shown = pair.customer.api.get(f"/offers/{offer}")
    pair.customer.api.request("POST", f"/offers/{offer}/accept", {"digest": shown["digest"]})

    def concluded() -> str | None:
        now = pair.customer.api.get(f"/offers/{offer}")
        return now["agreement"] if now["state"] == "concluded" else None

    return until(concluded, "the agreement")
