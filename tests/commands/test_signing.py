"""`sig`, `fed verify` and `fed sink`: signatures judged here, with keys given or looked up by the node."""

import http.client
import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from node.commands.peer import described
from node.core import codes
from node.terminal import captured
from node.terminal.failures import Failure
from protocol import proofs, signatures
from protocol.actors import Actor, ActorKey, ActorKind
from protocol.errors import NotFound
from protocol.flow import FetchActor
from protocol.httpmessages import Request, Scheme
from protocol.keys import PrivateKey, ed25519_from_seed
from tests.commands.nodes import PATIENCE_SECONDS, STOP_SECONDS, Node, Run, started, until
from tests.ports import steady_port

NOW = datetime(2026, 1, 31, 12, 0, tzinfo=UTC)
ACTOR = "https://velo.example/actors/velo"
METHOD = f"{ACTOR}#ed25519-1"
KEY = ed25519_from_seed(bytes(range(32)))
OTHER = ed25519_from_seed(bytes(32))
CONTEXT = ["https://www.w3.org/ns/activitystreams", "https://w3id.org/security/data-integrity/v2"]
NOTE = {"@context": CONTEXT, "id": "https://velo.example/1", "type": "Create", "actor": ACTOR}


def signed(document: dict[str, Any] = NOTE, key: PrivateKey = KEY) -> dict[str, Any]:
    return proofs.attach(document, key=key, verification_method=METHOD, created=NOW)


def request_captured(
    body: bytes, *, scheme: Scheme = Scheme.RFC9421, key: PrivateKey = KEY, at: datetime = NOW
) -> bytes:
    """Return a signed POST as it stands in a file."""
    request = Request("POST", "https://node.example/inbox", (("host", "node.example"),), body)
    fields = {"host": "node.example"} | signatures.sign(
        request, scheme=scheme, key=key, key_id=METHOD, now=at
    )
    head = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
    return f"POST /inbox HTTP/1.1\r\n{head}\r\n".encode() + body


def fetch(wish: FetchActor) -> Actor:
    """Be the network: one actor with one key."""
    if wish.iri != ACTOR:
        raise NotFound(codes.NOT_FOUND, "There is no such actor.")
    key = ActorKey(METHOD, ACTOR, KEY.public, frozenset({"http", "assertionMethod"}))
    return Actor(
        iri=ACTOR,
        kind=ActorKind.ORGANIZATION,
        name="Velo",
        handle="velo",
        inbox=f"{ACTOR}/inbox",
        shared_inbox=None,
        outbox=None,
        followers=None,
        summary="",
        keys=(key,),
        speaks_ed25519=True,
    )


def judge(content: bytes, **given: Any) -> dict[str, Any]:
    request = captured.read_request(content, scheme="https")
    return captured.judge_request(request, now=NOW + timedelta(days=400), fetch=fetch, **given)


# --- judging -----------------------------------------------------------------------------------------


def test_a_capture_is_judged_however_old_it_is() -> None:
    verdict = judge(request_captured(json.dumps(signed()).encode()))
    assert verdict["signature"] == {
        "verified": True,
        "scheme": "rfc9421",
        "key_id": METHOD,
        "created": NOW.isoformat(),
        "actor": ACTOR,
    }
    assert verdict["proof"] == {"verified": True, "verification_method": METHOD, "created": NOW.isoformat()}
    assert verdict["activity"]["type"] == "Create"


@pytest.mark.parametrize("ends", [b"\r\n", b"\n"])
def test_a_capture_may_have_either_kind_of_line_end(ends: bytes) -> None:
    content = request_captured(json.dumps(NOTE).encode()).replace(b"\r\n", ends)
    assert judge(content)["signature"]["verified"] is True
    assert "proof" not in judge(content)


def test_a_capture_may_name_its_whole_address() -> None:
    content = request_captured(json.dumps(NOTE).encode()).replace(
        b"POST /inbox", b"POST https://node.example/inbox"
    )
    assert judge(content)["signature"]["verified"] is True


def test_a_capture_of_another_key_is_told() -> None:
    verdict = judge(request_captured(json.dumps(signed(key=OTHER)).encode(), key=OTHER))
    assert (verdict["signature"]["verified"], verdict["signature"]["code"]) == (False, "signature-invalid")
    assert (verdict["proof"]["verified"], verdict["proof"]["code"]) == (False, "proof-invalid")


def test_a_capture_whose_body_was_changed_is_told() -> None:
    content = request_captured(json.dumps(NOTE).encode()).replace(b"Create", b"Delete")
    assert judge(content)["signature"]["code"] == "digest-mismatch"


def test_a_capture_that_is_not_signed_is_told() -> None:
    verdict = judge(b"POST /inbox HTTP/1.1\r\nHost: node.example\r\n\r\nno json")
    assert (verdict["signature"]["code"], verdict["activity"]) == ("signature-missing", None)


