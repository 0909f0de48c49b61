"""A noun of one folder takes part in everything, and no other file of the product knows of it."""

import asyncio
import json
import re
from contextlib import AsyncExitStack
from datetime import timedelta
from pathlib import Path

import pytest

import cli
from node.nouns import NOUNS, Noun, components_of, ledger_of, operations_of
from node.services.ledger.chapters import Chapter, Claim, Clock, Follower, bind
from node.storage import cursors
from node.storage.sqlite.database import open_database
from node.terminal.nouns import NOUNS as WORDS
from node.web.api.owner import described
from tests.nouns.applause.applause import WORD
from tests.nouns.applause.noun import NOUN
from tests.web.house import House, Peer, open_house, open_peer, until
from tests.web.test_events import listen

ROOT = Path(__file__).parents[2]
WITH_IT = (*NOUNS, NOUN)


async def applauded(house: House) -> list[dict[str, str]]:
    return list((await house.owner("GET", "/applause")).json["items"])


async def kinds(house: House) -> list[str]:
    return [item["kind"] for item in (await house.owner("GET", "/journal?limit=100")).json["items"]]


async def send(shop: Peer, house: House, activity: dict[str, object]) -> int:
    body = json.dumps(activity).encode()
    url = f"{house.iri}/inbox"
    return (
        await house.request("POST", f"/actors/{house.settings.handle}/inbox", body, shop.sign(url, body))
    ).status


async def test_it_takes_part_in_everything(tmp_path: Path) -> None:
    async with AsyncExitStack() as stack:
        house = await stack.enter_async_context(open_house(tmp_path / "n", nouns=WITH_IT))
        shop = await stack.enter_async_context(open_peer())
        wish = await house.cast(shop.iri)
        async with listen(house) as stream:
            await stream.block()
            # A claim: told by what the activity names.
            assert await send(shop, house, shop.activity("Like", wish["iri"], house.iri)) == 202
            assert await send(shop, house, shop.activity("Like", f"{house.origin}/other", house.iri)) == 422
            # An event that tells what the noun lets it, and no more.
            told = (await stream.event())[2]
            while told["kind"] != "applause.received":
                told = (await stream.event())[2]
            assert told["intention"] == wish["id"]
            assert "secret" not in told
        # The API, from its own table.
        assert [item["peer"] for item in await applauded(house)] == [shop.iri]
        description = (await house.owner("GET", "/openapi.json")).json
        assert "/api/v1/applause" in description["paths"]
        assert "ApplausePage" in description["components"]["schemas"]
        # A command.
        where = ("--data", str(house.settings.data), "--json")
        code = await asyncio.to_thread(
            cli.main, ["applause", "count", *where], words={**WORDS, "applause": WORD}
        )
        assert code == 0
        # A follower with a cursor of its own; what it cannot act on is passed over and holds up nothing.
        unthankable = shop.activity("Like", wish["iri"], house.iri, summary="unthankable")
        assert await send(shop, house, unthankable) == 202
        assert await send(shop, house, shop.activity("Like", wish["iri"], house.iri)) == 202

        async def thanked_twice() -> bool:
            return (await kinds(house)).count("applause.thanked") == 2

        await until(thanked_twice)
        # A clock.
        house.clock.ahead += timedelta(days=1)
        await house.cast("public", name="Something else")  # whatever happens wakes the clock

        async def faded() -> bool:
            return await applauded(house) == []

        await until(faded)
        assert (await kinds(house)).count("applause.faded") == 3
        assert (await house.owner("POST", "/journal/rebuild")).json["unchanged"]
    with open_database(tmp_path / "n" / "freehold.db", more=NOUN.migrations) as session:
        ledger = ledger_of(WITH_IT)
        assert "applause" in ledger.tables
        assert cursors.load_cursor(session, f"{house.iri}", "thanks") > 0


async def test_without_it_nobody_knows_of_it(tmp_path: Path) -> None:
    async with open_house(tmp_path / "n") as house, open_peer() as shop:
        wish = await house.cast(shop.iri)
        assert await send(shop, house, shop.activity("Like", wish["iri"], house.iri)) == 422
        assert (await house.owner("GET", "/applause")).status == 404


def test_no_other_file_names_it() -> None:
    sources = [path for folder in ("node", "protocol", "schemas") for path in (ROOT / folder).rglob("*.py")]
    assert [path for path in (*sources, ROOT / "cli.py") if re.search("applause", path.read_text())] == []


def test_the_documentation_is_made_from_the_list() -> None:
    operations = described(operations_of(WITH_IT), components_of(WITH_IT))
    assert "/applause" in {operation.path for operation in operations}
    assert "applause.faded" in ledger_of(WITH_IT).projectors


def test_every_noun_has_its_words_on_the_command_line() -> None:
    spoken = {command for noun in NOUNS for command in noun.commands}
    # What is left speaks of no noun of the node: it starts one, reads files, or is for developers.
    assert set(WORDS) - spoken == {
        "up", "doctor", "demo", "sig", "db", "config", "dev", "completion",
    }  # fmt: skip
    assert spoken <= set(WORDS)


def _ignore(*_anything: object) -> None:
    return None


ALL_LIKES = Claim(kinds=frozenset({"Like/"}), take=_ignore)


@pytest.mark.parametrize(
    ("chapter", "said"),
    [
        (Chapter(name="b", tables=("likes",)), "table: likes"),
        (Chapter(name="b", projectors={"like": _ignore}), "kind of entry: like"),
        (Chapter(name="b", claims=(ALL_LIKES,)), "every Like/"),
        (
            Chapter(
                name="b",
                followers=(Follower(name="f", kinds=frozenset(), look=_ignore, act=_ignore),),
            ),
            "follower: f",
        ),
    ],
    ids=["table", "kind", "claim", "follower"],
)
def test_two_nouns_never_bring_the_same(chapter: Chapter, said: str) -> None:
    first = Chapter(
        name="a",
        tables=("likes",),
        projectors={"like": _ignore},
        claims=(ALL_LIKES,),
        followers=(Follower(name="f", kinds=frozenset(), look=_ignore, act=_ignore),),
        clock=Clock(next_due=_ignore, turn=_ignore),
    )
    bind([first])
    with pytest.raises(ValueError, match=said):
        bind([first, chapter])


def test_a_noun_need_not_be_in_the_ledger() -> None:
    assert ledger_of([Noun(name="nothing")]).projectors == {}
