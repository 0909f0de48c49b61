"""What a CRM quotes above the amount that one person signs alone."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from node.core.crm_quotations import TERMS
from node.core.records import RecordKind
from node.services.access import persons
from node.services.crm import connecting, deciding
from node.services.crm.queueing import put_before_owner
from node.services.negotiations import agreements, cosign_showing, cosigning, offers
from node.services.terms import templates
from node.storage import crm
from node.storage.crm import ConflictReason, CrmRecordRow
from node.storage.session import Session
from tests.crm.test_bridge import Business
from tests.services.test_data_terms import STATED, meet

OWNER = "shop"


@pytest.fixture
async def business(tmp_path: Path) -> Business:
    """A shop of two people who sign together above 99 euros, and whose customer wishes for a bike."""
    made = Business(tmp_path)
    made.shop.do(cosigning.set_limit, {"amount": "99", "currency": "EUR"})
    made.shop.do(persons.add, "Bea")
    await made.begin()
    await made.wish("Bike")
    return made


def waiting(business: Business) -> list[Any]:
    return [one for one in business.shop.do(cosign_showing.show_all)["items"] if one["state"] == "asked"]


def sign(business: Business) -> None:
    """Let both people sign what waits."""
    for person in (OWNER, business.shop.do(persons.find, "Bea").id):
        acting = replace(business.shop.acting, person=person)
        for one in waiting(business):
            business.shop.write(lambda db, one=one, acting=acting: cosigning.sign(db, acting, one["id"]))


def texts(business: Business) -> list[str]:
    return [note["text"] for note in business.rows("notes.csv")]


def offered(business: Business) -> list[Any]:
    return list(business.ada.do(offers.list)["items"])


async def test_a_quotation_above_the_limit_waits_and_goes_out_when_two_have_signed(
    business: Business,
) -> None:
    await business.quote()
    (asked,) = waiting(business)
    assert (asked["event"], asked["asked_by"], offered(business)) == ("offer", None, [])
    (note,) = texts(business)
    assert "waits in your node for two signatures" in note
    assert business.conflicts() == []
    await business.turn()
    assert len(waiting(business)) == 1
    sign(business)
    await business.turn()
    assert (business.theirs()["state"], business.theirs()["total"]) == ("offered", "100.00")
    (row,) = business.rows("quotations.csv")
    assert (row["freehold"], row["state"]) == (business.theirs()["negotiation"], "quoted")
    assert len(texts(business)) == 1


async def test_a_small_quotation_waits_for_nobody(business: Business) -> None:
    await business.quote(price="99")
    assert (waiting(business), len(offered(business))) == ([], 1)


@pytest.mark.parametrize("price", ["120", "50"])
async def test_what_is_written_meanwhile_takes_the_place_of_what_waits(
    business: Business, price: str
) -> None:
    await business.quote()
    (before,) = waiting(business)
    (row,) = business.rows("quotations.csv")
    business.save("quotations.csv", [row | {"price": price}])
    await business.turn()
    assert before["id"] not in {one["id"] for one in waiting(business)}
    sign(business)
    await business.turn()
    assert [offer["total"] for offer in offered(business)] == [f"{price}.00"]
    assert not any("declined" in text for text in texts(business))
    assert len(business.rows("quotations.csv")) == 1


@pytest.mark.parametrize("state", ["draft", "cancelled", "confirmed", None])
async def test_what_is_taken_back_meanwhile_waits_no_longer(business: Business, state: str | None) -> None:
    await business.quote()
    rows = [] if state is None else [row | {"state": state} for row in business.rows("quotations.csv")]
    business.save("quotations.csv", rows or [{"id": ""}])
    await business.turn()
    assert (waiting(business), offered(business)) == ([], [])
    assert bool(business.conflicts()) is (state == "confirmed")
    if state is not None:
        business.save("quotations.csv", [business.rows("quotations.csv")[0] | {"state": "quoted"}])
        await business.turn()
        assert len(waiting(business)) == 1


async def test_two_quotations_of_one_wish_do_not_wait_in_each_others_place(business: Business) -> None:
    await business.quote()
    (asked,) = waiting(business)
    await business.quote(price="150")
    assert waiting(business) == [asked]
    assert any("Another offer to the same wish waits" in text for text in texts(business))
    assert [conflict["reason"] for conflict in business.conflicts()] == ["incomplete"]
    sign(business)
    await business.turn()
    assert [offer["total"] for offer in offered(business)] == ["100.00"]


async def test_that_nobody_signed_in_time_is_heard_in_the_record(business: Business) -> None:
    await business.quote()
    business.clock.pass_time(days=4)
    business.shop.tick()
    await business.turn()
    assert any("Nobody signed this a second time" in text for text in texts(business))
    assert (offered(business), waiting(business)) == ([], [])


async def test_who_declines_is_heard_in_the_record(business: Business) -> None:
    await business.quote()
    (asked,) = waiting(business)
    business.shop.do(cosigning.decline, asked["id"], reason="Too cheap.")
    await business.turn()
    assert any("was declined, and this did not go out. Too cheap." in text for text in texts(business))
    assert (offered(business), waiting(business)) == ([], [])
    business.save("quotations.csv", [row | {"price": "130"} for row in business.rows("quotations.csv")])
    await business.turn()
    sign(business)
    await business.turn()
    assert [offer["total"] for offer in offered(business)] == ["130.00"]


async def test_what_cannot_be_signed_any_more_is_heard_in_the_record(business: Business) -> None:
    await business.quote(price="90")
    business.save("quotations.csv", [row | {"price": "200"} for row in business.rows("quotations.csv")])
    await business.turn()
    business.ada.do(offers.reject, business.theirs()["id"])
    await business.turn()
    sign(business)
    await business.turn()
    assert any("has changed before both had signed" in text for text in texts(business))
    assert business.theirs()["total"] == "90.00"


async def test_another_price_and_a_countersignature_wait_too(business: Business) -> None:
    business.shop.countersigns = False
    business.bridge.residents = business.shop.residents
    await business.quote(price="90")
    for price in ("200", "150"):
        business.save("quotations.csv", [row | {"price": price} for row in business.rows("quotations.csv")])
        await business.turn()
    (asked,) = waiting(business)
    assert asked["event"] == "reoffer"
    assert business.theirs()["total"] == "90.00"
    sign(business)
    await business.turn()
    assert business.theirs()["total"] == "150.00"
    business.ada.do(offers.accept, business.theirs()["id"])
    await business.turn()
    business.save("quotations.csv", [row | {"state": "confirmed"} for row in business.rows("quotations.csv")])
    await business.turn()
    assert {one["event"] for one in waiting(business)} == {"countersign"}
    assert business.rows("quotations.csv")[0]["state"] == "quoted"
    assert business.conflicts() == []
    sign(business)
    await business.turn()
    assert business.ada.do(agreements.list)["items"][0]["state"] == "concluded"
    assert business.rows("quotations.csv")[0]["state"] == "confirmed"


async def test_what_waits_ends_with_the_connection_and_is_asked_for_anew_by_the_next(
    business: Business,
) -> None:
    await business.quote()
    business.shop.do(connecting.disconnect)
    assert waiting(business) == []
    await business.begin()
    await business.turn()
    assert len(waiting(business)) == 1
    sign(business)
    await business.turn()
    assert len(offered(business)) == 1
    assert len(business.rows("quotations.csv")) == 1
    assert business.status()["records"]["quotation"] == 1


async def test_what_is_tried_again_while_it_is_looked_at_is_looked_at_once_more(business: Business) -> None:
    await business.quote()
    (row,) = business.rows("quotations.csv")

    def known(db: Session) -> CrmRecordRow | None:
        return crm.load_record_at(db, business.shop.iri, RecordKind.QUOTATION, row["id"])

    before = business.shop.write(known)
    asked = (RecordKind.QUOTATION, ConflictReason.INCOMPLETE, "A sentence.")
    business.shop.do(put_before_owner, *asked, external_id=before.external_id, crm_id=row["id"])
    async with business.bridge.reach(business.shop.iri, business.way()) as reconciler:
        business.shop.do(deciding.retry, business.conflicts()[0]["id"])
        await reconciler._look_at_waiting(before)
    after = business.shop.write(known)
    assert (after.version, TERMS in before.base, TERMS in after.base) == ("", True, False)


async def test_what_the_crm_quotes_says_of_data_what_the_shop_says(business: Business) -> None:
    meet(business.shop, business.ada)
    business.shop.do(templates.set, STATED)
    await business.quote(price="99")  # for one person
    (small,) = offered(business)
    assert small["terms"]["roster"]["id"].endswith("#SD-BASE")
    assert small["terms"]["firstParty"] == business.ada.iri
    assert business.shop.do(templates.show)["offers"]["sent"] == 1


async def test_what_two_have_to_sign_is_signed_with_what_the_shop_said_then(business: Business) -> None:
    meet(business.shop, business.ada)
    business.shop.do(templates.set, STATED)
    await business.quote()
    sign(business)
    await business.turn()
    (made,) = offered(business)
    assert made["terms"]["roster"]["id"].endswith("#SD-BASE")
    assert business.shop.do(templates.show)["offers"]["sent"] == 1
