"""Altered copies are refused on both sides, and change nothing; the genuine one is taken afterwards."""

import base64
import copy
import hashlib
import json
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping

import pytest

from node.sandbox.nodes import Node
from protocol.documents import Document
from tests.interop.fedify.deals import cast, made, post, state_of, terms_for
from tests.interop.fedify.process import PATIENCE_SECONDS, Fedify

pytestmark = pytest.mark.slow

SCHEMES = ["rfc9421", "draft-cavage-12"]


@pytest.fixture(scope="module")
def offer(fedify: Fedify, customer: Node) -> Document:
    """An offer that Fedify wrote and proved, and that was not sent yet."""
    _own, create = cast(customer, fedify, "A bike that is not quite it")
    return fedify.compose("bikes", "offer", customer.actor, terms_for(create["object"]))


@pytest.fixture(scope="module")
def delivery(fedify: Fedify, shop: Node) -> Document:
    """An offer of ours as it was delivered to Fedify, with its headers."""
    _intention, _offer, read = made(shop, fedify, "A bike to be tampered with")
    return next(came for came in fedify.deliveries if json.loads(came["body"])["id"] == read["id"])


def send(url: str, body: str, headers: Mapping[str, str]) -> tuple[int, str]:
    """POST bytes under given headers; return the status and, of a refusal, the code."""
    kept = {name: value for name, value in headers.items() if name not in ("connection", "content-length")}
    try:
        request = urllib.request.Request(url, body.encode(), kept, method="POST")
        with urllib.request.urlopen(request, timeout=PATIENCE_SECONDS) as answer:
            return answer.status, ""
    except urllib.error.HTTPError as error:
        with error:
            said = error.read()
        return error.code, json.loads(said)["code"] if said.startswith(b"{") else ""


def cheaper(document: Document) -> Document:
    """Change what an offer costs, in Fedify's spelling or in ours."""
    text = json.dumps(document)
    changed = text.replace('"2249.50"', '"2149.50"').replace('"2160"', '"2060"')
    assert changed != text
    found: Document = json.loads(changed)
    return found


def with_digest(headers: Mapping[str, str], body: str) -> dict[str, str]:
    """Make the digests of a request fit another body."""
    digest = base64.b64encode(hashlib.sha256(body.encode()).digest()).decode()
    fresh = {"content-digest": f"sha-256=:{digest}:", "digest": f"SHA-256={digest}"}
    return dict(headers) | {name: value for name, value in fresh.items() if name in headers}


# --- Fedify's, altered, to us -------------------------------------------------------------------------------


def _proof(**changes: str) -> Callable[[Document, Fedify], None]:
    return lambda document, _fedify: document["proof"].update(changes)


def _terms(document: Document, _fedify: Fedify) -> None:
    document.update(cheaper(document))


def _no_proof(document: Document, _fedify: Fedify) -> None:
    del document["proof"]


def _actor(document: Document, fedify: Fedify) -> None:
    document["actor"] = fedify.actor("carol")


def _key(document: Document, fedify: Fedify) -> None:
    document["proof"]["verificationMethod"] = fedify.actor("carol") + "#multikey-2"


@pytest.mark.parametrize(
    ("alter", "status", "code"),
    [
        pytest.param(_terms, 422, "proof-invalid", id="terms"),
        pytest.param(_proof(created="2026-01-01T00:00:00Z"), 422, "proof-invalid", id="created"),
        pytest.param(_proof(proofValue="z" + "2" * 87), 422, "proof-invalid", id="proof-value"),
        pytest.param(_key, 422, "proof-invalid", id="another-key"),
        pytest.param(_no_proof, 422, "proof-required", id="no-proof"),
        pytest.param(_actor, 401, "unauthenticated", id="another-actor"),
    ],
)
def test_we_refuse_an_altered_document_that_is_freshly_signed(
    fedify: Fedify,
    customer: Node,
    offer: Document,
    alter: Callable[[Document, Fedify], None],
    status: int,
    code: str,
) -> None:
    before, altered = state_of(customer), copy.deepcopy(offer)
    alter(altered, fedify)
    sent = fedify.post("bikes", f"{customer.actor}/inbox", altered)
    assert (sent["status"], json.loads(sent["answer"])["code"]) == (status, code)
    assert state_of(customer) == before


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("digest", ["as-signed", "of-the-body"])
def test_we_refuse_another_body_under_fedifys_signature(
    fedify: Fedify, customer: Node, offer: Document, scheme: str, digest: str
) -> None:
    before, inbox = state_of(customer), f"{customer.actor}/inbox"
    body, altered = json.dumps(offer), json.dumps(cheaper(offer))
    headers = fedify.ask("sign", **{"as": "bikes"}, url=inbox, body=body, scheme=scheme)
    fresh = with_digest(headers, altered) if digest == "of-the-body" else headers
    assert send(inbox, altered, fresh) == (401, "unauthenticated")
    assert state_of(customer) == before


