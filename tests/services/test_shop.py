"""A shop that answers by itself, within its stock and its floor."""

import asyncio
from typing import Any

import pytest

from node.core.pipeline import Stage
from node.services.intentions import casting, ending, showing
from node.services.ledger.clockwork import Clockwork
from node.services.negotiations import agreements, comparing, offers
from node.services.trade import pipeline, pricelists, ruling, shop, undercutting
from node.storage import cursors, stock
from node.storage import intentions as intention_rows
from node.storage.sqlite.database import SqliteStore
from node.storage.tables import PAGE_LIMIT
from protocol.errors import Remote, Unprocessable
from tests.services.loading import load
from tests.services.parties import Clock, Party, carry, check_journal, settle
from tests.services.test_negotiation import only, wish
from tests.web.house import until
from tests.whole import LEDGER

PRICE_LIST = """sku,name,price,currency,stock,lead_days,weight [kg],colour,words
b1,Trekking bike,2390.00,EUR,1,3,15.2,blue,trekking bike
b2,City bike,1290.00,EUR,5,3,17.5,red,trekking bike
b3,Light bike,2990.00,EUR,2,3,11,black,trekking bike
"""
RULE = {
    "currency": "EUR",
    "max_offers_per_intention": 2,
    "answers_counters": "within-floor",
    "max_discount_percent": "10",
}


@pytest.fixture
def bikes_open(bikes: Party) -> Party:
    """A shop with a price list and a rule."""
    bikes.do(load, pricelists.read(PRICE_LIST.encode(), "text/csv"))
    bikes.do(shop.set_rule, RULE)
    return bikes


def clockwork(party: Party, work: Any) -> None:
    """Run the follower of a party's journal once, on a store of its own over the same file."""

    async def run() -> None:
        store = SqliteStore.open(party.folder / f"{party.handle}.db")
        try:
            await work(Clockwork(store, party.residents, LEDGER))
        finally:
            await store.close()

    asyncio.run(run())


def turn(party: Party) -> None:
    clockwork(party, lambda clock: clock.turn())


def test_it_offers_what_fits_best_first(ada: Party, bikes_open: Party) -> None:
    ada.do(casting.cast, wish(bikes_open))
    settle(ada, bikes_open)
    turn(bikes_open)
    turn(bikes_open)  # a second look changes nothing
    settle(bikes_open, ada)
    compared = ada.do(comparing.compare, ada.do(showing.list)["items"][0]["id"])["offers"]
    assert [offer["name"] for offer in compared] == ["Trekking bike", "Light bike"]
    assert [offer["within_limit"] for offer in compared] == [False, False]
    assert compared[0]["expires_at"] == "2026-05-05T12:00:00Z"  # of a shop that does not know her yet
    check_journal(bikes_open)


def test_the_last_piece_is_promised_once(ada: Party, bikes_open: Party, wheels: Party) -> None:
    for customer in (ada, wheels):
        customer.do(
            casting.cast,
            wish(bikes_open, specifications=[{"property": "colour", "value": "blue", "necessity": "must"}]),
        )
        settle(customer, bikes_open)
    turn(bikes_open)
    settle(bikes_open, ada, wheels)
    assert [len(party.do(offers.list)["items"]) for party in (ada, wheels)] == [1, 0]
    item = bikes_open.do(pricelists.show)["items"][0]
    assert (item["stock"], item["held"], item["available"]) == (1, 1, 0)
    ada.do(offers.accept, only(ada)["id"])
    settle(ada, bikes_open, wheels)
    item = bikes_open.do(pricelists.show)["items"][0]
    assert (only(ada)["state"], item["held"], item["available"]) == ("concluded", 0, 0)
    check_journal(bikes_open)


@pytest.mark.parametrize("ending", ["reject", "withdraw"])
def test_what_is_not_sold_is_free_again(ada: Party, bikes_open: Party, ending: str) -> None:
    ada.do(casting.cast, wish(bikes_open))
    settle(ada, bikes_open)
    turn(bikes_open)
    settle(bikes_open, ada)
    for offer in (ada if ending == "reject" else bikes_open).do(offers.list)["items"]:
        (ada if ending == "reject" else bikes_open).do(getattr(offers, ending), offer["id"])
    settle(ada, bikes_open)
    assert [item["held"] for item in bikes_open.do(pricelists.show)["items"]] == [0, 0, 0]
    check_journal(bikes_open)


