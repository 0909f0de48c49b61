"""No statement reads more as a table grows: SQLite's plan for each leads to what it wants by an index.

The tests of the services, of the web and of the delivery plan every statement they issue as well.
"""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from node.core.assortments import Search, Sought
from node.core.entries import Direction
from node.core.intentions import IntentionState
from node.core.losses import LossReason, days_looked_back
from node.core.notices import NoticeKind
from node.core.quotas import Extent, Share, Use
from node.core.records import RecordKind
from node.storage import (
    accesses,
    actors,
    agreements,
    assortments,
    cache,
    calendars,
    chains,
    crm,
    deliveries,
    editions,
    faces,
    fanouts,
    glimpses,
    grants,
    holdings,
    ids,
    intentions,
    journal,
    losses,
    messages,
    notices,
    offers,
    own_copies,
    payloads,
    peer_keys,
    peers,
    profiles,
    quarantine,
    quotas,
    receipts,
    refusals,
    reminders,
    senders,
    stock,
    tokens,
    told,
    undertakings,
)
from node.storage.agreements import AgreementState
from node.storage.crm import CallState, ConflictReason
from node.storage.deliveries import DeliveryState
from node.storage.moves import list_moves, moves_by_iri, save_move, stand_since
from node.storage.origins import load_origins
from node.storage.sqlite.database import open_database
from node.storage.sqlite.driver import sqlite3
from node.storage.sqlite.session import SqliteSession
from protocol.grants import GrantState
from protocol.negotiation import Party, State
from tests.storage import rows
from tests.storage.blank import blank
from tests.storage.plans import every_plan_checked, growing_steps, steps
from tests.storage.rows import ADA, NOW, SHOP, THEM, WISH

Ask = Callable[[SqliteSession], object]

SHARE, USE = Share(scope=Extent.PEER, who=THEM, allowance=1), Use(bytes=1.0, at=NOW)
RED, LIGHT = Sought("colour", "", ("=red",)), Sought("weight", "kg", (), 0, 15_000_000)
BIKE = Sought("bike", "", ("is",))
SEARCH = Search(
    currency="EUR", kind=(BIKE,), musts=(BIKE, RED, LIGHT), wishes=(), millionths=1_000_000, lead_days=9
)

