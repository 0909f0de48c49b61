"""The door of terms about data: which offers are not taken, and which of those that are a person decides.

Rules that hold here:

- It stands on the customer's side alone, and looks at what comes in before anybody sees it. What its owner
  refuses is refused with the codes of the flags, so that the other side can ask for less.
- Nothing that names no entry of the roster, asks for more than its owner allows, or for more than before, is
  accepted or countersigned by a rule: what a person may agree to, no rule agrees to for them.
- What our own side offers, it offers by rule only if the terms stay as they are.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Final

from node.core import codes
from node.core.linter import Allowance, Severity, TermsFlag, lint, refused
from node.core.negotiations import Negotiation
from node.core.term_settings import Beyond, Requires
from protocol.agreements import read_agreement
from protocol.drafts import Draft
from protocol.errors import Conflict, Unprocessable
from protocol.rosters import RosterEntry
from protocol.strictjson import Document
from protocol.values import dataclass

BEYOND_MAXIMUM: Final = "beyond-maximum"
HOLDING: Final = frozenset({"no-roster", BEYOND_MAXIMUM, "terms-widened"})
"""The flags with which no rule accepts, nor countersigns."""


class TermsRefused(Unprocessable):
    """Terms raise flags for which their reader takes none; `flags` are the codes of these."""

    def __init__(self, flags: tuple[str, ...]) -> None:
        super().__init__(codes.TERMS_REFUSED, f"These terms are not taken here: {', '.join(flags)}.")
        self.flags = flags


@dataclass(frozen=True, slots=True, kw_only=True)
class TermsDoor:
    """What our owner, the customer, lets in from one business about one wish.

    `published` is what that business says in public that it accepts, None if that is not known; `severities`
    are those flags that weigh otherwise than the linter has them.
    """

    allowance: Allowance
    severities: Mapping[str, Severity]
    beyond: Beyond
    requires: Requires
    published: tuple[RosterEntry, ...] | None = None

    def flags(
        self, draft: Draft, *, at: datetime, before: Draft | None = None, widened: bool = False
    ) -> tuple[TermsFlag, ...]:
        """Return the flags of terms, each weighing as our owner has it; see `linter.lint`."""
        found = lint(draft, self.published, self.allowance, at=at, before=before, widened=widened)
        return tuple(replace(flag, severity=self.severities.get(flag.code, flag.severity)) for flag in found)


def view_flag(flag: TermsFlag) -> Document:
    """Show a flag."""
    return {"code": flag.code, "severity": flag.severity.value, "sentence": flag.sentence}


def check_door(negotiation: Negotiation, draft: Draft, door: TermsDoor | None, *, now: datetime) -> None:
    """Check that our owner lets in what the other end offers or asks for; without a door all comes in.

    Raises:
        Unprocessable: `terms-required`, `terms-refused`, `terms-too-wide`.
    """
    if door is None:
        return
    if draft.terms is None and door.requires is Requires.ALWAYS:
        raise Unprocessable(codes.TERMS_REQUIRED)
    if draft.terms is None and not door.severities:
        return  # by default nothing is refused but what terms say
    flags = door.flags(draft, at=now, before=followed(negotiation))
    if turned_away := refused(flags):
        raise TermsRefused(turned_away)
    if door.beyond is Beyond.REFUSE and any(flag.code == BEYOND_MAXIMUM for flag in flags):
        raise Unprocessable(codes.TERMS_TOO_WIDE)


def followed(negotiation: Negotiation) -> Draft | None:
    """Return what terms that come now follow: the agreement they would replace, or what was said last."""
    amended, thread = negotiation.amended, negotiation.thread
    if amended is not None:
        return read_agreement(amended.document, currency=amended.currency).draft
    return None if thread is None else thread.countered or thread.draft


def standing_flags(negotiation: Negotiation, door: TermsDoor) -> tuple[TermsFlag, ...]:
    """Return the flags of the offer that stands, beside what it follows or would replace."""
    thread = negotiation.begun
    before = None if negotiation.amended is None else followed(negotiation)
    return door.flags(thread.draft, at=thread.updated_at, before=before, widened=thread.widened)


def held(negotiation: Negotiation, door: TermsDoor | None) -> tuple[str, ...]:
    """Return the codes for which no rule of our owner's agrees to the offer that stands; none if one may."""
    if door is None or negotiation.begun.draft.terms is None:
        return ()
    return tuple(flag.code for flag in standing_flags(negotiation, door) if flag.code in HOLDING)


def check_by_rule(negotiation: Negotiation, draft: Draft | None, door: TermsDoor | None) -> None:
    """Check that a rule may make a move of ours: with the terms that stand, and no flag that holds.

    `draft` are the terms that it would offer, None if it agrees to those that stand.

    Raises:
        Conflict: `terms-for-a-person`.
    """
    if held(negotiation, door) or (draft is not None and draft.terms != negotiation.begun.draft.terms):
        raise Conflict(codes.TERMS_FOR_A_PERSON)
