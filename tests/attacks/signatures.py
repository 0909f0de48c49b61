"""SG: HTTP signatures that do not show what they are to show: who sent just this, to here, just now."""

import hmac
from base64 import b64decode, b64encode
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from protocol import multibase
from protocol.signatures import Request, Scheme
from protocol.strictjson import Document
from tests.attacks.cases import Attack, Bend, Case, case, replace, vectors
from tests.attacks.handmade import COVERED, Handmade, cavage
from tests.attacks.parties import Party, at, shot
from tests.attacks.weakkeys import (
    FORGED,
    Sign,
    WeakKey,
    elliptic,
    huge_rsa,
    identity_rsa,
    not_canonical,
    rsa_of,
    small_order,
    small_rsa,
)
from tests.attacks.wire import Answer, Shot
from tests.attacks.world import World, expect

_ED25519_PUBLIC: Final = b"\xed\x01"  # the multicodec of a Multikey


# --- made by hand -------------------------------------------------------------------------------------------


def hand(world: World, sender: Party, **members: Any) -> Handmade:
    """Return a signature of the usual kind, to be bent."""
    usual: dict[str, Any] = {
        "sign": sender.rsa.sign,
        "key_id": sender.rsa_id,
        "created": int(world.now().timestamp()),
    }
    return Handmade(**(usual | members))


def made(**members: Any) -> Attack:
    """Sign the baseline by hand, with one thing about the signature bent."""
    return Bend(sign=lambda request, world, sender: hand(world, sender, **members).headers(request))


def covering(*identifiers: str, **members: Any) -> Attack:
    """Sign the baseline by hand over other components."""
    return made(covered=identifiers, **members)


def old(**members: Any) -> Attack:
    """Sign the baseline by hand as draft-cavage has it, with one thing bent."""
    return Bend(sign=lambda request, world, sender: _cavage(request, world, sender, **members))


def _cavage(request: Request, world: World, sender: Party, **members: Any) -> dict[str, str]:
    usual: dict[str, Any] = {"sign": sender.rsa.sign, "key_id": sender.rsa_id, "now": world.now()}
    return cavage(request, **(usual | members))


# --- SG-01 --------------------------------------------------------------------------------------------------


def headers(**named: str) -> Attack:
    """Send the baseline with headers set, after it was signed."""
    return Bend(signed=lambda shot, _: shot.having(**named))


def without(*names: str) -> Attack:
    """Send the baseline without some headers."""
    return Bend(signed=lambda shot, _: shot.without(*names))


# --- SG-02 --------------------------------------------------------------------------------------------------


