"""Requests that a program repeats: they get the answer of the first time, and nothing is done twice.

Rules here: a key belongs to its caller; the answer is kept in the transaction of what it answers.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeAlias, TypeVar

import orjson

from node.core import codes
from node.services.ledger.positions import HistoryChanged, Position
from node.storage import tokens
from node.storage.editions import current_edition
from node.storage.session import Session
from node.storage.tokens import AnswerRow
from protocol.errors import Conflict
from protocol.values import dataclass

Shown: TypeAlias = Mapping[str, Any]
"""An answer as it was made in the services: a document, or a typed one."""

S = TypeVar("S", bound=Shown)


@dataclass(frozen=True, slots=True)
class Keyed:
    """A request under an `Idempotency-Key`; `digest` is that of everything the request says."""

    key: str
    caller: str
    digest: bytes


@dataclass(frozen=True, slots=True)
class Given:
    """What was answered."""

    status: int
    body: bytes


def given_before(session: Session, request: Keyed) -> Given | None:
    """Return the answer that this request has had, if it was there before.

    Raises: Conflict: `idempotency-conflict`, its caller used the key for another request; HistoryChanged: it
    was answered before an older state was put back, and may be undone by now or not: it is not done twice.
    """
    row = tokens.load_answer(session, request.key, request.caller)
    if row is None:
        return None
    edition = current_edition(session)
    if row.edition != edition:
        raise HistoryChanged(Position.beginning(edition))
    if row.request_digest != request.digest:
        raise Conflict(codes.IDEMPOTENCY_CONFLICT)
    return Given(row.status, row.body)


def was_answered(session: Session, key: str, caller: str) -> bool:
    """Tell whether a caller's request under this key was answered before."""
    return tokens.load_answer(session, key, caller) is not None


def answered_at(session: Session, request: Keyed) -> datetime | None:
    """Return when this very request was answered; None if it was not, or its key was for another one."""
    row = tokens.load_answer(session, request.key, request.caller)
    return row.at if row is not None and row.request_digest == request.digest else None


def once(
    session: Session,
    request: Keyed,
    change: Callable[[Session], S],
    *,
    status: Callable[[Shown], int],
    at: datetime,
    withheld: Sequence[str] = (),
) -> S | Given:
    """Change something and keep the answer, or return what was answered before.

    `status` is that of an answer; `withheld` names members that are answered this once, and not kept for a
    repetition.

    Raises: as `given_before`, and what `change` raises.
    """
    given = given_before(session, request)
    if given is not None:
        return given
    shown = change(session)
    kept = {name: value for name, value in shown.items() if name not in withheld}
    _keep(session, request, Given(status(shown), orjson.dumps(kept)), at=at)
    return shown


def _keep(session: Session, request: Keyed, given: Given, *, at: datetime) -> None:
    """Keep the answer to a request for its repetitions."""
    row = AnswerRow(
        key=request.key,
        caller=request.caller,
        edition=current_edition(session),
        request_digest=request.digest,
        status=given.status,
        body=given.body,
        at=at,
    )
    tokens.add_answer(session, row)
