"""What a node counts: numbers without anyone's name, in the Prometheus text format for who asks.

Counting is adding to a number. The library that knows the format is loaded with the first question: few
nodes are ever asked. Rules here: labels come from fixed sets and never name an actor; each node has its own.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import field
from typing import TYPE_CHECKING, Final

from protocol.values import dataclass

if TYPE_CHECKING:
    from prometheus_client import Metric

CONTENT_TYPE: Final = "text/plain; version=1.0.0; charset=utf-8"
SECONDS: Final = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.1, 0.5, 2.5, 10.0)


class Durations:
    """How many durations lay up to each of `SECONDS`, and beyond the last."""

    __slots__ = ("counts", "sum")

    def __init__(self) -> None:
        self.counts = [0] * (len(SECONDS) + 1)
        self.sum = 0.0

    def observe(self, seconds: float) -> None:
        """Count one duration."""
        self.counts[bisect_left(SECONDS, seconds)] += 1
        self.sum += seconds

    def cumulated(self) -> list[tuple[str, float]]:
        """Return for each bound how many were not longer, as the format wants it."""
        bounds, total = [*map(str, SECONDS), "+Inf"], 0
        buckets: list[tuple[str, float]] = []
        for bound, count in zip(bounds, self.counts, strict=True):
            total += count
            buckets.append((bound, total))
        return buckets


@dataclass(slots=True, eq=False)
class Metrics:
    """The numbers of one node; those below `inbox_seconds` are measured when they are asked for."""

    inbox: Counter[str] = field(default_factory=Counter)
    """Activities received, by outcome."""
    responses: Counter[str] = field(default_factory=Counter)
    """Answers given, by status."""
    inbox_seconds: Durations = field(default_factory=Durations)
    deliveries: Mapping[str, int] = field(default_factory=dict)
    loop_failures: Mapping[str, int] = field(default_factory=dict)
    journal_head: int = 0
    event_streams: int = 0
    connections: int = 0
    inflight_bytes: int = 0
    quarantined: int = 0

    def collect(self) -> "Iterator[Metric]":
        """Yield all of them as the library's values."""
        from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily

        inbox = CounterMetricFamily("freehold_inbox", "Activities received, by outcome.", labels=["outcome"])
        responses = CounterMetricFamily("freehold_responses", "Answers given, by status.", labels=["status"])
        deliveries = GaugeMetricFamily(
            "freehold_deliveries", "Deliveries on record, by state.", labels=["state"]
        )
        loops = CounterMetricFamily(
            "freehold_loop_failures", "How often a loop failed and was begun again.", labels=["loop"]
        )
        for family, counts in (
            (loops, self.loop_failures),
            (inbox, self.inbox),
            (responses, self.responses),
            (deliveries, self.deliveries),
        ):
            for label, count in counts.items():
                family.add_metric([label], count)
            yield family
        yield HistogramMetricFamily(
            "freehold_inbox_seconds",
            "Time from the head of an inbox request to its answer.",
            buckets=self.inbox_seconds.cumulated(),
            sum_value=self.inbox_seconds.sum,
        )
        for name, text, value in (
            ("journal_head", "Sequence of the last journal entry.", self.journal_head),
            ("event_streams", "Event streams open now.", self.event_streams),
            ("connections", "Connections open now.", self.connections),
            ("quarantined", "Offers in quarantine.", self.quarantined),
            ("inflight_bytes", "Bytes of request bodies being received.", self.inflight_bytes),
        ):
            yield GaugeMetricFamily(f"freehold_{name}", text, value=value)

    def render(self) -> bytes:
        """Return all of them in the Prometheus text format."""
        from prometheus_client import CollectorRegistry, generate_latest

        registry = CollectorRegistry(auto_describe=False)
        registry.register(self)
        return generate_latest(registry)
