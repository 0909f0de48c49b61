"""The stand-alone verifier and the node's agree: on what holds, and that every changed byte breaks it."""

import ast
import hashlib
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.canonical import canonicalise, digest_of
from protocol.conditions import Conditions
from protocol.errors import ProtocolError
from protocol.evidence import bundle, verify_evidence
from protocol.plain_texts import EDITION, text_digest
from protocol.policies import DataPolicy
from protocol.prices import PriceLine, PriceLineKind
from protocol.terms import DataTerms, PlainText, TermsLanguage
from protocol.times import Period, read_time, step
from protocol.vocabulary import ACTIVITY_CONTEXT, TERMS_ACTIVITY_CONTEXT
from tests.independent import verifier
from tests.protocol.market import (
    AGREEMENT,
    BUSINESS,
    CUSTOMER,
    DRAFT,
    MULTIBASES,
    Thread,
    acknowledged,
    concluded,
)
from tests.protocol.test_evidence import CROOKED, amended, haggled, pack, recanted, rekeyed

SCRIPT = Path(verifier.__file__)
WHOLE = pack(acknowledged())
CHUNKS = 8  # so that the processes of a parallel run share the work


def both_refuse(body: bytes) -> bool:
    for verify, error in ((verify_evidence, ProtocolError), (verifier.verify, verifier.RefusedError)):
        try:
            verify(body)
        except error:
            continue
        return False
    return True


@pytest.mark.slow
@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_every_changed_byte_breaks_it(chunk: int) -> None:
    survived = []
    for place in range(chunk, len(WHOLE), CHUNKS):
        changed = bytearray(WHOLE)
        changed[place] ^= 1
        if not both_refuse(bytes(changed)):
            survived.append(place)
    assert survived == []


@given(place=st.integers(0, len(WHOLE) - 1), change=st.integers(1, 255))
def test_any_other_byte_breaks_it_too(place: int, change: int) -> None:
    changed = bytearray(WHOLE)
    changed[place] ^= change
    assert both_refuse(bytes(changed))


@given(place=st.integers(0, len(WHOLE)), inserted=st.binary(min_size=1, max_size=3))
def test_any_inserted_byte_breaks_it(place: int, inserted: bytes) -> None:
    assert both_refuse(WHOLE[:place] + inserted + WHOLE[place:])


@given(start=st.integers(0, len(WHOLE) - 1), length=st.integers(1, 100))
def test_any_missing_byte_breaks_it(start: int, length: int) -> None:
    assert both_refuse(WHOLE[:start] + WHOLE[start + length :])


def accepted_only() -> Thread:
    thread = concluded()
    del thread.documents[-1]
    return thread


def priced(*lines: PriceLine, **terms: Any) -> Thread:
    thread = Thread()
    thread.offer(
        draft=replace(
            DRAFT,
            price=lines,
            **({"starts_at": START} | terms),
            content='Grüße aus Zürich 🚗 \u2028 \x7f "quoted" \\ \t',
        )
    )
    thread.accept()
    return thread


def recurring(per: Period, until: datetime) -> PriceLine:
    return PriceLine(PriceLineKind.RECURRING, Decimal("9.99"), "CHF", "Fee", per, until=until)


def offered_only() -> Thread:
    thread = concluded()
    del thread.documents[1:]
    return thread


def held_for(hours: int, *, until_signed: float, until_received: float) -> Thread:
    """An acceptance that holds for some hours, signed and received so many hours after it was made."""
    thread = Thread()
    thread.offer()
    thread.accept(ends_at=thread.clock + timedelta(hours=hours))
    made_at = thread.clock
    thread.clock = made_at + timedelta(hours=until_signed)
    thread.countersign()
    thread.clock = made_at + timedelta(hours=until_received)
    thread.acknowledge()
    return thread


def undated() -> Thread:
    thread = Thread()
    thread.offer(ends_at=None)
    thread.accept()
    thread.countersign()
    return thread


START = datetime(2026, 4, 23, 12, 30, tzinfo=UTC)
RUNS_ON = {per: PriceLine(PriceLineKind.RECURRING, Decimal("9.90"), "EUR", "", per) for per in Period}
OFF = PriceLine(PriceLineKind.DISCOUNT, Decimal("4.90"), "EUR", "Welcome", Period.MONTH, count=2)
HOURS = PriceLine(
    PriceLineKind.UNIT_RATE, Decimal("0.3215"), "EUR", "Power", unit="kWh", estimate=Decimal("250.5")
)


