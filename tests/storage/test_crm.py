"""What is kept about a CRM: its counts are those of the rows, whatever becomes of each."""

import pytest

from node.core.records import RecordKind, RecordState
from node.storage import crm
from node.storage.crm import CallState, ConflictReason
from node.storage.sqlite.session import SqliteSession
from tests.storage import rows
from tests.storage.rows import ADA, BOB


@pytest.fixture
def kept(db: SqliteSession) -> SqliteSession:
    """A file in which two actors have records in their CRM, and one has something that waits."""
    for number in range(4):
        crm.save_record(db, rows.crm_record(number))
        crm.save_call(db, rows.crm_call(number))
        crm.save_conflict(db, rows.crm_conflict(number))
    crm.save_record(db, rows.crm_record(9, kind=RecordKind.CUSTOMER))
    crm.save_record(db, rows.crm_record(1, actor=BOB))
    return db


def test_records_are_counted_by_kind_without_those_that_are_there_no_more(kept: SqliteSession) -> None:
    assert crm.count_records(kept, ADA) == {"customer": 1, "opportunity": 4}
    crm.save_record(kept, rows.crm_record(0, version="2", state=RecordState.WON))  # it is the same one
    crm.save_record(kept, rows.crm_record(1, ignored=True))
    crm.delete_record(kept, ADA, RecordKind.OPPORTUNITY, "urn:x:2")
    crm.delete_record(kept, ADA, RecordKind.CUSTOMER, "urn:x:9")
    assert crm.count_records(kept, ADA) == {"opportunity": 2}
    crm.save_record(kept, rows.crm_record(1))
    assert crm.count_records(kept, ADA) == {"opportunity": 3}
    assert crm.count_records(kept, BOB) == {"opportunity": 1}


def test_what_waits_is_counted_by_state_and_what_is_to_be_decided_by_reason(kept: SqliteSession) -> None:
    crm.save_call(kept, rows.crm_call(0, state=CallState.REFUSED))
    crm.delete_call(kept, rows.crm_call(1))
    assert crm.count_calls(kept, ADA) == {"queued": 2, "refused": 1}
    crm.save_conflict(kept, rows.crm_conflict(8, reason=ConflictReason.CHANGED))
    crm.delete_conflict(kept, ADA, "cf_0")
    assert crm.count_conflicts(kept, ADA) == {"deleted": 3, "changed": 1}


def test_of_a_crm_that_is_let_go_nothing_is_counted_any_more(kept: SqliteSession) -> None:
    crm.delete_connection(kept, ADA)
    counted = [count(kept, ADA) for count in (crm.count_records, crm.count_calls, crm.count_conflicts)]
    assert counted == [{}, {}, {}]
    assert crm.count_records(kept, BOB) == {"opportunity": 1}
