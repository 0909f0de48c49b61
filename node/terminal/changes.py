"""Changed terms on the command line, each as it was and as it becomes. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from node.terminal.drafts import TERMS


def changed_terms(deal: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return label and text of every term that an offer would change of its agreement."""
    changes = deal.get("changes") or []
    return [pair for change in changes for pair in changed(change, deal, changes)]


def changed(
    change: Mapping[str, Any], terms: Mapping[str, Any], changes: Sequence[Mapping[str, Any]]
) -> Iterator[tuple[str, str]]:
    """Yield label and text of one changed term: `price  1,890.00 EUR → 1,800.00 EUR`.

    Of what has several lines, only those that are dropped (-) or new (+) are shown.

    Args:
        change: the term.
        terms: those that come of it, for the currency of amounts.
        changes: all that change with it: the currency may, too.
    """
    name, currency = change["term"], terms.get("currency")
    former = next((one["before"] for one in changes if one["term"] == "currency"), currency)
    if name == "terms" and change["before"] and change["after"]:
        yield from _sentences(change, str(former), str(currency))
        return
    for term in TERMS:
        if term.name == name:
            before = [line for line in term.show({"currency": former, name: change["before"]}) if line]
            after = [line for line in term.show({"currency": currency, name: change["after"]}) if line]
            for line in _side_by_side(before, after):
                yield term.label, line


def _sentences(change: Mapping[str, Any], former: str, currency: str) -> Iterator[tuple[str, str]]:
    """Yield the sentences of what is said about data that are gone or new."""
    from node.core.text_changes import text_changes
    from protocol.terms import TermsLanguage, read_unaddressed

    before = read_unaddressed(change["before"], currency=former)
    after = read_unaddressed(change["after"], currency=currency)
    gone, new = text_changes(before, after, TermsLanguage.ENGLISH)
    if not gone and not new:  # the same is said, in other texts
        yield "data", "written anew"
    yield from (("data", f"- {sentence}") for sentence in gone)
    yield from (("data", f"+ {sentence}") for sentence in new)


def _side_by_side(before: Sequence[str], after: Sequence[str]) -> Iterator[str]:
    if len(before) <= 1 and len(after) <= 1:
        yield f"{''.join(before) or 'nothing'} → {''.join(after) or 'nothing'}"
        return
    yield from (f"- {line}" for line in before if line not in after)
    yield from (f"+ {line}" for line in after if line not in before)
