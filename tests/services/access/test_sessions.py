"""Sign-ins: opened, recognised, ended; and the links that open one."""

from asyncio import gather
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest

from node import randomness
from node.core.access import LINK_HOLDS, SEEN_NOTED_EVERY, SESSION_IDLE
from node.core.subscriptions import PushSubscription
from node.services.access import links, security, sessions
from node.services.access.sessions import MOST, Opened, Way
from node.services.acting import Acting, Residents
from node.services.notices import push
from node.storage import web_sessions
from node.storage.credentials import PasswordRow
from node.storage.sqlite.database import SqliteStore
from protocol.errors import Conflict, NotFound
from tests.services.parties import Clock, Party


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqliteStore]:
    opened = SqliteStore.open(tmp_path / "access.db")
    yield opened
    await opened.close()


@pytest.fixture
def residents(ada: Party) -> Residents:
    """Ada's node, with secrets that differ."""
    acting = ada.acting
    return Residents(
        owners={acting.owner.handle: acting.owner},
        clock=lambda: ada.clock.now,
        origin=acting.origin,
        new_id=acting.new_id,
        salt=randomness.new_salt,
        limits=acting.limits,
        record=acting.record,
    )


@pytest.fixture
def acting(residents: Residents) -> Acting:
    return residents.at("ada")


async def signed_in(store: SqliteStore, acting: Acting, *, instead_of: str = "", device: str = "") -> Opened:
    return await store.write(
        lambda session: sessions.open(session, acting, how=Way.LINK, device=device, instead_of=instead_of)
    )


async def listed(store: SqliteStore, clock: Clock) -> list[str]:
    found = await store.read(lambda session: sessions.list(session, clock.now))
    return [item["id"] for item in found]


async def test_a_sign_in_is_recognised_by_its_secret_alone(store: SqliteStore, acting: Acting) -> None:
    opened = await signed_in(store, acting, device="Firefox, Linux")
    found = await sessions.recognise(store, opened.secret, now=acting.now)
    assert found is not None
    assert (found.id, found.handle, found.device) == (opened.id, "ada", "Firefox, Linux")
    for other in ("", opened.secret[:-1], opened.secret + "A", opened.secret.swapcase(), opened.id):
        assert await sessions.recognise(store, other, now=acting.now) is None


async def test_the_file_holds_no_secret(store: SqliteStore, acting: Acting, tmp_path: Path) -> None:
    link = await store.write(lambda session: links.make(session, acting))
    opened = await signed_in(store, acting)
    await store.checkpoint()
    kept = (tmp_path / "access.db").read_bytes()
    assert opened.id.encode() in kept
    assert opened.secret.encode() not in kept
    assert link["url"].rpartition("/")[2].encode() not in kept


async def test_a_sign_in_that_is_not_used_ends(store: SqliteStore, acting: Acting, ada: Party) -> None:
    opened = await signed_in(store, acting)
    last = acting.now + SESSION_IDLE - timedelta(seconds=1)
    assert await sessions.recognise(store, opened.secret, now=last)
    ada.clock.now = last
    assert await listed(store, ada.clock) == [opened.id]
    ada.clock.now += SESSION_IDLE  # since it was last used
    assert await sessions.recognise(store, opened.secret, now=ada.clock.now) is None
    assert await listed(store, ada.clock) == []
    await store.write(lambda session: sessions.forget(session, now=ada.clock.now))
    assert await store.read(web_sessions.list_web_sessions) == []


async def test_that_it_was_used_is_noted_now_and_then(store: SqliteStore, acting: Acting) -> None:
    opened = await signed_in(store, acting)
    await sessions.recognise(store, opened.secret, now=acting.now + SEEN_NOTED_EVERY)
    (row,) = await store.read(web_sessions.list_web_sessions)
    assert row.seen_at == acting.now
    later = acting.now + SEEN_NOTED_EVERY + timedelta(seconds=1)
    await sessions.recognise(store, opened.secret, now=later)
    (row,) = await store.read(web_sessions.list_web_sessions)
    assert row.seen_at == later


async def test_each_sign_in_has_a_secret_of_its_own_and_ends_the_one_before(
    store: SqliteStore, acting: Acting, ada: Party
) -> None:
    first = await signed_in(store, acting)
    second = await signed_in(store, acting, instead_of=first.secret)
    assert first.secret != second.secret
    assert await sessions.recognise(store, first.secret, now=acting.now) is None
    assert await listed(store, ada.clock) == [second.id]


