"""Keys: published ones are read, weak ones are not, and nothing but the right signature verifies."""

import base64
import json
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from hypothesis import given
from hypothesis import strategies as st

from protocol import keys, multibase
from protocol.errors import Unauthenticated
from protocol.keys import Algorithm, PrivateKey, PublicKey
from tests.protocol.signing import secret_key

VECTORS = Path(__file__).parents[1] / "vectors"
RFC9421: dict[str, Any] = json.loads((VECTORS / "rfc9421" / "appendix-b.json").read_bytes())["keys"]
EDDSA: dict[str, str] = json.loads((VECTORS / "vc-di-eddsa" / "keyPair.json").read_bytes())
CAVAGE: dict[str, Any] = json.loads((VECTORS / "cavage" / "appendix-c.json").read_bytes())

ED25519 = keys.ed25519_from_seed(bytes(range(32)))
RSA = keys.read_private_pem(RFC9421["test-key-rsa"]["pems"][1])
BOTH = pytest.mark.parametrize("key", [ED25519, RSA], ids=["ed25519", "rsa"])

# RFC 8032 §5.1
P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, P) % P

Point = tuple[int, int]
IDENTITY: Point = (0, 1)


def add(one: Point, other: Point) -> Point:
    """Add two points of edwards25519 by the affine law of RFC 8032 §5.1.4."""
    (x1, y1), (x2, y2) = one, other
    product = D * x1 * x2 * y1 * y2
    return (
        (x1 * y2 + x2 * y1) * pow(1 + product, -1, P) % P,
        (y1 * y2 + x1 * x2) * pow(1 - product, -1, P) % P,
    )


