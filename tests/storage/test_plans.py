"""No question that is asked often reads a whole table: SQLite's plan for each has an index."""

from collections.abc import Callable

import pytest

from node.core.entries import Direction
from node.storage import (
    actors,
    agreements,
    cache,
    chains,
    deliveries,
    editions,
    ids,
    intentions,
    journal,
    messages,
    offers,
    payloads,
    peers,
    profiles,
    receipts,
    refusals,
    stock,
    tokens,
)
from node.storage.deliveries import DeliveryState
from node.storage.peers import FollowDirection, FollowState
from node.storage.sqlite.session import SqliteSession
from tests.storage import rows
from tests.storage.rows import ADA, NOW, SHOP, WISH

Ask = Callable[[SqliteSession], object]

ASKED_OFTEN: list[Ask] = [
    lambda db: journal.append(db, rows.entry()),
    lambda db: journal.head(db, ADA),
    journal.last_number,
    journal.last_at,
    lambda db: list(journal.entries(db, after=3)),
    lambda db: journal.entries_of(db, ADA, after=3, limit=5),
    lambda db: journal.entries_of(db, ADA, after=3, kinds=["offer"]),
    lambda db: journal.entries_with(db, bytes(32)),
    lambda db: journal.place_of(db, 3),
    lambda db: journal.load_entry(db, 1),
    lambda db: journal.load_entries(db, [1, 2]),
    lambda db: journal.load_entry_about(db, SHOP, direction=Direction.OUT),
    chains.verify,
    lambda db: editions.begin_edition(db, "ed_2", at=NOW),
    lambda db: editions.common_place(db, ADA, "ed_1", 3),
    lambda db: payloads.purge_payload(db, bytes(32), why="", at=NOW),
    payloads.list_purges,
    lambda db: actors.load_actor_by_handle(db, "ada"),
    lambda db: actors.current_key(db, ADA, "rsa"),
    lambda db: actors.list_keys(db, ADA),
    lambda db: intentions.load_intention(db, ADA, "int_1"),
    lambda db: intentions.load_intention_by_iri(db, ADA, WISH),
    lambda db: intentions.intentions_by_iri(db, ADA, [WISH, SHOP]),
    lambda db: intentions.load_own_intention(db, WISH),
    lambda db: intentions.list_intentions(db, ADA, own=True, cursor="int_1"),
    lambda db: intentions.due_intentions(db, NOW),
    intentions.next_deadline,
    lambda db: intentions.count_open_of(db, ADA, SHOP),
    lambda db: offers.load_offer(db, ADA, "of_1"),
    lambda db: offers.load_offer_by_negotiation(db, ADA, SHOP),
    lambda db: offers.load_offer_by_move(db, ADA, SHOP),
    lambda db: offers.list_offers(db, ADA, cursor="of_1"),
    lambda db: offers.list_offers(db, ADA, intention=WISH, cursor="of_1"),
    lambda db: offers.offers_for_intention(db, ADA, WISH),
    lambda db: offers.count_offers(db, ADA, WISH),
    lambda db: offers.count_offers_of(db, ADA, [WISH, SHOP]),
    lambda db: offers.standing_rivals(db, ADA, WISH, after=(NOW, "of_1"), limit=2),
    lambda db: offers.moves_by_iri(db, ADA, [SHOP, WISH]),
    lambda db: offers.count_offers_of_peer(db, ADA, SHOP, intention=WISH),
    lambda db: offers.count_open_with_peer(db, ADA, SHOP),
    lambda db: offers.count_by_state(db, ADA),
    lambda db: offers.due_offers(db, NOW),
    offers.next_expiry,
    lambda db: offers.save_move(db, rows.move(7)),
    lambda db: offers.list_moves(db, "of_1"),
    lambda db: agreements.load_agreement(db, ADA, "agr_1"),
    lambda db: agreements.load_agreement_by_iri(db, ADA, SHOP),
    lambda db: agreements.load_agreements_at(db, SHOP),
    lambda db: agreements.load_agreement_by_offer(db, ADA, "of_1"),
    lambda db: agreements.agreements_by_offer(db, ADA, ["of_1", "of_2"]),
    lambda db: agreements.living_agreement(db, ADA, WISH),
    lambda db: agreements.list_agreements(db, ADA, cursor="agr_1"),
    lambda db: agreements.leaving_agreements(db, NOW),
    agreements.next_leaving,
    lambda db: messages.list_messages(db, "of_1"),
    lambda db: messages.count_messages(db, "of_1"),
    lambda db: peers.peers_by_iri(db, ADA, [SHOP, WISH]),
    lambda db: peers.is_blocked(db, ADA, SHOP),
    lambda db: peers.list_peers(db, ADA),
    lambda db: peers.load_follow_by_activity(db, ADA, SHOP),
    lambda db: peers.list_follows(db, ADA, FollowDirection.FOLLOWER, state=FollowState.ACCEPTED),
    lambda db: peers.follower_iris(db, ADA),
    lambda db: profiles.load_profile(db, ADA),
    lambda db: receipts.load_receipt(db, SHOP, ADA),
    lambda db: deliveries.deliveries_of(db, ADA, [SHOP, WISH]),
    lambda db: deliveries.cancel_activities(db, ADA, SHOP, [WISH], at=NOW, error=""),
    lambda db: deliveries.due_deliveries(db, NOW),
    lambda db: deliveries.settle_delivery(db, "dlv_1", DeliveryState.DELIVERED, at=NOW),
    lambda db: deliveries.settle_delivered(db, ["dlv_1"], at=NOW, status=202),
    lambda db: deliveries.postpone_delivery(db, "dlv_1", due_at=NOW),
    lambda db: deliveries.next_due(db, NOW),
    lambda db: deliveries.still_waiting(db, [rows.delivery()]),
    lambda db: deliveries.load_origins(db, [SHOP]),
    lambda db: deliveries.list_deliveries(db, ADA, cursor="dlv_1"),
    lambda db: cache.load_remote_actor(db, SHOP),
    lambda db: cache.load_addresses(db, [SHOP]),
    lambda db: cache.remember_replay(db, b"one", expires_at=NOW),
    lambda db: tokens.load_token(db, "secret-1"),
    lambda db: tokens.load_answer(db, "k", "tok_1"),
    lambda db: tokens.forget_answers(db, before=NOW),
    lambda db: stock.load_item(db, ADA, "bike"),
    lambda db: stock.list_items(db, ADA),
    lambda db: stock.reserve(db, ADA, offer="of_1", sku="bike", quantity=1),
    lambda db: stock.sell(db, "of_1"),
    lambda db: refusals.add_refusal(db, at=NOW, code="code", detail="No."),
    lambda db: refusals.list_refusals(db, before=9),
    lambda db: ids.resolve_id(db, "offers", ADA, "of_1"),
    lambda db: ids.resolve_id(db, "intentions", ADA, "int_1"),
]


