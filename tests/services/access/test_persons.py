"""The people of an actor: added, called, removed; what is theirs ends with them, and what they did stays."""

from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from node import randomness
from node.core import codes
from node.services.access import calendars, links, persons, security, sessions
from node.services.access.sessions import Way
from node.services.acting import Acting
from node.services.ledger import journals
from node.services.notices import adding, channels
from node.services.people import tokens
from node.storage import credentials, web_sessions
from node.storage.credentials import PasskeyRow, PasswordRow
from node.storage.session import Session
from node.storage.sqlite.database import SqliteStore
from node.storage.tokens import hash_token, load_token
from protocol.errors import Conflict, Forbidden, NotFound, ProtocolError, Unprocessable
from tests.services.parties import Party


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqliteStore]:
    opened = SqliteStore.open(tmp_path / "access.db")
    yield opened
    await opened.close()


@pytest.fixture
def owner(ada: Party) -> Acting:
    return replace(ada.acting, salt=randomness.new_salt, person="ada")


async def did(store: SqliteStore, change: Callable[..., Any], *args: Any, **named: Any) -> Any:
    return await store.write(lambda session: change(session, *args, **named))


def team(session: Session, acting: Acting) -> list[tuple[str, bool]]:
    return [(one["name"], one["is_owner"]) for one in persons.show(session, acting)["items"]]


async def test_an_owner_is_a_person_without_being_asked(store: SqliteStore, owner: Acting) -> None:
    name = owner.owner.actor.name
    assert await store.read(lambda session: team(session, owner)) == [(name, True)]
    assert not await store.read(persons.has_team)
    assert await store.read(lambda session: persons.name_of(session, owner)) == ""
    await did(store, persons.add, owner, "Bea")
    assert await store.read(lambda session: team(session, owner)) == [(name, True), ("Bea", False)]
    assert await store.read(persons.has_team)
    assert await store.read(lambda session: persons.name_of(session, owner)) == name


@pytest.mark.parametrize(
    ("name", "error", "code"),
    [
        ("", Unprocessable, codes.NAME_INVALID),
        (" \t", Unprocessable, codes.NAME_INVALID),
        ("…", Unprocessable, codes.NAME_INVALID),
        ("a\u202eb", Unprocessable, codes.NAME_INVALID),
        ("x" * 61, Unprocessable, codes.NAME_INVALID),
        ("  BEA  ", Conflict, codes.PERSON_KNOWN),
        ("\uff22ea", Conflict, codes.PERSON_KNOWN),  # letters of full width
        ("ada", Conflict, codes.PERSON_KNOWN),  # the owner's id is no other's name
    ],
)
async def test_a_name_tells_people_apart(
    store: SqliteStore, owner: Acting, name: str, error: type[ProtocolError], code: str
) -> None:
    await did(store, persons.add, owner, "Bea")
    with pytest.raises(error) as refused:
        await did(store, persons.add, owner, name)
    assert refused.value.code == code
    assert len(await store.read(lambda session: team(session, owner))) == 2


