"""Who stands behind a request or a document. The network is a dict; ids are those of the attack catalogue."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta

import pytest

from protocol import codes, keys, proofs, signatures
from protocol.actors import Actor, ActorKey, ActorKind, KeyPurpose
from protocol.errors import Gone, NotFound, ProtocolError, Unauthenticated, Unprocessable
from protocol.flow import FetchActor, run
from protocol.keys import PrivateKey
from protocol.signatures import HttpSignature, Scheme
from protocol.strictjson import Document
from protocol.verification import author, sender
from tests.protocol.signing import BUSINESS, ED25519, KEY_ID, NOW, RSA, signed

ATTACKER = "https://attacker.example/actors/mallory"
ATTACKER_KEY = keys.ed25519_from_seed(b"m" * 32)
ROTATED = keys.ed25519_from_seed(b"r" * 32)
PROOF_KEY_ID = f"{BUSINESS}#ed25519-1"
BOTH = frozenset({KeyPurpose.HTTP, KeyPurpose.ASSERTION})

Answer = Actor | Exception


def actor(iri: str = BUSINESS, *listed: ActorKey) -> Actor:
    return Actor(
        iri=iri,
        kind=ActorKind.ORGANIZATION,
        name="Garage",
        handle="garage",
        inbox=f"{iri}/inbox",
        shared_inbox=None,
        outbox=None,
        followers=None,
        summary="",
        keys=listed,
        speaks_ed25519=False,
    )


def listed(
    private: PrivateKey,
    *,
    id: str = KEY_ID,
    owner: str = BUSINESS,
    purposes: Iterable[str] = (KeyPurpose.HTTP,),
) -> ActorKey:
    return ActorKey(id=id, owner=owner, key=private.public, purposes=frozenset(purposes))


class Network:
    """Actors by address: what a cache knows, and what their servers say when asked again."""

    def __init__(self, cached: dict[str, Answer], renewed: dict[str, Answer] | None = None) -> None:
        self.cached = cached
        self.renewed = cached if renewed is None else renewed
        self.asked: list[FetchActor] = []

    def __call__(self, wish: FetchActor) -> Actor:
        self.asked.append(wish)
        answer = (self.renewed if wish.refresh else self.cached).get(
            wish.iri, NotFound(codes.ACTOR_GONE, "Nothing.")
        )
        if isinstance(answer, Exception):
            raise answer
        return answer


def http(
    private: PrivateKey = ED25519, *, key_id: str = KEY_ID, scheme: Scheme = Scheme.RFC9421
) -> HttpSignature:
    return signatures.read(signed(scheme, private, key_id=key_id), now=NOW)


def refusal(signature: HttpSignature, network: Network, *, claimed: str | None = BUSINESS) -> str:
    with pytest.raises(Unauthenticated) as caught:
        run(sender(signature, actor=claimed), network)
    return caught.value.code


# Who signed a request

GARAGE = actor(BUSINESS, listed(ED25519))
ASK = FetchActor(BUSINESS)
ASK_AGAIN = FetchActor(BUSINESS, refresh=True)


@pytest.mark.parametrize("scheme", Scheme)
@pytest.mark.parametrize("private", [ED25519, RSA], ids=["ed25519", "rsa"])
@pytest.mark.parametrize("claimed", [BUSINESS, None])
def test_the_sender_is_the_actor_that_lists_the_key(
    scheme: Scheme, private: PrivateKey, claimed: str | None
) -> None:
    garage = actor(BUSINESS, listed(private))
    network = Network({BUSINESS: garage})
    assert run(sender(http(private, scheme=scheme), actor=claimed), network) == garage
    assert network.asked == [ASK]


def test_a_key_of_another_origin_is_refused_without_asking_anyone() -> None:
    network = Network(
        {
            BUSINESS: GARAGE,
            ATTACKER: actor(ATTACKER, listed(ATTACKER_KEY, id=f"{ATTACKER}#key", owner=BUSINESS)),
        }
    )
    # KY-01: whatever the attacker's document says of its owner; KY-02: whoever's the key really is.
    assert refusal(http(ATTACKER_KEY, key_id=f"{ATTACKER}#key"), network) == "key-foreign"
    assert (
        refusal(http(ATTACKER_KEY, key_id="https://business.example.attacker.example/#key"), network)
        == "key-foreign"
    )
    assert (
        refusal(http(ATTACKER_KEY, key_id=BUSINESS.replace("https", "http") + "#key-1"), network)
        == "key-foreign"
    )
    assert network.asked == []


@pytest.mark.parametrize(
    "key_id", ["Test", "did:key:z6Mk", "urn:uuid:1", "https://", "//business.example/", "javascript:1"]
)
@pytest.mark.parametrize("claimed", [BUSINESS, None])
def test_a_key_id_that_is_no_address_is_refused_without_asking_anyone(
    key_id: str, claimed: str | None
) -> None:
    network = Network({})
    assert refusal(http(key_id=key_id), network, claimed=claimed) == "key-foreign"
    assert network.asked == []


def test_a_key_of_another_actor_on_the_same_server_is_refused() -> None:
    neighbour = "https://business.example/actors/neighbour"
    network = Network(
        {
            BUSINESS: GARAGE,
            neighbour: actor(neighbour, listed(ATTACKER_KEY, id=f"{neighbour}#key-1", owner=neighbour)),
        }
    )
    assert refusal(http(ATTACKER_KEY, key_id=f"{neighbour}#key-1"), network) == "key-unknown"  # KY-02, OR-07
    assert network.asked == [ASK, ASK_AGAIN]


@pytest.mark.parametrize("key_id", [f"{KEY_ID}0", KEY_ID[:-1], BUSINESS, f"{BUSINESS}/main-key"])
def test_key_ids_are_compared_whole(key_id: str) -> None:
    assert refusal(http(key_id=key_id), Network({BUSINESS: GARAGE})) == "key-unknown"


def test_the_key_id_may_be_an_address_of_its_own() -> None:
    # GoToSocial: the key is at a path, where the actor's document (with the actor's id) is served.
    key_id = f"{BUSINESS}/main-key"
    garage = actor(BUSINESS, listed(ED25519, id=key_id))
    assert run(sender(http(key_id=key_id), actor=None), Network({key_id: garage})) == garage
    assert run(sender(http(key_id=key_id), actor=BUSINESS), Network({BUSINESS: garage})) == garage


def test_a_key_whose_owner_is_another_is_not_the_actors() -> None:
    claimed = actor(BUSINESS, listed(ED25519, owner=ATTACKER))
    assert refusal(http(), Network({BUSINESS: claimed})) == "key-unknown"


def test_a_key_for_logging_in_signs_no_requests() -> None:
    garage = actor(BUSINESS, listed(ED25519, purposes=[KeyPurpose.AUTHENTICATION]))
    assert refusal(http(), Network({BUSINESS: garage})) == "key-unknown"


def test_a_driver_that_answers_with_another_actor_convinces_nobody() -> None:
    other = actor(
        "https://business.example/actors/other",
        listed(ED25519, owner="https://business.example/actors/other"),
    )
    assert refusal(http(), Network({BUSINESS: other})) == "key-unknown"  # KY-05


def test_a_wrong_signature_is_refused_after_one_more_look() -> None:
    network = Network({BUSINESS: GARAGE})
    assert refusal(http(ATTACKER_KEY), network) == "signature-invalid"
    assert network.asked == [ASK, ASK_AGAIN]


def test_the_algorithm_is_that_of_the_listed_key() -> None:
    network = Network({BUSINESS: actor(BUSINESS, listed(RSA))})
    assert refusal(http(ED25519), network) == "algorithm-mismatch"  # SG-08


@pytest.mark.parametrize(
    "before",
    [
        actor(BUSINESS, listed(ED25519)),
        actor(BUSINESS),
        actor(BUSINESS, listed(ROTATED, id=f"{BUSINESS}#old")),
    ],
    ids=["same id", "no key", "other id"],
)
def test_a_rotated_key_is_found_by_asking_again(before: Actor) -> None:
    after = actor(BUSINESS, listed(ROTATED))
    network = Network({BUSINESS: before}, {BUSINESS: after})
    assert run(sender(http(ROTATED), actor=BUSINESS), network) == after  # KY-14
    assert network.asked == [ASK, ASK_AGAIN]


def test_a_key_that_was_replaced_does_not_come_back() -> None:
    # KY-11: the cache is renewed by the new key's first signature; then the old one is a stranger's.
    network = Network({BUSINESS: actor(BUSINESS, listed(ROTATED))})
    assert refusal(http(ED25519), network) == "signature-invalid"


@pytest.mark.parametrize(
    "answer",
    [
        NotFound(codes.ACTOR_GONE, "Nothing."),
        Gone(codes.ACTOR_GONE, "Deleted."),
        Unauthenticated(codes.ACTOR_KIND, "None."),
    ],
)
def test_if_asking_again_fails_the_first_failure_stands(answer: ProtocolError) -> None:
    network = Network({BUSINESS: GARAGE}, {BUSINESS: answer})
    assert refusal(http(ATTACKER_KEY), network) == "signature-invalid"


def test_asking_again_happens_once() -> None:
    network = Network({BUSINESS: actor(BUSINESS)})
    assert refusal(http(), network) == "key-unknown"
    assert len(network.asked) == 2


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (Gone(codes.ACTOR_GONE, "Deleted."), "key-gone"),
        (NotFound(codes.ACTOR_GONE, "Nothing."), "key-gone"),
        (Unauthenticated(codes.ACTOR_MISMATCH, "Another."), "key-unknown"),
        (Unprocessable(codes.CONTEXT_UNKNOWN, "Strange."), "key-unknown"),
    ],
)
def test_an_actor_that_cannot_be_read_signs_nothing(answer: ProtocolError, code: str) -> None:
    network = Network({BUSINESS: answer})
    assert refusal(http(), network) == code
    assert network.asked == [ASK]


@pytest.mark.parametrize("renewing", [False, True])
def test_a_network_that_is_down_is_not_a_wrong_signature(renewing: bool) -> None:
    down = OSError("down")
    network = Network({BUSINESS: GARAGE}, {BUSINESS: down}) if renewing else Network({BUSINESS: down})
    with pytest.raises(OSError, match="down"):
        run(sender(http(ATTACKER_KEY), actor=BUSINESS), network)


def test_a_key_counts_when_its_signature_arrives() -> None:
    signature = http()
    expiring = {
        seconds: replace(listed(ED25519), expires=NOW + timedelta(seconds=seconds)) for seconds in (0, 1)
    }
    assert refusal(signature, Network({BUSINESS: actor(BUSINESS, expiring[0])})) == "key-expired"
    assert run(sender(signature, actor=BUSINESS), Network({BUSINESS: actor(BUSINESS, expiring[1])}))
    # KY-11: a signature dated back to when the key was good.
    late = signatures.read(signed(Scheme.RFC9421, ED25519), now=NOW + timedelta(seconds=2))
    assert late.created < NOW + timedelta(seconds=1)
    assert refusal(late, Network({BUSINESS: actor(BUSINESS, expiring[1])})) == "key-expired"


# Who made a document

OFFER: Document = {"@context": "https://www.w3.org/ns/activitystreams", "type": "Offer", "actor": BUSINESS}
SIGNER = actor(BUSINESS, listed(ED25519, id=PROOF_KEY_ID, purposes=BOTH))


def proved(private: PrivateKey = ED25519, *, method: str = PROOF_KEY_ID) -> Document:
    return proofs.attach(OFFER, key=private, verification_method=method, created=NOW)


def denial(document: Document, network: Network, *, known: Actor = SIGNER) -> str:
    with pytest.raises(Unprocessable) as caught:
        run(author(document, actor=known, now=NOW), network)
    return caught.value.code


def test_the_author_is_the_actor_whose_key_made_the_proof() -> None:
    network = Network({})
    assert run(author(proved(), actor=SIGNER, now=NOW), network) == SIGNER.keys[0]
    assert network.asked == []


def test_a_document_needs_a_proof() -> None:
    network = Network({BUSINESS: SIGNER})
    assert denial(OFFER, network) == "proof-required"  # PR-01
    assert denial({**proved(), "proof": [proved()["proof"]]}, network) == "proof-invalid"  # PR-07
    assert network.asked == []


def test_a_changed_document_is_refused_after_one_more_look() -> None:
    network = Network({BUSINESS: SIGNER})
    assert denial({**proved(), "type": "Accept"}, network) == "proof-invalid"
    assert network.asked == [ASK_AGAIN]


@pytest.mark.parametrize("purpose", [KeyPurpose.AUTHENTICATION, KeyPurpose.HTTP])
def test_a_key_for_something_else_makes_no_proofs(purpose: KeyPurpose) -> None:
    known = actor(BUSINESS, listed(ED25519, id=PROOF_KEY_ID, purposes=[purpose]))
    assert denial(proved(), Network({BUSINESS: known}), known=known) == "proof-invalid"  # PR-05


@pytest.mark.parametrize(
    "method", [f"{ATTACKER}#ed25519-1", f"did:key:{ED25519.public.multibase}", "nonsense"]
)
def test_a_key_of_another_origin_makes_no_proofs(method: str) -> None:
    network = Network({BUSINESS: SIGNER, ATTACKER: SIGNER})
    assert denial(proved(method=method), network) == "proof-invalid"
    assert network.asked == []


def test_a_key_of_another_actor_makes_no_proofs() -> None:
    neighbour = "https://business.example/actors/neighbour"
    known = actor(BUSINESS, listed(ED25519, id=PROOF_KEY_ID, owner=neighbour, purposes=BOTH))
    assert denial(proved(), Network({BUSINESS: known}), known=known) == "proof-invalid"
    assert denial(proved(method=f"{neighbour}#ed25519-1"), Network({BUSINESS: SIGNER})) == "proof-invalid"


def test_a_rotated_key_of_a_proof_is_found_by_asking_again() -> None:
    after = actor(BUSINESS, listed(ROTATED, id=PROOF_KEY_ID, purposes=BOTH))
    network = Network({}, {BUSINESS: after})
    assert run(author(proved(ROTATED), actor=SIGNER, now=NOW), network) == after.keys[0]
    assert network.asked == [ASK_AGAIN]


def test_asking_again_is_answered_for_the_same_actor() -> None:
    other = "https://business.example/actors/other"
    after = actor(other, listed(ROTATED, id=PROOF_KEY_ID, owner=other, purposes=BOTH))
    assert denial(proved(ROTATED), Network({}, {BUSINESS: after})) == "proof-invalid"


def test_if_asking_again_fails_the_proof_is_invalid() -> None:
    assert (
        denial(proved(ROTATED), Network({}, {BUSINESS: Gone(codes.ACTOR_GONE, "Deleted.")}))
        == "proof-invalid"
    )


def test_an_rsa_key_makes_no_proofs() -> None:
    known = actor(BUSINESS, listed(RSA, id=PROOF_KEY_ID, purposes=BOTH))
    assert denial(proved(), Network({BUSINESS: known}), known=known) == "proof-invalid"


def test_a_key_makes_proofs_until_it_expires() -> None:
    key = replace(SIGNER.keys[0], expires=NOW)
    known = actor(BUSINESS, key)
    assert denial(proved(), Network({BUSINESS: known}), known=known) == "proof-invalid"
    assert run(author(proved(), actor=known, now=NOW - timedelta(seconds=1)), Network({})) == key


def test_a_proof_from_the_future_is_refused_without_asking_anyone() -> None:
    network = Network({BUSINESS: SIGNER})
    with pytest.raises(Unprocessable) as caught:
        run(author(proved(), actor=SIGNER, now=NOW - timedelta(minutes=3)), network)
    assert caught.value.code == "proof-invalid"  # PR-08
    assert network.asked == []
