"""Senders: all that is asked of whoever sent an activity, before anything is done with it, in one look.

An inbox asks it of everybody: was this taken already, who is that here, may it sign with this key, what is
there between us, and how much of what it sent is kept. One statement for that costs half of six.
"""

from collections.abc import Mapping

from node.core.quotas import Extent, Use
from node.storage.offers import AGREED_HERE, ANSWERED
from node.storage.peer_keys import KeyState
from node.storage.peers import COLUMNS, PeerRow, decode_peer
from node.storage.quotas import read_use
from node.storage.session import Session
from protocol.values import dataclass


@dataclass(frozen=True, slots=True)
class SenderRow:
    """What stands here about the sender of an activity.

    `taken` is the digest of what was taken under the activity's id, `peer` None for a stranger. `has_keys`
    says whether any key of it is known, `key` what is thought of the one that signed, None if it is new.
    `agreed` is as `offers.has_agreed`; `answered` says whether we have made it an offer, or answered one of
    its own, `followed` whether we follow it. `uses` are those that have been touched: of the peer's own
    share, of its origin's two and of all strangers'.
    """

    taken: str | None
    peer: PeerRow | None
    has_keys: bool
    key: KeyState | None
    agreed: bool
    answered: bool
    followed: bool
    uses: Mapping[Extent, Use]


_WHO = {  # whose share each is
    Extent.PEER: "peers.id",
    Extent.ORIGIN: "asked.origin",
    Extent.PARTNERS: "asked.origin",
    Extent.STRANGERS: "''",
}
_BETWEEN = "FROM offers WHERE offers.actor = asked.actor AND offers.peer = peers.id"
_KEYS = "FROM peer_keys WHERE peer_keys.actor = asked.actor AND peer_keys.peer = peers.id"
_LOAD = (
    f"SELECT {', '.join(f'peers.{column}' for column in COLUMNS)}, "
    "(SELECT digest FROM receipts WHERE activity = asked.activity AND recipient = asked.actor), "
    f"EXISTS (SELECT 1 {_KEYS}), (SELECT state {_KEYS} AND fragment = asked.fragment), "
    f"EXISTS (SELECT 1 {_BETWEEN} AND {AGREED_HERE}), EXISTS (SELECT 1 {_BETWEEN} AND {ANSWERED}), "
    "EXISTS (SELECT 1 FROM follows WHERE follows.actor = asked.actor AND follows.peer = peers.id "
    "AND direction = 'following'), "
    f"{', '.join(f'of_{share}.bytes, of_{share}.at, of_{share}.told_at' for share in _WHO)} "
    "FROM (SELECT ? AS actor, ? AS address, ? AS origin, ? AS activity, ? AS fragment) AS asked "
    "LEFT JOIN peers ON peers.actor = asked.actor AND peers.address = asked.address "
    + " ".join(
        f"LEFT JOIN quotas AS of_{share} ON of_{share}.actor = asked.actor "
        f"AND of_{share}.scope = '{share}' AND of_{share}.who = {who}"
        for share, who in _WHO.items()
    )
)
_WIDTH = len(COLUMNS)


def load_sender(
    session: Session, actor: str, address: str, *, origin: str, activity: str, fragment: str
) -> SenderRow:
    """Return what an actor has about who is at an address of an origin and signed an activity with a key."""
    (found,) = session.all(_LOAD, actor, address, origin, activity, fragment)
    taken, has_keys, key, agreed, answered, followed, *uses = found[_WIDTH:]
    return SenderRow(
        taken=taken,
        peer=None if found[0] is None else decode_peer(found[:_WIDTH]),
        has_keys=bool(has_keys),
        key=None if key is None else KeyState(key),
        agreed=bool(agreed),
        answered=bool(answered),
        followed=bool(followed),
        uses={extent: use for at, extent in enumerate(_WHO) if (use := read_use(*uses[3 * at : 3 * at + 3]))},
    )
