"""What the bridge relies on in every adapter: a test file of an adapter derives from `CrmContract`.

The adapter's tests give a `ground`: the CRM, empty or not, the name of a field of free text for each kind,
and a person who works in the CRM beside us, past the port.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

import pytest

from node.crm.port import (
    LIMIT_PAGE,
    Crm,
    CrmAmbiguous,
    CrmMissing,
    CrmRecord,
    CrmRefused,
    CrmStale,
    QuoteLine,
    RecordKind,
    RecordState,
    RecordVerb,
    Upsert,
    Upserted,
)

ALICE = "https://alice.example/actor"
WISH = "https://alice.example/intentions/1"
OFFER = "https://shop.example/offers/1"
HOSTILE = (
    "=1+1",
    "'=1+1",
    "''@x",
    "+49 30 1234",
    "-x",
    '"quoted", ; and\nmore',
    "ünïcode 文字 😀",
    "<b>&amp;</b>",
)


class CrmPerson(Protocol):
    """Somebody at the CRM's own screen."""

    async def change(self, kind: RecordKind, id: str, field: str, text: str) -> None:
        """Write a field of a record."""
        ...

    async def remove(self, kind: RecordKind, id: str) -> None:
        """Delete a record."""
        ...

    async def duplicate(self, kind: RecordKind, id: str) -> None:
        """Make a second record with the external id of one."""
        ...

    async def write_quotation(self, *, customer: str, opportunity: str) -> str:
        """Write a draft for a customer: two of "Fibre" at 19.90 EUR a month, valid until 2031-01-31."""
        ...


@dataclass
class Ground:
    """Where an adapter is tested."""

    crm: Crm
    text: Mapping[RecordKind, str]
    person: CrmPerson


async def everything_since(
    crm: Crm, cursor: str
) -> tuple[list[tuple[RecordKind, str, CrmRecord | None]], str]:
    """Return all changes since a cursor, page by page, and the cursor after them."""
    found: list[tuple[RecordKind, str, CrmRecord | None]] = []
    while True:
        page = await crm.changes(cursor)
        assert len(page.changes) <= LIMIT_PAGE
        found += [(change.kind, change.id, change.record) for change in page.changes]
        cursor = page.cursor
        if not page.more:
            return found, cursor


