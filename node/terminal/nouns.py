"""The nouns of the command line, known by name and one line each, loaded only when one of them is typed.

Rules here: this file imports no noun; `freehold --help` shows what stands here and stays instant.
"""

from collections.abc import Iterator, Mapping, MutableMapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any, Final, cast

from typer.main import get_command

from node.terminal.verbatim import PlainGroup


@dataclass(frozen=True, slots=True)
class Word:
    """A noun as it is known before it is loaded: the line beside its name, and the package of its module."""

    line: str
    package: str = "node.commands"


NOUNS: Final[Mapping[str, Word]] = {
    "up": Word("Start a node here; the first run sets it up."),
    "doctor": Word("Check the node and its data folder, and say what to do."),
    "demo": Word("Play the market: a customer and three businesses, real nodes on this machine."),
    "node": Word("The running node: its state, its numbers and what it refused."),
    "profile": Word("Who you are, as linked data: kept on your node; you choose what is public."),
    "intention": Word("What you are looking for: cast it to businesses, change it, take it back."),
    "offer": Word("Offers you got or made: compare, watch, make, counter, accept, reject."),
    "quarantine": Word("Offers that were one too many: look at them, let them out, drop them."),
    "agreement": Word("What was agreed: read it, verify it, change it, end it."),
    "shop": Word("A business's price list, and the rule by which it answers intentions."),
    "peer": Word("Whom you deal with: add, follow, block."),
    "message": Word("Talk about an offer."),
    "fed": Word("The federation, for developers: look up, receive, send, verify, deliveries."),
    "key": Word("Your keys: list them, rotate them, export the public ones."),
    "sig": Word("Signatures: explain, make and verify them."),
    "journal": Word("The chained record of everything sent and received."),
    "db": Word("The database file of a node that is not running."),
    "config": Word("The settings, where each comes from, and how to change them."),
    "token": Word("Tokens for programs that talk to your node."),
    "session": Word("Who is signed in to your pages, and a link that signs you in."),
    "dev": Word("For those who work on Freehold: play the catalogue of attacks."),
    "completion": Word("Print the completion script for a shell."),
}


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

    def summary(self, ctx: Any, name: str) -> str:  # noqa: ARG002 -- typer's signature
        """Return the line that stands beside a noun, without importing it."""
        return self.shelf.words[name].line


def group_of(words: Mapping[str, Word]) -> type[Nouns]:
    """Return the kind of group that knows these nouns."""
    return type("Nouns", (Nouns,), {"shelf": Shelf(words)})
