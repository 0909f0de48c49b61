"""Mitra 4 as its source and documentation describe it: an FEP-0837 server whose author wrote that FEP.

Written after the project's repository at 4.11 to 4.17 (October 2025 to February 2026); the sentences and the
data are ours. Paths without a folder are below `mitra_activitypub/src`.

- `FEDERATION.md`, "Notable differences", "Object integrity proofs", "Payments": no shared inbox; WebFinger's
  `self` link is of ld+json with the profile; every activity carries an eddsa-jcs-2022 proof; the object of
  Accept(Follow) is an address; currencies are CAIP-19 addresses, payment links CAIP-10.
- `actors/builders.rs`: RSA and Ed25519 as Multikeys, the RSA key also in `publicKey` under the same id; the
  context has an `implements` of its own (`http://jsonld.mitra.social#`) for FEP-844e's member.
- `deliverer.rs` (`sign_activity`): the proof has no `@context`. `apx_sdk/src/deliver.rs`: posts are signed
  after the cavage draft with RSA. `CHANGELOG.md` 4.4 and 4.6: RFC 9421 is verified, with Ed25519 too, and the
  actor says so. It has to cover method and target (4.7).
- `builders/proposal.rs`: `hasUnit` and `hasNumericalValue` are ValueFlows' terms; a proposal is an offer of
  seconds of subscription for piconeros, `unitBased`.
- `builders/offer_agreement.rs`: what a buyer sends: two commitments, no price lines, no currency, no
  `context`, `to` a single address.
- `handlers/offer.rs`, `builders/accept_offer.rs`, `builders/agreement.rs`: the seller's server accepts by
  itself; the agreement has ids, `attributedTo`, a payment `url` and a `preview` with the invoice's status.
- `builders/update_agreement.rs`: when the payment arrived, an `Update` with the same agreement.
- `handlers/accept.rs`: an agreement without a payment link is refused.
"""

from datetime import UTC, datetime
from typing import Any, Final

import base58
import orjson
from cryptography.hazmat.primitives import hashes

from protocol.strictjson import Document
from protocol.vocabulary import ACTIVITYSTREAMS_CONTEXT, LD_JSON_ACTIVITYSTREAMS, PUBLIC
from tests.interop.foreign import Foreign, multibase, pem

VALUEFLOWS: Final = "https://w3id.org/valueflows/ont/vf#"
CHAIN: Final = "monero:418015bb9ae982a1975da7d79277c270"
ACTOR_CONTEXT: Final = [
    ACTIVITYSTREAMS_CONTEXT,
    "https://www.w3.org/ns/cid/v1",
    "https://w3id.org/security/v1",
    "https://w3id.org/security/data-integrity/v2",
    {
        "manuallyApprovesFollowers": "as:manuallyApprovesFollowers",
        "schema": "http://schema.org/",
        "PropertyValue": "schema:PropertyValue",
        "value": "schema:value",
        "toot": "http://joinmastodon.org/ns#",
        "discoverable": "toot:discoverable",
        "featured": "toot:featured",
        "Emoji": "toot:Emoji",
        "mitra": "http://jsonld.mitra.social#",
        "subscribers": "mitra:subscribers",
        "VerifiableIdentityStatement": "mitra:VerifiableIdentityStatement",
        "MitraJcsEip191Signature2022": "mitra:MitraJcsEip191Signature2022",
        "gateways": "mitra:gateways",
        "implements": "mitra:implements",
        "proofValue": "sec:proofValue",
        "proofPurpose": "sec:proofPurpose",
    },
]
_SHARED: Final = (
    ACTIVITYSTREAMS_CONTEXT,
    "https://w3id.org/security/v1",
    "https://w3id.org/security/data-integrity/v2",
)
_INLINE: Final = {
    "Hashtag": "as:Hashtag",
    "sensitive": "as:sensitive",
    "toot": "http://joinmastodon.org/ns#",
    "Emoji": "toot:Emoji",
}
DEFAULT_CONTEXT: Final = [*_SHARED, _INLINE]
_TERMS: Final = (
    *("Proposal", "Intent", "purpose", "publishes", "reciprocal", "unitBased", "action", "Agreement"),
    *("stipulates", "stipulatesReciprocal", "Commitment", "satisfies", "resourceConformsTo"),
    *("resourceQuantity", "minimumQuantity", "hasUnit", "hasNumericalValue"),
)
MARKET_CONTEXT: Final = [
    *_SHARED,
    {**_INLINE, "vf": VALUEFLOWS, **{term: f"vf:{term}" for term in _TERMS}},
]


