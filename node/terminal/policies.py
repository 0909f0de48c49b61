"""A policy in plain words on the command line: what it permits, what is odd, which agreements it keeps to.

Rules here: read on this machine, as a node reads it; nothing is asked of anybody.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Final

import schemas
from node.terminal import proposed_terms
from node.terminal.failures import usage
from node.terminal.printing import fields
from protocol import registries
from protocol.documents import Document

if TYPE_CHECKING:
    from node.core.linter import TermsFlag
    from node.terminal.call import CommandCall
    from node.terminal.proposed_terms import Standpoint
    from protocol.policies import DataPolicy, Permission
    from protocol.rosters import RosterEntry

_PART: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
# What DPV names by a noun.
_DONE: Final = {
    registries.PROFILE: "profile you by",
    registries.TRACK: "track",
    registries.DERIVE: "conclude from",
    registries.TRAIN: "train machines with",
    registries.SHARE_ANONYMISED: "share without your name",
}


def report(call: "CommandCall", document: Document, standpoint: "Standpoint", *, currency: str) -> None:
    """Print what a policy comes to, alone or in terms or an offer, and how it compares with a maximum.

    Raises:
        Failure: it cannot be read, or a plain text is not that of the terms.
    """
    from node.core.linter import Allowance
    from protocol.policy_order import is_within
    from protocol.rosters import entries

    proposed = proposed_terms.read(document, currency=currency)
    proposed_terms.check_text(proposed)
    policy, most = proposed.policy, standpoint.maximum
    flags = proposed_terms.flags(proposed, standpoint, call.now())
    within = [entry for entry in entries() if is_within(policy, entry.template)]
    described = _described(policy, flags, within)
    lines = [*_lines(policy, flags, within)]
    if most is not None:
        compared, said = _compared(policy, most, kept=Allowance(most).covers(policy))
        described["maximum"] = compared
        lines += said
    call.out.show(described, lines)


def stated(document: Document) -> Document:
    """Return terms as they are offered, of which a file may be the policy alone."""
    return document if "policy" in document else {"policy": document}


def say_terms(terms: Document | None) -> list[str]:
    """Say the data terms of an offer or an agreement, a sentence a line; nothing if it has none."""
    if terms is None:
        return []
    policy = proposed_terms.read(terms["policy"]).policy
    roster = terms.get("roster")
    claimed = f"keeps to {roster['id'].rpartition('#')[2]}" if roster else "the business's own terms"
    duties = [f"obliges: {said}" for said in _duties(policy)]
    conditions = [
        f"{_spoken(name)}: {value.rpartition('#')[2]}"
        for name, value in (terms.get("conditions") or {}).items()
        if name != "type"
    ]
    return [claimed, *(f"permits: {said}" for said in _permitted(policy)), *duties, *conditions]


def _permitted(policy: "DataPolicy") -> list[str]:
    return [_sentence(each) for each in policy.permissions] or ["nothing"]


def flags_that_may_be(chosen: Mapping[str, str]) -> list[Document]:
    """Return every flag that terms can raise, with what it does at first and now; the heaviest come first.

    `chosen` is what its owner has some of them do, by code.
    """
    from node.core.linter import FLAGS, Severity

    weights = [severity.value for severity in Severity]
    rows = [
        {
            "code": flag.code,
            "severity": chosen.get(flag.code, flag.severity.value),
            "at_first": flag.severity.value,
            "sentence": flag.sentence,
        }
        for flag in FLAGS
    ]
    return sorted(rows, key=lambda row: weights.index(row["severity"]))


def flag(code: str) -> str:
    """Return the code of a flag that was typed.

    Raises:
        Failure: no terms raise such a one.
    """
    from node.core.linter import FLAGS

    if code not in [known.code for known in FLAGS]:
        raise usage(f"There is no flag {code}.", "See: freehold terms flags")
    return code


def roster() -> list[Document]:
    """Return the agreements of the roster, each with what it says in short."""
    from protocol.rosters import entries

    return [
        {"name": entry.name, "summary": schemas.roster_entry(entry.name)["summary"]["en"]}
        for entry in entries()
    ]


def published(entry: "RosterEntry") -> tuple[Document, list[str]]:
    """Return an agreement of the roster as it was published, and the lines that show it."""
    document = schemas.roster_entry(entry.name)
    said = [
        ("agreement", entry.name),
        ("in short", document["summary"]["en"]),
        *(("permits", sentence) for sentence in _permitted(entry.template)),
        *(("obliges", sentence) for sentence in _duties(entry.template)),
        ("digest", entry.digest),
        ("address", entry.iri),
    ]
    return document, [*fields(said)]


def entry(name: str) -> "RosterEntry":
    """Return the entry of the roster that a name or an IRI on the command line means.

    Raises:
        Failure: the roster has no such entry.
    """
    from protocol.rosters import entries, entry_of

    found = entry_of(name) or next((entry for entry in entries() if entry.name == name), None)
    if found is None:
        known = ", ".join(entry.name for entry in entries())
        raise usage(f"The roster has no {name}; it has {known}.", "See: freehold terms roster")
    return found


def country(code: str) -> str:
    """Return the IRI of a country by its code.

    Raises:
        Failure: it is none.
    """
    from protocol.registries import places

    iri = f"{registries.LOC}{code.upper()}"
    if places().words.get(iri, 0).bit_count() != 1:
        raise usage(f"{code} is no country.", "A country is its two letters of ISO 3166-1, such as CH.")
    return iri


def _described(
    policy: "DataPolicy", flags: "Sequence[TermsFlag]", within: "Sequence[RosterEntry]"
) -> Document:
    from node.core.linter import refused
    from protocol.policies import write_policy

    return {
        "policy": write_policy(policy),
        "within": [entry.name for entry in within],
        "flags": [
            {"code": flag.code, "severity": flag.severity.value, "sentence": flag.sentence} for flag in flags
        ],
        "refused": list(refused(flags)),
    }


def _lines(
    policy: "DataPolicy", flags: "Sequence[TermsFlag]", within: "Sequence[RosterEntry]"
) -> Iterator[str]:
    for sentence in _permitted(policy):
        yield f"  permits     {sentence}"
    for sentence in _duties(policy):
        yield f"  obliges     {sentence}"
    for flag in flags:
        yield f"  {flag.severity.value:<10}  {flag.sentence}  ({flag.code})"
    if not flags:
        yield "  odd         nothing"
    yield f"  keeps to    {', '.join(_strictest(within)) or 'no agreement of the roster'}"


def _strictest(within: "Sequence[RosterEntry]") -> list[str]:
    """Return those entries that are within none of the others: who keeps to them keeps to the others too."""
    from protocol.policy_order import is_within

    return [
        entry.name
        for entry in within
        if not any(is_within(other.template, entry.template) for other in within if other is not entry)
    ]


def _compared(policy: "DataPolicy", most: "RosterEntry", *, kept: bool) -> tuple[Document, list[str]]:
    """Compare with the most that somebody allows: as JSON, and in words.

    What both permit can be in more pieces than a policy may have; it is shown, and sent to nobody.
    """
    from protocol.policies import write_policy
    from protocol.policy_order import is_within, meet

    both = meet(policy, most.template)
    compared: Document = {"entry": most.name, "kept": kept, "both_permit": write_policy(both)}
    if kept:
        return compared, [f"  maximum     It asks for no more than {most.name} allows."]
    promised = replace(policy, duties=most.template.duties, compensations=most.template.compensations)
    if is_within(promised, most.template):  # it is what it obliges to that falls short
        said = f"  maximum     It permits no more than {most.name}, and promises less. That obliges:"
        return compared, [said, *(f"              {duty}" for duty in _duties(most.template))]
    said = f"  maximum     It asks for more than {most.name} allows. What both permit:"
    sentences = [_sentence(each) for each in both.permissions] or ["nothing"]
    return compared, [said, *(f"              {sentence}" for sentence in sentences)]


def _sentence(permission: "Permission") -> str:
    """Say one permission: what may be done with which data, for what, with which bounds."""
    from protocol.registries import actions, purposes

    done = _listed([_DONE.get(word) or _spoken(word) for word in actions().spell(permission.actions)])
    what = _listed(
        [schemas.fields()[word]["label"]["en"] for word in registries.fields().spell(permission.fields)]
    )
    why = _listed([_spoken(word) for word in purposes().spell(permission.purposes)])
    bounds = "".join(f"; {bound}" for bound in _bounds(permission))
    reason = f" They say: {permission.content}" if permission.content else ""
    return f"{done[:1].upper()}{done[1:]}: {what}, for {why}{bounds}.{reason}"


def _bounds(permission: "Permission") -> Iterator[str]:
    from node.core.drafts import view_time
    from protocol.policies import RecipientKind
    from protocol.registries import places

    limits = permission.limits
    if limits.recipients is not None:
        said = {RecipientKind.PROCESSOR: "whoever works for them", RecipientKind.THIRD_PARTY: "anybody else"}
        parties = [each.party or said[each.kind] for each in limits.recipients]
        yield f"with {', '.join(sorted(parties))}"
    if limits.places is not None:
        yield f"in {', '.join(word.rpartition('#')[2] for word in places().spell(limits.places))}"
    if limits.days is not None:
        yield f"kept at most {_days(limits.days)}"
    if limits.days_after_end is not None:
        yield f"at most until {_days(limits.days_after_end)} after the end"
    if limits.until is not None:
        yield f"before {view_time(limits.until)}"
    if limits.uses is not None:
        yield "once" if limits.uses == 1 else f"at most {limits.uses} times"


def _duties(policy: "DataPolicy") -> Iterator[str]:
    from protocol.policies import DutyKind
    from protocol.prices import amount_string

    said = {
        DutyKind.DELETE: "to delete it within {} days",
        DutyKind.INFORM: "to say every {} days what was done with it",
        DutyKind.PORT: "to hand it over within {} days of being asked",
    }
    for duty in policy.duties:
        yield said[duty.kind].format(duty.days)
    for paid in policy.compensations:
        yield f"to pay {amount_string(paid.amount, currency=paid.currency)} {paid.currency} a {paid.per}"


def _days(number: int) -> str:
    return "1 day" if number == 1 else f"{number} days"


def _listed(said: Sequence[str]) -> str:
    return " and ".join(filter(None, [", ".join(said[:-1]), said[-1]]))


def _spoken(word: str) -> str:
    """Return the name at the end of an IRI as words: `DeliveryOfGoods` is "delivery of goods"."""
    return " ".join(part.lower() for part in _PART.findall(re.split(r"[#/]", word)[-1]))