@pytest.mark.parametrize(("amount", "met"), [("2151.00", True), ("2150.99", False)])
def test_a_counter_is_met_down_to_the_floor(ada: Party, bikes_open: Party, amount: str, met: bool) -> None:
    ada.do(casting.cast, wish(bikes_open))
    settle(ada, bikes_open)
    turn(bikes_open)
    settle(bikes_open, ada)
    (offer,) = (item for item in ada.do(offers.list)["items"] if item["name"] == "Trekking bike")
    price = [offer["price"][0] | {"amount": amount}]
    ada.do(offers.counter, offer["id"], {"price": price}, on_met="accept")
    settle(ada, bikes_open)
    turn(bikes_open)
    settle(ada, bikes_open)
    assert ada.do(offers.show, offer["id"])["state"] == ("concluded" if met else "countered")
    assert bikes_open.do(pricelists.show)["items"][0]["stock"] == (0 if met else 1)
    for party in (ada, bikes_open):
        check_journal(party)


def test_late_undercut(ada: Party, bikes_open: Party, clock: Clock) -> None:
    bikes_open.do(shop.set_rule, RULE | {"undercut_after_seconds": 60, "undercut_percent": "5"})
    ada.do(casting.cast, wish(bikes_open))
    settle(ada, bikes_open)
    turn(bikes_open)
    clock.pass_time(seconds=61)
    turn(bikes_open)
    turn(bikes_open)
    settle(bikes_open, ada)
    totals = sorted((item["total"], item["rounds"]) for item in ada.do(offers.list)["items"])
    assert totals == [("2270.50", 2), ("2840.50", 2)]


LATE = RULE | {"undercut_after_seconds": 60, "undercut_percent": "50"}
BULBS = "sku,name,price,currency,stock,lead_days\nl1,Bulb,100.00,EUR,1000,3\n"


@pytest.fixture
def bulbs(bikes: Party) -> Party:
    """A shop that sells many of one thing, and is quick to lower its price by half."""
    bikes.do(load, pricelists.read(BULBS.encode(), "text/csv"))
    bikes.do(shop.set_rule, LATE)
    return bikes


def moves_of(party: Party) -> list[list[str]]:
    """Return the moves of each negotiation, oldest first, as event and status."""
    histories = [party.do(offers.history, item["id"]) for item in reversed(party.do(offers.list)["items"])]
    return [[f"{move['event']} {move['status']}" for move in history["moves"]] for history in histories]


def test_an_undercut_of_many_pieces_keeps_the_floor_of_each(ada: Party, bulbs: Party, clock: Clock) -> None:
    ada.do(casting.cast, wish(bulbs, name="Bulbs", specifications=[], quantity="10"))
    settle(ada, bulbs)
    turn(bulbs)
    assert only(bulbs)["total"] == "1000.00"
    clock.pass_time(seconds=61)
    turn(bulbs)
    settle(bulbs, ada)
    assert only(ada)["total"] == "900.00"


def test_an_undercut_that_was_refused_is_not_repeated(ada: Party, bulbs: Party, clock: Clock) -> None:
    id = ada.do(casting.cast, wish(bulbs, name="Bulbs", specifications=[]))["id"]
    settle(ada, bulbs)
    turn(bulbs)
    settle(bulbs, ada)
    ada.do(ending.withdraw, id)  # the shop has not heard of it yet
    clock.pass_time(seconds=61)
    turn(bulbs)
    assert [status for _, status in carry(bulbs, ada)] == [409]
    turn(bulbs)
    turn(bulbs)
    assert moves_of(bulbs) == [["offer applied", "reoffer void"]]
    assert bulbs.queued() == []


def test_nothing_is_undercut_once_the_intention_takes_no_offers(
    ada: Party, bulbs: Party, clock: Clock
) -> None:
    ada.do(casting.cast, wish(bulbs, name="Bulbs", specifications=[], deadline="2026-05-04T12:00:30Z"))
    settle(ada, bulbs)
    turn(bulbs)
    settle(bulbs, ada)
    clock.pass_time(seconds=61)
    assert bulbs.do(undercutting.undercut_late) is None  # past its deadline
    turn(bulbs)
    assert bulbs.do(showing.list)["items"][0]["state"] == "expired"
    assert moves_of(bulbs) == [["offer applied"]]


