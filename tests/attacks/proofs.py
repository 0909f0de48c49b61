"""PR: proofs on documents that do not show what they are to show: who said just this, to be held to it."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any, Final

import base58

from protocol import multibase
from protocol.canonical import digest_of
from protocol.proofs import hash_input
from protocol.strictjson import Document
from tests.attacks.agreement import accepted_by, agreement_for
from tests.attacks.cases import Attack, Bend, Case, case, vectors
from tests.attacks.parties import Event, Party, at, number
from tests.attacks.wire import Answer
from tests.attacks.world import World

PROOF_VALUE: Final = ("proof", "proofValue")


def proof(*path: str | int, put: Any) -> Attack:
    """Change a part of the proof, after the document was proved."""
    return Bend(proved=lambda document, _: at(document, "proof", *path, put=put))


def value(change: Callable[[str], str]) -> Attack:
    """Change the proof's signature."""
    return Bend(proved=lambda d, _: at(d, *PROOF_VALUE, put=change(d["proof"]["proofValue"])))


def raw(change: Callable[[bytes], bytes]) -> Attack:
    """Change the bytes of the proof's signature."""
    return value(lambda text: multibase.encode(change(base58.b58decode(text[1:]))))


def flip(signature: bytes) -> bytes:
    """Flip a bit."""
    return signature[:20] + bytes([signature[20] ^ 1]) + signature[21:]


def altered(*path: str | int, put: Any) -> Attack:
    """Change the document after it was proved; the request is signed over what becomes of it."""
    return Bend(proved=lambda document, _: at(document, *path, put=put))


# --- PR-01 --------------------------------------------------------------------------------------------------


def unproved(event: Event, **members: Any) -> Attack:
    """Answer the shop's own standing offer without a proof."""

    def attack(world: World) -> Answer:
        opened = world.opened(world.shop)
        document = world.shop.answer(event, opened, now=world.now(), to=(world.ada,), **members)
        world.hold()
        return world.deliver(world.shop, document)

    return attack


def unproved_reoffer(world: World) -> Answer:
    """Make a new offer without a proof."""
    wanted = world.cast()
    opened = world.opened(world.shop, wanted)
    document = world.shop.answer(
        Event.REOFFER,
        opened,
        now=world.now(),
        to=(world.ada,),
        draft=world.shop.draft(wanted, amount="99.00"),
    )
    world.hold()
    return world.deliver(world.shop, document)


def unproved_accept(world: World) -> Answer:
    """Accept an offer of the node's, without a proof."""
    offer = world.offered(world.shop)
    document = accepted_by(world, world.shop, offer)
    world.hold()
    return world.deliver(world.shop, document)


def unproved_reject(world: World) -> Answer:
    """Reject an offer of the node's, without a proof."""
    offer = world.offered(world.shop)
    document = world.shop.answer(Event.REJECT, offer, now=world.now())
    world.hold()
    return world.deliver(world.shop, document)


def unproved_countersignature(world: World) -> Answer:
    """Countersign an agreement without a proof."""
    opened = world.opened(world.shop)
    accept = agreement_for(world, world.shop, opened)
    document = world.shop.answer(
        Event.COUNTERSIGN, accept["result"], now=world.now(), negotiation=opened["context"]
    )
    world.settle()
    world.hold()
    return world.deliver(world.shop, document)


def everything_proved(world: World) -> Answer:
    """Take the same steps as the cases without proofs."""
    wanted = world.cast()
    opened = world.opened(world.shop, wanted)
    again = world.shop.prove(
        world.shop.answer(
            Event.REOFFER,
            opened,
            now=world.now(),
            to=(world.ada,),
            draft=world.shop.draft(wanted, amount="9.00"),
        ),
        now=world.now(),
    )
    world.must(world.deliver(world.shop, again))
    world.must(
        world.say(world.shop, world.shop.answer(Event.WITHDRAW, again, now=world.now(), to=(world.ada,)))
    )
    rejected = world.offered(world.shop)
    world.must(world.say(world.shop, world.shop.answer(Event.REJECT, rejected, now=world.now())))
    world.settle()
    offer = world.offered(world.shop)
    return world.say(world.shop, accepted_by(world, world.shop, offer))


