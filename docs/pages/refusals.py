"""The errors' page: every code that the source raises, found in its syntax tree.

Rules here: a code is the constant that a class of `protocol.errors`, a web `Refusal` or a command's `Failure`
is made with. Where it is made with something else, `INDIRECT` says what stands for it, and anything that is
in neither stops the generator: no code is left out in silence.
"""

import ast
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Final

from docs.pages import writing
from docs.pages.writing import code, item, prose
from node.delivery.client import Unreachable
from node.terminal.failures import ExitCode
from node.web.edge.runtime import Phase
from protocol import errors

ROOT: Final = Path(__file__).parents[2]
OURS: Final = "local"  # a defect at our own side: it is answered as `internal`

# What a raised class answers with: an HTTP status, or `local`.
STATUS: Final = {
    "Local": OURS,
    "Unreachable": str(Unreachable.status_hint),
    **{
        kind.__name__: str(kind.status_hint)
        for kind in errors.Remote.__subclasses__()
        if kind is not Unreachable
    },
}

# Calls whose code is not a constant: where they stand, and the function that finds the codes.
INDIRECT: Final = {
    ("protocol/members.py", "f'unknown-{member}'"): "choices",
    ("protocol/agreements.py", "code"): "check_final",
    ("node/delivery/client.py", "code"): "failures",
    ("node/web/edge/probes.py", "str(runtime.phase)"): "phases",
    ("node/web/edge/gate.py", "str(runtime.phase)"): "phases",
}
# Calls that hand on what was made elsewhere: a peer's, a node's or the protocol's own problem.
PASSED_ON: Final = {
    ("node/web/edge/problems.py", "code"),
    ("node/web/edge/problems.py", "error.code"),
    ("node/web/edge/problems.py", "refusal.code"),
    ("node/web/edge/problems.py", "f'http-{error.status}'"),
    ("node/terminal/failures.py", "str(problem.get('code') or f'http-{status}')"),
    ("node/terminal/evidence.py", "error.code"),
    ("node/commands/sig.py", "error.code"),
    ("node/commands/sig.py", "verdict['code']"),
    ("node/commands/fed.py", "broken[0]['code']"),
}


@dataclass(frozen=True, slots=True, order=True)
class Raised:
    """One place where a code is raised: with which status or exit code, and with which sentence."""

    code: str
    status: str
    sentence: str
    file: str


def page() -> str:
    """Return the page."""
    found = collect()
    answered = [each for each in found if each.status.isdigit()]
    return writing.page(
        "Reference: error codes",
        prose(
            "A code is stable: it keeps its meaning once released, while its sentence may get better. A "
            "node answers with a problem document (RFC 9457) that carries status, code and sentence; with "
            "`--json` the command prints the same object and adds its exit code. Sentences never repeat "
            "what was sent; where one has a part that varies, it stands here as …"
        ),
        prose(
            "A code can come with more than one status, because the same thing can be wrong in different "
            "places: `digest-mismatch` is 401 for the digest of a request's body, and 409 or 422 for that "
            "of a document."
        ),
        *(_section(status, answered) for status in sorted({each.status for each in answered})),
        "## Of the command itself",
        prose("These the command finds out by itself; the number is its exit code."),
        _list(each for each in found if each.status.startswith("exit")),
        "## Of our own making",
        prose("A node answers these with 500 and `internal`; they stand in its log."),
        _list(each for each in found if each.status == OURS),
    )


def collect() -> list[Raised]:
    """Return every place where a code is raised, by code.

    Raises:
        LookupError: a code is made in a way this module does not know, or a table here is out of date.
    """
    found: list[Raised] = []
    unused = {*INDIRECT, *PASSED_ON}
    for path in sorted([*ROOT.glob("protocol/**/*.py"), *ROOT.glob("node/**/*.py")]):
        file, tree = path.relative_to(ROOT).as_posix(), _parse(path)
        for call in _calls(tree):
            status, given = _shape(call)
            if given is None:
                continue
            if isinstance(given, ast.Constant):
                texts = _sentences(call, tree) or [""]
                found += [Raised(str(given.value), status, text, file) for text in texts]
                continue
            place = (file, ast.unparse(given))
            unused.discard(place)
            found += _indirect(place, status, call, tree)
    if unused:
        raise LookupError(f"no longer in the source: {sorted(unused)}")
    return sorted(set(found))


