"""The public eddsa-jcs-2022 suite and ours verify what the other signs, and refuse what was altered."""

import copy
import json
import subprocess
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest

import schemas
from protocol import proofs
from protocol.errors import Unprocessable
from protocol.keys import ed25519_from_seed, read_multibase
from protocol.strictjson import Document
from protocol.vocabulary import ACTIVITY_CONTEXT
from tests.interop.nodejs import interpreter

pytestmark = pytest.mark.slow

SECONDS = 60
EXAMPLES = {example.name: example.document for example in schemas.examples() if example.valid}
EVIDENCE = next(document for document in EXAMPLES.values() if document.get("type") == "EvidenceBundle")
NODE_KEY = ed25519_from_seed(bytes(range(32)))
NODE_METHOD = "https://node.example/actors/ada#ed25519-1"
KEYS = EVIDENCE["keys"] | {NODE_METHOD: NODE_KEY.public.multibase}


def final_agreement() -> Document:
    """Return the agreement of an acceptance as a document of its own, with its own proof."""
    agreement = next(document["result"] for document in EXAMPLES.values() if document["type"] == "Accept")
    return proofs.attach(
        {"@context": ACTIVITY_CONTEXT, **agreement},
        key=NODE_KEY,
        verification_method=NODE_METHOD,
        created=datetime(2026, 5, 4, 12, 11, tzinfo=UTC),
    )


# The evidence names the keys of its two parties; examples of a third are left out.
OURS: dict[str, Document] = {
    name: document
    for name, document in EXAMPLES.items()
    if document.get("proof", {}).get("verificationMethod") in KEYS
} | {"agreement": final_agreement()}


# --- altered copies --------------------------------------------------------------------------------------


def _content(document: Document) -> None:
    document["published"] = "2026-05-05T12:00:00Z"


def _added(document: Document) -> None:
    document["summary"] = "And a bell."


def _created(document: Document) -> None:
    document["proof"]["created"] = "2026-05-05T12:00:00Z"


def _value(document: Document) -> None:
    value = document["proof"]["proofValue"]
    document["proof"]["proofValue"] = value[:-1] + ("2" if value[-1] != "2" else "3")


def _purpose(document: Document) -> None:
    document["proof"]["proofPurpose"] = "authentication"


def _context(document: Document) -> None:
    for part in (document, document["proof"]):
        part["@context"] = [*part["@context"][:-1], {**part["@context"][-1], "price": "fh:amount"}]


def _key(document: Document) -> None:
    methods = [method for method in KEYS if method != document["proof"]["verificationMethod"]]
    document["proof"]["verificationMethod"] = methods[0]


ALTERATIONS: Sequence[Callable[[Document], None]] = (
    _content,
    _added,
    _created,
    _value,
    _purpose,
    _context,
    _key,
)


def _name(alteration: Callable[[Document], None]) -> str:
    return alteration.__name__.strip("_")


def altered(document: Document, alteration: Callable[[Document], None]) -> Document:
    changed = copy.deepcopy(document)
    alteration(changed)
    assert changed != document
    return changed


# --- the suite, asked once for everything ------------------------------------------------------------------


def ask(wish: Document) -> Document:
    """Run the suite once on documents to verify and documents to sign."""
    ended = subprocess.run(
        [interpreter(), str(Path(__file__).with_name("suite.js"))],
        input=json.dumps(wish),
        capture_output=True,
        timeout=SECONDS,
        text=True,
    )
    assert ended.returncode == 0, ended.stderr
    answer: Document = json.loads(ended.stdout)
    return answer


def unsigned(document: Document) -> Document:
    return {member: value for member, value in document.items() if member != "proof"}


@pytest.fixture(scope="module")
def answer() -> Document:
    """Every document and every altered copy of it to verify, every document without its proof to sign."""
    copies = [altered(document, alteration) for document in OURS.values() for alteration in ALTERATIONS]
    return ask(
        {
            "verify": [*OURS.values(), *copies],
            "sign": [unsigned(document) for document in OURS.values()],
            "keys": KEYS,
        }
    )


def verdict(answer: Document, number: int) -> Mapping[str, object]:
    found: Mapping[str, object] = answer["verified"][number]
    return found


def test_there_is_an_offer_an_acceptance_and_an_agreement() -> None:
    assert {"Offer", "Accept", "Reject", "Agreement"} <= {document["type"] for document in OURS.values()}


@pytest.mark.parametrize(("number", "name"), list(enumerate(OURS)), ids=str)
def test_the_suite_verifies_what_we_signed(answer: Document, number: int, name: str) -> None:
    assert verdict(answer, number) == {"verified": True, "reason": None}, name


@pytest.mark.parametrize(
    ("place", "alteration"), list(enumerate(ALTERATIONS)), ids=[*map(_name, ALTERATIONS)]
)
def test_the_suite_refuses_every_altered_copy_of_it(
    answer: Document, place: int, alteration: Callable[[Document], None]
) -> None:
    for row, name in enumerate(OURS):
        number = len(OURS) + row * len(ALTERATIONS) + place
        assert verdict(answer, number)["verified"] is False, (name, alteration)


@pytest.mark.parametrize(("number", "name"), list(enumerate(OURS)), ids=str)
def test_we_verify_what_the_suite_signed_and_refuse_every_altered_copy(
    answer: Document, number: int, name: str
) -> None:
    key, signed = read_multibase(answer["key"]), answer["signed"][number]
    assert unsigned(signed) == unsigned(OURS[name])
    proofs.check(signed, key)
    for alteration in ALTERATIONS:
        changed = altered(signed, alteration)
        if alteration is _key:
            # Whose key it is shows in the actor's document, so the key is another one then.
            with pytest.raises(Unprocessable, match="proof-invalid"):
                proofs.check(changed, read_multibase(KEYS[changed["proof"]["verificationMethod"]]))
            continue
        with pytest.raises(Unprocessable, match="proof-invalid"):
            proofs.check(changed, key)
