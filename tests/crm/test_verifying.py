"""Both sides compared: all that differ are counted, and of very many the first are named."""

from node.core.records import RecordKind
from node.crm.surveying import SHOWN, Found, SeenRecord
from node.crm.verifying import Compared


def found(id: int, *theirs: str) -> Found:
    """Return a thing of which this is to stand there, and these do."""
    seen = tuple(SeenRecord(f"r{id}", "same", "digest", each, moves=False) for each in theirs)
    return Found((RecordKind.CUSTOMER, str(id)), "same", seen, "digest")


def test_all_that_differ_are_counted_and_the_first_are_named() -> None:
    compared = Compared()
    for number in range(SHOWN + 5):
        compared.add(found(number))
    for number, theirs in enumerate(["digest", "another"], start=1_000):
        compared.add(found(number, theirs))
    shown = compared.show(RecordKind.CUSTOMER)
    assert (shown["alike"], shown["differing"]) == (False, SHOWN + 6)
    assert shown["differ"] == [str(number) for number in range(SHOWN)]
    assert (shown["freehold"], shown["crm"]) == (SHOWN + 7, 2)
