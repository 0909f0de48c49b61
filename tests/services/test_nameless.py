"""Moves that leave out what evidence needs of them: each is told so at once, in words that name it."""

import pytest

from node.services.negotiations import agreements, offers
from protocol.canonical import canonicalise
from protocol.errors import Remote
from protocol.strictjson import Document
from tests.services.parties import Party, carry, settle
from tests.services.test_inbox import last, resign
from tests.services.test_negotiation import LOWER, cast, offer, only


def without(document: Document, *names: str) -> Document:
    return {name: value for name, value in document.items() if name not in names}


def refusal_of(receiver: Party, raw: bytes, sender: Party) -> tuple[str, str]:
    with pytest.raises(Remote) as refused:
        receiver.receive(raw, sender)
    return refused.value.code, refused.value.detail


@pytest.fixture
def accepted(ada: Party, bikes: Party) -> Document:
    cast(ada, bikes)
    offer(bikes, ada)
    ada.do(offers.accept, only(ada)["id"])
    return last(ada, "accept")


def test_an_acceptance_that_names_no_negotiation(ada: Party, bikes: Party, accepted: Document) -> None:
    raw = resign(ada, without(accepted, "context"))
    assert refusal_of(bikes, raw, ada) == ("agreement-incomplete", "Of the acceptance: it lacks context.")


def test_an_acceptance_whose_result_is_just_the_offer(ada: Party, bikes: Party, accepted: Document) -> None:
    """What it lacks is all said, the id of the agreement and the digest beside it too."""
    draft = last(bikes, "offer")["object"]
    for lacks, raw in (
        ("", resign(ada, accepted, result=draft)),
        ("it lacks digestMultibase; ", resign(ada, without(accepted, "digestMultibase"), result=draft)),
    ):
        code, detail = refusal_of(bikes, raw, ada)
        said = (
            f"Of the acceptance: {lacks}its result lacks attributedTo, digestMultibase, id, offer, parties, "
            "published, salt; its stipulates lacks id; its stipulatesReciprocal lacks id."
        )
        assert (code, detail) == ("agreement-incomplete", said)


@pytest.mark.parametrize("member", ["parties", "salt", "digestMultibase"])
def test_what_is_there_and_empty_is_lacking(
    ada: Party, bikes: Party, accepted: Document, member: str
) -> None:
    empty = [] if member == "parties" else ""
    raw = resign(ada, accepted, result=accepted["result"] | {member: empty})
    said = f"Of the acceptance: its result lacks {member}."
    assert refusal_of(bikes, raw, ada) == ("agreement-incomplete", said)


def test_a_countersignature_and_a_receipt(ada: Party, bikes: Party, accepted: Document) -> None:
    bikes.countersigns = False
    bikes.receive(canonicalise(accepted), ada)
    bikes.do(agreements.countersign, only(bikes)["agreement"])
    document = last(bikes, "countersign")
    assert refusal_of(ada, resign(bikes, without(document, "context")), bikes)[0] == "missing-context"
    carry(bikes, ada)
    receipt = without(last(ada, "acknowledge"), "context")
    assert refusal_of(bikes, resign(ada, receipt), ada)[0] == "missing-context"


def test_a_new_offer_that_could_not_be_accepted_is_not_taken(ada: Party, bikes: Party) -> None:
    cast(ada, bikes)
    offer(bikes, ada)
    ada.do(offers.reject, only(ada)["id"])
    settle(ada, bikes)
    bikes.do(offers.reoffer, only(bikes)["id"], {"price": LOWER})
    document = last(bikes, "reoffer")
    assert refusal_of(ada, resign(bikes, without(document, "context")), bikes)[0] == "missing-context"
    ada.receive(canonicalise(document), bikes)
    ada.do(offers.accept, only(ada)["id"])


def test_what_an_accept_is_to_name_is_said(ada: Party, bikes: Party, accepted: Document) -> None:
    raw = resign(ada, without(accepted, "result"))
    code, detail = refusal_of(bikes, raw, ada)
    assert (code, "carries the final agreement as its result" in detail) == ("wrong-object", True)
    bikes.countersigns = False
    bikes.receive(canonicalise(accepted), ada)
    bikes.do(agreements.countersign, only(bikes)["agreement"])
    raw = resign(bikes, last(bikes, "countersign"), object=accepted["id"])
    code, detail = refusal_of(ada, raw, bikes)
    assert (code, "names the agreement by its id" in detail) == ("wrong-object", True)
