"""What becomes of an order after it was signed, as a business with spreadsheets sees it."""

import json
from pathlib import Path

import pytest

from node.core.records import RecordKind
from node.services.crm import connecting
from node.services.crm.orders import file_of, note_of, things_of
from node.services.negotiations import agreements, messages, offers
from node.storage.offers import load_offer_by_negotiation
from node.storage.session import Session
from protocol.evidence import verify_evidence
from tests.crm.test_bridge import Business
from tests.services.parties import Party

MONTHLY = {"kind": "recurring", "currency": "EUR", "label": "Bike", "per": "month"}
CHEAPER = [MONTHLY | {"amount": "80.00"}]


@pytest.fixture
async def business(tmp_path: Path) -> Business:
    """A shop whose offer, 100.00 EUR a month with a month's notice, was accepted."""
    made = Business(tmp_path)
    await made.begin()
    await made.wish("Bike")
    await made.quote(per="month")
    made.ada.do(offers.accept, made.theirs()["id"])
    await made.turn()
    assert made.rows("quotations.csv")[0]["state"] == "confirmed"
    return made


def agreement(party: Party) -> str:
    """Return the newest agreement of a party."""
    return str(party.do(agreements.list)["items"][0]["id"])


def told(business: Business) -> list[str]:
    """Return what the notes to the one quotation say; no other has any."""
    (row,) = business.rows("quotations.csv")
    assert {note["quotation"] for note in business.rows("notes.csv")} <= {row["id"]}
    return [note["text"] for note in business.rows("notes.csv")]


def files(business: Business) -> dict[str, bytes]:
    """Return the files of the one quotation by name."""
    (row,) = business.rows("quotations.csv")
    rows = [file for file in business.rows("files.csv") if file["quotation"] == row["id"]]
    folder = business.folder / "files"
    return {file["name"]: (folder / f"{file['id']}-{file['name']}").read_bytes() for file in rows}


async def change(business: Business, proposer: Party, other: Party) -> None:
    """Propose another price, and have it accepted and countersigned."""
    proposer.do(agreements.amend, agreement(proposer), {"price": CHEAPER})
    await business.turn()
    (offered,) = [offer for offer in other.do(offers.list)["items"] if offer["state"] == "offered"]
    other.do(offers.accept, offered["id"])
    await business.turn()


@pytest.mark.parametrize("by_customer", [True, False])
async def test_a_change_is_told_in_the_order_with_its_evidence(business: Business, by_customer: bool) -> None:
    parties = (business.ada, business.shop) if by_customer else (business.shop, business.ada)
    await change(business, *parties)
    us, them = ("The customer", "We") if by_customer else ("We", "The customer")
    (proposed,) = [text for text in told(business) if text.startswith(f"{us} proposed")]
    assert len([text for text in told(business) if text.startswith(f"{them} accepted the change.")]) == 1
    (changed,) = [text for text in told(business) if text.startswith("Both sides have signed a change")]
    assert "Bike: 80.00 EUR each month (was Bike: 100.00 EUR each month)" in proposed
    assert ("Answer it in your node" in proposed) is by_customer
    assert "change of this order: Bike: 80.00 EUR each month" in changed
    (row,) = business.rows("quotations.csv")
    assert (row["state"], row["price"], row["agreed"]) == ("confirmed", "100", "Bike: 80.00 EUR each month")
    assert len(files(business)) == 2
    for content in files(business).values():
        assert verify_evidence(content)
    assert business.rows("opportunities.csv")[0]["state"] == "won"
    assert business.conflicts() == []
    assert (await business.desk.verify(business.shop.acting))["alike"]


async def test_a_change_decides_nothing_that_was_put_back_of_the_order(business: Business) -> None:
    (row,) = business.rows("quotations.csv")
    business.save("quotations.csv", [row | {"state": "cancelled"}])
    await business.turn()
    assert [conflict["reason"] for conflict in business.conflicts()] == ["unsigned"]
    business.clock.pass_time(minutes=1)
    await change(business, business.shop, business.ada)
    assert [conflict["reason"] for conflict in business.conflicts()] == ["unsigned"]


async def test_a_change_of_a_change_is_told_in_the_same_order(business: Business) -> None:
    await change(business, business.shop, business.ada)
    business.ada.do(agreements.amend, agreement(business.ada), {"notice": "P3M"})
    await business.turn()
    assert "notice: P3M (was P1M)" in told(business)[-1]
    mine = [offer for offer in business.shop.do(offers.list)["items"] if offer["state"] == "offered"]
    business.shop.do(offers.accept, mine[0]["id"])
    await business.turn()
    assert any("a change of this order: notice: P3M (was P1M)" in text for text in told(business))
    assert len(files(business)) == 3


