"""What a page says to do: commands to type, files to have, and in marks what others do."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TypeAlias


@dataclass
class Step:
    """Something to type, and what the page shows for it."""

    command: str
    shown: list[str] = field(default_factory=list)
    line: int = 0


@dataclass
class File:
    """A file that the page says to have."""

    name: str
    text: str


@dataclass
class Stop:
    """The node in a folder is stopped here, as by Ctrl-C."""

    folder: str


@dataclass
class Authority:
    """Somebody makes an authority, and by it a certificate for a host, here."""

    authority: str
    name: str
    host: str


@dataclass
class Proxy:
    """A proxy that speaks TLS begins to run here."""

    port: str
    to: str
    certificate: str
    key: str


@dataclass
class Package:
    """A folder gets a file of the repository and is installed beside the node here."""

    folder: str
    file: str


@dataclass
class Program:
    """The office program that the example adapter speaks with begins to run here; a file holds its key."""

    port: str
    key: str


@dataclass
class Receiver:
    """The page's own receiver begins to run here; a file holds the secret that was shown just before."""

    port: str
    program: str
    secret: str


@dataclass
class Tryton:
    """A furnished Tryton begins to run here."""

    port: str


@dataclass
class Deed:
    """Somebody does something in that Tryton here, to what is called so."""

    deed: str
    what: str


Mark: TypeAlias = Stop | Authority | Proxy | Package | Program | Receiver | Tryton | Deed
Part: TypeAlias = Step | File | Mark
_MARKS: dict[str, type[Mark]] = {
    "stop": Stop,
    "authority": Authority,
    "proxy": Proxy,
    "package": Package,
    "program": Program,
    "receiver": Receiver,
    "tryton": Tryton,
    "seller": Deed,
}


def script(text: str) -> Iterator[Part]:
    """Yield what a page says to do, in order."""
    fence: list[str] | None = None
    for number, line in enumerate(text.splitlines(), 1):
        if fence is None and line.startswith("```"):
            fence = [line.removeprefix("```")]
            began = number
        elif fence is not None and line == "```":
            yield from _block(fence[0].split(), fence[1:], began)
            fence = None
        elif fence is not None:
            fence.append(line)
        elif mark := re.fullmatch(r"<!-- test: (\w+) (\S.*) -->", line):
            yield _MARKS[mark[1]](*mark[2].split())


def _block(language: list[str], lines: list[str], began: int) -> Iterator[Step | File]:
    if len(language) == 2:
        yield File(language[1], "\n".join(lines) + "\n")
    if language != ["console"]:
        return
    step: Step | None = None
    for number, line in enumerate(lines, began + 1):
        if line.startswith("$ "):
            if step is not None:
                yield step
            step = Step(line.removeprefix("$ "), line=number)
        elif step is not None and step.command.endswith("\\") and not step.shown:
            step.command = f"{step.command.removesuffix(chr(92)).rstrip()} {line.strip()}"
        elif step is not None:
            step.shown.append(line)
    if step is not None:
        yield step
