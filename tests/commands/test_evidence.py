"""What evidence proves is said in plain words, and how much of it."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from node.terminal import evidence
from protocol.evidence import verify_evidence
from tests.protocol.market import (
    BUSINESS,
    CUSTOMER,
    MULTIBASES,
    NOW,
    Thread,
    acknowledged,
    concluded,
    signatories,
)
from tests.protocol.test_evidence import accepted, offered, pack

UNTIL = "2026-03-16 12:30"  # the market's offers stand for two days


def alone() -> Thread:
    return offered(ends_at=None)


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (offered, f"Offered until {UNTIL}; not accepted."),
        (alone, "Offered; not accepted."),
        (accepted, f"Accepted, to be countersigned until {UNTIL}; not countersigned."),
        (concluded, "Both sides signed; nothing shows that the countersignature came in time."),
        (acknowledged, "Both sides signed, and the countersignature was received in time."),
    ],
)
def test_each_grade_has_its_sentence(make: Callable[[], Thread], said: str) -> None:
    thread = make()
    used = {document["proof"]["verificationMethod"] for document in thread.documents}
    found = verify_evidence(pack(thread, {m: k for m, k in MULTIBASES.items() if m in used}))
    first, second, *rest = evidence.lines(found)
    assert first == f"  Verified. {said}"
    assert second.startswith("  Nobody has asked whose the keys are")
    assert evidence.document(found)["whose_keys"] == "unasked"
    assert len([line for line in rest if line.endswith("  ✓")]) == len(thread.documents)


def test_an_offer_alone_has_no_agreement_and_no_second_party() -> None:
    offerer, _ = signatories()
    found = verify_evidence(pack(offered(), {offerer.verification_method: offerer.multibase}))
    shown = evidence.document(found)
    assert (shown["grade"], shown["state"], shown["agreement"]) == ("offered", "offered", None)
    assert [party["actor"] for party in shown["parties"]] == [BUSINESS]
    lines = list(evidence.lines(found))
    assert not [line for line in lines if line.startswith(("  agreement", "  digest", "  offeree"))]
    head, signature = evidence.explain(found, 1_000, {})
    assert head.startswith("  document   zQm")
    assert signature.startswith(f"  offer      {BUSINESS}  ")


def test_a_receipt_is_explained_as_one() -> None:
    found = verify_evidence(pack(acknowledged()))
    *_, last = evidence.explain(found, 1_000, {CUSTOMER: "you"})
    assert last.split()[:2] == ["receipt", "you"]
    assert evidence.document(found)["until"] == (NOW + timedelta(days=2)).strftime("%Y-%m-%dT%H:%M:%SZ")
