"""Changes: in which terms one draft differs from another, for a person to see before signing."""

from typing import Any

from node.core.drafts import TERMS
from protocol.offers import Draft
from protocol.values import dataclass


@dataclass(frozen=True, slots=True)
class Change:
    """One term, computed ones too, as the owner's programs read it: what it was, and what it is instead."""

    term: str
    before: Any
    after: Any


def changes(before: Draft, after: Draft) -> list[Change]:
    """List the terms in which two drafts differ, in the order of showing."""
    pairs = ((term.name, term.view(before), term.view(after)) for term in TERMS)
    return [Change(name, was, becomes) for name, was, becomes in pairs if was != becomes]


def view_change(change: Change) -> dict[str, Any]:
    """Show a change as the owner's programs read it."""
    return {"term": change.term, "before": change.before, "after": change.after}
