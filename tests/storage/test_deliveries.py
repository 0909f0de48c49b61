import random
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from node.storage import deliveries, peers
from node.storage.deliveries import DeliveryRow, DeliveryState
from node.storage.errors import StorageError
from node.storage.origins import OriginRow, forget_origins, load_origin, load_origins, origin_of, save_origin
from node.storage.sqlite.session import SqliteSession
from protocol.errors import Unprocessable
from tests.storage import rows
from tests.storage.rows import ADA, BOB, NOW, SHOP, THEM, at

OTHER = "https://c.example/actors/c"


def queue(db: SqliteSession, *numbers: int, **changes: object) -> None:
    for number in numbers:
        deliveries.queue_delivery(db, rows.delivery(number, **changes))


def due(db: SqliteSession, now: datetime = NOW, **arguments: int) -> list[str]:
    return [row.id for row in deliveries.due_deliveries(db, now, **arguments)]


def origin(**changes: Any) -> OriginRow:
    plain = OriginRow("https://b.example", scheme=None, failures=0, open_until=None, updated_at=NOW)
    return replace(plain, **changes)


def load(db: SqliteSession, id: str) -> DeliveryRow:
    row = deliveries.load_delivery(db, id)
    assert row is not None
    return row


def test_a_delivery_is_found_by_id_and_by_what_it_delivers(db: SqliteSession) -> None:
    queue(db, 1)
    assert deliveries.load_delivery(db, "dlv_1") == rows.delivery(1)
    assert deliveries.deliveries_of(db, ADA, [rows.delivery(1).activity]) == [rows.delivery(1)]
    assert deliveries.deliveries_of(db, BOB, [rows.delivery(1).activity]) == []


def test_an_activity_is_on_its_way_to_a_recipient_once(db: SqliteSession) -> None:
    queue(db, 1)
    with pytest.raises(StorageError):
        queue(db, 1, id="dlv_2")
    queue(db, 1, id="dlv_3", recipient=OTHER)


class TestOrder:
    def test_only_the_first_in_line_is_due(self, db: SqliteSession) -> None:
        queue(db, 3, 1, 2)
        assert due(db) == ["dlv_1"]

    def test_settling_one_makes_the_next_due(self, db: SqliteSession) -> None:
        queue(db, 1, 2)
        assert deliveries.settle_delivery(db, "dlv_1", DeliveryState.DELIVERED, at=NOW, status=202)
        assert due(db) == ["dlv_2"]

    def test_a_postponed_one_holds_up_those_behind_it(self, db: SqliteSession) -> None:
        queue(db, 1, 2)
        deliveries.postpone_delivery(db, "dlv_1", due_at=at(5), status=503, error="Unavailable")
        assert due(db) == []
        assert due(db, at(5)) == ["dlv_1"]

    def test_one_aside_holds_up_nobody_until_it_is_tried_again(self, db: SqliteSession) -> None:
        queue(db, 1, 2)
        deliveries.mark_tried(db, ["dlv_1"])
        deliveries.postpone_delivery(db, "dlv_1", due_at=at(5), status=409, error="Paused", aside=True)
        assert (load(db, "dlv_1").aside, load(db, "dlv_1").tried) == (True, False)
        assert due(db) == ["dlv_2"]
        assert due(db, at(5)) == ["dlv_2", "dlv_1"]
        deliveries.mark_tried(db, ["dlv_1"])
        assert due(db, at(5)) == ["dlv_1"]
        assert (load(db, "dlv_1").aside, load(db, "dlv_1").tried) == (False, True)

    def test_what_waits_aside_for_somebody_can_be_called_in(self, db: SqliteSession) -> None:
        queue(db, 1)
        queue(db, 2, recipient=OTHER)
        for id in ("dlv_1", "dlv_2"):
            deliveries.postpone_delivery(db, id, due_at=at(5), aside=True)
        assert deliveries.has_aside(db, ADA, OTHER)
        assert not deliveries.has_aside(db, BOB, OTHER)
        deliveries.call_in(db, ADA, OTHER, now=NOW)
        assert due(db) == ["dlv_2"]
        assert deliveries.load_aside(db, ADA, rows.delivery(1).activity) == load(db, "dlv_1")
        assert deliveries.load_aside(db, BOB, rows.delivery(1).activity) is None

    def test_lines_do_not_hold_up_each_other(self, db: SqliteSession) -> None:
        queue(db, 1, 2)
        queue(db, 3, 4, recipient=OTHER)
        queue(db, 5, 6, actor=BOB)
        assert due(db) == ["dlv_1", "dlv_3", "dlv_5"]
        deliveries.postpone_delivery(db, "dlv_1", due_at=at(5))
        assert due(db) == ["dlv_3", "dlv_5"]

    def test_the_longest_due_comes_first_up_to_the_limit(self, db: SqliteSession) -> None:
        queue(db, 1, due_at=at(2))
        queue(db, 2, due_at=at(1), recipient=OTHER)
        assert due(db, at(3)) == ["dlv_2", "dlv_1"]
        assert due(db, at(3), limit=1) == ["dlv_2"]

    def test_of_one_moment_the_id_decides(self, db: SqliteSession) -> None:
        queue(db, 2, 1, entry=7)
        assert due(db) == ["dlv_1"]

    def test_whatever_happens_a_line_is_delivered_in_order(self, db: SqliteSession) -> None:
        chance = random.Random(3)
        lines: dict[str, list[int]] = {recipient: [] for recipient in (SHOP, OTHER, f"{OTHER}/2")}
        for number in chance.sample(range(60), 60):
            queue(db, number, recipient=chance.choice(list(lines)))
        for minute in range(2_000):
            for row in deliveries.due_deliveries(db, at(minute)):
                if chance.random() < 0.4:
                    deliveries.postpone_delivery(db, row.id, due_at=at(minute + chance.randint(1, 9)))
                else:
                    deliveries.settle_delivery(db, row.id, DeliveryState.DELIVERED, at=at(minute))
                    lines[row.recipient].append(row.entry)
        assert sum(len(line) for line in lines.values()) == 60
        assert all(line == sorted(line) for line in lines.values())

    def test_whatever_happens_the_first_of_each_line_are_those_that_nothing_comes_before(
        self, db: SqliteSession
    ) -> None:
        chance = random.Random(5)
        for number in chance.sample(range(400), 400):
            waiting = deliveries.queued_to_inbox(db, f"{SHOP}/inbox")
            queue(db, number, recipient=chance.choice([SHOP, OTHER]))
            if waiting and chance.random() < 0.9:
                change(db, chance.choice(waiting), chance)
            if number % 50 == 0:
                db.run("DELETE FROM deliveries WHERE id = ?", chance.choice(waiting).id)
            assert set(due(db, at(9), limit=400)) == first_in_line(db)
        states = deliveries.count_deliveries(db)
        assert states.keys() == {"queued", "delivered", "gone"}


