"""The node put together: what it opens and keeps, alone and beside others in one process."""

import gc
import io
import os
import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from node import upkeep
from node.core.own_copies import REMEMBERED
from node.folder import FolderError
from node.storage import cache, own_copies
from node.storage.deliveries import DeliveryState, list_deliveries
from node.storage.editions import current_edition
from node.storage.errors import StorageUnavailable
from node.storage.locks import Locked
from node.storage.session import Session, value
from node.web.edge.runtime import Phase
from tests.logs import logging_to
from tests.ports import steady_port
from tests.storage import rows
from tests.web.house import House, Peer, open_house, open_peer, until


async def test_one_folder_one_node(tmp_path: Path) -> None:
    port = steady_port()
    async with open_house(tmp_path / "n", port=port):
        with pytest.raises(Locked) as refused:
            async with open_house(tmp_path / "n"):
                pass
        assert refused.value.pid == os.getpid()
    async with open_house(tmp_path / "n", port=port) as again:
        assert again.runtime.phase is Phase.READY


async def trade(customer: House, shop: House) -> str:
    """Let one node ask, the other offer and the first accept; return the agreement as both have it."""
    wish = await customer.cast(shop.iri)

    async def listed(house: House, query: str) -> list[dict[str, object]]:
        return [*(await house.owner("GET", query)).json["items"]]

    async def received(house: House, iri: str) -> str | None:
        found = await listed(house, "/intentions?own=false")
        return next((str(item["id"]) for item in found if item["iri"] == iri), None)

    await until(lambda: received(shop, wish["iri"]))
    intention = await received(shop, wish["iri"])
    price = [{"kind": "oneOff", "amount": "2249.00", "currency": "EUR", "label": "Bike"}]
    made = await shop.owner("POST", "/offers", {"intention": intention, "terms": {"price": price}})
    assert made.status == 201, made.body
    await until(lambda: listed(customer, f"/offers?intention={wish['id']}"))
    (offer,) = await listed(customer, f"/offers?intention={wish['id']}")
    accepted = await customer.owner("POST", f"/offers/{offer['id']}/accept", {"digest": offer["digest"]})
    assert accepted.status == 200, accepted.body

    async def concluded() -> bool:
        states = [
            (await house.owner("GET", f"/offers/{id}")).json["state"]
            for house, id in ((customer, offer["id"]), (shop, made.json["id"]))
        ]
        return states == ["concluded", "concluded"]

    await until(concluded)
    return str(accepted.json["agreement"])


async def test_three_nodes_in_one_process_trade_and_one_leaves(tmp_path: Path) -> None:
    mask = os.umask(0o022)
    os.umask(mask)
    before = (gc.isenabled(), gc.get_threshold(), gc.get_freeze_count(), mask)
    async with open_house(tmp_path / "customer") as customer, open_house(tmp_path / "bikes") as bikes:
        async with open_house(tmp_path / "wheels") as wheels:
            assert await trade(customer, bikes) != await trade(customer, wheels)
        assert customer.runtime.phase is bikes.runtime.phase is Phase.READY
        assert await trade(customer, bikes)
        mask = os.umask(0o022)
        os.umask(mask)
        assert (gc.isenabled(), gc.get_threshold(), gc.get_freeze_count(), mask) == before


async def test_a_node_does_not_move_to_another_origin(tmp_path: Path) -> None:
    async with open_house(tmp_path / "n") as house:
        home = house.origin
    given: list[tuple[dict[str, Any], str]] = [
        ({}, f"Start it with --port {urlsplit(home).port}, or start a new node in another folder."),
        (
            {"origin": "https://ada.example"},
            f"Set origin to {home}, or start a new node in another folder.",
        ),
    ]
    for flags, hint in given:
        with pytest.raises(FolderError, match=f"lives at {home}") as refused:
            async with open_house(tmp_path / "n", **flags):
                pass
        assert refused.value.hint == hint


@pytest.mark.parametrize(
    ("first", "then", "said"),
    [
        ({"handle": "ada"}, {"handle": "bob"}, "is ada, and its handle"),
        ({"kind": "organization"}, {"kind": "person"}, "set up for kind organization"),
    ],
)
async def test_who_a_node_is_is_settled_by_its_first_start(
    tmp_path: Path, first: dict[str, Any], then: dict[str, Any], said: str
) -> None:
    port = steady_port()
    async with open_house(tmp_path / "n", port=port, **first):
        pass
    with pytest.raises(FolderError, match=said) as refused:
        async with open_house(tmp_path / "n", port=port, **then):
            pass
    assert f"Set {next(iter(then))} to" in refused.value.hint
    async with open_house(tmp_path / "n", port=port) as house:  # what nobody says contradicts nothing
        assert (await house.owner("GET", "/node")).json["actors"] == [first.get("handle", "me")]


async def test_a_name_given_later_is_said_to_have_no_effect(tmp_path: Path) -> None:
    port, stream = steady_port(), io.StringIO()
    async with open_house(tmp_path / "n", port=port, name="Ada"):
        pass
    with logging_to(stream):
        async with open_house(tmp_path / "n", port=port, name="Ada"):
            assert "name" not in stream.getvalue()
        async with open_house(tmp_path / "n", port=port, name="Bob") as house:
            assert (await house.get("/actors/me")).json["name"] == "Ada"
    assert "freehold profile rename" in stream.getvalue()


def copied(folder: Path, to: Path, *names: str) -> Path:
    """Copy some files of a folder, as somebody does who does not know about the log."""
    to.mkdir(mode=0o700)
    for name in names:
        shutil.copy(folder / name, to / name)
    return to


