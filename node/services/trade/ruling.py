"""Trying a rule: which of the wishes that wait it would answer, said before it is set.

Rules that hold here:

- It reads only, a wish at a time, and sets nothing.
- Only wishes are looked at that wait for a person, as many as one looks through; whether a stranger may be
  promised so much is found out when it comes to it.
"""

from dataclasses import field
from typing import Any, Final, TypedDict

from node.core.matching import Rule, read_rule, render_rule
from node.core.relisting import FIRST
from node.services.acting import Acting
from node.services.trade import choosing, shop
from node.services.trade.rehearsing import WaitingShown
from node.storage import offers
from node.storage.intentions import IntentionRow
from node.storage.offers import BEFORE_ALL
from node.storage.session import Session
from protocol.intentions import read_intention
from protocol.strictjson import Document
from protocol.values import dataclass

MOST_LATE: Final = 100  # late offers that are counted


class RuleTriedShown(TypedDict):
    """A rule, the wishes it would answer, and how many late offers it might lower, up to `MOST_LATE`."""

    rule: dict[str, Any]
    wishes: WaitingShown
    late: int


@dataclass(slots=True)
class RuleTrial:
    """A rule that is tried: how many wishes wait, those still to look at, and those it would answer."""

    rule: Rule
    count: int
    left: list[IntentionRow]
    late: int
    answered: list[IntentionRow] = field(default_factory=list)


def begin(session: Session, acting: Acting, document: Document) -> RuleTrial:
    """Begin to try a rule.

    Raises:
        Unprocessable: `rule-invalid`.
    """
    rule, (rows, _) = read_rule(document), shop.waiting(session, acting)
    return RuleTrial(rule, len(rows), rows, _late(session, acting, rule))


def _late(session: Session, acting: Acting, rule: Rule) -> int:
    if rule.undercut_after is None or not rule.undercut_percent:
        return 0
    until = acting.now - rule.undercut_after
    return len(offers.unanswered_offers(session, acting.iri, after=BEFORE_ALL, until=until, limit=MOST_LATE))


def look(session: Session, acting: Acting, trial: RuleTrial) -> bool:
    """Look at the next wish; tell whether there is more."""
    if trial.left:
        row = trial.left.pop(0)
        wish = read_intention(row.document)
        if shop.takes_offers(acting, row) and choosing.best(
            session, acting.iri, wish, trial.rule, now=acting.now
        ):
            trial.answered.append(row)
    return bool(trial.left)


def show(trial: RuleTrial) -> RuleTriedShown:
    """Show what came of it."""
    first = [{"id": row.id, "name": read_intention(row.document).name} for row in trial.answered[:FIRST]]
    wishes: WaitingShown = {"waiting": trial.count, "answered": len(trial.answered), "first": first}
    return {"rule": render_rule(trial.rule), "wishes": wishes, "late": trial.late}
