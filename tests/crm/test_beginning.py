"""What is new goes into the CRM together where it takes several at once, and one by one where it does not."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from node.core.records import RecordKind, Upsert, Upserted
from node.crm.beginning import begin_together
from node.crm.checked import CheckedCrm
from node.crm.port import Crm, CrmError, CrmUnavailable
from tests.crm.test_bridge import Business

NAMES = ("Bike", "Boat", "Kite")


class Watched(CheckedCrm):
    """A CRM whose bulk is watched, and may go wrong."""

    def __init__(self, crm: Crm, error: Exception | None = None) -> None:
        super().__init__(crm)
        self.error = error
        self.written: list[list[RecordKind]] = []

    async def bulk(self, writes: Sequence[Upsert]) -> tuple[Upserted | CrmError, ...]:
        if self.error is not None:
            raise self.error
        self.written.append([write.kind for write in writes])
        return await super().bulk(writes)


@pytest.fixture
async def business(tmp_path: Path) -> Business:
    made = Business(tmp_path)
    await made.connect()
    for name in NAMES:
        await made.tell({"name": name, "currency": "EUR", "audience": [made.shop.iri]})
    return made


async def begin(
    business: Business, error: Exception | None = None, *, bulk: int = 500, singly: bool = False
) -> Watched:
    """Begin with the wishes alone; their customer goes there because they belong to it."""
    aims = await business.desk.plan(business.shop.acting)
    things = [(RecordKind(item["kind"]), item["external_id"]) for item in aims["items"]]
    async with business.bridge.reach(business.shop.iri, business.way()) as reconciler:
        watched = Watched(reconciler.crm, error)
        kinds = dict(reconciler.described.kinds)
        kinds[RecordKind.OPPORTUNITY] = replace(kinds[RecordKind.OPPORTUNITY], singly=singly)
        described = replace(reconciler.described, bulk=bulk, kinds=kinds)
        together = replace(reconciler, crm=watched, described=described)
        await begin_together(together, [thing for thing in things if thing[0] is RecordKind.OPPORTUNITY])
    return watched


async def test_what_is_new_is_written_in_few_calls_with_what_it_belongs_to(business: Business) -> None:
    watched = await begin(business)
    assert watched.written == [[RecordKind.CUSTOMER], [RecordKind.OPPORTUNITY] * 3]
    assert {row["title"] for row in business.rows("opportunities.csv")} == {*NAMES}
    (customer,) = business.rows("customers.csv")
    assert {row["customer"] for row in business.rows("opportunities.csv")} == {customer["id"]}
    assert (await business.desk.sync(business.shop.acting, limit=None))["begun"] == 0
    assert (await begin(business)).written == []


async def test_no_more_are_written_at_once_than_the_crm_takes(business: Business) -> None:
    kinds = RecordKind.CUSTOMER, RecordKind.OPPORTUNITY
    watched = await begin(business, bulk=2)
    assert watched.written == [[kinds[0]], [kinds[1]] * 2, [kinds[1]]]


async def test_where_one_is_taken_at_a_time_nothing_is_begun(business: Business) -> None:
    assert (await begin(business, bulk=1)).written == []


async def test_what_takes_a_request_each_is_left_to_what_comes_behind(business: Business) -> None:
    """A turn ends after some seconds, and this comes before anybody looks at the clock."""
    assert (await begin(business, singly=True)).written == [[RecordKind.CUSTOMER]]


async def test_what_is_there_already_is_found_and_not_written_anew(business: Business) -> None:
    business.save("customers.csv", [{"id": "mine", "freehold": business.ada.iri, "name": "Ada"}])
    await business.desk.sync(business.shop.acting, limit=None)
    await business.turn()
    assert [row["id"] for row in business.rows("customers.csv")] == ["mine"]
    assert {row["customer"] for row in business.rows("opportunities.csv")} == {"mine"}


async def test_what_is_refused_is_told_by_what_comes_behind_and_the_rest_is_there(business: Business) -> None:
    await business.desk.sync(business.shop.acting, limit=None)
    business.save("customers.csv", [{"id": "1", "freehold": "", "name": "Somebody"}])
    business.save("opportunities.csv", [{"id": "1", "freehold": "", "name": "no column of ours"}])
    await business.turn()
    assert {row["title"] for row in business.rows("opportunities.csv")} == {"", *NAMES}


async def test_a_crm_that_goes_away_meanwhile_is_said_to(business: Business) -> None:
    with pytest.raises(CrmUnavailable):
        await begin(business, CrmUnavailable("The disk is full."))


async def test_what_trips_over_a_defect_is_left_to_be_brought_one_by_one(business: Business) -> None:
    assert (await begin(business, RuntimeError("a defect"))).written == []
    await business.desk.sync(business.shop.acting, limit=None)
    await business.turn()
    assert {row["title"] for row in business.rows("opportunities.csv")} == {*NAMES}
