"""The numbers of a node, and the format they are given in."""

from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry, Histogram
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest

from node.metrics import CONTENT_TYPE, SECONDS, Metrics


def test_two_nodes_in_one_process_count_apart() -> None:
    one, other = Metrics(), Metrics()
    one.inbox["accepted"] += 1
    one.responses["202"] += 2
    assert b'freehold_inbox_total{outcome="accepted"} 1.0' in one.render()
    assert b'freehold_responses_total{status="202"} 2.0' in one.render()
    assert b"accepted" not in other.render()


def test_gauges_say_how_things_are_now() -> None:
    metrics = Metrics(deliveries={"queued": 3, "gone": 0}, journal_head=7, inflight_bytes=5)
    text = metrics.render().decode()
    for line in (
        'freehold_deliveries{state="queued"} 3.0',
        'freehold_deliveries{state="gone"} 0.0',
        "freehold_journal_head 7.0",
        "freehold_event_streams 0.0",
        "freehold_connections 0.0",
        "freehold_inflight_bytes 5.0",
    ):
        assert line in text.splitlines()
    assert CONTENT_TYPE == CONTENT_TYPE_LATEST


@given(st.lists(st.one_of(st.sampled_from(SECONDS), st.floats(min_value=0, max_value=20))))
def test_durations_are_counted_as_the_library_counts_them(durations: list[float]) -> None:
    registry = CollectorRegistry()
    text = "Time from the head of an inbox request to its answer."
    theirs = Histogram("freehold_inbox_seconds", text, buckets=SECONDS, registry=registry)
    ours = Metrics()
    for seconds in durations:
        theirs.observe(seconds)
        ours.inbox_seconds.observe(seconds)
    expected = [line for line in generate_latest(registry).splitlines() if b"_created" not in line]
    assert [line for line in ours.render().splitlines() if b"inbox_seconds" in line] == expected
