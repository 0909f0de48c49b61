"""A peer that knows FEP-0837 and proofs and no more negotiates to the end, in a process of its own.

It is the file that FEDERATION.md shows to whoever writes the other side.
"""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from protocol.canonical import digest_of
from protocol.strictjson import Document
from tests.commands.nodes import ROOT, environment
from tests.ports import steady_port
from tests.web.house import House, open_house, open_peer, until

pytestmark = pytest.mark.asyncio(loop_scope="module")

PROGRAM = "docs/plain_peer.py"


@asynccontextmanager
async def running(node: str) -> AsyncIterator[str]:
    """Run the program; give its actor's address once it serves."""
    port = steady_port()
    process = await asyncio.create_subprocess_exec(
        sys.executable, PROGRAM, str(port), node, cwd=ROOT, env=environment(), stderr=asyncio.subprocess.PIPE
    )
    try:
        await until(lambda: serves(port))
        yield f"http://127.0.0.1:{port}/me"
        assert process.returncode is None
    finally:
        process.terminate()
        _, complaint = await process.communicate()
    assert complaint == b""


async def serves(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    writer.close()
    return True


async def listed(house: House, kind: str, **wanted: Any) -> list[Document]:
    items = (await house.owner("GET", f"/{kind}")).json["items"]
    return [item for item in items if wanted.items() <= item.items()]


async def awaited(house: House, kind: str, **wanted: Any) -> Document:
    """Wait for the one item of a kind that is as wanted."""
    found: list[Document] = []

    async def look() -> bool:
        found[:] = await listed(house, kind, **wanted)
        return bool(found)

    await until(look)
    (item,) = found
    return item


async def test_it_is_short_and_knows_nothing_of_ours() -> None:
    text = (ROOT / PROGRAM).read_text(encoding="utf-8")
    assert text.count("\n") <= 80
    assert not {"protocol", "node", "schemas"} & {
        line.split()[1].partition(".")[0] for line in text.splitlines() if line.startswith(("import", "from"))
    }
    assert PROGRAM in (ROOT / "FEDERATION.md").read_text(encoding="utf-8")


async def test_it_negotiates_to_the_end_from_both_ends(tmp_path: Path) -> None:
    async with open_house(tmp_path / "n") as house, running(house.iri) as peer:
        mine = await house.cast(peer)

        # The peer offers; it never countersigns, so the acceptance concludes when it has arrived.
        offered = await awaited(house, "offers", intention=mine["id"], state="offered")
        assert (offered["total"], offered["currency"]) == ("30.00", "EUR")
        accepted = await house.owner("POST", f"/offers/{offered['id']}/accept", {})
        assert accepted.status == 200, accepted.body
        bought = await awaited(house, "agreements", state="concluded", role="offeree")
        confirmed = await house.owner("POST", f"/agreements/{bought['id']}/confirm")
        assert confirmed.status == 200, confirmed.body
        assert (await house.owner("GET", f"/intentions/{mine['id']}")).json["state"] == "awarded"

        # The peer is offered something: it accepts, is countersigned, and confirms.
        theirs = await awaited(house, "intentions?own=false", proposer=peer)
        price = [{"kind": "oneOff", "amount": "19.90", "currency": "EUR", "label": "A lamp"}]
        made = await house.owner("POST", "/offers", {"intention": theirs["id"], "terms": {"price": price}})
        assert made.status == 201, made.body
        sold = await awaited(house, "agreements", state="concluded", role="offerer")
        await until(lambda: is_confirmed(house, sold["id"]))

        # Both are agreements like any other; what both have signed is evidence.
        evidence = await house.owner("GET", f"/agreements/{sold['id']}/evidence")
        assert evidence.status == 200, evidence.body
        deliveries = (await house.owner("GET", "/deliveries")).json["items"]
        assert [row for row in deliveries if row["state"] not in ("delivered", "queued")] == []


async def is_confirmed(house: House, agreement: str) -> bool:
    shown = (await house.owner("GET", f"/agreements/{agreement}")).json
    return shown["peer_confirmed_at"] is not None


async def test_an_acceptance_of_the_fep_alone_is_told_all_that_it_lacks(tmp_path: Path) -> None:
    async with open_house(tmp_path / "n") as house, open_peer() as shop:
        told = shop.activity("Create", {**shop.proposal(house.iri), "to": [house.iri]}, house.iri)
        assert (await shop.post(house, told)).status == 202
        theirs = await awaited(house, "intentions?own=false", proposer=shop.iri)
        price = [{"kind": "oneOff", "amount": "19.90", "currency": "EUR", "label": "A lamp"}]
        terms = {"price": price, "content": "In good order."}
        await house.owner("POST", "/offers", {"intention": theirs["id"], "terms": terms})
        await until(lambda: shop.inbox)
        (offer,) = shop.inbox
        result: Document = {"type": "Agreement", "id": f"{shop.origin}/agreements/1"}
        for end in ("stipulates", "stipulatesReciprocal"):
            commitment = offer["object"][end]
            kept = {name: commitment[name] for name in ("type", "satisfies", "resourceQuantity")}
            result[end] = {"id": f"{shop.origin}/agreements/1#{end}", **kept}
        accept = shop.prove(shop.activity("Accept", offer["id"], house.iri, result=result))
        answer = await shop.post(house, accept)
        assert (answer.status, answer.code) == (422, "digest-required")
        assert answer.json["detail"] == (
            "Of the acceptance: it lacks context, digestMultibase; its result lacks attributedTo, content, "
            "digestMultibase, mediaType, name, offer, parties, price, published, salt; "
            "its stipulatesReciprocal lacks resourceConformsTo."
        )
        again = {"context": offer["context"], "digestMultibase": digest_of(offer), "result": result}
        hashed = shop.prove(shop.activity("Accept", offer["id"], house.iri, **again))
        answer = await shop.post(house, hashed)
        assert (answer.status, answer.code) == (422, "agreement-incomplete")
        assert answer.json["detail"].startswith("Of the acceptance: its result lacks attributedTo, content, ")
        del result["stipulates"]
        accept = shop.prove(shop.activity("Accept", offer["id"], house.iri, result=result))
        assert ", stipulates; " in (await shop.post(house, accept)).json["detail"]


async def test_a_peer_that_begins_anew_after_each_rejection_is_heard(tmp_path: Path) -> None:
    """FEP-0837 knows no answer to a rejection but another Offer; three may be open, and twenty made."""
    async with open_house(tmp_path / "n", max_rounds=6) as house, open_peer() as shop:
        view = await house.cast(shop.iri)
        intention = (await shop.fetch(house, view["iri"])).json
        for _ in range(3):
            assert (await shop.post(house, shop.offer(intention, house.iri))).status == 202
            offered = await awaited(house, "offers", state="offered")
            await house.owner("POST", f"/offers/{offered['id']}/reject", {})
        for _ in range(3):
            assert (await shop.post(house, shop.offer(intention, house.iri))).status == 202
        refused = await shop.post(house, shop.offer(intention, house.iri))
        assert (refused.status, refused.code) == (409, "too-many-offers")


@pytest.mark.parametrize("words", [(), ("8500",), ("x", "http://127.0.0.1/a"), ("1", "2", "3")])
async def test_without_its_arguments_it_says_how_it_is_called(words: tuple[str, ...]) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, PROGRAM, *words, cwd=ROOT, env=environment(), stderr=asyncio.subprocess.PIPE
    )
    _, complaint = await process.communicate()
    assert process.returncode == 1
    assert complaint.startswith(b"Usage: plain_peer.py PORT NODE'S-ACTOR")