ASKED_OFTEN: list[Ask] = [
    lambda db: journal.append(db, rows.entry()),
    lambda db: journal.head(db, ADA),
    journal.last_number,
    journal.last_at,
    lambda db: list(journal.entries(db, after=3)),
    lambda db: journal.entries_of(db, ADA, after=3, limit=5),
    lambda db: journal.entries_of(db, ADA, after=3, kinds=["offer"]),
    lambda db: list(journal.latest_of(db, ADA, kind="offer", among=9, about=THEM, most=5)),
    lambda db: journal.next_numbers(db, ADA, after=3, kinds=["offer", "accept"], limit=5),
    lambda db: journal.last_decision(db, ADA, "offer"),
    lambda db: journal.entries_with(db, bytes(32)),
    lambda db: journal.link_at(db, ADA, 3),
    lambda db: journal.load_entry(db, 1),
    lambda db: journal.load_entries(db, [1, 2]),
    lambda db: journal.load_entry_about(db, SHOP, direction=Direction.OUT),
    chains.verify,
    lambda db: editions.begin_edition(db, "ed_2", at=NOW),
    lambda db: editions.common_place(db, ADA, "ed_1", 3),
    lambda db: payloads.purge_payload(db, bytes(32), why="", at=NOW),
    lambda db: actors.list_keys(db, ADA),
    lambda db: intentions.load_intention(db, ADA, "int_1"),
    lambda db: intentions.load_intention_by_iri(db, ADA, WISH),
    lambda db: intentions.intentions_by_iri(db, ADA, [WISH, SHOP]),
    lambda db: intentions.load_own_intention(db, WISH),
    lambda db: intentions.list_intentions(db, ADA, own=True, cursor="int_1"),
    lambda db: intentions.due_intentions(db, NOW),
    intentions.next_deadline,
    lambda db: intentions.count_open_of(db, ADA, THEM),
    lambda db: intentions.open_intentions_of(db, ADA, THEM, limit=9),
    lambda db: intentions.names_of(db, ADA, [WISH, SHOP]),
    lambda db: offers.load_offer(db, ADA, "of_1"),
    lambda db: offers.load_offer_by_negotiation(db, ADA, SHOP),
    lambda db: offers.load_offer_by_move(db, ADA, SHOP),
    lambda db: offers.list_amendments(db, ADA, "https://x.example/agreements/agr_1", cursor="of_1"),
    lambda db: offers.proposed_amendments(db, ADA, limit=25),
    lambda db: offers.is_changed_by(db, ADA, "https://x.example/agreements/agr_1", peer=THEM),
    lambda db: glimpses.named_proposals(db, ADA, limit=25),
    lambda db: glimpses.standing_offers(db, ADA, WISH, limit=9),
    lambda db: glimpses.held_acceptances(db, ADA, now=NOW, limit=9),
    lambda db: offers.has_signed_change(db, ADA, "https://x.example/agreements/agr_1"),
    lambda db: deliveries.notices_behind(db, rows.delivery(7)),
    lambda db: journal.newest_about_notices(db, ADA, "move.refused", among=9, limit=9),
    lambda db: offers.offers_to(db, ADA, THEM, limit=9),
    lambda db: offers.ending_offers(db, ADA, after=NOW, limit=9),
    lambda db: agreements.owed_agreements(db, ADA, state=AgreementState.CONCLUDED, limit=9),
    lambda db: agreements.dated_agreements(db, ADA, after=NOW, limit=9),
    lambda db: intentions.open_intentions_of(db, ADA, THEM, limit=9),
    lambda db: peer_keys.held_among(db, ADA, [THEM]),
    lambda db: peer_keys.peers_with_held(db, ADA, limit=9),
    lambda db: offers.offers_with(db, ADA, THEM, role=Party.OFFERER, limit=9),
    lambda db: peers.asking_to_follow(db, ADA, limit=9),
    lambda db: peers.blocked_among(db, ADA, [THEM]),
    lambda db: notices.count_notices(db, ADA, "ch_1", NoticeKind.OFFER, most=9),
    lambda db: notices.begun_notices(db, ADA, "ch_1"),
    lambda db: notices.due_notices(db, ADA, "ch_1", NOW, beyond=NOW, limit=9),
    lambda db: notices.next_notice(db, ADA, "ch_1"),
    lambda db: notices.has_notices(db, ADA, "of_1", person="ada"),
    lambda db: notices.drop_notices(db, ADA, "of_1", person="ada"),
    lambda db: notices.delete_channel(db, ADA, "ch_1"),
    lambda db: reminders.due_reminders(db, NOW, limit=9),
    reminders.next_reminder,
    lambda db: faces.due_faces(db, NOW, limit=9),
    lambda db: faces.is_dealt_with(db, SHOP),
    lambda db: faces.load_picture(db, "x"),
    lambda db: calendars.find_calendar(db, bytes(32)),
    lambda db: offers.list_offers(db, ADA, cursor="of_1"),
    lambda db: offers.list_offers(db, ADA, intention=WISH, cursor="of_1"),
    lambda db: offers.count_offers(db, ADA, WISH),
    lambda db: offers.count_offers_of(db, ADA, [WISH, SHOP]),
    lambda db: offers.open_rivals(db, ADA, WISH, after=(NOW, "of_1"), limit=2),
    lambda db: glimpses.named_offers(db, ADA, role=Party.OFFERER, state=State.OFFERED, limit=9),
    lambda db: offers.offers_to(db, ADA, THEM, limit=9),
    lambda db: offers.ending_offers(db, ADA, after=NOW, limit=9),
    lambda db: losses.save_loss(db, rows.loss(7)),
    lambda db: losses.delete_loss(db, ADA, "of_7"),
    lambda db: losses.end_with_wish(db, ADA, WISH, since=NOW),
    lambda db: losses.list_losses(db, ADA, cursor="of_1"),
    lambda db: losses.list_losses(db, ADA, peer=THEM, cursor="of_1"),
    lambda db: losses.list_losses(db, ADA, peer=THEM, reason=LossReason.TERMS, cursor="of_1"),
    lambda db: losses.count_losses(db, ADA, days_looked_back(NOW)),
    lambda db: losses.count_losses_of(db, ADA, THEM, days_looked_back(NOW)),
    lambda db: moves_by_iri(db, ADA, [SHOP, WISH]),
    lambda db: offers.count_with_peer(db, ADA, THEM, intention=WISH, negotiation=SHOP),
    lambda db: offers.count_rivals(db, ADA, WISH, origin="https://shop.example", had=5, open=5),
    lambda db: offers.has_agreed(db, ADA, THEM),
    lambda db: senders.load_sender(db, ADA, SHOP, origin=SHOP, activity=SHOP, fragment="z6Mk"),
    lambda db: quotas.save_uses(db, ADA, {SHARE: USE}),
    lambda db: quotas.load_use(db, ADA, SHARE),
    lambda db: stock.count_held(db, ADA, "bike", origin="https://shop.example"),
    lambda db: stock.count_countered(db, ADA, origin="https://shop.example", since=NOW, most=4),
    lambda db: quarantine.holds_any(db, ADA),
    lambda db: quarantine.quarantined_negotiation(db, ADA, SHOP),
    lambda db: quarantine.count_quarantined_of(db, ADA, THEM, intention=WISH, besides=SHOP),
    lambda db: offers.count_by_state(db, ADA, role=Party.OFFERER),
    lambda db: offers.list_offers(db, ADA, state=State.OFFERED),
    lambda db: offers.list_offers(db, ADA, role=Party.OFFERER, cursor="of_1"),
    lambda db: offers.list_offers(db, ADA, role=Party.OFFERER, state=State.OFFERED),
    lambda db: stand_since(db, ["of_1", "of_2"]),
    lambda db: offers.unanswered_offers(db, ADA, after=offers.BEFORE_ALL, until=NOW, limit=9),
    lambda db: offers.next_unanswered(db, ADA, after=offers.Place("2026", "of_1")),
    lambda db: offers.due_offers(db, NOW),
    offers.next_expiry,
    lambda db: save_move(db, rows.move(7)),
    lambda db: list_moves(db, "of_1"),
    lambda db: agreements.load_agreement(db, ADA, "agr_1"),
    lambda db: agreements.load_agreement_by_iri(db, ADA, SHOP),
    lambda db: agreements.load_agreements_at(db, SHOP),
    lambda db: agreements.load_agreement_by_offer(db, ADA, "of_1"),
    lambda db: agreements.agreements_by_offer(db, ADA, ["of_1", "of_2"]),
    lambda db: agreements.living_agreement(db, ADA, WISH),
    lambda db: agreements.is_met(db, ADA, WISH),
    lambda db: agreements.met_by(db, ADA, WISH),
    lambda db: agreements.agreements_of_offer(db, ADA, "of_1"),
    lambda db: agreements.list_agreements(db, ADA, state=AgreementState.ENDED),
    lambda db: agreements.list_agreements(db, ADA, cursor="agr_1"),
    lambda db: agreements.leaving_agreements(db, NOW),
    agreements.next_leaving,
    lambda db: agreements.lapsing_agreements(db, NOW),
    lambda db: agreements.dated_agreements(db, ADA, after=NOW, limit=9),
    agreements.next_lapsing,
    lambda db: messages.list_messages(db, "of_1"),
    lambda db: messages.newest_messages(db, "of_1", limit=9),
    lambda db: messages.count_messages(db, "of_1"),
    lambda db: peers.load_peer(db, ADA, THEM),
    lambda db: peers.load_peer_at(db, ADA, SHOP),
    lambda db: peers.peers_by_id(db, ADA, [THEM, "peer_2"]),
    lambda db: peers.peers_at(db, ADA, [SHOP, WISH]),
    lambda db: peers.save_peer(db, rows.peer(address="https://new.example/actors/shop")),
    lambda db: peers.list_peers(db, ADA),
    lambda db: peers.load_follow_by_activity(db, ADA, SHOP),
    lambda db: peers.load_follows(db, ADA, [THEM]),
    lambda db: peers.next_followers(db, ADA, limit=9),
    lambda db: peers.is_blocked_at(db, ADA, "https://shop.example"),
    lambda db: fanouts.next_fanout(db, ADA),
    lambda db: fanouts.is_under_way(db, ADA, 1),
    lambda db: offers.has_unsettled(db, ADA, WISH),
    lambda db: journal.last_place_about(db, ADA, "int_1", kind="intention.withdrawn"),
    lambda db: profiles.load_profile(db, ADA),
    lambda db: receipts.load_receipt(db, SHOP, ADA),
    lambda db: deliveries.deliveries_of(db, ADA, [SHOP, WISH]),
    lambda db: deliveries.cancel_activities(db, ADA, SHOP, [WISH], at=NOW, error=""),
    lambda db: undertakings.signers_of(db, ADA, WISH),
    lambda db: told.keep_last_told(db, ADA, WISH),
    lambda db: own_copies.due_own_copies(db, NOW, limit=9),
    lambda db: own_copies.count_own_copies(db, SHOP),
    lambda db: own_copies.forget_own_copies(db, before=NOW),
    lambda db: own_copies.delete_own_copy(db, rows.own_copy()),
    lambda db: grants.load_given(db, SHOP),
    lambda db: grants.load_grant_by_iri(db, ADA, SHOP),
    lambda db: grants.load_grant_by_activity(db, ADA, SHOP),
    lambda db: grants.list_grants(db, ADA, own=True, cursor="grt_1"),
    lambda db: grants.list_grants(db, ADA, own=False, state=GrantState.ACTIVE, cursor="grt_1"),
    lambda db: grants.grants_among(db, ADA, [SHOP]),
    lambda db: grants.active_under(db, ADA, WISH),
    lambda db: grants.held_from(db, ADA, "per_1"),
    lambda db: grants.given_at(db, ADA, NOW),
    lambda db: grants.due_grants(db, NOW),
    grants.next_end,
    lambda db: accesses.list_accesses(db, ADA, iri=None, before=9, limit=5),
    lambda db: accesses.list_accesses(db, ADA, iri="https://a.example/grants/grt_1", before=9, limit=5),
    lambda db: accesses.load_answer(db, ADA, SHOP),
    lambda db: accesses.forget_answers(db, ADA, SHOP),
    lambda db: accesses.load_refused_reads(db, ADA, THEM),
    lambda db: holdings.holdings_of(db, ADA, SHOP),
    lambda db: holdings.holdings_among(db, ADA, [SHOP]),
    lambda db: holdings.due_holdings(db, NOW),
    holdings.next_purge,
    lambda db: deliveries.due_deliveries(db, NOW),
    lambda db: deliveries.settle_delivery(db, "dlv_1", DeliveryState.DELIVERED, at=NOW),
    lambda db: deliveries.settle_delivered(db, ["dlv_1"], at=NOW, status=202),
    lambda db: deliveries.postpone_delivery(db, "dlv_1", due_at=NOW),
    lambda db: deliveries.next_due(db, NOW),
    lambda db: deliveries.still_waiting(db, [rows.delivery()]),
    lambda db: deliveries.mark_tried(db, ["dlv_1"]),
    lambda db: deliveries.queued_to_inbox(db, f"{SHOP}/inbox"),
    lambda db: deliveries.queued_to_recipient(db, SHOP),
    lambda db: load_origins(db, [SHOP]),
    lambda db: deliveries.list_deliveries(db, ADA, cursor="dlv_1"),
    lambda db: deliveries.list_deliveries(db, ADA, state=DeliveryState.REFUSED),
    deliveries.count_deliveries,
    lambda db: deliveries.count_deliveries(db, ADA),
    lambda db: deliveries.trim_deliveries(db, before=NOW, limit=9),
    lambda db: cache.load_remote_actor(db, SHOP),
    lambda db: cache.load_addresses(db, [SHOP]),
    lambda db: cache.remember_replay(db, b"one", expires_at=NOW),
    lambda db: tokens.load_token(db, "secret-1"),
    lambda db: tokens.load_answer(db, "k", "tok_1"),
    lambda db: tokens.forget_answers(db, before=NOW, most=9),
    tokens.void_answers,
    lambda db: assortments.load_item(db, ADA, "bike"),
    lambda db: assortments.list_items(db, ADA, after="bike"),
    lambda db: assortments.set_items(db, [rows.item(edition=9)]),
    lambda db: assortments.drop_items(db, ADA, before=9, limit=9),
    lambda db: assortments.count_older(db, ADA, 9, limit=9),
    lambda db: assortments.count_having(db, ADA, RED, limit=9),
    lambda db: assortments.count_having(db, ADA, LIGHT, limit=9),
    lambda db: assortments.items_having(db, ADA, LIGHT, SEARCH, limit=9),
    lambda db: assortments.has_item_having(db, ADA, LIGHT, SEARCH, limit=9),
    lambda db: assortments.next_on_sale(db, ADA, SEARCH, after=assortments.CHEAPEST, limit=9),
    lambda db: stock.reserve(db, ADA, offer="of_1", sku="bike", origin="https://b.example", quantity=1),
    lambda db: stock.sell(db, "of_1"),
    lambda db: refusals.add_refusal(db, at=NOW, code="code", detail="No."),
    lambda db: refusals.list_refusals(db, ADA, before=9),
    lambda db: ids.resolve_id(db, "offers", ADA, "of_1"),
    lambda db: ids.resolve_id(db, "intentions", ADA, "int_1"),
    lambda db: ids.resolve_id(db, "agreements", ADA, "agr_1"),
    lambda db: ids.resolve_id(db, "deliveries", ADA, "dlv_1"),
    lambda db: intentions.list_intentions(db, ADA, state=IntentionState.OPEN),
    lambda db: intentions.list_intentions(db, ADA, own=False, cursor="int_1"),
    lambda db: intentions.newest_of_others(db, ADA, limit=9),
    lambda db: intentions.intentions_by_id(db, ADA, ["int_1", "int_2"]),
    lambda db: crm.load_record(db, ADA, RecordKind.OPPORTUNITY, WISH),
    lambda db: crm.load_record_at(db, ADA, RecordKind.OPPORTUNITY, "7"),
    lambda db: crm.count_records(db, ADA),
    lambda db: crm.load_call(db, ADA, RecordKind.OPPORTUNITY, WISH),
    lambda db: crm.load_call_by_id(db, ADA, "cw_1"),
    lambda db: crm.due_calls(db, ADA, NOW, limit=9),
    lambda db: crm.next_call(db, ADA),
    lambda db: crm.first_calls(db, ADA, CallState.REFUSED, limit=9),
    lambda db: crm.list_calls(db, ADA, cursor="cw_1", limit=9),
    lambda db: crm.count_calls(db, ADA),
    lambda db: crm.conflicts_of(db, ADA, RecordKind.OPPORTUNITY, WISH, "7"),
    lambda db: crm.list_conflicts(db, ADA, reason=ConflictReason.DELETED, cursor="cf_1", limit=9),
    lambda db: crm.list_conflicts(db, ADA, reason=None, cursor=None, limit=9),
    lambda db: crm.has_conflicts(db, ADA, ConflictReason.DELETED),
    lambda db: crm.count_conflicts(db, ADA),
    lambda db: crm.delete_connection(db, ADA),
]


