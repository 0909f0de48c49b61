"""Signing: the exact bytes, shown before, and signed as they were shown.

Rules here: what is shown is what the use case that signs would write, and looking at it writes nothing; its
paper and the digest of its bytes travel with the form, and what the write makes of them is compared before it
counts. Whoever finds that it is something else by now is shown that, and has signed nothing.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Final, Generic, TypeVar

from aiohttp import web

from node.core import codes
from node.services.acting import Acting
from node.services.negotiations import fair_copies
from node.services.negotiations.asking import SecondNeeded, is_asked, or_ask
from node.services.negotiations.fair_copies import FairCopy, Paper
from node.services.negotiations.histories import MoveShown, show_next
from node.services.store import Session
from node.web.edge.asking_first import asking_first
from node.web.pages.frame.page import PageCall, see_other
from protocol.errors import Conflict
from protocol.values import dataclass

Answer = TypeVar("Answer", bound=Mapping[str, Any])
COSIGN: Final = "/desk/cosign"
PAPER: Final = "paper"
COPY: Final = "copy"
SECOND: Final = "second"
_NAMES: Final = ("offer", "id")
"""An answer about an agreement names its negotiation by the first, one about a wish shows it there; one about
that itself names it by the second."""


@dataclass(frozen=True, slots=True)
class Signable(Generic[Answer]):
    """What would be signed: the answer that the write would give, the bytes, and the paper for the form.

    `move` is the move as the history would show it, with what it changes; `second` whether another person has
    to sign it.
    """

    answer: Answer
    move: MoveShown
    copy: FairCopy
    paper: Paper
    second: bool = False

    @property
    def text(self) -> str:
        """The bytes as text: canonical JSON is UTF-8."""
        return self.copy.body.decode()


async def look_at(
    call: PageCall, change: Callable[[Session, Acting], Answer], *, on: Paper | None = None
) -> Signable[Answer]:
    """Return what a write would sign, and change nothing; on this paper, where a form offers several.

    Raises:
        ProtocolError: as the write.
    """
    paper = on or fair_copies.new_paper(call.acting)

    def look(session: Session) -> Signable[Answer]:
        acting = fair_copies.on(session, call.acting, paper)
        second = False
        try:
            answer, entry = fair_copies.unwritten(session, acting, change)
        except SecondNeeded:  # on paper that nothing was drawn from
            acting, second = fair_copies.on(session, call.acting, paper), True
            answer, entry = fair_copies.unwritten(session, replace(acting, cosigned=True), change)
        copy = fair_copies.copy_of(entry.body)
        return Signable(answer, show_next(session, entry), copy, paper, second)

    return await asking_first(call.runtime, lambda: call.read(look))


async def sign(
    call: PageCall, change: Callable[[Session, Acting], Mapping[str, Any]], *, copy: str = COPY
) -> Any:
    """Sign what was looked at, if that is what the write signs, and return its answer.

    `copy` is the field with the digest of what was shown. Where the button asked for a second signature, one
    is not enough, though it would be by now: that is shown first.

    Raises:
        Conflict: `unlike-shown`; ProtocolError: as the write.
    """

    def write(session: Session) -> Mapping[str, Any]:
        acting = fair_copies.on(session, call.acting, fair_copies.read_paper(call.form.one(PAPER)))
        shown = or_ask(session, acting, lambda session: change(session, acting))
        if not is_asked(shown):
            if call.form.has(copy.replace(COPY, SECOND)):
                raise Conflict(codes.UNLIKE_SHOWN)
            fair_copies.check_written(session, acting, _negotiation(shown), call.form.one(copy))
        elif shown["cosignature"]["digest"] != call.form.one(copy):
            raise Conflict(codes.UNLIKE_SHOWN)
        return shown

    return await call.write(write)


def lead(shown: Mapping[str, Any], onward: str) -> web.Response:
    """Lead on from what was signed, or to what waits for a second signature."""
    return see_other(f"{COSIGN}/{shown['cosignature']['id']}" if is_asked(shown) else onward)


def _negotiation(shown: Mapping[str, Any]) -> str:
    found = next(shown[name] for name in _NAMES if name in shown)
    return str(found["id"] if isinstance(found, Mapping) else found)
