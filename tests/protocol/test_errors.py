"""The tree of errors is the one its docstring draws."""

import pickle
import re
from pathlib import Path

import pytest

from protocol import codes, errors
from protocol.errors import Conflict, Local, ProtocolError, Remote, Unprocessable

# Of the source: a compiled module keeps no docstring.
SOURCE = Path(__file__).parents[2] / "protocol" / "errors.py"
DRAWN = re.findall(r"[├└]── (\w+) +(\d{3})?", SOURCE.read_text(encoding="utf-8"))
TREE = {value for value in vars(errors).values() if isinstance(value, type)}


def test_every_class_is_drawn() -> None:
    assert {name for name, _ in DRAWN} | {"ProtocolError"} == {cls.__name__ for cls in TREE}


@pytest.mark.parametrize(("name", "status"), [(name, int(status)) for name, status in DRAWN if status])
def test_each_answer_has_the_status_that_is_drawn(name: str, status: int) -> None:
    cls = getattr(errors, name)
    assert issubclass(cls, Remote)
    assert cls.status_hint == status


def test_what_is_ours_is_not_the_peers() -> None:
    assert not issubclass(Local, Remote)
    assert issubclass(Local, ProtocolError)
    assert not hasattr(Local, "status_hint")


def test_an_error_has_a_code_for_programs_and_a_sentence_for_people() -> None:
    error = Unprocessable(codes.DIGEST_MISMATCH, "The digest does not fit.")
    assert (error.code, error.detail) == ("digest-mismatch", "The digest does not fit.")
    assert str(error) == "digest-mismatch: The digest does not fit."


def test_an_error_survives_the_way_between_processes() -> None:
    error = pickle.loads(pickle.dumps(Conflict(codes.ILLEGAL_TRANSITION, "This is over.")))
    assert (type(error), error.code, error.detail) == (Conflict, "illegal-transition", "This is over.")
