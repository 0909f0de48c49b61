import re

from node import randomness
from protocol.keys import Algorithm


def test_an_id_has_its_shape_and_is_never_the_same() -> None:
    ids = {randomness.new_id("of") for _ in range(1_000)}
    assert len(ids) == 1_000
    assert all(re.fullmatch(r"of_[0-7][0-9a-hjkmnp-tv-z]{25}", id) for id in ids)


def test_every_bit_of_an_id_is_drawn() -> None:
    digits = [randomness.new_id("x")[2:] for _ in range(500)]
    for place in range(26):
        assert len({digit[place] for digit in digits}) >= (8 if place == 0 else 16)


def test_a_salt_has_128_bits() -> None:
    salts = {randomness.new_salt() for _ in range(100)}
    assert len(salts) == 100
    assert all(re.fullmatch(r"[A-Za-z0-9_-]{22}", salt) for salt in salts)


def test_jitter_stays_below_one() -> None:
    drawn = [randomness.jitter() for _ in range(1_000)]
    assert all(0 <= share < 1 for share in drawn)
    assert max(drawn) - min(drawn) > 0.5


def test_new_keys_sign_and_differ() -> None:
    for algorithm in Algorithm:
        key, other = randomness.new_key(algorithm), randomness.new_key(algorithm)
        assert key.algorithm is algorithm
        signature = key.sign(b"message")
        assert key.public.verifies(signature, b"message")
        assert not other.public.verifies(signature, b"message")
