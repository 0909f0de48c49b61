"""What stands between an adapter and the bridge: an answer is bounded, and is what was asked for."""

from dataclasses import replace

import pytest

from node.core.records import ChangesPage, CrmRecord, RecordChange, RecordKind, RecordVerb, Upsert, Upserted
from node.crm.checked import LIMIT_CURSOR, SEVERAL, CheckedCrm
from node.crm.port import (
    LIMIT_PAGE,
    CrmDescription,
    CrmError,
    CrmHealth,
    CrmMissing,
    CrmRefused,
    CrmUnavailable,
    CrmUnreadable,
)

CUSTOMER = RecordKind.CUSTOMER
ADA = CrmRecord(kind=CUSTOMER, id="7", version="1", external_id="https://ada.example/a")
ODD = replace(ADA, id="7\n")
WRITE = Upsert(kind=CUSTOMER, external_id=ADA.external_id)


class Saying:
    """An adapter that says this of whatever it is asked."""

    def __init__(self, record: CrmRecord, *, cursor: str = "1", id: str = "7") -> None:
        self.record, self.cursor, self.id = record, cursor, id

    async def describe(self) -> CrmDescription:
        return CrmDescription(title="My\nCRM", kinds={})

    async def changes(self, _cursor: str) -> ChangesPage:
        gone = RecordChange(kind=CUSTOMER, id="8", record=None)
        return ChangesPage((gone, RecordChange(kind=CUSTOMER, id=self.id, record=self.record)), self.cursor)

    async def get(self, _kind: RecordKind, _id: str) -> CrmRecord:
        return self.record

    async def find(self, _kind: RecordKind, _external_id: str) -> tuple[CrmRecord, ...]:
        return (self.record,) * 10_000

    async def upsert(self, _write: Upsert) -> Upserted:
        return Upserted(self.record, created=True)

    async def act(
        self, _kind: RecordKind, _id: str, verb: RecordVerb, *, reason: str = ""
    ) -> CrmRecord | None:
        return None if verb is RecordVerb.FORGET else replace(self.record, fields={"reason": reason})

    async def bulk(self, _writes: object) -> tuple[Upserted | CrmError, ...]:
        return Upserted(self.record, created=True), CrmRefused("no")

    async def health(self) -> CrmHealth:
        return CrmHealth("My\nCRM")


async def test_what_is_in_order_is_passed_on() -> None:
    crm = CheckedCrm(Saying(ADA))
    assert (await crm.describe()).title == "My\ufffdCRM"
    assert [change.record for change in (await crm.changes("")).changes] == [None, ADA]
    assert await crm.get(CUSTOMER, "7") == ADA
    assert await crm.find(CUSTOMER, ADA.external_id) == (ADA,) * SEVERAL
    assert (await crm.upsert(WRITE)).record == ADA
    assert await crm.act(CUSTOMER, "7", RecordVerb.WIN, reason="r") == replace(ADA, fields={"reason": "r"})
    assert await crm.act(CUSTOMER, "7", RecordVerb.FORGET) is None
    written, refused = await crm.bulk([WRITE, WRITE])
    assert isinstance(written, Upserted)
    assert isinstance(refused, CrmRefused)
    assert (await crm.health()).title == "My\ufffdCRM"


async def test_what_is_odd_is_an_answer_of_something_else() -> None:
    crm = CheckedCrm(Saying(ODD, id=ODD.id))
    for asked in (
        crm.changes(""),
        crm.find(CUSTOMER, "x"),
        crm.upsert(WRITE),
        crm.act(CUSTOMER, "7", RecordVerb.WIN),
        crm.bulk([WRITE]),
    ):
        with pytest.raises(CrmUnavailable, match="cannot be kept"):
            await asked


async def test_the_record_of_another_is_not_the_one_that_was_asked_for() -> None:
    with pytest.raises(CrmMissing):
        await CheckedCrm(Saying(ADA)).get(CUSTOMER, "8")
    with pytest.raises(CrmMissing):
        await CheckedCrm(Saying(replace(ADA, in_place_of="9"))).get(CUSTOMER, "8")
    with pytest.raises(CrmUnavailable):
        await CheckedCrm(Saying(ADA, id="9")).changes("")


async def test_a_record_that_says_it_took_the_place_of_the_one_that_was_asked_for_is_it() -> None:
    other = replace(ADA, in_place_of="8")
    assert await CheckedCrm(Saying(other)).get(CUSTOMER, "8") == other


async def test_a_record_that_belongs_to_nothing_that_can_be_kept_is_told_by_itself() -> None:
    lost = replace(ADA, links={RecordKind.OPPORTUNITY: "9\n"})
    crm = CheckedCrm(Saying(lost))
    (_, told) = (await crm.changes("")).changes
    assert (told.kind, told.id, told.record) == (CUSTOMER, "7", None)
    assert "look at it in the CRM" in told.fault
    for asked in (crm.get(CUSTOMER, "7"), crm.find(CUSTOMER, "x"), crm.upsert(WRITE)):
        with pytest.raises(CrmUnreadable, match="can be kept"):
            await asked


@pytest.mark.parametrize(("unreadable", "read", "is_told"), [(20, 0, True), (21, 21, True), (21, 20, False)])
async def test_where_most_cannot_be_read_something_else_answers(
    unreadable: int, read: int, is_told: bool
) -> None:
    """Nobody decides about each record of a CRM that is another one than it was."""

    class Illegible(Saying):
        async def changes(self, _cursor: str) -> ChangesPage:
            ids = [str(number) for number in range(unreadable)]
            odd = [RecordChange(kind=CUSTOMER, id=id, record=None, fault="x\ny" * 200) for id in ids]
            others = [replace(ADA, id=f"a{number}") for number in range(read)]
            well = [RecordChange(kind=CUSTOMER, id=one.id, record=one) for one in others]
            return ChangesPage((*odd, *well), "1")

    crm = CheckedCrm(Illegible(ADA))
    if is_told:
        page = await crm.changes("")
        assert {change.fault for change in page.changes if change.fault} == {("x\ufffdy" * 200)[:300]}
        assert len(page.changes) == unreadable + read
        return
    with pytest.raises(CrmUnavailable, match="cannot be read"):
        await crm.changes("")


async def test_a_cursor_that_fills_the_disk_is_none() -> None:
    with pytest.raises(CrmUnavailable, match="where to go on"):
        await CheckedCrm(Saying(ADA, cursor="x" * (LIMIT_CURSOR + 1))).changes("")


async def test_a_page_has_an_end() -> None:
    """An adapter of somebody else may forget that: what it tells of would be held all at once."""

    class Crowded(Saying):
        async def changes(self, _cursor: str) -> ChangesPage:
            gone = [RecordChange(kind=CUSTOMER, id=str(number), record=None) for number in range(self.count)]
            return ChangesPage(tuple(gone), "1")

        count = LIMIT_PAGE

    crowded = Crowded(ADA)
    assert len((await CheckedCrm(crowded).changes("")).changes) == LIMIT_PAGE
    crowded.count += 1
    with pytest.raises(CrmUnavailable, match="at once"):
        await CheckedCrm(crowded).changes("")
