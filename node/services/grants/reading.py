"""Reading: what our actors granted is read by a business, with a signed request, and every time is on record.

Rules that hold here:

- It is decided in the write that counts it: of many at once no more are answered than may be, and none after
  the end or a revocation.
- Whoever is not answered gets the answer of what is not there. Each request costs the same looks and leaves
  one entry, but for what one reader asks in vain again and again: that is counted.
- What an answer leaves, the same again too, counts against the share of its reader; where that is used up
  nothing is answered, nothing counts as read, and the owner is told once.
- Values are computed from the profile as it is now, and are in no entry; the digest of the answer is.
- The same asked again soon, with the same values, is the same answer and counts once.

Sources: RFC 9421 and draft-cavage (who signs is verified before), RFC 9111 §5.2.2.5 (no-store).
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from typing import Any

from node.core import codes
from node.core.accesses import LISTED_IN_AN_HOUR, REPEATED_WITHIN, AccessRefusal, GrantStanding, refusal_of
from node.core.entries import Direction, Entry
from node.core.facts import facts_of, field_names
from node.core.quotas import QuotaSpent, weigh
from node.services.acting import Acting, Residents
from node.services.grants.basis import is_in_force
from node.services.grants.projecting import ANSWERED, TURNED_AWAY
from node.services.ledger import keys
from node.services.ledger.quotas import Scales, tell
from node.storage import accesses, agreements, cache, grants, peers, profiles
from node.storage.accesses import LastAnswerRow, RefusedReadsRow
from node.storage.grants import GrantRow
from node.storage.peers import PeerRow
from node.storage.senders import load_sender
from node.storage.session import Session
from protocol.canonical import canonicalise
from protocol.disclosures import Disclosure, FactValue, disclosure_digest, render_disclosure
from protocol.errors import Unauthenticated
from protocol.grants import Delivery, Grant, GrantState, read_kept_grant
from protocol.iris import server
from protocol.signatures import MAX_AGE, MAX_SKEW, HttpSignature
from protocol.values import dataclass
from protocol.vocabulary import TERMS_ACTIVITY_CONTEXT

_OTHERS = ""  # whom the grant was not given to are one reader: to be anybody's peer costs one message


@dataclass(frozen=True, slots=True)
class ReadAsked:
    """Somebody asks, signed, for what a grant (its IRI) lets them read: one field by its name, or all.

    `reader` is the address of who signed, `key` that of the key, and `fragment` names it among theirs.
    """

    grant: str
    name: str | None
    has_query: bool
    reader: str
    key: str
    fragment: str
    signature: HttpSignature

    @property
    def address(self) -> str:
        """The address that is read."""
        return f"{self.grant}/data" if self.name is None else f"{self.grant}/data/{self.name}"

    @property
    def noted_key(self) -> str:
        """The address of the key, or only its fragment where the rest is the reader's, which is noted too."""
        address, hash, fragment = self.key.partition("#")
        return hash + fragment if address == self.reader else self.key

    @property
    def field(self) -> str | None:
        """The IRI of the field that is asked for, "" if there is none of that name, None for all."""
        return None if self.name is None else field_names().get(self.name, "")


def answer(session: Session, residents: Residents, asked: ReadAsked) -> bytes | None:
    """Return what a reading is answered with, None for nothing. Call inside a write.

    Raises:
        Unauthenticated: `replay`, the very same request was here before. QuotaSpent: `quota-spent`.
    """
    if not _use_up(session, asked):
        raise Unauthenticated(codes.REPLAY)
    row = grants.load_given(session, asked.grant)
    acting = _acting(residents, row)
    peer = _peer(session, acting, asked)
    agreed = agreements.load_agreement_by_iri(session, acting.iri, "" if row is None else row.agreement)
    profile = profiles.load_profile(session, acting.iri)
    grant = None if row is None else read_kept_grant(row.document)
    standing = None
    if row is not None and grant is not None:
        standing = GrantStanding(
            state=row.state,
            starts_at=row.starts_at,
            ends_at=row.ends_at,
            is_theirs=peer is not None and peer.id == row.peer,
            is_pulled=grant.delivery is Delivery.PULL,
            is_blocked=peer is not None and peer.blocked,
            is_agreed=agreed is not None and is_in_force(agreed, acting.now),
            fields=grant.fields,
        )
    refusal = refusal_of(standing, field=asked.field, has_query=asked.has_query, now=acting.now)
    if row is None or grant is None or peer is None or refusal is not None:
        _turn_away(session, acting, asked, row, peer, refusal or AccessRefusal.UNKNOWN)
        return None
    scales = _scales(session, acting, asked, peer)
    scales.check_room()
    wanted = grant.fields if asked.field is None else (asked.field,)
    said = {"name": acting.owner.actor.name} if profile is None else profile.document
    told = facts_of(said, wanted, now=acting.now)
    disclosure = _disclosed(session, acting, asked, row, grant, told)
    document = _answered(session, scales.weighing(acting), asked, row, disclosure)
    scales.charge(session, news=True)
    return document


def put_off(session: Session, residents: Residents, asked: ReadAsked, error: QuotaSpent) -> None:
    """Tell the owner that what is kept of a reader's is used up. Call inside a write of its own."""
    _use_up(session, asked)
    acting = _acting(residents, grants.load_given(session, asked.grant))
    peer = _peer(session, acting, asked)
    if peer is not None:
        tell(session, acting, error, peer=peer)


