"""What a command says when it could not do what it was asked, and the exit code that tells a script.

Rules here: a failure is a stable `code`, one sentence of what happened and, where there is one, what to do
next. The same failure is a sentence on stderr and, under `--json`, a problem object on stdout (RFC 9457
§3).
"""

from enum import IntEnum
from typing import Any, Final

from node.core import codes
from node.core.codes import PROBLEM_TYPES
from protocol.codes import MEANINGS, Code


class ExitCode(IntEnum):
    """What the shell is told; the numbers are part of the interface and never change."""

    OK = 0
    FAILED = 1
    USAGE = 2
    NOT_FOUND = 3
    NOT_ALLOWED = 4
    CONFLICT = 5
    NETWORK = 6
    UNVERIFIED = 7
    LOCKED = 8


# Statuses that are not here and not 5xx mean the request itself was refused: FAILED.
EXIT_CODES: Final = {
    401: ExitCode.NOT_ALLOWED,
    403: ExitCode.NOT_ALLOWED,
    404: ExitCode.NOT_FOUND,
    409: ExitCode.CONFLICT,
    410: ExitCode.NOT_FOUND,
    429: ExitCode.NETWORK,
    502: ExitCode.NETWORK,
    503: ExitCode.NETWORK,
    504: ExitCode.NETWORK,
}

AWAY: Final = frozenset({502, 503, 504})
"""By these a proxy says that the node behind it is away, and a node that it is itself being started."""
CLOSED: Final = frozenset({401, 403, 404, 405})
"""By these a proxy says that it lets nobody through; a node says why."""


_CHOICE: Final = "must be one of: "


class Failure(Exception):  # noqa: N818  (it says how a command ends, also where nothing is in error)
    """A command ends here: `code` for programs, `detail` and `hint` for people, `exit_code` for the shell."""

    def __init__(
        self,
        code: Code,
        detail: str = "",
        *,
        exit_code: ExitCode = ExitCode.FAILED,
        hint: str = "",
        problem: dict[str, Any] | None = None,
    ) -> None:
        self.code = code
        self.detail = detail or MEANINGS[code]
        super().__init__(code, self.detail)
        self.exit_code = exit_code
        self.hint = hint
        self._problem = problem or {}

    def __str__(self) -> str:
        return f"{self.detail} {self.hint}".strip()

    @property
    def problem(self) -> dict[str, Any]:
        """The RFC 9457 object: what the node said if it said something, else what this side found."""
        own = {
            "type": PROBLEM_TYPES + self.code,
            "title": self.detail,
            "detail": self.detail,
            "code": self.code,
        }
        hint = {"hint": self.hint} if self.hint else {}
        return {**own, **hint, **self._problem, "exit_code": int(self.exit_code)}


def from_problem(problem: dict[str, Any], status: int) -> Failure:
    """Return the failure that the node's problem document of HTTP `status` stands for.

    Texts are taken as they are; whoever prints them escapes them.
    """
    detail = str(problem.get("detail") or problem.get("title") or f"The node answered {status}.")
    code = Code(str(problem.get("code") or f"http-{status}"))
    ends = EXIT_CODES.get(status, ExitCode.FAILED)
    if code == codes.INVALID_PARAMETER:  # here it is a flag, and what was typed is at fault
        detail, ends = detail.replace("The parameter ", "--", 1), ExitCode.USAGE
    hint = str(problem.get("hint") or "")
    if code == codes.INVALID_SHAPE and _CHOICE in detail:  # the sentence names what is taken
        hint = ""
    return Failure(
        code,
        detail,
        exit_code=ends,
        hint=hint,
        problem=problem,
    )


def from_proxy(status: int, place: str) -> Failure:
    """Return the failure of an answer without a reason: a proxy gave it, not the node behind it."""
    if status in AWAY:
        said = f"The proxy at {place} reaches no node: it answers {status}."
        hint = "Does the node run, where the proxy looks for it?"
    else:
        said = f"What answers at {place} does not let the command through: it answers {status}."
        hint = "A proxy may close /api/ to the outside: open it there, or work on the node's own machine."
    return from_problem({"detail": said, "hint": hint}, status)


def usage(detail: str, hint: str = "") -> Failure:
    """Return the failure of a command line that cannot be understood."""
    return Failure(codes.USAGE, detail, exit_code=ExitCode.USAGE, hint=hint)


def not_found(detail: str, hint: str = "") -> Failure:
    """Return the failure of naming something that does not exist."""
    return Failure(codes.NOT_FOUND, detail, exit_code=ExitCode.NOT_FOUND, hint=hint)


def of_file(detail: str) -> str:
    """Return what the protocol says of a body, said of a file."""
    return detail.replace("The body", "The file").replace("the body", "the file")
