"""How often strangers can make us fetch."""

from datetime import UTC, datetime, timedelta

import pytest

from node.delivery.budgets import (
    BURST_OF_CALLER_PER_ORIGIN,
    BURST_PER_CALLER,
    BURST_PER_NEIGHBOURHOOD,
    BURST_PER_ORIGIN,
    RATE_PER_ORIGIN,
    Budgets,
    neighbourhood,
)
from protocol.iris import origin

NOW = datetime(2026, 3, 14, tzinfo=UTC)


def spend(budgets: Budgets, *iris: str, now: datetime = NOW) -> int:
    return sum(budgets.spend(origin(iri), now) for iri in iris)


def test_a_server_can_be_asked_in_a_burst_and_then_steadily() -> None:
    budgets = Budgets()
    assert spend(budgets, *["https://a.example/"] * 1_000) == BURST_PER_ORIGIN
    later = NOW + timedelta(seconds=4)
    assert spend(budgets, *["https://a.example/"] * 1_000, now=later) == 4 * RATE_PER_ORIGIN


def test_a_rested_server_has_no_more_than_its_burst() -> None:
    budgets = Budgets()
    assert spend(budgets, "https://a.example/") == 1
    assert spend(budgets, *["https://a.example/"] * 1_000, now=NOW + timedelta(days=9)) == BURST_PER_ORIGIN


def test_one_server_does_not_spend_what_is_anothers() -> None:
    budgets = Budgets()
    spend(budgets, *["https://a.example/"] * 1_000)
    assert spend(budgets, "https://b.test/", "https://a.example:8443/") == 2


def test_do_17_one_network_pays_for_whatever_it_names() -> None:
    budgets = Budgets()
    asked = [origin(f"https://a.evil{number}.example/") for number in range(1_000)]
    assert sum(budgets.spend(one, NOW, by="192.0.2.0/24") for one in asked) == BURST_PER_CALLER
    assert budgets.spend(asked[0], NOW, by="198.51.100.0/24")


def test_do_18_one_network_never_has_all_of_a_server() -> None:
    budgets, framed = Budgets(), origin("https://framed.example/")
    spent = sum(budgets.spend(framed, NOW, by="192.0.2.0/24") for _ in range(1_000))
    assert spent == BURST_OF_CALLER_PER_ORIGIN
    assert budgets.spend(framed, NOW, by="198.51.100.0/24")


def test_do_18_whom_we_know_costs_its_server_nothing() -> None:
    budgets, framed = Budgets(), origin("https://framed.example/")
    assert spend(budgets, *["https://framed.example/"] * 1_000) == BURST_PER_ORIGIN
    assert budgets.spend(framed, NOW, by="198.51.100.0/24", known=True)
    assert not budgets.spend(framed, NOW, by="198.51.100.0/24")


def test_do_04_a_thousand_names_under_one_domain_share_a_budget() -> None:
    budgets = Budgets()
    names = [f"https://a{number}.evil.example/" for number in range(2_000)]
    assert spend(budgets, *names) == BURST_PER_NEIGHBOURHOOD
    assert spend(budgets, "https://honest.test/") == 1


@pytest.mark.parametrize(
    ("host", "shared"),
    [
        ("a.b.evil.example", "evil.example"),
        ("evil.example", "evil.example"),
        ("localhost", "localhost"),
        ("10.1.2.3", "10.1.2.3"),
        ("[2001:db8::1]", "[2001:db8::1]"),
    ],
)
def test_neighbours_share_the_last_two_labels(host: str, shared: str) -> None:
    assert neighbourhood(host) == shared
