"""What people call the things that stand in the CRM, by their external ids.

Rule here: a name is the words of whoever gave it; what nobody has named, or what is not here, has none.
"""

from collections.abc import Callable, Mapping
from typing import Final

from node.core.records import RecordKind
from node.services.acting import Acting
from node.services.crm.orders import EVIDENCE
from node.services.negotiations.loading import read_terms_of
from node.storage import agreements, intentions, messages, offers, peers
from node.storage.offers import OfferRow
from node.storage.session import Session


def name_of(session: Session, acting: Acting, kind: RecordKind, external_id: str) -> str | None:
    """Return what a thing is called; of a note or a file, what it is about."""
    find = _NAMES.get(kind)
    return (find(session, acting, external_id) or None) if find is not None and external_id else None


def _customer(session: Session, acting: Acting, external_id: str) -> str:
    peer = peers.load_peer_at(session, acting.iri, external_id)
    return "" if peer is None else peer.name or peer.handle or ""


def _opportunity(session: Session, acting: Acting, external_id: str) -> str:
    wish = intentions.load_intention_by_iri(session, acting.iri, external_id)
    return "" if wish is None else wish.name


def _quotation(session: Session, acting: Acting, external_id: str) -> str:
    return _offered(offers.load_offer_by_negotiation(session, acting.iri, external_id))


def _note(session: Session, acting: Acting, external_id: str) -> str:
    message = messages.load_message(session, acting.iri, external_id)
    return "" if message is None else _offered(offers.load_offer(session, acting.iri, message.offer))


def _file(session: Session, acting: Acting, external_id: str) -> str:
    agreement = agreements.load_agreement_by_iri(session, acting.iri, external_id.removesuffix(EVIDENCE))
    return "" if agreement is None else _offered(offers.load_offer(session, acting.iri, agreement.offer))


def _offered(offer: OfferRow | None) -> str:
    return "" if offer is None else read_terms_of(offer).name


_NAMES: Final[Mapping[RecordKind, Callable[[Session, Acting, str], str]]] = {
    RecordKind.CUSTOMER: _customer,
    RecordKind.OPPORTUNITY: _opportunity,
    RecordKind.QUOTATION: _quotation,
    RecordKind.NOTE: _note,
    RecordKind.FILE: _file,
}
