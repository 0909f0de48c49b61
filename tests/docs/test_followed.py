"""Whatever the other pages say to type is typed too, against real nodes."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.docs import papers
from tests.docs.player import Player, in_process
from tests.docs.script import Step, script
from tests.zones import living_in

FOLLOWED = [
    page
    for page in papers.PAGES
    if page != "README.md" and any(fence.language == "console" for fence in papers.fences(page))
]
# What these show is done by a maintainer in the repository itself, and by continuous integration.
MAKING = {"CONTRIBUTING.md", "docs/how-to/release.md"}


@pytest.fixture
def folder(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A machine on which nothing was set, with a short path: a socket's has about a hundred characters."""
    made = tmp_path_factory.mktemp("s")
    for name in ("FREEHOLD_DATA", "FREEHOLD_NODE", "FREEHOLD_TOKEN", "FREEHOLD_TOKEN_FILE", "FREEHOLD_ACTOR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("XDG_DATA_HOME", str(made / "xdg"))
    monkeypatch.setenv("COLUMNS", "120")
    with living_in("UTC"):
        yield made


@pytest.mark.slow
@pytest.mark.parametrize("page", sorted(set(FOLLOWED) - MAKING))
def test_a_page_can_be_followed(page: str, folder: Path) -> None:
    player = Player(folder, in_process)
    try:
        assert player.play(papers.read(page)) > 0
    finally:
        player.close()


def test_the_tutorial_and_every_how_to_can_be_followed() -> None:
    how_tos = {page for page in papers.PAGES if page.startswith("docs/how-to/")}
    assert {*how_tos - MAKING, "docs/tutorial.md", "docs/tutorial-terms.md"} <= set(FOLLOWED)


class TestThePlayer:
    """The player finds what is wrong with a page; otherwise following pages would prove nothing."""

    def play(self, folder: Path, shown: str) -> None:
        Player(folder, in_process).play(f"```console\n{shown}```\n")

    def test_what_is_shown_has_to_come(self, folder: Path) -> None:
        self.play(folder, "$ freehold --data a config path\na/freehold.toml\n")
        with pytest.raises(AssertionError, match="shown"):
            self.play(folder, "$ freehold --data a config path\nb/freehold.toml\n")

    def test_what_comes_has_to_be_shown(self, folder: Path) -> None:
        with pytest.raises(AssertionError, match="came"):
            self.play(folder, "$ freehold --data a config set port 1\n  port = 1\n")
        self.play(folder, "$ freehold --data a config set port 1\n  port = 1\n…\n")

    def test_a_command_of_which_nothing_is_said_has_to_succeed(self, folder: Path) -> None:
        with pytest.raises(AssertionError, match="exit 2"):
            self.play(folder, "$ freehold config sett\n")
        with pytest.raises(AssertionError, match="exit 2"):
            self.play(folder, "$ freehold config sett\n…\n")

    def test_an_exit_code_is_looked_at(self, folder: Path) -> None:
        self.play(folder, "$ freehold config get nothing\n  origin…\n…\n$ echo $?\n2\n")
        with pytest.raises(AssertionError, match="came"):
            self.play(folder, "$ freehold config get nothing\n  origin…\n…\n$ echo $?\n0\n")

    def test_an_id_stays_the_same(self, folder: Path) -> None:
        player = Player(folder, in_process)
        first = player._match(["of_1aaaaaaa  x"], "of_2bbbbbbb  x\n")
        assert first
        player._learn(["of_1aaaaaaa  x"], first)
        assert player._with_own_values("offer show of_1aaa") == "offer show of_2bbbbbbb"
        other = player._match(["of_1aaaaaaa"], "of_3ccccccc\n")
        assert other
        with pytest.raises(AssertionError, match="is now"):
            player._learn(["of_1aaaaaaa"], other)

    def test_a_command_over_several_lines_is_one(self) -> None:
        (step,) = script("```console\n$ freehold a \\\n    --b\nshown\n```\n")
        assert step == Step("freehold a --b", ["shown"], line=2)


def test_a_page_shows_no_secret_of_a_real_node() -> None:
    for page in papers.PAGES:
        assert not re.search(r"fh_[A-Za-z0-9_-]{20}", papers.read(page)), page