LISTED: list[Ask] = [
    lambda db: agreements.owed_agreements(db, ADA, state=AgreementState.CONCLUDED, limit=9),
    lambda db: intentions.list_intentions(db, ADA, own=True, state=IntentionState.OPEN),
    lambda db: offers.list_offers(db, ADA, role=Party.OFFERER, state=State.OFFERED),
    lambda db: agreements.list_agreements(db, ADA, state=AgreementState.ENDED),
    lambda db: deliveries.list_deliveries(db, ADA, state=DeliveryState.REFUSED),
    lambda db: offers.unanswered_offers(db, ADA, after=offers.BEFORE_ALL, until=NOW, limit=9),
    lambda db: assortments.next_on_sale(db, ADA, SEARCH, after=assortments.CHEAPEST, limit=9),
    lambda db: peers.next_followers(db, ADA, limit=9),
    lambda db: offers.list_offers(db, ADA, intention=WISH),
    lambda db: losses.list_losses(db, ADA, reason=LossReason.TERMS),
    lambda db: losses.list_losses(db, ADA, peer=THEM, reason=LossReason.TERMS),
    lambda db: glimpses.standing_offers(db, ADA, WISH, limit=9),
    lambda db: glimpses.named_offers(db, ADA, role=Party.OFFERER, state=State.OFFERED, limit=9),
    lambda db: offers.offers_to(db, ADA, THEM, limit=9),
    lambda db: offers.ending_offers(db, ADA, after=NOW, limit=9),
    lambda db: agreements.dated_agreements(db, ADA, after=NOW, limit=9),
    lambda db: intentions.open_intentions_of(db, ADA, THEM, limit=9),
    lambda db: intentions.newest_of_others(db, ADA, limit=9),
    lambda db: deliveries.due_deliveries(db, NOW),
    lambda db: grants.due_grants(db, NOW),
    lambda db: holdings.due_holdings(db, NOW),
    lambda db: deliveries.queued_to_recipient(db, SHOP),
    lambda db: list_moves(db, "of_1"),
    lambda db: messages.list_messages(db, "of_1"),
    lambda db: journal.entries_of(db, ADA, after=3, kinds=["offer"]),
    lambda db: [*journal.entries(db, after=3)],
]