async def test_a_change_that_comes_to_nothing_is_told_step_by_step(business: Business) -> None:
    business.shop.do(agreements.amend, agreement(business.shop), {"price": CHEAPER})
    await business.turn()
    theirs = business.ada.do(offers.list, state=None)["items"]
    (offered,) = [offer["id"] for offer in theirs if offer["state"] == "offered"]
    business.ada.do(offers.counter, offered, {"price": [MONTHLY | {"amount": "70.00"}]})
    business.ada.do(messages.write, offered, "Is that possible?")
    await business.turn()
    business.ada.do(offers.reject, offered, reason="Not needed.")
    await business.turn()
    business.shop.do(agreements.amend, agreement(business.shop), {"content": "With a lock."})
    await business.turn()
    business.clock.pass_time(days=30)
    for party in (business.ada, business.shop):
        party.tick()
    await business.turn()
    asked, said, rejected, proposed, expired = told(business)[-5:]
    assert "The customer asked for other terms of the change: Bike: 70.00 EUR each month" in asked
    assert said == "Is that possible?"
    assert rejected.startswith(("The customer took back", "The customer rejected"))
    assert "Not needed." in rejected
    assert "content: With a lock. (was none)" in proposed
    assert expired == "The proposed change expired. The order holds as it is."
    assert business.rows("quotations.csv")[0]["agreed"] == "Bike: 100.00 EUR each month"
    assert len(files(business)) == 1


@pytest.mark.parametrize("by_customer", [True, False])
async def test_a_notice_and_the_end_are_told_with_what_was_signed(
    business: Business, by_customer: bool
) -> None:
    leaver = business.ada if by_customer else business.shop
    ending = leaver.do(agreements.end, agreement(leaver))["leaves_at"]
    await business.turn()
    notice = told(business)[-1]
    who = "The customer" if by_customer else "We"
    assert notice == f"{who} gave notice: this order ends on {ending[:10]}. What was signed is attached."
    (row,) = business.rows("quotations.csv")
    assert (row["state"], row["over_on"]) == ("confirmed", ending[:10])
    (signed,) = [content for name, content in files(business).items() if name.startswith("notice-")]
    assert json.loads(signed)["type"] == "Leave"
    business.clock.pass_time(days=60)
    business.shop.tick()
    await business.turn()
    assert told(business)[-1] == "This order has ended, by notice."
    assert business.rows("opportunities.csv")[0]["state"] == "won"
    assert (await business.desk.verify(business.shop.acting))["alike"]


async def test_an_end_that_was_agreed_and_what_was_performed_are_told(tmp_path: Path) -> None:
    business = Business(tmp_path)
    await business.begin()
    await business.wish("Bike")
    await business.quote(ends="2026-12-31")
    business.ada.do(offers.accept, business.theirs()["id"])
    await business.turn()
    for party in (business.ada, business.shop):
        party.do(agreements.confirm, agreement(party))
        await business.turn()
    assert told(business)[-2:] == [
        "The customer confirmed that this was performed.",
        "We confirmed that this was performed.",
    ]
    assert business.rows("quotations.csv")[0]["over_on"] == "2026-12-31"
    business.clock.pass_time(days=365)
    business.shop.tick()
    await business.turn()
    assert told(business)[-1] == "This order has ended, as it was agreed."


async def test_whoever_connects_again_gets_all_of_it_once(business: Business) -> None:
    await change(business, business.shop, business.ada)
    business.ada.do(agreements.end, agreement(business.ada))
    await business.turn()
    before = {name: business.editor.read(name) for name in business.editor.files() if name.endswith(".csv")}
    business.shop.do(connecting.disconnect)
    await business.begin()
    await business.turn()
    assert {name: business.editor.read(name) for name in before} == before
    for name in before:  # the same again in a CRM that knows nothing of it
        (business.folder / name).unlink()
    business.shop.do(connecting.disconnect)
    await business.begin()
    await business.turn()
    for part in ("signed a change", "gave notice"):
        assert len([text for text in told(business) if part in text]) == 1
    assert len(files(business)) == 3
    (row,) = business.rows("quotations.csv")
    assert (row["state"], row["agreed"]) == ("confirmed", "Bike: 80.00 EUR each month")


async def test_a_file_that_is_gone_there_differs_and_is_not_planned_to_be_made_again(
    business: Business,
) -> None:
    (file,) = business.rows("files.csv")
    await business.editor.remove(RecordKind.FILE, file["id"])
    await business.turn()
    assert not (await business.desk.verify(business.shop.acting))["alike"]
    assert (await business.desk.plan(business.shop.acting))["items"] == []
    await business.desk.sync(business.shop.acting, limit=None)
    assert business.rows("files.csv") == []


async def test_a_name_that_is_none_of_ours_is_no_note(business: Business) -> None:
    acting, mine = business.shop.acting, agreement(business.shop)
    negotiation = business.theirs()["negotiation"]

    def look(session: Session) -> None:
        order = load_offer_by_negotiation(session, acting.iri, negotiation)
        assert order is not None
        assert [kind for kind, _ in things_of(session, acting, order)] == [RecordKind.FILE]
        for name in (
            "https://a.example/x",
            "urn:freehold:note:7:abc",
            f"urn:freehold:changed:{mine}",
            f"urn:freehold:notice:{mine}:ffff",
            f"urn:freehold:ended:{mine}:",
            f"urn:freehold:ghost:{mine}:",
            f"urn:freehold:performed:{mine}:us",
        ):
            assert note_of(session, acting, name) is None
            assert file_of(session, acting, name) is None

    business.shop.write(look)
