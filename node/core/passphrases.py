"""Passwords: what is taken for one, and its one spelling.

Rules here: pure. Length is what counts (NIST SP 800-63B §3.1.1.2): no mixture is asked for and nothing is cut
off. Letters that look alike to who types them are one (NFKC), so that another keyboard opens the same door.
"""

import unicodedata
from typing import Final

from node.core import codes
from protocol.errors import Unprocessable

LEAST: Final = 12  # characters
MOST: Final = 200
_LEAST_DIFFERENT: Final = 5  # characters that differ; `aaaaaaaaaaaa` is no password


def spelling(password: str) -> str:
    """Return the one spelling of a password."""
    return unicodedata.normalize("NFKC", password)


def check(password: str, *, names: tuple[str, ...] = ()) -> None:
    """Check a new password; `names` are what anybody would try first.

    Raises:
        Unprocessable: `password-weak`, too short or long, of a few characters only, or made of a name.
    """
    spelt = spelling(password)
    if not LEAST <= len(spelt) <= MOST:
        raise Unprocessable(codes.PASSWORD_WEAK, f"A password has {LEAST} to {MOST} characters.")
    if len(set(spelt)) < _LEAST_DIFFERENT:
        raise Unprocessable(codes.PASSWORD_WEAK, "A password has more than a few different characters.")
    rest = spelt.casefold()
    for name in names:
        rest = rest.replace(name.casefold(), "") if name else rest
    if len(rest) < LEAST // 2:
        raise Unprocessable(codes.PASSWORD_WEAK, "A password is more than your name.")