def test_one_offer_that_cannot_be_undercut_stops_no_other(
    ada: Party, bulbs: Party, wheels: Party, clock: Clock
) -> None:
    id = ada.do(casting.cast, wish(bulbs, name="Bulbs", specifications=[]))["id"]
    wheels.do(casting.cast, wish(bulbs, name="Bulbs", specifications=[]))
    settle(ada, wheels, bulbs)
    turn(bulbs)
    settle(bulbs, ada, wheels)
    clock.pass_time(seconds=61)
    ada.do(casting.amend, id, {"quantity": "2"})  # what was offered does not answer it any more
    settle(ada, bulbs)
    turn(bulbs)
    assert moves_of(bulbs) == [["offer applied"], ["offer applied", "reoffer applied"]]
    check_journal(bulbs)


@pytest.mark.slow
def test_every_late_offer_is_undercut_the_oldest_first(ada: Party, bulbs: Party, clock: Clock) -> None:
    for _ in range(PAGE_LIMIT + 1):
        ada.do(casting.cast, wish(bulbs, name="Bulbs", specifications=[]))
    settle(ada, bulbs)
    turn(bulbs)
    clock.pass_time(seconds=61)
    turn(bulbs)
    recorded = bulbs.db.conn.execute(
        "SELECT json_extract(decision, '$.offer') FROM journal WHERE kind = ? ORDER BY entry", ("reoffer",)
    ).fetchall()
    assert [offer for (offer,) in recorded] == sorted(offer for (offer,) in recorded)
    assert len(recorded) == PAGE_LIMIT + 1


def test_an_expired_offer_frees_its_piece(ada: Party, bikes_open: Party, clock: Clock) -> None:
    ada.do(casting.cast, wish(bikes_open))
    settle(ada, bikes_open)
    turn(bikes_open)
    settle(bikes_open, ada)
    clock.pass_time(days=4)
    turn(bikes_open)
    assert {item["held"] for item in bikes_open.do(pricelists.show)["items"]} == {0}
    assert {offer["state"] for offer in bikes_open.do(offers.list)["items"]} == {"expired"}
    turn(ada)
    assert {offer["state"] for offer in ada.do(offers.list)["items"]} == {"expired"}
    clock.pass_time(days=30)
    turn(ada)
    assert ada.do(showing.list)["items"][0]["state"] == "expired"
    check_journal(ada)


def test_pieces_gone_elsewhere_are_not_countersigned(ada: Party, bikes_open: Party) -> None:
    ada.do(casting.cast, wish(bikes_open))
    settle(ada, bikes_open)
    turn(bikes_open)
    settle(bikes_open, ada)
    (offer,) = (item for item in ada.do(offers.list)["items"] if item["name"] == "Trekking bike")
    (own,) = (item for item in bikes_open.do(offers.list)["items"] if item["name"] == "Trekking bike")
    bikes_open.write(lambda db: stock.release(db, own["id"]))
    bikes_open.write(lambda db: db.conn.execute("UPDATE items SET stock = 0"))  # sold over the counter
    ada.do(offers.accept, offer["id"])
    settle(ada, bikes_open)
    assert bikes_open.do(agreements.list)["items"][0]["state"] == "accepted"


def test_a_withdrawal_that_lost_holds_its_piece_again(ada: Party, bikes_open: Party) -> None:
    ada.do(casting.cast, wish(bikes_open))
    settle(ada, bikes_open)
    turn(bikes_open)
    settle(bikes_open, ada)
    (offer,) = (item for item in ada.do(offers.list)["items"] if item["name"] == "Trekking bike")
    (own,) = (item for item in bikes_open.do(offers.list)["items"] if item["name"] == "Trekking bike")
    bikes_open.do(offers.withdraw, own["id"])
    ada.do(offers.accept, offer["id"])
    settle(ada, bikes_open)
    assert bikes_open.do(offers.show, own["id"])["state"] == "concluded"
    assert bikes_open.do(pricelists.show)["items"][0]["stock"] == 0
    check_journal(bikes_open)


