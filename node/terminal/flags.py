"""The flags every command takes: before the noun, after it, or after the verb.

Rules here: what stands nearer to the verb wins; a switch that is on anywhere is on. The flags are left out
of each verb's help and described once, by `freehold --help`.
"""

from collections.abc import Callable, Sequence
from dataclasses import fields
from inspect import Parameter, Signature
from typing import Annotated, Any, Final

import typer

from node.terminal.front_page import RELEASE, SHARED, VERSION, Flag
from protocol.values import dataclass

# The key under which typer's context carries the flags from the noun to the verb.
_META: Final = "freehold.flags"


@dataclass(frozen=True, slots=True, kw_only=True)
class Flags:
    """What was asked of a command besides its own options."""

    json: bool = False
    jsonl: bool = False
    no_input: bool = False
    yes: bool = False
    dry_run: bool = False
    quiet: bool = False
    verbose: bool = False
    node: str = ""
    data: str = ""
    actor: str = ""


@dataclass(frozen=True, slots=True)
class Spread:
    """Note on the type of a verb's parameter: it stands for these flags, and gets what was typed by name."""

    flags: Callable[[], Sequence[Parameter]]


def dry_run() -> Parameter:
    """Return the flag of commands that change something."""
    return _parameter("dry_run", Flag(("--dry-run",), "Show what would be done, and do nothing."))


def jsonl() -> Parameter:
    """Return the flag of commands that print one thing after the other."""
    return _parameter("jsonl", Flag(("--jsonl",), "Print one JSON object a line, as they come."))


def _parameter(name: str, flag: Flag, *, hidden: bool = False, **more: Any) -> Parameter:
    if flag.metavar:
        more |= {"metavar": flag.metavar, "show_default": False}
    option = typer.Option(*flag.spellings, help=flag.help, hidden=hidden, **more)
    kind, default = (str, "") if flag.metavar else (bool, False)
    return Parameter(name, Parameter.KEYWORD_ONLY, default=default, annotation=Annotated[kind, option])


def shared(*, hidden: bool) -> list[Parameter]:
    """Return the flags of every command as parameters of its function."""
    return [_parameter(name, flag, hidden=hidden) for name, flag in SHARED.items()]


def take(context: typer.Context, values: dict[str, Any]) -> Flags:
    """Take the flags out of `values`, add those given further left on the line, and remember the sum."""
    before: Flags = context.meta.get(_META, Flags())
    given = {name: values.pop(name, None) for name in (field.name for field in fields(Flags))}
    now = Flags(**{name: found or getattr(before, name) for name, found in given.items()})
    context.meta[_META] = now
    return now


def version() -> Parameter:
    """Return the flag that prints the version of the software and ends."""
    return _parameter("version", VERSION, callback=_print_version, is_eager=True)


def _print_version(asked: bool) -> None:  # noqa: FBT001 -- typer's signature
    if asked:
        print(RELEASE)
        raise typer.Exit


def carry(*more: Parameter, hidden: bool) -> Callable[..., None]:
    """Return a callback that takes the shared flags, and `more`, and carries the former on to the verb."""

    def callback(context: typer.Context, **values: Any) -> None:
        take(context, values)

    sign(callback, [*shared(hidden=hidden), *more])
    return callback


def sign(function: Callable[..., None], parameters: Sequence[Parameter]) -> None:
    """Give `function` the signature that typer reads: the context and `parameters`."""
    context = Parameter("context", Parameter.KEYWORD_ONLY, annotation=typer.Context)
    named = [parameter.replace(kind=Parameter.KEYWORD_ONLY) for parameter in parameters]
    vars(function)["__signature__"] = Signature([context, *named])