def _parse(path: Path) -> ast.Module:
    """Return a file's syntax tree, in which a class of ours that is made one way calls its base by name."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for kind in (node for node in ast.walk(tree) if isinstance(node, ast.ClassDef) and node.bases):
        for call in _calls(kind):
            if ast.unparse(call.func) == "super().__init__" and ast.unparse(kind.bases[0]) in STATUS:
                call.func = kind.bases[0]
    return tree


def _shape(call: ast.Call) -> tuple[str, ast.expr | None]:
    """Return the status that a call stands for and the expression of its code; None if it raises nothing."""
    name = call.func.id if isinstance(call.func, ast.Name) else getattr(call.func, "attr", "")
    if name in STATUS and len(call.args) == 2:
        return STATUS[name], call.args[0]
    if name in {"Refusal", "problem"} and len(call.args) >= 3:
        stated = call.args[0]
        # Where the status varies, aiohttp has chosen one for what it could not read.
        return str(stated.value) if isinstance(stated, ast.Constant) else "400", call.args[1]
    if name == "unavailable" and len(call.args) == 2:
        return "503", call.args[0]
    if name == "Failure" and len(call.args) >= 2:
        return f"exit {_exit_code(call)}", call.args[0]
    return "", None


def _exit_code(call: ast.Call) -> int:
    for keyword in call.keywords:
        if keyword.arg == "exit_code" and isinstance(keyword.value, ast.Attribute):
            return int(ExitCode[keyword.value.attr])
    return int(ExitCode.FAILED)


def _calls(tree: ast.AST) -> Iterator[ast.Call]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.Call))


def _sentences(call: ast.Call, tree: ast.Module) -> list[str]:
    """Return the sentences that a call may be made with; what is filled in later is an ellipsis.

    A sentence that the function around the call is given, or has in a name, is looked up there.
    """
    last = call.args[-1]
    if not isinstance(last, ast.Name):
        return _worded([last])
    around = next(
        node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef) and call in ast.walk(node)
    )
    if last.id in {argument.arg for argument in around.args.args}:
        callers = [each for each in _calls(tree) if getattr(each.func, "id", "") == around.name]
        return _worded(argument for each in callers for argument in each.args)
    named = [node for node in ast.walk(around) if isinstance(node, ast.Assign)]
    return _worded(node.value for node in named if ast.unparse(node.targets[0]) == last.id)


def _worded(expressions: Iterable[ast.expr]) -> list[str]:
    """Return those expressions that are sentences: text with more than one word of ours."""
    texts = dict.fromkeys(_text(expression) for expression in expressions)
    return [text for text in texts if len(re.findall(r"[A-Za-z]+", text)) > 1 and " " in text]


def _text(expression: ast.expr) -> str:
    match expression:
        case ast.Constant(value=str(text)):
            return text
        case ast.JoinedStr(values=parts):
            return "".join(str(part.value) if isinstance(part, ast.Constant) else "…" for part in parts)
    return ""


# --- codes that are not constants -------------------------------------------------------------------


def _indirect(place: tuple[str, str], status: str, call: ast.Call, tree: ast.Module) -> list[Raised]:
    file, sentence = place[0], " ".join(_sentences(call, tree))
    if place in PASSED_ON:
        return []
    if place not in INDIRECT:
        raise LookupError(f"{file}: what are the codes of {place[1]}?")
    match INDIRECT[place]:
        case "choices":
            return [Raised(f"unknown-{member}", status, sentence, file) for member in _choices()]
        case "check_final":
            return [Raised(word, status, sentence, file) for word in _first_words(file, "check_final")]
        case "failures":
            return [Raised(word, status, text, file) for word, text in _failures(file)]
        case _:
            return [Raised(phase, "503", sentence, file) for phase in Phase if phase is not Phase.READY]


def _choices() -> Iterator[str]:
    """Yield the members that `read_choice` reads."""
    for path in ROOT.glob("protocol/*.py"):
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(call, ast.Call) and getattr(call.func, "id", "") == "read_choice":
                yield ast.literal_eval(call.args[1])


def _first_words(file: str, function: str) -> Iterator[str]:
    """Yield the first member of each row of the table that a function goes through."""
    tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
    (found,) = (
        node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef) and node.name == function
    )
    for loop in (node for node in ast.walk(found) if isinstance(node, ast.For)):
        for row in loop.iter.elts if isinstance(loop.iter, ast.Tuple) else ():
            if isinstance(row, ast.Tuple) and isinstance(row.elts[0], ast.Constant):
                yield str(row.elts[0].value)


def _failures(file: str) -> Iterator[tuple[str, str]]:
    """Yield code and sentence of each row of the client's table of failures."""
    for row in ast.walk(ast.parse((ROOT / file).read_text(encoding="utf-8"))):
        if isinstance(row, ast.Tuple) and len(row.elts) == 3:
            _, word, text = row.elts
            if isinstance(word, ast.Constant) and isinstance(text, ast.Constant):
                yield str(word.value), str(text.value)


# --- the page ---------------------------------------------------------------------------------------


def _section(status: str, found: Iterable[Raised]) -> str:
    notes = {
        "401": "Peers all get the same answer, with the code `unauthenticated`; the others stand in the log "
        "alone. `token` answers a program that calls the owner's API without a valid token.",
        "404": "The same for what does not exist and for what is none of the asker's business.",
        "502": "Another server could not be asked, while a command waited for it.",
        "503": "Come back later: the answer has `Retry-After`.",
    }
    listed = _list(each for each in found if each.status == status)
    title = f"## {status} {HTTPStatus(int(status)).phrase}"
    return "\n\n".join(filter(None, [title, prose(notes.get(status, "")), listed]))


def _list(found: Iterable[Raised]) -> str:
    sentences: dict[tuple[str, str], dict[str, None]] = defaultdict(dict)
    for each in found:
        # The exit code stands with its code, a status in the heading above it.
        mark = f" ({each.status})" if each.status.startswith("exit") else ""
        sentences[each.code, mark][each.sentence] = None
    return "\n".join(
        item(f"{code(word)}{mark}: {_joined(texts)}") for (word, mark), texts in sentences.items()
    )


def _joined(sentences: Iterable[str]) -> str:
    """Join what there is to say about a code; where all of it varies, say so."""
    stated = [text if text.endswith((".", "…")) else f"{text}." for text in sentences if text]
    return " ".join(stated) or "The sentence says what is wrong."
