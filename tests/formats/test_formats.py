"""Every format of the file that a release has left behind is opened, holds, and leads to the same state."""

import lzma
from pathlib import Path

import pytest

from node.services.ledger import journals
from node.storage import chains, editions, journal
from node.storage.projections import snapshot
from node.storage.sqlite.database import open_database
from node.storage.sqlite.migrations import check
from tests.formats.write import FOLDER
from tests.transactions import transact
from tests.whole import LEDGER, PROJECTIONS

FILES = sorted(FOLDER.glob("*/*.db.xz"))

# The ends of the chains when the files were written. A migration may change tables; never what was signed.
HEADS = {
    "1/ada": "149:7360f337a6077d36f4315693da842313a530898b1934025923acadb4e504759b",
    "1/bikes": "148:cada58f3844d5e746412646df311ef92b15c358ecfa53286e3cf31a261070173",
}


def unpacked(packed: Path, folder: Path) -> Path:
    """Put a file back as it was when it was written."""
    folder.mkdir(exist_ok=True)
    path = folder / "node.db"
    path.write_bytes(lzma.decompress(packed.read_bytes()))
    return path


def name_of(packed: Path) -> str:
    return f"{packed.parent.name}/{packed.name.removesuffix('.db.xz')}"


@pytest.mark.parametrize("packed", FILES, ids=name_of)
def test_a_file_of_each_format_opens_holds_and_is_rebuilt_to_the_same(packed: Path, tmp_path: Path) -> None:
    with open_database(unpacked(packed, tmp_path)) as session:
        report = chains.verify(session)
        assert (report.ok, check(session).ok) == (True, True)
        (head,) = report.heads.values()
        assert f"{head.place}:{head.hash.hex()}" == HEADS[name_of(packed)]
        # The one purged something; the other was told to forget a message, and a value that it had read.
        assert report.purged == {"1/ada": 1, "1/bikes": 2}[name_of(packed)]
        assert editions.current_edition(session).startswith("ed_")
        before = snapshot(session, PROJECTIONS)
        rebuilt = transact(session, lambda session: journals.rebuild(session, LEDGER))
        assert (rebuilt["unchanged"], rebuilt["passed_over"]) == (True, 0)
        assert snapshot(session, PROJECTIONS) == before


def test_the_files_of_a_format_have_every_kind_of_entry(tmp_path: Path) -> None:
    found: set[str] = set()
    for packed in (FOLDER / "1").glob("*.db.xz"):
        with open_database(unpacked(packed, tmp_path / packed.name)) as session:
            found |= {recorded.entry.kind for recorded in journal.entries(session)}
    # A kind that a later release adds comes with the files of a later format.
    assert found == set(LEDGER.projectors)


def test_each_file_is_small_enough_to_be_kept() -> None:
    assert [packed.name for packed in FILES if packed.stat().st_size > 300_000] == []