LISTED: list[Ask] = [
    lambda db: intentions.list_intentions(db, ADA, cursor="int_1"),
    lambda db: offers.list_offers(db, ADA, cursor="of_1"),
    lambda db: offers.list_offers(db, ADA, intention=WISH),
    lambda db: agreements.list_agreements(db, ADA),
    lambda db: deliveries.list_deliveries(db, ADA),
    lambda db: deliveries.due_deliveries(db, NOW),
    lambda db: offers.list_moves(db, "of_1"),
    lambda db: messages.list_messages(db, "of_1"),
    lambda db: journal.entries_of(db, ADA, after=3, kinds=["offer"]),
    lambda db: [*journal.entries(db, after=3)],
]


def names_of(asks: list[Ask]) -> list[str]:
    """Name each by a number and the function asked, which is mostly the last name in a lambda."""
    names = [ask.__code__.co_names[-1] if ask.__name__ == "<lambda>" else ask.__name__ for ask in asks]
    return [f"{number}-{name}" for number, name in enumerate(names)]


@pytest.fixture
def filled(db: SqliteSession) -> SqliteSession:
    actors.save_actor(db, rows.actor())
    intentions.save_intention(db, rows.intention())
    offers.save_offer(db, rows.offer())
    agreements.save_agreement(db, rows.agreement())
    deliveries.queue_delivery(db, rows.delivery())
    stock.replace_items(db, ADA, [rows.item()])
    return db


def plans(db: SqliteSession, ask: Ask) -> list[str]:
    asked: list[str] = []
    db.conn.set_trace_callback(asked.append)
    ask(db)
    db.conn.set_trace_callback(None)
    return [
        f"{step[3]} <- {statement}"
        for statement in asked
        if not statement.startswith("--")
        for step in db.conn.execute(f"EXPLAIN QUERY PLAN {statement}")
    ]


@pytest.mark.parametrize("ask", ASKED_OFTEN, ids=names_of(ASKED_OFTEN))
def test_no_plan_reads_a_whole_table(filled: SqliteSession, ask: Ask) -> None:
    scans = [
        plan for plan in plans(filled, ask) if plan.startswith("SCAN") and "SCAN CONSTANT ROW" not in plan
    ]
    assert [scan for scan in scans if not only_the_end(scan)] == []


def only_the_end(scan: str) -> bool:
    """Tell whether a scan stops at its first row because an index has them in order."""
    return (
        scan.endswith("DESC LIMIT 1")
        or "max(number)" in scan
        or "max(entry)" in scan
        or "min(" in scan
        or "max(id)" in scan
    )


@pytest.mark.parametrize("ask", LISTED, ids=names_of(LISTED))
def test_a_page_is_read_in_order_and_not_sorted(filled: SqliteSession, ask: Ask) -> None:
    assert [plan for plan in plans(filled, ask) if "USE TEMP B-TREE FOR ORDER BY" in plan] == []


def test_a_whole_table_would_be_noticed(filled: SqliteSession) -> None:
    found = plans(filled, lambda db: db.conn.execute("SELECT * FROM offers WHERE head = 'x'"))
    assert [plan for plan in found if plan.startswith("SCAN")]
