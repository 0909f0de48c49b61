from typing import Any

import pytest

from node.storage import (
    accesses,
    agreements,
    grants,
    holdings,
    intentions,
    losses,
    messages,
    offers,
    peer_keys,
    peers,
    profiles,
    projections,
    stock,
    term_settings,
    terms_templates,
    told,
    undertakings,
)
from node.storage.errors import StorageError
from node.storage.moves import save_move
from node.storage.peer_keys import KeyState, PeerKeyRow
from node.storage.profiles import ProfileRow, PublicationRow
from node.storage.projections import Mismatch, differences, marks, snapshot, truncate
from node.storage.sqlite.session import SqliteSession
from node.storage.term_settings import TermSettingsRow
from node.storage.terms_templates import TermsTemplateRow
from node.storage.tokens import add_token
from tests.storage import rows
from tests.storage.rows import ADA, NOW
from tests.whole import PROJECTIONS

RED = {"name": "A bike", "lead_days": 2, "properties": [{"property": "colour", "value": "red"}]}


def fill(db: SqliteSession, numbers: list[int]) -> None:
    for number in numbers:
        intentions.save_intention(db, rows.intention(number))
        told.save_told(db, rows.told(number))
        undertakings.save_undertaking(db, rows.undertaking(number))
        grants.save_grant(db, rows.grant(number))
        accesses.save_access(db, rows.access(number))
        holdings.save_holding(db, rows.holding(number))
        offers.save_offer(db, rows.offer(number))
        losses.save_loss(db, rows.loss(number))
        save_move(db, rows.move(number, offer=f"of_{number}"))
        messages.save_message(db, rows.message(number, offer=f"of_{number}"))
        agreements.save_agreement(db, rows.agreement(number, offer=f"of_{number}", own=False))
        peers.save_peer(db, rows.peer(number))
        peers.save_follow(db, rows.follow(number))
        peer_keys.save_key(db, PeerKeyRow(ADA, f"peer_{number}", "zKey", KeyState.HELD, NOW))
    profiles.save_profile(db, ProfileRow(ADA, {"name": "Ada"}, NOW))
    profiles.save_publication(db, PublicationRow(ADA, {"email": ["ada@ada.example"]}, NOW))
    term_settings.save_term_settings(db, TermSettingsRow(ADA, {"maximum": "SD-BASE"}, NOW, NOW))
    terms_templates.save_terms_template(db, TermsTemplateRow(ADA, {"policy": {}}, "zQm1", NOW))
    terms_templates.count_answers(db, ADA, "zQm1", ["sent"])
    stock.save_rule(db, ADA, {}, at=NOW)
    # An item has a number by the order it came in, and a journal has one order.
    rows.load_list(db, ADA, [rows.item(f"bike-{number}", document=RED) for number in sorted(numbers)])
    stock.reserve(db, ADA, offer="of_1", sku="bike-1", origin="https://b.example", quantity=1)


def test_every_projection_is_filled_by_this_test_and_then_emptied(db: SqliteSession) -> None:
    empty = snapshot(db, PROJECTIONS)
    fill(db, [1, 2])
    counts = {table: db.conn.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in PROJECTIONS}
    assert all(counts.values())
    add_token(db, rows.token())
    truncate(db, PROJECTIONS)
    assert snapshot(db, PROJECTIONS) == empty
    assert db.conn.execute("SELECT count(*) FROM tokens").fetchone() == (1,)


def test_the_same_rows_in_another_order_are_the_same_state(db: SqliteSession) -> None:
    fill(db, [1, 2, 3])
    before = snapshot(db, PROJECTIONS)
    truncate(db, PROJECTIONS)
    fill(db, [3, 1, 2])
    assert snapshot(db, PROJECTIONS) == before


@pytest.mark.parametrize("table", PROJECTIONS)
def test_any_row_changes_the_state(db: SqliteSession, table: str) -> None:
    fill(db, [1])
    before = snapshot(db, PROJECTIONS)
    db.conn.execute("PRAGMA foreign_keys = OFF")
    db.conn.execute(f"DELETE FROM {table}")
    assert snapshot(db, PROJECTIONS) != before


def test_any_value_changes_the_state(db: SqliteSession) -> None:
    fill(db, [1])
    before = snapshot(db, PROJECTIONS)
    offers.save_offer(db, rows.offer(rounds=2))
    changed = snapshot(db, PROJECTIONS)
    assert changed != before
    assert snapshot(db, ["peers"]) == snapshot(db, ["peers"])
    offers.save_offer(db, rows.offer())
    assert snapshot(db, PROJECTIONS) == before


def test_a_row_in_another_table_is_another_state(db: SqliteSession) -> None:
    profiles.save_profile(db, ProfileRow(ADA, {}, NOW))
    one = snapshot(db, ["profiles", "rules"])
    truncate(db, PROJECTIONS)
    stock.save_rule(db, ADA, {}, at=NOW)
    assert snapshot(db, ["profiles", "rules"]) != one


def test_a_table_that_does_not_exist_is_a_mistake(db: SqliteSession) -> None:
    with pytest.raises(StorageError, match="no such table: diary"):
        snapshot(db, ["peers", "diary"])


def test_of_a_table_a_page_is_held_and_of_its_marks_what_was_not_found_again(
    db: SqliteSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(db, [1, 2, 3, 4, 5])
    whole = snapshot(db, PROJECTIONS)
    monkeypatch.setattr(projections, "PAGE", 2)
    read: list[int] = []

    class Noting(SqliteSession):
        def all(self, sql: str, *values: Any) -> Any:
            found = super().all(sql, *values)
            read.append(len(found) if sql.startswith("SELECT *") else 0)
            return found

    session = Noting(db.conn)
    assert snapshot(session, PROJECTIONS) == whole
    before = marks(session, PROJECTIONS)
    offers.delete_offer(db, ADA, "of_9")
    messages.save_message(db, rows.message(6, offer="of_1"))
    db.run("DELETE FROM follows WHERE peer = 'peer_2'")
    offers.save_offer(db, rows.offer(3, rounds=7))
    assert list(differences(session, before)) == [
        Mismatch("messages", f"{ADA} {rows.message(6).iri}", None),
        Mismatch("offers", f"{ADA} of_3", "rounds"),
        Mismatch("follows", f"{ADA} peer_2 follower", None),
    ]
    assert max(read) == 2
    assert sum(map(len, before.values())) == 1