def test_a_capture_of_an_unknown_actor_is_told() -> None:
    stranger = {**NOTE, "actor": "https://velo.example/actors/nobody"}
    assert judge(request_captured(json.dumps(stranger).encode()))["signature"]["code"] == "key-gone"


def test_a_given_key_is_taken_for_the_signers() -> None:
    content = request_captured(json.dumps(NOTE).encode())
    assert judge(content, key=KEY.public)["signature"]["verified"] is True
    assert judge(content, key=OTHER.public)["signature"]["verified"] is False


@pytest.mark.parametrize(
    "content",
    [b"", b"{}", b"POST /inbox HTTP/1.1\r\n\r\n", b"POST HTTP/1.1\r\nHost: x\r\n\r\n", b"a b c\nHost: x\n\n"],
)
def test_what_is_no_request_is_refused(content: bytes) -> None:
    with pytest.raises(Failure, match="no HTTP request"):
        captured.read_request(content, scheme="https")


def test_a_document_is_judged_by_its_author() -> None:
    judged = captured.judge_document(signed(), now=NOW, fetch=fetch, key=None)
    assert judged["verified"] is True
    nameless = {name: value for name, value in NOTE.items() if name != "actor"}
    assert captured.judge_document(signed(nameless), now=NOW, fetch=fetch, key=None)["verified"] is True
    assert captured.judge_document(NOTE, now=NOW, fetch=fetch, key=None)["code"] == "proof-required"


def test_a_linked_data_signature_beside_the_proof_is_passed_over() -> None:
    document = signed() | {"signature": {"type": "RsaSignature2017"}}
    assert captured.judge_document(document, now=NOW, fetch=fetch, key=None)["verified"] is True


# --- the verbs ---------------------------------------------------------------------------------------


@pytest.fixture
def files(tmp_path: Path) -> dict[str, Path]:
    """A document, its signature, a key in each spelling, and a capture, each in a file."""
    contents = {
        "plain": json.dumps(NOTE).encode(),
        "signed": json.dumps(signed()).encode(),
        "secret": KEY.pem.encode(),
        "public": KEY.public.pem.encode(),
        "multikey": KEY.public.multibase.encode() + b"\n",
        "capture": request_captured(json.dumps(signed()).encode()),
    }
    for name, content in contents.items():
        (tmp_path / name).write_bytes(content)
    return {name: tmp_path / name for name in contents}


def test_a_document_is_signed_and_verified_with_keys_of_ones_own(run: Run, files: dict[str, Path]) -> None:
    ran = run("sig", "sign", files["plain"], "--key", files["secret"], "--method", METHOD)
    assert ran.code == 0
    for key in (files["public"], files["multikey"], KEY.public.multibase):
        verified = run("sig", "verify", "-", "--key", key, piped=ran.out.encode())
        assert (verified.code, f"signed with {METHOD}" in verified.out) == (0, True)
    changed = ran.out.replace("Create", "Delete").encode()
    assert run("sig", "verify", "-", "--key", files["public"], piped=changed).code == 7
    again = run("sig", "sign", "-", "--key", files["secret"], "--method", METHOD, piped=ran.out.encode())
    assert (again.code, "already" in again.err) == (1, True)


@pytest.mark.parametrize("key", ["plain", "signed"])
def test_what_is_no_key_is_refused(run: Run, files: dict[str, Path], key: str) -> None:
    assert run("sig", "sign", files["plain"], "--key", files[key], "--method", METHOD).code == 2
    assert run("sig", "verify", files["signed"], "--key", files[key]).code == 2
    assert run("sig", "verify", files["signed"], "--key", "z6Mk").code == 2


def test_a_signed_document_is_explained(run: Run, files: dict[str, Path]) -> None:
    explained = run("sig", "explain", files["signed"]).out
    assert f"signed with  {METHOD}" in explained
    assert "eddsa-jcs-2022" in explained
    assert "nothing: it has no proof" in run("sig", "explain", files["plain"]).out
    assert run("sig", "explain", files["signed"], "--json").json["bytes"] == len(
        json.dumps(signed(), separators=(",", ":"))
    )
    assert run("sig", "explain", files["secret"]).code == 2


def test_a_capture_is_verified_with_a_given_key(run: Run, files: dict[str, Path], tmp_path: Path) -> None:
    nowhere = ("--data", tmp_path / "nowhere")
    ran = run("fed", "verify", files["signed"], "--key", files["public"], *nowhere)
    assert (ran.code, "proof     ✓" in ran.out) == (0, True)
    assert run("fed", "verify", files["plain"], "--key", files["public"], *nowhere).code == 7
    without_proof = request_captured(json.dumps(NOTE).encode())
    ran = run("fed", "verify", "-", "--key", files["public"], "--json", *nowhere, piped=without_proof)
    assert (ran.code, ran.json["verified"], ran.json["signature"]["key_id"]) == (0, True, METHOD)
    assert (
        run("fed", "verify", "-", "--scheme", "http", "--key", files["public"], piped=without_proof).code == 7
    )


