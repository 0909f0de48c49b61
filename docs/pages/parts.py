"""Parts of hand-written pages that come from the code: what stands between two marks is filled in.

    <!-- made: example offer -->
    ... whatever stood here before ...
    <!-- end -->

Rules here: an example is a file of `schemas/examples`, value for value; only the order of its members is
for people. It leaves out `@context`, also in its proof, because that is a page long and always the same; put
back, the proof holds.
"""

import re
from collections.abc import Iterator
from typing import Any, Final

import schemas
from docs.pages.writing import json_block
from protocol import negotiation, vocabulary
from protocol.offers import TERMS
from protocol.strictjson import Document

_MARKED: Final = re.compile(r"(<!-- made: (?P<what>[a-z -]+) -->\n).*?(<!-- end -->)", re.DOTALL)
_FIRST: Final = (
    "id", "type", "kind", "amount", "currency", "per", "count", "until", "label",
    "propertyID", "value", "minValue", "maxValue", "unitText", "necessity",
    "role", "actor", "to", "context", "purpose", "attributedTo", "name", "content",
    "inReplyTo", "object", "digestMultibase", "result", "publishes", "reciprocal", "stipulates",
    "stipulatesReciprocal", "satisfies", "resourceConformsTo", "resourceQuantity",
    "hasNumericalValue", "hasUnit", "price",
)  # fmt: skip
_LAST: Final = ("published", "startTime", "endTime", "proof")


def fill(text: str) -> str:
    """Return a page with its marked parts made anew.

    Raises:
        LookupError: a mark names something there is not.
    """
    return _MARKED.sub(lambda found: f"{found[1]}\n{make(found['what']).strip()}\n\n{found[3]}", text)


def make(what: str) -> str:
    """Return one part by its name."""
    kind, _, name = what.partition(" ")
    match kind, name:
        case "transitions", "":
            return negotiation.table()
        case "terms", "":
            return "\n".join(_terms())
        case "diagram", "":
            return f"```mermaid\n{negotiation.diagram().strip()}\n```"
        case "context", "activity":
            return json_block(vocabulary.ACTIVITY_CONTEXT)
        case "context", "actor":
            return json_block(vocabulary.ACTOR_CONTEXT)
        case "example", _:
            return json_block(shown(name))
    raise LookupError(f"there is no part called {what}")


def _terms() -> Iterator[str]:
    yield from ("| members | of | an acceptance of plain software |", "| --- | --- | --- |")
    for term in TERMS.all:
        members = {"the draft": term.document, "`stipulates`": term.primary}
        members |= {"`stipulatesReciprocal`": term.reciprocal}
        named = ", ".join(f"`{member}`" for found in members.values() for member in sorted(found))
        where = ", ".join(place for place, found in members.items() if found)
        # A commitment without its amount is none, so of the price only what is beside it can go.
        gone = ", ".join(f"`{member}`" for member in sorted(term.document | term.primary))
        yield f"| {named} | {where} | {f'may leave out {gone}' if term.omissible else 'repeats it'} |"


def shown(name: str) -> Document:
    """Return a valid example as the pages show it."""
    for example in schemas.examples():
        if example.valid and example.name == name:
            return dict(_ordered(_without_context(example.document)))
    raise LookupError(f"there is no example called {name}")


def _without_context(value: Any) -> Any:
    if isinstance(value, list):
        return [_without_context(member) for member in value]
    if not isinstance(value, dict):
        return value
    return {name: _without_context(member) for name, member in value.items() if name != "@context"}


def _ordered(value: Any) -> Any:
    """Return a document with its members in the order in which one reads them."""
    if isinstance(value, list):
        return [_ordered(member) for member in value]
    if not isinstance(value, dict):
        return value
    names = [name for name in _FIRST if name in value]
    names += [name for name in value if name not in _FIRST and name not in _LAST]
    return {name: _ordered(value[name]) for name in [*names, *(name for name in _LAST if name in value)]}
