"""A market for the pages: shops with servers of their own that offer whatever terms a test names."""

from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from node.core.data_terms import address
from node.core.drafts import opening_draft, read_terms
from protocol.intentions import read_intention
from protocol.moves import Move, render_move
from protocol.negotiation import Event
from protocol.strictjson import Document
from tests.web.house import House, Peer, until

_numbers = count(1)

WISH: dict[str, Any] = {
    "name": "Used estate car",
    "limit_price": "15000.00",
    "specifications": [
        {"property": "mileage", "at_most": "90000", "unit": "km", "necessity": "must"},
        {"property": "deliveryLeadTime", "at_most": "30", "unit": "d", "necessity": "must"},
        {"property": "guarantee", "at_least": "12", "unit": "months", "necessity": "should"},
        {"property": "tow bar", "value": "true", "necessity": "should"},
    ],
}


def once(amount: str, label: str = "car") -> dict[str, str]:
    """Return a price line that is charged once."""
    return {"kind": "oneOff", "amount": amount, "currency": "EUR", "label": label}


def monthly(amount: str, *, label: str = "care", **more: Any) -> dict[str, Any]:
    """Return a price line that is charged every month."""
    return {"kind": "recurring", "amount": amount, "currency": "EUR", "label": label, "per": "month", **more}


def has(**values: str) -> list[dict[str, str]]:
    """Return properties: mileage, days until it is there, guarantee, and whether there is a tow bar."""
    names = {
        "mileage": ("mileage", "km"),
        "days": ("deliveryLeadTime", "d"),
        "guarantee": ("guarantee", "months"),
        "tow_bar": ("tow bar", ""),
    }
    return [
        {"property": names[name][0], "value": value, "unit": names[name][1]} for name, value in values.items()
    ]


GOOD = has(mileage="61400", days="8", guarantee="24", tow_bar="true")
FAIR = has(mileage="72300", days="20", guarantee="12", tow_bar="false")
QUIET = has(mileage="55200", days="12", guarantee="12")
LATE = has(mileage="88000", days="35", guarantee="12")


def move(shop: Peer, intention: Document, house: House, terms: dict[str, Any], **answers: Any) -> Document:
    """Return a signed offer of a shop's on these terms: a first one, or one that answers."""
    number = f"{id(shop)}-{next(_numbers)}"
    stated = read_terms(terms, base=opening_draft(read_intention(intention))).draft
    draft = address(stated, (house.iri, shop.iri))
    now = datetime.now(UTC)
    made = Move(
        event=answers.get("event", Event.OFFER),
        iri=f"{shop.origin}/activities/{number}",
        actor=shop.iri,
        to=(house.iri,),
        negotiation=answers.get("negotiation", f"{shop.origin}/negotiations/{number}"),
        answers=answers.get("answers"),
        answers_digest=answers.get("answers_digest"),
        draft=draft,
        published=now,
        alternative_to=answers.get("alternative_to"),
        ends_at=now + answers.get("stands", timedelta(days=5)),
    )
    return shop.prove(render_move(made))


async def offered(house: House, shop: Peer, *offers: dict[str, Any], **members: Any) -> tuple[str, list[str]]:
    """Cast a wish to a shop that answers with these offers; return the wish, and the offers in that order."""
    wish = await house.cast(shop.iri, **{**WISH, **members})
    intention = (await shop.fetch(house, wish["iri"])).json
    ids: list[str] = []
    for terms in offers:
        answer = await shop.post(house, move(shop, intention, house, terms))
        assert answer.status == 202, answer.body
        listed = (await house.owner("GET", f"/offers?intention={wish['id']}")).json["items"]
        ids += [item["id"] for item in listed if item["id"] not in ids]
    return wish["id"], ids


async def reoffer(house: House, shop: Peer, offer: str, terms: dict[str, Any]) -> None:
    """Let a shop answer the last move of a negotiation with other terms."""
    history = (await house.owner("GET", f"/offers/{offer}/history")).json
    last = history["moves"][-1]
    shown = (await house.owner("GET", f"/offers/{offer}")).json
    wish = (await house.owner("GET", f"/intentions/{shown['intention']}")).json
    intention = (await shop.fetch(house, wish["iri"])).json
    made = move(
        shop,
        intention,
        house,
        terms,
        event=Event.REOFFER,
        negotiation=history["negotiation"],
        answers=last["activity"],
        answers_digest=last["digest"],
    )
    answer = await shop.post(house, made)
    assert answer.status == 202, answer.body

    async def arrived() -> bool:
        moves = (await house.owner("GET", f"/offers/{offer}/history")).json["moves"]
        return any(move["activity"] == made["id"] for move in moves)

    await until(arrived)