def replacing_nothing() -> Thread:
    """An offer that answers nothing, and so replaces nothing, whatever else it says."""
    thread = Thread()
    thread.offer(supersedes=f"{AGREEMENT}0")
    thread.accept()
    return thread


def withdrawn_from(**conditions: Any) -> Thread:
    """An agreement with terms about data, of which both find until when the customer may withdraw."""
    bare = DataTerms(CUSTOMER, BUSINESS, DataPolicy(), (), conditions=Conditions(**conditions))
    text = PlainText(TermsLanguage.ENGLISH, EDITION, text_digest(bare, TermsLanguage.ENGLISH))
    terms = replace(bare, plain_texts=(text,))
    return priced(PriceLine(PriceLineKind.ONE_OFF, Decimal(30), "JPY"), terms=terms)


SOUND: dict[str, Callable[[], Thread]] = {
    "offered": offered_only,
    "accepted": accepted_only,
    "concluded": concluded,
    "received in time": acknowledged,
    "received late": lambda: held_for(3, until_signed=3, until_received=4),
    "received at the last moment": lambda: held_for(3, until_signed=1, until_received=3),
    "without any date": undated,
    "haggled": haggled,
    "recanted": recanted,
    "amended": amended,
    "amended in a later round": rekeyed,
    "amended by what answers nothing": replacing_nothing,
    "amendment accepted": lambda: amended(countersigned=False),
    "14 days to withdraw, as nothing else is said": withdrawn_from,
    "three days to withdraw": partial(withdrawn_from, withdrawal_days=3),
    "no time to withdraw": partial(withdrawn_from, withdrawal_days=0),
    "one price": lambda: priced(PriceLine(PriceLineKind.ONE_OFF, Decimal(30), "JPY")),
    **{
        f"until a date by the {per}": partial(priced, recurring(per, START + timedelta(days=600)))
        for per in Period
    },
    **{
        f"until it is ended after {notice}, by the {per}": partial(priced, RUNS_ON[per], notice=notice)
        for per in Period
        for notice in ("P1D", "P3M", "P1Y2M3W4D")
    },
    "until it is ended, at its end at the latest": partial(
        priced, RUNS_ON[Period.MONTH], notice="P3M", ends_at=START + timedelta(days=120)
    ),
    "until its end": partial(
        priced, RUNS_ON[Period.MONTH], OFF, notice=None, ends_at=START + timedelta(days=400)
    ),
    "by use and less, until its end": partial(
        priced, HOURS, RUNS_ON[Period.MONTH], OFF, notice=None, ends_at=START + timedelta(days=400)
    ),
    "without a start": lambda: priced(RUNS_ON[Period.MONTH], starts_at=None, notice="P3M"),
    "a discount for a time": partial(priced, RUNS_ON[Period.MONTH], OFF, notice="P1M"),
    "a discount of it all": partial(
        priced, RUNS_ON[Period.MONTH], replace(OFF, amount=Decimal("9.90"), count=None), notice="P3M"
    ),
    "by use": partial(priced, HOURS, notice=None),
    "by use and more": partial(
        priced, HOURS, RUNS_ON[Period.WEEK], replace(OFF, per=None, count=None), notice="P1M"
    ),
}


UNKEPT: dict[str, dict[str, Any]] = {
    "a notice of no length": {"notice": "P0M"},
    "a notice of a lifetime": {"notice": "P11Y", "starts_at": None},
    "a notice longer than the term": {"notice": "P3Y"},
    "payments after the end": {"price": (recurring(Period.MONTH, START + timedelta(days=1_000)),)},
    "an end before the start": {"ends_at": START - timedelta(days=1)},
}


@pytest.mark.parametrize("changes", UNKEPT.values(), ids=list(UNKEPT))
@pytest.mark.parametrize("accepted", [False, True])
def test_neither_takes_terms_that_nobody_could_keep(changes: dict[str, Any], accepted: bool) -> None:
    thread = Thread()
    thread.offer(draft=replace(DRAFT, **changes))
    if accepted:
        thread.accept()
    assert both_refuse(pack(thread, keys_of(thread)))


