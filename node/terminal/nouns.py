"""The nouns of the command line, known by name and one line each, loaded only when one of them is typed.

Rules here: this file imports no noun; `freehold --help` shows what stands here and stays instant.
"""

from collections.abc import Iterator, Mapping, MutableMapping
from importlib import import_module
from typing import Any, Final, cast

from typer.main import get_command

from node.terminal.verbatim import PlainGroup

NOUNS: Final = {
    "up": "Start a node here; the first run sets it up.",
    "doctor": "Check the node and its data folder, and say what to do.",
    "demo": "Play the market: a customer and three businesses, real nodes on this machine.",
    "node": "The running node: its state, its numbers and what it refused.",
    "profile": "Who you are, as linked data: kept on your node, sent to nobody.",
    "intention": "What you are looking for: cast it to businesses, change it, take it back.",
    "offer": "Offers you got or made: compare, watch, make, counter, accept, reject.",
    "agreement": "What was agreed: read it, verify it, change it, end it.",
    "shop": "A business's price list, and the rule by which it answers intentions.",
    "peer": "Whom you deal with: add, follow, block.",
    "message": "Talk about an offer.",
    "fed": "The federation, for developers: look up, receive, send, verify, deliveries.",
    "key": "Your keys: list them, rotate them, export the public ones.",
    "sig": "Signatures: explain, make and verify them.",
    "journal": "The chained record of everything sent and received.",
    "db": "The database file of a node that is not running.",
    "config": "The settings, where each comes from, and how to change them.",
    "token": "Tokens for programs that talk to your node.",
    "dev": "For those who work on Freehold: play the catalogue of attacks.",
    "completion": "Print the completion script for a shell.",
}


class Shelf(Mapping[str, Any]):
    """The nouns as typer commands, each imported when it is taken from the shelf."""

    def __getitem__(self, name: str) -> Any:
        if name not in NOUNS:
            raise KeyError(name)
        return get_command(import_module(f"node.commands.{name}").app)

    def __iter__(self) -> Iterator[str]:
        return iter(NOUNS)

    def __len__(self) -> int:
        return len(NOUNS)


class Nouns(PlainGroup):
    """The `freehold` command: a group that knows its nouns without importing them."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self.commands = cast("MutableMapping[str, Any]", Shelf())

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002 -- typer's signature
        """Return the names of the nouns in reading order."""
        return list(self.commands)

    def summary(self, ctx: Any, name: str) -> str:  # noqa: ARG002 -- typer's signature
        """Return the line that stands beside a noun, without importing it."""
        return NOUNS[name]
