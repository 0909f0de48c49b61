"""The errors' page: the two tables of codes, and with which status or exit code each of them is met.

Rules here: spelling and meaning come from the tables; the source is only asked what is raised with a code. A
code of which that cannot be told stops the generator.
"""

import ast
from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType, ModuleType
from typing import Final

from docs.pages import writing
from docs.pages.writing import items, prose
from node.core import codes
from node.core.codes import PROBLEM_TYPES
from node.delivery.client import Unreachable
from node.terminal.failures import ExitCode
from node.web.federation.advice import ADVICE
from protocol import codes as wire
from protocol import errors
from protocol.codes import MEANINGS, Code

ROOT: Final = Path(__file__).parents[2]
LOG: Final = "log"

# What is called with a code, and what whoever meets the code is answered then: an HTTP status, or `log`.
CALLED: Final = MappingProxyType(
    {
        **{kind.__name__: str(kind.status_hint) for kind in errors.Remote.__subclasses__()},
        "TextTooLong": str(errors.TextTooLong.status_hint),
        "Local": LOG,
        "Refusal": "status",  # it names its own
        "Failure": "exit",  # it names its exit code, or the usual one is meant
        "Unreachable": str(Unreachable.status_hint),
        "read_choice": str(errors.Unprocessable.status_hint),
        "_read_words": str(errors.Unprocessable.status_hint),
        "_chosen": str(errors.Unprocessable.status_hint),
        "_set_of": str(errors.Unprocessable.status_hint),
        "unavailable": "503",
    }
)

COMES_WITH: Final = (
    (
        "**An HTTP status.** All 401 answers to peers are the same, with the code `unauthenticated`; what is "
        "behind it stands in the log. 404 is the same for what does not exist and for what is none of the "
        "asker's business. 502 means that another server could not be asked while a command waited for it; "
        "after a 503 come back later, as `Retry-After` says. What the HTTP library turns away for a reason "
        "that is not listed has the code `http-` with the status."
    ),
    "**An exit code** of the command, for what it finds out by itself.",
    "**log**: a defect of the node's own. It answers with 500 and `internal`, and logs this.",
)


def page() -> str:
    """Return the page.

    Raises:
        LookupError: a code is raised nowhere, or in a way that this module does not know.
    """
    comes_with, stated = ways(), {*table(wire), *table(codes)}
    if unknown := stated ^ comes_with.keys():
        raise LookupError(f"with what do they come: {sorted(unknown)}")
    return writing.page(
        "Reference: error codes",
        prose(
            "A code is stable: it keeps its meaning once released, while a sentence may get better. A node "
            "answers with a problem document (RFC 9457) that carries status, code and sentence, and as its "
            f"type {writing.code(PROBLEM_TYPES)} with the code; with `--json` the command prints the same "
            "object and adds its exit code. The sentence is the meaning of the code, or says closer what "
            "happened; it never repeats what was sent."
        ),
        prose("In brackets stands what a code comes with, which can be several things:"),
        items(COMES_WITH),
        "## The codes",
        items(
            f"{writing.code(each)} ({', '.join(sorted(comes_with[each]))}): {MEANINGS[each]}"
            for each in sorted(stated)
        ),
        "## What an inbox advises",
        prose(
            "With these codes the answer of an inbox has a `hint` for those who write the other side. It "
            "speaks of the wire; the owner's programs get other hints, or none."
        ),
        items(f"{writing.code(each)}: {said}" for each, said in sorted(ADVICE.items())),
    )


def table(module: ModuleType) -> list[Code]:
    """Return the codes that a module states."""
    return [Code(value) for value in vars(module).values() if isinstance(value, str) and value in MEANINGS]


@cache
def ways() -> Mapping[Code, set[str]]:
    """Return what each code comes with."""
    found: defaultdict[Code, set[str]] = defaultdict(set)
    for path in sorted([*ROOT.glob("protocol/**/*.py"), *ROOT.glob("node/**/*.py")]):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        called = {call: way for call, name in _calls(tree) if (way := _way(call, name))}
        for call, way in called.items():
            for code in filter(None, map(_code, call.args)):
                found[code].add(way)
        # A code that waits in a table of the file is raised where the file raises what has no name.
        nameless = {way for call, way in called.items() if not any(map(_code, call.args))}
        for code in _waiting(tree):
            found[code] |= nameless
    return found


def _calls(tree: ast.Module) -> Iterator[tuple[ast.Call, str]]:
    """Yield each call with the name of what is called; a class of ours calls its base by `super`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield node, ast.unparse(node.func).rpartition(".")[2]
        elif isinstance(node, ast.ClassDef) and node.bases:
            inside = (each for each in ast.walk(node) if isinstance(each, ast.Call))
            made = (each for each in inside if ast.unparse(each.func) == "super().__init__")
            yield from ((each, ast.unparse(node.bases[0])) for each in made)


def _way(call: ast.Call, name: str) -> str:
    """Return what a call answers with; nothing if it refuses nothing, or what was refused elsewhere."""
    match CALLED.get(name, ""), call.args:
        case "status", [ast.Constant(value=int(status)), *_]:
            return str(status)
        case "status", [ast.Name(), *_]:
            return "400"  # aiohttp has chosen the status of what it could not read
        case "exit", _:
            named = [word.value for word in call.keywords if word.arg == "exit_code"]
            stated = [each.attr for each in named if isinstance(each, ast.Attribute)]
            return f"exit {int(ExitCode[stated[0]] if stated else ExitCode.FAILED)}"
        case way, _:
            return way if way != "status" else ""


def _code(expression: ast.expr) -> Code | None:
    """Return the code that an expression names, if it does: a name is the code in capitals."""
    match expression:
        case ast.Attribute(value=ast.Name(id="codes" | "wire"), attr=name):
            return Code(name.lower().replace("_", "-"))
    return None


def _waiting(tree: ast.Module) -> Iterator[Code]:
    """Yield the codes that stand in a row or as a value of a table."""
    for node in ast.walk(tree):
        rows = node.elts if isinstance(node, ast.Tuple) else node.values if isinstance(node, ast.Dict) else ()
        yield from filter(None, map(_code, rows))