def server() -> Foreign:
    """Return a server of this shape; `furnish` it once it has an address."""
    return Foreign("/users/miner", "#main-key", "rsa-sha256")


def furnish(foreign: Foreign) -> None:
    """Put up the actor, its account and its proposal."""
    foreign.pages[foreign.actor_path] = actor(foreign)
    foreign.pages["/.well-known/webfinger"] = {
        "subject": f"acct:miner@{foreign.authority}",
        "links": [{"rel": "self", "type": LD_JSON_ACTIVITYSTREAMS, "href": foreign.iri}],
    }


def actor(foreign: Foreign) -> Document:
    """Return the actor, which sells subscriptions."""
    implemented = {
        "RFC-9421: HTTP Message Signatures": "https://datatracker.ietf.org/doc/html/rfc9421",
        "RFC-9421 signatures using the Ed25519 algorithm": (
            "https://datatracker.ietf.org/doc/html/rfc9421#name-eddsa-using-curve-edwards25"
        ),
    }
    keys = {"#main-key": multibase(foreign.secret), "#ed25519-key": multibase(foreign.proving)}
    return {
        "@context": ACTOR_CONTEXT,
        "id": foreign.iri,
        "type": "Person",
        "preferredUsername": "miner",
        "inbox": f"{foreign.iri}/inbox",
        "outbox": f"{foreign.iri}/outbox",
        "followers": f"{foreign.iri}/followers",
        "following": f"{foreign.iri}/following",
        "subscribers": f"{foreign.iri}/subscribers",
        "featured": f"{foreign.iri}/collections/featured",
        "assertionMethod": [
            {
                "id": foreign.iri + suffix,
                "type": "Multikey",
                "controller": foreign.iri,
                "publicKeyMultibase": key,
            }
            for suffix, key in keys.items()
        ],
        "publicKey": {"id": foreign.key_id, "owner": foreign.iri, "publicKeyPem": pem(foreign.secret)},
        "generator": {
            "type": "Application",
            "implements": [{"name": name, "href": href} for name, href in implemented.items()],
        },
        "summary": "I write about caves.",
        "attachment": [
            {
                "type": "Link",
                "name": "Pay for subscription",
                "mediaType": LD_JSON_ACTIVITYSTREAMS,
                "href": proposal_iri(foreign),
                "rel": ["payment", f"{VALUEFLOWS}Proposal"],
            }
        ],
        "manuallyApprovesFollowers": False,
        "discoverable": True,
        "url": foreign.iri,
        "published": "2025-02-24T23:36:38Z",
        "updated": "2025-02-24T23:36:38Z",
    }


def prove(foreign: Foreign, activity: Document) -> Document:
    """Sign an activity as `sign_activity` does: eddsa-jcs-2022, without a context in the proof."""
    options = {
        "type": "DataIntegrityProof",
        "cryptosuite": "eddsa-jcs-2022",
        "verificationMethod": f"{foreign.iri}#ed25519-key",
        "proofPurpose": "assertionMethod",
        "created": datetime.now(UTC).isoformat().replace("+00:00", "Z"),
    }
    signed = foreign.proving.sign(_sha256(_canonical(options)) + _sha256(_canonical(activity)))
    return {**activity, "proof": {**options, "proofValue": "z" + base58.b58encode(signed).decode()}}


def _canonical(document: Document) -> bytes:
    """Write plain strings, arrays and objects as RFC 8785 has them, which sorted keys alone make."""
    return orjson.dumps(document, option=orjson.OPT_SORT_KEYS)


def _sha256(text: bytes) -> bytes:
    digest = hashes.Hash(hashes.SHA256())
    digest.update(text)
    return digest.finalize()


def _activity(foreign: Foreign, type: str, object: Any, to: str | list[str], **members: Any) -> Document:
    context = MARKET_CONTEXT if type in ("Offer", "Update") or "result" in members else DEFAULT_CONTEXT
    activity = {
        "@context": context,
        "type": type,
        "id": foreign.mint(f"activities/{type.lower()}"),
        "actor": foreign.iri,
        "object": object,
        **members,
        "to": to,
    }
    return prove(foreign, activity)


