"""The name under which others see an actor: changed here, and told to those who know it.

An `Update` of the actor carries its document as it is from now on. It goes to followers, and to each peer
with whom something is open; others read it with the next document they fetch.

Sources: ActivityPub §6.3, §7.3.
"""

from dataclasses import replace
from typing import Any, Final

from node.core import codes
from node.core.legible import is_line
from node.services.acting import Acting
from node.services.describing import update
from node.services.ledger.recording import publish, send
from node.storage import actors, offers, peers
from node.storage.session import Session
from protocol.errors import Unprocessable
from protocol.vocabulary import PUBLIC

LONGEST: Final = 200  # characters, as of the name in a profile
# Peers told one by one, those of the newest negotiations: some ten milliseconds of one write. Whoever is not
# among them reads the name with the next document of the actor that is fetched.
TOLD: Final = 100


def is_name(text: str) -> bool:
    """Tell whether a text can be the name of an actor here."""
    return 0 < len(text.strip()) <= LONGEST and is_line(text.strip())


def rename(session: Session, acting: Acting, name: str) -> dict[str, Any]:
    """Give the acting actor another name, and tell those who know it. Call inside a write.

    Raises:
        Unprocessable: `name-invalid`.
    """
    name = name.strip()
    if not is_name(name):
        raise Unprocessable(codes.NAME_INVALID)
    actors.rename_actor(session, acting.iri, name)
    renamed = replace(acting.owner, actor=replace(acting.owner.actor, name=name))
    near = peers.peers_by_id(session, acting.iri, offers.open_peers(session, acting.iri, limit=TOLD))
    told = [peer for peer in near.values() if not peer.blocked]
    spared = [peer.id for peer in told]
    followers = f"{acting.iri}/followers"
    publish(session, acting, "actor.renamed", update(acting, renamed, PUBLIC, followers), {}, spared=spared)
    for peer in told:
        activity = update(acting, renamed, peer.address)
        send(session, acting, "actor.renamed", activity, {}, recipients=[peer])
    return {"name": name, "told": len(told)}
