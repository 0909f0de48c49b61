"""Webhooks as Standard Webhooks signs them: the published vector, an independent library, what is refused."""

import hmac
import json
from base64 import b64decode, b64encode
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks.webhooks import Webhook

from protocol import codes
from protocol.errors import ProtocolError, Unauthenticated, Unprocessable
from protocol.keys import ed25519_from_seed
from protocol.webhooks import (
    LONGEST_ID,
    MOST_SIGNATURES,
    HookSecret,
    HookSigner,
    read_key,
    sign,
    verify,
    write_public,
    write_secret,
)

# The example of the specification's own libraries.
VECTOR_SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
VECTOR_ID = "msg_p5jXN8AQM9LWM0D4loKWxJek"
VECTOR_AT = datetime.fromtimestamp(1614265330, UTC)
VECTOR_BODY = b'{"test": 2432232314}'
VECTOR_SIGNATURE = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="

NOW = datetime(2026, 3, 14, 12, 0, tzinfo=UTC)
SECRET = HookSecret(bytes(range(32)))
OTHER = HookSecret(bytes(range(1, 33)))
KEY = ed25519_from_seed(bytes(range(32)))
BODY = b'{"id":"evt_1"}'


def refused(headers: dict[str, str], *, body: bytes = BODY, now: datetime = NOW) -> str:
    with pytest.raises(Unauthenticated) as caught:
        verify(headers, body, [SECRET], now=now)
    return caught.value.code


def test_the_published_vector_is_made_and_taken() -> None:
    secret = read_key(VECTOR_SECRET)
    assert isinstance(secret, HookSecret)
    headers = sign(VECTOR_ID, VECTOR_BODY, [secret], now=VECTOR_AT)
    assert headers == {
        "webhook-id": VECTOR_ID,
        "webhook-timestamp": "1614265330",
        "webhook-signature": VECTOR_SIGNATURE,
    }
    assert verify(headers, VECTOR_BODY, [secret], now=VECTOR_AT) == VECTOR_ID


def test_an_independent_library_takes_what_is_made_and_makes_what_is_taken() -> None:
    now = datetime.now(UTC)
    other = Webhook(write_secret(SECRET))
    assert other.verify(BODY, sign("evt_1", BODY, [OTHER, SECRET], now=now)) == json.loads(BODY)
    theirs = {
        "webhook-id": "evt_2",
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": other.sign("evt_2", now, BODY.decode()),
    }
    assert verify(theirs, BODY, [SECRET], now=now) == "evt_2"


@pytest.mark.parametrize(("signer", "verifier"), [(SECRET, SECRET), (KEY, KEY.public)])
def test_what_one_end_signs_the_other_verifies(signer: HookSigner, verifier: HookSecret) -> None:
    assert verify(sign("evt_1", BODY, [signer], now=NOW), BODY, [OTHER, verifier], now=NOW) == "evt_1"


def test_keys_are_handed_over_and_read() -> None:
    assert read_key(write_secret(SECRET)) == SECRET
    assert read_key(write_public(KEY.public)) == KEY.public
    assert "01" not in repr(SECRET)


@pytest.mark.parametrize(
    "text",
    [
        "", "whsec_", "whpk_", "whsec_!", "whsec_é", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        f"whsec_{b64encode(bytes(23)).decode()}", f"whsec_{b64encode(bytes(65)).decode()}",
        f"whpk_{b64encode(bytes(31)).decode()}", f"whsk_{b64encode(bytes(32)).decode()}",
    ],
)  # fmt: skip
def test_what_is_no_key_is_refused(text: str) -> None:
    with pytest.raises(Unprocessable) as caught:
        read_key(text)
    assert caught.value.code == codes.WEBHOOK_KEY


def test_a_weak_key_is_refused() -> None:
    with pytest.raises(ProtocolError) as caught:
        read_key(f"whpk_{b64encode(bytes(32)).decode()}")
    assert caught.value.code == codes.WEAK_KEY


