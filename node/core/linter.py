"""The linter: what is odd about the terms that somebody deals on, each in one sentence.

Rules that hold here:

- Pure, and the table below is the whole of it. A flag is raised by what stands in the terms, beside what the
  other side says in public and what the owner allows, and never by who wrote it.
- What is not there to look at raises nothing: terms without an agreement have no end, a policy alone no
  conditions. What an agreement leaves open is taken as it will hold.
- How much a flag weighs is its owner's to say; the table has what holds until then.
- Lengths of the calendar are counted in days from the start of the agreement, as they will pass.

Pages say a sentence in their reader's language; it calls the business "it".
"""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from enum import StrEnum
from typing import Final

from node.core.data_terms import widens
from node.core.oddities import (
    does,
    is_anywhere,
    is_broad,
    is_for,
    is_kept_longer,
    is_open,
    is_tied,
    no_deletion,
    no_receipts,
    passes_on,
)
from protocol.conditions import (
    Conditions,
    DisputeVenue,
    PriceChanges,
    PricePublication,
    Renewal,
    ReturnCosts,
    TermChanges,
)
from protocol.drafts import Draft
from protocol.errors import Unprocessable
from protocol.plain_texts import are_verified
from protocol.policies import DataPolicy, Permission
from protocol.policy_order import is_within
from protocol.registries import DERIVE, PROFILE, SHARE_ANONYMISED, TRACK, TRAIN
from protocol.rosters import RosterEntry
from protocol.terms import DataTerms
from protocol.times import Period, add_duration, read_duration, step
from protocol.values import dataclass

_REMINDER_DAYS: Final = 14
_RENEWAL_DAYS: Final = 31  # a month
_NOTICE_DAYS: Final = 92  # three months
_TERM_MONTHS: Final = 24
_WITHDRAWAL_DAYS: Final = 14  # Directive 2011/83/EU art. 9
# What begins then has the longest months ahead, and a leap day: for terms without an agreement.
_LONGEST: Final = datetime(2023, 7, 1, tzinfo=UTC)


class Severity(StrEnum):
    """What a flag does unless its owner says otherwise."""

    REFUSE = "refuse"  # not taken at the door
    WARN = "warn"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Allowance:
    """The most that somebody allows: an entry of the roster, and within it what they wish on top."""

    entry: RosterEntry
    cap: DataPolicy | None = None

    def covers(self, policy: DataPolicy) -> bool:
        """Tell whether a policy asks for no more; who may do nothing is asked for no promise about it."""
        if not policy.permissions:
            return True
        return is_within(policy, self.entry.template) and (self.cap is None or is_within(policy, self.cap))


@dataclass(frozen=True, slots=True)
class Linted:
    """What is looked at, as far as it is known; None where it is not."""

    policy: DataPolicy | None = None
    terms: DataTerms | None = None
    draft: Draft | None = None
    follows: tuple[Draft, ...] = ()  # what the draft comes after, or would replace
    published: tuple[RosterEntry, ...] | None = None  # what the business says in public that it accepts
    maximum: Allowance | None = None
    country: str = ""  # where the customer lives, as an IRI of `registries.places`
    starts_at: datetime = _LONGEST


@dataclass(frozen=True, slots=True)
class TermsFlag:
    """One oddity: its code, what it does by default, its sentence, and what raises it."""

    code: str
    severity: Severity
    sentence: str
    raised: Callable[[Linted], bool]


def lint(
    draft: Draft,
    published: tuple[RosterEntry, ...] | None,
    maximum: Allowance | None,
    *,
    at: datetime,
    country: str = "",
    follows: Iterable[Draft] = (),
) -> tuple[TermsFlag, ...]:
    """Return the flags of what is offered or agreed, in the order of the table.

    Args:
        draft: the terms of it all, those about data among them.
        published: the entries that the business says it accepts; None if that is not known.
        maximum: the most that the customer allows; None if that is not known.
        at: when it was offered: what does not say when it begins, begins then.
        country: where the customer lives, as the IRI of a country; "" if that is not known.
        follows: what the draft comes after in its negotiation, or would replace: it is to take no more.
    """
    terms = draft.terms
    policy = None if terms is None else terms.policy
    starts_at = draft.starts_at or at
    return _flags(Linted(policy, terms, draft, (*follows,), published, maximum, country, starts_at))


def lint_terms(
    terms: DataTerms,
    published: tuple[RosterEntry, ...] | None = None,
    maximum: Allowance | None = None,
    *,
    country: str = "",
) -> tuple[TermsFlag, ...]:
    """Return the flags that terms about data raise without an agreement around them; see `lint`."""
    return _flags(Linted(terms.policy, terms, published=published, maximum=maximum, country=country))


