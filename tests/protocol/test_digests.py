"""A digest in a header is recomputed, never believed."""

import hashlib
from base64 import b64encode
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol import digests
from protocol.errors import Unauthenticated

BODY = b'{"hello": "world"}'
# As draft-cavage-12 (Appendix C) and RFC 9421 (Appendix B) give them for this body.
SHA_256 = "X48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9DBPE="
SHA_512 = "WZDPaVn/7XgHaAy8pmojAkGWoRx2UFChF41A2svX+TaPm+AbwAgBWnrIiYllu7BNNyealdVLvRwEmTHWXvJwew=="
WRONG = b64encode(bytes(32)).decode()

Check = Callable[[str, bytes], None]


def refusal(check: Check, value: str) -> str:
    with pytest.raises(Unauthenticated) as caught:
        check(value, BODY)
    return caught.value.code


def test_the_digest_of_the_published_examples() -> None:
    assert digests.content_digest(BODY) == f"sha-256=:{SHA_256}:"
    assert digests.legacy_digest(BODY) == f"SHA-256={SHA_256}"


@given(st.binary(), st.binary())
def test_a_digest_fits_its_body_alone(body: bytes, other: bytes) -> None:
    digests.check_content_digest(digests.content_digest(body), body)
    digests.check_legacy_digest(digests.legacy_digest(body), body)
    if body != other:
        for write, check in (
            (digests.content_digest, digests.check_content_digest),
            (digests.legacy_digest, digests.check_legacy_digest),
        ):
            with pytest.raises(Unauthenticated):
                check(write(body), other)


@pytest.mark.parametrize(
    "value",
    [
        f"sha-256=:{SHA_256}:",
        f"sha-512=:{SHA_512}:",
        f"sha-512=:{SHA_512}:, sha-256=:{SHA_256}:",
        f"md5=:AAAA:, sha-256=:{SHA_256}:",
        f"unixsum=30637, sha-256=:{SHA_256}:",
    ],
)
def test_content_digests_that_fit(value: str) -> None:
    digests.check_content_digest(value, BODY)


@pytest.mark.parametrize(
    "value",
    [
        f"sha-256=:{WRONG}:",
        f"sha-256=:{WRONG}:, sha-512=:{SHA_512}:",
        f"sha-256=:{SHA_256}:, sha-512=:{WRONG}:",
        f"sha-512=:{SHA_256}:",
        f'sha-256="{SHA_256}"',
        f"sha-256=(:{SHA_256}:)",
        f"sha-256=:{SHA_256}:;weak",
        "md5=:AAAA:",
        "sha-256=::",
        "sha-256",
        "",
    ],
)
def test_content_digests_that_do_not_fit(value: str) -> None:
    assert refusal(digests.check_content_digest, value) == "digest-mismatch"


@pytest.mark.parametrize(
    "value",
    [
        f"sha-256=:{WRONG}:, sha-256=:{SHA_256}:",
        f"SHA-256=:{SHA_256}:",
        f"sha-256={SHA_256}",
        "sha-256=:\u00e9:",
        "sha-256=:AAAA",
    ],
)
def test_content_digests_that_cannot_be_read(value: str) -> None:
    assert refusal(digests.check_content_digest, value) == "signature-malformed"


@pytest.mark.parametrize(
    "value",
    [
        f"SHA-256={SHA_256}",
        f"sha-256={SHA_256}",
        f"MD5=AAAA,SHA-256={SHA_256}",
        f"SHA-256={SHA_256} , SHA-512=AA",
    ],
)
def test_legacy_digests_that_fit(value: str) -> None:
    digests.check_legacy_digest(value, BODY)


@pytest.mark.parametrize(
    "value",
    [
        f"SHA-256={WRONG}",
        f"SHA-256={SHA_256},SHA-256={WRONG}",
        f"SHA-256={SHA_256},sha-256={SHA_256}",
        f"SHA-256={SHA_256[:-1]}",
        f"SHA-512={b64encode(hashlib.sha512(BODY).digest()).decode()}",
    ],
)
def test_legacy_digests_that_do_not_fit(value: str) -> None:
    assert refusal(digests.check_legacy_digest, value) == "digest-mismatch"


@pytest.mark.parametrize(
    "value", ["", "SHA-256", f"SHA-256=:{SHA_256}:", f"SHA-256={SHA_256},", f"SHA-256 = {SHA_256}"]
)
def test_legacy_digests_that_cannot_be_read(value: str) -> None:
    assert refusal(digests.check_legacy_digest, value) == "signature-malformed"


@given(st.binary(), st.sampled_from(["sha-256", "sha-512"]))
def test_a_hash_that_is_known_is_not_made_again_and_changes_nothing(body: bytes, algorithm: str) -> None:
    known = hashlib.sha256(body).digest()
    fitting = f"{algorithm}=:{b64encode(hashlib.new(algorithm.replace('-', ''), body).digest()).decode()}:"
    digests.check_content_digest(fitting, body, sha256=known)
    with pytest.raises(Unauthenticated):
        digests.check_content_digest(f"{algorithm}=:{WRONG}:", body, sha256=known)
