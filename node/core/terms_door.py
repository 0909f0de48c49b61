"""The door of terms about data: which offers are not taken, and which of those that are a person decides.

Rules that hold here:

- It stands on the customer's side alone, and looks at what comes in before anybody sees it. What its owner
  refuses is refused with the codes of the flags, so that the other side can ask for less.
- Nothing that names no entry of the roster, asks for more than its owner allows, or for more than before, or
  has a text that nobody here can read, is accepted or countersigned by a rule: what a person may agree to, no
  rule agrees to for them.
- What stands is what the other side said last, be it an offer or what it asks for instead of ours.
- What our own side offers, it offers by rule only if the terms stay as they are.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Final

from node.core import codes
from node.core.linter import Allowance, Severity, TermsFlag, lint, refused
from node.core.negotiations import Negotiation
from node.core.term_settings import Beyond, Requires
from protocol.drafts import Draft
from protocol.errors import Conflict, Unprocessable
from protocol.negotiation import Party
from protocol.rosters import RosterEntry
from protocol.strictjson import Document
from protocol.values import dataclass

BEYOND_MAXIMUM: Final = "beyond-maximum"
HOLDING: Final = frozenset({"no-roster", BEYOND_MAXIMUM, "terms-widened", "text-unverified"})
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
    are those flags that weigh otherwise than the linter has them; `country` is where our owner lives, as the
    IRI of a country, "" if that is not known.
    """

    allowance: Allowance
    severities: Mapping[str, Severity]
    beyond: Beyond
    requires: Requires
    published: tuple[RosterEntry, ...] | None = None
    country: str = ""

    def flags(self, draft: Draft, *, at: datetime, follows: Iterable[Draft] = ()) -> tuple[TermsFlag, ...]:
        """Return the flags of terms, each weighing as our owner has it; see `linter.lint`."""
        found = lint(draft, self.published, self.allowance, at=at, country=self.country, follows=follows)
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
    flags = door.flags(draft, at=now, follows=_followed(negotiation))
    if turned_away := refused(flags):
        raise TermsRefused(turned_away)
    if door.beyond is Beyond.REFUSE and any(flag.code == BEYOND_MAXIMUM for flag in flags):
        raise Unprocessable(codes.TERMS_TOO_WIDE)


def standing(negotiation: Negotiation) -> Draft:
    """Return what stands from the other side, or from ours where that has not answered yet."""
    thread = negotiation.begun
    return thread.countered or thread.draft if thread.role is Party.OFFERER else thread.draft


def standing_flags(negotiation: Negotiation, door: TermsDoor) -> tuple[TermsFlag, ...]:
    """Return the flags of what stands, beside what it follows or would replace."""
    at = negotiation.begun.updated_at
    return door.flags(standing(negotiation), at=at, follows=_exceedable(negotiation))


def held(negotiation: Negotiation, door: TermsDoor | None) -> tuple[str, ...]:
    """Return the codes for which no rule of our owner's agrees to what stands; none if one may."""
    if door is None:
        return ()
    stands, follows = standing(negotiation), _exceedable(negotiation)
    if all(each.terms is None for each in (stands, *follows)):
        return ()  # nothing was ever said about data
    flags = door.flags(stands, at=negotiation.begun.updated_at, follows=follows)
    return tuple(flag.code for flag in flags if flag.code in HOLDING)


def _followed(negotiation: Negotiation) -> tuple[Draft, ...]:
    """Return what terms follow that come in now: the agreement they would replace, and what was said last."""
    thread = negotiation.thread
    if thread is None:
        return _amended(negotiation)
    return (*_amended(negotiation), thread.insisted if thread.role is Party.OFFEREE else thread.draft)


def _exceedable(negotiation: Negotiation) -> tuple[Draft, ...]:
    """Return what the terms that stand follow."""
    thread = negotiation.begun
    if thread.role is Party.OFFEREE:
        before = thread.exceeded
    else:
        before = None if thread.countered is None else thread.draft
    return _amended(negotiation) if before is None else (*_amended(negotiation), before)


def _amended(negotiation: Negotiation) -> tuple[Draft, ...]:
    amended = negotiation.amended
    return () if amended is None else (amended.draft,)


def check_by_rule(negotiation: Negotiation, draft: Draft | None, door: TermsDoor | None) -> None:
    """Check that a rule may make a move of ours: with the terms that stand, and no flag that holds.

    `draft` are the terms that it would offer, None if it agrees to those that stand.

    Raises:
        Conflict: `terms-for-a-person`.
    """
    if held(negotiation, door) or (draft is not None and draft.terms != negotiation.begun.draft.terms):
        raise Conflict(codes.TERMS_FOR_A_PERSON)
