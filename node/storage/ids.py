"""Identifiers by their beginning: people type `of_7d` and mean the one offer that starts so."""

from node.core import codes
from node.storage.session import Session
from protocol.errors import Conflict, NotFound

_LISTED = 6  # of several that are meant, one less is named
_SHORT = 11  # prefix and eight letters, as ids are shown to people

_OWNED = {
    table: f"SELECT id FROM {table} WHERE actor = ? AND id >= ? AND id < ? ORDER BY id LIMIT {_LISTED}"
    for table in (
        "intentions",
        "offers",
        "agreements",
        "grants",
        "quarantine",
        "notice_channels",
        "crm_conflicts",
        "crm_calls",
        "webhooks",
        "tray_senders",
    )
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
# How ids begin, and of what: whoever names an offer where an intention is asked for hears that.
_KINDS = {
    "int_": ("intentions", "an intention"),
    "of_": ("offers", "an offer"),
    "agr_": ("agreements", "an agreement"),
    "grt_": ("grants", "a grant"),
    "dlv_": ("deliveries", "a delivery"),
    "ch_": ("notice_channels", "a channel"),
    "cf_": ("crm_conflicts", "a conflict"),
    "cw_": ("crm_calls", "something that waits for the CRM"),
    "wh_": ("webhooks", "a webhook"),
    "snd_": ("tray_senders", "a sender"),
}
_AFTER_ALL = "~"  # sorts after every character of an identifier


def resolve_id(session: Session, table: str, actor: str, prefix: str) -> str:
    """Return the one id of an actor's rows in `table` that starts with `prefix`, which may be the whole id.

    Raises: NotFound if none does, Conflict "ambiguous-id" if several do, or if all of a kind would.
    """
    return _only(session.all(_OWNED[table], actor, *_range(prefix)), prefix, _other_kind(table, prefix))


def resolve_access(session: Session, table: str, prefix: str) -> str:
    """Return the one id in `table` that starts with `prefix`: of what belongs to the node, not to an actor.

    Raises: as `resolve_id`.
    """
    return _only(session.all(_OF_THE_NODE[table], *_range(prefix)), prefix)


def _range(prefix: str) -> tuple[str, str]:
    if not prefix or not prefix.isascii():
        raise NotFound(codes.UNKNOWN_ID)
    return prefix, prefix + _AFTER_ALL


def _other_kind(table: str, prefix: str) -> str:
    """Say what else an id is of, if it is not of what `table` holds; nothing if that is not seen."""
    begins = prefix.partition("_")[0] + "_"
    named = next(((start, what) for start, (held, what) in _KINDS.items() if held == table), None)
    if named is None or begins == named[0] or begins not in _KINDS:
        return ""
    return f"This is the id of {_KINDS[begins][1]}; asked for is {named[1]}, whose id begins with {named[0]}."


def _only(found: list[tuple[str]], prefix: str, otherwise: str = "") -> str:
    """Return the one that was found; where there is none, `otherwise` is said, if it says something."""
    if not found:
        raise NotFound(codes.UNKNOWN_ID, otherwise)
    if len(found) > 1:
        raise Conflict(codes.AMBIGUOUS_ID, f"Several ids start so: {', '.join(_beginnings(found))}.")
    # Who types the kind alone has named nothing, and is not to sign the one that happens to be there.
    if not prefix.partition("_")[2]:
        there = found[0][0][:_SHORT]
        raise Conflict(codes.AMBIGUOUS_ID, f"Every id of its kind starts so; there is {there}.")
    return found[0][0]


def _beginnings(found: list[tuple[str]]) -> list[str]:
    """Return the beginnings of some ids that tell them apart, as many as are listed."""
    ids = [id for (id,) in found]
    longest = max(len(id) for id in ids)
    apart = (many for many in range(_SHORT, longest) if len({id[:many] for id in ids}) == len(ids))
    letters = next(apart, longest)
    more = ["and more"] if len(ids) == _LISTED else []
    return [*(id[:letters] for id in ids[: _LISTED - 1]), *more]
