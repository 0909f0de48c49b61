"""A second evaluator of policies, slow and plain: it reads the document and tries every use there could be.

It shares no code with `protocol.policies` and its neighbours: no sets of bits, no boxes, no reader. What it
knows of purposes and countries it takes from the closure's file.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import product
from typing import Any, Final

import schemas

ODRL: Final = "http://www.w3.org/ns/odrl/2/"
DPV: Final = "https://w3id.org/dpv#"
FREEHOLD: Final = "https://w3id.org/freehold#"
LOC: Final = "https://w3id.org/dpv/loc#"
SHARING: Final = {f"{DPV}Share", f"{FREEHOLD}ShareAnonymised"}
START: Final = datetime(2026, 1, 1, tzinfo=UTC)
_LENGTHS: Final = ("elapsedTime", "timeAfterEnd")

Document = dict[str, Any]


@dataclass(frozen=True)
class Trial:
    """One use to try: `recipient` is (IRI, class); `since`, `after_end` and `now` are numbers of days."""

    action: str
    purpose: str
    field: str
    recipient: tuple[str, str]
    country: str
    since: int
    after_end: int | None
    now: int
    disclosure: int


def permits(policy: Document, trial: Trial) -> bool:
    """Tell whether any permission of the document permits a use."""
    return any(_allows(permission, trial) for permission in policy.get("permission", []))


def _covers(permission: Document, action: str, purpose: str, field: str) -> bool:
    named = {word["id"] for word in _named(permission["constraint"], "purpose")}
    return (
        action in permission["processing"]
        and field in permission["fields"]
        and bool(named & {purpose, *schemas.closure()["purposes"][purpose]})
    )


def _allows(permission: Document, trial: Trial) -> bool:
    bounds = {each["leftOperand"]: each["rightOperand"] for each in permission["constraint"]}
    return (
        _covers(permission, trial.action, trial.purpose, trial.field)
        and _is_for(bounds.get(f"{ODRL}recipient"), trial)
        and _is_there(bounds.get(f"{ODRL}spatial"), trial.country)
        and trial.since <= _days(bounds.get(f"{ODRL}elapsedTime"))
        and (trial.after_end is None or trial.after_end <= _days(bounds.get(f"{FREEHOLD}timeAfterEnd")))
        and START + timedelta(days=trial.now) < _moment(bounds.get(f"{ODRL}dateTime"))
        and trial.disclosure <= bounds.get(f"{ODRL}count", 10**9)
    )


def _is_for(recipients: list[Document] | None, trial: Trial) -> bool:
    if trial.action not in SHARING:
        return True
    party, kind = trial.recipient
    return any(each in ({"id": party, "type": kind}, {"id": DPV + kind}) for each in recipients or [])


def _is_there(places: list[Document] | None, country: str) -> bool:
    return places is None or any(country in schemas.closure()["places"][each["id"]] for each in places)


def _days(text: str | None) -> int:
    return 10**9 if text is None else int(text.removeprefix("P").removesuffix("D"))


def _moment(text: str | None) -> datetime:
    return datetime.max.replace(tzinfo=UTC) if text is None else datetime.fromisoformat(text)


def trials(*policies: Document) -> Iterator[Trial]:
    """Yield every use that could tell two of the policies apart: each word and number, and what is beside it.

    In a cell only the bounds of the permissions that cover it can, so only those are tried there.
    """
    told = [permission for policy in policies for permission in policy.get("permission", [])]
    for action, purpose, field in product(
        sorted({word for permission in told for word in permission["processing"]}),
        _purposes([constraint for permission in told for constraint in permission["constraint"]]),
        sorted({word for permission in told for word in permission["fields"]}),
    ):
        covering = [each for each in told if _covers(each, action, purpose, field)]
        for circumstances in _circumstances(action, [c for each in covering for c in each["constraint"]]):
            yield Trial(action, purpose, field, *circumstances)


def _circumstances(action: str, bounds: list[Document]) -> Iterator[tuple[Any, ...]]:
    days = sorted({0} | {_days(text) + beside for text in _bounds(bounds, *_LENGTHS) for beside in (0, 1)})
    moments = {0} | {
        (_moment(text) - START).days + beside for text in _bounds(bounds, "dateTime") for beside in (-1, 0)
    }
    counts = {1} | {count + beside for count in _bounds(bounds, "count") for beside in (0, 1)}
    recipients = _parties(bounds) if action in SHARING else {("", "")}
    # What is there was obtained before the end, or counts from when it was.
    times = [(since, end) for since in days for end in [None, *days] if end is None or end <= since]
    for recipient, country, (since, end), now, nth in product(
        recipients, _countries(bounds), times, moments, counts
    ):
        yield recipient, country, since, end, now, nth


def _bounds(constraints: list[Document], *names: str) -> set[Any]:
    operands = {ODRL + name for name in names} | {FREEHOLD + name for name in names}
    return {each["rightOperand"] for each in constraints if each["leftOperand"] in operands}


def _named(constraints: list[Document], name: str) -> list[Document]:
    return [
        word for each in constraints if each["leftOperand"] == ODRL + name for word in each["rightOperand"]
    ]


def _purposes(constraints: list[Document]) -> set[str]:
    named = {word["id"] for word in _named(constraints, "purpose")}
    return {purpose for purpose, above in schemas.closure()["purposes"].items() if named & {purpose, *above}}


def _parties(constraints: list[Document]) -> set[tuple[str, str]]:
    named = {(word["id"], word["type"]) for word in _named(constraints, "recipient") if "type" in word}
    return named | {("https://else.example/", kind) for kind in ("DataProcessor", "ThirdParty")}


def _countries(constraints: list[Document]) -> set[str]:
    named = {
        country
        for word in _named(constraints, "spatial")
        for country in schemas.closure()["places"][word["id"]]
    }
    return {*sorted(named)[:1], *sorted(named)[-1:], f"{LOC}CH", f"{LOC}XX"}


def obliges_as_much(narrow: Document, wide: Document) -> bool:
    """Tell whether the first document has every duty of the second, as soon and as dear."""
    held = dict(_duties(narrow))
    return all(name in held and held[name] >= strength for name, strength in _duties(wide))


def _duties(policy: Document) -> Iterator[tuple[Any, Decimal]]:
    for duty in policy.get("obligation", []):
        if "amount" in duty:
            yield (duty["currency"], duty["per"]), Decimal(duty["amount"])
        else:
            yield duty["processing"][0], Decimal(-_days(duty["constraint"][0]["rightOperand"]))