def test_pipeline(ada: Party, bikes_open: Party, wheels: Party) -> None:
    ada.do(casting.cast, wish(bikes_open))
    wheels.do(casting.cast, wish(bikes_open, currency="CHF"))
    settle(ada, wheels, bikes_open)
    turn(bikes_open)
    shown = bikes_open.do(pipeline.show)
    assert shown["counts"] == {"offered": 2}
    assert shown["stages"] == {"answer": 1, "sign": 0, "offered": 2, "agreed": 0}
    assert [(each["stage"], each["step"], each["currency"]) for each in shown["items"]] == [
        ("answer", "offer", "CHF"),
        ("offered", "reach", "EUR"),
        ("offered", "reach", "EUR"),
    ]
    assert shown["items"][0]["why"] == "currency"
    assert [each["match"]["points"] for each in shown["items"][1:]] == [2, 2]
    assert len(bikes_open.do(pipeline.show, stage=Stage.ANSWER)["items"]) == 1
    assert bikes_open.do(pipeline.show, stage=Stage.AGREED)["items"] == []


def test_a_counter_is_answered_first_and_says_how_far_apart_both_are(ada: Party, bikes_open: Party) -> None:
    ada.do(casting.cast, wish(bikes_open))
    settle(ada, bikes_open)
    turn(bikes_open)
    assert {item["step"] for item in bikes_open.do(pipeline.show)["items"]} == {"reach"}
    settle(bikes_open, ada)
    (offer,) = (item for item in ada.do(offers.list)["items"] if item["name"] == "Trekking bike")
    price = [{"kind": "oneOff", "amount": "1000.00", "currency": "EUR"}]
    ada.do(offers.counter, offer["id"], {"price": price})
    settle(ada, bikes_open)
    first, second = bikes_open.do(pipeline.show)["items"]
    assert (first["stage"], first["step"], first["asked"]) == ("answer", "answer-counter", "1000.00")
    assert float(first["asked_percent"]) < 0
    assert (second["stage"], second["step"], second["asked"]) == ("offered", "wait", None)


def test_bad_lists_and_rules_change_nothing(bikes_open: Party) -> None:
    before = bikes_open.do(pricelists.show)
    with pytest.raises(Unprocessable, match="Line 2"):
        pricelists.read(PRICE_LIST.replace("2390.00", "cheap").encode(), "text/csv")
    with pytest.raises(Remote):
        bikes_open.do(shop.set_rule, {"currency": "EUR", "max_discount_percent": "150"})
    assert bikes_open.do(pricelists.show) == before


def test_the_loop_runs_until_it_is_cancelled(ada: Party, bikes_open: Party) -> None:
    ada.do(casting.cast, wish(bikes_open))
    settle(ada, bikes_open)

    async def run(work: Clockwork) -> None:
        task = asyncio.create_task(work.run())
        await until(lambda: bikes_open.do(offers.list)["items"])
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    clockwork(bikes_open, run)
    assert len(bikes_open.do(offers.list)["items"]) == 2


def test_an_entry_that_cannot_be_acted_on_is_passed_over(ada: Party, bikes_open: Party) -> None:
    first = ada.do(casting.cast, wish(bikes_open))["iri"]
    second = ada.do(casting.cast, wish(bikes_open))["iri"]
    settle(ada, bikes_open)
    # A row that cannot be read any more, as only a defect could leave it.
    bikes_open.db.conn.execute("UPDATE intentions SET document = '{}' WHERE iri = ?", [first])
    turn(bikes_open)
    answered = [offer["intention"] for offer in bikes_open.do(offers.list)["items"]]
    known = bikes_open.db.conn.execute("SELECT id FROM intentions WHERE iri = ?", [second]).fetchone()
    assert answered == [known[0], known[0]]
    last = bikes_open.db.conn.execute("SELECT max(place) FROM journal WHERE direction = 'in'").fetchone()
    assert bikes_open.write(lambda db: cursors.load_cursor(db, bikes_open.iri, "shop")) == last[0]


