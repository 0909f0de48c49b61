"""The README can be followed: what it says to type is typed, against real nodes in processes of their own."""

import re
from pathlib import Path

import pytest

from tests.docs import papers
from tests.docs.player import Player, as_process


@pytest.mark.slow
def test_the_deal_by_hand_goes_as_printed(tmp_path_factory: pytest.TempPathFactory) -> None:
    player = Player(tmp_path_factory.mktemp("r"), as_process)
    try:
        assert player.play(papers.read("README.md")) > 10
    finally:
        player.close()
    assert (player.folder / "bike.json").stat().st_size > 0


def test_what_the_data_folder_holds_is_what_it_says(tmp_path: Path) -> None:
    from node.folder import DATABASE_NAME, LOCK_NAME, SOCKET_NAME
    from node.settings import FILE_NAME

    named = {cells[0].strip("`") for cells in papers.rows("README.md") if len(cells) == 2} - {"file"}
    assert named == {DATABASE_NAME, SOCKET_NAME, FILE_NAME, LOCK_NAME}


def test_it_names_the_python_it_needs() -> None:
    needed = re.search(r'requires-python = ">=([\d.]+)"', (papers.ROOT / "pyproject.toml").read_text())
    assert needed
    assert f"Python {needed[1]} or newer" in papers.read("README.md")