def names_of(asks: list[Ask]) -> list[str]:
    """Name each by a number and the function asked, which is mostly the last name in a lambda."""
    names = [ask.__code__.co_names[-1] if ask.__name__ == "<lambda>" else ask.__name__ for ask in asks]
    return [f"{number}-{name}" for number, name in enumerate(names)]


@pytest.fixture(scope="module")
def rows_of_each_kind(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SqliteSession]:
    with open_database(blank(tmp_path_factory.mktemp("plans") / "node.db")) as db:
        fill(db)
        yield db


@pytest.fixture
def filled(rows_of_each_kind: SqliteSession) -> Iterator[SqliteSession]:
    """A file with a row of each kind; what a test changes in it is undone."""
    rows_of_each_kind.conn.execute("BEGIN")
    yield rows_of_each_kind
    rows_of_each_kind.conn.execute("ROLLBACK")


def fill(db: SqliteSession) -> None:
    actors.save_actor(db, rows.actor())
    peers.save_peer(db, rows.peer())
    intentions.save_intention(db, rows.intention())
    offers.save_offer(db, rows.offer())
    losses.save_loss(db, rows.loss())
    agreements.save_agreement(db, rows.agreement())
    grants.save_grant(db, rows.grant())
    accesses.save_access(db, rows.access())
    holdings.save_holding(db, rows.holding())
    deliveries.queue_delivery(db, rows.delivery())
    crm.save_record(db, rows.crm_record())
    crm.save_call(db, rows.crm_call())
    crm.save_conflict(db, rows.crm_conflict())
    stated = [{"property": "colour", "value": "red"}, {"property": "weight", "value": "12", "unit": "kg"}]
    rows.load_list(db, ADA, [rows.item(document={"name": "A bike", "lead_days": 2, "properties": stated})])


