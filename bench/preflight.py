"""Preflight: before anything is measured, the contenders are shown requests that somebody has altered.

What every one of them must refuse, and what all must take, is a condition of the measurement. Where a
request carries two signatures and one of them still holds, servers differ; that is only reported.
"""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from bench.contenders import Contender
from bench.load import send
from bench.strangers import Stranger

SIGNATURE = re.compile(rb"(?mi)^(signature: \w+=:)(.)")
SIGNATURE_FIELDS = re.compile(rb"(?mi)^signature(?:-input)?: .*\r\n")
PROOF_VALUE = re.compile(rb'("proofValue":"z.{20})(.)')


class Expected(StrEnum):
    """What has to become of a request."""

    TAKEN = "taken"
    REFUSED = "refused"
    EITHER = "either"


@dataclass(frozen=True)
class Case:
    """A request and what is expected."""

    what: str
    request: bytes
    expected: Expected


@dataclass(frozen=True)
class Outcome:
    """How each contender answered a case, by its name."""

    what: str
    expected: Expected
    statuses: dict[str, int]

    @property
    def holds(self) -> bool:
        """Whether every contender did what it has to."""
        taken = {200 <= status < 300 for status in self.statuses.values()}
        wanted = {Expected.TAKEN: {True}, Expected.REFUSED: {False}, Expected.EITHER: taken}
        return taken == wanted[self.expected] and max(self.statuses.values()) < 500


def list_cases(inbox: str, stranger: Stranger, other: Stranger, offers: Sequence[bytes]) -> list[Case]:
    """Make the cases for one inbox out of fresh offers of `stranger`; each uses up one."""
    fresh = iter(offers)
    return [
        Case("an offer as it was signed", stranger.request(inbox, next(fresh)), Expected.TAKEN),
        Case("its content altered", alter_content(stranger.request(inbox, next(fresh))), Expected.REFUSED),
        Case(
            "its content altered, the request signed by somebody else",
            other.request(inbox, alter_content(next(fresh))),
            Expected.REFUSED,
        ),
        Case(
            "its proof taken away, its request signature altered",
            alter_signature(stranger.request(inbox, without_proof(next(fresh)))),
            Expected.REFUSED,
        ),
        Case(
            "its proof altered, the request not signed",
            without_signature(stranger.request(inbox, alter_proof(next(fresh)))),
            Expected.REFUSED,
        ),
        Case(
            "its proof good, its request signature altered",
            alter_signature(stranger.request(inbox, next(fresh))),
            Expected.EITHER,
        ),
        Case(
            "its proof altered, its request signature good",
            stranger.request(inbox, alter_proof(next(fresh))),
            Expected.EITHER,
        ),
    ]


CASES = 7  # offers that `list_cases` uses up


async def fly(
    contenders: Sequence[Contender], stranger: Stranger, other: Stranger, offers: Sequence[bytes]
) -> list[Outcome]:
    """Show every case to every contender."""
    by_contender = {
        contender: list_cases(contender.inbox, stranger, other, offers) for contender in contenders
    }
    outcomes = []
    for cases in zip(*by_contender.values(), strict=True):
        statuses = {
            contender.name: await status_of(case.request, contender.port)
            for contender, case in zip(by_contender, cases, strict=True)
        }
        outcomes.append(Outcome(cases[0].what, cases[0].expected, statuses))
    return outcomes


async def status_of(request: bytes, port: int) -> int:
    """Send one request and return the status of its answer."""
    (status,) = (await send([request], port=port, connections=1)).statuses
    return status


def alter_content(request: bytes) -> bytes:
    """Change what is offered, in as many bytes."""
    return replaced(request, rb"Trekking bike with belt", b"Trekking bike with bell")


def alter_signature(request: bytes) -> bytes:
    """Change one digit of a request's signature."""
    return replaced(request, SIGNATURE, other_digit(request, SIGNATURE))


def without_signature(request: bytes) -> bytes:
    """Take the signature off a request."""
    return SIGNATURE_FIELDS.sub(b"", request)


def alter_proof(body: bytes) -> bytes:
    """Change one digit of a proof."""
    return replaced(body, PROOF_VALUE, other_digit(body, PROOF_VALUE))


def other_digit(text: bytes, pattern: re.Pattern[bytes]) -> bytes:
    """Return what a pattern finds with another last character, one that both base58 and base64 have."""
    found = pattern.search(text)
    if not found:
        raise RuntimeError(f"{pattern.pattern!r} was not found")
    return bytes(found[1]) + (b"A" if found[2] != b"A" else b"B")


def without_proof(body: bytes) -> bytes:
    """Take the proof out of an activity."""
    document = json.loads(body)
    del document["proof"]
    return json.dumps(document).encode()


def replaced(text: bytes, pattern: bytes | re.Pattern[bytes], replacement: bytes) -> bytes:
    """Replace the one occurrence of a pattern, and make sure that it made a difference."""
    changed, count = re.subn(pattern, lambda _: replacement, text)
    if count != 1 or changed == text:
        raise RuntimeError(f"{pattern!r} was found {count} times")
    return changed
