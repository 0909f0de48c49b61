"""typer's commands with their texts taken as typed.

typer passes every value through pydantic, which takes longer to load (160 ms) than all the rest of a
command. The options here are texts, lists of texts and whole numbers, which need no such help. Where a
later typer should ask differently, the commands still work, only slower; a test holds that pydantic stays
out.
"""

from collections.abc import Callable
from typing import Any, Final

import typer
from typer.core import TyperCommand, TyperGroup


class _AsTyped:
    """A text or a switch, as it is."""

    def coerce(self, value: Any, param: Any, ctx: Any) -> Any:  # noqa: ARG002 -- typer's signature
        return value


class _Texts:
    """A repeated option: the texts in the order they were given."""

    def coerce(self, value: Any, param: Any, ctx: Any) -> Any:  # noqa: ARG002 -- typer's signature
        return list(value or ())


class _Whole:
    """A whole number, at least the option's `min`."""

    def coerce(self, value: Any, param: Any, ctx: Any) -> Any:
        try:
            number = None if value is None else int(value)
        except ValueError:
            raise typer.BadParameter(f"{value!r} is not a whole number.", ctx=ctx, param=param) from None
        if number is not None and param.min is not None and number < param.min:
            raise typer.BadParameter(f"must be at least {param.min}.", ctx=ctx, param=param)
        return number


_TAKEN_AS_TYPED: Final = (
    (str, _AsTyped(), "TEXT"),
    (bool, _AsTyped(), None),
    (list[str], _Texts(), "TEXT"),
    (int, _Whole(), "NUMBER"),
)


def _taken_as_typed(params: list[Any]) -> list[Any]:
    for param in params:
        for annotation, coercion, metavar in _TAKEN_AS_TYPED:
            if param.type_descriptor.annotation == annotation:
                vars(param)["get_runtime_param"] = _always(coercion)
                param.metavar = param.metavar or metavar
    return params


def _always(coercion: object) -> Callable[[], object]:
    return lambda: coercion


class PlainCommand(TyperCommand):
    """A verb."""

    def get_params(self, ctx: Any) -> list[Any]:
        """Return what the command takes, --help included."""
        return _taken_as_typed(super().get_params(ctx))


class PlainGroup(TyperGroup):
    """A noun."""

    def get_params(self, ctx: Any) -> list[Any]:
        """Return what the command takes, --help included."""
        return _taken_as_typed(super().get_params(ctx))

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """Write the list of commands for the help page, each with its whole first sentence."""
        rows = [(name, self.summary(ctx, name)) for name in self.list_commands(ctx)]
        with formatter.section("Commands"):
            formatter.write_dl(rows)

    def summary(self, ctx: Any, name: str) -> str:
        """Return the line that stands beside a command in the list."""
        command: Any = self.get_command(ctx, name)
        return str(command.help or "").partition("\n")[0]
