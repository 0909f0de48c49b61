"""What the response to a post means, in one sentence of ours."""

import re
from datetime import datetime
from http import HTTPStatus
from typing import Any

import orjson

from node.core import codes
from node.core.retries import GONE_STATUSES, LONGEST_WISH, TRANSIENT_CLIENT_ERRORS, Outcome
from node.delivery.client import Response
from protocol.vocabulary import PROBLEM_JSON

# Refusals that could come from reading when an activity was made: all that are final but the missing inbox.
_FINAL = frozenset(range(400, 500)) - TRANSIENT_CLIENT_ERRORS - GONE_STATUSES

_WORD = re.compile(r"[a-z][a-z0-9-]{0,63}")
_MOST_FLAGS = 64
_MOST_SAID = 8


def read_response(response: Response, *, created_at: datetime, address: str | None = None) -> Outcome:
    """Read a response; a refusal of what was made in the peer's future, or in a pause, is not for good."""
    reasons = _reasons(response)
    clock, sentence = response.clock, _sentence(response, reasons)
    if response.status == HTTPStatus.CONFLICT and reasons[:1] == (codes.INTENTION_PAUSED,):
        return Outcome(response.status, sentence, response.wait, address=address, paused=True)
    if clock is None or response.status < HTTPStatus.BAD_REQUEST:
        return Outcome(response.status, sentence, response.wait, address=address, reasons=reasons)
    said = f"{sentence} {clock.sentence}".strip()
    ahead = created_at - clock.theirs
    if response.status not in _FINAL or not clock.is_before(created_at) or ahead > LONGEST_WISH:
        return Outcome(response.status, said, response.wait, address=address, reasons=reasons)
    said = f"{said} {clock.say_early(created_at)}"
    return Outcome(response.status, said, max(ahead, response.wait or ahead), early=True, address=address)


def _sentence(response: Response, reasons: tuple[str, ...]) -> str:
    """Say what the inbox answered, with the code of its problem document and the first flags (RFC 9457)."""
    try:
        phrase = f" {HTTPStatus(response.status).phrase}"
    except ValueError:
        phrase = ""
    code = f" ({reasons[0]})" if reasons else ""
    named = f": {', '.join(reasons[1 : _MOST_SAID + 1])}" if reasons[1:] else ""
    return f"The inbox answered {response.status}{phrase}{code}{named}."


def _reasons(response: Response) -> tuple[str, ...]:
    """Return the code of a problem document and the flags that it names, as far as they are plain words."""
    if not response.headers.get("Content-Type", "").startswith(PROBLEM_JSON):
        return ()
    try:
        problem: Any = orjson.loads(response.body)
    except orjson.JSONDecodeError:
        return ()
    if not isinstance(problem, dict) or not _is_word(problem.get("code")):
        return ()
    flags = problem.get("flags")
    named = flags[:_MOST_FLAGS] if isinstance(flags, list) else []
    return problem["code"], *filter(_is_word, named)


def _is_word(said: object) -> bool:
    return isinstance(said, str) and _WORD.fullmatch(said) is not None
