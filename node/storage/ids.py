"""Identifiers by their beginning: people type `of_7d` and mean the one offer that starts so."""

from node.core import codes
from node.storage.session import Session
from protocol.errors import Conflict, NotFound

_OWNED = {
    table: f"SELECT id FROM {table} WHERE actor = ? AND id >= ? AND id < ? ORDER BY id LIMIT 2"
    for table in ("intentions", "offers", "agreements", "quarantine")
} | {
    # Settling looks deliveries up by id alone, so no index has the actor before it. Written so that none
    # that begins with the actor is taken: that would read all of its deliveries.
    "deliveries": "SELECT id FROM deliveries WHERE actor || '' = ? AND id >= ? AND id < ? ORDER BY id LIMIT 2"
}
_AFTER_ALL = "~"  # sorts after every character of an identifier


def resolve_id(session: Session, table: str, actor: str, prefix: str) -> str:
    """Return the one id of an actor's rows in `table` that starts with `prefix`, which may be the whole id.

    Raises: NotFound if none does, Conflict "ambiguous-id" if several do.
    """
    return _only(session.all(_OWNED[table], actor, *_range(prefix)))


def resolve_token(session: Session, prefix: str) -> str:
    """Return the one token id that starts with `prefix`; tokens belong to the node, not to an actor.

    Raises: as `resolve_id`.
    """
    statement = "SELECT id FROM tokens WHERE id >= ? AND id < ? ORDER BY id LIMIT 2"
    return _only(session.all(statement, *_range(prefix)))


def _range(prefix: str) -> tuple[str, str]:
    if not prefix or not prefix.isascii():
        raise NotFound(codes.UNKNOWN_ID)
    return prefix, prefix + _AFTER_ALL


def _only(found: list[tuple[str]]) -> str:
    if not found:
        raise NotFound(codes.UNKNOWN_ID)
    if len(found) > 1:
        raise Conflict(codes.AMBIGUOUS_ID)
    return found[0][0]
