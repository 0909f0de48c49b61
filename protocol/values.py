"""`dataclass(frozen=True, slots=True)` of the standard library, each method written when it is first used.

The standard library writes and compiles six methods for each class as it is defined. For the classes of a
node that took a third of a start, and most of the methods are never called. Here two of the six are alike for
all classes, and each other one is a stand-in until its first call, which has the standard library write it.
Fields, slots, `replace`, `asdict` and patterns are the standard library's throughout.

Type checkers are told that it is the standard library's decorator, and mypyc, which makes classes of its own,
is left to that. So this module is not compiled.
"""

import dataclasses
from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, Final, NoReturn, TypeVar

__all__ = ["dataclass"]

T = TypeVar("T")

# Each method that is written late, and what has the standard library write it and no other.
_NONE: Final[Mapping[str, Any]] = {"init": False, "repr": False, "eq": False}
_LATE: Final[Mapping[str, Mapping[str, Any]]] = {
    "__init__": {**_NONE, "init": True},
    "__repr__": {**_NONE, "repr": True},
    "__eq__": {**_NONE, "eq": True},
    "__hash__": {**_NONE, "eq": True},
}


def _value(cls: type[T], *, kw_only: bool) -> type[T]:
    if "__mypyc_attrs__" in vars(cls):
        return dataclasses.dataclass(frozen=True, slots=True, kw_only=kw_only)(cls)
    made: type[T] = dataclasses.dataclass(**_NONE, slots=True, kw_only=kw_only)(cls)
    late = {name: _late(made, name, wanted) for name, wanted in _LATE.items()}
    for name, method in {**late, **_ALIKE}.items():
        if name not in vars(cls):  # what a class states itself holds
            setattr(made, name, method)
    return made


def _late(made: type[Any], name: str, wanted: Mapping[str, Any]) -> Callable[..., Any]:
    """Return a method that puts the standard library's in its own place when it is called, and calls that."""

    def stand_in(*values: Any, **named: Any) -> Any:
        fields = [(each.name, each.type, each) for each in dataclasses.fields(made)]
        checks = {key: getattr(made, key) for key in ("__post_init__",) if hasattr(made, key)}
        twin = dataclasses.make_dataclass(made.__qualname__, fields, namespace=checks, frozen=True, **wanted)
        method = vars(twin)[name]
        setattr(made, name, method)
        return method(*values, **named)

    return stand_in


def _set(_self: object, name: str, _value: object) -> NoReturn:
    raise dataclasses.FrozenInstanceError(f"cannot assign to field {name!r}")


def _delete(_self: object, name: str) -> NoReturn:
    raise dataclasses.FrozenInstanceError(f"cannot delete field {name!r}")


@dataclasses.dataclass(frozen=True, slots=True)
class _Sample:
    """A value of the standard library's, for how it is copied and pickled: the same for every class."""


_ALIKE: Final[Mapping[str, Callable[..., Any]]] = {
    "__setattr__": _set,
    "__delattr__": _delete,
    "__getstate__": vars(_Sample)["__getstate__"],
    "__setstate__": vars(_Sample)["__setstate__"],
}

if TYPE_CHECKING:
    from dataclasses import dataclass
else:

    def dataclass(*, frozen=False, slots=False, kw_only=False, **more):
        """Return what makes a class a dataclass; late, if it is to be frozen and to have slots."""
        if frozen and slots and not more:
            return partial(_value, kw_only=kw_only)
        return dataclasses.dataclass(frozen=frozen, slots=slots, kw_only=kw_only, **more)
