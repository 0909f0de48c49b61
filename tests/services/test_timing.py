"""What is due but cannot be done: noted, waited for, and in nobody's way."""

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta

from structlog.testing import capture_logs

from node.core.entries import Direction, Entry
from node.services.acting import Residents
from node.services.ledger.chapters import Clock
from node.services.ledger.clockwork import Clockwork
from node.services.ledger.timing import record_each
from node.storage.session import Session
from node.storage.sqlite.database import SqliteStore
from protocol.negotiation import Event
from tests.services.parties import Party
from tests.services.test_negotiation import cast, offer, only
from tests.whole import LEDGER


def expiry(party: Party, offer: str) -> Entry:
    return Entry(
        at=party.clock.now,
        direction=Direction.LOCAL,
        kind="offer.expired",
        actor=party.iri,
        peer=None,
        subject=offer,
        decision={"offer": offer, "event": Event.EXPIRE.value},
    )


def test_one_entry_that_cannot_be_made_holds_up_no_other(ada: Party, bikes: Party) -> None:
    cast(ada, bikes)
    offer(bikes, ada)
    standing = only(ada)["id"]
    with capture_logs() as logs:
        ada.write(
            lambda session: record_each(
                session, ada.residents, [expiry(ada, "of_nowhere"), expiry(ada, standing)]
            )
        )
    assert [entry["subject"] for entry in logs] == ["of_nowhere"]
    assert only(ada)["state"] == "expired"


def test_what_stays_due_is_tried_again_after_a_pause(ada: Party) -> None:
    def due(_session: Session, residents: Residents) -> datetime:
        return residents.clock() - timedelta(hours=1)

    def stuck(_session: Session, _residents: Residents, _now: datetime) -> bool:
        return False

    ledger = replace(LEDGER, clocks={"stuck": Clock(next_due=due, turn=stuck)})

    async def turn() -> datetime | None:
        store = SqliteStore.open(ada.folder / "ada.db")
        try:
            return await Clockwork(store, ada.residents, ledger).turn()
        finally:
            await store.close()

    assert asyncio.run(turn()) == ada.clock.now + timedelta(seconds=1)
