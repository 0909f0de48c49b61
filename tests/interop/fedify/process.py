"""The market on Fedify (`main.js` beside this file) in a process of its own, and what it can be asked."""

import json
import os
import subprocess
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from node.sandbox.nodes import until
from protocol.documents import Document
from tests.interop.nodejs import interpreter

MAIN = Path(__file__).with_name("main.js")
# Nothing takes this long on an idle machine; one that is busy with other things needs some of it.
PATIENCE_SECONDS = 60.0


class ForeignError(Exception):
    """The foreign server could not do what was asked; the text is its own."""


@dataclass
class Fedify:
    """A running market with two actors: `bikes`, an Organization, and `carol`, a Person."""

    process: subprocess.Popen[str]
    origin: str
    control: str

    @classmethod
    def start(cls, *, authority: Path | None = None) -> "Fedify":
        """Start it; `authority` is the PEM file of an authority whose certificates it trusts."""
        trust = {"NODE_EXTRA_CA_CERTS": str(authority)} if authority else {}
        process = subprocess.Popen(
            [interpreter(), str(MAIN)],
            env=os.environ | trust,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        said = _pipe(process.stdout).readline()
        if not said:
            raise ForeignError(f"The Fedify server did not start: exit {process.wait()}.")
        return cls(process, **json.loads(said))

    def stop(self) -> None:
        """End it: it lives as long as its standard input."""
        _pipe(self.process.stdin).close()
        self.process.wait(PATIENCE_SECONDS)
        _pipe(self.process.stdout).close()

    def actor(self, name: str) -> str:
        return f"{self.origin}/users/{name}"

    def acct(self, name: str) -> str:
        return f"acct:{name}@{self.origin.removeprefix('http://')}"

    def ask(self, verb: str, **wish: Any) -> Any:
        """Ask for something at its control address; return the answer.

        Raises:
            ForeignError: it threw; the text is its stack.
        """
        request = urllib.request.Request(f"{self.control}/{verb}", json.dumps(wish).encode(), method="POST")
        try:
            with urllib.request.urlopen(request, timeout=PATIENCE_SECONDS) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            with error:
                raise ForeignError(json.load(error)["error"]) from None

    # --- what it says ------------------------------------------------------------------------------

    def say(self, name: str, what: str, to: str, about: object = None) -> Document:
        """Have an actor send an activity of `activities.js`; return its id and how it was answered."""
        sent: Document = self.ask("say", **{"as": name}, what=what, to=to, about=about)
        return sent

    def compose(self, name: str, what: str, to: str, about: object = None) -> Document:
        """Return the document that `say` would send, with Fedify's proof."""
        document: Document = self.ask("say", **{"as": name}, what=what, to=to, about=about, compose=True)
        return document

    def post(self, name: str, inbox: str, document: Document, scheme: str = "rfc9421") -> Document:
        """Have an actor deliver a document just as it is; return how it was answered."""
        sent: Document = self.ask("post", **{"as": name}, inbox=inbox, document=document, scheme=scheme)
        return sent

    # --- what it heard -----------------------------------------------------------------------------

    @property
    def deliveries(self) -> list[Document]:
        """Every POST to its inboxes, as it came."""
        found: list[Document] = self.ask("deliveries")
        return found

    @property
    def taken(self) -> list[Document]:
        """Every activity that Fedify took for genuine, with what was read from it."""
        found: list[Document] = self.ask("taken")
        return found

    def wait_for(self, type: str, **members: Any) -> Document:
        """Wait for an activity of this type with these members."""

        def look() -> Document | None:
            for entry in self.taken:
                if entry["type"] == type and _has(entry, members):
                    return entry
            return None

        return until(look, f"{type} {members} at Fedify", seconds=PATIENCE_SECONDS)


def wait(look: Callable[[], Any], what: str) -> Any:
    """Wait for something with the patience that two kinds of processes on one machine need."""
    return until(look, what, seconds=PATIENCE_SECONDS)


def _has(entry: Document, members: Mapping[str, Any]) -> bool:
    return all(entry.get(name) == value for name, value in members.items())


def _pipe(pipe: IO[str] | None) -> IO[str]:
    assert pipe is not None
    return pipe
