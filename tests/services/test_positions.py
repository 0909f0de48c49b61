"""Positions that programs keep: what becomes of them when an older copy of the data folder is put back."""

import shutil
from pathlib import Path

import pytest

from node.services.intentions import casting
from node.services.ledger import journals
from node.services.ledger.positions import HistoryChanged, Position, current_position, read_position
from node.storage import journal
from node.storage.editions import begin_edition
from tests.services.parties import Clock, Party
from tests.services.test_negotiation import wish

BEGINNING = "ed_1.0.00000000"


def cast(party: Party, *names: str) -> None:
    for name in names:
        party.do(casting.cast, wish(name=name, audience=["public"]))


def read(party: Party, position: str) -> Position:
    return read_position(party.db, party.iri, position, name="cursor")


def now(party: Party) -> str:
    return str(current_position(party.db, party.iri))


def put_back(party: Party, copy: Path) -> Party:
    """Put a copy of a folder in the place of the folder, as the page on backups says."""
    party.db.close()
    shutil.rmtree(party.folder)
    shutil.copytree(copy, party.folder)
    return Party(party.handle, party.folder, party.clock)


@pytest.fixture
def begun(tmp_path: Path, clock: Clock) -> Party:
    (tmp_path / "data").mkdir()
    party = Party("ada", tmp_path / "data", clock)
    party.write(lambda db: begin_edition(db, "ed_1", at=clock.now))
    return party


@pytest.fixture
def copied(begun: Party, tmp_path: Path) -> Party:
    """A node whose folder was copied after its first wish, and that has gone on since."""
    cast(begun, "kept")
    begun.db.close()
    shutil.copytree(begun.folder, tmp_path / "copy")
    party = Party(begun.handle, begun.folder, begun.clock)
    cast(party, "lost", "lost too")
    return party


@pytest.mark.parametrize("after", [[], ["new"], ["new", "newer"], ["new", "newer", "newest"]])
def test_who_remembers_what_was_lost_is_told(copied: Party, tmp_path: Path, after: list[str]) -> None:
    remembered = now(copied)
    assert str(read(copied, remembered)) == remembered
    restored = put_back(copied, tmp_path / "copy")
    cast(restored, *after)
    with pytest.raises(HistoryChanged) as told:
        read(restored, remembered)
    assert str(told.value.go_on_from) == BEGINNING
    assert str(read(restored, BEGINNING)) == BEGINNING  # who goes on from there is not told again


def test_who_remembers_what_the_copy_holds_goes_on(copied: Party, tmp_path: Path) -> None:
    restored = put_back(copied, tmp_path / "copy")
    remembered = now(restored)
    cast(restored, "new")
    assert str(read(restored, remembered)) == remembered


def test_a_restore_that_was_told_does_not_hide_one_that_was_not(copied: Party, tmp_path: Path) -> None:
    remembered = now(copied)
    restored = put_back(copied, tmp_path / "copy")
    cast(restored, "new", "newer", "newest")
    known = now(restored)
    restored.write(lambda db: begin_edition(db, "ed_2", at=restored.clock.now))
    with pytest.raises(HistoryChanged) as told:
        read(restored, remembered)
    assert str(told.value.go_on_from) == BEGINNING.replace("ed_1", "ed_2")
    with pytest.raises(HistoryChanged) as told:
        read(restored, known)
    assert str(told.value.go_on_from) == known.replace("ed_1", "ed_2")


def test_a_link_is_that_of_the_chain_at_its_place(begun: Party) -> None:
    assert now(begun) == BEGINNING
    cast(begun, "one", "two")
    for recorded in journal.entries_of(begun.db, begun.iri):
        position = Position("ed_1", recorded.place, recorded.hash.hex()[:8])
        assert read(begun, str(position)) == position
        page = journals.list(begun.db, begun.iri, after=recorded.place - 1, limit=1)
        assert page["next"] in {str(position), None}
    assert now(begun) == str(position)
