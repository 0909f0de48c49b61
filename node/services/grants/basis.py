"""The basis of a grant: the agreement that it is under, and whether that holds now."""

from datetime import datetime

from node.core import codes
from node.storage.agreements import AgreementRow, AgreementState
from protocol.agreements import read_agreement
from protocol.errors import Conflict
from protocol.terms import DataTerms

_IN_FORCE = frozenset({AgreementState.CONCLUDED, AgreementState.ENDING})


def terms_of(row: AgreementRow) -> DataTerms:
    """Return what an agreement says about data.

    Raises:
        Conflict: `no-terms`.
    """
    terms = read_agreement(row.document).draft.terms
    if terms is None:
        raise Conflict(codes.NO_TERMS)
    return terms


def is_in_force(row: AgreementRow, now: datetime) -> bool:
    """Tell whether an agreement holds at a moment, also where its end has not been noted yet."""
    if row.state not in _IN_FORCE:
        return False
    left = row.state is AgreementState.ENDING and row.leaves_at is not None and row.leaves_at <= now
    return not left and (row.ends_at is None or now < row.ends_at)


def check_in_force(row: AgreementRow, now: datetime) -> None:
    """Check that something can be granted under an agreement now.

    Raises:
        Conflict: `agreement-not-concluded`.
    """
    if not is_in_force(row, now):
        raise Conflict(codes.AGREEMENT_NOT_CONCLUDED)
