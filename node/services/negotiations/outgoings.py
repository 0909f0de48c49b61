"""Outgoings of our owner: what falls due by all agreements, and what those come to a month.

Rules here: only agreements in which our owner pays; of a great many the newest count (`LOOKED_AT` of each
state). A superseded one falls due until the one that took its place was accepted, and that one from then on;
what is paid once is named by the newest alone.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Final, TypeAlias, TypedDict

from node.core.comparison import view_cost
from node.core.drafts import view_time
from node.core.obligations import Obligation
from node.core.outgoings import began, payments
from node.services.acting import Acting
from node.services.negotiations.loading import load_peers
from node.services.negotiations.showing import obligation_of
from node.storage import agreements
from node.storage.agreements import AgreementRow, AgreementState
from node.storage.session import Session
from protocol.prices import amount_string

Owed: TypeAlias = tuple[AgreementRow, Obligation]
"""An agreement in which our owner pays, and what it obliges to; read once."""
LOOKED_AT: Final = 100
_HOLDING: Final = (AgreementState.CONCLUDED, AgreementState.ENDING)
_OVER: Final = (AgreementState.ENDED, AgreementState.SUPERSEDED)


class PaymentShown(TypedDict):
    """What falls due by one agreement (its id) at one moment; `peer` is the name of who is paid."""

    at: str | None
    amount: str
    currency: str
    agreement: str
    name: str
    peer: str


class OutgoingsShown(TypedDict):
    """What falls due within a span, the soonest first, and what the agreements in force come to a month.

    `monthly` has an amount for each currency, `holding` counts the agreements in force.
    """

    payments: Sequence[PaymentShown]
    monthly: dict[str, str]
    holding: int


def show(session: Session, acting: Acting, *, since: datetime, until: datetime) -> OutgoingsShown:
    """Show what falls due from `since` to before `until`, and what a month costs."""
    holding = _owed(session, acting, _HOLDING)
    owed = [*holding, *_owed(session, acting, _OVER)]
    replaced = {row.supersedes: row.concluded_at for row, _ in owed if row.supersedes is not None}
    first = {row.iri: (row.supersedes, began(obligation)) for row, obligation in owed}
    names = load_peers(session, acting.iri, {row.peer for row, _ in owed})
    found = [
        (payment, row, obligation.agreement.draft)
        for row, obligation in owed
        for payment in payments(
            obligation,
            since=since,
            until=until,
            over=replaced.get(row.iri),
            changed=None if row.supersedes is None else row.concluded_at,
            begun=_begun(row, first),
        )
    ]
    return {
        "payments": [
            {
                "at": view_time(payment.at),
                "amount": amount_string(payment.amount, currency=row.currency),
                "currency": row.currency,
                "agreement": row.id,
                "name": draft.name,
                "peer": names[row.peer].name,
            }
            for payment, row, draft in sorted(found, key=lambda one: (one[0].at, one[1].id))
        ],
        "monthly": _monthly(holding),
        "holding": len(holding),
    }


def _owed(session: Session, acting: Acting, states: Sequence[AgreementState]) -> list[Owed]:
    return [
        (row, obligation_of(row))
        for state in states
        for row in agreements.owed_agreements(session, acting.iri, state=state, limit=LOOKED_AT)
    ]


def _begun(row: AgreementRow, first: Mapping[str, tuple[str | None, datetime]]) -> datetime | None:
    """Return when the first of the agreements began that lead to this one, of those that were looked at."""
    before, begun = row.supersedes, None
    while before is not None and before in first:
        before, begun = first[before]
    return begun


def _monthly(holding: Sequence[Owed]) -> dict[str, str]:
    """Add up what is paid by the month, for each currency."""
    sums: dict[str, Decimal] = {}
    for row, obligation in holding:
        monthly = view_cost(obligation.agreement.draft, None)["monthly"]
        if monthly is not None:
            sums[row.currency] = sums.get(row.currency, Decimal(0)) + Decimal(monthly)
    return {
        currency: amount_string(amount, currency=currency)
        for currency, amount in sorted(sums.items())
        if amount
    }
