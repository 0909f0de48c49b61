"""`dataclass(frozen=True, slots=True)` of the standard library, each method written when it is first used.

The standard library writes and compiles six methods for each class as it is defined. For the classes of a
node that took a third of a start, and most of the methods are never called. Here two of the six are alike for
all classes, and each other one is a stand-in until its first call, which has it written: `__init__` here, the
rest by the standard library. Fields, slots, `replace`, `asdict` and patterns are the standard library's
throughout.

Type checkers are told that it is the standard library's decorator, and mypyc, which makes classes of its own,
is left to that. So this module is not compiled.
"""

import dataclasses
from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, Final, NoReturn, TypeVar

__all__ = ["dataclass"]

T = TypeVar("T")

_NONE: Final[Mapping[str, Any]] = {"init": False, "repr": False, "eq": False}


def _value(cls: type[T], *, kw_only: bool) -> type[T]:
    if "__mypyc_attrs__" in vars(cls):
        return dataclasses.dataclass(frozen=True, slots=True, kw_only=kw_only)(cls)
    made: type[T] = dataclasses.dataclass(**_NONE, slots=True, kw_only=kw_only)(cls)
    late = {name: _late(made, name, write) for name, write in _LATE.items()}
    for name, method in {**late, **_ALIKE}.items():
        if name not in vars(cls):  # what a class states itself holds
            setattr(made, name, method)
    return made


def _late(made: type[Any], name: str, write: Callable[[type[Any], str], Any]) -> Callable[..., Any]:
    """Return a method that puts the written one in its own place when it is called, and calls that."""

    def stand_in(*values: Any, **named: Any) -> Any:
        method = write(made, name)
        setattr(made, name, method)
        return method(*values, **named)

    return stand_in


def _write_init(made: type[Any], name: str) -> Callable[..., None]:
    """Write what the standard library's does, each slot set by its own descriptor.

    The standard library sets it by its name, which takes half as long again, and makes a class and two more
    methods beside this one.
    """
    around: dict[str, Any] = {"__name__": made.__module__, "_NONE": dataclasses.MISSING}
    by_place: list[str] = ["_self"]
    by_name: list[str] = []
    body: list[str] = []
    for each in dataclasses.fields(made):
        taken, value, otherwise = each.name, each.name, ""
        if each.default is not dataclasses.MISSING:
            otherwise = f"_default_{each.name}"
            around[otherwise], taken = each.default, f"{each.name}={otherwise}"
        elif each.default_factory is not dataclasses.MISSING:
            around[f"_make_{each.name}"], taken = each.default_factory, f"{each.name}=_NONE"
            otherwise = f"_make_{each.name}()"
            value = f"{otherwise} if {each.name} is _NONE else {each.name}"
        if each.init:
            (by_name if each.kw_only else by_place).append(taken)
        elif otherwise:
            value = otherwise
        else:
            continue  # `__post_init__` sets it
        around[f"_put_{each.name}"] = getattr(made, each.name).__set__
        body.append(f"_put_{each.name}(_self, {value})")
    if hasattr(made, "__post_init__"):
        body.append("_self.__post_init__()")
    head = ", ".join([*by_place, *(["*", *by_name] if by_name else [])])
    exec(f"def {name}({head}):\n " + "\n ".join(body or ["pass"]), around)  # noqa: S102 - our own names
    method: Callable[..., None] = around[name]
    method.__qualname__ = f"{made.__qualname__}.{name}"  # what an error calls it
    return method


def _have_written(made: type[Any], name: str, *, option: str) -> Callable[..., Any]:
    """Have the standard library write a method, and no other."""
    fields = [(each.name, each.type, each) for each in dataclasses.fields(made)]
    wanted = {**_NONE, option: True}
    twin = dataclasses.make_dataclass(made.__qualname__, fields, frozen=True, **wanted)
    method: Callable[..., Any] = vars(twin)[name]
    return method


# Each method that is written late, and what writes it.
_LATE: Final[Mapping[str, Callable[[type[Any], str], Any]]] = {
    "__init__": _write_init,
    "__repr__": partial(_have_written, option="repr"),
    "__eq__": partial(_have_written, option="eq"),
    "__hash__": partial(_have_written, option="eq"),
}


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