def change(db: SqliteSession, row: DeliveryRow, chance: random.Random) -> None:
    """Do with a delivery, and with one that was settled, anything that may happen to either."""
    match chance.randrange(4):
        case 0:
            deliveries.postpone_delivery(db, row.id, due_at=at(5), aside=True)
        case 1:
            deliveries.mark_tried(db, [row.id])
        case 2:
            deliveries.settle_delivery(db, row.id, DeliveryState.DELIVERED, at=NOW)
        case _:
            deliveries.settle_delivery(db, row.id, DeliveryState.GONE, at=NOW)
    gone = deliveries.list_deliveries(db, ADA, state=DeliveryState.GONE).items
    if gone and chance.random() < 0.3:
        deliveries.requeue_delivery(db, chance.choice(gone).id, now=NOW)


def first_in_line(db: SqliteSession) -> set[str]:
    """Return the ids of the queued deliveries that nothing queued comes before which does not wait aside."""
    queued = deliveries.queued_to_inbox(db, f"{SHOP}/inbox")
    blocking = [row for row in queued if not row.aside]
    return {
        row.id
        for row in queued
        if not any(
            one.recipient == row.recipient and (one.entry, one.id) < (row.entry, row.id) for one in blocking
        )
    }


class TestSettling:
    def test_how_it_ended_stays_on_record(self, db: SqliteSession) -> None:
        queue(db, 1)
        deliveries.postpone_delivery(db, "dlv_1", due_at=at(1), status=503, error="Unavailable")
        deliveries.settle_delivery(
            db, "dlv_1", DeliveryState.REFUSED, at=at(1), status=403, error="Forbidden"
        )
        assert deliveries.load_delivery(db, "dlv_1") == rows.delivery(
            1,
            state=DeliveryState.REFUSED,
            attempts=2,
            due_at=at(1),
            last_status=403,
            last_error="Forbidden",
            settled_at=at(1),
        )

    def test_what_is_settled_stays_settled(self, db: SqliteSession) -> None:
        queue(db, 1)
        deliveries.settle_delivery(db, "dlv_1", DeliveryState.DELIVERED, at=NOW)
        settled = deliveries.load_delivery(db, "dlv_1")
        assert not deliveries.settle_delivery(db, "dlv_1", DeliveryState.REFUSED, at=at(1))
        assert not deliveries.postpone_delivery(db, "dlv_1", due_at=at(1))
        assert deliveries.load_delivery(db, "dlv_1") == settled

    def test_many_are_delivered_at_once_but_only_those_that_wait(self, db: SqliteSession) -> None:
        for number in range(100):
            queue(db, number, recipient=f"{OTHER}/{number}")
        deliveries.settle_delivery(db, "dlv_7", DeliveryState.CANCELLED, at=NOW)
        deliveries.settle_delivered(db, [f"dlv_{number}" for number in range(90)], at=at(1), status=202)
        assert deliveries.count_deliveries(db) == {"delivered": 89, "cancelled": 1, "queued": 10}
        row = load(db, "dlv_8")
        assert (row.attempts, row.last_status, row.last_error, row.settled_at) == (1, 202, None, at(1))

    @pytest.mark.parametrize(
        ("state", "again"),
        [("queued", True), ("refused", True), ("gone", True), ("delivered", False), ("cancelled", False)],
    )
    def test_the_owner_can_try_again_what_did_not_arrive(
        self, db: SqliteSession, state: str, again: bool
    ) -> None:
        queue(db, 1, due_at=at(60))
        if state != "queued":
            deliveries.settle_delivery(db, "dlv_1", DeliveryState(state), at=at(1))
        assert deliveries.requeue_delivery(db, "dlv_1", now=at(2)) == again
        assert due(db, at(2)) == (["dlv_1"] if again else [])

    def test_a_line_tried_again_keeps_its_order(self, db: SqliteSession) -> None:
        queue(db, 1, 2)
        deliveries.settle_delivery(db, "dlv_1", DeliveryState.REFUSED, at=NOW)
        deliveries.requeue_delivery(db, "dlv_1", now=NOW)
        assert due(db) == ["dlv_1"]

    def test_a_moved_inbox_gets_what_waits(self, db: SqliteSession) -> None:
        queue(db, 1, 2)
        queue(db, 3, recipient=OTHER)
        deliveries.settle_delivery(db, "dlv_1", DeliveryState.DELIVERED, at=NOW)
        assert deliveries.readdress_deliveries(db, SHOP, address=SHOP, inbox="https://new.example/inbox") == 1
        assert deliveries.readdress_deliveries(db, SHOP, address=SHOP, inbox="https://new.example/inbox") == 0
        found = [load(db, f"dlv_{number}") for number in (1, 2, 3)]
        assert [row.inbox for row in found] == [f"{SHOP}/inbox", "https://new.example/inbox", f"{SHOP}/inbox"]
        assert found[1].origin == "https://new.example"


