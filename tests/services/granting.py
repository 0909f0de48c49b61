"""A customer and a shop who agree on terms about data, and what is granted and read under them."""

from datetime import timedelta
from itertools import count
from typing import Any, Final

from node.services.grants import giving, holding, reading
from node.services.grants.reading import ReadAsked
from node.services.negotiations import agreements, offers
from node.services.people import profiles
from protocol.httpmessages import HttpSignature, Scheme
from protocol.strictjson import Document, parse
from tests.protocol.policy_cells import DPV
from tests.protocol.policy_drawing import duty, permission, policy
from tests.services.parties import Party, settle
from tests.services.test_agreements import MONTHLY
from tests.services.test_data_terms import meet
from tests.services.test_negotiation import cast, offer

SCHEMA: Final = "http://schema.org/"
EMAIL, NAME, STREET = (f"{SCHEMA}{name}" for name in ("email", "name", "streetAddress"))
PROFILE: Final = {
    "name": "Ada Muster",
    "email": "ada@ada.example",
    "birthDate": "1990-05-05",
    "address": {
        "@type": "PostalAddress",
        "streetAddress": "Gasse 1",
        "postalCode": "3011",
        "addressLocality": "Bern",
    },
}
_signatures = count(1)


def asked(days: int = 30, *, purposes: tuple[str, ...] = ("DeliveryOfGoods",)) -> Document:
    """What a shop asks for: to read and keep where to deliver, and to read whether somebody is of age."""
    deliver = permission(
        [f"{DPV}Collect", f"{DPV}Store", f"{DPV}Use"],
        [EMAIL, NAME, STREET],
        [*purposes],
        {
            "type": "Constraint",
            "leftOperand": "http://www.w3.org/ns/odrl/2/elapsedTime",
            "operator": "http://www.w3.org/ns/odrl/2/lteq",
            "rightOperand": f"P{days}D",
        },
    ) | {"necessity": "must"}
    age = permission(
        [f"{DPV}Collect", f"{DPV}Use"], ["https://w3id.org/freehold#ageOver18"], ["AgeVerification"]
    )
    return policy(deliver, age, duties=[duty("delete", "P10D"), duty("inform", "P365D")])


def agree(ada: Party, shop: Party, *, terms: Document | None = None) -> str:
    """Let both agree on terms about data; return the id of the agreement at the customer."""
    meet(ada, shop)
    meet(shop, ada)
    ada.do(profiles.set, profiles.prepare(ada.acting, PROFILE))
    cast(ada, shop)
    stated = {"policy": asked()} if terms is None else terms
    more = {"terms": stated} if stated else {}
    offer(shop, ada, price=MONTHLY, notice="P1M", **more)
    (standing,) = ada.do(offers.list)["items"]
    ada.do(offers.accept, standing["id"])
    settle(ada, shop)
    (agreed,) = ada.do(agreements.list)["items"]
    assert agreed["state"] == "concluded"
    return str(agreed["id"])


def granted(ada: Party, shop: Party, agreement: str, **wanted: Any) -> Document:
    """Grant something and let it arrive; return it as the customer sees it."""
    given: Document = ada.do(
        giving.give, agreement=agreement, **{"purpose": "DeliveryOfGoods", "fields": ["email"], **wanted}
    )
    settle(ada, shop)
    return given


def got(shop: Party) -> list[Document]:
    """Return what the shop has in its ledger, the newest grant first."""
    items: list[Document] = shop.do(holding.list)["items"]
    return items


def request(ada: Party, by: Party, iri: str, name: str | None = None, **changes: Any) -> ReadAsked:
    """Return a reading, signed by a party for itself."""
    key = by.owner.rsa
    members = {
        "grant": iri,
        "name": name,
        "has_query": False,
        "reader": by.iri,
        "key": key.id,
        "fragment": key.key.public.fragment,
        "signature": HttpSignature(
            scheme=Scheme.RFC9421,
            key_id=key.id,
            algorithm=None,
            created=ada.clock.now,
            received=ada.clock.now,
            base=b"",
            signature=next(_signatures).to_bytes(8, "big"),
        ),
    }
    return ReadAsked(**members | changes)


def ask(ada: Party, by: Party, iri: str, name: str | None = None, **changes: Any) -> bytes | None:
    """Let a party read under a grant of Ada's; return the bytes of the answer."""
    asked = request(ada, by, iri, name, **changes)
    answer: bytes | None = ada.write(lambda db: reading.answer(db, ada.residents, asked))
    return answer


def read(ada: Party, shop: Party, name: str = "") -> Document:
    """Let the shop read under its newest grant, and keep it."""
    grant = got(shop)[0]["grant"]
    row, address = shop.do(holding.readable, grant["id"], name)
    answer = ask(ada, shop, row.iri, name or None)
    assert answer is not None
    obtained: Document = shop.do(holding.keep, grant["id"], address, parse(answer))
    return obtained


def later(party: Party, **lengths: float) -> None:
    """Let time pass and take effect."""
    party.clock.now += timedelta(**lengths)
    party.tick()
