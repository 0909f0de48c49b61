"""Loading a price list, in steps that hold nobody else up, and showing it page by page.

Rules that hold here:

- A list is read as a whole before any of it is taken: one wrong cell and nothing changes.
- It is taken in steps, each a write and an entry of its own, and what it leaves out goes last. Meanwhile the
  shop answers from what there is of both lists; whoever breaks off may load the list once more.
- Once a newer list has begun to replace what there is, nothing more is taken of an older one. The journal
  decides that: a part's entry tells the edition of the last replacing list, its own or the one it `adds` to.
"""

from collections.abc import Sequence
from dataclasses import replace
from itertools import accumulate
from typing import TYPE_CHECKING, Any, Final

from node.core import codes
from node.core.assortments import from_millionths
from node.core.items import LIMIT_TOTAL, Item, render_count, render_item
from node.services.acting import Acting
from node.services.ledger.recording import note
from node.storage import assortments, journal, stock, undercuts
from node.storage.session import Session
from protocol.errors import Conflict, TooLarge
from protocol.strictjson import Document
from protocol.values import dataclass

if TYPE_CHECKING:
    from node.core.pricelist_files import ListFile

PART: Final = 50  # items set in one step: some ten milliseconds with a few properties each
PROPERTIES: Final = 800  # of all items set in one step: each is a row of its own
DROPPED: Final = 80  # items dropped in one step: with 64 properties each it takes as long as setting a part


@dataclass(frozen=True, slots=True, kw_only=True)
class Loading:
    """A list on its way in: `taken` of its items are set; `edition` is 0 before the first step.

    With `adds` what it leaves out stays.
    """

    items: Sequence[Item]
    adds: bool
    taken: int = 0
    edition: int = 0
    finished: bool = False


def read(content: bytes, media_type: str, *, adds: bool = False) -> Loading:
    """Read a price list, CSV or JSON, that replaces the one before, or adds to it. Needs no session.

    Raises:
        Malformed, Unprocessable, TooLarge: what is wrong with it, by line and column.
    """
    from node.core.pricelists import read_price_list

    return Loading(items=read_price_list(content, media_type), adds=adds)


def write(items: Sequence[Document], *, language: str, decimal_mark: str) -> "ListFile":
    """Write a whole list as a file that `read` reads as the same. Needs no session."""
    from node.core.pricelist_files import write_price_list

    return write_price_list(items, language=language, decimal_mark=decimal_mark)


def check_emptying(session: Session, acting: Acting, loading: Loading) -> None:
    """Check that a list without items would take nothing away: an export that failed looks the same.

    Raises:
        Conflict: `list-empty`.
    """
    if not loading.adds and not loading.items and assortments.list_items(session, acting.iri, limit=1).items:
        raise Conflict(codes.LIST_EMPTY)


def check_total(session: Session, acting: Acting, loading: Loading) -> None:
    """Check that a list that adds leaves no more items than a shop may have, were all of them new.

    Raises:
        TooLarge: `price-list-too-large`.
    """
    room = LIMIT_TOTAL - len(loading.items)
    if loading.adds and assortments.has_more_items(session, acting.iri, room):
        raise TooLarge(
            codes.PRICE_LIST_TOO_LARGE,
            f"With these the list could have more than {LIMIT_TOTAL:,} items.",
        )


def take(session: Session, acting: Acting, loading: Loading) -> Loading:
    """Do the next step of a loading and return what is left of it. Call inside a write.

    Raises:
        Conflict: `list-replaced`, a newer list has begun to replace what there is.
    """
    replacing = _last_replacing(session, acting.iri)
    if loading.edition and replacing > loading.edition:
        raise Conflict(codes.LIST_REPLACED)
    if loading.taken < len(loading.items) or not loading.edition:
        return _set(session, acting, loading, replacing)
    before = 0 if loading.adds else loading.edition
    older = assortments.count_older(session, acting.iri, before, limit=DROPPED)
    if older:
        note(session, acting, "pricelist.dropped", {"edition": loading.edition, "count": older})
    if older == DROPPED:
        return loading
    undercuts.begin_again(session, acting.iri)
    return replace(loading, finished=True)


def _last_replacing(session: Session, actor: str) -> int:
    """Return the edition of the last list that replaced what there was; 0 while there is none.

    Before entries said `adds`, every list counts as one: whoever loaded it has long ended.
    """
    last = journal.last_decision(session, actor, "pricelist")
    if last is None:
        return 0
    number, decision = last
    return int(decision["adds"] if "adds" in decision else decision.get("edition", number))


def _next_part(loading: Loading) -> Sequence[Item]:
    """Return the items of the next step: as many as their properties allow, but one at least."""
    part = loading.items[loading.taken : loading.taken + PART]
    totals = accumulate(len(item.properties) for item in part)
    return part[: max(1, sum(total <= PROPERTIES for total in totals))]


def _set(session: Session, acting: Acting, loading: Loading, replacing: int) -> Loading:
    part = _next_part(loading)
    decision: dict[str, Any] = {"items": [render_item(item) for item in part]}
    if loading.adds:
        decision["adds"] = replacing
    if loading.edition:
        decision["edition"] = loading.edition
    if loading.taken + len(part) == len(loading.items):
        decision["last"] = True
    place = note(session, acting, "pricelist", decision)
    return replace(loading, taken=loading.taken + len(part), edition=loading.edition or place)


def _shown(count: int | None) -> int | str | None:
    """Show how much of an item there is, from its millionths."""
    return None if count is None else render_count(from_millionths(count))


def show(session: Session, acting: Acting, *, cursor: str = "", limit: int = 100) -> dict[str, Any]:
    """Show a page of the price list with what is left of each item, and the rule."""
    page = assortments.list_items(session, acting.iri, after=cursor, limit=limit)
    items = [
        {
            **row.document,
            "stock": _shown(row.stock),
            "held": _shown(row.held),
            "available": _shown(row.available),
        }
        for row in page.items
    ]
    return {"items": items, "next": page.next, "rule": stock.load_rule(session, acting.iri)}


def listed(session: Session, acting: Acting) -> Sequence[Document]:
    """Return the whole list as it can be loaded again, with the stock that is left of it after all sales.

    Raises:
        TooLarge: `price-list-too-large`, no one file takes so many items.
    """
    from node.core.pricelists import LIMIT_ITEMS

    if assortments.has_more_items(session, acting.iri, LIMIT_ITEMS):
        raise TooLarge(codes.PRICE_LIST_TOO_LARGE, f"A price list has at most {LIMIT_ITEMS:,} items.")
    items: list[Document] = []
    cursor: str | None = ""
    while cursor is not None:
        page = assortments.list_items(session, acting.iri, after=cursor)
        stocks = ({} if row.stock is None else {"stock": _shown(row.stock)} for row in page.items)
        items += [{**row.document, **stock} for row, stock in zip(page.items, stocks, strict=True)]
        cursor = page.next
    return items
