"""Every JSON example can be read, and what is an activity is one: its proof holds and its readers take it."""

from functools import cache
from typing import Any

import pytest

import schemas
from protocol import jsonld, proofs, strictjson
from protocol.actors import KeyPurpose, read_actor
from protocol.intentions import read_intention
from protocol.keys import PublicKey
from protocol.moves import read_move
from protocol.strictjson import Document
from protocol.vocabulary import ACTIVITY_CONTEXT, ACTOR_CONTEXT
from tests.docs import papers

FENCES = [fence for page in papers.PAGES for fence in papers.fences(page) if fence.language == "json"]
ACTIVITIES = [fence for fence in FENCES if fence.text.startswith("{") and '"actor": ' in fence.text]
CONTEXTS = [fence for fence in FENCES if fence.text.startswith("[")]


@cache
def keys() -> dict[str, PublicKey]:
    """The keys that the actors of the examples list for their proofs."""
    documents = [example.document for example in schemas.examples() if example.valid]
    actors = [document for document in documents if "inbox" in document]
    return {
        key.id: key.key
        for document in actors
        for key in read_actor(document, iri=document["id"]).keys
        if KeyPurpose.ASSERTION in key.purposes
    }


def whole(text: str) -> Document:
    """Return an example with the context put back that the page leaves out."""
    document = {"@context": ACTIVITY_CONTEXT, **strictjson.parse(text.encode())}
    if "proof" in document:
        document["proof"] = {"@context": ACTIVITY_CONTEXT, **document["proof"]}
    return document


def test_there_are_examples() -> None:
    assert len(ACTIVITIES) >= 6
    assert len(FENCES) > len(ACTIVITIES) + len(CONTEXTS)


@pytest.mark.parametrize("fence", FENCES, ids=str)
def test_an_example_is_strict_json(fence: papers.Fence) -> None:
    strictjson.parse(f'{{"example": {fence.text}}}'.encode())


@pytest.mark.parametrize("fence", ACTIVITIES, ids=str)
def test_an_activity_is_read_and_its_proof_holds(fence: papers.Fence) -> None:
    document = whole(fence.text)
    plain: Any = jsonld.read(document)
    if document["type"] == "Create":
        assert read_intention(plain["object"]).proposer == document["actor"]
        return
    proof = proofs.read(document)
    proofs.check(document, keys()[proof.verification_method])
    assert read_move(plain).actor == document["actor"]


@pytest.mark.parametrize("fence", CONTEXTS, ids=str)
def test_a_context_is_the_one_that_is_written(fence: papers.Fence) -> None:
    assert strictjson.parse(f'{{"is": {fence.text}}}'.encode())["is"] in (ACTIVITY_CONTEXT, ACTOR_CONTEXT)


def test_an_example_of_another_text_would_not_hold() -> None:
    document = whole(next(fence.text for fence in ACTIVITIES if '"proof"' in fence.text))
    document["published"] = "2026-01-01T00:00:00Z"
    proof = proofs.read(document)
    with pytest.raises(Exception, match="proof-invalid"):
        proofs.check(document, keys()[proof.verification_method])
