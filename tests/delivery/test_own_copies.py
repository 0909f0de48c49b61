"""Asking for another's intention at its address: signed, of its author's server, a few times at most."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path

import pytest
from aiohttp import web

from node.core import codes
from node.core.own_copies import CopyPurpose
from node.delivery.client import Client, Unreachable
from node.delivery.directory import Directory
from node.delivery.own_copies import BATCH, OwnCopies
from node.services.intentions import showing, signing
from node.services.ledger.meeting import meet_all
from node.services.ledger.recording import note
from node.services.terms import settings as terms
from node.storage import own_copies
from node.storage.own_copies import OwnCopyRow
from node.storage.session import Session
from node.storage.sqlite.database import SqliteStore
from protocol.actors import ActorKind
from protocol.errors import Gone, NotFound
from protocol.intentions import Intention, render_intention
from protocol.quantities import Quantity
from protocol.rosters import find_entry
from protocol.strictjson import Document
from protocol.terms import Proffer, write_proffer
from protocol.vocabulary import TERMS_ACTIVITY_CONTEXT
from protocol.withholding import IntentionField
from tests.delivery.conftest import Peer, ServePeer, make_actor, publish
from tests.delivery.test_client import redirect_to
from tests.services.parties import Clock, Party
from tests.services.test_own_copies import AUTO


@dataclass
class Shop:
    """A business's node as far as it asks: what runs, its file, and who it is."""

    asking: OwnCopies
    store: SqliteStore
    party: Party

    async def name(self, id: str = "int_1") -> tuple[str, list[str]]:
        """Return how an intention is called here, and what it keeps back."""
        shown = await self.store.read(lambda session: showing.show(session, self.party.acting, id))
        return shown["name"], [*shown["withheld"]]

    async def row(self, iri: str) -> OwnCopyRow | None:
        return await self.store.read(lambda s: own_copies.load_own_copy(s, self.party.iri, iri))


@pytest.fixture
async def shop(tmp_path: Path, client: Client) -> AsyncIterator[Shop]:
    party = Party("bikes", tmp_path, Clock(), ActorKind.ORGANIZATION)
    party.do(terms.change, AUTO)
    store = SqliteStore.open(tmp_path / "bikes.db")
    directory = Directory(
        client,
        store,
        clock=lambda: party.clock.now,
        home=party.origin,
        local=lambda _: None,
        signer=party.owner,
    )
    yield Shop(OwnCopies(client, store, party.residents, directory), store, party)
    await directory.close()
    await store.close()


def told_to_many(peer: Peer, number: int = 1) -> Document:
    """Have a peer serve an actor that knows terms about data; return what it tells its followers."""
    ada = publish(peer, make_actor(f"{peer.origin}/actors/ada", ed25519=True))
    return render_intention(
        Intention(
            iri=f"{peer.origin}/intentions/int_{number}",
            proposer=ada.iri,
            name="Vehicles and bicycles",
            content="",
            quantity=Quantity(Decimal(1)),
            specifications=(),
            category=None,
            place=None,
            window_start=None,
            window_end=None,
            deadline=None,
            currency="EUR",
            published=Clock().now,
            to=(ada.followers or "",),
        )
    )


def for_one(told: Document, party: Party) -> Document:
    """Return a copy for one reader, on which more can be signed for."""
    proffered, asked = find_entry("SD-BASE-DP"), find_entry("PDC-INTENT")
    assert proffered is not None
    terms = write_proffer(Proffer(told["attributedTo"], proffered, asked))
    part = {"withheld": [IntentionField.DESCRIPTION.value]}
    return {"@context": TERMS_ACTIVITY_CONTEXT, **told, "to": [party.iri], "terms": terms, **part}


async def received(shop: Shop, peer: Peer, number: int = 1, *, wanted: bool = True) -> Document:
    """Let an intention come by the followers of a peer; by itself the node asks for it soon."""
    told = told_to_many(peer, number)
    await shop.asking._directory.actor(told["attributedTo"])

    def keep(session: Session) -> None:
        author = meet_all(session, shop.party.acting, [told["attributedTo"]])[told["attributedTo"]]
        decision = {"id": f"int_{number}", "intention": told["id"], "own": False, "document": told}
        note(session, shop.party.acting, "intention.received", decision, peer=author)

    await shop.store.write(keep)
    if wanted:
        shop.party.follow(signing.FOLLOWER)
    return told


async def test_it_asks_signed_and_takes_what_comes(shop: Shop, peer: Peer) -> None:
    told = await received(shop, peer)
    peer.documents[told["id"]] = for_one(told, shop.party)
    assert await shop.asking.turn() is False
    assert (await shop.name())[1] == ["description"]
    (seen,) = peer.gets("/intentions/")
    assert shop.party.owner.rsa.id in str([seen.header("Signature"), seen.header("Signature-Input")])
    row = await shop.row(told["id"])
    assert row is not None
    assert row.due_at is None
    await shop.asking.turn()
    assert len(peer.gets("/intentions/")) == 1


