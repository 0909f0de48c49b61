"""RSA keys for tests: making one takes a tenth of a second, so a few are made, and made once in a process."""

from functools import cache

from node import randomness
from protocol.keys import Algorithm, PrivateKey


@cache
def rsa_key(whose: object = 0) -> PrivateKey:
    """Return somebody's RSA key, always the same."""
    del whose
    return randomness.new_key(Algorithm.RSA)