def plans(db: SqliteSession, ask: Ask) -> list[str]:
    """Return the steps of everything that is asked, as `step <- statement`."""
    return [f"{step} <- {sql}" for sql, values in asked(db, ask) for step in steps(db, sql, values)]


def asked(db: SqliteSession, ask: Ask) -> list[tuple[str, tuple[Any, ...]]]:
    """Return the statements that are issued, with their values."""
    noted: list[tuple[str, tuple[Any, ...]]] = []

    class Noting(SqliteSession):
        def one(self, sql: str, *values: Any) -> Any:
            noted.append((sql, values))
            return super().one(sql, *values)

        def all(self, sql: str, *values: Any) -> Any:
            noted.append((sql, values))
            return super().all(sql, *values)

        def run(self, sql: str, *values: Any) -> int:
            noted.append((sql, values))
            return super().run(sql, *values)

    ask(Noting(db.conn))
    return noted


@pytest.mark.parametrize("ask", ASKED_OFTEN, ids=names_of(ASKED_OFTEN))
def test_no_plan_reads_more_as_a_table_grows(filled: SqliteSession, ask: Ask) -> None:
    issued = asked(filled, ask)
    assert issued
    assert [(sql, found) for sql, values in issued if (found := growing_steps(filled, sql, values))] == []


