"""What one look tells of a sender is what is told by asking each table for itself."""

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from node.core.quotas import Extent, Share, Use
from node.storage import offers, peer_keys, peers, quotas, receipts
from node.storage.offers import KEPT_STATES, OfferRow
from node.storage.peer_keys import KeyState, PeerKeyRow
from node.storage.peers import FollowDirection, FollowState
from node.storage.receipts import ReceiptRow
from node.storage.senders import SenderRow, load_sender
from node.storage.sqlite.database import open_database
from node.storage.sqlite.session import SqliteSession
from protocol.negotiation import Party, State
from tests.storage import rows
from tests.storage.blank import blank
from tests.storage.rows import ADA, BOB, NOW, SHOP, THEM, at

ORIGIN, ACTIVITY, FRAGMENT = "https://b.example", "https://b.example/activities/1", "z6MkOne"
OTHER = "peer_2"
OURS: dict[Extent, str] = {Extent.PEER: THEM, Extent.ORIGIN: ORIGIN, Extent.STRANGERS: ""}
WHO: dict[Extent | None, str] = {None: OTHER} | OURS

actors, whom = st.sampled_from([ADA, BOB]), st.sampled_from([THEM, OTHER])
uses = st.builds(
    Use,
    bytes=st.floats(0, 1e9),
    at=st.floats(0, 1e4).map(at),
    told_at=st.none() | st.floats(0, 1e4).map(at),
)
offered = st.tuples(
    actors,
    whom,
    st.sampled_from(KEPT_STATES),
    st.sampled_from([Party.OFFERER, Party.OFFEREE]),
    st.integers(1, 2),
)


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SqliteSession]:
    with open_database(blank(tmp_path_factory.mktemp("senders") / "node.db")) as db:
        db.run("BEGIN")
        yield db
        db.run("ROLLBACK")


@given(
    st.lists(st.tuples(actors, st.sampled_from([SHOP, f"{SHOP}2"])), unique=True),
    st.lists(st.tuples(actors, whom, st.sampled_from([FRAGMENT, "z6MkTwo"]), st.sampled_from(KeyState))),
    st.lists(offered, max_size=3),
    st.lists(st.tuples(actors, whom, st.sampled_from(FollowDirection))),
    st.lists(st.tuples(actors, st.sampled_from([ACTIVITY, f"{ACTIVITY}2"])), unique=True),
    st.lists(st.tuples(actors, st.sampled_from([*WHO]), uses)),
)
def test_one_look_tells_what_many_tell(
    empty: SqliteSession,
    known: list[tuple[str, str]],
    keys: list[tuple[str, str, str, KeyState]],
    negotiations: list[tuple[str, str, State, Party, int]],
    follows: list[tuple[str, str, FollowDirection]],
    taken: list[tuple[str, str]],
    used: list[tuple[str, Extent | None, Use]],
) -> None:
    empty.run("SAVEPOINT example")
    for actor, address in known:
        id = THEM if address == SHOP else OTHER
        peers.save_peer(empty, rows.peer(actor=actor, id=id, address=address))
    for actor, peer, fragment, thought in keys:
        peer_keys.save_key(empty, PeerKeyRow(actor, peer, fragment, thought, NOW))
    for number, (actor, peer, state, role, rounds) in enumerate(negotiations):
        offers.save_offer(
            empty, rows.offer(number, actor=actor, peer=peer, state=state, role=role, rounds=rounds)
        )
    for actor, peer, direction in follows:
        follow = rows.follow(actor=actor, peer=peer, direction=direction, state=FollowState.ACCEPTED)
        peers.save_follow(empty, follow)
    for actor, activity in taken:
        receipts.add_receipt(empty, ReceiptRow(activity, actor, f"zQm {activity}", 202, NOW))
    for actor, extent, use in used:
        share = Share(scope=extent or Extent.PEER, who=WHO[extent], allowance=1)
        quotas.save_uses(empty, actor, {share: use})
    one = load_sender(empty, ADA, SHOP, origin=ORIGIN, activity=ACTIVITY, fragment=FRAGMENT)
    many = one_by_one(empty, [row for row in rows_of(empty) if row.peer == THEM])
    empty.run("ROLLBACK TO example")
    assert one == many


def one_by_one(db: SqliteSession, negotiations: list[OfferRow]) -> SenderRow:
    """Ask each table for itself."""
    peer = peers.load_peer_at(db, ADA, SHOP)
    id = "" if peer is None else peer.id
    receipt = receipts.load_receipt(db, ACTIVITY, ADA)
    keys = peer_keys.keys_of(db, ADA, id)
    shares = {extent: Share(scope=extent, who=who, allowance=1) for extent, who in OURS.items()}
    if peer is None:
        del shares[Extent.PEER]
    found = {extent: quotas.load_use(db, ADA, share) for extent, share in shares.items()}
    return SenderRow(
        taken=None if receipt is None else receipt.digest,
        peer=peer,
        has_keys=bool(keys),
        key=keys.get(FRAGMENT),
        agreed=offers.has_agreed(db, ADA, id),
        answered=peer is not None and any(map(is_answer, negotiations)),
        followed=peers.load_follow(db, ADA, id, FollowDirection.FOLLOWING) is not None,
        uses={extent: use for extent, use in found.items() if use is not None},
    )


def rows_of(db: SqliteSession) -> list[OfferRow]:
    return offers.offers_by_id(db, ADA, [f"of_{number}" for number in range(3)])


def is_answer(row: OfferRow) -> bool:
    return row.role is Party.OFFERER or row.rounds > 1 or row.state in (State.COUNTERED, State.REJECTED)