async def test_a_team_has_an_end(store: SqliteStore, owner: Acting, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(persons, "MOST", 2)
    await did(store, persons.add, owner, "Bea")
    with pytest.raises(Conflict, match=codes.TEAM_FULL):
        await did(store, persons.add, owner, "Cem")


async def test_the_topic_at_which_the_owner_is_told_is_the_owners(store: SqliteStore, owner: Acting) -> None:
    bea = (await did(store, persons.add, owner, "Bea"))["id"]
    topic = {"server": "https://ntfy.example", "topic": "ada-7d9f", "token": ""}
    id = (await did(store, adding.add_ntfy, owner, topic))["id"]
    as_bea = replace(owner, person=bea)
    for seen in (
        (await did(store, channels.list, as_bea))["items"][0],
        await did(store, channels.show, as_bea, id),
    ):
        assert seen["address"] == "https://ntfy.example/…"
    assert (await did(store, channels.show, owner, id))["address"] == "https://ntfy.example/ada-7d9f"


async def test_only_the_owner_lets_people_in_and_out(store: SqliteStore, owner: Acting) -> None:
    bea = (await did(store, persons.add, owner, "Bea"))["id"]
    as_bea = replace(owner, person=bea)
    for change in (
        partial(persons.add, acting=as_bea, name="Cem"),
        partial(persons.remove, acting=as_bea, id=bea),
        partial(persons.rename, acting=as_bea, id="ada", name="Nobody"),
        partial(links.make, acting=as_bea, person=bea),
        # What names no person would go on telling somebody who has gone.
        partial(calendars.make, acting=as_bea, names=True),
        partial(adding.add_mail, acting=as_bea, document={}),
        partial(adding.add_ntfy, acting=as_bea, document={}),
    ):
        with pytest.raises(Forbidden, match=codes.OWNER_ALONE):
            await did(store, change)
    assert (await did(store, persons.rename, as_bea, bea, "Beatrice"))["name"] == "Beatrice"
    with pytest.raises(Conflict, match=codes.OWNER_STAYS):
        await did(store, persons.remove, owner, "ada")
    with pytest.raises(NotFound, match=codes.UNKNOWN_PERSON):
        await did(store, persons.remove, owner, "Cem")
    with pytest.raises(NotFound, match=codes.UNKNOWN_PERSON):  # an empty name is nobody's
        await did(store, persons.rename, owner, "", "Cem")


async def test_a_link_lets_in_whom_it_is_for(store: SqliteStore, owner: Acting) -> None:
    bea = (await did(store, persons.add, owner, "Bea"))["id"]
    for asked, whose in (("", "ada"), ("bea", bea), (bea, bea)):
        made = await did(store, links.make, owner, person=asked)
        assert made["person"] == whose
    with pytest.raises(NotFound, match=codes.UNKNOWN_PERSON):
        await did(store, links.make, owner, person="Cem")


async def test_nobody_signs_another_out_by_signing_in_often(
    store: SqliteStore, owner: Acting, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sessions, "MOST", 2)
    bea = (await did(store, persons.add, owner, "Bea"))["id"]
    for acting in (owner, *[replace(owner, person=bea)] * 3):
        await did(store, sessions.open, acting, how=Way.LINK, device="")
    left = await store.read(web_sessions.list_web_sessions)
    assert sorted(row.person for row in left) == ["ada", bea, bea]


async def test_who_is_removed_has_nothing_left_that_lets_in(store: SqliteStore, owner: Acting) -> None:
    bea = (await did(store, persons.add, owner, "Bea"))["id"]
    as_bea = replace(owner, person=bea)
    made = await did(store, links.make, owner, person="Bea")
    for acting in (owner, as_bea):
        await did(store, sessions.open, acting, how=Way.LINK, device="")
        await did(store, credentials.save_password, PasswordRow(acting.person, "hash", owner.now))
        passkey = PasskeyRow(
            f"pk_{acting.person}", acting.person.encode(), "ada", acting.person, "x", "x", b"", 0, owner.now
        )
        await did(store, credentials.add_passkey, passkey)
    token = await did(store, tokens.create, owner, name="till", scopes=["write"], person=bea)
    (_, shown) = (await store.read(lambda session: persons.show(session, owner)))["items"]
    lets_in = [len(shown["passkeys"]), shown["has_password"], len(shown["sessions"]), len(shown["tokens"])]
    assert lets_in == [1, True, 1, 1]
    own = await store.read(lambda session: security.show(session, as_bea))
    assert [len(own[name]) for name in ("passkeys", "sessions", "tokens")] == [1, 1, 1]

    await did(store, persons.remove, owner, "Bea")
    left = await store.read(web_sessions.list_web_sessions)
    assert [row.person for row in left] == ["ada"]
    assert await store.read(lambda session: credentials.list_passkeys(session, bea)) == []
    assert await store.read(lambda session: credentials.load_password(session, bea)) is None
    assert await store.read(lambda session: load_token(session, token["secret"])) is None
    secret = made["url"].rpartition("/")[2]
    assert await store.read(lambda session: web_sessions.find_link(session, hash_token(secret))) is None
    assert len(await store.read(lambda session: credentials.list_passkeys(session, "ada"))) == 1
    assert await store.read(lambda session: persons.load(session, bea)) is None


async def test_the_journal_says_who_did_it(store: SqliteStore, owner: Acting) -> None:
    bea = (await did(store, persons.add, owner, "Bea"))["id"]
    await did(store, persons.rename, replace(owner, person=bea), bea, "Beatrice")
    await did(store, persons.remove, replace(owner, person=""), bea)
    listed = (await store.read(lambda session: journals.list(session, owner.iri)))["items"]
    assert [(one["kind"], one["by"]) for one in listed] == [
        ("person.added", owner.owner.actor.name),
        ("person.renamed", "Beatrice"),  # who has gone is named still
        ("person.removed", None),
    ]


async def test_only_the_owners_programs_do_everything(store: SqliteStore, owner: Acting) -> None:
    bea = (await did(store, persons.add, owner, "Bea"))["id"]

    def whose(said: str, *scopes: str) -> Any:
        return lambda session: persons.for_token(session, owner, said, scopes)

    assert await store.read(whose("ada", "admin")) is None
    assert await store.read(whose("Bea", "write")) == bea
    with pytest.raises(Forbidden, match=codes.OWNER_ALONE):
        await store.read(whose("Bea", "read", "admin"))