@pytest.mark.parametrize("ask", LISTED, ids=names_of(LISTED))
def test_a_page_is_read_in_order_and_not_sorted(filled: SqliteSession, ask: Ask) -> None:
    assert [plan for plan in plans(filled, ask) if "USE TEMP B-TREE FOR ORDER BY" in plan] == []


@pytest.mark.parametrize("ask", [deliveries.due_deliveries, grants.due_grants, holdings.due_holdings])
def test_what_is_due_at_once_is_not_sorted_either(
    filled: SqliteSession, ask: Callable[[SqliteSession, datetime], object]
) -> None:
    # "FOR LAST 2 TERMS" sorts all that is due at the same second, before the first is told.
    assert [plan for plan in plans(filled, lambda db: ask(db, NOW)) if "USE TEMP B-TREE" in plan] == []


@pytest.mark.parametrize("ask", [deliveries.due_deliveries, deliveries.next_due])
def test_what_waits_in_a_line_is_not_read_before_the_first_has_made_way(
    filled: SqliteSession, ask: Callable[[SqliteSession, datetime], object]
) -> None:
    deliveries.postpone_delivery(filled, "dlv_1", due_at=NOW + timedelta(days=1), status=401)
    ask(filled, NOW)  # what it takes to compile is not counted
    read = []
    for numbers in (range(2, 3), range(3, 30), range(30, 300), range(300, 3_000)):
        for number in numbers:
            deliveries.queue_delivery(filled, rows.delivery(number))
        read.append(work(filled, lambda: ask(filled, NOW)))
    assert len(set(read)) == 1


