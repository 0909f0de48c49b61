"""Which signature is tried first, which second, and what is remembered."""

import pytest

from node.delivery.double_knock import Door, Knock, Knocks, read_accept_signature
from protocol import signatures
from protocol.signatures import Scheme

ORIGIN = "https://peer.example"
DOOR = Door(ORIGIN)
MODERN = Door(ORIGIN, ed25519=True)


def after(knocks: Knocks, door: Door, tried: Knock, status: int, asked: str | None = None) -> Knock | None:
    return knocks.another(door, tried, status=status, accept_signature=asked)


def test_each_knock_has_its_scheme() -> None:
    assert [knock.scheme for knock in Knock] == [Scheme.RFC9421, Scheme.RFC9421, Scheme.CAVAGE]


@pytest.mark.parametrize("status", [400, 401, 403])
def test_an_unknown_door_is_knocked_at_in_both_ways(status: int) -> None:
    knocks = Knocks()
    assert knocks.first(DOOR) is Knock.RFC9421
    assert after(knocks, DOOR, Knock.RFC9421, status) is Knock.CAVAGE
    assert knocks.first(MODERN) is Knock.ED25519
    assert after(knocks, MODERN, Knock.ED25519, status) is Knock.RFC9421


@pytest.mark.parametrize("status", [200, 202, 301, 404, 409, 410, 413, 415, 422, 429, 503, 504])
def test_no_second_knock_where_the_signature_cannot_be_the_reason(status: int) -> None:
    assert after(Knocks(), DOOR, Knock.RFC9421, status) is None


@pytest.mark.parametrize("status", [500, 501, 502])
def test_a_server_error_is_knocked_at_again_once_per_origin(status: int) -> None:
    knocks = Knocks()
    assert after(knocks, DOOR, Knock.RFC9421, status) is Knock.CAVAGE
    assert after(knocks, DOOR, Knock.RFC9421, status) is None
    assert after(knocks, MODERN, Knock.ED25519, status) is None
    assert after(knocks, Door("https://other.example"), Knock.RFC9421, status) is Knock.CAVAGE


def test_what_worked_is_tried_first_and_what_then_fails_is_not_about_the_signature() -> None:
    knocks = Knocks()
    knocks.learn(DOOR, Knock.CAVAGE)
    assert knocks.first(DOOR) is Knock.CAVAGE
    assert knocks.first(MODERN) is Knock.ED25519
    assert [after(knocks, DOOR, Knock.CAVAGE, status) for status in (400, 403, 500)] == [None, None, None]


def test_a_401_is_knocked_at_again_though_it_worked_before() -> None:
    knocks = Knocks()
    knocks.learn(DOOR, Knock.CAVAGE)
    assert after(knocks, DOOR, Knock.CAVAGE, 401) is Knock.RFC9421


@pytest.mark.parametrize(
    ("tried", "asked", "expected"),
    [
        (Knock.RFC9421, 'sig1=("@method");created;alg="ed25519"', Knock.ED25519),
        (Knock.CAVAGE, 'sig1=("@method");created', Knock.RFC9421),
        (
            Knock.RFC9421,
            'sig1=("@method");created',
            None,
        ),  # that is what we did: another scheme will not help
        (Knock.RFC9421, signatures.accept_signature(), None),
        (Knock.ED25519, signatures.accept_signature(), Knock.RFC9421),
        (Knock.RFC9421, "sig1=((", Knock.CAVAGE),
    ],
)
def test_a_peer_that_says_what_it_takes_is_believed(tried: Knock, asked: str, expected: Knock | None) -> None:
    assert after(Knocks(), DOOR, tried, 401, asked) is expected


@pytest.mark.parametrize(
    ("value", "knock"),
    [
        (None, None),
        ("", None),
        ("\x00", None),
        ("a=1", Knock.RFC9421),
        ('a=("@method");alg="rsa-v1_5-sha256"', Knock.RFC9421),
        ('a=("@method");alg="ed25519"', Knock.ED25519),
        ('a=();alg="ed25519", b=();alg="rsa-v1_5-sha256"', Knock.RFC9421),
    ],
)
def test_accept_signature_is_read(value: str | None, knock: Knock | None) -> None:
    assert read_accept_signature(value) is knock


@pytest.mark.parametrize(
    ("door", "knock"), [(DOOR, Knock.CAVAGE), (DOOR, Knock.ED25519), (MODERN, Knock.RFC9421)]
)
def test_what_is_unusual_survives_a_restart(door: Door, knock: Knock) -> None:
    before, restarted = Knocks(), Knocks()
    before.learn(door, knock)
    assert before.stored(ORIGIN) == knock
    restarted.recall(ORIGIN, before.stored(ORIGIN))
    assert restarted.first(door) is knock
    other = MODERN if door is DOOR else DOOR
    assert restarted.first(other) is other.knocks[0]


def test_what_is_usual_is_not_stored() -> None:
    knocks = Knocks()
    assert knocks.stored(ORIGIN) is None
    knocks.learn(DOOR, Knock.RFC9421)
    knocks.learn(MODERN, Knock.ED25519)
    assert knocks.stored(ORIGIN) is None


def test_what_is_known_by_now_is_not_overwritten_by_what_was_stored() -> None:
    knocks = Knocks()
    knocks.learn(DOOR, Knock.RFC9421)
    knocks.recall(ORIGIN, "draft-cavage-12")
    assert knocks.first(DOOR) is Knock.RFC9421


@pytest.mark.parametrize("stored", [None, "", "smoke signals"])
def test_nothing_is_recalled_from_nothing(stored: str | None) -> None:
    knocks = Knocks()
    knocks.recall(ORIGIN, stored)
    assert knocks.first(DOOR) is Knock.RFC9421
