"""How offers and agreements are shown on the command line, with their terms as `drafts` shows each. Pure."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from node.core import codes
from node.terminal import phrases
from node.terminal.drafts import on_the_table, statable
from node.terminal.failures import ExitCode, Failure
from node.terminal.printing import fields
from protocol.documents import Document


def describe(offer: Mapping[str, Any], *, now: datetime) -> Iterator[str]:
    """Yield the lines that show an offer, its price and what it would bind both sides to."""
    mine = offer.get("role") == "offerer"
    yield from fields(
        [
            ("offer", str(offer.get("id", ""))),
            ("to" if mine else "from", _party(offer)),
            ("state", str(offer.get("state") or "")),
            *on_the_table(offer),
            ("stands", _stands(offer, now)),
            ("rounds", str(offer.get("rounds") or "")),
            ("signature", _signature(offer.get("proof") or {})),
            ("digest", str(offer.get("digest") or "")),
            ("intention", str(offer.get("intention") or "")),
            ("changes", str(offer.get("amends") or "")),
            ("agreement", str(offer.get("agreement") or "")),
        ]
    )
    countered = offer.get("countered")
    if countered:
        yield "  Asked for instead:" if mine else "  You asked for instead:"
        yield from ("  " + line for line in fields(on_the_table(countered)))


def agreement(agreed: Mapping[str, Any]) -> Iterator[str]:
    """Yield the lines that show an agreement."""
    yield from fields(
        [
            ("agreement", str(agreed.get("id", ""))),
            ("with", _party(agreed)),
            ("state", str(agreed.get("state") or "")),
            *on_the_table(agreed),
            ("leaves", phrases.date_and_time(agreed.get("leaves_at"))),
            ("concluded", phrases.date_and_time(agreed.get("concluded_at"))),
            ("confirmed", phrases.date_and_time(agreed.get("confirmed_at"))),
            ("digest", str(agreed.get("digest") or "")),
            ("replaces", str(agreed.get("supersedes") or "")),
            ("offer", str(agreed.get("offer") or "")),
            ("plainly", str(agreed.get("plain") or "")),
        ]
    )


def countered(offer: Mapping[str, Any]) -> Document:
    """Return the terms the other side asked for, in the shape they are offered in.

    Raises:
        Failure: nothing else was asked for.
    """
    asked = offer.get("countered")
    if not asked:
        raise Failure(codes.NO_COUNTER, exit_code=ExitCode.CONFLICT)
    return statable(asked)


def _party(deal: Mapping[str, Any]) -> str:
    peer = deal.get("peer") or {}
    return f"{phrases.party(peer)}  {peer.get('iri', '')}"


def _signature(proof: Mapping[str, Any]) -> str:
    if not proof:
        return ""
    verdict = "✓ verified" if proof.get("verified") else "✗ NOT VERIFIED"
    return f"{verdict}  {proof.get('verification_method', '')}"


def signed(proof: Mapping[str, Any]) -> str:
    """Return the verdict on an offer's signature in a word and a mark."""
    if not proof:
        return ""
    return "signed ✓" if proof.get("verified") else "NOT VERIFIED ✗"


def shortened(text: str) -> str:
    """Return the two ends of a digest or a key: enough to compare, short enough for a line."""
    return f"{text[:8]}…{text[-4:]}"


def _stands(offer: Mapping[str, Any], now: datetime) -> str:
    expires = offer.get("expires_at")
    return (
        f"until {phrases.date_and_time(expires)} ({phrases.remaining(expires, now=now)})" if expires else ""
    )