def work(db: SqliteSession, ask: Callable[[], object]) -> int:
    """Count the instructions that the engine executes for what is asked."""
    executed: list[None] = []
    db.conn.set_progress_handler(lambda: executed.append(None), 1)  # returns None: go on
    try:
        ask()
    finally:
        db.conn.set_progress_handler(None, 1)
    return len(executed)


def test_nothing_is_compiled_anew_for_what_is_bound(filled: SqliteSession) -> None:
    asks = [*ASKED_OFTEN, *LISTED]
    again = dict(zip(names_of(asks), compiled_again(filled, asks), strict=True))
    assert [name for name, actions in again.items() if actions] == []


@pytest.mark.parametrize(
    ("sql", "value"),
    [
        ("SELECT id FROM offers LIMIT ?", 1),
        ("SELECT id FROM agreements WHERE actor = 'x' AND state = ? ORDER BY concluded_at", "ended"),
    ],
)
def test_what_is_compiled_anew_is_noticed(filled: SqliteSession, sql: str, value: Any) -> None:
    usual = sql.replace("LIMIT ?", "LIMIT ? + 0").replace("= ?", "IN (?)")
    one, other = compiled_again(filled, [lambda db: db.all(usual, value), lambda db: db.all(sql, value)])
    assert not one
    assert other or sqlite3.sqlite_version_info < (3, 53)  # 3.40 does not look at a limit; when that began?


def compiled_again(db: SqliteSession, asks: list[Ask]) -> list[int]:
    """Return how often the engine asks leave, as it does while it compiles, when each is asked again."""
    actions: list[int] = []

    def count(ask: Ask) -> int:
        db.conn.execute("SAVEPOINT again")
        actions.clear()
        ask(db)
        again = len(actions)
        db.conn.execute("ROLLBACK TO again")
        return again

    def note(action: int, *_names: object) -> int:
        actions.append(action)
        return 0  # SQLITE_OK

    db.conn.set_authorizer(note)
    counted = [(count(ask), count(ask))[1] for ask in asks]
    db.conn.set_authorizer(None)
    return counted


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM offers WHERE head = 'x'",
        "SELECT * FROM offers WHERE actor = 'x' AND head = 'x'",
        "SELECT count(*) FROM deliveries",
        "SELECT state, count(*) FROM deliveries WHERE actor = 'x' GROUP BY state",
        "SELECT kind, count(*) FROM crm_records WHERE actor = 'x' AND ignored = 0 GROUP BY kind",
        "DELETE FROM crm_records WHERE actor = 'x' AND ignored = 1",
        "SELECT * FROM offers WHERE actor = 'x' AND head = 'x' ORDER BY opened_at LIMIT 1",
        "DELETE FROM reminders WHERE actor = 'x' AND agreement = 'y'",
        "UPDATE items SET stock = 0",
        "DELETE FROM deliveries WHERE attempts > 3",
        "SELECT 1 FROM deliveries AS other WHERE last_error = 'x'",
        "SELECT count(*) FROM peers WHERE actor = 'x' AND address > 'y' AND address < 'z'",
    ],
)
def test_a_statement_that_grows_is_noticed(filled: SqliteSession, sql: str) -> None:
    assert growing_steps(filled, sql)


def test_entries_of_two_kinds_are_found_whatever_lies_between(filled: SqliteSession) -> None:
    found = plans(
        filled, lambda db: journal.next_numbers(db, ADA, after=0, kinds=["accept", "lapse"], limit=1)
    )
    read = [plan for plan in found if plan.startswith("SEARCH journal")]
    assert len(read) == 2
    assert all("journal_by_kind (actor=? AND kind=? AND place>?)" in plan for plan in read)


def test_what_a_use_case_issues_is_noticed(filled: SqliteSession) -> None:
    def check() -> None:
        with every_plan_checked():
            filled.all("SELECT * FROM offers WHERE head = 'x'")

    with pytest.raises(AssertionError, match="SCAN offers"):
        check()