@pytest.mark.parametrize("scheme", SCHEMES)
def test_we_refuse_fedifys_signature_in_the_name_of_another_key(
    fedify: Fedify, customer: Node, offer: Document, scheme: str
) -> None:
    before, inbox, body = state_of(customer), f"{customer.actor}/inbox", json.dumps(offer)
    headers = fedify.ask("sign", **{"as": "bikes"}, url=inbox, body=body, scheme=scheme)
    renamed = {name: value.replace("/users/bikes#", "/users/carol#") for name, value in headers.items()}
    assert renamed != headers
    assert send(inbox, body, renamed) == (401, "unauthenticated")
    assert state_of(customer) == before


def test_we_take_the_genuine_one(fedify: Fedify, customer: Node, offer: Document) -> None:
    assert fedify.post("bikes", f"{customer.actor}/inbox", offer)["status"] == 202


# --- ours, altered, to Fedify -------------------------------------------------------------------------------


@pytest.mark.parametrize("digest", ["as-signed", "of-the-body"])
@pytest.mark.parametrize("change", ["terms", "actor", "key"])
def test_fedify_refuses_an_altered_copy(
    fedify: Fedify, shop: Node, delivery: Document, change: str, digest: str
) -> None:
    before, headers = len(fedify.taken), dict(delivery["headers"])
    document = cheaper(json.loads(delivery["body"]))  # so that the proof alone does not make it genuine
    if change == "actor":
        document["actor"] = fedify.actor("bikes")
    if change == "key":
        headers["signature-input"] = headers["signature-input"].replace(shop.actor, fedify.actor("bikes"))
    body = json.dumps(document)
    fresh = with_digest(headers, body) if digest == "of-the-body" else headers
    assert send(fedify.origin + delivery["path"], body, fresh)[0] == 401
    assert len(fedify.taken) == before


def test_fedify_takes_the_genuine_one_again(fedify: Fedify, delivery: Document) -> None:
    """Sent the way the altered copies are: it is they that were refused, not the way."""
    assert send(fedify.origin + delivery["path"], delivery["body"], delivery["headers"])[0] == 202


def test_fedify_takes_a_proof_without_a_signature_around_it(fedify: Fedify, delivery: Document) -> None:
    headers = {"content-type": delivery["headers"]["content-type"]}
    assert send(f"{fedify.origin}/inbox", delivery["body"], headers)[0] == 202
    altered = json.dumps(cheaper(json.loads(delivery["body"])))
    assert send(f"{fedify.origin}/inbox", altered, headers)[0] == 401


def test_fedify_takes_a_broken_proof_for_the_http_signatures_sake(
    fedify: Fedify, shop: Node, delivery: Document
) -> None:
    """Whoever relies on a proof there has to verify it: Fedify's inbox is content with either signature."""
    document = cheaper(json.loads(delivery["body"])) | {"id": f"{shop.origin}/activities/broken"}
    wish = {"inbox": fedify.origin + delivery["path"], "activity": document, "prove": False}
    assert post(shop, "/fed/send", wish)["status"] == 202
    assert not fedify.wait_for("Offer", id=document["id"])["proved"]
    assert fedify.ask("verify", document=document) == {"keys": [None], "object": False}
