"""What a peer is told to do about a refusal: for every code that the protocol's table names, on the wire."""

import re
from pathlib import Path

import pytest

from node.web.edge.problems import HINTS
from node.web.federation.advice import ADVICE
from protocol.codes import MEANINGS, Code
from tests.web.house import House, Peer

PROTOCOL = Path(__file__).parents[2] / "docs/protocol.md"

# Codes whose sentence leaves nothing to do, or says it.
PLAIN = {
    "acceptance-binds", "already-confirmed", "id-reused", "not-yours", "not-your-move", "term-began",
    "term-endless", "term-over", "too-many-notices", "unknown-follow", "not-your-negotiation",
}  # fmt: skip


def listed() -> set[Code]:
    """Return the codes of the table in `Receiving` that are about what was sent."""
    rows = re.findall(r"^\| (?:403|409|422) \| (.*?) \|", PROTOCOL.read_text(encoding="utf-8"), re.MULTILINE)
    return {Code(code) for row in rows for code in re.findall("`([a-z-]+)`", row)}


def test_every_refusal_of_what_was_sent_says_what_to_do() -> None:
    assert len(listed()) > 30
    assert listed() - ADVICE.keys() - HINTS.keys() - PLAIN == {"key-refused"}  # the owner has said no
    assert PLAIN.isdisjoint(ADVICE)


def test_advice_is_sentences_for_codes_that_there_are() -> None:
    assert ADVICE.keys() <= MEANINGS.keys()
    assert all(said.endswith(".") and len(said) < 200 for said in ADVICE.values())


@pytest.mark.asyncio(loop_scope="module")
async def test_an_inbox_says_it(house: House, shop: Peer) -> None:
    for activity, code in (
        (shop.activity("Like", house.iri, house.iri), "unknown-activity"),
        (shop.activity("Leave", f"{house.origin}/agreements/x", house.iri, context="x"), "proof-required"),
    ):
        answer = await shop.post(house, activity)
        assert (answer.json["code"], answer.json["hint"]) == (code, ADVICE[Code(code)])


@pytest.mark.asyncio(loop_scope="module")
async def test_owners_are_not_told_of_the_wire(house: House) -> None:
    answer = await house.owner("POST", "/offers", {"intention": "int_zzzz", "terms": {"price": []}})
    assert answer.json.get("hint") not in ADVICE.values()