# --- PR-05 --------------------------------------------------------------------------------------------------


def with_key_listed(list_it: Callable[[Document], Document]) -> Attack:
    """Prove with a key that the actor lists for something else."""

    def attack(world: World) -> Answer:
        sender = world.stranger()
        sender.publish(list_it(sender.document))
        return Bend(sender=lambda _: sender)(world)

    return attack


def for_authentication(document: Document) -> Document:
    """List the key to log in with."""
    return at(document, "authentication", put=document["assertionMethod"]) | {"assertionMethod": []}


def for_requests(document: Document) -> Document:
    """List the key to sign requests with."""
    [key] = document["assertionMethod"]
    rest = at(document, "assertionMethod", put=[])
    named = {**key, "owner": key["controller"]}
    return rest | {"publicKey": [document["publicKey"], named]}


def by(method: Callable[[World, Party], str]) -> Attack:
    """Name another key in the proof than the one that made it."""

    def prove(document: Document, world: World) -> Document:
        bare = {name: member for name, member in document.items() if name != "proof"}
        return world.shop.prove(bare, now=world.now(), method=method(world, world.shop))

    return Bend(proved=prove)


def by_another(world: World) -> Answer:
    """Have the document proved by a neighbour on the same server, who is not its actor."""
    neighbour = world.neighbour(world.shop)
    document = neighbour.prove(world.shop.offer(world.wanted, now=world.now()), now=world.now())
    world.hold()
    return world.deliver(world.shop, document)


def by_the_thief(world: World) -> Answer:
    """Have the document proved with another key under the shop's key id."""
    document = world.shop.prove(
        world.shop.offer(world.wanted, now=world.now()), now=world.now(), key=world.thief.ed25519
    )
    world.hold()
    return world.deliver(world.shop, document)


def with_rsa(world: World) -> Answer:
    """Name the RSA key in a proof that only Ed25519 can make."""
    document = world.offer(world.shop)
    world.hold()
    return world.deliver(world.shop, at(document, "proof", "verificationMethod", put=world.shop.rsa_id))


# --- PR-07, PR-08, PR-10, PR-11 -----------------------------------------------------------------------------


def proofs(make: Callable[[Document], Any]) -> Attack:
    """Put something else where the one proof was."""
    return Bend(proved=lambda document, _: at(document, "proof", put=make(document["proof"])))


def broken(proof: Document) -> Document:
    """Break a proof."""
    return proof | {"proofValue": multibase.encode(bytes(64))}


def said(**members: Any) -> Attack:
    """Prove with further options, which the signature covers."""

    def prove(document: Document, world: World) -> Document:
        bare = {name: member for name, member in document.items() if name != "proof"}
        options = {name: member for name, member in document["proof"].items() if name != "proofValue"}
        options |= members
        options = {name: member for name, member in options.items() if member is not ...}
        signature = world.shop.ed25519.sign(hash_input(options, bare))
        return {**bare, "proof": {**options, "proofValue": multibase.encode(signature)}}

    return Bend(proved=prove)


def copied(world: World) -> Answer:
    """Put the proof of one offer on another."""
    first = world.offer(world.shop)
    second = at(first, "id", put=f"{world.shop.origin}/activities/{number()}")
    world.must(world.deliver(world.shop, first))
    world.hold()
    return world.deliver(world.shop, second)


def dated(**ahead: float) -> Attack:
    """Prove the document at another time."""

    def prove(document: Document, world: World) -> Document:
        bare = {name: member for name, member in document.items() if name != "proof"}
        return world.shop.prove(bare, now=world.now() + timedelta(**ahead))

    return Bend(proved=prove)


def nested(*path: str) -> Attack:
    """Let an object within carry a proof of its own, by somebody else."""

    def bend(document: Document, world: World) -> Document:
        inner: Any = document
        for step in path:
            inner = inner[step]
        return at(document, *path, put=world.rival.prove(inner, now=world.now()))

    return Bend(activity=bend)


