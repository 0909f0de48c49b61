"""The examples of FEP-521a, FEP-8b32 and FEP-c390, run as published: each line of Gherkin is a step here."""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from protocol import keys, proofs
from protocol.actors import Actor, read_actor
from protocol.flow import FetchActor, run
from protocol.keys import Algorithm, PrivateKey, PublicKey
from protocol.verification import author
from tests.protocol.signing import secret_key

FEATURES = Path(__file__).parents[1] / "vectors" / "fep"


@dataclass(frozen=True, slots=True)
class Step:
    text: str
    document: Any


@dataclass(frozen=True, slots=True)
class Scenario:
    feature: str
    name: str
    steps: tuple[Step, ...]


@dataclass(slots=True)
class World:
    """What the steps of one scenario have said so far."""

    key: PrivateKey | None = None
    public: PublicKey | None = None
    actor: str = ""
    did: str = ""
    now: datetime | None = None
    document: Any = None
    signed: Any = None
    actor_document: Any = None
    outcome: Any = None


# Gherkin, as far as these files go: scenarios of steps, a step with or without a block of text.

_BLOCK = re.compile(r'^\s*"""\n(.*?)^\s*"""\n', re.DOTALL | re.MULTILINE)
_STEP = re.compile(r"^\s*(?:Given|When|Then|And) (.+)$")


def scenarios() -> Iterator[Scenario]:
    for path in sorted(FEATURES.glob("*.feature")):
        for part in path.read_text(encoding="utf-8").split("Scenario: ")[1:]:
            blocks: list[str] = []

            def keep(match: re.Match[str], blocks: list[str] = blocks) -> str:
                blocks.append(match[1])
                return f"<{len(blocks) - 1}>\n"

            name, *lines = _BLOCK.sub(keep, part).splitlines()
            yield Scenario(path.stem, name, tuple(read_steps(lines, blocks)))


def read_steps(lines: list[str], blocks: list[str]) -> Iterator[Step]:
    meaningful = [line.strip() for line in lines if line.strip() and not line.strip().startswith("@")]
    for line, following in zip(meaningful, [*meaningful[1:], ""], strict=True):
        if step := _STEP.match(line):
            block = re.fullmatch(r"<(\d+)>", following)
            yield Step(step[1], json.loads(blocks[int(block[1])]) if block else None)
        else:
            assert re.fullmatch(r"<\d+>", line), f"not a step: {line}"


# The steps


def nothing_is_fetched(wish: FetchActor) -> Actor:
    raise AssertionError(wish)


Action = Callable[[World, re.Match[str], Any], None]
STEPS: dict[str, Action] = {}


def step(pattern: str) -> Callable[[Action], Action]:
    def register(action: Action) -> Action:
        STEPS[pattern] = action
        return action

    return register


@step(r'(?:Ed25519 secret key|private Key) "(z\w+)"')
def given_a_secret_key(world: World, match: re.Match[str], _: Any) -> None:
    world.key = secret_key(match[1])


@step(r'the (Ed25519) public key as a hex string "(\w+)"')
@step(r'the (RSA) public key in PKCS#1 DER format as a hex string "(\w+)"')
def given_a_public_key(world: World, match: re.Match[str], _: Any) -> None:
    world.public = PublicKey(Algorithm(match[1].lower()), bytes.fromhex(match[2]))


@step(r'actor ID "(\S+)"')
def given_an_actor_id(world: World, match: re.Match[str], _: Any) -> None:
    world.actor = match[1]


@step(r'the decentralized identifier "(did:key:z\w+)"')
def given_an_identifier(world: World, match: re.Match[str], _: Any) -> None:
    world.did = match[1]


@step(r'current time "(\S+)"')
def given_the_time(world: World, match: re.Match[str], _: Any) -> None:
    world.now = datetime.fromisoformat(match[1])


@step(r"document")
def given_a_document(world: World, _: re.Match[str], document: Any) -> None:
    world.document = document


@step(r"[Tt]he actor")
def given_an_actor(world: World, _: re.Match[str], document: Any) -> None:
    world.actor_document = document


@step(r"The signed document is")
def given_or_then_a_signed_document(world: World, _: re.Match[str], document: Any) -> None:
    if world.signed is None:
        world.signed = document
    assert world.signed == document


@step(r'Signing the document for key "(\S+)"')
def when_signing(world: World, match: re.Match[str], _: Any) -> None:
    assert world.key
    assert world.now
    world.signed = proofs.attach(
        world.document, key=world.key, verification_method=match[1], created=world.now
    )


@step(r"verifying the document")
def when_verifying(world: World, _: re.Match[str], __: Any) -> None:
    actor = read_actor(world.actor_document, iri=world.actor_document["id"])
    now = proofs.read(world.signed).created
    world.outcome = run(author(world.signed, actor=actor, now=now), nothing_is_fetched)


@step(r"the document is valid")
def then_the_document_is_valid(world: World, _: re.Match[str], __: Any) -> None:
    assert world.outcome.id == world.signed["proof"]["verificationMethod"]


@step(r"creating the identity proof for the actor")
def when_creating_an_identity_proof(world: World, _: re.Match[str], __: Any) -> None:
    world.document = {"type": "VerifiableIdentityStatement", "subject": world.did, "alsoKnownAs": world.actor}
    assert world.key
    assert world.now
    world.signed = proofs.attach(
        world.document, key=world.key, verification_method=world.did, created=world.now
    )


@step(r"the identity claim is")
def then_the_claim_is(world: World, _: re.Match[str], document: Any) -> None:
    assert world.document == document


@step(r"the identity proof is")
def then_the_identity_proof_is(world: World, _: re.Match[str], document: Any) -> None:
    assert world.signed == document


@step(r"verifying the attached identity proof")
def when_verifying_an_identity_proof(world: World, _: re.Match[str], __: Any) -> None:
    [world.signed] = world.actor_document["attachment"]
    public = keys.read_multibase(world.signed["subject"].removeprefix("did:key:"))
    proofs.check(world.signed, public)
    world.outcome = public


@step(r"the identity proof is valid")
def then_the_identity_proof_is_valid(world: World, _: re.Match[str], __: Any) -> None:
    assert world.signed["proof"]["verificationMethod"] == f"did:key:{world.outcome.multibase}"
    assert world.signed["alsoKnownAs"] == world.actor_document["id"]


@step(r"Multikey object is")
def then_the_multikey_is(world: World, _: re.Match[str], document: Any) -> None:
    assert world.public
    assert document == {
        "id": f"{world.actor}#{world.public.algorithm}-key",
        "type": "Multikey",
        "controller": world.actor,
        "publicKeyMultibase": world.public.multibase,
    }
    assert keys.read_multibase(document["publicKeyMultibase"]) == world.public


SCENARIOS = list(scenarios())


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: f"{scenario.feature}: {scenario.name}")
def test_the_published_examples(scenario: Scenario) -> None:
    world = World()
    for one in scenario.steps:
        [(action, match)] = [
            (action, match) for pattern, action in STEPS.items() if (match := re.fullmatch(pattern, one.text))
        ]
        action(world, match, one.document)


def test_every_file_and_every_step_is_used() -> None:
    assert {scenario.feature for scenario in SCENARIOS} == {path.stem for path in FEATURES.iterdir()}
    assert [len(scenario.steps) for scenario in SCENARIOS] == [3, 3, 5, 4, 7, 3]
    texts = [one.text for scenario in SCENARIOS for one in scenario.steps]
    assert [pattern for pattern in STEPS if not any(re.fullmatch(pattern, text) for text in texts)] == []
