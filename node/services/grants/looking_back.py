"""Looking back: who read what under the grants of our owner, or tried to."""

from typing import Any, TypedDict

from node.core import codes
from node.core.drafts import view_time
from node.core.facts import name_of
from node.services.acting import Acting
from node.services.grants.giving import load
from node.storage import accesses, grants
from node.storage.accesses import AccessRow
from node.storage.session import Session
from protocol.errors import Malformed


class AccessShown(TypedDict):
    """A reading, or a try. `code` says why it was refused, empty for what was answered.

    `reader` is the address of who signed, `key` that of the key, `digest` of what was answered. `grant` is
    None where there is no such grant.
    """

    at: str | None
    reader: str
    grant: str | None
    fields: list[str]
    code: str
    serial: int | None
    digest: str | None
    key: str


def list(
    session: Session, acting: Acting, *, grant: str = "", cursor: str | None = None, limit: int = 50
) -> dict[str, Any]:
    """List readings, the newest first: under one grant (its id) or under all.

    `unlisted` is how many more were refused than are listed.

    Raises:
        NotFound: `unknown-id`; Malformed: `unknown-cursor`.
    """
    if cursor is not None and not (cursor.isascii() and cursor.isdigit() and len(cursor) < 19):
        raise Malformed(codes.UNKNOWN_CURSOR)
    iri = load(session, acting, grant).iri if grant else None
    before = None if cursor is None else int(cursor)
    size = min(limit, 100)
    rows = accesses.list_accesses(session, acting.iri, iri=iri, before=before, limit=size)
    known = {row.iri: row.id for row in grants.grants_among(session, acting.iri, {each.iri for each in rows})}
    return {
        "items": [_view(row, known.get(row.iri)) for row in rows],
        "next": str(rows[-1].entry) if len(rows) == size else None,
        "unlisted": accesses.count_unlisted(session, acting.iri),
    }


def _view(row: AccessRow, grant: str | None) -> AccessShown:
    return {
        "at": view_time(row.at),
        "reader": row.reader,
        "grant": grant,
        "fields": [name_of(field) for field in row.fields],
        "code": row.code,
        "serial": row.serial,
        "digest": row.digest,
        "key": f"{row.reader}{row.key}" if row.key.startswith("#") else row.key,
    }
