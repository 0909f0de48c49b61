"""Time zones by their names in the IANA database, as browsers and owners say them.

Rules here: a name leads to a file, so it is read strictly. Which there are is the machine's affair: one that
there was may be gone after an update of the system.
"""

from datetime import tzinfo
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

_LONGEST: Final = 40  # characters; the longest name in use has 32
_SIGNS: Final = frozenset("/_+-")


@lru_cache(maxsize=64)
def find_zone(name: str) -> tzinfo | None:
    """Return the zone of this name, or None."""
    is_plain = all(sign.isalnum() or sign in _SIGNS for sign in name)
    if not name or not is_plain or len(name) > _LONGEST or not name.isascii():
        return None
    try:
        return ZoneInfo(name)
    except (OSError, ValueError, KeyError):  # a folder of the database, a name that it has not
        return None