def nested_agreement(world: World) -> Answer:
    """Accept with an agreement that carries a proof of its own."""
    offer = world.offered(world.shop)
    document = accepted_by(world, world.shop, offer)
    inner = world.rival.prove({**document["result"], "@context": document["@context"]}, now=world.now())
    world.hold()
    return world.say(world.shop, at(document, "result", put=inner))


# --- PR-13 --------------------------------------------------------------------------------------------------


def accepting(change: Callable[[Document], Document]) -> Attack:
    """Accept an offer of the node's, naming it in another way."""

    def attack(world: World) -> Answer:
        offer = world.offered(world.shop)
        document = change(accepted_by(world, world.shop, offer))
        world.hold()
        return world.say(world.shop, document)

    return attack


def accepting_other_bytes(world: World) -> Answer:
    """Accept what the node never sent: the same offer at another price, with the digest of that."""
    offer = world.offered(world.shop)
    cheaper = at(offer, "object", "price", 0, "amount", put="1.00")
    document = accepted_by(world, world.shop, cheaper, terms=offer)
    world.hold()
    return world.say(world.shop, document)


CASES: Final[tuple[Case, ...]] = (
    case("PR-01", "an Offer", Bend(unproved=True), 422, "proof-required", fetches=0),
    *vectors(
        "PR-01",
        {
            "a new Offer": unproved_reoffer,
            "an Undo": unproved(Event.WITHDRAW),
            "an Accept": unproved_accept,
            "a Reject": unproved_reject,
            "a countersignature": unproved_countersignature,
        },
        422,
        "proof-required",
        fetches=0,
    ),
    case("PR-01", "with a proof all of them are heard", everything_proved, 202),
    *vectors(
        "PR-02",
        {
            "a flipped bit": raw(flip),
            "63 bytes": raw(lambda signature: signature[:-1]),
            "65 bytes": raw(lambda signature: signature + b"\0"),
            "no bytes": raw(lambda _: b""),
            "zeros": raw(lambda _: bytes(64)),
            "zeros in front": value(lambda text: "z1" + text[1:]),
            "another base": value(lambda text: "u" + text[1:]),
            "hexadecimal": value(lambda text: "f" + base58.b58decode(text[1:]).hex()),
            "no prefix": value(lambda text: text[1:]),
            "a blank": value(lambda text: text + " "),
            "padding": value(lambda text: text + "="),
            "letters that are not there": value(lambda text: text[:-1] + "0"),
            "a list": proof("proofValue", put=["z1"]),
            "null": proof("proofValue", put=None),
            "none": proof("proofValue", put=...),
            "a megabyte's worth": value(lambda text: text + "1" * 100_000),
        },
        422,
        "proof-invalid",
    ),
    *vectors(
        "PR-02",
        {
            "another amount": altered("object", "price", 0, "amount", put="1.00"),
            "another total": altered(
                "object", "stipulatesReciprocal", "resourceQuantity", "hasNumericalValue", put="1"
            ),
            "another label": altered("object", "price", 0, "label", put="a bicycle bell"),
            "another name": altered("object", "name", put="A city bike"),
            "no end": altered("endTime", put=...),
            "another negotiation": Bend(
                proved=lambda d, w: at(d, "context", put=f"{w.shop.origin}/negotiations/{number()}")
            ),
            "one more addressee": Bend(proved=lambda d, w: at(d, "to", put=[w.ada, w.rival.iri])),
            "a member nobody knows": altered("x", put=1),
            "one more context": Bend(
                proved=lambda d, _: at(d, "@context", put=[*d["@context"], {"x": "https://evil.example/x"}])
            ),
        },
        422,
        "proof-invalid",
    ),
    *vectors(
        "PR-04",
        {
            "another purpose": said(proofPurpose="authentication"),
            "no purpose": said(proofPurpose=...),
            "another suite": said(cryptosuite="eddsa-rdfc-2022"),
            "an older suite": said(cryptosuite="jcs-eddsa-2022"),
            "no suite": said(cryptosuite=...),
            "two suites": said(cryptosuite=["eddsa-jcs-2022", "ecdsa-jcs-2019"]),
            "a list of one suite": said(cryptosuite=["eddsa-jcs-2022"]),
            "another type": said(type="Ed25519Signature2020"),
            "two types": said(type=["DataIntegrityProof", "Evil"]),
            "no type": said(type=...),
            "no key": said(verificationMethod=...),
            "two keys": said(verificationMethod=["a", "b"]),
            "a key within": said(verificationMethod={"id": "evil", "publicKeyMultibase": "z6Mk"}),
        },
        422,
        "proof-invalid",
        fetches=0,
    ),
    *vectors(
        "PR-05",
        {
            "a key to log in with": with_key_listed(for_authentication),
            "a key for requests": with_key_listed(for_requests),
        },
        422,
        "proof-invalid",
        fetches=2,
    ),
    case("PR-05", "a key for assertions", with_key_listed(lambda document: document), 202, fetches=1),
    *vectors(
        "PR-05",
        {
            "the RSA key": with_rsa,
            "a neighbour's proof": by_another,
            "the thief's proof under the shop's id": by_the_thief,
            "a key id that only begins alike": by(lambda _, shop: shop.ed25519_id + "0"),
            "the beginning of a key id": by(lambda _, shop: shop.ed25519_id[:-1]),
            "the actor for its key": by(lambda _, shop: shop.iri),
            "a key of another origin": by(lambda world, _: world.thief.ed25519_id),
            "a key as a DID": by(lambda _, shop: f"did:key:{shop.ed25519.public.multibase}"),
        },
        422,
        "proof-invalid",
    ),
    *vectors(
        "PR-07",
        {
            "two valid ones": proofs(lambda proof: [proof, proof]),
            "a valid one first": proofs(lambda proof: [proof, broken(proof)]),
            "a valid one last": proofs(lambda proof: [broken(proof), proof]),
            "a list of one": proofs(lambda proof: [proof]),
            "a hundred": proofs(lambda proof: [proof] * 100),
            "none in a list": proofs(lambda _: []),
            "null": proofs(lambda _: None),
            "a text": proofs(lambda _: "evil"),
            "a graph": proofs(lambda proof: {"@graph": [proof]}),
        },
        422,
        "proof-invalid",
        fetches=0,
    ),
    *vectors(
        "PR-08",
        {
            "made an hour ahead": dated(hours=1),
            "made five minutes ahead": dated(minutes=5),
            "that expired": said(expires="2020-01-01T00:00:00Z"),
            "that has not expired yet": said(expires="2098-01-01T00:00:00Z"),
            "for a domain": said(domain="https://evil.example"),
            "for a challenge": said(challenge="evil"),
            "with a nonce": said(nonce="evil"),
            "after another proof": said(previousProof="urn:uuid:1"),
            "with an id": said(id="urn:uuid:1"),
            "made at no time": said(created=...),
            "made at a time that is none": said(created="yesterday"),
            "made on a day without an hour": said(created="2026-01-01"),
        },
        422,
        "proof-invalid",
        fetches=1,
    ),
    *vectors(
        "PR-08",
        {
            "made a minute ahead, as clocks go": dated(minutes=1),
            "made long ago": dated(days=-400),
        },
        202,
    ),
    case("PR-10", "the proof of another offer", copied, 422, "proof-invalid"),
    *vectors(
        "PR-11",
        {
            "on the terms": nested("object"),
            "on a commitment": nested("object", "stipulates"),
        },
        422,
    ),
    case("PR-11", "on the agreement", nested_agreement, 422),
    case(
        "PR-13",
        "no digest",
        accepting(lambda document: at(document, "digestMultibase", put=...)),
        422,
        "digest-required",
    ),
    *vectors(
        "PR-13",
        {
            "the digest of something else": accepting(
                lambda document: at(document, "digestMultibase", put=digest_of({"evil": 1}))
            ),
            "the digest of other bytes": accepting_other_bytes,
        },
        409,
        "digest-mismatch",
    ),
    case(
        "PR-14",
        "a number that rounding changes",
        Bend(
            activity=lambda document, _: at(document, "x", put=2**53 - 1),
            text=lambda body, _: body.replace(b"9007199254740991", b"9007199254740993"),
        ),
        400,
        "number-out-of-range",
        fetches=0,
        note="protocol: integers beyond 2^53 are refused as JSON, before anything else.",
    ),
)