class CrmContract:
    """The tests that every adapter passes."""

    async def customer(self, ground: Ground, external_id: str = ALICE, name: str = "Alice") -> CrmRecord:
        field = ground.text[RecordKind.CUSTOMER]
        write = Upsert(kind=RecordKind.CUSTOMER, external_id=external_id, fields={field: name})
        return (await ground.crm.upsert(write)).record

    async def opportunity(self, ground: Ground) -> CrmRecord:
        customer = await self.customer(ground)
        return (
            await ground.crm.upsert(
                Upsert(
                    kind=RecordKind.OPPORTUNITY,
                    external_id=WISH,
                    fields={ground.text[RecordKind.OPPORTUNITY]: "Fibre"},
                    links={RecordKind.CUSTOMER: customer.id},
                )
            )
        ).record

    async def quotation(self, ground: Ground) -> CrmRecord:
        opportunity = await self.opportunity(ground)
        customer = opportunity.links[RecordKind.CUSTOMER]
        id = await ground.person.write_quotation(customer=customer, opportunity=opportunity.id)
        return await ground.crm.get(RecordKind.QUOTATION, id)

    # --- what it is

    async def test_it_says_what_it_can_hold(self, ground: Ground) -> None:
        described = await ground.crm.describe()
        assert {RecordKind.CUSTOMER, RecordKind.OPPORTUNITY, RecordKind.QUOTATION} <= described.kinds.keys()
        for kind, field in ground.text.items():
            (found,) = [each for each in described.kinds[kind].fields if each.name == field]
            assert found.writable
        assert described.bulk >= 1

    async def test_it_is_well(self, ground: Ground) -> None:
        assert (await ground.crm.health()).title

    # --- one record

    async def test_what_is_written_is_read(self, ground: Ground) -> None:
        field = ground.text[RecordKind.CUSTOMER]
        written = await ground.crm.upsert(
            Upsert(kind=RecordKind.CUSTOMER, external_id=ALICE, fields={field: "Alice"})
        )
        assert written.created
        assert (written.record.kind, written.record.external_id) == (RecordKind.CUSTOMER, ALICE)
        assert written.record.fields[field] == "Alice"
        assert await ground.crm.get(RecordKind.CUSTOMER, written.record.id) == written.record
        assert await ground.crm.find(RecordKind.CUSTOMER, ALICE) == (written.record,)

    async def test_the_same_again_changes_nothing(self, ground: Ground) -> None:
        first = await self.customer(ground)
        field = ground.text[RecordKind.CUSTOMER]
        again = await ground.crm.upsert(
            Upsert(kind=RecordKind.CUSTOMER, external_id=ALICE, fields={field: "Alice"})
        )
        assert (again.created, again.record.id) == (False, first.id)
        assert len(await ground.crm.find(RecordKind.CUSTOMER, ALICE)) == 1

    @pytest.mark.parametrize("text", HOSTILE)
    async def test_text_comes_back_as_it_was_written(self, ground: Ground, text: str) -> None:
        record = await self.customer(ground, name=text)
        read = await ground.crm.get(RecordKind.CUSTOMER, record.id)
        assert read.fields[ground.text[RecordKind.CUSTOMER]] == text

    async def test_another_value_is_another_version(self, ground: Ground) -> None:
        first = await self.customer(ground)
        second = await self.customer(ground, name="Alice B.")
        assert (second.id, second.fields[ground.text[RecordKind.CUSTOMER]]) == (first.id, "Alice B.")
        assert second.version != first.version

    async def test_a_field_that_is_not_named_stays(self, ground: Ground) -> None:
        opportunity = await self.opportunity(ground)
        after = await ground.crm.upsert(
            Upsert(kind=RecordKind.OPPORTUNITY, external_id=WISH, id=opportunity.id)
        )
        assert after.record.fields == opportunity.fields
        assert after.record.links == opportunity.links

    async def test_an_unknown_field_is_refused_and_nothing_is_made(self, ground: Ground) -> None:
        write = Upsert(kind=RecordKind.CUSTOMER, external_id=ALICE, fields={"no_such_field": "x"})
        with pytest.raises(CrmRefused):
            await ground.crm.upsert(write)
        assert await ground.crm.find(RecordKind.CUSTOMER, ALICE) == ()

    async def test_nothing_is_found_by_nothing(self, ground: Ground) -> None:
        await self.quotation(ground)
        for kind in (RecordKind.CUSTOMER, RecordKind.OPPORTUNITY, RecordKind.QUOTATION):
            assert await ground.crm.find(kind, "") == ()

    @pytest.mark.parametrize("other", [ALICE.upper(), ALICE[:-1], ALICE + "/", "%", "*", "_" * len(ALICE)])
    async def test_an_external_id_is_found_to_the_letter(self, ground: Ground, other: str) -> None:
        await self.customer(ground)
        assert await ground.crm.find(RecordKind.CUSTOMER, other) == ()

    async def test_a_record_that_is_not_there_is_missing(self, ground: Ground) -> None:
        customer = await self.customer(ground)
        await ground.person.remove(RecordKind.CUSTOMER, customer.id)
        with pytest.raises(CrmMissing):
            await ground.crm.get(RecordKind.CUSTOMER, customer.id)
        with pytest.raises(CrmMissing):
            await ground.crm.upsert(Upsert(kind=RecordKind.CUSTOMER, external_id=ALICE, id=customer.id))
        assert await ground.crm.find(RecordKind.CUSTOMER, ALICE) == ()

    async def test_two_with_one_external_id_are_not_written(self, ground: Ground) -> None:
        customer = await self.customer(ground)
        await ground.person.duplicate(RecordKind.CUSTOMER, customer.id)
        await everything_since(ground.crm, "")
        assert len(await ground.crm.find(RecordKind.CUSTOMER, ALICE)) == 2
        with pytest.raises(CrmAmbiguous) as caught:
            await self.customer(ground, name="Another")
        assert len(set(caught.value.ids)) == 2

    async def test_what_somebody_changed_meanwhile_is_not_written_over(self, ground: Ground) -> None:
        customer, field = await self.customer(ground), ground.text[RecordKind.CUSTOMER]
        await ground.person.change(RecordKind.CUSTOMER, customer.id, field, "Theirs")
        write = Upsert(
            kind=RecordKind.CUSTOMER,
            external_id=ALICE,
            id=customer.id,
            fields={field: "Ours"},
            base_version=customer.version,
        )
        with pytest.raises(CrmStale):
            await ground.crm.upsert(write)
        assert (await ground.crm.get(RecordKind.CUSTOMER, customer.id)).fields[field] == "Theirs"

    async def test_the_version_that_was_read_is_written_on(self, ground: Ground) -> None:
        customer, field = await self.customer(ground), ground.text[RecordKind.CUSTOMER]
        read = await ground.crm.get(RecordKind.CUSTOMER, customer.id)
        written = await ground.crm.upsert(
            Upsert(
                kind=RecordKind.CUSTOMER,
                external_id=ALICE,
                id=customer.id,
                fields={field: "Ours"},
                base_version=read.version,
            )
        )
        assert written.record.fields[field] == "Ours"

    # --- what changed

    async def test_changes_are_told_once_they_are_made(self, ground: Ground) -> None:
        _, cursor = await everything_since(ground.crm, "")
        customer = await self.customer(ground)
        found, cursor = await everything_since(ground.crm, cursor)
        assert (RecordKind.CUSTOMER, customer.id, customer) in found
        field = ground.text[RecordKind.CUSTOMER]
        await ground.person.change(RecordKind.CUSTOMER, customer.id, field, "Theirs")
        found, cursor = await everything_since(ground.crm, cursor)
        (record,) = [record for kind, id, record in found if (kind, id) == (RecordKind.CUSTOMER, customer.id)]
        assert record is not None
        assert record.fields[field] == "Theirs"

    async def test_more_changes_than_a_page_has_are_told_page_by_page(self, ground: Ground) -> None:
        """None is lost at the edge of a page, or told as it was before, and none is made twice."""
        crm, kind = ground.crm, RecordKind.CUSTOMER
        _, cursor = await everything_since(crm, "")
        names = {f"{ALICE}/{number}": f"Alice {number}" for number in range(LIMIT_PAGE + 20)}
        writes = [
            Upsert(kind=kind, external_id=external_id, fields={ground.text[kind]: name})
            for external_id, name in names.items()
        ]
        made = [done.record for done in await crm.bulk(writes) if isinstance(done, Upserted)]
        assert len({record.id for record in made}) == len(names)
        for begin in (cursor, ""):
            told: dict[str, CrmRecord] = {}
            since, more = begin, True
            while more:
                page = await crm.changes(since)
                assert len(page.changes) <= LIMIT_PAGE
                since, more = page.cursor, page.more
                told |= {each.id: each.record for each in page.changes if each.record and each.kind is kind}
            assert {id: told[id] for id in told.keys() & {record.id for record in made}} == {
                record.id: record for record in made
            }
        some = [*names][:: LIMIT_PAGE // 4]
        assert [len(await crm.find(kind, external_id)) for external_id in some] == [1] * len(some)

    async def test_a_foreign_cursor_is_refused(self, ground: Ground) -> None:
        with pytest.raises(CrmRefused):
            await ground.crm.changes("no cursor of ours")

    # --- quotations

    async def test_a_quotation_that_somebody_wrote_is_read_whole(self, ground: Ground) -> None:
        quotation = await self.quotation(ground)
        (opportunity,) = await ground.crm.find(RecordKind.OPPORTUNITY, WISH)
        assert (quotation.state, quotation.external_id) == (RecordState.DRAFT, "")
        assert quotation.links[RecordKind.OPPORTUNITY] == opportunity.id
        assert quotation.links[RecordKind.CUSTOMER] == opportunity.links[RecordKind.CUSTOMER]
        assert quotation.lines == (QuoteLine("Fibre", "2", "19.90", quotation.lines[0].unit, "P1M"),)
        assert (quotation.currency, quotation.valid_until, quotation.faults) == ("EUR", "2031-01-31", ())

    async def test_a_quotation_gets_its_external_id(self, ground: Ground) -> None:
        quotation = await self.quotation(ground)
        write = Upsert(kind=RecordKind.QUOTATION, external_id=OFFER, id=quotation.id)
        written = await ground.crm.upsert(write)
        assert not written.created
        assert written.record.lines == quotation.lines
        (found,) = await ground.crm.find(RecordKind.QUOTATION, OFFER)
        assert found.id == quotation.id

    async def test_a_quotation_goes_its_way(self, ground: Ground) -> None:
        crm, quotation = ground.crm, await self.quotation(ground)
        for verb, state in (
            (RecordVerb.QUOTE, RecordState.QUOTED),
            (RecordVerb.QUOTE, RecordState.QUOTED),
            (RecordVerb.CONFIRM, RecordState.CONFIRMED),
        ):
            record = await crm.act(RecordKind.QUOTATION, quotation.id, verb)
            assert record is not None
            assert record.state is state
        assert (await crm.get(RecordKind.QUOTATION, quotation.id)).state is RecordState.CONFIRMED

    async def test_a_confirmed_quotation_is_put_back(self, ground: Ground) -> None:
        crm, quotation = ground.crm, await self.quotation(ground)
        await crm.act(RecordKind.QUOTATION, quotation.id, RecordVerb.QUOTE)
        await crm.act(RecordKind.QUOTATION, quotation.id, RecordVerb.CONFIRM)
        record = await crm.act(RecordKind.QUOTATION, quotation.id, RecordVerb.REOPEN)
        assert record is not None
        assert record.state in {RecordState.QUOTED, RecordState.DRAFT}

    async def test_a_quotation_is_a_draft_again(self, ground: Ground) -> None:
        crm, quotation = ground.crm, await self.quotation(ground)
        if RecordVerb.DRAFT not in (await crm.describe()).kinds[RecordKind.QUOTATION].verbs:
            return
        for before in ([], [RecordVerb.QUOTE], [RecordVerb.QUOTE, RecordVerb.CONFIRM], [RecordVerb.CANCEL]):
            for verb in (*before, RecordVerb.DRAFT):
                record = await crm.act(RecordKind.QUOTATION, quotation.id, verb)
            assert record is not None
            assert record.state is RecordState.DRAFT

    async def test_a_quotation_is_cancelled_and_not_confirmed_then(self, ground: Ground) -> None:
        crm, quotation = ground.crm, await self.quotation(ground)
        record = await crm.act(RecordKind.QUOTATION, quotation.id, RecordVerb.CANCEL, reason="Withdrawn")
        assert record is not None
        assert record.state is RecordState.CANCELLED
        with pytest.raises(CrmRefused):
            await crm.act(RecordKind.QUOTATION, quotation.id, RecordVerb.CONFIRM)

    async def test_an_opportunity_is_lost(self, ground: Ground) -> None:
        opportunity = await self.opportunity(ground)
        assert opportunity.state is RecordState.OPEN
        record = await ground.crm.act(
            RecordKind.OPPORTUNITY, opportunity.id, RecordVerb.LOSE, reason="Expired"
        )
        assert record is not None
        assert record.state is RecordState.LOST

    async def test_an_opportunity_is_won(self, ground: Ground) -> None:
        opportunity = await self.opportunity(ground)
        record = await ground.crm.act(RecordKind.OPPORTUNITY, opportunity.id, RecordVerb.WIN)
        assert record is not None
        assert record.state is RecordState.WON

    async def test_nothing_is_done_to_what_is_not_there(self, ground: Ground) -> None:
        opportunity = await self.opportunity(ground)
        await ground.person.remove(RecordKind.OPPORTUNITY, opportunity.id)
        with pytest.raises(CrmMissing):
            await ground.crm.act(RecordKind.OPPORTUNITY, opportunity.id, RecordVerb.LOSE)

    # --- notes and files

    @pytest.mark.parametrize("kind", [RecordKind.NOTE, RecordKind.FILE])
    async def test_a_note_and_a_file_are_hung_to_a_record_once(
        self, ground: Ground, kind: RecordKind
    ) -> None:
        if kind not in (await ground.crm.describe()).kinds:
            return
        opportunity = await self.opportunity(ground)
        write = Upsert(
            kind=kind,
            external_id=f"{WISH}#{kind.value}",
            fields={ground.text[kind]: "evidence.json"},
            links={RecordKind.OPPORTUNITY: opportunity.id},
            content=b"{}" if kind is RecordKind.FILE else b"",
        )
        first, second = await ground.crm.upsert(write), await ground.crm.upsert(write)
        assert (first.created, second.created) == (True, False)
        assert second.record.id == first.record.id
        assert second.record.links[RecordKind.OPPORTUNITY] == opportunity.id
        assert second.record.fields[ground.text[kind]] == "evidence.json"

    # --- many, and none

    async def test_several_are_written_at_once_and_each_has_its_answer(self, ground: Ground) -> None:
        field = ground.text[RecordKind.CUSTOMER]
        writes = [
            Upsert(kind=RecordKind.CUSTOMER, external_id=f"{ALICE}/{number}", fields={field: f"A {number}"})
            for number in range(3)
        ]
        bad = Upsert(kind=RecordKind.CUSTOMER, external_id=f"{ALICE}/bad", fields={"no_such_field": ""})
        done = await ground.crm.bulk([writes[0], bad, *writes[1:]])
        assert [type(each) for each in done] == [Upserted, CrmRefused, Upserted, Upserted]
        for write in writes:
            (record,) = await ground.crm.find(RecordKind.CUSTOMER, write.external_id)
            assert record.fields[field] == write.fields[field]

    async def test_a_forgotten_customer_is_gone_and_stays_so(self, ground: Ground) -> None:
        customer, field = await self.customer(ground), ground.text[RecordKind.CUSTOMER]
        for _ in range(2):
            left = await ground.crm.act(RecordKind.CUSTOMER, customer.id, RecordVerb.FORGET)
            assert left is None or "Alice" not in left.fields[field]
        for record in await ground.crm.find(RecordKind.CUSTOMER, ALICE):
            assert "Alice" not in record.fields[field]
