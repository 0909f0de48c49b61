"""Versions of records where a CRM has none that tells of every change: digests of what was read."""

from hashlib import sha256
from typing import Final

import orjson

_SIGNS: Final = 24
_OPTIONS: Final = orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS


def version_of(read: object) -> str:
    """Return a version that is another one if something else was read; the order of members says nothing."""
    return sha256(orjson.dumps(read, option=_OPTIONS)).hexdigest()[:_SIGNS]
