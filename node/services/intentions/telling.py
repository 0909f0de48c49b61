"""Telling: what goes out about an intention of ours, and to whom.

Rules that hold here:

- Every named business gets a copy of its own, addressed to it alone: nobody learns who else was asked.
- Followers and the public share one copy, because a collection names nobody.
- Who is blocked is told nothing, neither of a new intention nor how an old one went on; but that it is over,
  if they have signed for more of it.
"""

from collections.abc import Sequence
from typing import Final

from node.core.intentions import address_all
from node.services.acting import Acting
from node.services.intentions.audiences import Hearer, let_in
from node.services.ledger.recording import publish, send
from node.storage.peers import PeerRow
from node.storage.session import Session
from protocol.canonical import digest_of
from protocol.strictjson import Document
from protocol.times import render_time
from protocol.values import dataclass
from protocol.vocabulary import activity_context
from protocol.withholding import read_withholding

TOLD: Final = "intention.told"


@dataclass(frozen=True, slots=True)
class Copy:
    """One copy of what is told: whom it is addressed to, and the peer who gets it, None for a collection."""

    to: tuple[str, ...]
    peer: PeerRow | None


def shared(acting: Acting, audience: Sequence[object]) -> tuple[str, ...]:
    """Return the `to` of the copy for followers and the public; nothing if neither is told."""
    return address_all(audience, followers=acting.owner.actor.followers or f"{acting.iri}/followers")


def copies(acting: Acting, audience: Sequence[Hearer]) -> Sequence[Copy]:
    """Return each copy that is sent. One for a collection is, even if nobody follows by now."""
    to = shared(acting, audience)
    own = [Copy((who.address,), who) for who in let_in(audience) if isinstance(who, PeerRow)]
    return [Copy(to, None), *own] if to else own


def tell(
    session: Session,
    acting: Acting,
    type: str,
    object: Document,
    copy: Copy,
    *,
    audience: Sequence[Hearer],
    in_rings: bool = False,
) -> None:
    """Send one copy of an activity about an intention; a collection is sent to our followers.

    Of a copy of what is told `in_rings` it is kept what it told: who signs for more does so on one copy.
    """
    activity: Document = {
        "@context": activity_context(with_terms="terms" in object),
        "id": acting.mint("activities", "act"),
        "type": type,
        "actor": acting.iri,
        "to": [*copy.to],
        "published": render_time(acting.now),
        "object": object,
    }
    about: Document = {"intention": object["id"]}
    if in_rings:
        about["told"] = _described(object)
    if copy.peer is None:
        spared = [who.id for who in audience if isinstance(who, PeerRow)]  # they have their own copy
        publish(session, acting, TOLD, activity, about, spared=spared)
    else:
        send(session, acting, TOLD, activity, about, recipients=[copy.peer])


def _described(proposal: Document) -> Document:
    """Return what an undertaking is compared with, of a copy that is sent."""
    held = read_withholding(proposal)
    asks = None if held is None else held.proffer.asks
    return {
        "digest": digest_of(proposal),
        "roster": "" if held is None else held.proffer.roster.name,
        "asks": "" if asks is None else asks.digest,
        "withheld": [] if held is None else [part.value for part in held.withheld],
        "updated": proposal.get("updated"),
        "undertaking": None if held is None else held.undertaking,
    }
