"""Showing: grants as the owner's programs read them, those given and those got."""

from collections.abc import Sequence
from typing import Any, TypedDict

from node.core.drafts import view_time
from node.core.facts import name_of
from node.core.granting import view_purpose
from node.services.intentions.showing import CasterShown, show_caster
from node.storage import agreements, peers
from node.storage.grants import GrantRow
from node.storage.session import Session
from protocol.grants import GrantState, read_kept_grant


class GrantShown(TypedDict):
    """A grant: to or from whom, which fields, what for, and how it stands.

    `read` is how often was read by it, of `uses`, None for any number. `why` is what its giver noted.
    """

    id: str
    iri: str
    own: bool
    peer: CasterShown
    agreement: str
    agreement_iri: str
    fields: list[str]
    purpose: str
    uses: int | None
    read: int
    state: GrantState
    given_at: str | None
    until: str | None
    ended_at: str | None
    why: str
    permission: list[dict[str, Any]]


def show_grants(session: Session, actor: str, rows: Sequence[GrantRow]) -> list[GrantShown]:
    """Show grants of an actor; what they are between and under is read at once."""
    known = peers.peers_by_id(session, actor, {row.peer for row in rows})
    agreed = agreements.agreements_by_iri(session, actor, {row.agreement for row in rows})
    ids = {row.iri: row.id for row in agreed}
    return [_view(row, show_caster(known[row.peer]), ids.get(row.agreement, "")) for row in rows]


def _view(row: GrantRow, peer: CasterShown, agreement: str) -> GrantShown:
    grant = read_kept_grant(row.document)
    return {
        "id": row.id,
        "iri": row.iri,
        "own": row.own,
        "peer": peer,
        "agreement": agreement,
        "agreement_iri": row.agreement,
        "fields": [name_of(iri) for iri in grant.fields],
        "purpose": view_purpose(grant.purpose),
        "uses": grant.uses,
        "read": row.serial,
        "state": row.state,
        "given_at": view_time(row.given_at),
        "until": view_time(row.ends_at),
        "ended_at": view_time(row.ended_at),
        "why": row.why,
        "permission": row.document["permission"],
    }