def root(square: int) -> int | None:
    """Find a square root modulo P (RFC 8032 §5.1.3)."""
    candidate = pow(square, (P + 3) // 8, P)
    if candidate * candidate % P != square % P:
        candidate = candidate * pow(2, (P - 1) // 4, P) % P
    return candidate if candidate * candidate % P == square % P else None


def point_with(y: int) -> Point | None:
    x = root((y * y - 1) * pow(D * y * y + 1, -1, P) % P)
    return None if x is None else (x, y)


def torsion() -> set[Point]:
    """Find the eight points of small order: what is left of a point without its part of order L."""
    for y in range(2, 100):
        point = point_with(y)
        if point is None:
            continue
        left = times(L, point)
        found = [IDENTITY]
        while (following := add(found[-1], left)) != IDENTITY:
            found.append(following)
        if len(found) == 8:
            return set(found)
    raise AssertionError("no point of full order found")


def times(factor: int, point: Point) -> Point:
    total = IDENTITY
    while factor:
        if factor & 1:
            total = add(total, point)
        point = add(point, point)
        factor >>= 1
    return total


def encoded(y: int, sign: int) -> bytes:
    return (y | sign << 255).to_bytes(32, "little")


SMALL_ORDER = {encoded(y, x & 1) for x, y in torsion()}
# Each small y written with the wrong sign of x = 0, or as y + P where that still fits into 255 bits.
NON_CANONICAL = {encoded(y, sign) for y in (1, P - 1, P, P + 1) for sign in (0, 1)} - SMALL_ORDER


def refusal(make: Any) -> str:
    with pytest.raises(Unauthenticated) as caught:
        make()
    return caught.value.code


def pem_of(n: int, e: int = 65537) -> str:
    key = rsa.RSAPublicNumbers(e, n).public_key()
    spki = serialization.PublicFormat.SubjectPublicKeyInfo
    return key.public_bytes(serialization.Encoding.PEM, spki).decode()


def der(*integers: int) -> bytes:
    """Write a PKCS#1 key by hand, as strange as one likes."""
    body = b"".join(tagged(0x02, i.to_bytes(i.bit_length() // 8 + 1, "big")) for i in integers)
    return tagged(0x30, body)


def tagged(tag: int, content: bytes) -> bytes:
    length = len(content)
    if length < 128:
        return bytes([tag, length]) + content
    size = length.to_bytes((length.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(size)]) + size + content


def modulus() -> int:
    return int.from_bytes(
        base64.urlsafe_b64decode(json.loads(RFC9421["test-key-rsa"]["jwk"][0])["n"] + "=="), "big"
    )


# Published keys


def test_the_rsa_key_of_rfc_9421() -> None:
    public_pem, private_pem = RFC9421["test-key-rsa"]["pems"]
    public = keys.read_public_pem(public_pem)
    assert public.algorithm is Algorithm.RSA
    assert public == keys.read_private_pem(private_pem).public
    assert public.raw == der(modulus(), 65537)


def test_the_ed25519_key_of_rfc_9421() -> None:
    public_pem, private_pem = RFC9421["test-key-ed25519"]["pems"]
    jwk = json.loads(RFC9421["test-key-ed25519"]["jwk"][0])
    private = keys.read_private_pem(private_pem)
    assert private.raw == base64.urlsafe_b64decode(jwk["d"] + "=")
    assert private.public.raw == base64.urlsafe_b64decode(jwk["x"] + "=")
    assert private.public == keys.read_public_pem(public_pem)


def test_the_rsa_pss_key_of_rfc_9421_is_an_rsa_key() -> None:
    # The private half is marked for PSS alone, the public half (which is what a peer would publish) is not.
    assert keys.read_public_pem(RFC9421["test-key-rsa-pss"]["pems"][0]).algorithm is Algorithm.RSA


def test_the_other_keys_of_rfc_9421_are_not_for_us() -> None:
    public_pem, private_pem = RFC9421["test-key-ecc-p256"]["pems"]
    assert refusal(partial(keys.read_public_pem, public_pem)) == "weak-key"
    assert refusal(partial(keys.read_private_pem, private_pem)) == "weak-key"
    assert refusal(partial(keys.read_private_pem, RFC9421["test-shared-secret"])) == "key-malformed"


def test_the_key_pair_of_the_eddsa_suites() -> None:
    private = secret_key(EDDSA["privateKeyMultibase"])
    assert private.public.multibase == EDDSA["publicKeyMultibase"]
    assert keys.read_multibase(EDDSA["publicKeyMultibase"]) == private.public


def test_the_key_of_draft_cavage_is_too_short() -> None:
    assert refusal(partial(keys.read_public_pem, CAVAGE["publicKeyPem"])) == "weak-key"
    assert refusal(partial(keys.read_private_pem, CAVAGE["privateKeyPem"])) == "weak-key"


# Round trips


@BOTH
def test_a_key_comes_back_from_each_of_its_forms(key: PrivateKey) -> None:
    assert keys.read_private_pem(key.pem) == key
    assert keys.read_public_pem(key.public.pem) == key.public
    assert keys.read_multibase(key.public.multibase) == key.public
    assert PublicKey(key.algorithm, key.public.raw) == key.public


@given(st.binary(min_size=32, max_size=32))
def test_every_seed_makes_a_key(seed: bytes) -> None:
    key = keys.ed25519_from_seed(seed)
    assert key.public.verifies(key.sign(seed), seed)


def test_a_key_has_one_spelling_whatever_it_was_read_from() -> None:
    # PKCS#1 and SubjectPublicKeyInfo of the same key are the same key.
    pkcs1 = RFC9421["test-key-rsa"]["pems"][0]
    assert keys.read_public_pem(pkcs1).pem != pkcs1
    assert keys.read_public_pem(keys.read_public_pem(pkcs1).pem) == keys.read_public_pem(pkcs1)


@BOTH
def test_a_private_key_does_not_show(key: PrivateKey) -> None:
    assert repr(key) == f"PrivateKey(algorithm={key.algorithm!r})"


# Signing and verifying


@BOTH
def test_a_signature_fits_its_message_alone(key: PrivateKey) -> None:
    signature = key.sign(b"message")
    assert signature == key.sign(b"message")
    assert key.public.verifies(signature, b"message")
    assert not key.public.verifies(signature, b"massage")
    assert not key.public.verifies(signature, b"")


@BOTH
@given(data=st.data())
def test_no_bit_of_a_signature_may_change(key: PrivateKey, data: st.DataObject) -> None:
    signature = bytearray(key.sign(b"message"))
    bit = data.draw(st.integers(0, len(signature) * 8 - 1))
    signature[bit // 8] ^= 1 << bit % 8
    assert not key.public.verifies(bytes(signature), b"message")


@BOTH
def test_other_lengths_and_extremes_do_not_verify(key: PrivateKey) -> None:
    good = key.sign(b"message")
    for bad in (b"", good[:-1], good + b"\0", b"\0" + good, b"\xff" * len(good), bytes(len(good))):
        assert not key.public.verifies(bad, b"message")


@BOTH
def test_the_other_kind_of_key_does_not_verify(key: PrivateKey) -> None:
    other = RSA if key is ED25519 else ED25519
    assert not other.public.verifies(key.sign(b"message"), b"message")


def test_an_ed25519_signature_has_one_form() -> None:
    # S and S + L satisfy the same equation; RFC 8032 §5.1.7 has readers refuse S >= L.
    signature = ED25519.sign(b"message")
    scalar = int.from_bytes(signature[32:], "little")
    for larger in (scalar + L, scalar + 2 * L):
        assert not ED25519.public.verifies(signature[:32] + larger.to_bytes(32, "little"), b"message")


def test_an_rsa_signature_has_one_form() -> None:
    signature = int.from_bytes(RSA.sign(b"message"), "big")
    assert not RSA.public.verifies((signature + modulus()).to_bytes(257, "big"), b"message")


# Weak keys


def test_the_table_of_small_order_is_complete() -> None:
    points = torsion()
    assert all(times(8, point) == IDENTITY for point in points)
    assert len(points) == len(SMALL_ORDER) == 8
    assert {y for _, y in points} == keys._SMALL_ORDER
    assert len(NON_CANONICAL) == 6


@pytest.mark.parametrize("raw", sorted(SMALL_ORDER | NON_CANONICAL), ids=bytes.hex)
def test_small_order_keys_are_refused_in_every_spelling(raw: bytes) -> None:
    assert refusal(partial(PublicKey, Algorithm.ED25519, raw)) == "weak-key"  # SG-14
    assert refusal(partial(keys.read_multibase, multibase.encode(b"\xed\x01" + raw))) == "weak-key"
    spki = bytes.fromhex("302a300506032b6570032100") + raw
    pem = f"-----BEGIN PUBLIC KEY-----\n{base64.b64encode(spki).decode()}\n-----END PUBLIC KEY-----\n"
    assert refusal(partial(keys.read_public_pem, pem)) == "weak-key"


def test_what_refusing_them_prevents() -> None:
    # SG-14: to the library, R = the identity and S = 0 is a signature by a key of order 1 on any message.
    forged = encoded(1, 0) + bytes(32)
    library = Ed25519PublicKey.from_public_bytes(encoded(1, 0))
    for message in (b"pay", b"pay more"):
        library.verify(forged, message)  # raises nothing
    assert not ED25519.public.verifies(forged, b"pay")


@pytest.mark.parametrize("sign", [0, 1])
@pytest.mark.parametrize("excess", range(19))
def test_y_beyond_the_field_is_refused(excess: int, sign: int) -> None:
    # SG-14: all that 255 bits can hold beyond P - 1.
    assert refusal(partial(PublicKey, Algorithm.ED25519, encoded(P + excess, sign))) == "weak-key"


@pytest.mark.parametrize(
    ("n", "e"),
    [
        pytest.param(2**511 + 1, 65537, id="SG-13 512 bits"),
        pytest.param(2**1023 + 1, 65537, id="SG-13 1024 bits"),
        pytest.param(2**2046 + 1, 65537, id="2047 bits"),
        pytest.param(2**8192 + 1, 65537, id="8193 bits"),
        pytest.param(2**2047 + 1, 3, id="SG-13 e=3"),
        pytest.param(2**2047 + 1, 65535, id="e below 65537"),
        pytest.param(2**2047 + 1, 2**32 + 1, id="e of 33 bits"),
        pytest.param(2**2047 + 1, 2**2046 + 1, id="e as long as n"),
    ],
)
def test_weak_rsa_keys_are_refused(n: int, e: int) -> None:
    known = keys._load_public.cache_info().currsize
    assert refusal(partial(keys.read_public_pem, pem_of(n, e))) == "weak-key"
    assert refusal(partial(PublicKey, Algorithm.RSA, der(n, e))) == "weak-key"
    assert refusal(partial(keys.read_multibase, multibase.encode(b"\x85\x24" + der(n, e)))) == "weak-key"
    assert keys._load_public.cache_info().currsize == known  # a refused key is not kept


@pytest.mark.parametrize(("n", "e"), [(2**2047 + 1, 65537), (2**8191 + 1, 2**32 - 1), (2**4095 + 1, 65539)])
def test_the_limits_on_rsa_keys_are_exact(n: int, e: int) -> None:
    assert keys.read_multibase(keys.read_public_pem(pem_of(n, e)).multibase).raw == der(n, e)


@pytest.mark.parametrize("e", [0, 1, 2, 65538], ids=lambda e: f"SG-13 e={e}")
def test_exponents_that_are_none_are_no_key(e: int) -> None:
    assert refusal(partial(PublicKey, Algorithm.RSA, der(modulus(), e))) == "key-malformed"


def test_a_key_on_another_curve_is_refused() -> None:
    spki = serialization.PublicFormat.SubjectPublicKeyInfo
    for curve in (ec.SECP256R1(), ec.SECP192R1(), ec.SECP521R1()):  # SG-13
        public = ec.generate_private_key(curve).public_key()
        pem = public.public_bytes(serialization.Encoding.PEM, spki).decode()
        assert refusal(partial(keys.read_public_pem, pem)) == "weak-key"
        raw = public.public_bytes(serialization.Encoding.DER, spki)
        assert refusal(partial(PublicKey, Algorithm.RSA, raw)) == "key-malformed"


def test_a_curve_that_nobody_knows_is_refused() -> None:
    # SG-13: the id of P-256 (…3.1.7) changed to one that is not assigned (…3.1.99).
    lines = RFC9421["test-key-ecc-p256"]["pems"][0].splitlines()
    spki = base64.b64decode("".join(lines[1:-1])).replace(
        bytes.fromhex("2a8648ce3d030107"), bytes.fromhex("2a8648ce3d030163")
    )
    pem = "\n".join([lines[0], base64.b64encode(spki).decode(), lines[-1]])
    assert refusal(partial(keys.read_public_pem, pem)) == "weak-key"


def test_a_key_of_64_kilobytes_is_not_even_parsed() -> None:
    huge = der(2**500_000 + 1, 65537)
    assert refusal(partial(keys.read_public_pem, "A" * 65_536)) == "weak-key"  # SG-13
    assert refusal(partial(keys.read_multibase, "z" + "A" * 65_536)) == "weak-key"
    assert refusal(partial(PublicKey, Algorithm.RSA, huge)) == "weak-key"


# Keys that cannot be read


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\x30\x00",
        der(modulus()),
        der(modulus(), 65537)[:-1],
        der(modulus(), 65537) + b"\0",
        der(modulus(), 65537, 1),
        tagged(0x30, tagged(0x02, b"\0" + modulus().to_bytes(257, "big")) + tagged(0x02, b"\1\0\1")),
        b"\x30\x83\x00\x01\x0a" + der(modulus(), 65537)[4:],
    ],
    ids=["nothing", "empty", "no e", "short", "long", "extra", "padded integer", "padded length"],
)
def test_rsa_keys_are_read_in_canonical_der_alone(raw: bytes) -> None:
    assert refusal(partial(PublicKey, Algorithm.RSA, raw)) == "key-malformed"


def test_other_forms_of_a_good_key_are_not_its_raw_form() -> None:
    loaded = serialization.load_pem_public_key(RSA.public.pem.encode())
    spki = loaded.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    assert refusal(partial(PublicKey, Algorithm.RSA, spki)) == "key-malformed"


@pytest.mark.parametrize("length", [0, 31, 33, 64])
def test_ed25519_keys_are_32_bytes(length: int) -> None:
    raw = b"\x09" * length
    assert refusal(partial(PublicKey, Algorithm.ED25519, raw)) == "key-malformed"
    assert refusal(partial(keys.ed25519_from_seed, raw)) == "key-malformed"
    assert refusal(partial(keys.read_multibase, multibase.encode(b"\xed\x01" + raw))) == "key-malformed"


@pytest.mark.parametrize(
    "text", ["", "z", "nonsense", ED25519.public.multibase + "\n", "f" + ED25519.public.raw.hex()]
)
def test_text_that_is_no_multikey_is_refused(text: str) -> None:
    with pytest.raises(Unauthenticated):
        keys.read_multibase(text)


def test_multikeys_of_other_kinds_are_refused() -> None:
    secp256k1 = multibase.encode(b"\xe7\x01" + b"\x02" * 33)
    assert refusal(partial(keys.read_multibase, secp256k1)) == "weak-key"
    assert refusal(partial(keys.read_multibase, EDDSA["privateKeyMultibase"])) == "weak-key"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "nonsense",
        "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n",
        "\ud800",
        ED25519.pem,
        RSA.pem,
    ],
)
def test_text_that_is_no_public_pem_is_refused(text: str) -> None:
    assert refusal(partial(keys.read_public_pem, text)) == "key-malformed"


@pytest.mark.parametrize("text", ["", "nonsense", ED25519.public.pem])
def test_text_that_is_no_private_pem_is_refused(text: str) -> None:
    assert refusal(partial(keys.read_private_pem, text)) == "key-malformed"


def test_an_encrypted_private_key_is_refused() -> None:
    loaded = serialization.load_pem_private_key(ED25519.pem.encode(), password=None)
    locked = loaded.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(b"secret"),
    )
    assert refusal(partial(keys.read_private_pem, locked.decode())) == "key-malformed"


@pytest.mark.parametrize("raw", [b"", b"\x30\x00", b"nonsense"])
def test_a_private_rsa_key_is_pkcs8(raw: bytes) -> None:
    assert refusal(partial(PrivateKey, Algorithm.RSA, raw)) == "key-malformed"


def test_a_private_key_is_of_the_algorithm_it_says() -> None:
    loaded = serialization.load_pem_private_key(ED25519.pem.encode(), password=None)
    raw = loaded.private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    assert refusal(partial(PrivateKey, Algorithm.RSA, raw)) == "key-malformed"