@pytest.mark.parametrize("place", range(0, 32 * 8, 13))
@pytest.mark.parametrize("signer", [SECRET, KEY])
def test_any_flipped_bit_fails(place: int, signer: HookSigner) -> None:
    headers = sign("evt_1", BODY, [signer], now=NOW)
    version, _, text = headers["webhook-signature"].partition(",")
    raw = bytearray(b64decode(text))
    raw[place // 8] ^= 1 << place % 8
    headers["webhook-signature"] = f"{version},{b64encode(raw).decode()}"
    with pytest.raises(Unauthenticated):
        verify(headers, BODY, [SECRET, KEY.public], now=NOW)


@given(st.binary(max_size=200))
def test_another_body_fails(body: bytes) -> None:
    if body != BODY:
        assert refused(sign("evt_1", BODY, [SECRET], now=NOW), body=body) == codes.WEBHOOK_SIGNATURE


@pytest.mark.parametrize("name", ["webhook-id", "webhook-timestamp", "webhook-signature"])
def test_each_header_is_needed(name: str) -> None:
    headers = sign("evt_1", BODY, [SECRET], now=NOW)
    assert refused({key: value for key, value in headers.items() if key != name}) == codes.WEBHOOK_HEADERS


@pytest.mark.parametrize("id", ["", "a.b", "a b", "a\nb", "evt_é", "x" * (LONGEST_ID + 1)])
def test_an_id_can_be_read_in_one_way_only(id: str) -> None:
    assert refused({**sign("evt_1", BODY, [SECRET], now=NOW), "webhook-id": id}) == codes.WEBHOOK_HEADERS


@pytest.mark.parametrize(
    "stamp", ["", "-1", "+1773489600", "1773489600.0", " 1773489600", "1_773_489_600", "١٧٧٣٤٨٩٦٠٠", "1" * 13]
)
def test_a_timestamp_is_ascii_digits(stamp: str) -> None:
    headers = {**sign("evt_1", BODY, [SECRET], now=NOW), "webhook-timestamp": stamp}
    assert refused(headers) == codes.WEBHOOK_HEADERS


@pytest.mark.parametrize("away", [timedelta(seconds=301), timedelta(seconds=-301)])
def test_what_was_signed_at_another_time_is_refused(away: timedelta) -> None:
    assert refused(sign("evt_1", BODY, [SECRET], now=NOW), now=NOW + away) == codes.WEBHOOK_LATE
    verify(sign("evt_1", BODY, [SECRET], now=NOW), BODY, [SECRET], now=NOW + away * 299 / 301)


@pytest.mark.parametrize(
    "given",
    ["v1,", "v1", ",", " ", "v1, v1,", "v1a,", "v2,AAAA", "v1,%%%", "v1,é", "AAAA", "v1,AAAA v1a,AAAA"],
)
def test_what_is_no_signature_matches_nothing(given: str) -> None:
    headers = {**sign("evt_1", BODY, [SECRET], now=NOW), "webhook-signature": given}
    assert refused(headers) == codes.WEBHOOK_SIGNATURE
    with pytest.raises(Unauthenticated):
        verify(headers, BODY, [KEY.public], now=NOW)
    with pytest.raises(Unauthenticated):
        verify(headers, BODY, [], now=NOW)


def test_one_that_cannot_be_read_keeps_no_other_from_being_found() -> None:
    headers = sign("evt_1", BODY, [SECRET], now=NOW)
    headers["webhook-signature"] = "v1, %,% v9,AAAA " + headers["webhook-signature"]
    assert verify(headers, BODY, [SECRET], now=NOW) == "evt_1"


def test_only_so_many_signatures_are_looked_at() -> None:
    headers = sign("evt_1", BODY, [SECRET], now=NOW)
    good = headers["webhook-signature"]
    assert (
        refused({**headers, "webhook-signature": "v1,AAAA " * MOST_SIGNATURES + good})
        == codes.WEBHOOK_SIGNATURE
    )
    assert refused({**headers, "webhook-signature": "v1,AAAA " * 300 + good}) == codes.WEBHOOK_HEADERS


def test_the_algorithm_is_the_keys_and_not_the_messages() -> None:
    # Both made of the same bytes: neither signature passes under the other's name.
    shared, public = HookSecret(KEY.public.raw), KEY.public
    for signer, other in ((shared, "v1a"), (KEY, "v1")):
        headers = sign("evt_1", BODY, [signer], now=NOW)
        _, _, text = headers["webhook-signature"].partition(",")
        with pytest.raises(Unauthenticated):
            verify({**headers, "webhook-signature": f"{other},{text}"}, BODY, [shared, public], now=NOW)


def test_signatures_are_compared_in_constant_time(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[bytes, bytes]] = []
    compare = hmac.compare_digest

    def noted(one: bytes, other: bytes) -> bool:
        asked.append((one, other))
        return compare(one, other)

    headers = sign("evt_1", BODY, [SECRET, OTHER], now=NOW)
    monkeypatch.setattr(hmac, "compare_digest", noted)
    assert verify(headers, BODY, [OTHER], now=NOW) == "evt_1"
    assert len(asked) == 2  # all of them, also behind one that fits
    assert all(len(one) == len(other) == 32 for one, other in asked)
