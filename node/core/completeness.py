"""Completeness: what an acceptance lacks to be evidence, said all at once.

Whoever knows FEP-0837 alone lacks many things, and need not find out one after the other.

Sources: FEP-0837 (Accepting an agreement), protocol/agreements.py.
"""

from protocol import codes
from protocol.agreements import Agreement, all_lacking, lacking, read_agreement
from protocol.drafts import Draft
from protocol.errors import Unprocessable
from protocol.moves import Move


def read_final(acceptance: Move, negotiation: str, draft: Draft) -> Agreement:
    """Read the agreement of an acceptance of a draft, in the negotiation with this address.

    Raises:
        Unprocessable: `agreement-incomplete`, without what makes an agreement; or as `read_agreement`.
    """
    try:
        return read_agreement(acceptance.agreement, currency=draft.currency)
    except Unprocessable as error:
        if error.code != codes.MISSING_MEMBER or not lacking(acceptance.agreement or {}, draft):
            raise
        lacks = all_that_lacks(acceptance, negotiation, draft)
        raise Unprocessable(codes.AGREEMENT_INCOMPLETE, lacks) from error


def check_complete(final: Agreement, acceptance: Move, negotiation: str, draft: Draft) -> None:
    """Check that an acceptance and its agreement name all that evidence needs.

    Raises:
        Unprocessable: `agreement-incomplete`.
    """
    if not final.complete or acceptance.negotiation != negotiation:
        raise Unprocessable(codes.AGREEMENT_INCOMPLETE, all_that_lacks(acceptance, negotiation, draft))


def all_that_lacks(acceptance: Move, negotiation: str, draft: Draft) -> str:
    """Say all that an acceptance of a draft lacks, in the negotiation with this address."""
    own = [] if acceptance.negotiation == negotiation else ["context"]
    own += [] if acceptance.answers_digest else ["digestMultibase"]
    return all_lacking(own, acceptance.agreement or {}, draft)
