"""Valid rows of every kind, to be changed in one place by the test that needs it."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from node.core.entries import Direction, Entry
from node.core.intentions import IntentionState
from node.core.losses import LossReason
from node.core.own_copies import CopyPurpose
from node.core.records import RecordKind, RecordState
from node.storage import assortments
from node.storage.accesses import AccessRow
from node.storage.actors import ActorRow, KeyRow
from node.storage.agreements import AgreementRow, AgreementState
from node.storage.assortments import ItemRow
from node.storage.crm import CallState, ConflictReason, CrmCallRow, CrmConflictRow, CrmRecordRow
from node.storage.deliveries import DeliveryRow, DeliveryState
from node.storage.grants import GrantRow
from node.storage.holdings import HoldingRow
from node.storage.intentions import IntentionRow
from node.storage.losses import LossRow
from node.storage.messages import MessageRow
from node.storage.moves import MoveRow, MoveStatus
from node.storage.offers import OfferRow
from node.storage.own_copies import OwnCopyRow
from node.storage.peers import FollowDirection, FollowRow, FollowState, PeerRow
from node.storage.session import Session, value
from node.storage.tokens import TokenRow, hash_token
from node.storage.told import ToldRow
from node.storage.undertakings import UndertakingRow
from protocol.grants import GrantState
from protocol.negotiation import Event, Party, State
from protocol.undertakings import UndertakingState
from protocol.withholding import IntentionField

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
ADA = "https://a.example/actors/ada"
BOB = "https://a.example/actors/bob"
SHOP = "https://b.example/actors/shop"
THEM = "peer_1"  # the shop, as ada knows it
WISH = "https://a.example/intentions/int_1"


def at(minutes: float) -> datetime:
    return NOW + timedelta(minutes=minutes)


def entry(number: int = 1, **changes: Any) -> Entry:
    members: dict[str, Any] = {
        "at": at(number),
        "direction": Direction.IN,
        "kind": "offer",
        "actor": ADA,
        "peer": SHOP,
        "subject": f"https://b.example/activities/act_{number}",
        "decision": {"offer": f"of_{number}"},
        "body": b'{"type": "Offer"}',
    }
    return Entry(**members | changes)


def actor(**changes: Any) -> ActorRow:
    plain = ActorRow(iri=ADA, handle="ada", kind="Person", name="Ada", summary="", created_at=NOW)
    return replace(plain, **changes)


def key(number: int = 1, **changes: Any) -> KeyRow:
    members: dict[str, Any] = {
        "id": f"{ADA}#ed25519-{number}",
        "actor": ADA,
        "algorithm": "ed25519",
        "private_pem": "-----BEGIN PRIVATE KEY-----",
        "created_at": at(number),
        "retired_at": None,
    }
    return KeyRow(**members | changes)


def intention(number: int = 1, **changes: Any) -> IntentionRow:
    members: dict[str, Any] = {
        "id": f"int_{number}",
        "actor": ADA,
        "iri": f"https://a.example/intentions/int_{number}",
        "peer": None,
        "name": "A bicycle",
        "place": "Hamburg",
        "document": {"type": "Proposal", "name": "A bicycle"},
        "private": {"limit_price": "2500.00"},
        "state": IntentionState.OPEN,
        "own": True,
        "deadline": at(60),
        "received_at": at(number),
        "updated_at": at(number),
    }
    return IntentionRow(**members | changes)


def told(number: int = 1, **changes: Any) -> ToldRow:
    members: dict[str, Any] = {
        "actor": ADA,
        "intention": f"https://a.example/intentions/int_{number}",
        "peer": "peer_1",
        "digest": f"zQm{number}",
        "roster": "SD-BASE-DP",
        "asks": "zQmAsked",
        "withheld": (IntentionField.PLACE.value,),
        "updated": at(number),
        "entry": number,
    }
    return ToldRow(**members | changes)


def undertaking(number: int = 1, **changes: Any) -> UndertakingRow:
    members: dict[str, Any] = {
        "actor": ADA,
        "intention": f"https://a.example/intentions/int_{number}",
        "peer": "peer_1",
        "own": False,
        "iri": f"https://b.example/undertakings/und_{number}",
        "activity": f"https://b.example/activities/act_{number}",
        "document": {"type": "Undertaking"},
        "copy": f"zQm{number}",
        "roster": "PDC-INTENT",
        "fields": (IntentionField.PLACE.value,),
        "state": UndertakingState.DISCLOSED,
        "signed_at": at(number),
        "disclosed_at": at(number),
        "ended_at": None,
    }
    return UndertakingRow(**members | changes)


def own_copy(number: int = 1, **changes: Any) -> OwnCopyRow:
    members: dict[str, Any] = {
        "actor": ADA,
        "intention": f"https://a.example/intentions/int_{number}",
        "peer": "peer_1",
        "origin": "https://a.example",
        "purpose": CopyPurpose.SIGN,
        "due_at": at(number),
        "asked_at": at(number),
        "tries": number,
    }
    return OwnCopyRow(**members | changes)


def grant(number: int = 1, **changes: Any) -> GrantRow:
    members: dict[str, Any] = {
        "id": f"grt_{number}",
        "actor": ADA,
        "iri": f"https://a.example/grants/grt_{number}",
        "own": True,
        "peer": THEM,
        "activity": f"https://a.example/activities/act_{number}",
        "agreement": "https://a.example/agreements/agr_1",
        "document": {"type": "Grant"},
        "digest": f"zQm{number}",
        "state": GrantState.ACTIVE,
        "serial": 0,
        "why": "",
        "given_at": at(number),
        "starts_at": None,
        "ends_at": at(60),
        "ended_at": None,
    }
    return GrantRow(**members | changes)


def access(number: int = 1, **changes: Any) -> AccessRow:
    members: dict[str, Any] = {
        "actor": ADA,
        "entry": number,
        "iri": "https://a.example/grants/grt_1",
        "reader": SHOP,
        "code": "",
        "fields": ("http://schema.org/email",),
        "serial": number,
        "digest": f"zQm{number}",
        "key": f"{SHOP}#rsa",
        "at": at(number),
    }
    return AccessRow(**members | changes)


def holding(number: int = 1, **changes: Any) -> HoldingRow:
    members: dict[str, Any] = {
        "actor": ADA,
        "iri": f"https://b.example/grants/grt_{number}",
        "field": "http://schema.org/email",
        "serial": 1,
        "entry": number,
        "obtained_at": at(number),
        "purge_due": at(60),
        "purged_at": None,
    }
    return HoldingRow(**members | changes)


def offer(number: int = 1, **changes: Any) -> OfferRow:
    members: dict[str, Any] = {
        "id": f"of_{number}",
        "actor": ADA,
        "negotiation": f"https://b.example/negotiations/neg_{number}",
        "peer": THEM,
        "origin": "https://b.example",
        "role": Party.OFFEREE,
        "intention": WISH,
        "amends": None,
        "name": "A bicycle",
        "state": State.OFFERED,
        "head": f"https://b.example/activities/act_{number}",
        "head_digest": "zQm1",
        "standing": f"https://b.example/activities/act_{number}",
        "standing_digest": "zQm1",
        "draft": {"type": "Agreement", "name": "A bicycle"},
        "countered": None,
        "total": Decimal("2390.00"),
        "currency": "EUR",
        "rounds": 1,
        "expires_at": at(60),
        "opened_at": at(number),
        "updated_at": at(number),
        "exceeded": None,
        "alternative_to": None,
    }
    return OfferRow(**members | changes)


def loss(number: int = 1, **changes: Any) -> LossRow:
    members: dict[str, Any] = {
        "id": f"of_{number}",
        "actor": ADA,
        "peer": THEM,
        "reason": LossReason.DECLINED,
        "codes": ("terms-refused", "tracking"),
        "worded": False,
        "day": at(number).date().isoformat(),
        "lost_at": at(number),
    }
    return LossRow(**members | changes)


def move(number: int = 1, **changes: Any) -> MoveRow:
    members: dict[str, Any] = {
        "iri": f"https://b.example/activities/act_{number}",
        "actor": ADA,
        "offer": "of_1",
        "event": Event.OFFER,
        "by_party": Party.OFFERER,
        "digest": "zQm1",
        "answers": None,
        "answers_digest": None,
        "entry": number,
        "at": at(number),
        "status": MoveStatus.APPLIED,
    }
    return MoveRow(**members | changes)


def agreement(number: int = 1, **changes: Any) -> AgreementRow:
    members: dict[str, Any] = {
        "id": f"agr_{number}",
        "actor": ADA,
        "iri": f"https://a.example/agreements/agr_{number}",
        "offer": "of_1",
        "peer": THEM,
        "role": Party.OFFEREE,
        "intention": WISH,
        "own": True,
        "document": {"type": "Agreement"},
        "digest": "zQm1",
        "state": AgreementState.ACCEPTED,
        "total": Decimal("2390.00"),
        "currency": "EUR",
        "starts_at": None,
        "ends_at": None,
        "holds_until": None,
        "leaves_at": None,
        "own_confirmed_at": None,
        "peer_confirmed_at": None,
        "supersedes": None,
        "concluded_at": at(number),
    }
    return AgreementRow(**members | changes)


def message(number: int = 1, **changes: Any) -> MessageRow:
    members: dict[str, Any] = {
        "iri": f"https://b.example/activities/act_{number}",
        "actor": ADA,
        "offer": "of_1",
        "own": False,
        "content": "It is blue.",
        "at": at(number),
        "entry": number,
    }
    return MessageRow(**members | changes)


def peer(number: int = 1, **changes: Any) -> PeerRow:
    members: dict[str, Any] = {
        "actor": ADA,
        "id": f"peer_{number}",
        "address": f"https://b.example/actors/{number}",
        "name": "Shop",
        "kind": "Organization",
        "handle": "shop@b.example",
        "first_seen": NOW,
    }
    return PeerRow(**members | changes)


def follow(number: int = 1, **changes: Any) -> FollowRow:
    members: dict[str, Any] = {
        "actor": ADA,
        "peer": f"peer_{number}",
        "direction": FollowDirection.FOLLOWER,
        "state": FollowState.ACCEPTED,
        "activity": f"https://b.example/activities/follow_{number}",
        "at": at(number),
    }
    return FollowRow(**members | changes)


def delivery(number: int = 1, **changes: Any) -> DeliveryRow:
    members: dict[str, Any] = {
        "id": f"dlv_{number}",
        "actor": ADA,
        "activity": f"https://a.example/activities/act_{number}",
        "entry": number,
        "recipient": SHOP,
        "inbox": f"{SHOP}/inbox",
        "origin": "https://b.example",
        "state": DeliveryState.QUEUED,
        "attempts": 0,
        "tried": False,
        "due_at": NOW,
        "last_status": None,
        "last_error": None,
        "created_at": at(number),
        "settled_at": None,
    } | changes
    return DeliveryRow(**{"address": members["recipient"]} | members)


def item(sku: str = "bike", **changes: Any) -> ItemRow:
    members: dict[str, Any] = {
        "actor": ADA,
        "sku": sku,
        "name": "A bicycle",
        "document": {"name": "A bicycle", "lead_days": 2, "properties": []},
        "price_millionths": 2_390_000_000,
        "currency": "EUR",
        "stock": 5,
        "lead_days": 2,
    }
    return ItemRow(**members | changes)


def load_list(db: Session, actor: str, items: Sequence[ItemRow]) -> None:
    """Load a price list as a whole: an edition after the one before it."""
    edition = value(db, "SELECT coalesce(max(edition), 0) + 1 FROM items")
    assortments.set_items(db, [replace(item, edition=edition) for item in items])
    assortments.drop_items(db, actor, before=edition, limit=1_000)


def token(number: int = 1, **changes: Any) -> TokenRow:
    members: dict[str, Any] = {
        "id": f"tok_{number}",
        "name": "till",
        "hash": hash_token(f"secret-{number}"),
        "scopes": ("read", "write"),
        "created_at": at(number),
    }
    return TokenRow(**members | changes)


def crm_record(number: int = 1, **changes: Any) -> CrmRecordRow:
    base = CrmRecordRow(
        actor=ADA,
        kind=RecordKind.OPPORTUNITY,
        external_id=f"urn:x:{number}",
        crm_id=str(number),
        version="1",
        base={},
        state=RecordState.OPEN,
        ignored=False,
        seen_at=NOW,
    )
    return replace(base, **changes)


def crm_call(number: int = 1, **changes: Any) -> CrmCallRow:
    base = CrmCallRow(
        actor=ADA,
        id=f"cw_{number}",
        kind=RecordKind.OPPORTUNITY,
        external_id=f"urn:x:{number}",
        body={},
        state=CallState.QUEUED,
        made_at=NOW,
        due_at=NOW,
    )
    return replace(base, **changes)


def crm_conflict(number: int = 1, **changes: Any) -> CrmConflictRow:
    base = CrmConflictRow(
        actor=ADA,
        id=f"cf_{number}",
        kind=RecordKind.OPPORTUNITY,
        external_id="",
        crm_id=str(number),
        reason=ConflictReason.DELETED,
        detail="A sentence.",
        fields={},
        at=NOW,
    )
    return replace(base, **changes)
