"""The examples are what this code writes and can be read as a peer does; each fault is found for what it is.

If a change of the protocol is meant, `python -m tests.schemas.write` writes the files anew.
"""

from typing import Any

import pytest

import schemas
from protocol import jsonld, proofs
from protocol.actors import ActorKind, read_actor
from protocol.agreements import read_agreement
from protocol.canonical import canonicalise
from protocol.errors import Remote
from protocol.evidence import verify_evidence
from protocol.intentions import read_intention
from protocol.moves import Event, Move, read_move
from protocol.negotiation import TRANSITIONS, Party
from protocol.strictjson import Document, parse
from tests.schemas import scenario
from tests.schemas.faults import SIGNED, faulty

EXAMPLES = {example.name: example.document for example in schemas.examples()}
VALID = sorted(example.name for example in schemas.examples() if example.valid)
INVALID = sorted(example.name for example in schemas.examples() if not example.valid)
STATEMENTS = {"Create", "Update", "Delete", "Follow"}
MOVES = {"Offer", "Accept", "Reject", "Undo", "Read", "Leave"}


def receive(document: Document) -> Any:
    """Read one document as an inbox does, from its bytes to the noun it stands for."""
    raw = parse(canonicalise(document))
    if "documents" in raw:
        return verify_evidence(canonicalise(raw))
    plain = jsonld.read(raw)
    if "inbox" in plain:
        return read_actor(raw, iri=plain["id"])
    object = plain.get("object")
    if plain["type"] in ("Create", "Update") and isinstance(object, dict) and object["type"] == "Proposal":
        return read_intention(object)
    if plain["type"] not in STATEMENTS and "Follow" not in str(object):
        return _move(raw, plain)
    return plain


def _move(raw: Document, plain: Document) -> Move:
    proof = proofs.read(raw)
    proofs.check(raw, scenario.public_keys()[proof.verification_method])
    move = read_move(plain)
    if move.event is Event.ACCEPT:
        read_agreement(move.agreement)
    return move


def test_the_files_are_what_the_code_writes() -> None:
    written = scenario.run()[0]
    assert {name: EXAMPLES[name] for name in VALID} == written
    assert {name: EXAMPLES[name] for name in INVALID} == faulty()


@pytest.mark.parametrize("name", VALID)
def test_a_valid_example_is_read_and_verified(name: str) -> None:
    document = EXAMPLES[name]
    read = receive(document)
    if isinstance(read, Move):
        assert (read.iri, read.actor) == (document["id"], document["actor"])
    assert name == "evidence" or jsonld.read(document) is document


@pytest.mark.parametrize("name", INVALID)
def test_an_invalid_example_breaks_the_rule_it_is_named_after(name: str) -> None:
    with pytest.raises(Remote) as refused:
        receive(EXAMPLES[name])
    assert refused.value.code == name.partition(".")[2]
    assert refused.value.detail.endswith(".")


@pytest.mark.parametrize("name", sorted(set(INVALID) & set(SIGNED)))
def test_a_fault_is_not_the_signatures(name: str) -> None:
    # The one rule broken is the one named: the document is signed by who says it.
    document = EXAMPLES[name]
    proofs.check(document, scenario.public_keys()[proofs.read(document).verification_method])


def test_every_kind_of_activity_has_an_example() -> None:
    shown = {EXAMPLES[name]["type"] for name in VALID}
    assert shown >= MOVES | STATEMENTS | {"EvidenceBundle"}
    assert shown >= {ActorKind.PERSON, ActorKind.ORGANIZATION, ActorKind.APPLICATION}
    read = [receive(EXAMPLES[name]) for name in VALID]
    events = {move.event for move in read if isinstance(move, Move)}
    # Until it is known what they answer, a renege is read as a rejection, the others as a withdrawal.
    unread = {Event.RENEGE, Event.REVOKE, Event.RECANT}
    assert events == {event for _, party, event in TRANSITIONS if party is not Party.CLOCK} - unread


def test_the_private_parts_of_a_wish_are_in_no_example() -> None:
    for name in VALID:
        assert str(scenario.WISH["limit_price"]) not in canonicalise(EXAMPLES[name]).decode()
