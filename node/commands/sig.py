"""`freehold sig`: what a signature covers, and whether it holds; verified here, without trusting any node."""

from collections.abc import Iterator
from typing import Annotated, Final

from typer import Argument, Option

from node.terminal import deals, phrases
from node.terminal.call import CommandCall
from node.terminal.counts import size
from node.terminal.failures import ExitCode, Failure
from node.terminal.nouns import NOUNS
from node.terminal.options import Key, Out
from node.terminal.printing import as_json, fields
from node.terminal.verbs import noun, verb
from protocol.documents import Document

app = noun(NOUNS["sig"].line)
_BUNDLE: Final = "EvidenceBundle"  # the type of a file of evidence (docs/protocol.md)
_OTHERWISE: Final = "Evidence is verified with: freehold agreement verify"

What = Annotated[
    str,
    Argument(metavar="WHAT", help="A signed document or evidence in a file (- is stdin), or an agreement."),
]
File = Annotated[str, Argument(metavar="FILE", help="A JSON document; - is stdin.")]


@verb(app, "explain")
def explain(call: CommandCall, what: What) -> None:
    """Say who signed what, with which key, over which bytes, and whether that actor lists the key today."""
    from node.terminal import evidence

    body = evidence.content(call, what)
    if f'"{_BUNDLE}"'.encode() not in body:
        _explain_document(call, call.parse(body, what))
        return
    found = evidence.verdict(body)
    chain = [_listing(call, side.actor, side.multibase) for side in found.parties]
    names = {link["actor"]: link["name"] for link in chain}
    described = evidence.document(found) | {"bytes": len(body), "key_chain": chain}
    call.out.show(described, [*evidence.explain(found, len(body), names), *map(_chain_line, chain)])


def _listing(call: CommandCall, actor: str, multibase: str) -> Document:
    """Say whether the actor's own document lists the key today: True, False, or None if nobody could say."""
    try:
        found = call.node.request("POST", "/fed/lookup", {"what": actor})
        name = "you" if call.node.get("/node")["iri"] == actor else phrases.party(found) or actor
    except Failure as failure:
        return {"actor": actor, "name": actor, "listed": None, "detail": failure.detail}
    keys = [key.get("multibase") for key in found.get("keys", [])]
    return {"actor": actor, "name": name, "listed": multibase in keys}


def _chain_line(link: Document) -> str:
    said = {True: "lists this key ✓", False: "does not list this key today ✗"}
    unasked = f"could not be asked ?  {link.get('detail')}"
    return f"  {'key chain':<10} {link['actor']} {said.get(link['listed']) or unasked}"


def _explain_document(call: CommandCall, document: Document) -> None:
    from protocol.canonical import canonicalise, digest

    canonical = canonicalise(document)
    proof = document.get("proof") or {}
    described = {"digest": digest(canonical), "bytes": len(canonical), "proof": proof}
    call.out.show(described, _document_lines(described, proof))


def _document_lines(described: Document, proof: Document) -> Iterator[str]:
    yield f"  {'document':<10} {deals.shortened(described['digest'])}  ({size(described['bytes'])}, JCS)"
    yield from fields(
        [
            ("signed with", str(proof.get("verificationMethod") or "nothing: it has no proof")),
            ("suite", str(proof.get("cryptosuite") or "")),
            ("signed at", str(proof.get("created") or "")),
            ("for", str(proof.get("proofPurpose") or "")),
            ("signature", str(proof.get("proofValue") or "")),
        ]
    )


@verb(app, "verify")
def verify(call: CommandCall, file: File, *, key: Key = "") -> None:
    """Verify the proof in a JSON document."""
    from node.terminal import captured, keyring

    document = call.read_document(file)
    verdict = captured.judge_document(
        document,
        now=call.now(),
        fetch=keyring.fetcher(call),
        key=keyring.public_key(call, key) if key else None,
    )
    if not verdict["verified"]:
        detail = f"Not verified: {verdict['detail']}"
        hint = _OTHERWISE if document.get("type") == _BUNDLE else ""
        raise Failure(verdict["code"], detail, exit_code=ExitCode.UNVERIFIED, hint=hint)
    call.out.show(
        verdict, [f"  Verified: signed with {verdict['verification_method']} at {verdict['created']}."]
    )


@verb(app, "sign")
def sign(
    call: CommandCall,
    file: File,
    *,
    key: Annotated[str, Option("--key", metavar="FILE", help="Your Ed25519 key as PEM (PKCS #8).")],
    method: Annotated[str, Option("--method", metavar="IRI", help="Where others find its public half.")],
    out: Out = "",
) -> None:
    """Attach a proof to a JSON document with a key of your own; the node's keys never leave the node."""
    from node.terminal import keyring
    from protocol import proofs
    from protocol.errors import ProtocolError

    document = call.read_document(file)
    try:
        signed = proofs.attach(
            document, key=keyring.private_key(call, key), verification_method=method, created=call.now()
        )
    except ProtocolError as error:
        raise Failure(error.code, error.detail) from error
    call.save(as_json(signed, indent=2).encode() + b"\n", out)