def keys_of(thread: Thread) -> dict[str, str]:
    used = {document["proof"]["verificationMethod"] for document in thread.documents}
    return {method: multibase for method, multibase in MULTIBASES.items() if method in used}


@pytest.mark.parametrize("name", SOUND)
def test_both_find_the_same_in_a_sound_bundle(name: str) -> None:
    thread = SOUND[name]()
    body = bundle(thread.documents, keys_of(thread))
    ours, theirs = verify_evidence(body), verifier.verify(body)
    assert ours.total in (None, ours.terms.charge.least)
    assert theirs == verifier.Finding(
        ours.grade.value,
        ours.until,
        ours.offerer.actor,
        None if ours.offeree is None else ours.offeree.actor,
        ours.agreement,
        ours.terms.charge.least,
        ours.currency,
        tuple(exhibit.digest for exhibit in ours.documents),
        ours.withdraws_until,
    )


@pytest.mark.parametrize(
    ("days", "conditions"), [(14, {}), (3, {"withdrawal_days": 3}), (0, {"withdrawal_days": 0})]
)
def test_the_time_to_withdraw_begins_with_the_agreement(days: int, conditions: dict[str, int]) -> None:
    thread = withdrawn_from(**conditions)
    found = verifier.verify(bundle(thread.documents, keys_of(thread))).withdrawal
    begun = read_time(thread.documents[-1]["result"]["published"])
    assert found == (begun + timedelta(days=days) if days else None)


@pytest.mark.parametrize("name", CROOKED)
def test_both_refuse_a_crooked_bundle(name: str) -> None:
    thread = CROOKED[name][0]()
    assert both_refuse(bundle(thread.documents, keys_of(thread)))


@given(st.dates(date(1990, 1, 1), date(2100, 1, 1)), st.sampled_from(Period), st.integers(0, 60))
def test_both_count_the_calendar_alike(day: date, period: Period, times: int) -> None:
    start = datetime.combine(day, time(12, tzinfo=UTC))
    assert verifier.step(start, period.value, times) == step(start, period, times)


@given(st.recursive(st.text() | st.booleans() | st.none() | st.integers(-(2**53) + 1, 2**53 - 1), st.lists))
def test_both_write_the_same_canonical_form(value: object) -> None:
    document = {"value": value}
    assert verifier.canonical(document) == canonicalise(document)
    assert verifier.digest(document) == digest_of(document)


@given(st.binary(min_size=1, max_size=70))
def test_base58_survives_the_round_trip(raw: bytes) -> None:
    assert verifier.decode(verifier.encode(raw)) == raw


def test_it_knows_the_context_in_use() -> None:
    assert hashlib.sha256(canonicalise(ACTIVITY_CONTEXT)).hexdigest() == verifier.CONTEXT_SHA256
    assert hashlib.sha256(canonicalise(TERMS_ACTIVITY_CONTEXT)).hexdigest() == verifier.TERMS_CONTEXT_SHA256


def test_it_shares_no_code() -> None:
    tree = ast.parse(SCRIPT.read_text())
    imported = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    imported |= {str(node.module) for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    roots = {name.partition(".")[0] for name in imported}
    assert roots - sys.stdlib_module_names == {"cryptography"}


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-I", str(SCRIPT), *arguments], capture_output=True, text=True)


def test_it_runs_alone(tmp_path: Path) -> None:
    path = tmp_path / "evidence.json"
    path.write_bytes(WHOLE)
    sound = run(str(path))
    assert (sound.returncode, sound.stderr) == (0, "")
    assert sound.stdout == (
        "Verified: https://business.example/actors/garage and https://customer.example/actors/ada agreed on "
        "https://customer.example/agreements/agr_1, 6147.60 EUR in all; signed by both sides and received in "
        "time.\n"
    )
    path.write_bytes(WHOLE.replace(b"249.90", b"249.00"))
    broken = run(str(path))
    assert (broken.returncode, broken.stdout) == (7, "Not verified: a signature does not fit.\n")
    assert run(str(tmp_path / "missing.json")).returncode == 2
    assert run().returncode == 2
