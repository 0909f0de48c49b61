"""After the story: Tryton's own data, read through its own API, beside what the two nodes have.

Rules here: nothing of the bridge and its adapter reads Tryton here; its records are asked for as its makers
describe, and compared with what each owner's API shows.
"""

import json
from base64 import b64decode
from pathlib import Path
from typing import Any, Final

from node.sandbox.nodes import Node
from node.sandbox.proving import chain, check_evidence, verify_journals
from protocol.canonical import digest_of
from protocol.documents import Document
from tests.crm.tryton.story import (
    AGREED,
    AMENDED,
    ANSWER,
    BETWEEN_US,
    CONFIRMED,
    LIMIT_PRICE,
    NAME,
    NOTES,
    QUESTION,
    TrytonStory,
)

ORDER: Final = (
    "reference",
    "state",
    "party",
    "currency.code",
    "untaxed_amount",
    "total_amount",
    "lines.quantity",
    "lines.unit_price",
    "lines.note",
)


def compare(story: TrytonStory, folder: Path) -> None:
    """Compare all three; the evidence that is attached in Tryton goes into the folder."""
    story.voice.tell("What stands in Tryton, asked through its own API, beside what the two nodes have:")
    compare_customer(story)
    compare_opportunity(story)
    compare_order(story)
    compare_notes(story)
    compare_evidence(story, folder)
    compare_notice(story)
    compare_nodes(story)
    check_bridge(story)
    verify_journals(story.voice, story.nodes)


def compare_customer(story: TrytonStory) -> None:
    """There is one party for the customer, with their name and address."""
    ask = story.office.person.search
    parties = ask("party.party", [["identifiers.code", "=", story.customer.actor]], "name")
    found = [party["name"] for party in parties]
    story.voice.check("one party has Ada's address, and her name", found == [story.customer.name])


def compare_opportunity(story: TrytonStory) -> None:
    """There is one opportunity, of her wish, and no word in all of Tryton of what stays at home."""
    (wish,) = story.customer.api.pages("/intentions")
    found = story.office.person.search("sale.opportunity", [], "description", "reference", "state", "comment")
    story.voice.check(
        "one opportunity is her wish, in her words, and won",
        [(each["description"], each["reference"].split()[-1], each["state"]) for each in found]
        == [(NAME, wish["iri"], "won")]
        and wish["content"] in found[0]["comment"],
    )
    kept = [path.read_bytes() for path in story.office.tryton.files()]
    found_there = [
        any(text.encode() in each for each in kept) for text in (wish["content"], LIMIT_PRICE, NOTES)
    ]
    story.voice.check(
        f"of {len(kept)} files that Tryton keeps, none has her notes or what she would pay",
        found_there == [True, False, False],
    )


def compare_order(story: TrytonStory) -> None:
    """There is one order, with the numbers of the first agreement at both nodes."""
    orders = story.office.person.search("sale.sale", [], *ORDER)
    numbers = [(order["currency"]["code"], *map(amount, money_of(order))) for order in orders]
    agreed = [story.agreement(node, story.agreements[0]) for node in story.nodes]
    said = [(each["currency"], each["price"][0]["amount"]) for each in agreed]
    story.voice.show(
        *(f"{iso} {price} at {node.name}" for node, (iso, price) in zip(story.nodes, said, strict=True))
    )
    story.voice.show(*(f"{iso} {total} in Tryton" for iso, total, *_ in numbers))
    story.voice.check(
        "one order has the same currency, price and total",
        numbers == [("EUR", AGREED, AGREED, AGREED)] and said == [("EUR", AGREED)] * 2,
    )
    offer = story.business.api.get(f"/offers/{agreed[1]['offer']}")
    story.voice.check(
        "it names the negotiation, and both have signed what it stands for",
        [(order["reference"], order["state"] in CONFIRMED) for order in orders]
        == [(offer["negotiation"], True)],
    )


def money_of(order: Document) -> list[Any]:
    """Return an order's total, its total without taxes, and what one of each line costs."""
    return [order["total_amount"], order["untaxed_amount"], *(line["unit_price"] for line in order["lines"])]


