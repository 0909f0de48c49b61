"""The people of an actor: shown with what lets them in, added, called, removed; whose an act is.

Rules here: the owner is a person whose id is the actor's handle, and stays. Only the owner says who belongs
to the team, and gives out links and tokens: who could add a person could be two. Who is removed is out at
once, in every browser and program; what they did goes on saying who.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any, Final
from unicodedata import normalize

from node.core import codes
from node.core.entries import render_instant
from node.core.legible import is_line
from node.services.access import passkeys, sessions
from node.services.acting import Acting
from node.services.ledger.recording import note
from node.services.notices import push
from node.services.notices.noting import alarm
from node.services.people import tokens as people_tokens
from node.storage import credentials, persons, tokens
from node.storage.persons import PersonRow
from node.storage.session import Session
from protocol.errors import Conflict, Forbidden, NotFound, Unprocessable

__all__ = ["PersonRow"]

MOST: Final = 50  # of one actor: a team that knows each other by name
NAME_LENGTH: Final = 60


def team(session: Session, acting: Acting) -> list[PersonRow]:
    """Return who belongs to an actor, the owner first; at least that one."""
    return [row for row in _all(session, acting) if row.removed_at is None]


def _all(session: Session, acting: Acting) -> list[PersonRow]:
    handle = acting.owner.handle
    rows = persons.list_persons(session, handle)
    if not any(row.id == handle for row in rows):
        rows.append(PersonRow(handle, handle, acting.owner.actor.name, acting.now))
    return sorted(rows, key=lambda row: row.id != handle)


def load(session: Session, id: str) -> PersonRow | None:
    """Return who has this id, unless they have gone."""
    row = persons.load_person(session, id)
    return None if row is None or row.removed_at is not None else row


def has_team(session: Session) -> bool:
    """Tell whether somebody here is not alone, so that a name has to be typed beside a password."""
    return persons.count_present(session) > 1


def name_of(session: Session, acting: Acting) -> str:
    """Return what the acting person is called; nothing for an owner who is alone."""
    row = persons.load_person(session, acting.person)
    return "" if row is None else row.name


def find(session: Session, acting: Acting, said: str) -> PersonRow:
    """Return who belongs to an actor by their name, or by their id.

    Raises:
        NotFound: `unknown-person`.
    """
    wanted = _spelling(said)
    for row in team(session, acting):
        if row.id == said or (wanted and _spelling(row.name) == wanted):
            return row
    raise NotFound(codes.UNKNOWN_PERSON)


def show(session: Session, acting: Acting) -> dict[str, Any]:
    """Show the team: of each person the passkeys, the browsers that are signed in, and the programs."""
    open_now, programs = sessions.list(session, acting.now), tokens.list_tokens(session)

    def view(row: PersonRow) -> dict[str, Any]:
        own = None if row.id == row.handle else row.id
        return {
            **_view(row),
            "passkeys": [passkeys.view(key) for key in credentials.list_passkeys(session, row.id)],
            "has_password": credentials.load_password(session, row.id) is not None,
            "sessions": [one for one in open_now if (one["actor"], one["person"]) == (row.handle, row.id)],
            "tokens": [
                people_tokens.view(each)
                for each in programs
                if each.person == own and each.revoked_at is None
            ],
        }

    return {"items": [view(row) for row in team(session, acting)], "next": None}


def _view(row: PersonRow) -> dict[str, Any]:
    return {
        "id": row.id,
        "name": row.name,
        "is_owner": row.id == row.handle,
        "added_at": render_instant(row.added_at),
    }


def add(session: Session, acting: Acting, name: str) -> dict[str, Any]:
    """Add a person, who comes in by a link that is made for them; the first one gives the owner a row, too.

    Raises:
        Forbidden: `owner-alone`. Unprocessable: `name-invalid`. Conflict: `person-known`, `team-full`.
    """
    acting.check_owner()
    there = team(session, acting)
    if len(there) >= MOST:
        raise Conflict(codes.TEAM_FULL)
    row = PersonRow(acting.new_id("prs"), acting.owner.handle, _name(name, among=there), acting.now)
    persons.save_person(session, there[0])
    persons.save_person(session, row)
    note(session, acting, "person.added", {"person": row.id, "name": row.name})
    alarm(session, acting, f"person:{row.id}")
    return _view(row)


def rename(session: Session, acting: Acting, id: str, name: str) -> dict[str, Any]:
    """Call a person something else; everybody may do that for themselves, the owner for all.

    Raises:
        NotFound: `unknown-person`. Forbidden: `owner-alone`. Unprocessable: `name-invalid`. Conflict:
            `person-known`.
    """
    row = find(session, acting, id)
    if acting.person != row.id:
        acting.check_owner()
    others = [each for each in team(session, acting) if each.id != row.id]
    called = replace(row, name=_name(name, among=others))
    persons.save_person(session, called)
    note(session, acting, "person.renamed", {"person": row.id, "name": called.name})
    return _view(called)


def remove(session: Session, acting: Acting, id: str) -> dict[str, Any]:
    """Let a person go: their sign-ins, passkeys, links and tokens end with this write.

    To be written by `tokens.Recognition.revoking`.

    Raises:
        NotFound: `unknown-person`. Forbidden: `owner-alone`. Conflict: `owner-stays`.
    """
    acting.check_owner()
    row = find(session, acting, id)
    if row.id == row.handle:
        raise Conflict(codes.OWNER_STAYS)
    sessions.end_of(session, row.id)
    push.silence_person(session, acting.iri, row.id)
    persons.remove_person(session, row.id, at=acting.now)
    note(session, acting, "person.removed", {"person": row.id})
    return _view(row)


def for_token(session: Session, acting: Acting, said: str, scopes: Sequence[str]) -> str | None:
    """Return for whom a token is to act, None for the owner.

    Raises:
        NotFound: `unknown-person`. Forbidden: `owner-alone`, it may do what the owner alone may.
    """
    row = find(session, acting, said)
    if row.id == row.handle:
        return None
    if "admin" in scopes:
        raise Forbidden(codes.OWNER_ALONE)
    return row.id


def _name(text: str, *, among: Iterable[PersonRow]) -> str:
    name = " ".join(text.split())
    if not 0 < len(name) <= NAME_LENGTH or not is_line(name) or not any(map(str.isalnum, name)):
        raise Unprocessable(codes.NAME_INVALID)
    if any(_spelling(name) in {_spelling(row.name), _spelling(row.id)} for row in among):
        raise Conflict(codes.PERSON_KNOWN)
    return name


def _spelling(name: str) -> str:
    """Return a name without what two people would not be told apart by when somebody types it."""
    return " ".join(normalize("NFKC", name).casefold().split())