def flip(encoded: str) -> str:
    """Flip one bit of what a header has in base64."""
    start = encoded.index(":") + 1 if encoded.endswith(":") else encoded.index('signature="') + 11
    end = len(encoded) - 1
    raw = bytearray(b64decode(encoded[start:end]))
    raw[len(raw) // 2] ^= 1
    return encoded[:start] + b64encode(raw).decode() + encoded[end:]


def in_body(shot: Shot, _: World) -> Shot:
    """Change one digit of the price, which keeps the length."""
    body = shot.body.replace(b"2249", b"1249")
    expect(body != shot.body, "the bend has no effect")
    return replace(shot, body=body)


def redigested(shot: Shot, world: World) -> Shot:
    """Change the body, and the digest with it: now the digest fits and the signature does not."""
    bent = in_body(shot, world)
    fresh = hand(world, world.shop).headers(world.shop.request(world.url(), bent.body))
    return bent.having(Content_Digest=fresh["Content-Digest"])


FLIPS: Final[dict[str, tuple[Bend, tuple[str, ...]]]] = {
    "a bit of the signature": (Bend(signed=lambda s, _: s.edit("Signature", flip)), ("signature-invalid",)),
    "a digit of the body": (Bend(signed=in_body), ("digest-mismatch",)),
    "signed for GET": (
        Bend(request=lambda r, _: replace(r, method="GET"), signed=lambda s, _: replace(s, method="POST")),
        ("signature-invalid",),
    ),
    "signed for PUT": (
        Bend(request=lambda r, _: replace(r, method="PUT"), signed=lambda s, _: replace(s, method="POST")),
        ("signature-invalid",),
    ),
    "signed for the shared inbox": (
        Bend(path="/inbox", signed=lambda s, w: replace(s, target=w.inbox_path)),
        ("signature-invalid",),
    ),
    "signed for a path that only begins alike": (
        Bend(path="/actors/{handle}/inbox2", signed=lambda s, w: replace(s, target=w.inbox_path)),
        ("signature-invalid",),
    ),
}
SCHEMES: Final[dict[str, dict[str, Any]]] = {
    "RFC 9421 with RSA": {},
    "RFC 9421 with Ed25519": {"ed25519": True},
    "draft-cavage": {"scheme": Scheme.CAVAGE},
}


def flips() -> list[Case]:
    """Flip everything under every scheme."""
    return [
        case("SG-02", f"{vector}, {scheme}", replace(bend, **how), 401, why)
        for scheme, how in SCHEMES.items()
        for vector, (bend, why) in FLIPS.items()
    ]


def asked(query: str) -> Callable[[Shot, World], Shot]:
    """Add a query to the address, after it was signed without."""
    return lambda shot, _: replace(shot, target=f"{shot.target}?{query}")


# --- SG-05 --------------------------------------------------------------------------------------------------


def relayed(address: Callable[[World], str], **how: Any) -> Attack:
    """Sign the baseline for another address, and bring it here."""
    return Bend(
        request=lambda request, world: replace(request, target_uri=address(world)),
        signed=lambda shot, world: replace(shot, target=world.inbox_path).having(Host=world.host),
        **how,
    )


def relay(world: World) -> Answer:
    """Bring what a rival really sent to the shop, signature and all."""
    document = world.offer(world.rival)
    request = world.rival.request(f"{world.shop.iri}/inbox", world.shot(world.rival, document).body)
    sent = shot(request, world.rival.headers(request, now=world.now()), host="elsewhere")
    world.hold()
    return world.throw(replace(sent, target=world.inbox_path).having(Host=world.host))


ADDRESSES: Final[dict[str, Callable[[World], str]]] = {
    "another host": lambda world: f"{world.shop.iri}/inbox",
    "another name of ours": lambda world: f"http://localhost:{world.node.port}{world.inbox_path}",
    "https": lambda world: f"https://{world.host}{world.inbox_path}",
    "another port": lambda world: f"http://127.0.0.1:{world.node.port + 1}{world.inbox_path}",
    "user information": lambda world: f"http://evil@{world.host}{world.inbox_path}",
}


# --- SG-07 --------------------------------------------------------------------------------------------------


def several(count: int, *, ours: int = 1) -> Attack:
    """Bring so many signatures, `ours` of which are whole ones by the sender."""

    def sign(request: Request, world: World, sender: Party) -> Mapping[str, str]:
        labels = [f"sig{place}" for place in range(1, count + 1)]
        whole = [hand(world, sender, label=label).headers(request) for label in labels[:ours]]
        others = [
            hand(world, sender, label=label, covered=('"@method"',)).headers(request)
            for label in labels[ours:]
        ]
        joined = {
            name: ", ".join(made[name] for made in (*others, *whole))
            for name in ("Signature-Input", "Signature")
        }
        return joined | {"Content-Digest": whole[0]["Content-Digest"]}

    return Bend(sign=sign)


def twice(name: str) -> Attack:
    """Say one header line twice."""
    return Bend(signed=lambda shot, _: shot.also((name, shot.header(name))))


# --- SG-08 --------------------------------------------------------------------------------------------------


def keyed(sender: Party) -> Sign:
    """Sign with the public key as the secret of a keyed hash."""
    return lambda base: hmac.digest(sender.rsa.public.pem.encode(), base, "sha256")


def as_hmac(name: str) -> Attack:
    """Claim that the public key is a shared secret."""
    return Bend(
        sign=lambda request, world, sender: hand(world, sender, sign=keyed(sender), algorithm=name).headers(
            request
        )
    )


# --- SG-10, SG-11 -------------------------------------------------------------------------------------------


def component(identifier: str, value: str | None = None) -> Attack:
    """Cover one component more, rightly signed as a reader would who overlooks what is odd about it."""
    overrides = {} if value is None else {identifier: value}
    return covering(*COVERED, identifier, overrides=overrides)


def covered_header(*lines: str, signed_as: str) -> Attack:
    """Cover a header that is sent in these lines."""

    def sign(request: Request, world: World, sender: Party) -> list[tuple[str, str]]:
        made = hand(world, sender, covered=(*COVERED, '"x-covered"'), overrides={'"x-covered"': signed_as})
        return [*made.headers(request).items(), *(("X-Covered", line) for line in lines)]

    return Bend(sign=sign)


def respaced(key_id: str) -> Attack:
    """Spell the signature header of draft-cavage otherwise, where it names the key."""
    return Bend(
        scheme=Scheme.CAVAGE,
        signed=lambda shot, _: shot.edit("Signature", lambda text: text.replace('keyId="', key_id)),
    )


# --- SG-13, SG-14 -------------------------------------------------------------------------------------------


def with_weak_key(make: Callable[[], WeakKey], *, names_algorithm: bool = True) -> Attack:
    """Come with a weak key of one's own, and a signature that fits it."""

    def attack(world: World) -> Answer:
        weak, sender = make(), world.stranger()
        sender.publish(at(sender.document, "publicKey", "publicKeyPem", put=weak.pem))
        algorithm = weak.algorithm if names_algorithm else None
        bend = Bend(
            sender=lambda _: sender,
            sign=lambda request, world, _: hand(world, sender, sign=weak.sign, algorithm=algorithm).headers(
                request
            ),
        )
        return bend(world)

    return attack


def multikey(raw: bytes) -> str:
    """Write a key as a Multikey, whatever it is."""
    return multibase.encode(_ED25519_PUBLIC + raw)


def fits(raw: bytes, base: bytes) -> bool:
    """Say whether the library takes the forged signature for good under this key."""
    try:
        Ed25519PublicKey.from_public_bytes(raw).verify(FORGED, base)
    except (InvalidSignature, ValueError):
        return False
    return True


def forged_signature(raw: bytes) -> Attack:
    """Sign a request with nothing at all, under a key for which that is a signature."""

    def attack(world: World) -> Answer:
        sender = world.stranger()
        sender.publish(_with_key(sender, raw))

        def sign(request: Request, world: World, _: Party) -> Mapping[str, str]:
            for turn in range(64):
                tried = hand(
                    world,
                    sender,
                    key_id=sender.ed25519_id,
                    algorithm="ed25519",
                    parameters=f';nonce="{turn}"',
                    sign=lambda _: FORGED,
                )
                if fits(raw, tried.base(request)):
                    break
            return tried.headers(request)

        return Bend(sender=lambda _: sender, sign=sign)(world)

    return attack


def forged_proof(raw: bytes) -> Attack:
    """Prove an Offer with nothing at all, under a key for which that is a proof."""

    def attack(world: World) -> Answer:
        sender = world.stranger()
        sender.publish(_with_key(sender, raw))

        def prove(document: Document, world: World) -> Document:
            return at(document, "proof", "proofValue", put=multibase.encode(FORGED))

        return Bend(sender=lambda _: sender, proved=prove)(world)

    return attack


def _with_key(sender: Party, raw: bytes) -> Document:
    return at(sender.document, "assertionMethod", 0, "publicKeyMultibase", put=multikey(raw))


# --- SG-16, SG-17 -------------------------------------------------------------------------------------------


def nonce(world: World) -> Answer:
    """Use a nonce again, in another signature with another time."""

    def made(age: int) -> Bend:
        return Bend(
            sign=lambda request, world, sender: hand(
                world, sender, created=int(world.now().timestamp()) - age, parameters=';nonce="evil-again"'
            ).headers(request)
        )

    world.must(made(1)(world))
    return made(0)(world)


def alike(world: World) -> Answer:
    """Ask with an unknown key, with a bad signature, and with a good and a bad one while blocked."""
    blocked = world.stranger()
    world.must(world.baseline(blocked))
    world.asked("POST", "/peers/block", {"peer": blocked.iri})
    world.settle()
    bad = Bend(signed=lambda shot, _: shot.edit("Signature", flip))
    unknown = Bend(
        sender=lambda world: world.stranger(),
        sign=lambda request, world, sender: hand(world, sender, key_id=f"{sender.iri}#none").headers(request),
    )
    good = Bend(sender=lambda _: blocked)
    answers = [good(world), replace(bad, sender=lambda _: blocked)(world), bad(world), unknown(world)]
    shown = {(answer.status, answer.headers[1:], answer.body) for answer in answers}
    heads = {tuple(name for name, _ in answer.headers) for answer in answers}
    expect(len({body for _, _, body in shown}) == 1, "all of them are answered alike")
    expect(len(heads) == 1, "down to the headers")
    return answers[0]


def components(*names: str) -> Sequence[str]:
    """Write component identifiers."""
    return [f'"{name}"' for name in names]


CASES: Final[tuple[Case, ...]] = (
    *vectors(
        "SG-01",
        {
            "none": without("Signature", "Signature-Input"),
            "an empty field": headers(Signature=""),
            "an empty field of the old kind": Bend(
                signed=lambda s, _: s.without("Signature-Input").having(Signature="")
            ),
            "unparsable": headers(Signature="evil; ="),
            "empty bytes": headers(Signature="sig1=::"),
            "no bytes": headers(Signature='sig1="evil"'),
            "no input": without("Signature-Input"),
            "an unparsable input": headers(Signature_Input="sig1=("),
            "an empty input": headers(Signature_Input=""),
            "an input that is no list": headers(Signature_Input='sig1="@method"'),
            "an input for another label": Bend(
                signed=lambda s, _: s.edit("Signature-Input", lambda v: v.replace("sig1", "sig2"))
            ),
            "no signature": without("Signature"),
            "no key id": made(key_id=""),
            "no time": Bend(
                sign=lambda r, w, p: {
                    name: value.replace(";created=", ";Created=")
                    for name, value in hand(w, p).headers(r).items()
                }
            ),
            "a time that is no number": Bend(sign=lambda r, w, p: hand(w, p, created='"now"').headers(r)),
        },
        401,
        fetches=0,
    ),
    *vectors(
        "SG-01",
        {
            "an authorisation instead": Bend(
                signed=lambda s, _: s.without("Signature", "Signature-Input").having(Authorization="Bearer x")
            ),
            "the old kind in Authorization": Bend(
                scheme=Scheme.CAVAGE,
                signed=lambda s, _: s.without("Signature").having(
                    Authorization="Signature " + s.header("Signature")
                ),
            ),
        },
        401,
        "signature-missing",
        fetches=0,
    ),
    *[case("SG-00", f"the baseline, {scheme}", Bend(**how), 202) for scheme, how in SCHEMES.items()],
    case("SG-00", "the baseline, signed by hand", made(), 202),
    case("SG-00", "the baseline, signed by hand as draft-cavage has it", old(), 202),
    case("SG-00", "draft-cavage, blanks around an equals sign", respaced('keyId = "'), 202),
    *flips(),
    *vectors(
        "SG-02",
        {
            "a covered header": Bend(signed=lambda s, _: s.edit("Content-Digest", flip)),
            "the digest left out": without("Content-Digest"),
        },
        401,
        fetches=0,
    ),
    *vectors(
        "SG-02",
        {
            "body and digest together": Bend(signed=redigested),
            "a query": Bend(signed=asked("evil")),
            "an empty query": Bend(signed=asked("")),
        },
        401,
        "signature-invalid",
    ),
    *vectors(
        "SG-02",
        {
            "the date": Bend(
                scheme=Scheme.CAVAGE,
                signed=lambda s, _: s.edit(
                    "Date", lambda v: v[:-5] + ("0" if v[-5] != "0" else "1") + v[-4:]
                ),
            ),
        },
        401,
        "signature-invalid",
    ),
    case(
        "SG-02",
        "a query, draft-cavage",
        Bend(scheme=Scheme.CAVAGE, signed=asked("x")),
        202,
        note="protocol: on verifying draft-cavage the target is tried with and without its query; our "
        "addresses have none, so nothing depends on it.",
    ),
    *vectors(
        "SG-04",
        {
            "no @method": covering('"@target-uri"', '"content-digest"'),
            "no target": covering('"@method"', '"content-digest"'),
            "no @authority": covering('"@method"', '"@path"', '"content-digest"'),
            "no @path": covering('"@method"', '"@authority"', '"content-digest"'),
            "no content-digest": covering('"@method"', '"@target-uri"'),
            "nothing at all": covering(),
            "content-length in place of the digest": covering(
                '"@method"', '"@target-uri"', '"content-length"'
            ),
            "the old digest in place of the new": Bend(
                sign=lambda r, w, p: (
                    hand(w, p, covered=('"@method"', '"@target-uri"')).headers(r)
                    | {"Digest": _cavage(r, w, p)["Digest"]}
                )
            ),
            "draft-cavage, no target": old(names=("host", "date", "digest")),
            "draft-cavage, no host": old(names=("(request-target)", "date", "digest")),
            "draft-cavage, no time": old(names=("(request-target)", "host", "digest")),
            "draft-cavage, no digest": old(names=("(request-target)", "host", "date")),
            "draft-cavage, nothing named": old(names=("date",), parameters={"headers": ""}),
            "draft-cavage, a time that is not covered": old(
                names=("(request-target)", "host", "digest"), parameters={"created": "1"}
            ),
        },
        401,
        fetches=0,
    ),
    *vectors(
        "SG-04",
        {
            "authority and path are a target": covering(
                '"@method"', '"@authority"', '"@path"', '"content-digest"'
            ),
            "and a query that is empty": covering(
                '"@method"', '"@authority"', '"@path"', '"@query"', '"content-digest"'
            ),
            "draft-cavage, with (created) for date": Bend(
                sign=lambda r, w, p: _cavage(
                    r,
                    w,
                    p,
                    names=("(request-target)", "host", "(created)", "digest"),
                    algorithm="hs2019",
                    parameters={"created": str(int(w.now().timestamp()))},
                )
            ),
        },
        202,
    ),
    case(
        "SG-04",
        "no content-type",
        covering(*COVERED),
        202,
        note="protocol: not every server covers content-type; what a body means is decided by the body.",
    ),
    case("SG-05", "what a rival sent to the shop", relay, 401, "signature-invalid"),
    *vectors(
        "SG-05",
        {f"signed for {name}": relayed(address) for name, address in ADDRESSES.items()},
        401,
        "signature-invalid",
    ),
    case(
        "SG-05",
        "signed for another host, draft-cavage",
        relayed(ADDRESSES["another host"], scheme=Scheme.CAVAGE),
        401,
        "signature-invalid",
    ),
    *vectors(
        "SG-07",
        {
            "a label twice in one field": Bend(
                signed=lambda s, _: s.edit("Signature-Input", lambda v: f"{v}, {v}")
            ),
            "a parameter twice": made(parameters=";created=1"),
            "two input fields": twice("Signature-Input"),
            "two signature fields": twice("Signature"),
            "four signatures": several(4),
            "two of ours": several(2, ours=2),
            "three of ours": several(3, ours=3),
            "a parameter twice, draft-cavage": Bend(
                scheme=Scheme.CAVAGE, signed=lambda s, _: s.edit("Signature", lambda v: v + ',headers="date"')
            ),
            "two fields, draft-cavage": Bend(
                scheme=Scheme.CAVAGE, signed=lambda s, _: s.also(("Signature", s.header("Signature")))
            ),
        },
        401,
        fetches=0,
    ),
    case(
        "SG-07",
        "fifty signatures",
        several(50),
        (400, 401),
        fetches=0,
        note="fifty do not fit into a header of the size taken here.",
    ),
    case("SG-07", "one of ours beside two of a proxy's", several(3), 202),
    *vectors(
        "SG-08",
        {
            "hmac-sha256 with the public key": as_hmac("hmac-sha256"),
            "none": made(algorithm="none", sign=lambda _: b"evil"),
            "rsa-v1_5-sha1": made(algorithm="rsa-v1_5-sha1"),
            "rsa-pss-sha512": made(algorithm="rsa-pss-sha512"),
            "ecdsa-p256-sha256": made(algorithm="ecdsa-p256-sha256"),
            "in other letters": made(algorithm="RSA-v1_5-SHA256"),
            "draft-cavage, rsa-sha1": old(algorithm="rsa-sha1"),
            "draft-cavage, hmac-sha256": Bend(
                sign=lambda r, w, p: _cavage(r, w, p, sign=keyed(p), algorithm="hmac-sha256")
            ),
        },
        401,
        "algorithm-unsupported",
        fetches=0,
    ),
    *vectors(
        "SG-08",
        {
            "Ed25519 by an RSA key": made(algorithm="ed25519"),
            "RSA by an Ed25519 key": Bend(
                sign=lambda r, w, p: hand(w, p, sign=p.ed25519.sign, key_id=p.ed25519_id).headers(r)
            ),
            "draft-cavage, Ed25519 by an RSA key": old(algorithm="ed25519"),
        },
        401,
        "algorithm-mismatch",
    ),
    *vectors(
        "SG-08",
        {
            "a keyed hash that says nothing": Bend(
                sign=lambda r, w, p: hand(w, p, sign=keyed(p), algorithm=None).headers(r)
            ),
            "draft-cavage, a keyed hash as hs2019": Bend(
                sign=lambda r, w, p: _cavage(r, w, p, sign=keyed(p), algorithm="hs2019")
            ),
            "Ed25519's signature under the RSA key's id": Bend(
                sign=lambda r, w, p: hand(w, p, sign=p.ed25519.sign, algorithm=None).headers(r)
            ),
        },
        401,
        "signature-invalid",
    ),
    *vectors(
        "SG-08",
        {
            "left to the key": made(algorithm=None),
            "draft-cavage, left to the key": old(algorithm="hs2019"),
        },
        202,
    ),
    *vectors(
        "SG-10",
        {
            ";req": component('"@method";req'),
            ";bs": component('"x-mark";bs'),
            ";sf": component('"x-mark";sf'),
            ";tr": component('"x-mark";tr'),
            ";key": component('"content-digest";key="sha-256"'),
            "an unknown parameter": component('"x-mark";evil'),
            "@foo": component('"@foo"', "evil"),
            "@status": component('"@status"', "200"),
            "@query-param": component('"@query-param";name="x"', "evil"),
            "@request-target": component('"@request-target"'),
            "@scheme": component('"@scheme"'),
            "@signature-params": component('"@signature-params"', ""),
            "capitals": component('"X-Mark"'),
            "a token for a name": component("x-mark"),
            "an empty name": component('""', ""),
            "a space in a name": component('"x mark"', ""),
        },
        401,
        ("component-unsupported", "signature-malformed"),
        fetches=0,
    ),
    *vectors(
        "SG-10",
        {
            "the target with a parameter in place of the target": covering(
                '"@method"', '"@target-uri";req', '"content-digest"'
            ),
            "a component twice": covering(*COVERED, '"@method"'),
            "a header that is not there": component('"x-none"', ""),
            "draft-cavage, a name twice": old(names=("(request-target)", "host", "date", "digest", "date")),
            "draft-cavage, blanks within a name": respaced('key Id="'),
            "draft-cavage, a name twice, once with blanks": respaced('keyId="x",keyId ="'),
            "draft-cavage, capitals": old(
                names=("(request-target)", "host", "date", "digest"),
                parameters={"headers": "(request-target) Host date digest"},
            ),
            "draft-cavage, an unknown one": old(
                parameters={"headers": "(request-target) host date digest (evil)"}
            ),
        },
        401,
        fetches=0,
    ),
    *vectors(
        "SG-11",
        {
            "two lines, signed as the first": covered_header("one", "two", signed_as="one"),
            "two lines, signed as the last": covered_header("one", "two", signed_as="two"),
            "two lines, joined without a blank": covered_header("one", "two", signed_as="one,two"),
            "blanks signed along": covered_header("  one  ", signed_as="  one  "),
            "inner blanks folded": covered_header("one   two", signed_as="one two"),
            "in small letters": covered_header("ONE", signed_as="one"),
        },
        401,
        "signature-invalid",
    ),
    *vectors(
        "SG-11",
        {
            "two lines are one, joined as RFC 9421 says": covered_header("one", "two", signed_as="one, two"),
            "blanks around are none of it": covered_header("  one  ", signed_as="one"),
        },
        202,
    ),
    case("SG-11", "not ASCII", covered_header("caf\xe9", signed_as="caf\xe9"), (400, 401), fetches=0),
    case(
        "SG-11",
        "folded",
        Bend(
            sign=lambda r, w, p: [
                *hand(w, p, covered=(*COVERED, '"x-covered"'), overrides={'"x-covered"': "one two"})
                .headers(r)
                .items(),
                ("X-Covered", "one\r\n two"),
            ]
        ),
        400,
        "not-http",
        fetches=0,
    ),
    *vectors(
        "SG-13",
        {
            "RSA of 512 bits": with_weak_key(small_rsa),
            "RSA of 1024 bits": with_weak_key(lambda: rsa_of(1024, 65_537)),
            "e = 1": with_weak_key(identity_rsa),
            "e = 3": with_weak_key(lambda: rsa_of(2048, 3)),
            "64 KB of RSA": with_weak_key(huge_rsa),
            "P-256, left to the key": with_weak_key(lambda: elliptic(ec.SECP256R1), names_algorithm=False),
            "an odd curve, left to the key": with_weak_key(
                lambda: elliptic(ec.BrainpoolP256R1), names_algorithm=False
            ),
        },
        401,
        "key-unknown",
        fetches=2,
    ),
    *vectors(
        "SG-14",
        {
            name: forged_signature(raw)
            for name, raw in ({f"of {n}": r for n, r in small_order().items()} | not_canonical()).items()
        },
        401,
        "key-unknown",
        fetches=2,
    ),
    *vectors(
        "SG-14",
        {
            f"{name}, in a proof": forged_proof(raw)
            for name, raw in ({f"of {n}": r for n, r in small_order().items()} | not_canonical()).items()
        },
        422,
        "proof-invalid",
        fetches=2,
    ),
    case(
        "SG-16",
        "a nonce again",
        nonce,
        202,
        note="protocol: the replay cache is on (keyid, signature); there is no policy on nonces, so another "
        "signature with the same nonce is another signature.",
    ),
    case(
        "SG-16",
        "a nonce changed after signing",
        Bend(
            sign=lambda r, w, p: {
                n: v.replace("one", "two") if n == "Signature-Input" else v
                for n, v in hand(w, p, parameters=';nonce="one"').headers(r).items()
            }
        ),
        401,
        "signature-invalid",
    ),
    case("SG-17", "unknown key, bad signature, blocked with either", alike, 401, fetches=4),
)
