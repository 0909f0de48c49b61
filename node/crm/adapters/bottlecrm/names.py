"""Names where BottleCRM wants others than ours: in two parts, or such that nobody else has.

A contact has a first and a last name, and both say something. Deals and accounts have a name that no other
of the organisation has, in whatever case: where ours is taken, a mark of its external id is put behind it,
which is read over again.
"""

from hashlib import sha256
from typing import Final

from node.crm.adapters.bottlecrm.layouts import NAME_CHARACTERS

NOTHING: Final = "-"  # what stands where a name has no second part

_MARK_SIGNS: Final = 6
_MARK_ROOM: Final = len(" (#)") + _MARK_SIGNS
_FILE_CHARACTERS: Final = 60
_FILE_SIGNS: Final = 8


def split_name(name: str) -> tuple[str, str]:
    """Return a name's first and last part."""
    first, _, last = name.rpartition(" ")
    return (first, last) if first else (last or NOTHING, NOTHING)


def join_name(first: str, last: str) -> str:
    """Return the name that two parts are of."""
    return " ".join(part for part in (first, last) if part and part != NOTHING)


def mark(name: str, external_id: str) -> str:
    """Return a name that no other thing has."""
    return f"{name[: NAME_CHARACTERS - _MARK_ROOM]}{_mark_of(external_id)}"


def unmark(name: str, external_id: str) -> str:
    """Return a name without the mark of its thing, if it has it."""
    return name.removesuffix(_mark_of(external_id)) if external_id else name


def _mark_of(external_id: str) -> str:
    return f" (#{digest_of(external_id)[:_MARK_SIGNS]})"


def name_file(name: str, external_id: str) -> str:
    """Return what a file is called there: the name has to tell it, since nothing else is kept with it."""
    stem, dot, ending = name.rpartition(".")
    if not dot:
        stem, ending = name, ""
    behind = f".{digest_of(external_id)[:_FILE_SIGNS]}{dot}{ending}"
    return f"{_plain(stem)[: max(_FILE_CHARACTERS - len(behind), 1)]}{_plain(behind)}"


def split_file(name: str, external_id: str) -> str | None:
    """Return what a file is called here; None if it is none with this external id."""
    inner = f".{digest_of(external_id)[:_FILE_SIGNS]}"
    before, found, after = name.rpartition(inner)
    return f"{before}{after}" if found else None


def digest_of(external_id: str) -> str:
    """Return what tells an external id from others, in hexadecimal."""
    return sha256(external_id.encode()).hexdigest()


def _plain(name: str) -> str:
    return "".join(sign if sign.isalnum() or sign in "._- " else "_" for sign in name)
