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

_PROBLEM_CODE = re.compile(r"[a-z][a-z0-9-]{0,63}")


def read_response(response: Response, *, created_at: datetime, address: str | None = None) -> Outcome:
    """Read a response; a refusal of what was made in the peer's future, or in a pause, is not for good."""
    clock, sentence = response.clock, _sentence(response)
    if response.status == HTTPStatus.CONFLICT and _problem_code(response) == codes.INTENTION_PAUSED:
        return Outcome(response.status, sentence, response.wait, address=address, paused=True)
    if clock is None or response.status < HTTPStatus.BAD_REQUEST:
        return Outcome(response.status, sentence, response.wait, address=address)
    said = f"{sentence} {clock.sentence}".strip()
    ahead = created_at - clock.theirs
    if response.status not in _FINAL or not clock.is_before(created_at) or ahead > LONGEST_WISH:
        return Outcome(response.status, said, response.wait, address=address)
    said = f"{said} {clock.say_early(created_at)}"
    return Outcome(response.status, said, max(ahead, response.wait or ahead), early=True, address=address)


def _sentence(response: Response) -> str:
    """Say what the inbox answered, with the code of its problem document if it is a plain word (RFC 9457)."""
    try:
        phrase = f" {HTTPStatus(response.status).phrase}"
    except ValueError:
        phrase = ""
    code = _problem_code(response)
    return f"The inbox answered {response.status}{phrase}{f' ({code})' if code else ''}."


def _problem_code(response: Response) -> str | None:
    if not response.headers.get("Content-Type", "").startswith(PROBLEM_JSON):
        return None
    try:
        problem: Any = orjson.loads(response.body)
    except orjson.JSONDecodeError:
        return None
    code = problem.get("code") if isinstance(problem, dict) else None
    return code if isinstance(code, str) and _PROBLEM_CODE.fullmatch(code) else None
