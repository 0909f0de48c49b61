"""Readings over HTTP: who is turned away, what is not there, and who comes too often."""

import asyncio
from dataclasses import replace
from itertools import count

import pytest

from node.core.quotas import Extent, Share, Use
from node.services.grants.projecting import ANSWERED, TURNED_AWAY
from node.services.ledger.quotas import SPENT
from node.storage import agreements, grants, journal, offers, peers, quotas
from node.storage.agreements import AgreementState
from node.storage.session import Session
from node.web.edge.rates import Buckets
from protocol.grants import render_grant
from tests.protocol.test_grants import GRANT
from tests.storage import rows
from tests.web.house import Answer, House, Peer

pytestmark = pytest.mark.asyncio(loop_scope="module")

_numbers = count()


def address(house: House) -> str:
    """Return an address of a grant that is not there, another each time: no signature is that of another."""
    return f"{house.origin}/grants/grt_{next(_numbers):026d}/data"


def alike(answer: Answer) -> tuple[int, bytes, dict[str, str]]:
    return answer.status, answer.body, {k: v for k, v in answer.headers.items() if k != "Date"}


async def entries(house: House) -> int:
    kinds = [TURNED_AWAY]
    found = await house.runtime.store.read(lambda db: journal.entries_of(db, house.iri, kinds=kinds))
    return len(found)


async def test_who_does_not_sign_is_turned_away_and_leaves_nothing(house: House) -> None:
    before = await entries(house)
    answer = await house.get(address(house).removeprefix(house.origin))
    assert (answer.status, answer.code) == (401, "unauthenticated")
    assert await entries(house) == before


async def test_what_is_not_there_is_the_one_404_and_on_record(house: House, shop: Peer) -> None:
    before = await entries(house)
    nowhere = alike(await house.get("/undertakings/und_none"))
    for iri in (
        address(house),
        f"{address(house)}/email",
        f"{address(house)}/no%20name",
        f"{address(house)}?x=1",
    ):
        assert alike(await shop.fetch(house, iri)) == nowhere
    # What is spelt in another way is no address at all, and nobody looked who had signed.
    assert await entries(house) == before + 3


async def test_one_reader_who_comes_too_often_waits(house: House, shop: Peer) -> None:
    kept = house.runtime.readers
    house.runtime.readers = Buckets(per_second=0.001, burst=1)
    try:
        assert (await shop.fetch(house, address(house))).status == 404
        before = await entries(house)
        late = await shop.fetch(house, address(house))
        assert (late.status, late.code) == (429, "too-many-requests")
        assert int(late.headers["Retry-After"]) > 0
        assert await entries(house) == before
    finally:
        house.runtime.readers = kept


async def test_who_has_used_up_what_is_kept_of_them_waits_and_the_owner_is_told_once(
    house: House, shop: Peer
) -> None:
    iri = f"{house.origin}/grants/grt_{next(_numbers):026d}"
    reader = rows.peer(7_001, actor=house.iri, address=shop.iri)
    offer = rows.offer(7_001, actor=house.iri, peer=reader.id)
    stands = {"state": AgreementState.CONCLUDED, "offer": offer.id}
    agreed = rows.agreement(7_001, actor=house.iri, peer=reader.id, **stands)
    kept = replace(GRANT, iri=iri, customer=house.iri, business=shop.iri, agreement=agreed.iri)
    granted = rows.grant(7_001, actor=house.iri, iri=iri, peer=reader.id, agreement=agreed.iri, ends_at=None)
    share = Share(scope=Extent.PEER, who=reader.id, allowance=1)
    use = Use(bytes=1e15, at=house.runtime.clock())

    def fill(db: Session) -> None:
        peers.save_peer(db, reader)
        offers.save_offer(db, offer)
        agreements.save_agreement(db, agreed)
        grants.save_grant(db, replace(granted, document=render_grant(kept)))

    await house.runtime.store.write(fill)
    answered = await shop.fetch(house, f"{iri}/data/email")
    assert answered.status == 200
    await house.runtime.store.write(lambda db: quotas.save_uses(db, house.iri, {share: use}))
    for name in ("data", "data/name"):
        late = await shop.fetch(house, f"{iri}/{name}")
        assert (late.status, late.code) == (429, "quota-spent")
        assert int(late.headers["Retry-After"]) >= 60
    kinds = [ANSWERED, SPENT]
    found = await house.runtime.store.read(lambda db: journal.entries_of(db, house.iri, kinds=kinds))
    assert [each.entry.kind for each in found] == kinds


async def test_one_grant_is_read_once_at_a_time(house: House, shop: Peer) -> None:
    agreed = rows.agreement(actor=house.iri, state=AgreementState.CONCLUDED)
    iri = f"{shop.origin}/grants/grt_1"
    grant = rows.grant(123456, actor=house.iri, iri=iri, own=False, agreement=agreed.iri, ends_at=None)

    def save(db: Session) -> None:
        offers.save_offer(db, rows.offer(actor=house.iri))
        agreements.save_agreement(db, agreed)
        grants.save_grant(db, grant)

    await house.runtime.store.write(save)
    shop.gone, shop.patience = True, 0.2
    reading = [
        house.owner("POST", f"/ledger/{id}/read", {}) for id in ("grt_123456", "grt_12345", "grt_123456")
    ]
    answers = await asyncio.gather(*reading)
    assert {answer.code for answer in answers} == {"read-refused"}
    assert (shop.fetches, shop.most_at_once) == (3, 1)
