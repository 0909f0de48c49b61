"""Frozen values: what the standard library makes of the same class, made later."""

import copy
import dataclasses
import pickle
from collections.abc import Callable
from dataclasses import FrozenInstanceError, field
from typing import Any, Generic, TypeVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol import values

T = TypeVar("T")
Decorator = Callable[..., Callable[[type], Any]]
LATE: Any = values.dataclass
STANDARD: Any = dataclasses.dataclass


def plain(dataclass: Decorator) -> Any:
    @dataclass(frozen=True, slots=True)
    class Made:
        """A few fields."""

        name: str
        secret: bytes = field(default=b"", repr=False)
        note: str = field(default="", compare=False)
        tags: list[str] = field(default_factory=list)

        @property
        def loud(self) -> str:
            return self.name.upper()

    return Made


def named(dataclass: Decorator) -> Any:
    @dataclass(frozen=True, slots=True, kw_only=True)
    class Made:
        name: str = "a"
        number: int

    return Made


def single(dataclass: Decorator) -> Any:
    @dataclass(frozen=True, slots=True)
    class Made:
        number: float

    return Made


def empty(dataclass: Decorator) -> Any:
    @dataclass(frozen=True, slots=True)
    class Made:
        pass

    return Made


def generic(dataclass: Decorator) -> Any:
    @dataclass(frozen=True, slots=True)
    class Made(Generic[T]):
        value: T

    return Made


def checked(dataclass: Decorator) -> Any:
    @dataclass(frozen=True, slots=True)
    class Made:
        number: int

        def __post_init__(self) -> None:
            if self.number < 0:
                raise ValueError("too small")

        def __repr__(self) -> str:
            return "hidden"

    return Made


def below(dataclass: Decorator) -> Any:
    base: Any = single(dataclass)

    @dataclass(frozen=True, slots=True)
    class Made(base):  # type: ignore[misc]  # a base that is made in the test
        other: int = 2

    return Made


NAN = float("nan")


def likened(dataclass: Decorator) -> Any:
    @dataclass(frozen=True, slots=True)
    class Made:
        text: str

        def __eq__(self, other: object) -> bool:
            return isinstance(other, Made) and self.text.lower() == other.text.lower()

        def __hash__(self) -> int:
            return hash(self.text.lower())

    return Made


def inherits_a_check(dataclass: Decorator) -> Any:
    base: Any = checked(dataclass)

    @dataclass(frozen=True, slots=True)
    class Made(base):  # type: ignore[misc]  # a base that is made in the test
        other: int = 2

    return Made


def looked_up(decorator: Decorator) -> Any:
    @decorator(frozen=True, slots=True)
    class Made:
        word: str
        length: int = field(init=False)
        more: str = ""
        known: str | None = field(default=None, init=False)
        seen: list[str] = field(default_factory=list, init=False)

        def __post_init__(self) -> None:
            object.__setattr__(self, "length", len(self.word))

    return Made


CALLS: list[tuple[Callable[[Decorator], Any], list[tuple[tuple[Any, ...], dict[str, Any]]]]] = [
    (plain, [(("a",), {}), (("a", b"x"), {"note": "n"}), ((), {"name": "b", "tags": [1]})]),
    (plain, [((), {}), ((*"12345",), {})]),
    (named, [((), {"number": 1}), ((), {"number": 1, "name": "b"}), ((1,), {}), ((), {"other": 1})]),
    (single, [((1,), {}), ((NAN,), {}), ((), {})]),
    (empty, [((), {}), ((1,), {})]),
    (generic, [((1,), {})]),
    (checked, [((1,), {}), ((-1,), {})]),
    (below, [((1,), {}), ((1, 3), {}), ((), {"other": 1})]),
    (likened, [(("a",), {}), ((), {})]),
    (inherits_a_check, [((1,), {}), ((-1,), {})]),
    (looked_up, [(("abc",), {}), (("abc", "d"), {}), (("abc",), {"length": 1})]),
]  # fmt: skip
CASES = [(make, *call) for make, calls in CALLS for call in calls]


def said(function: Callable[[], Any]) -> Any:
    """Return what comes of a call, an error by its kind and words."""
    try:
        return function()
    except (TypeError, ValueError) as error:
        return type(error), str(error).replace(f"{__name__}.", "")


@pytest.mark.parametrize(("make", "given", "by_name"), CASES)
def test_a_value_is_made_and_shown_alike(make: Any, given: Any, by_name: Any) -> None:
    late, standard = make(LATE), make(STANDARD)
    assert said(lambda: repr(late(*given, **by_name))) == said(lambda: repr(standard(*given, **by_name)))


# A field: whether it is taken by name alone, and whether nothing, a value or a function stands for it.
SHAPES = st.lists(st.tuples(st.booleans(), st.sampled_from([{}, {"default": 0}, {"default_factory": list}])))
NAMES = "abcdefghij"


