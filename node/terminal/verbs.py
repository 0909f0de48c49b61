"""How a function becomes a verb of the command line.

Rules here: a verb is a plain function `verb(call, …)` under `@verb(app, name)`; its docstring is its help; it
raises `Failure` and never exits by itself. A parameter whose type is a dataclass stands for a
flag per field, one whose type is noted as `flags.Spread` for the flags named there.
"""

import dataclasses
import functools
import inspect
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from inspect import Parameter
from typing import Any, Concatenate, Final, ParamSpec, cast

import typer

from node.terminal import flags
from node.terminal.call import CommandCall
from node.terminal.failures import Failure
from node.terminal.verbatim import PlainCommand, PlainGroup

P = ParamSpec("P")

_EVERYWHERE: Final = "Every command also takes the flags that 'freehold --help' shows."


def noun(summary: str) -> typer.Typer:
    """Return the typer app of a noun, which takes the shared flags too."""
    app = typer.Typer(
        cls=PlainGroup, help=summary, no_args_is_help=True, rich_markup_mode=None, add_completion=False
    )
    app.callback(cls=PlainGroup, help=summary, no_args_is_help=True)(flags.carry(hidden=True))
    return app


def single(summary: str) -> typer.Typer:
    """Return the typer app of a noun that is its own verb."""
    return typer.Typer(help=summary, rich_markup_mode=None, add_completion=False)


def verb(
    app: typer.Typer, name: str, *, writes: bool = False, streams: bool = False
) -> Callable[[Callable[Concatenate[CommandCall, P], None]], Callable[Concatenate[CommandCall, P], None]]:
    """Register the decorated function as the verb `name`; it stays callable as it was.

    `writes` gives it --dry-run, `streams` gives it --jsonl.
    """
    extra = [flags.dry_run()] if writes else []
    extra += [flags.jsonl()] if streams else []

    def register(
        function: Callable[Concatenate[CommandCall, P], None],
    ) -> Callable[Concatenate[CommandCall, P], None]:
        own = list(inspect.signature(function).parameters.values())[1:]
        bundles = {parameter.name: parameter for parameter in own if _flags_of(parameter) is not None}
        action = cast("Callable[..., None]", function)

        @functools.wraps(function)
        def run(context: typer.Context, **values: Any) -> None:
            asked = flags.take(context, values)
            for name, bundle in bundles.items():
                typed = {flag.name: values.pop(flag.name) for flag in _flags_of(bundle) or ()}
                values[name] = bundle.annotation(**typed) if _is_dataclass(bundle) else typed
            _run(action, asked, values)

        flags.sign(run, [*_spread(own), *extra, *flags.shared(hidden=True)])
        app.command(name, cls=PlainCommand, epilog=_EVERYWHERE)(run)
        return function

    return register


def _run(action: Callable[..., None], asked: flags.Flags, values: dict[str, Any]) -> None:
    call = CommandCall(asked, stdin=sys.stdin, stdout=sys.stdout, stderr=sys.stderr, environment=os.environ)
    try:
        action(call, **values)
    except Failure as failure:
        raise _said(call, failure) from failure
    except PermissionError as error:
        from node.terminal import data_folder

        closed = data_folder.closed(call.folder, error)
        if closed is None:
            raise
        raise _said(call, closed) from error
    except KeyboardInterrupt:
        call.interrupted()
        raise


def _said(call: CommandCall, failure: Failure) -> typer.Exit:
    call.out.failure(failure)
    return typer.Exit(failure.exit_code)


def _is_dataclass(parameter: Parameter) -> bool:
    return dataclasses.is_dataclass(parameter.annotation)


def _flags_of(parameter: Parameter) -> Sequence[Parameter] | None:
    """Return the flags that a parameter stands for; None if it is one itself."""
    if _is_dataclass(parameter):
        return [
            Parameter(item.name, Parameter.KEYWORD_ONLY, default=item.default, annotation=item.type)
            for item in dataclasses.fields(parameter.annotation)
        ]
    notes = [
        note for note in getattr(parameter.annotation, "__metadata__", ()) if isinstance(note, flags.Spread)
    ]
    return notes[0].flags() if notes else None


def _spread(parameters: list[Parameter]) -> Iterator[Parameter]:
    for parameter in parameters:
        named = _flags_of(parameter)
        yield from [parameter] if named is None else named
