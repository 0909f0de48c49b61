"""The life of a request is as the architecture tells it, and the house has the rooms that are drawn."""

import json
import re
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

import aiohttp
import orjson
import pytest

from tests.docs import papers
from tests.web.house import open_house, open_peer

PAGE = "docs/architecture.md"
LIFE = [
    (cells[0].strip("`"), cells[1].strip("`"))
    for cells in papers.rows(PAGE)
    if len(cells) == 3 and cells[0].endswith(".py`")
]


@contextmanager
def calls() -> Iterator[list[tuple[str, str]]]:
    """Note every function of ours that is called, on any thread started within, by file and name."""
    seen: list[tuple[str, str]] = []
    root = f"{papers.ROOT}/"

    def note(frame: FrameType, event: str, _: Any) -> None:
        if event == "call" and frame.f_code.co_filename.startswith(root):
            seen.append((frame.f_code.co_filename.removeprefix(root), frame.f_code.co_qualname))

    threading.setprofile(note)
    sys.setprofile(note)
    try:
        yield seen
    finally:
        sys.setprofile(None)
        threading.setprofile(None)


async def test_an_offer_passes_through_these_functions_in_this_order(tmp_path: Path) -> None:
    assert len(LIFE) > 20
    with calls() as seen:
        async with open_house(tmp_path / "n") as house, open_peer() as shop:
            wanted = (await shop.fetch(house, (await house.cast(shop.iri))["iri"])).json
            body = orjson.dumps(shop.offer(wanted, house.iri))
            url = f"{house.iri}/inbox"
            seen.clear()
            async with (
                aiohttp.ClientSession() as session,
                session.post(url, data=body, headers=shop.sign(url, body)) as answer,
            ):
                assert answer.status == 202, await answer.text()
            passed = iter(seen)
    missed = next((step for step in LIFE if step not in passed), None)
    assert missed is None


def test_every_folder_of_the_house_is_drawn() -> None:
    drawn = {cells[0].strip("`") for cells in papers.rows(PAGE) if len(cells) == 2}
    packages = {
        f"node/{path.name}/"
        for path in (papers.ROOT / "node").iterdir()
        if path.is_dir() and any(path.glob("*.py"))
    }
    assert packages <= drawn
    assert [name for name in drawn - {"folder"} if not (papers.ROOT / name).exists()] == []


def test_the_layers_are_those_that_are_held() -> None:
    text = " ".join(papers.read(PAGE).split())
    contributing = " ".join(papers.read("CONTRIBUTING.md").split())
    (drawn,) = re.findall(r"`(cli -> node\.host -> [^`]+)`", text)
    assert drawn in contributing
    project = (papers.ROOT / "pyproject.toml").read_text(encoding="utf-8")
    held = [
        *("node.host", "node.app", "node.nouns", "node.crm", "node.web | node.delivery"),
        *("node.services", "node.storage", "node.core"),
    ]
    assert f"layers = {json.dumps(held)}" in project


@pytest.mark.parametrize("count", [len(LIFE)])
def test_every_function_of_that_life_is_in_its_file(count: int) -> None:
    assert count
    for file, function in LIFE:
        source = (papers.ROOT / file).read_text(encoding="utf-8")
        assert re.search(rf"\bdef {function.rpartition('.')[2]}\(", source), (file, function)