@given(SHAPES, st.lists(st.integers(), max_size=5), st.dictionaries(st.sampled_from(NAMES), st.integers()))
def test_any_fields_are_taken_alike(shapes: Any, given: list[int], by_name: dict[str, int]) -> None:
    # The standard library lets no field that has to be given stand behind one that need not be.
    ordered = sorted(zip(shapes, range(len(NAMES)), strict=False), key=lambda each: bool(each[0][1]))
    fields = {NAMES[place]: field(kw_only=kw_only, **more) for (kw_only, more), place in ordered}

    def make(decorator: Decorator) -> Any:
        described = {"__annotations__": dict.fromkeys(fields, object), "__module__": __name__, **fields}
        return decorator(frozen=True, slots=True)(type("Made", (), described))

    late, standard = make(LATE), make(STANDARD)
    assert said(lambda: repr(late(*given, **by_name))) == said(lambda: repr(standard(*given, **by_name)))


@pytest.mark.parametrize("make", list(dict(CALLS)))
def test_a_class_says_the_same_of_itself(make: Any) -> None:
    late, standard = make(LATE), make(STANDARD)
    fields = [[repr(each) for each in dataclasses.fields(made)] for made in (late, standard)]
    assert fields[0] == fields[1]
    assert late.__match_args__ == standard.__match_args__
    assert late.__slots__ == standard.__slots__


PAIRS: list[tuple[Callable[[Decorator], Any], Any, Any]] = [
    (single, (1,), (1.0,)),
    (single, (1,), (2,)),
    (single, (NAN,), (NAN,)),  # the same object, as in a tuple
    (empty, (), ()),
    (generic, ("a",), ("a",)),
    (below, (1, 2), (1,)),
    (below, (1, 2), (1, 3)),
    (likened, ("A",), ("a",)),
    (plain, ("a", b"x", "n"), ("a", b"x", "m")),
    (plain, ("a", b"x"), ("a", b"y")),
]


@pytest.mark.parametrize(("make", "one", "other"), PAIRS)
def test_values_are_equal_and_hashed_alike(make: Any, one: Any, other: Any) -> None:
    late, standard = make(LATE), make(STANDARD)
    assert (late(*one) == late(*other)) is (standard(*one) == standard(*other))
    assert (late(*one) != late(*other)) is (standard(*one) != standard(*other))
    assert said(lambda: hash(late(*one))) == said(lambda: hash(standard(*one)))
    assert late(*one) != standard(*one)
    assert late(*one) != one


def test_nothing_can_be_changed() -> None:
    for made in (plain(LATE), plain(STANDARD)):
        value = made("a")
        with pytest.raises(FrozenInstanceError, match=r"^cannot assign to field 'name'$"):
            value.name = "b"
        with pytest.raises(FrozenInstanceError, match=r"^cannot delete field 'name'$"):
            del value.name
        assert (value.name, value.loud) == ("a", "A")
    with pytest.raises(FrozenInstanceError):
        plain(LATE)("a").another = 1


def test_what_works_with_dataclasses_works_with_it() -> None:
    made = plain(LATE)
    value = made("a", tags=["x"])
    assert dataclasses.replace(value, name="b") == made("b", tags=["x"])
    assert dataclasses.asdict(value) == {"name": "a", "secret": b"", "note": "", "tags": ["x"]}
    match value:
        case made(name, secret=b""):
            assert name == "a"
    assert copy.copy(value) == copy.deepcopy(value) == value
    assert pickle.loads(pickle.dumps(Kept(1, "x"))) == Kept(1, "x")


@values.dataclass(frozen=True, slots=True)
class Kept:
    number: int
    text: str


def test_a_value_that_holds_itself_is_shown() -> None:
    made = single(LATE)
    value = made([])
    value.number.append(value)
    assert repr(value).endswith("Made(number=[...])")


@pytest.mark.parametrize("name", ["__init__", "__repr__", "__eq__", "__hash__"])
def test_a_method_is_written_at_its_first_call_and_stays(name: str) -> None:
    uses: dict[str, Callable[[Any], object]] = {
        "__init__": id, "__repr__": repr, "__eq__": lambda value: value == made(1), "__hash__": hash,
    }  # fmt: skip
    made = single(LATE)
    stands_in = vars(made)[name]
    uses[name](made(1))
    written = vars(made)[name]
    assert (stands_in.__name__, written.__name__) == ("stand_in", name)
    uses[name](made(2))
    assert vars(made)[name] is written


def test_what_is_compiled_is_left_to_the_standard_library() -> None:
    @values.dataclass(frozen=True, slots=True)
    class Compiled:
        __mypyc_attrs__ = ("number",)
        number: int

    assert vars(Compiled)["__dataclass_params__"].frozen
    assert Compiled(1) == Compiled(1)


def test_any_other_dataclass_is_the_standard_librarys() -> None:
    @values.dataclass(slots=True, eq=False)
    class Counter:
        count: int = 0

    counter = Counter()
    counter.count += 1
    assert counter.count == 1
    assert counter != Counter(1)
