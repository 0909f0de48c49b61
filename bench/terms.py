"""Measure what terms about data make an inbox offer cost: time of the processor, with them and without.

The node is a real `freehold up`, and the same strangers make the same offers to it, now with terms about data
and now without. Those with terms are read, compared with their entry of the roster and with the maximum, both
plain texts are made again, and the linter looks at them; no two in a round ask for the same. Both take turns,
because machines are noisy: read the ratio.
"""

import asyncio
import os
import sys
from typing import Final

from bench.inbox import INTENTIONS, asking, cast, running, sign
from bench.offer import cost, run
from node.core.data_terms import read_stated
from node.sandbox.nodes import Node
from protocol.terms import DataTerms

COUNT = 200  # offers in a round
ROUNDS = 15
_DPV: Final = "https://w3id.org/dpv#"
_ODRL: Final = "http://www.w3.org/ns/odrl/2/"
_SCHEMA: Final = "http://schema.org/"


def _permission(
    fields: list[str], kept: int, *, purpose: str = "FulfilmentOfContractualObligation"
) -> object:
    return {
        "type": "Permission",
        "necessity": "must",
        "processing": [f"{_DPV}{action}" for action in ("Collect", "Store", "Use")],
        "fields": [f"{_SCHEMA}{field}" for field in fields],
        "constraint": [
            _limit("elapsedTime", "lteq", f"P{kept}D"),
            _limit("purpose", "isAnyOf", [{"id": f"{_DPV}{purpose}"}]),
        ],
    }


def _duty(kind: str, days: str) -> object:
    limit = _limit("elapsedTime", "lteq", days)
    return {"type": "Duty", "processing": [f"{_ODRL}{kind}"], "constraint": [limit]}


def _limit(operand: str, operator: str, value: object) -> object:
    named = {"leftOperand": f"{_ODRL}{operand}", "operator": f"{_ODRL}{operator}"}
    return {"type": "Constraint", **named, "rightOperand": value}


def asked(number: int) -> DataTerms:
    """Return what a shop asks that delivers something: an address, a way to write, a name for the payment.

    They are between nobody yet. Of each `number` up to some hundreds no permission is like that of another.
    """
    stated = {
        "roster": "SD-BASE",
        "policy": {
            "type": "Set",
            "policyProfile": "https://w3id.org/freehold/policy/1",
            "permission": [
                _permission(
                    ["streetAddress", "postalCode", "addressLocality", "addressCountry"], 30 + number
                ),
                _permission(["email", "telephone"], 365 + number, purpose="CommunicationForCustomerCare"),
                _permission(["name"], 1_000 + number, purpose="PaymentManagement"),
            ],
            "obligation": [_duty("delete", "P30D"), _duty("inform", "P365D")],
        },
        "conditions": {"returnPeriod": f"P{14 + number}D"},
    }
    terms = read_stated(stated, currency="EUR")
    assert terms is not None
    return terms


async def measure(node: Node, *, count: int, rounds: int) -> list[tuple[float, float]]:
    """Return for each round the microseconds of one offer with terms and of one without, after a warm-up."""
    async with asking() as strangers:
        intentions, measured = cast(node, INTENTIONS), []
        terms = [asked(number) for number in range(count)]
        for number in range(rounds + 1):
            took = []
            for stated in (terms, []):
                requests = sign(strangers, node, intentions, count, terms=stated)
                if not number:
                    size = len(requests[0].partition(b"\r\n\r\n")[2])
                    print(f"{'with terms' if stated else 'without terms':14} {size:8} bytes")
                took.append(await cost(node, requests))
            if number:
                measured.append((took[0], took[1]))
    return measured


def compare(count: int = COUNT, rounds: int = ROUNDS) -> dict[str, float]:
    """Send this many offers of each kind in each round, print the figures, and return the ratio.

    Raises:
        RuntimeError: an offer was refused.
    """
    with running() as node:
        measured = asyncio.run(measure(node, count=count, rounds=rounds))
    # The least of the rounds: whatever else runs on the machine only adds to what one takes.
    with_terms, without = (min(column) for column in zip(*measured, strict=True))
    ratios = sorted(one / other for one, other in measured)
    print(f"{rounds} rounds of {count} offers each, {os.cpu_count()} processors")
    print(f"with terms     {with_terms:8.0f} us of processor at the least")
    print(f"without terms  {without:8.0f} us")
    print(
        f"ratio          {with_terms / without:8.2f}   of single rounds {ratios[0]:.2f} to {ratios[-1]:.2f}"
    )
    return {"processor time": with_terms / without}


if __name__ == "__main__":
    sys.exit(run(__doc__, compare, count=COUNT, rounds=ROUNDS))