def lint_policy(policy: DataPolicy, maximum: Allowance | None = None) -> tuple[TermsFlag, ...]:
    """Return the flags that a policy raises by itself, or beside the most that somebody allows."""
    return _flags(Linted(policy, maximum=maximum))


def _flags(linted: Linted) -> tuple[TermsFlag, ...]:
    return tuple(flag for flag in FLAGS if flag.raised(linted))


def refused(flags: Iterable[TermsFlag]) -> tuple[str, ...]:
    """Return the codes of those flags for which terms are not taken at the door."""
    return tuple(flag.code for flag in flags if flag.severity is Severity.REFUSE)


def _policy(test: Callable[[DataPolicy], bool]) -> Callable[[Linted], bool]:
    return lambda linted: linted.policy is not None and test(linted.policy)


def _terms(test: Callable[[DataTerms], bool]) -> Callable[[Linted], bool]:
    return lambda linted: linted.terms is not None and test(linted.terms)


def _conditions(test: Callable[[Conditions], bool]) -> Callable[[Linted], bool]:
    return _terms(lambda terms: test(terms.conditions))


def _draft(test: Callable[[Draft], bool]) -> Callable[[Linted], bool]:
    return lambda linted: linted.draft is not None and test(linted.draft)


def _any(test: Callable[[Permission], bool]) -> Callable[[Linted], bool]:
    return _policy(lambda policy: any(test(permission) for permission in policy.permissions))


def _renews(conditions: Conditions) -> bool:
    return conditions.renewal is Renewal.AUTOMATIC


def _renews_silently(conditions: Conditions) -> bool:
    days = conditions.reminder_days
    return _renews(conditions) and (days is None or days < _REMINDER_DAYS)


def _renews_for_long(linted: Linted) -> bool:
    conditions = _said(linted)
    return _renews(conditions) and _is_longer(conditions.renewal_period, linted, _RENEWAL_DAYS)


def _binds_early(linted: Linted) -> bool:
    notice = None if linted.draft is None else linted.draft.notice
    return any(_is_longer(each, linted, _NOTICE_DAYS) for each in (notice, _said(linted).renewal_notice))


def _said(linted: Linted) -> Conditions:
    return Conditions() if linted.terms is None else linted.terms.conditions


def _is_longer(length: str | None, linted: Linted, days: int) -> bool:
    """Tell whether a length of the calendar has more days than these, from the start of the agreement."""
    if length is None:
        return False
    try:
        return (add_duration(linted.starts_at, read_duration(length)) - linted.starts_at).days > days
    except Unprocessable:  # it would end after the calendar does
        return True


def _has_no_way_out(draft: Draft) -> bool:
    endless = [line for line in draft.price if line.per and line.count is None and line.until is None]
    return bool(endless) and draft.notice is None and draft.ends_at is None


def _binds_for_long(linted: Linted) -> bool:
    ends_at = None if linted.draft is None else linted.draft.ends_at
    if ends_at is None:
        return False
    try:
        return ends_at > step(linted.starts_at, Period.MONTH, _TERM_MONTHS)
    except Unprocessable:  # so near the end of the calendar that nothing ends later
        return False


def _changes(terms: TermChanges, price: PriceChanges) -> Callable[[Linted], bool]:
    return _conditions(lambda said: said.term_changes is terms or said.price_changes is price)


def _is_foreign(linted: Linted) -> bool:
    law = _said(linted).jurisdiction
    return bool(law and linted.country) and law != linted.country


def _exceeds_published(linted: Linted) -> bool:
    """Tell whether an entry is claimed that allows more than each one that the business says it accepts."""
    claimed = None if linted.terms is None else linted.terms.roster
    if claimed is None or linted.published is None:
        return False
    return not any(is_within(claimed.template, entry.template) for entry in linted.published)


def _exceeds_maximum(linted: Linted) -> bool:
    if linted.policy is None or linted.maximum is None:
        return False
    return not linted.maximum.covers(linted.policy)


def _widens(linted: Linted) -> bool:
    draft = linted.draft
    return draft is not None and any(widens(draft, each) for each in linted.follows)


