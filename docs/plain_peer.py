"""A peer of plain FEP-0837 with proofs, which believes what it is told: `plain_peer.py PORT NODE'S-ACTOR`."""

import sys
from base64 import b64encode
from datetime import UTC, datetime
from hashlib import sha256
from secrets import token_urlsafe
from typing import Any

import rfc8785
from aiohttp import ClientSession, web
from base58 import b58encode
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

if len(sys.argv) != 3 or not sys.argv[1].isdigit():
    sys.exit("Usage: plain_peer.py PORT NODE'S-ACTOR, such as 8500 http://127.0.0.1:8420/actors/ada")
ME, NODE, MEDIA = f"http://127.0.0.1:{sys.argv[1]}/me", sys.argv[2], "application/activity+json"
CONTEXT = ["https://www.w3.org/ns/activitystreams", "https://w3id.org/fep/0837"]
SECRET, KEY, EURO = Ed25519PrivateKey.generate(), f"{ME}#key", "https://www.wikidata.org/wiki/Q4916"
MULTIBASE = "z" + b58encode(b"\xed\x01" + SECRET.public_key().public_bytes_raw()).decode()
MULTIKEY = {"id": KEY, "type": "Multikey", "controller": ME, "publicKeyMultibase": MULTIBASE}
ACTOR = {"id": ME, "type": "Person", "inbox": f"{ME}/inbox", "assertionMethod": MULTIKEY}
ONE = {"hasUnit": "one", "hasNumericalValue": "1"}


async def say(type: str, **more: Any) -> None:
    """Prove an activity, and post it in a request that is signed (RFC 9421)."""
    now, inbox = datetime.now(UTC), f"{NODE}/inbox"
    said: Any = {"@context": CONTEXT, "id": f"{ME}/{token_urlsafe()}", "type": type, "actor": ME, "to": NODE}
    proof: Any = {"@context": CONTEXT, "type": "DataIntegrityProof", "cryptosuite": "eddsa-jcs-2022"}
    proof |= {"created": f"{now:%FT%TZ}", "proofPurpose": "assertionMethod", "verificationMethod": KEY}
    hashes = b"".join(sha256(rfc8785.dumps(part)).digest() for part in (proof, said | more))
    proof |= {"proofValue": "z" + b58encode(SECRET.sign(hashes)).decode()}
    body = rfc8785.dumps({**said, **more, "proof": proof})
    digest = f"sha-256=:{b64encode(sha256(body).digest()).decode()}:"
    covers = f'("@method" "@target-uri" "content-digest");created={now.timestamp():.0f};keyid="{KEY}"'
    base = f'"@method": POST\n"@target-uri": {inbox}\n"content-digest": {digest}\n"@signature-params": '
    signature = b64encode(SECRET.sign((base + covers).encode())).decode()
    signed = {"Content-Digest": digest, "Signature-Input": f"s={covers}", "Signature": f"s=:{signature}:"}
    async with ClientSession(headers={**signed, "Content-Type": MEDIA}) as session:
        (await session.post(inbox, data=body)).raise_for_status()


async def serve(request: web.Request) -> web.Response:
    """Show the actor, or answer an activity."""
    if request.method == "GET":
        return web.json_response(ACTOR, content_type=MEDIA)
    said, iri = await request.json(), f"{ME}/{token_urlsafe()}"
    match said["type"], said["object"], "result" in said:
        case "Create", {"type": "Proposal", "publishes": {"id": wanted}, "reciprocal": {"id": given}}, _:
            due: Any = {"type": "Commitment", "satisfies": wanted, "resourceQuantity": ONE}
            fee = {**due, "satisfies": given, "resourceQuantity": ONE | {"hasNumericalValue": "30"}}
            await say("Offer", object={"type": "Agreement", "stipulates": due, "stipulatesReciprocal": fee})
            due = {"type": "Intent", "id": f"{iri}#primary", "resourceQuantity": ONE}
            fee = {"type": "Intent", "id": f"{iri}#reciprocal", "resourceQuantity": {"hasUnit": "one"}}
            fee |= {"resourceConformsTo": EURO}
            wish = {"type": "Proposal", "id": iri, "attributedTo": ME, "purpose": "request", "to": NODE}
            await say("Create", object={**wish, "publishes": due, "reciprocal": fee})
        case "Offer", terms, _:
            key, digest = said["proof"]["verificationMethod"], sha256(rfc8785.dumps(said)).digest()
            named = {"digestMultibase": "z" + b58encode(b"\x12\x20" + digest).decode()}
            mine = {"type": "Party", "actor": ME, "verificationMethod": KEY, "publicKeyMultibase": MULTIBASE}
            theirs = {"actor": NODE, "verificationMethod": key, "publicKeyMultibase": key.partition("#")[2]}
            parties = [mine | theirs | {"role": "offerer"}, mine | {"role": "offeree"}]
            terms |= {
                end: terms[end] | {"id": f"{iri}#{end}"} for end in ("stipulates", "stipulatesReciprocal")
            }
            terms |= {"id": iri, "attributedTo": ME, "offer": said["id"], "published": said["published"]}
            final = {**terms, **named, "parties": parties, "salt": token_urlsafe(16)}
            await say("Accept", object=said["id"], context=said["context"], result=final, **named)
        case "Accept", agreement, False:
            await say("Create", object={"type": "Document", "id": iri, "attributedTo": ME}, context=agreement)
    return web.Response(status=202)


(app := web.Application()).router.add_route("*", "/{path:.*}", serve)
web.run_app(app, host="127.0.0.1", port=int(sys.argv[1]), print=None)
