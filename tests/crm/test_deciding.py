"""What a person decides about the CRM: told once, for all of a reason, and on values as they stood."""

from dataclasses import replace
from pathlib import Path

import pytest

from node.core.notices import NoticeKind, Saying
from node.core.records import RecordKind
from node.services.crm import deciding, queueing, waiting
from node.services.notices.tidings import tiding
from node.storage import crm, notices
from node.storage.crm import CallState, ConflictReason
from node.storage.session import Session
from protocol.errors import Conflict, NotFound, Unprocessable
from tests.crm.test_bridge import Business

MANY = deciding.AT_ONCE + 30


@pytest.fixture
def business(tmp_path: Path) -> Business:
    return Business(tmp_path)


def listen(business: Business) -> None:
    """Give the shop an address at which it is told."""
    phone = notices.ChannelRow(
        id="ch_1",
        actor=business.shop.iri,
        person=business.shop.handle,
        medium="push",
        address="Phone",
        config={},
        added_at=business.clock.now,
    )
    business.shop.write(lambda db: notices.save_channel(db, phone))


def told(business: Business) -> list[str]:
    """Return where the notices lead that the shop gets of its CRM now, one for each."""

    now, found = business.clock.now, list[str]()

    def look(db: Session) -> None:
        due = notices.due_notices(db, business.shop.iri, "ch_1", now, beyond=now, limit=100)
        rows = [row for row in due if row.kind is NoticeKind.CRM]
        said = (tiding(db, business.shop.acting, row, Saying.THAT) for row in rows)
        found.extend(one.path for one in said if one is not None)

    business.shop.write(look)
    return found


def put(business: Business, *ids: str, reason: ConflictReason = ConflictReason.DELETED) -> None:
    for id in ids:
        business.shop.do(
            queueing.put_before_owner, RecordKind.NOTE, reason, "A sentence.", crm_id=id, external_id=""
        )


async def test_what_is_to_be_decided_is_told_once_and_many_deletions_once_for_all(business: Business) -> None:
    listen(business)
    await business.connect()
    put(business, *map(str, range(50)))
    assert told(business) == ["/desk/integration"]
    put(business, "a", "b", reason=ConflictReason.REFUSED)
    put(business, "a", "b", reason=ConflictReason.REFUSED)  # the same again is not news
    assert len(told(business)) == 3
    for reason in ("deleted", "refused"):
        business.shop.do(deciding.decide_all, reason=reason, decision="discard")
    assert told(business) == []  # decided before anybody was told
    put(business, "c")
    assert len(told(business)) > 0


async def test_the_same_again_keeps_its_id_and_is_said_in_its_newest_words(business: Business) -> None:
    put(business, "7", reason=ConflictReason.REFUSED)
    (before,) = business.conflicts()
    business.shop.do(
        queueing.put_before_owner, RecordKind.NOTE, ConflictReason.REFUSED, "Otherwise.", crm_id="7"
    )
    (after,) = business.conflicts()
    assert after == {**before, "detail": "Otherwise."}


async def test_all_of_a_reason_is_decided_some_at_a_time(business: Business) -> None:
    with pytest.raises(NotFound):
        business.shop.do(deciding.decide_all, reason="deleted", decision="retry")
    await business.connect()
    put(business, *map(str, range(MANY)))
    put(business, "x", reason=ConflictReason.REFUSED)
    done = business.shop.do(deciding.decide_all, reason="deleted", decision="discard")
    assert done == {"decided": deciding.AT_ONCE, "left": MANY - deciding.AT_ONCE}
    done = business.shop.do(deciding.decide_all, reason="deleted", decision="retry")
    assert done == {"decided": MANY - deciding.AT_ONCE, "left": 0}
    assert business.shop.do(deciding.decide_all, reason="deleted", decision="retry")["decided"] == 0
    assert [item["reason"] for item in business.conflicts()] == ["refused"]


async def test_a_choice_needs_two_values_and_leaves_the_other_fields(business: Business) -> None:
    await business.begin()
    await business.wish("Bike")
    (row,) = business.rows("opportunities.csv")
    fields = {
        name: {"from": [name], "owner": "manual", "ours": "A", "theirs": "B"} for name in ("source", "title")
    }
    ids = {"external_id": row["freehold"], "crm_id": row["id"]}
    about = (RecordKind.OPPORTUNITY, ConflictReason.CHANGED, "Both.")
    business.shop.do(queueing.put_before_owner, *about, **ids, fields=fields)
    put(business, "x")
    both, single = sorted(business.conflicts(), key=lambda item: item["reason"])
    with pytest.raises(Unprocessable):
        business.shop.do(deciding.choose, single["id"], choice="ours", seen="none")
    with pytest.raises(Conflict):
        business.shop.do(deciding.choose, both["id"], choice="ours", seen="none")
    seen = str(both["seen"])
    left = business.shop.do(deciding.choose, both["id"], choice="ours", seen=seen, field="title")
    assert [field["to"] for field in left["fields"]] == ["source"]
    assert left["detail"] == "Both sides changed: source. Choose whose value holds."
    with pytest.raises(Conflict):  # the other field is seen anew
        business.shop.do(deciding.choose, both["id"], choice="theirs", seen=seen)
    business.shop.do(deciding.choose, both["id"], choice="theirs", seen=left["seen"])
    assert [item["id"] for item in business.conflicts()] == [single["id"]]


async def test_what_waits_is_tried_now_or_not_brought(business: Business) -> None:
    await business.begin()
    await business.wish("Bike")
    (row,) = business.rows("opportunities.csv")
    business.shop.do(queueing.queue, [(RecordKind.OPPORTUNITY, row["freehold"])])
    (waits,) = business.shop.do(waiting.waiting)["items"]
    assert (waits["name"], waits["state"]) == ("Bike", "queued")
    business.shop.do(queueing.queue, [(RecordKind.OPPORTUNITY, row["freehold"])])
    assert business.shop.do(waiting.waiting)["items"][0]["id"] == waits["id"]  # it waits once
    tried = business.shop.do(waiting.try_now, waits["id"])
    assert (tried["attempts"], tried["state"]) == (0, "queued")
    business.shop.do(waiting.drop, waits["id"])
    assert business.shop.do(waiting.waiting, state=CallState.QUEUED.value)["items"] == []
    with pytest.raises(NotFound):
        business.shop.do(waiting.try_now, waits["id"])


async def test_how_it_stands_is_shown_of_a_kind_that_is_no_longer_installed(business: Business) -> None:
    await business.begin()

    def rename(db: Session) -> None:
        row = crm.load_connection(db, business.shop.iri)
        assert row is not None
        crm.save_connection(db, replace(row, adapter="gone"))

    business.shop.write(rename)
    shown = await business.desk.show(business.shop.acting)
    assert (shown["title"], shown["looks_every"]) == ("gone", 30)