FLAGS: Final = (
    TermsFlag(
        "no-data-terms",
        Severity.NOTE,
        "Says nothing about your data.",
        _draft(lambda draft: draft.terms is None),
    ),
    TermsFlag("onward-sharing", Severity.REFUSE, "Passes your data to others.", _any(passes_on)),
    TermsFlag("open-recipients", Severity.REFUSE, "Does not say who else gets it.", _any(is_open)),
    TermsFlag(
        "anonymised-sharing", Severity.WARN, "Passes on data without your name.", _any(does(SHARE_ANONYMISED))
    ),
    TermsFlag("training", Severity.REFUSE, "Trains machines with your data.", _any(does(TRAIN))),
    TermsFlag("profiling", Severity.WARN, "Builds a profile of you.", _any(does(PROFILE))),
    TermsFlag("tracking", Severity.WARN, "Follows what you do.", _any(does(TRACK))),
    TermsFlag("deriving", Severity.WARN, "Concludes things about you.", _any(does(DERIVE))),
    TermsFlag(
        "selling",
        Severity.REFUSE,
        "May sell what it knows.",
        _any(is_for("SellDataToThirdParties", "SellInsightsFromData")),
    ),
    TermsFlag("advertising", Severity.WARN, "Wants to advertise to you.", _any(is_for("Marketing"))),
    TermsFlag("broad-purpose", Severity.WARN, "The purpose is so wide that it says little.", _any(is_broad)),
    TermsFlag(
        "retention-beyond-purpose",
        Severity.WARN,
        "Keeps it longer than the purpose needs.",
        _any(is_kept_longer),
    ),
    TermsFlag("place-open", Severity.NOTE, "Does not say where it is kept.", _any(is_anywhere)),
    TermsFlag("tied-consent", Severity.WARN, "Demands data the order does not need.", _any(is_tied)),
    TermsFlag("no-deletion", Severity.WARN, "No promise to delete in time.", _policy(no_deletion)),
    TermsFlag("no-receipts", Severity.NOTE, "Will not report what it does.", _policy(no_receipts)),
    TermsFlag(
        "silent-renewal",
        Severity.REFUSE,
        "Renews by itself without telling you.",
        _conditions(_renews_silently),
    ),
    TermsFlag("long-renewal", Severity.WARN, "Each renewal binds you for long.", _renews_for_long),
    TermsFlag("long-notice", Severity.WARN, "You must give notice very early.", _binds_early),
    TermsFlag("no-way-out", Severity.WARN, "Has no end and no notice.", _draft(_has_no_way_out)),
    TermsFlag("long-term", Severity.WARN, "Binds you for over two years.", _binds_for_long),
    TermsFlag(
        "unilateral-change",
        Severity.REFUSE,
        "May change terms or price alone.",
        _changes(TermChanges.FREE, PriceChanges.FREE),
    ),
    TermsFlag(
        "notified-change",
        Severity.WARN,
        "May change after telling you.",
        _changes(TermChanges.NOTIFIED, PriceChanges.NOTIFIED),
    ),
    TermsFlag(
        "price-gag",
        Severity.REFUSE,
        "Forbids you to tell the price.",
        _conditions(lambda said: said.price_publication is PricePublication.FORBIDDEN),
    ),
    TermsFlag(
        "arbitration-only",
        Severity.REFUSE,
        "Takes the courts away from you.",
        _conditions(lambda said: said.dispute_venue is DisputeVenue.ARBITRATION),
    ),
    TermsFlag("foreign-law", Severity.NOTE, "Law of another country.", _is_foreign),
    TermsFlag(
        "cancellation-fee",
        Severity.WARN,
        "Leaving costs money.",
        _conditions(lambda said: said.cancellation_fee > 0),
    ),
    TermsFlag(
        "short-withdrawal",
        Severity.WARN,
        "Short time to change your mind.",
        _conditions(lambda said: said.withdrawal_days < _WITHDRAWAL_DAYS),
    ),
    TermsFlag(
        "returns-at-cost",
        Severity.NOTE,
        "You pay for sending it back.",
        _conditions(lambda said: said.return_costs is ReturnCosts.CUSTOMER),
    ),
    TermsFlag(
        "no-roster", Severity.WARN, "Uses terms of its own.", _terms(lambda terms: terms.roster is None)
    ),
    TermsFlag("beyond-published", Severity.WARN, "Asks more than it says in public.", _exceeds_published),
    TermsFlag("beyond-maximum", Severity.WARN, "More than you allow.", _exceeds_maximum),
    TermsFlag("terms-widened", Severity.WARN, "More than before.", _widens),
    TermsFlag(
        "text-unverified",
        Severity.WARN,
        "Has you sign a text that your node cannot read, too.",
        _terms(lambda terms: not are_verified(terms)),
    ),
    TermsFlag(
        "free-text", Severity.NOTE, "Adds words of its own.", _draft(lambda draft: bool(draft.content))
    ),
)
"""All that can be raised."""