def _use_up(session: Session, asked: ReadAsked) -> bool:
    """Remember the signature of a request for as long as it is fresh; say whether it is new."""
    signature = asked.signature
    fingerprint = sha256(f"{signature.key_id}\0{asked.grant}\0".encode() + signature.signature).digest()
    return cache.remember_replay(session, fingerprint, expires_at=signature.created + MAX_AGE + MAX_SKEW)


def _acting(residents: Residents, row: GrantRow | None) -> Acting:
    """Return in whose journal a reading is: the giver's, and of what is not there the first actor's."""
    giver = None if row is None else residents.of(row.actor)
    return residents.at(next(iter(residents.owners))) if giver is None else giver


def _peer(session: Session, acting: Acting, asked: ReadAsked) -> PeerRow | None:
    """Return who reads. Who signs with a key that the peer did not have is a stranger."""
    peer = peers.load_peer_at(session, acting.iri, asked.reader)
    if peer is None or not keys.is_trusted(session, acting.iri, peer, asked.fragment):
        return None
    return peer


def _scales(session: Session, acting: Acting, asked: ReadAsked, peer: PeerRow) -> Scales:
    place = server(asked.reader)
    sender = load_sender(
        session, acting.iri, asked.reader, origin=place, activity=asked.address, fragment=asked.fragment
    )
    return Scales(acting, peer, sender, origin=place)


def _disclosed(
    session: Session,
    acting: Acting,
    asked: ReadAsked,
    row: GrantRow,
    grant: Grant,
    told: Mapping[str, FactValue],
) -> Disclosure:
    """Return what is answered: what was answered a moment ago if that is the same, else the next."""
    fresh = Disclosure(
        iri=asked.address,
        customer=grant.customer,
        business=grant.business,
        grant=grant.iri,
        grant_digest=row.digest,
        agreement=grant.agreement,
        agreement_digest=grant.agreement_digest,
        serial=row.serial + 1,
        salt=acting.salt(),
        published=acting.now,
        facts=told,
    )
    last = accesses.load_answer(session, acting.iri, asked.address)
    if last is None or not timedelta(0) <= acting.now - last.at < REPEATED_WITHIN:
        return fresh
    again = replace(fresh, serial=last.serial, salt=last.salt, published=last.at)
    return again if disclosure_digest(again) == last.digest else fresh


def _answered(
    session: Session, acting: Acting, asked: ReadAsked, row: GrantRow, disclosure: Disclosure
) -> bytes:
    digest = disclosure_digest(disclosure)
    record = {
        "grant": row.iri,
        "agreement": row.agreement,
        "fields": sorted(disclosure.facts),
        "serial": disclosure.serial,
        "digest": digest,
        "key": asked.noted_key,
        "peer": row.peer,
    }
    _note(session, acting, ANSWERED, asked, record)
    _remember(session, acting, asked, row, disclosure, digest)
    return canonicalise({"@context": TERMS_ACTIVITY_CONTEXT, **render_disclosure(disclosure)})


def _remember(
    session: Session, acting: Acting, asked: ReadAsked, row: GrantRow, disclosure: Disclosure, digest: str
) -> None:
    """Keep what makes the same answer again; after the last there is none, and its salt opens the digest."""
    counted = grants.load_given(session, row.iri)
    if counted is None or counted.state is not GrantState.ACTIVE:
        accesses.forget_answers(session, acting.iri, row.iri)
        return
    last = LastAnswerRow(
        acting.iri, asked.address, disclosure.serial, disclosure.salt, digest, disclosure.published
    )
    accesses.save_answer(session, last)


def _turn_away(
    session: Session,
    acting: Acting,
    asked: ReadAsked,
    row: GrantRow | None,
    peer: PeerRow | None,
    refusal: AccessRefusal,
) -> None:
    """Note a try; of more than may be listed within the hour only how many there were."""
    who = peer.id if peer is not None and row is not None and peer.id == row.peer else _OTHERS
    hour = acting.now.replace(minute=0, second=0, microsecond=0)
    before = accesses.load_refused_reads(session, acting.iri, who)
    count = before.count + 1 if before is not None and before.hour == hour else 1
    unlisted = (0 if before is None else before.unlisted) + (count > LISTED_IN_AN_HOUR)
    accesses.save_refused_reads(session, RefusedReadsRow(acting.iri, who, hour, count, unlisted))
    if count > LISTED_IN_AN_HOUR:
        return
    fields: Sequence[str] = [asked.field] if asked.field else []
    record = {
        "grant": "" if row is None else row.iri,
        "fields": fields,
        "code": refusal.value,
        "key": asked.noted_key,
        **({} if peer is None else {"peer": peer.id}),
    }
    _note(session, acting, TURNED_AWAY, asked, record)


def _note(session: Session, acting: Acting, kind: str, asked: ReadAsked, record: Mapping[str, Any]) -> None:
    entry = Entry(
        at=acting.now,
        direction=Direction.IN,
        kind=kind,
        actor=acting.iri,
        peer=asked.reader,
        subject=record["grant"] or None,
        decision=record,
    )
    acting.weigh(weigh(entry))
    acting.record(session, entry, None)
