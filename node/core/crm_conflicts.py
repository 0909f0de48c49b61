"""What a person has to decide about a record of a CRM: which fields both changed, and how it is said."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from node.core.crm_merging import PRICE, FieldFate, FieldVerdict, WantedRecord
from node.core.crm_quotations import say_lines
from node.core.crm_sayings import MAKE_ONE, SECOND, SEVERAL
from node.core.records import CrmRecord

_NAMED: Final = 5  # records of several that are one thing: enough to find the others there
_ID_SHOWN: Final = 40


def say_several(ids: Sequence[str]) -> str:
    """Say which records of the CRM are one thing here."""
    more = ", and more" if len(ids) > _NAMED else ""
    named = ", ".join(id[:_ID_SHOWN] for id in ids[:_NAMED])
    return f"{SEVERAL % {'ids': named + more}} {MAKE_ONE}"


def say_second(id: str) -> str:
    """Say which record of the CRM is a second one of a thing."""
    return f"{SECOND % {'id': id[:_ID_SHOWN]}} {MAKE_ONE}"


def say_changed(fields: Mapping[str, Any]) -> str:
    """Say in a sentence that both sides changed fields."""
    names = ", ".join(name.lstrip("#") for name in sorted(fields))
    return f"Both sides changed: {names}. Choose whose value holds."


def say_conflict(aim: WantedRecord, record: CrmRecord, verdicts: Sequence[FieldVerdict]) -> str:
    """Say what of a record is for a person to decide once both sides were compared; "" for nothing."""
    for each in verdicts:
        there = say_lines(record.lines, record.currency)
        if each.field.target == PRICE and aim.signed and each.ours != there:
            return f"The customer has signed {each.ours}; its lines here come to {there}."
    both = both_changed(verdicts)
    return say_changed(both) if both else ""


def both_changed(verdicts: Sequence[FieldVerdict]) -> dict[str, Any]:
    """Return the fields that a person decides about, as `CrmConflictRow` keeps them."""
    return {
        each.field.target: {
            "from": list(each.field.sources),
            "owner": each.field.owner.value,
            "ours": each.ours or "",
            "theirs": each.theirs or "",
        }
        for each in verdicts
        if each.verdict is FieldFate.CONFLICT
    }