class TestPeers:
    """A delivery names a peer, and goes to where that is."""

    NEW = "https://new.example/actors/shop"

    @pytest.fixture(autouse=True)
    def known(self, db: SqliteSession) -> None:
        for number in (1, 2):
            peers.save_peer(db, rows.peer(number))

    def move(self, db: SqliteSession, address: str) -> None:
        db.run("UPDATE peers SET address = ? WHERE actor = ? AND id = ?", address, ADA, THEM)

    def test_the_address_is_the_peers(self, db: SqliteSession) -> None:
        queue(db, 1, recipient=THEM)
        queue(db, 2, recipient=OTHER)
        found = [deliveries.load_delivery(db, f"dlv_{number}") for number in (1, 2)]
        assert [row.address for row in found if row] == [rows.peer(1).address, OTHER]
        assert [row.recipient for row in found if row] == [THEM, OTHER]

    @pytest.mark.parametrize(
        "address",
        [NEW, "http://127.0.0.1:8080/actors/shop", "https://new.example:8443/", "https://new.example"],
    )
    def test_where_a_peer_moves_what_waits_goes_along(self, db: SqliteSession, address: str) -> None:
        save_origin(db, origin(open_until=at(90)))
        queue(db, 2, recipient=THEM, due_at=at(90))
        queue(db, 1, recipient=THEM)
        queue(db, 3, recipient="peer_2", due_at=at(90))
        queue(db, 4, recipient=THEM, actor=BOB, due_at=at(90))
        deliveries.settle_delivery(db, "dlv_1", DeliveryState.DELIVERED, at=NOW)
        others = [deliveries.load_delivery(db, f"dlv_{number}") for number in (3, 4)]
        self.move(db, address)
        (moved,) = deliveries.due_deliveries(db, at(5))
        assert (moved.id, moved.address, moved.inbox) == ("dlv_2", address, "")
        assert moved.origin == origin_of(address)
        assert [deliveries.load_delivery(db, f"dlv_{number}") for number in (3, 4)] == others
        settled = deliveries.load_delivery(db, "dlv_1")
        assert settled is not None
        assert (settled.address, settled.inbox) == (address, f"{SHOP}/inbox")  # where it was sent

    def test_what_was_read_before_a_peer_moved_is_not_sent(self, db: SqliteSession) -> None:
        queue(db, 1, recipient=THEM)
        queue(db, 2, recipient="peer_2")
        read = deliveries.due_deliveries(db, NOW)
        assert deliveries.still_waiting(db, read) == {"dlv_1", "dlv_2"}
        self.move(db, self.NEW)
        assert deliveries.still_waiting(db, read) == {"dlv_2"}
        assert deliveries.still_waiting(db, deliveries.due_deliveries(db, at(5))) == {"dlv_1", "dlv_2"}

    def test_an_inbox_of_the_old_address_is_not_that_of_the_new_one(self, db: SqliteSession) -> None:
        queue(db, 1, recipient=THEM)
        old, inbox = rows.peer(1).address, "https://b.example/another-inbox"
        assert deliveries.readdress_deliveries(db, THEM, address=old, inbox=inbox) == 1
        self.move(db, self.NEW)
        assert deliveries.readdress_deliveries(db, THEM, address=old, inbox=inbox) == 0
        assert deliveries.readdress_deliveries(db, THEM, address=self.NEW, inbox=f"{self.NEW}/inbox") == 1

    def test_a_name_that_changes_moves_nothing(self, db: SqliteSession) -> None:
        queue(db, 1, recipient=THEM, due_at=at(90))
        before = deliveries.load_delivery(db, "dlv_1")
        peers.save_peer(db, rows.peer(1, name="Another"))
        assert deliveries.load_delivery(db, "dlv_1") == before


