"""The front page of the command: what typer would have written itself, without typer."""

from typing import Any

import pytest
import typer
from typer.main import get_command

import cli
from node.terminal import front_page
from node.terminal.application import application
from node.terminal.nouns import NOUNS
from node.terminal.verbatim import PlainGroup
from tests.commands.nodes import Run, loaded_by

# What loads typer, what typer loads, and what dataclasses load.
NOT_NEEDED = {"dataclasses", "inspect", "node.terminal.flags", "platform", "subprocess", "typer"}


def command() -> Any:
    """Return the whole command, as typer has it."""
    return get_command(application(NOUNS))


def context(whole: Any) -> Any:
    return typer.Context(whole, info_name="freehold", **whole.context_settings)


@pytest.mark.parametrize("columns", [20, 52, 60, 80, 200])
def test_it_is_what_typer_would_write(columns: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    whole = command()
    whole.summary = lambda _, noun: NOUNS[noun].line  # typer would load the noun to ask it
    assert front_page.text(NOUNS) == PlainGroup.get_help(whole, context(whole))


def test_it_names_every_option_that_the_parser_takes() -> None:
    whole = command()
    taken = {spelling for param in whole.get_params(context(whole)) for spelling in param.opts}
    page = front_page.text(NOUNS)
    assert taken == {word.strip(",") for word in page.split() if word.startswith("-")}


@pytest.mark.parametrize("words", [["--help"], ["-h"], ["-q", "--help"], ["-h", "-q"]], ids=" ".join)
def test_help_shows_it(words: list[str], run: Run) -> None:
    ran = run(*words)
    assert (ran.code, ran.out, ran.err) == (0, front_page.text(NOUNS) + "\n", "")


def test_without_a_word_it_goes_where_mistakes_are_told(run: Run) -> None:
    ran = run()
    assert (ran.code, ran.out, ran.err) == (2, "", front_page.text(NOUNS) + "\n")


def test_nouns_of_others_stand_on_it(capsys: pytest.CaptureFixture[str]) -> None:
    words = {**NOUNS, "applause": NOUNS["up"]._replace(line="Who clapped.")}
    assert cli.main(["--help"], words=words) == 0
    assert "\n  applause    Who clapped.\n" in capsys.readouterr().out


@pytest.mark.parametrize(
    "words", [[], ["--help"], ["-h"], ["--version"]], ids=["nothing", "--help", "-h", "--version"]
)
def test_it_is_shown_without_typer(words: list[str]) -> None:
    loaded = loaded_by(*words)
    assert "node.terminal.front_page" in loaded
    assert NOT_NEEDED & loaded == set()


def test_the_version_is_said_alike(run: Run) -> None:
    assert run("--version").out == run("-q", "--version").out == f"{front_page.RELEASE}\n"
