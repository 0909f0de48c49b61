"""The small tables: profiles, receipts, refusals, cursors."""

import pytest

from node.storage import cursors, profiles, receipts, refusals
from node.storage.errors import StorageError
from node.storage.profiles import ProfileRow
from node.storage.receipts import ReceiptRow
from node.storage.refusals import BODY_LIMIT_BYTES
from node.storage.sqlite.session import SqliteSession
from node.storage.tables import PAGE_LIMIT
from tests.storage.rows import ADA, BOB, NOW, SHOP, at


def test_an_actor_has_one_profile(db: SqliteSession) -> None:
    assert profiles.load_profile(db, ADA) is None
    profiles.save_profile(db, ProfileRow(ADA, {"name": "Ada"}, NOW))
    profiles.save_profile(db, changed := ProfileRow(ADA, {"name": "Ada L."}, at(1)))
    assert profiles.load_profile(db, ADA) == changed
    assert profiles.load_profile(db, BOB) is None


def test_a_receipt_is_given_once_per_activity_and_recipient(db: SqliteSession) -> None:
    receipt = ReceiptRow("https://b.example/activities/act_1", ADA, "zQm1", 202, NOW)
    receipts.add_receipt(db, receipt)
    assert receipts.load_receipt(db, receipt.activity, ADA) == receipt
    assert receipts.load_receipt(db, receipt.activity, BOB) is None
    with pytest.raises(StorageError):
        receipts.add_receipt(db, receipt)


def test_a_digest_that_is_no_text_is_not_kept(db: SqliteSession) -> None:
    receipt = ReceiptRow("https://b.example/activities/act_1", ADA, b"zQm1", 202, NOW)  # type: ignore[arg-type]
    with pytest.raises(StorageError):
        receipts.add_receipt(db, receipt)


def test_refusals_are_listed_newest_first(db: SqliteSession) -> None:
    for number in range(1, 4):
        refusals.add_refusal(
            db, at=at(number), code=f"code-{number}", detail="No.", actor=ADA, peer=SHOP, body=b"{}"
        )
    refusals.add_refusal(db, at=at(4), code="another's", detail="No.", actor=BOB, peer=SHOP, body=b"{}")
    first = refusals.list_refusals(db, ADA, limit=2)
    assert ([row.code for row in first.items], first.next) == (["code-3", "code-2"], "2")
    second = refusals.list_refusals(db, ADA, before=int(first.next or 0), limit=2)
    assert ([row.code for row in second.items], second.next) == (["code-1"], None)
    assert (second.items[0].peer, second.items[0].at, second.items[0].body) == (SHOP, at(1), b"{}")


def test_refusals_are_bounded_in_number_and_size(db: SqliteSession, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(refusals, "REFUSALS_LIMIT", 5)
    for number in range(12):
        refusals.add_refusal(db, at=NOW, code=f"code-{number}", detail="No.", actor=ADA, body=bytes(10_000))
    kept = refusals.list_refusals(db, ADA).items
    assert [row.code for row in kept] == [f"code-{number}" for number in (11, 10, 9, 8, 7)]
    assert {len(row.body) for row in kept} == {BODY_LIMIT_BYTES}


@pytest.mark.parametrize(("limit", "size"), [(10**9, PAGE_LIMIT), (-1, 1)])
def test_a_page_of_refusals_has_a_limit(db: SqliteSession, limit: int, size: int) -> None:
    for _ in range(PAGE_LIMIT + 1):
        refusals.add_refusal(db, at=NOW, code="code", detail="No.", actor=ADA)
    assert len(refusals.list_refusals(db, ADA, limit=limit).items) == size


def test_a_follower_of_the_journal_goes_on_where_it_stopped(db: SqliteSession) -> None:
    assert cursors.load_cursor(db, ADA, "shop") == 0
    for place in (3, 8):
        cursors.save_cursor(db, ADA, "shop", place)
    cursors.save_cursor(db, BOB, "shop", 2)
    assert cursors.load_cursor(db, ADA, "shop") == 8
    assert cursors.load_cursor(db, ADA, "webhooks") == 0
