"""What the answer to a post means, in one sentence of ours."""

import re
from datetime import datetime
from http import HTTPStatus
from typing import Any

import orjson

from node.core.retries import GONE_STATUSES, LONGEST_WISH, TRANSIENT_CLIENT_ERRORS, Outcome
from node.delivery.client import Answer
from protocol.vocabulary import PROBLEM_JSON

# Refusals that could come from reading when an activity was made: all that are final but the missing inbox.
_FINAL = frozenset(range(400, 500)) - TRANSIENT_CLIENT_ERRORS - GONE_STATUSES

_PROBLEM_CODE = re.compile(r"[a-z][a-z0-9-]{0,63}")


def read_answer(answer: Answer, *, created_at: datetime, address: str | None = None) -> Outcome:
    """Read an answer; a refusal of what was made in the peer's future is not for good."""
    clock, sentence = answer.clock, _sentence(answer)
    if clock is None or answer.status < HTTPStatus.BAD_REQUEST:
        return Outcome(answer.status, sentence, answer.wait, address=address)
    said = f"{sentence} {clock.sentence}".strip()
    ahead = created_at - clock.theirs
    if answer.status not in _FINAL or not clock.is_before(created_at) or ahead > LONGEST_WISH:
        return Outcome(answer.status, said, answer.wait, address=address)
    said = f"{said} {clock.say_early(created_at)}"
    return Outcome(answer.status, said, max(ahead, answer.wait or ahead), early=True, address=address)


def _sentence(answer: Answer) -> str:
    """Say what the inbox answered, with the code of its problem document if it is a plain word (RFC 9457)."""
    try:
        phrase = f" {HTTPStatus(answer.status).phrase}"
    except ValueError:
        phrase = ""
    code = _problem_code(answer)
    return f"The inbox answered {answer.status}{phrase}{f' ({code})' if code else ''}."


def _problem_code(answer: Answer) -> str | None:
    if not answer.headers.get("Content-Type", "").startswith(PROBLEM_JSON):
        return None
    try:
        problem: Any = orjson.loads(answer.body)
    except orjson.JSONDecodeError:
        return None
    code = problem.get("code") if isinstance(problem, dict) else None
    return code if isinstance(code, str) and _PROBLEM_CODE.fullmatch(code) else None
