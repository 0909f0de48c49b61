"""Quotas: what a peer sends is weighed as it is taken, and nothing is taken where its share is used up.

Rules that hold here:

- All that is recorded while an activity is taken counts, whoever's entry it is, and what is kept beside the
  journal; what was ignored is not recorded and counts nothing.
- The owner is told of a share that is used up once in a period, by an entry of the journal, and sees in the
  list of refusals the first activity that was turned away for it.
"""

from dataclasses import replace
from typing import Final

from node.core.quotas import (
    RECEIPT_BYTES,
    Acquaintance,
    Extent,
    QuotaSpent,
    Share,
    charge,
    check_room,
    is_told,
    shares,
)
from node.services.acting import Acting
from node.services.ledger.recording import note
from node.storage import quotas as rows
from node.storage.peers import PeerRow
from node.storage.senders import SenderRow
from node.storage.session import Session

SPENT: Final = "quota.spent"


class Scales:
    """What taking one activity of a peer adds to the journal, in bytes."""

    def __init__(self, acting: Acting, peer: PeerRow, sender: SenderRow, *, origin: str) -> None:
        """Take what stands here about a peer at an origin: it says what counts against which share."""
        self._actor, self._now = acting.iri, acting.now
        known = acquaintance(sender)
        self._shares = shares(known, acting.limits.quotas, peer=peer.id, origin=origin)
        self._uses = sender.uses
        self._weight = 0

    def check_room(self, *, own_alone: bool = False) -> None:
        """Check that there is room, in the peer's own share alone or in those with others too.

        Raises:
            QuotaSpent: `quota-spent`.
        """
        wanted = [share for share in self._shares if share.scope is Extent.PEER or not own_alone]
        check_room(wanted, self._uses, now=self._now)

    def weighing(self, acting: Acting) -> Acting:
        """Return the same actor, whose entries are weighed, and what it keeps beside them."""

        def count(kept: int) -> None:
            self._weight += kept

        return replace(acting, weigh=count)

    def charge(self, session: Session, *, news: bool) -> bool:
        """Count what was recorded against every share, or the receipt alone; tell whether one is to be kept.

        What is no news, and nothing was recorded of, leaves none. Call inside the write.
        """
        if not self._weight and not news:
            return False
        weight, now = self._weight or RECEIPT_BYTES, self._now
        used = {share: charge(share, self._uses.get(share.scope), weight, now=now) for share in self._shares}
        rows.save_uses(session, self._actor, used)
        return True


def acquaintance(sender: SenderRow) -> Acquaintance:
    """Return what there is between an actor and a sender."""
    if sender.agreed:
        return Acquaintance.PARTNER
    return Acquaintance.ANSWERED if sender.answered or sender.followed else Acquaintance.STRANGER


def tell(session: Session, acting: Acting, error: QuotaSpent, *, peer: PeerRow) -> bool:
    """Tell the owner that a share is used up, unless that was said before; tell whether it was news."""
    share: Share = error.share
    use = rows.load_use(session, acting.iri, share)
    assert use is not None  # noqa: S101 - what is used up has been touched
    if is_told(use, now=acting.now):
        return False
    rows.save_uses(session, acting.iri, {share: replace(use, told_at=acting.now)})
    decision = {"scope": share.scope.value, "allowance": share.allowance, "sender": peer.address}
    note(session, acting, SPENT, decision)
    return True