async def test_it_asks_soon_after_it_is_wanted(shop: Shop, peer: Peer) -> None:
    task = asyncio.create_task(shop.asking.run())
    told = told_to_many(peer)
    peer.documents[told["id"]] = for_one(told, shop.party)
    await received(shop, peer, wanted=False)
    taken = asyncio.Event()
    shop.store.subscribe(lambda news: taken.set() if "intention.received" in news else None)
    await shop.store.write(lambda session: _want(session, shop, told["id"]))
    while (await shop.name())[1] == []:
        await taken.wait()
        taken.clear()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


def _want(session: Session, shop: Shop, iri: str) -> None:
    id = meet_all(session, shop.party.acting, [iri.replace("/intentions/int_1", "/actors/ada")])
    (peer,) = id.values()
    now = shop.party.clock.now
    own_copies.save_own_copy(
        session, OwnCopyRow(shop.party.iri, iri, peer.id, "x", CopyPurpose.SIGN, now, now)
    )


@pytest.mark.parametrize(
    ("answer", "again", "error", "code"),
    [
        (web.Response(status=404), False, NotFound, codes.NOT_FOUND),
        (web.Response(status=410), False, Gone, codes.GONE),
        (web.Response(status=500), True, Unreachable, codes.STATUS_UNEXPECTED),
        (redirect_to("http://10.0.0.1/intentions/int_1"), True, Unreachable, codes.REDIRECT_REFUSED),
        (
            redirect_to("https://elsewhere.example/intentions/int_1"),
            True,
            Unreachable,
            codes.REDIRECT_REFUSED,
        ),
    ],
    ids=["none", "gone", "broken", "to a private network", "to another server"],
)
async def test_what_is_no_answer_is_said_to_who_asked_and_asked_again_if_it_may_pass(
    answer: web.Response, again: bool, error: type[Exception], code: str, shop: Shop, peer: Peer
) -> None:
    told = await received(shop, peer)
    peer.answer = lambda _: web.Response(status=answer.status, headers=answer.headers)
    await shop.asking.turn()
    row = await shop.row(told["id"])
    assert row is not None
    assert (row.tries, row.due_at is not None) == (1, again)
    with pytest.raises(error) as refused:
        await shop.asking.ask(shop.party.acting, "int_1")
    assert getattr(refused.value, "code", "") == code
    assert await shop.name() == ("Vehicles and bicycles", [])


async def test_what_is_not_to_be_believed_is_not_taken(shop: Shop, peer: Peer, serve: ServePeer) -> None:
    told, other = await received(shop, peer), await serve()
    peer.documents[told["id"]] = for_one(told, shop.party) | {"attributedTo": f"{other.origin}/actors/ada"}
    await shop.asking.turn()
    row = await shop.row(told["id"])
    assert row is not None
    assert row.due_at is None
    with pytest.raises(Unreachable, match="wrong-author"):
        await shop.asking.ask(shop.party.acting, "int_1")
    assert await shop.name() == ("Vehicles and bicycles", [])


async def test_by_hand_it_asks_once_and_then_there_is_nothing_to_ask(shop: Shop, peer: Peer) -> None:
    told = await received(shop, peer, wanted=False)
    peer.documents[told["id"]] = for_one(told, shop.party)
    for _ in range(2):
        await shop.asking.ask(shop.party.acting, "int_1")
    assert len(peer.gets("/intentions/")) == 1
    assert (await shop.name())[1] == ["description"]


async def test_who_has_signed_and_waits_does_without_an_answer(shop: Shop, peer: Peer) -> None:
    told = await received(shop, peer, wanted=False)
    peer.documents[told["id"]] = for_one(told, shop.party)
    await shop.asking.ask(shop.party.acting, "int_1")
    await shop.store.write(lambda session: signing.undertake(session, shop.party.acting, "int_1"))
    peer.documents[told["id"]] = for_one(told, shop.party) | {"type": "Note"}
    await shop.asking.ask(shop.party.acting, "int_1")
    del peer.documents[told["id"]]
    peer.answer = lambda _: web.Response(status=500)
    await shop.asking.ask(shop.party.acting, "int_1")
    assert len(peer.gets("/intentions/")) == 3


async def test_a_mistake_of_our_own_holds_up_nobody(shop: Shop, peer: Peer, client: Client) -> None:
    told = await received(shop, peer)
    await client.close()  # asking it now is one
    await shop.asking.turn()
    row = await shop.row(told["id"])
    assert row is not None
    assert (row.tries, row.due_at is not None) == (1, True)


async def test_a_few_at_a_time(shop: Shop, peer: Peer) -> None:
    for number in range(1, BATCH + 2):
        await received(shop, peer, number)
    peer.answer = lambda _: web.Response(status=404)
    assert await shop.asking.turn() is True
    assert len(peer.gets("/intentions/")) == BATCH
    assert await shop.asking.turn() is False


async def test_what_nobody_wants_any_more_is_forgotten(shop: Shop, peer: Peer) -> None:
    told = await received(shop, peer)
    shop.party.do(terms.change, {"undertake": "never"})
    row = await shop.row(told["id"])
    assert row is not None
    gone = replace(row, actor="https://bikes.example/actors/gone")
    await shop.store.write(lambda session: own_copies.save_own_copy(session, gone))
    await shop.asking.turn()
    assert await shop.row(told["id"]) is None
    assert await shop.store.read(lambda s: own_copies.load_own_copy(s, gone.actor, told["id"])) is None
    assert peer.gets("/intentions/") == []