async def test_a_browser_too_many_ends_the_one_that_was_unused_longest(
    store: SqliteStore, acting: Acting, ada: Party
) -> None:
    opened = [
        await signed_in(store, replace(acting, now=acting.now + timedelta(seconds=number)))
        for number in range(MOST + 2)
    ]
    assert await listed(store, ada.clock) == [one.id for one in reversed(opened[2:])]


async def test_a_revoked_sign_in_is_none(store: SqliteStore, acting: Acting) -> None:
    one, two = await signed_in(store, acting), await signed_in(store, acting)
    with pytest.raises(Conflict):
        await store.write(lambda session: sessions.revoke(session, "ses_"))
    ended = await store.write(lambda session: sessions.revoke(session, one.id))
    assert ended["id"] == one.id
    assert await sessions.recognise(store, one.secret, now=acting.now) is None
    assert await sessions.recognise(store, two.secret, now=acting.now)
    with pytest.raises(NotFound):
        await store.write(lambda session: sessions.revoke(session, one.id))


# --- links -----------------------------------------------------------------------------------------------


async def new_link(store: SqliteStore, acting: Acting) -> str:
    made = await store.write(lambda session: links.make(session, acting))
    url: str = made["url"]
    assert url.startswith(f"{acting.origin}/sign-in/")
    return url.rpartition("/")[2]


async def follow(store: SqliteStore, residents: Residents, secret: str) -> Opened:
    return await store.write(partial(links.follow, residents=residents, secret=secret, device=""))


async def test_a_link_signs_in_once(store: SqliteStore, acting: Acting, residents: Residents) -> None:
    secret = await new_link(store, acting)
    opened = await follow(store, residents, secret)
    assert opened.handle == "ada"
    with pytest.raises(NotFound) as refused:
        await follow(store, residents, secret)
    assert refused.value.code == "link-invalid"


async def test_a_link_holds_for_ten_minutes(
    store: SqliteStore, acting: Acting, residents: Residents, ada: Party
) -> None:
    secret, late = await new_link(store, acting), await new_link(store, acting)
    ada.clock.now += LINK_HOLDS - timedelta(seconds=1)
    assert await follow(store, residents, secret)
    ada.clock.now += timedelta(seconds=1)
    with pytest.raises(NotFound):
        await follow(store, residents, late)
    await store.write(lambda session: sessions.forget(session, now=ada.clock.now))
    ada.clock.now = acting.now  # a clock that is set back does not bring it back
    with pytest.raises(NotFound):
        await follow(store, residents, late)


async def test_of_two_who_follow_a_link_at_once_one_gets_in(
    store: SqliteStore, acting: Acting, residents: Residents, ada: Party
) -> None:
    secret = await new_link(store, acting)
    outcomes = await store_both(store, residents, secret)
    assert sorted(outcomes) == ["in", "link-invalid"]
    assert len(await listed(store, ada.clock)) == 1


async def store_both(store: SqliteStore, residents: Residents, secret: str) -> list[str]:
    async def one() -> str:
        try:
            await follow(store, residents, secret)
        except NotFound as error:
            return error.code
        return "in"

    return list(await gather(one(), one()))


async def test_a_link_of_who_has_moved_out_leads_nowhere(
    store: SqliteStore, acting: Acting, residents: Residents
) -> None:
    secret = await new_link(store, acting)
    with pytest.raises(NotFound):
        await follow(store, replace(residents, owners={}), secret)


async def test_another_password_silences_a_browser_whose_sign_in_has_grown_old(
    ada: Party, store: SqliteStore, residents: Residents
) -> None:
    opened = []
    for name in ("lost", "here"):
        acting = residents.at("ada")
        opened.append(await signed_in(store, acting))
        said = PushSubscription(f"https://push.example/{name}", "p", "a")
        told = partial(push.subscribe, acting=acting, said=said, device=name, sign_in=opened[-1].id)
        await store.write(told)
        ada.clock.now += SESSION_IDLE / 2 + timedelta(days=1)
    await store.write(lambda session: sessions.forget(session, now=ada.clock.now))
    acting, row = residents.at("ada"), PasswordRow("ada", "hash", ada.clock.now)
    await store.write(lambda session: security.set_password(session, acting, row, but=opened[1].id))
    shown = await store.read(lambda session: push.show(session, acting, opened[1].id))
    assert [item["address"] for item in shown["items"]] == ["here"]