class TestOrigins:
    def test_an_origin_is_remembered(self, db: SqliteSession) -> None:
        assert load_origin(db, "https://b.example") is None
        save_origin(db, known := origin(scheme="rfc9421", failures=3))
        assert load_origin(db, "https://b.example") == known

    def test_many_origins_are_read_at_once(self, db: SqliteSession) -> None:
        known = {
            f"https://{number}.example": origin(origin=f"https://{number}.example") for number in range(150)
        }
        for row in known.values():
            save_origin(db, row)
        assert load_origins(db, []) == {}
        assert load_origins(db, [*known, *known, "https://unknown.example"]) == known

    def test_an_origin_is_named_without_its_default_port(self) -> None:
        assert origin_of("https://b.example:443/inbox") == "https://b.example"
        assert origin_of("https://b.example:8443/inbox") == "https://b.example:8443"
        with pytest.raises(Unprocessable):
            origin_of("")

    def test_what_is_held_to_be_undone_leaves_neither_sooner_nor_later_for_a_circuit(
        self, db: SqliteSession
    ) -> None:
        queue(db, 1)
        queue(db, 2, recipient=THEM)
        queue(db, 3, recipient="peer_3")
        deliveries.hold_delivery(db, "dlv_1", until=at(30))
        deliveries.postpone_delivery(db, "dlv_2", due_at=at(50))

        def due() -> list[datetime]:
            return [load(db, f"dlv_{number}").due_at for number in (1, 2, 3)]

        save_origin(db, origin(open_until=at(40), updated_at=at(1)))
        assert due() == [at(30), at(50), at(40)]
        save_origin(db, origin(updated_at=at(20)))
        assert due() == [at(30), at(20), at(20)]
        save_origin(db, origin(open_until=at(60), updated_at=at(45)))
        assert due() == [at(60), at(60), at(60)]

    def test_an_open_circuit_holds_back_its_origin_only(self, db: SqliteSession) -> None:
        queue(db, 1)
        queue(db, 2, recipient=OTHER, origin="https://c.example")
        save_origin(db, origin(open_until=at(30)))
        queue(db, 3, recipient=f"{SHOP}/2")
        assert due(db, at(29)) == ["dlv_2"]
        assert due(db, at(30)) == ["dlv_2", "dlv_3", "dlv_1"]

    def test_a_circuit_that_closes_makes_its_origin_due_at_once(self, db: SqliteSession) -> None:
        queue(db, 1)
        save_origin(db, origin(open_until=at(30)))
        save_origin(db, origin(updated_at=at(10)))
        assert due(db, at(10)) == ["dlv_1"]

    def test_a_success_elsewhere_at_the_origin_leaves_the_waiting_alone(self, db: SqliteSession) -> None:
        save_origin(db, origin())
        queue(db, 1, due_at=at(30))
        save_origin(db, origin(updated_at=at(10)))
        assert due(db, at(10)) == []

    def test_a_circuit_does_not_bring_forward_what_waits_longer(self, db: SqliteSession) -> None:
        queue(db, 1, due_at=at(60))
        save_origin(db, origin(open_until=at(30)))
        assert due(db, at(59)) == []

    def test_origins_long_unheard_of_are_forgotten_unless_something_waits(self, db: SqliteSession) -> None:
        save_origin(db, origin())
        save_origin(db, origin(origin="https://c.example"))
        save_origin(db, origin(origin="https://d.example", updated_at=at(9)))
        queue(db, 1)
        assert forget_origins(db, before=at(9)) == 1
        assert load_origin(db, "https://c.example") is None