def follow(foreign: Foreign, whom: str) -> Document:
    """Return a request to follow."""
    return _activity(foreign, "Follow", whom, [whom])


def accept_follow(foreign: Foreign, request: Document) -> Document:
    """Return the answer to a request to follow, which only names it."""
    return _activity(foreign, "Accept", request["id"], [request["actor"]])


def delete(foreign: Foreign) -> Document:
    """Return the last thing an account says (`builders/delete_person.rs`)."""
    return _activity(foreign, "Delete", foreign.iri, [PUBLIC])


def proposal_iri(foreign: Foreign) -> str:
    """Return the address of the actor's proposal."""
    return f"{foreign.iri}/proposals/{CHAIN}"


def quantity(unit: str, value: str) -> Document:
    """Return an amount."""
    return {"hasUnit": unit, "hasNumericalValue": value}


def proposal(foreign: Foreign) -> Document:
    """Return the standing offer of a subscription, paid by the second (`builders/proposal.rs`)."""
    iri = proposal_iri(foreign)
    return {
        "@context": MARKET_CONTEXT,
        "type": "Proposal",
        "id": iri,
        "purpose": "offer",
        "attributedTo": foreign.iri,
        "name": "Pay for subscription",
        "publishes": {
            "type": "Intent",
            "id": f"{iri}#primary",
            "action": "deliverService",
            "resourceConformsTo": "https://www.wikidata.org/wiki/Q579716",
            "resourceQuantity": quantity("second", "1"),
            "minimumQuantity": quantity("second", "50000"),
        },
        "reciprocal": {
            "type": "Intent",
            "id": f"{iri}#reciprocal",
            "action": "transfer",
            "resourceConformsTo": f"caip:19:{CHAIN}/slip44:128",
            "resourceQuantity": quantity("one", "20000"),
            "minimumQuantity": quantity("one", "1000000000"),
        },
        "unitBased": True,
        "to": PUBLIC,
    }


def offer(foreign: Foreign, whom: str, proposal: str, *, unit: str, amount: str, price: str) -> Document:
    """Return an Offer for a proposal (`builders/offer_agreement.rs`)."""
    return _activity(foreign, "Offer", _terms(proposal, unit=unit, amount=amount, price=price), whom)


def accept_offer(foreign: Foreign, offer: Document, *, linked: bool = True) -> Document:
    """Return the automatic acceptance; without `linked` what FEP-0837 alone asks for."""
    return _activity(
        foreign,
        "Accept",
        offer["id"],
        offer["actor"],
        result=agreement(foreign, offer, "Open", linked=linked),
    )


def update_agreement(foreign: Foreign, offer: Document) -> Document:
    """Return what is sent when the payment has arrived."""
    return _activity(foreign, "Update", agreement(foreign, offer, "Paid", linked=True), [offer["actor"]])


def agreement(foreign: Foreign, offer: Document, status: str, *, linked: bool) -> Document:
    """Return the final agreement to an offer (`builders/agreement.rs`)."""
    iri, terms = f"{foreign.origin}/objects/agreements/1", offer["object"]
    final = {
        "type": "Agreement",
        "id": iri,
        "attributedTo": foreign.iri,
        "stipulates": {"id": f"{iri}#primary", **_plain(terms["stipulates"])},
        "stipulatesReciprocal": {"id": f"{iri}#reciprocal", **_plain(terms["stipulatesReciprocal"])},
    }
    link = {"type": "Link", "href": f"caip:10:{CHAIN}:8xyz", "rel": ["payment"]}
    return {**final, "url": link, "preview": {"type": "Note", "name": status}} if linked else final


def _plain(commitment: Document) -> Document:
    return {name: commitment[name] for name in ("type", "satisfies", "resourceQuantity")}


def _terms(proposal: str, *, unit: str, amount: str, price: str) -> Document:
    return {
        "type": "Agreement",
        "stipulates": {
            "type": "Commitment",
            "satisfies": f"{proposal}#primary",
            "resourceQuantity": quantity(unit, amount),
        },
        "stipulatesReciprocal": {
            "type": "Commitment",
            "satisfies": f"{proposal}#reciprocal",
            "resourceQuantity": quantity("one", price),
        },
    }