@pytest.mark.parametrize(
    ("ask", "read"),
    [
        (
            lambda db: deliveries.due_deliveries(db, NOW),
            "SEARCH deliveries USING INDEX deliveries_due (behind=? AND due_at<?)",
        ),
        (
            lambda db: deliveries.next_due(db, NOW),
            "SEARCH deliveries USING INDEX deliveries_due (behind=? AND due_at>?)",
        ),
        (
            lambda db: stock.count_held(db, ADA, "bike", origin="https://b.example"),
            "SEARCH reservations USING INDEX reservations_held (actor=? AND sku=? AND origin=?)",
        ),
        (
            lambda db: stock.count_countered(db, ADA, origin="https://b.example", since=NOW, most=4),
            "SEARCH reservations USING INDEX reservations_unsold (actor=? AND origin=?)",
        ),
        (
            lambda db: offers.count_rivals(db, ADA, WISH, origin="https://b.example", had=5, open=5),
            "SEARCH offers USING COVERING INDEX offers_by_origin (actor=? AND intention=? AND origin=?)",
        ),
        (
            lambda db: glimpses.standing_offers(db, ADA, WISH, limit=9),
            "SEARCH offers USING COVERING INDEX offers_standing (actor=? AND intention=? AND state=? ",
        ),
        (
            lambda db: offers.open_rivals(db, ADA, WISH, after=(NOW, "of_1"), limit=2),
            "SEARCH offers USING INDEX offers_standing (actor=? AND intention=? AND state=? AND amends=? ",
        ),
        (
            lambda db: glimpses.held_acceptances(db, ADA, now=NOW, limit=9),
            "SEARCH deliveries USING INDEX sqlite_autoindex_deliveries_2 (actor=? AND activity=?)",
        ),
        (
            lambda db: offers.has_signed_change(db, ADA, "https://x.example/agreements/agr_1"),
            "SEARCH offers USING INDEX offers_amending (actor=? AND amends=?)",
        ),
        (
            lambda db: glimpses.named_offers(db, ADA, role=Party.OFFERER, state=State.OFFERED, limit=9),
            "SEARCH offers USING INDEX offers_by_state (actor=? AND role=? AND state=?)",
        ),
        (
            lambda db: offers.proposed_amendments(db, ADA, limit=9),
            "SEARCH offers USING INDEX offers_proposed (actor=? AND role=? AND state=?)",
        ),
        (
            lambda db: offers.offers_to(db, ADA, THEM, limit=9),
            "SEARCH offers USING INDEX offers_to_peer (actor=? AND peer=?)",
        ),
        (
            lambda db: offers.ending_offers(db, ADA, after=NOW, limit=9),
            "SEARCH offers USING INDEX offers_ending (actor=? AND expires_at>?)",
        ),
        (
            lambda db: agreements.dated_agreements(db, ADA, after=NOW, limit=9),
            "SEARCH agreements USING INDEX agreements_dated_leaving (actor=? AND leaves_at>?)",
        ),
        (
            lambda db: agreements.dated_agreements(db, ADA, after=NOW, limit=9),
            "SEARCH agreements USING INDEX agreements_dated_over (actor=? AND ends_at>?)",
        ),
        (
            lambda db: intentions.open_intentions_of(db, ADA, THEM, limit=9),
            "SEARCH intentions USING INDEX intentions_by_peer (actor=? AND peer=?)",
        ),
        (
            lambda db: intentions.newest_of_others(db, ADA, limit=9),
            "SEARCH intentions USING INDEX intentions_by_state (actor=? AND own=? AND state=?)",
        ),
        (
            lambda db: intentions.newest_of_others(db, ADA, limit=9),
            "SEARCH offers USING COVERING INDEX offers_by_origin (actor=? AND intention=?)",
        ),
    ],
)
def test_only_what_is_wanted_is_read(filled: SqliteSession, ask: Ask, read: str) -> None:
    assert [plan for plan in plans(filled, ask) if plan.startswith(read)]


def test_what_is_to_be_decided_about_a_record_is_found_by_either_of_its_ids(filled: SqliteSession) -> None:
    steps = plans(filled, lambda db: crm.conflicts_of(db, ADA, RecordKind.OPPORTUNITY, WISH, "7"))
    assert ["external_id=?" in steps[0], "crm_id=?" in steps[-1]] == [True, True]
