"""Identifiers by their beginning: people type `of_7d` and mean the one offer that starts so."""

from node.core import codes
from node.storage.session import Session
from protocol.errors import Conflict, NotFound

_LISTED = 6  # of several that are meant, one less is named
_SHORT = 11  # prefix and eight letters, as ids are shown to people

_OWNED = {
    table: f"SELECT id FROM {table} WHERE actor = ? AND id >= ? AND id < ? ORDER BY id LIMIT {_LISTED}"
    for table in ("intentions", "offers", "agreements", "quarantine")
} | {
    # Settling looks deliveries up by id alone, so no index has the actor before it. Written so that none
    # that begins with the actor is taken: that would read all of its deliveries.
    "deliveries": (
        f"SELECT id FROM deliveries WHERE actor || '' = ? AND id >= ? AND id < ? ORDER BY id LIMIT {_LISTED}"
    )
}
_OF_THE_NODE = {
    table: f"SELECT id FROM {table} WHERE id >= ? AND id < ? ORDER BY id LIMIT {_LISTED}"
    for table in ("tokens", "web_sessions", "passkeys")
}
_AFTER_ALL = "~"  # sorts after every character of an identifier


def resolve_id(session: Session, table: str, actor: str, prefix: str) -> str:
    """Return the one id of an actor's rows in `table` that starts with `prefix`, which may be the whole id.

    Raises: NotFound if none does, Conflict "ambiguous-id" if several do.
    """
    return _only(session.all(_OWNED[table], actor, *_range(prefix)))


def resolve_access(session: Session, table: str, prefix: str) -> str:
    """Return the one id in `table` that starts with `prefix`: of what belongs to the node, not to an actor.

    Raises: as `resolve_id`.
    """
    return _only(session.all(_OF_THE_NODE[table], *_range(prefix)))


def _range(prefix: str) -> tuple[str, str]:
    if not prefix or not prefix.isascii():
        raise NotFound(codes.UNKNOWN_ID)
    return prefix, prefix + _AFTER_ALL


def _only(found: list[tuple[str]]) -> str:
    if not found:
        raise NotFound(codes.UNKNOWN_ID)
    if len(found) > 1:
        raise Conflict(codes.AMBIGUOUS_ID, f"Several ids start so: {', '.join(_beginnings(found))}.")
    return found[0][0]


def _beginnings(found: list[tuple[str]]) -> list[str]:
    """Return the beginnings of some ids that tell them apart, as many as are listed."""
    ids = [id for (id,) in found]
    longest = max(len(id) for id in ids)
    apart = (many for many in range(_SHORT, longest) if len({id[:many] for id in ids}) == len(ids))
    letters = next(apart, longest)
    more = ["and more"] if len(ids) == _LISTED else []
    return [*(id[:letters] for id in ids[: _LISTED - 1]), *more]