class TestWhenNext:
    def test_nothing_is_next_when_nothing_waits(self, db: SqliteSession) -> None:
        assert deliveries.next_due(db, NOW) is None
        queue(db, 1, due_at=at(5))
        deliveries.settle_delivery(db, "dlv_1", DeliveryState.DELIVERED, at=NOW)
        assert deliveries.next_due(db, NOW) is None

    def test_the_first_in_line_decides(self, db: SqliteSession) -> None:
        queue(db, 1, due_at=at(30))
        queue(db, 2, due_at=at(5))
        assert deliveries.next_due(db, NOW) == at(30)
        queue(db, 3, due_at=at(20), recipient=OTHER)
        assert deliveries.next_due(db, NOW) == at(20)

    def test_what_can_be_sent_already_is_not_next(self, db: SqliteSession) -> None:
        queue(db, 1)
        assert deliveries.next_due(db, NOW) is None
        assert due(db) == ["dlv_1"]

    def test_an_open_circuit_decides(self, db: SqliteSession) -> None:
        save_origin(db, origin(open_until=at(30)))
        assert deliveries.next_due(db, NOW) is None
        queue(db, 1)
        assert deliveries.next_due(db, NOW) == at(30)
        assert due(db, at(30)) == ["dlv_1"]

    def test_what_is_next_is_then_due(self, db: SqliteSession) -> None:
        chance = random.Random(5)
        for number in range(40):
            queue(db, number, recipient=f"{OTHER}/{number % 9}", due_at=at(chance.randint(0, 90)))
        save_origin(db, origin(open_until=at(45)))
        moment, looks = NOW, 0
        while True:
            for id in (found := due(db, moment, limit=100)):
                deliveries.settle_delivery(db, id, DeliveryState.DELIVERED, at=moment)
            following = None if found else deliveries.next_due(db, moment)
            if not found and following is None:
                break
            assert following is None or following > moment
            moment, looks = following or moment, looks + 1
        assert looks <= 2 * 40
        assert deliveries.count_deliveries(db) == {"delivered": 40}


def test_a_delivery_waits_until_it_is_settled_or_attempted(db: SqliteSession) -> None:
    queue(db, 1)
    queue(db, 2, recipient=OTHER)
    read = [load(db, id) for id in ("dlv_1", "dlv_2")]
    assert deliveries.still_waiting(db, read) == {"dlv_1", "dlv_2"}
    deliveries.settle_delivery(db, "dlv_1", DeliveryState.CANCELLED, at=NOW)
    assert deliveries.still_waiting(db, read) == {"dlv_2"}
    deliveries.postpone_delivery(db, "dlv_2", due_at=NOW)
    assert deliveries.still_waiting(db, [*read, rows.delivery(9)]) == set()


def test_deliveries_are_counted_and_listed(db: SqliteSession) -> None:
    queue(db, 1, 2)
    queue(db, 3, actor=BOB)
    deliveries.settle_delivery(db, "dlv_1", DeliveryState.DELIVERED, at=NOW)
    assert deliveries.count_deliveries(db) == {"delivered": 1, "queued": 2}
    assert deliveries.count_deliveries(db, BOB) == {"queued": 1}

    def listed(**arguments: Any) -> list[str]:
        return [row.id for row in deliveries.list_deliveries(db, ADA, **arguments).items]

    assert listed() == ["dlv_2", "dlv_1"]
    assert listed(state=DeliveryState.QUEUED) == ["dlv_2"]
    assert listed(cursor="dlv_2") == ["dlv_1"]