async def test_the_file_alone_holds_who_a_node_is_from_its_first_start(tmp_path: Path) -> None:
    port = steady_port()
    async with open_house(tmp_path / "n", port=port) as house:
        before = (await house.get("/actors/me")).json
        alone = copied(tmp_path / "n", tmp_path / "alone", "freehold.db")
    async with open_house(alone, port=port) as house:
        assert (await house.get("/actors/me")).json == before


async def test_what_is_committed_comes_into_the_file_every_few_minutes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(upkeep, "_KEEP_EVERY_SECONDS", 0.05)
    port, lock = steady_port(), tmp_path / "n" / "node.lock"
    async with open_house(tmp_path / "n", port=port) as house:
        await house.cast("public")
        await until(lambda: "set up, entry 2" in lock.read_text())
        alone = copied(tmp_path / "n", tmp_path / "alone", "freehold.db")
    async with open_house(alone, port=port) as house:
        assert len((await house.owner("GET", "/intentions")).json["items"]) == 1


async def test_an_older_database_put_in_place_is_another_edition(tmp_path: Path) -> None:
    port, folder, stream = steady_port(), tmp_path / "n", io.StringIO()
    async with open_house(folder, port=port) as house:
        first = await house.runtime.store.read(current_edition)
    older = copied(folder, tmp_path / "older", "freehold.db")
    async with open_house(folder, port=port) as house:
        await house.cast("public")
        assert await house.runtime.store.read(current_edition) == first
    shutil.copy(older / "freehold.db", folder / "freehold.db")
    with logging_to(stream):
        async with open_house(folder, port=port) as house:
            assert await house.runtime.store.read(current_edition) != first
    assert "an older database was put in place" in stream.getvalue()


async def test_what_others_could_read_is_closed_at_the_start(tmp_path: Path) -> None:
    stream = io.StringIO()
    folder = tmp_path / "n"
    folder.mkdir()
    folder.chmod(0o755)
    with logging_to(stream):
        async with open_house(folder):
            assert folder.stat().st_mode & 0o777 == 0o700
    assert "closed to other users" in stream.getvalue()


async def test_an_actor_stays_the_same_across_restarts(tmp_path: Path) -> None:
    settings: dict[str, Any] = {"port": steady_port(), "kind": "organization", "name": "Velo Nord"}
    async with open_house(tmp_path / "n", **settings) as house:
        before = (await house.get("/actors/me")).json
    async with open_house(tmp_path / "n", **settings) as house:
        assert (await house.get("/actors/me")).json == before
    assert (before["type"], before["name"]) == ("Organization", "Velo Nord")


async def test_the_tidying_goes_on_for_ever(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upkeep, "_TIDY_EVERY_SECONDS", 0.05)
    async with open_house(tmp_path / "n") as house:
        first = house.runtime.owners["me"]

        async def full(_work: object) -> None:
            raise StorageUnavailable("disk full")

        with monkeypatch.context() as broken:
            broken.setattr(house.runtime.store, "write", full)
            await until(lambda: house.runtime.owners["me"] is not first)
        second = house.runtime.owners["me"]
        await until(lambda: house.runtime.owners["me"] is not second)


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with open_house(tmp_path / "n") as opened:
        yield opened


@pytest.fixture
async def shop() -> AsyncIterator[Peer]:
    async with open_peer() as opened:
        yield opened


@pytest.mark.parametrize(
    ("answer", "state"), [(202, "delivered"), (422, "refused"), (410, "gone"), (503, "queued")]
)
async def test_how_a_delivery_ends_is_written_down(house: House, shop: Peer, answer: int, state: str) -> None:
    shop.status = answer
    await house.cast(shop.iri)

    async def settled() -> bool:
        (row,) = await house.runtime.store.read(lambda db: list_deliveries(db, house.iri).items)
        return (row.state, row.last_status) == (DeliveryState(state), answer)

    await until(settled)


async def test_a_node_knows_its_own_actors_without_asking(house: House) -> None:
    found = await house.owner("POST", "/fed/lookup", {"what": house.iri})
    assert (found.status, found.json["iri"]) == (200, house.iri)


async def test_what_has_served_its_time_is_forgotten(house: House) -> None:
    await house.owner("POST", "/tokens", {"name": "x", "scopes": ["read"]}, **{"Idempotency-Key": "k"})
    asked = rows.own_copy(due_at=None, asked_at=house.clock())
    await house.runtime.store.write(lambda db: own_copies.save_own_copy(db, asked))

    async def kept() -> list[int]:
        counts = [f"SELECT count(*) FROM {table}" for table in ("idempotency", "own_copies")]
        return await house.runtime.store.read(lambda db: [int(value(db, count)) for count in counts])

    await upkeep.tidy(house.runtime.store, house.clock())
    assert await kept() == [1, 1]
    house.clock.ahead = max(upkeep._ANSWERS_KEPT, REMEMBERED) * 2
    await upkeep.tidy(house.runtime.store, house.clock())
    assert await kept() == [0, 0]


async def test_what_there_is_much_of_is_forgotten_in_steps(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(upkeep, "_STEP", 2)
    store, later = house.runtime.store, house.clock() + upkeep._ANSWERS_KEPT * 2

    def note(db: Session) -> None:
        for number in range(5):
            cache.remember_replay(db, bytes([number]), expires_at=house.clock())

    await store.write(note)
    purge, forgotten = cache.purge_replays, list[int]()

    def noted(*given: Any, **named: Any) -> int:
        forgotten.append(purge(*given, **named))
        return forgotten[-1]

    monkeypatch.setattr(cache, "purge_replays", noted)
    await upkeep.tidy(store, later)
    assert forgotten == [2, 2, 1]