class TestWhatHasChanged:
    """A changed list, rule or stock is a reason to look at the wishes that are still open."""

    def asked(self, ada: Party, bikes: Party, **members: Any) -> str:
        id = str(ada.do(casting.cast, wish(bikes, **{"specifications": [], **members}))["id"])
        carry(ada, bikes)
        turn(bikes)
        return id

    def totals(self, party: Party) -> list[str]:
        return sorted(offer["total"] for offer in party.do(offers.list)["items"])

    def test_a_list_answers_what_was_asked_before_it_was_loaded(self, ada: Party, bikes: Party) -> None:
        bikes.do(shop.set_rule, RULE | {"max_offers_per_intention": 1})
        self.asked(ada, bikes)
        self.asked(ada, bikes)
        assert self.totals(bikes) == []
        bikes.do(load, pricelists.read(PRICE_LIST.encode(), "text/csv"))
        turn(bikes)
        turn(bikes)  # nobody gets two
        assert self.totals(bikes) == ["1290.00", "1290.00"]
        bikes.do(load, pricelists.read(PRICE_LIST.replace("1290", "1190").encode(), "text/csv"))
        turn(bikes)
        assert self.totals(bikes) == ["1290.00", "1290.00"]
        check_journal(bikes)

    def test_what_to_offer_is_chosen_beside_all_writes(
        self, ada: Party, bikes: Party, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        reading, choose = list[int](), shop.choose

        def chosen(session: Any, *arguments: Any) -> Any:
            reading.append(session.one("PRAGMA query_only")[0])
            return choose(session, *arguments)

        monkeypatch.setattr(shop, "choose", chosen)
        bikes.do(load, pricelists.read(PRICE_LIST.encode(), "text/csv"))
        self.asked(ada, bikes)
        bikes.do(shop.set_rule, RULE | {"max_offers_per_intention": 1})
        turn(bikes)
        assert self.totals(bikes) == ["1290.00"]
        assert len(reading) > 1
        assert all(reading)

    def test_a_rule_answers_what_was_asked_before_it_was_set(self, ada: Party, bikes: Party) -> None:
        bikes.do(load, pricelists.read(PRICE_LIST.encode(), "text/csv"))
        self.asked(ada, bikes)
        turn(bikes)
        assert self.totals(bikes) == []
        bikes.do(shop.set_rule, RULE | {"max_offers_per_intention": 1})
        turn(bikes)
        assert self.totals(bikes) == ["1290.00"]

    def test_a_search_looks_further_than_the_rows_that_are_shown(
        self, ada: Party, bikes: Party, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(pipeline, "SHOWN", 2)  # of a hundred, it would take a while to fill the page
        plenty = f"{PRICE_LIST.splitlines()[0]}\nb1,Trekking bike,2390.00,EUR,2000,3,15.2,blue\n"
        bikes.do(load, pricelists.read(plenty.encode(), "text/csv"))
        bikes.do(shop.set_rule, RULE | {"max_offers_per_intention": 1, "unknown_share_percent": 100})
        for place in ("Basel", *["Freiburg"] * pipeline.SHOWN):
            ada.do(casting.cast, wish(bikes, specifications=[], place=place))
        carry(ada, bikes)
        while bikes.do(shop.waiting)[0]:
            turn(bikes)
        assert len(bikes.do(pipeline.show)["items"]) == pipeline.SHOWN

        (found,) = bikes.do(pipeline.show, search="basel")["items"]
        assert found["place"] == "Basel"
        assert bikes.do(pipeline.show)["more"]
        assert not bikes.do(pipeline.show, search="basel")["more"]
        freiburg = bikes.do(pipeline.show, search="freiburg")
        assert len(freiburg["items"]) == pipeline.SHOWN
        assert not freiburg["more"]

        monkeypatch.setattr(pipeline, "SEARCHED", 1)  # what was not looked at is told of
        unseen = bikes.do(pipeline.show, search="basel")
        assert (unseen["items"], unseen["more"]) == ([], True)

    def test_a_search_reads_nothing_long(self, ada: Party, bikes: Party) -> None:
        bikes.do(load, pricelists.read(PRICE_LIST.encode(), "text/csv"))
        bikes.do(shop.set_rule, RULE)
        self.asked(ada, bikes)
        turn(bikes)
        issued: list[str] = []
        bikes.db.conn.set_trace_callback(issued.append)
        assert bikes.do(pipeline.show, search="submarine")["items"] == []
        bikes.db.conn.set_trace_callback(None)
        assert issued
        assert [sql for sql in issued if " draft" in sql] == []

    def test_without_a_rule_nothing_is_answered_and_a_tried_one_says_what_would_be(
        self, ada: Party, bikes: Party
    ) -> None:
        late = RULE | {"max_offers_per_intention": 1, "undercut_after_seconds": 1, "undercut_percent": "2"}
        bikes.do(load, pricelists.read(PRICE_LIST.encode(), "text/csv"))
        bikes.do(shop.set_rule, late)
        self.asked(ada, bikes)
        bikes.do(shop.drop_rule)
        bikes.do(shop.drop_rule)  # it is so already
        assert bikes.do(shop.show_rule) is None
        self.asked(ada, bikes)
        assert self.totals(bikes) == ["1290.00"]
        bikes.clock.pass_time(seconds=5)
        trial = bikes.do(ruling.begin, late)
        while bikes.do(ruling.look, trial):
            pass
        shown = ruling.show(trial)
        assert (shown["late"], shown["wishes"]["waiting"], shown["wishes"]["answered"]) == (1, 1, 1)
        assert len(shown["wishes"]["first"]) == 1
        assert bikes.do(shop.show_rule) is None
        check_journal(bikes)

    @pytest.mark.parametrize("freed", ["rejected", "withdrawn", "expired", "reneged"])
    def test_units_that_are_given_back_answer_who_came_too_late(
        self, ada: Party, wheels: Party, bikes: Party, clock: Clock, freed: str
    ) -> None:
        only_one = PRICE_LIST.splitlines()[0] + "\nb1,Trekking bike,2390.00,EUR,1,3,15.2,blue\n"
        bikes.do(load, pricelists.read(only_one.encode(), "text/csv"))
        bikes.do(shop.set_rule, RULE | {"countersign": "ask"})
        self.asked(ada, bikes)
        self.asked(wheels, bikes)
        settle(bikes, ada, wheels)
        assert [len(party.do(offers.list)["items"]) for party in (ada, wheels)] == [1, 0]
        if freed == "rejected":
            ada.do(offers.reject, only(ada)["id"])
        elif freed == "withdrawn":
            bikes.do(offers.withdraw, only(bikes)["id"])
        elif freed == "expired":
            clock.pass_time(days=4)
        else:
            ada.do(offers.accept, only(ada)["id"])
            settle(ada, bikes, wheels)
            bikes.do(agreements.renege, bikes.do(agreements.list)["items"][0]["id"])
        settle(ada, bikes, wheels)
        turn(bikes)
        turn(bikes)
        settle(bikes, wheels, ada)
        assert only(wheels)["total"] == "2390.00"
        assert len(ada.do(offers.list)["items"]) == 1
        check_journal(bikes)

    def test_nobody_is_answered_while_a_list_is_still_being_loaded(
        self, ada: Party, bikes: Party, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(pricelists, "PART", 1)
        bikes.do(shop.set_rule, RULE | {"max_offers_per_intention": 1})
        old = pricelists.read(
            PRICE_LIST.splitlines()[0].encode() + b"\nb9,Old bike,9.00,EUR,1,30,15,\n", "text/csv"
        )
        bikes.do(load, old)
        self.asked(ada, bikes, window={"end": "2026-05-20T00:00:00Z"})
        loading = pricelists.read(PRICE_LIST.encode(), "text/csv")
        for _ in range(3):
            loading = bikes.do(pricelists.take, loading)
            turn(bikes)
            assert self.totals(bikes) == []
        bikes.do(load, loading)
        turn(bikes)
        assert self.totals(bikes) == ["1290.00"]

    def test_many_wishes_are_looked_at_in_steps_and_many_reasons_in_one_look(
        self, ada: Party, bikes: Party, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for _ in range(25):
            ada.do(casting.cast, wish(bikes, name="Bulbs", specifications=[]))
        settle(ada, bikes)
        turn(bikes)
        looked: list[int] = []

        def counting(session: Any, actor: str, **options: Any) -> Any:
            found = open_of_others(session, actor, **options)
            looked.append(len(found))
            return found

        open_of_others = intention_rows.open_of_others
        monkeypatch.setattr(intention_rows, "open_of_others", counting)
        bikes.do(load, pricelists.read(BULBS.encode(), "text/csv"))
        for _ in range(3):
            bikes.do(shop.set_rule, RULE)
        turn(bikes)
        assert looked == [10, 10, 5]
        assert self.totals(bikes) == ["100.00"] * 25

    def test_a_wish_that_cannot_be_answered_stops_no_other(self, ada: Party, bikes: Party) -> None:
        for _ in range(2):
            self.asked(ada, bikes, name="Bulbs")
        bikes.db.conn.execute(
            "UPDATE intentions SET document = '{}' WHERE id = (SELECT min(id) FROM intentions)"
        )
        bikes.do(shop.set_rule, RULE)
        bikes.do(load, pricelists.read(BULBS.encode(), "text/csv"))
        turn(bikes)
        assert len(bikes.db.conn.execute("SELECT id FROM offers").fetchall()) == 1