def test_a_key_is_looked_up_by_the_node_or_nobody(run: Run, files: dict[str, Path], tmp_path: Path) -> None:
    ran = run("fed", "verify", files["capture"], "--data", tmp_path / "nowhere")
    assert (ran.code, "No node is running" in ran.err) == (6, True)


def test_a_key_is_looked_up_by_the_node(
    run: Run, customer: Node, business: Node, files: dict[str, Path]
) -> None:
    at = ("--data", customer.folder)
    activity = {
        "@context": CONTEXT,
        "id": f"{customer.origin}/activities/act_x",
        "type": "Create",
        "actor": customer.actor,
    }
    answer = customer.api.request(
        "POST", "/fed/send", {"inbox": f"{business.actor}/inbox", "activity": activity, "prove": True}
    )
    proved = json.dumps(answer["activity"]).encode()
    assert run("sig", "verify", "-", *at, piped=proved).code == 0
    stranger = {**signed(), "actor": f"{business.origin}/actors/nobody"}
    assert run("sig", "verify", "-", *at, piped=json.dumps(stranger).encode()).code == 7
    evidence = run("sig", "verify", "-", *at, piped=b'{"type": "EvidenceBundle"}')
    assert (evidence.code, "agreement verify" in evidence.err) == (7, True)


def test_an_actor_is_looked_up(run: Run, customer: Node, business: Node) -> None:
    found = run("fed", "lookup", business.acct, "--data", customer.folder)
    assert f"{business.actor}#z6Mk" in found.out
    gone = f"acct:velo@127.0.0.1:{steady_port()}"
    assert run("fed", "lookup", gone, "--data", customer.folder).code == 6


def test_an_actor_none_of_whose_keys_can_be_read_is_told_so() -> None:
    (*_, said) = described({"iri": "https://a.example/a", "keys": []})
    assert "none that can be read" in said


# --- sending and receiving ---------------------------------------------------------------------------


@contextmanager
def sink(folder: Path, *words: str) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """Run `freehold fed sink`; yield its origin and the process."""
    with started("fed", "sink", "--data", str(folder), *words) as process:
        assert process.stderr is not None
        listening = _line(process.stderr.fileno())
        yield listening.split()[2].removesuffix("/actor,"), process


def _line(file: int) -> str:
    """Read one line and no more: what comes with it is for whoever reads the rest."""
    said = b""
    while not said.endswith(b"\n") and (one := os.read(file, 1)):
        said += one
    return said.decode()


def post(origin: str, body: bytes) -> int:
    connection = http.client.HTTPConnection(origin.removeprefix("http://"), timeout=PATIENCE_SECONDS)
    with closing(connection):
        connection.request("POST", "/inbox", body)
        return connection.getresponse().status


def test_what_is_sent_arrives_in_a_sink_with_a_verdict(run: Run, customer: Node, tmp_path: Path) -> None:
    activity = {
        "@context": CONTEXT,
        "id": f"{customer.origin}/activities/act_y",
        "type": "Create",
        "actor": customer.actor,
    }
    (tmp_path / "activity.json").write_text(json.dumps(activity), encoding="utf-8")
    with sink(customer.folder, "--count", "1", "--answer", "418") as (origin, process):
        words = ("fed", "send", tmp_path / "activity.json", "--inbox", f"{origin}/inbox", "--prove")
        assert f"{origin}/inbox" in run(*words, "--data", customer.folder, "--dry-run").out
        sent = run(*words, "--data", customer.folder, "--yes")
        assert sent.out == "  418\n"
        out, _ = process.communicate(timeout=STOP_SECONDS)
    assert f"POST {origin}/inbox  Create" in out
    assert f"signature ✓  {customer.actor}#zQm" in out or f"signature ✓  {customer.actor}#z6Mk" in out
    assert f"proof     ✓  {customer.actor}#z6Mk" in out


def test_a_sink_can_be_looked_up_and_tells_what_it_cannot_verify(
    run: Run, customer: Node, tmp_path: Path
) -> None:
    with sink(customer.folder, "--count", "1", "--json") as (origin, process):
        found = run("fed", "lookup", f"{origin}/actor", "--data", customer.folder, "--json").json
        assert (found["kind"], found["inbox"]) == ("Application", f"{origin}/inbox")
        assert post(origin, b"no json") == 202
        out, _ = process.communicate(timeout=STOP_SECONDS)
    verdict = json.loads(out)
    assert (verdict["signature"]["code"], verdict["activity"]) == ("signature-missing", None)


@pytest.mark.slow
def test_a_sink_without_a_node_knows_no_keys(tmp_path: Path, files: dict[str, Path]) -> None:
    with sink(tmp_path / "nowhere", "--count", "1") as (origin, process):
        assert post(origin, files["signed"].read_bytes()) == 202
        out, err = process.communicate(timeout=STOP_SECONDS)
    assert "no signature can be verified: No node is running" in err
    assert "proof     ✗" in out
    assert "could not be looked up: No node is running" in out
    assert until(lambda: process.returncode == 0, "the sink to end")
