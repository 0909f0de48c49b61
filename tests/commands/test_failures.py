"""How a failure is told: to a program, to a person, to the shell."""

import io

import pytest

from node.core import codes
from node.terminal.call import CommandCall
from node.terminal.failures import ExitCode, Failure, from_problem, not_found, usage
from node.terminal.flags import Flags


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (400, 1), (401, 4), (403, 4), (404, 3), (409, 5), (410, 3), (413, 1), (415, 1), (422, 1), (429, 6),
        (500, 1), (502, 6), (503, 6), (504, 6),
    ],
)  # fmt: skip
def test_each_status_has_its_exit_code(status: int, code: int) -> None:
    assert from_problem({"detail": "No.", "code": "no"}, status).exit_code == code


def test_the_exit_codes_are_the_documented_ones() -> None:
    assert {code.name: code.value for code in ExitCode} == {
        "OK": 0,
        "FAILED": 1,
        "USAGE": 2,
        "NOT_FOUND": 3,
        "NOT_ALLOWED": 4,
        "CONFLICT": 5,
        "NETWORK": 6,
        "UNVERIFIED": 7,
        "LOCKED": 8,
    }


def test_what_the_node_said_is_kept() -> None:
    problem = {
        "type": "https://w3id.org/freehold/problems#offer-changed",
        "title": "Conflict",
        "status": 409,
        "detail": "The offer has changed.",
        "code": "offer-changed",
        "hint": "Look again.",
    }
    failure = from_problem(problem, 409)
    assert failure.problem == {**problem, "exit_code": 5}
    assert str(failure) == "The offer has changed. Look again."


def test_a_choice_that_is_named_needs_no_description_of_the_api() -> None:
    said = {"code": "invalid-shape", "hint": "The description of this API shows what is taken."}
    choice = from_problem({**said, "detail": "require must be one of: for-data, always."}, 422)
    assert (choice.hint, choice.problem["hint"]) == ("", said["hint"])
    assert from_problem({**said, "detail": "beyond is unknown."}, 422).hint == said["hint"]


@pytest.mark.parametrize(
    ("problem", "detail", "code"),
    [({}, "The node answered 500.", "http-500"), ({"title": "Broken"}, "Broken", "http-500")],
)
def test_an_answer_without_a_problem_still_says_something(
    problem: dict[str, str], detail: str, code: str
) -> None:
    failure = from_problem(problem, 500)
    assert (failure.detail, failure.code) == (detail, code)


def test_a_parameter_is_called_by_its_flag() -> None:
    detail = "The parameter state must be one of: open, withdrawn."
    failure = from_problem({"code": "invalid-parameter", "detail": detail}, 400)
    assert failure.detail == "--state must be one of: open, withdrawn."
    assert (failure.exit_code, failure.problem["detail"]) == (ExitCode.USAGE, detail)


def test_what_this_side_found_is_a_problem_too() -> None:
    assert usage("Wrong.", "Right.").problem == {
        "type": "https://w3id.org/freehold/problems#usage",
        "title": "Wrong.",
        "detail": "Wrong.",
        "code": "usage",
        "hint": "Right.",
        "exit_code": 2,
    }
    assert "hint" not in not_found("Nothing.").problem
    assert str(Failure(codes.USAGE, "Only this.")) == "Only this."


@pytest.mark.parametrize("id", ["", " "])
def test_an_id_that_a_shell_left_empty_is_called_so(id: str) -> None:
    streams = {name: io.StringIO() for name in ("stdin", "stdout", "stderr")}
    with pytest.raises(Failure, match="The id is empty") as caught:
        CommandCall(Flags(data="ada"), **streams, environment={}).id("/offers", id)
    assert caught.value.exit_code == ExitCode.USAGE
