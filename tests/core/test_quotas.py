"""What is kept of a peer is bounded by how well it is known, drains with time, and is said once."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from node.core.entries import Direction, Entry
from node.core.quotas import (
    LEAST_BYTES,
    PERIOD,
    Acquaintance,
    Extent,
    Quotas,
    QuotaSpent,
    Share,
    Use,
    charge,
    check_room,
    drained,
    is_told,
    shares,
    weigh,
)

NOW = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)
QUOTAS = Quotas(
    stranger=10_000, answered=20_000, partner=30_000, origin=25_000, partners=35_000, strangers=40_000
)
SHARE = Share(scope=Extent.PEER, who="peer_1", allowance=30_000)


def allowances(known: Acquaintance) -> list[tuple[str, str, int]]:
    found = shares(known, QUOTAS, peer="peer_1", origin="https://b.example")
    return [(share.scope.value, share.who, share.allowance) for share in found]


def test_a_stranger_shares_with_its_origin_and_all_other_strangers() -> None:
    assert allowances(Acquaintance.STRANGER) == [
        ("peer", "peer_1", 10_000),
        ("origin", "https://b.example", 25_000),
        ("strangers", "", 40_000),
    ]
    assert allowances(Acquaintance.ANSWERED) == [
        ("peer", "peer_1", 20_000),
        ("origin", "https://b.example", 25_000),
    ]


def test_a_partner_shares_with_the_partners_of_its_origin_alone() -> None:
    assert allowances(Acquaintance.PARTNER) == [
        ("peer", "peer_1", 30_000),
        ("partners", "https://b.example", 35_000),
    ]


def test_an_entry_weighs_what_is_kept_of_it() -> None:
    small = Entry(at=NOW, direction=Direction.IN, kind="message", actor="https://a.example/a")
    assert weigh(small) == LEAST_BYTES
    large = Entry(
        at=NOW,
        direction=Direction.IN,
        kind="offer",
        actor="https://a.example/a",
        decision={"offer": "of_1"},
        body=b"x" * 5_000,
    )
    assert weigh(large) == 5_000 + len('{"offer":"of_1"}')


def test_what_was_kept_drains_evenly() -> None:
    use = charge(SHARE, None, 30_000, now=NOW)
    assert drained(SHARE, use, now=NOW) == 30_000
    assert drained(SHARE, use, now=NOW + PERIOD / 2) == pytest.approx(15_000)
    assert drained(SHARE, use, now=NOW + 2 * PERIOD) == 0
    assert drained(SHARE, use, now=NOW - PERIOD) == 30_000  # a clock that was set back
    more = charge(SHARE, use, 5_000, now=NOW + PERIOD / 2)
    assert more.bytes == pytest.approx(20_000)
    assert more.at == NOW + PERIOD / 2


@pytest.mark.parametrize(
    ("kept", "seconds"),
    [
        (30_000, 60),  # it is full to the byte: not worth a wait, but not at once either
        (30_100, int(PERIOD / timedelta(seconds=300))),
        (90_000, 86_400),  # however much it is over: the owner may answer before it has drained
    ],
)
def test_a_share_that_is_used_up_takes_nothing_more(kept: int, seconds: int) -> None:
    use = charge(SHARE, None, kept, now=NOW)
    with pytest.raises(QuotaSpent) as spent:
        check_room([SHARE], {SHARE.scope: use}, now=NOW)
    assert (spent.value.code, spent.value.status_hint) == ("quota-spent", 429)
    assert (spent.value.share, spent.value.retry_seconds) == (SHARE, seconds)


def test_there_is_room_while_any_is_left() -> None:
    check_room([SHARE], {}, now=NOW)
    check_room([SHARE], {SHARE.scope: charge(SHARE, None, 29_999, now=NOW)}, now=NOW)
    full = charge(SHARE, None, 30_000, now=NOW)
    check_room([SHARE], {SHARE.scope: full}, now=NOW + timedelta(minutes=2))


def test_each_share_is_named_in_words_of_its_own() -> None:
    sentences = set()
    known = (Acquaintance.STRANGER, Acquaintance.PARTNER)
    found = [shares(each, QUOTAS, peer="peer_1", origin="https://b.example") for each in known]
    for share in {share.scope: share for one in found for share in one}.values():
        with pytest.raises(QuotaSpent) as spent:
            check_room([share], {share.scope: Use(bytes=1e9, at=NOW)}, now=NOW)
        sentences.add(spent.value.detail)
    assert len(sentences) == len(Extent)


def test_the_owner_is_told_once_in_a_period() -> None:
    use = Use(bytes=1.0, at=NOW)
    assert not is_told(use, now=NOW)
    told = Use(bytes=1.0, at=NOW, told_at=NOW)
    assert is_told(told, now=NOW + PERIOD - timedelta(seconds=1))
    assert not is_told(told, now=NOW + PERIOD)
    assert charge(SHARE, told, 1, now=NOW).told_at == NOW


@given(st.lists(st.tuples(st.integers(0, 50_000), st.integers(0, 40 * 86_400)), max_size=40))
def test_in_any_period_no_more_than_two_allowances_and_one_activity_are_kept(
    sent: list[tuple[int, int]],
) -> None:
    use: Use | None = None
    now, taken = NOW, list[tuple[datetime, int]]()
    for weight, pause in sent:
        now += timedelta(seconds=pause)
        try:
            check_room([SHARE], {} if use is None else {SHARE.scope: use}, now=now)
        except QuotaSpent:
            continue
        use = charge(SHARE, use, weight, now=now)
        taken.append((now, weight))
    for end, _ in taken:
        kept = sum(weight for at, weight in taken if end - PERIOD <= at <= end)
        assert kept <= 2 * SHARE.allowance + 50_000 + 1