def amount(value: Document) -> str:
    """Return a decimal of Tryton's as our text."""
    return str(value["decimal"])


def compare_notes(story: TrytonStory) -> None:
    """Both messages stand at the order; what the people noted for themselves is there alone."""
    notes = [note["message"] for note in story.office.person.search("ir.note", [], "message")]
    story.voice.check(
        "question and answer stand there once each",
        [sum(text in note for note in notes) for text in (QUESTION, ANSWER)] == [1, 1],
    )
    there = story.office.person.external_ids()["note"]
    story.voice.check(
        "the question names the message that it is",
        [there.count(each["iri"]) for each in talk(story.customer, story) if each["own"]] == [1],
    )
    said = [[each["content"] for each in talk(node, story)] for node in story.nodes]
    story.voice.check(
        f"both nodes have the same {len(said[0])} messages; what Meadow's people noted stayed there",
        said == [[QUESTION, ANSWER]] * 2 and sum(BETWEEN_US in note for note in notes) == 1,
    )


def talk(node: Node, story: TrytonStory) -> list[Document]:
    """Return what a node has of the talk about the offer that was accepted."""
    offer = story.agreement(node, story.agreements[0])["offer"]
    return list(node.api.pages(f"/offers/{offer}/messages"))


def compare_evidence(story: TrytonStory, folder: Path) -> None:
    """What is attached is what the business's node exports, byte by byte, and strangers find it genuine."""
    files = attached(story)
    for iri, price in zip(story.agreements, (AGREED, AMENDED), strict=True):
        agreement = story.agreement(story.business, iri)["id"]
        path = folder.resolve() / f"evidence-{agreement}.json"
        exported = path.with_name(f"exported-{agreement}.json")
        story.business.run("agreement", "export", agreement, "--out", str(exported))
        path.write_bytes(files.get(path.name, b""))
        story.voice.check(
            f"the {path.stat().st_size:,} bytes attached for {price} EUR are what Meadow's node exports",
            path.read_bytes() == exported.read_bytes(),
        )
        check_evidence(path, price, story.voice)


def attached(story: TrytonStory) -> dict[str, bytes]:
    """Return the files at the order, by their names."""
    about = [["resource", "=", f"sale.sale,{story.sale}"]]
    found = story.office.person.search("ir.attachment", about, "name", "data")
    return {file["name"]: b64decode(file["data"]["base64"]) for file in found}


def compare_notice(story: TrytonStory) -> None:
    """The notice is attached as the customer signed it, and nothing else is attached."""
    notices = [content for name, content in attached(story).items() if name.startswith("notice-")]
    signed = chain(story.customer, story.agreement(story.customer, story.agreements[-1])["offer"])
    story.voice.check(
        "Ada's notice is attached, as the last of what is signed about it at her node",
        [digest_of(json.loads(content)) for content in notices] == signed[-1:],
    )


def compare_nodes(story: TrytonStory) -> None:
    """Both nodes have the same documents, and the same agreements in the same states."""
    held = [
        {
            each["iri"]: (each["digest"], each["state"], each["leaves_at"])
            for each in node.api.pages("/agreements")
        }
        for node in story.nodes
    ]
    story.voice.check(
        f"both nodes have the same {len(held[0])} agreements in the same states",
        held[0] == held[1] and list(held[0]) == story.agreements[::-1],
    )
    here, there = (
        [chain(node, story.agreement(node, iri)["offer"]) for iri in story.agreements] for node in story.nodes
    )
    documents = sum(map(len, here))
    story.voice.check(
        f"{documents} documents: the same digests in the same order on both sides", here == there
    )


def check_bridge(story: TrytonStory) -> None:
    """The business's node finds both sides alike, and nothing waits for anybody."""
    verified = story.business.run("crm", "verify")["items"]
    status = story.business.run("crm", "status")
    story.voice.check(
        "`freehold crm verify` finds each kind alike",
        verified != [] and all(item["alike"] for item in verified),
    )
    story.voice.check(
        "nothing waits, nothing was refused, nothing is to be decided",
        not any(status[count] for count in ("queued", "refused", "conflicts", "trouble")),
    )
