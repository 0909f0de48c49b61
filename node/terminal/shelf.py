"""The nouns as commands, each loaded only when it is typed."""

from collections.abc import Iterator, Mapping, MutableMapping
from importlib import import_module
from typing import Any, cast

from typer.main import get_command

from node.terminal import front_page
from node.terminal.nouns import NOUNS, Word
from node.terminal.verbatim import PlainGroup


class Shelf(Mapping[str, Any]):
    """Nouns as typer commands, each imported when it is taken from the shelf."""

    def __init__(self, words: Mapping[str, Word] = NOUNS) -> None:
        self.words = words

    def __getitem__(self, name: str) -> Any:
        return get_command(import_module(f"{self.words[name].package}.{name}").app)

    def __iter__(self) -> Iterator[str]:
        return iter(self.words)

    def __len__(self) -> int:
        return len(self.words)


class Nouns(PlainGroup):
    """The `freehold` command: a group that knows its nouns without importing them."""

    shelf = Shelf()

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self.commands = cast("MutableMapping[str, Any]", self.shelf)

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002 -- typer's signature
        """Return the names of the nouns in reading order."""
        return list(self.commands)

    def get_help(self, ctx: Any) -> str:  # noqa: ARG002 -- typer's signature
        """Return the front page."""
        return front_page.text(self.shelf.words)


def group_of(words: Mapping[str, Word]) -> type[Nouns]:
    """Return the kind of group that knows these nouns."""
    return type("Nouns", (Nouns,), {"shelf": Shelf(words)})
