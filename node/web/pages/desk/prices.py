"""The price list on the desk: what there is, what another file would change, and taking it over.

Rules here: a file is looked at before any of it is taken, and what looks odd is confirmed item by item, by
hand; so much may go that it is confirmed at once. The bytes that are taken are those that were looked at:
they travel with the form. Where a rule answers, a price is what it signs: whoever sets one shows that it is
them.
"""

import base64
from binascii import Error
from collections.abc import Mapping, Sequence
from datetime import UTC
from functools import partial
from typing import Any, Final

from aiohttp import web

from node.core import codes
from node.core.faults import PriceListInvalid
from node.services.ledger.idempotency import Shown
from node.services.store import Session
from node.services.trade import pricelists, rehearsing, shop
from node.services.trade.pricelists import Loading
from node.services.trade.rehearsing import ListChangesShown, OddChangesShown
from node.web.edge.forms import PASSWORD
from node.web.edge.problems import Refusal
from node.web.pages.desk import fault_words
from node.web.pages.desk.view import view
from node.web.pages.frame.page import PageCall, View, WebPage, see_other
from node.web.pages.frame.step_up import AskedProof, proof_of, require_step_up
from node.web.pages.wishes.wish_forms import digest
from node.web.pages.wording.formats import decimal_mark, number
from node.web.pages.wording.languages import READER, ngettext
from node.web.pages.wording.languages import gettext as _
from node.web.pages.wording.refusals import mistake
from node.web.pages.wording.words import name as named
from protocol.errors import Forbidden, ProtocolError, TooLarge

PATH: Final = "/desk/prices"
LIMIT_BYTES: Final = 1_000_000  # 1 MB, ten thousand items; what is larger is loaded with the command
_LIMIT_FORM: Final = 2_097_152  # the same as text, with what was confirmed
_A_PAGE: Final = 25


async def show(call: PageCall) -> View:
    """Show the price list, a page at a time, and the rule."""
    return await _list(call, {})


async def _list(call: PageCall, errors: dict[str, str], faults: Sequence[str] = ()) -> View:
    cursor = call.asked("cursor")
    answer = await call.read(
        lambda session: pricelists.show(session, call.acting, cursor=cursor, limit=_A_PAGE)
    )
    return view(call, "prices.html", answer, status=422 if errors else 200, errors=errors, faults=faults)


async def save(call: PageCall) -> View | web.Response:
    """Give the whole list as a file, for the reader's spreadsheet, and to be loaded again."""
    language, mark = READER.get().language.code, decimal_mark()
    day = call.acting.now.astimezone(READER.get().zone or UTC).date().isoformat()
    try:
        items = await call.read(lambda session: pricelists.listed(session, call.acting))
    except TooLarge:
        command = {"command": "freehold shop show --json"}
        return await _list(
            call, {"up": _("The list is too long for one file. Save it with %(command)s") % command}
        )
    file = await call.read(lambda _session: pricelists.write(items, language=language, decimal_mark=mark))
    headers = {
        "Cache-Control": "no-store",
        "Content-Type": file.media_type,
        "Content-Disposition": f'attachment; filename="prices-{day}.{file.ending}"',
    }
    return web.Response(body=file.content, headers=headers)


async def look(call: PageCall) -> View | web.StreamResponse:
    """Look at a file, or take over one that was looked at."""
    name, content = _sent(call)
    if call.form.has("take") and await call.done_at() is not None:  # pressed twice, it is taken once
        return see_other(PATH)
    if not content:
        is_empty = _("This file is empty. Choose the one that has the list.") if name else _("Choose a file")
        return await _list(call, {"file": is_empty})
    wrong: dict[str, str] = {}
    kind = "application/json" if name.lower().endswith(".json") else "text/csv"
    try:
        if len(content) > LIMIT_BYTES:
            raise TooLarge(codes.PRICE_LIST_TOO_LARGE)
        loading = await call.read(lambda _session: pricelists.read(content, kind))
        await call.read(lambda session: pricelists.check_emptying(session, call.acting, loading))
        changes = await _rehearse(call, loading)
        left, looked_at = _unconfirmed(call, changes), _digest_of(changes)
        is_known = call.form.one("looked_at") == looked_at
        rule = await call.read(lambda session: shop.show_rule(session, call.acting))
        if call.form.has("take") and is_known and not left:
            if rule is not None and (asked := await require_step_up(call)):
                return asked
            await _take(call, loading)
            return see_other(PATH)
    except PriceListInvalid as invalid:
        count = len(invalid.sentences)
        said = ngettext("One thing in it is to be mended.", "%(count)s things in it are to be mended.", count)
        return await _list(call, {"file": said % {"count": number(count)}}, fault_words.said(invalid))
    except Forbidden:
        wrong = {PASSWORD: _("That is not right.")}
    except ProtocolError as error:
        return await _list(call, {"file": mistake(error)})
    is_stale = call.form.has("take") and not is_known
    errors = _overlooked(left) if call.form.has("take") else {}
    return view(
        call,
        "price_changes.html",
        changes,
        status=403 if wrong else 422 if errors else 409 if is_stale else 200,
        errors=errors | wrong,
        looked_at=looked_at,
        is_stale=is_stale,
        proof=AskedProof() if rule is None else await proof_of(call),
        file={"name": name, "content": base64.b64encode(content).decode()},
        confirmed=call.form.all("right"),
        rule=rule,
        together=goes_together(changes["odd"]),
        takeable="odd" not in left,
        all_right=call.form.one("gone"),
    )


def _sent(call: PageCall) -> tuple[str, bytes]:
    """Return the name and the bytes of the file that was chosen, or of the one that was looked at before."""
    chosen = call.form.files.get("file")
    if chosen is not None and (chosen.content or chosen.filename):
        return chosen.filename or "", chosen.content
    try:
        return call.form.one("name"), base64.b64decode(call.form.one("content"), validate=True)
    except (Error, ValueError):
        raise Refusal(422, codes.INVALID_SHAPE) from None


async def _rehearse(call: PageCall, loading: Loading) -> ListChangesShown:
    rehearsal = rehearsing.begin(loading)
    while await call.read(lambda session: rehearsing.look(session, call.acting, rehearsal)):
        pass
    return rehearsing.show(rehearsal)


def _digest_of(changes: ListChangesShown) -> str:
    """Return what stands for the changes that were shown: another list may have come meanwhile."""
    return digest({name: changes[name] for name in ("added", "changed", "gone", "odd", "unchanged")})


def _unconfirmed(call: PageCall, changes: ListChangesShown) -> dict[str, Any]:
    """Return the fields of what looks odd and was not said to be right; more prices than are shown never are.

    What goes off the list may be so much that it is said of all of it at once.
    """
    right, odd = call.form.all("right"), changes["odd"]
    asked = list(enumerate(odd["first"]))
    if together := goes_together(odd):
        asked = [(place, one) for place, one in asked if one["after"] is not None]
    left: dict[str, Any] = {f"right-{place}": one for place, one in asked if one["sku"] not in right}
    if together and call.form.one("gone") != str(odd["vanished"]):
        left["gone"] = odd
    return left if odd["count"] <= len(asked) + together * odd["vanished"] else left | {"odd": odd}


def _overlooked(left: Mapping[str, Any]) -> dict[str, str]:
    """Say of each field of `_unconfirmed` what to look at: an article by its number, else all of them."""
    one, all_of = _("Look at %(sku)s, and say that it is right"), _("Look at it, and say that it is right")
    return {
        field: one % {"sku": named(odd["sku"]).text} if "sku" in odd else all_of
        for field, odd in left.items()
    }


def goes_together(odd: OddChangesShown) -> bool:
    """Tell whether what goes is confirmed at once: there is more of it than can be looked at one by one."""
    return odd["count"] > len(odd["first"]) and odd["vanished"] > 0


async def _take(call: PageCall, loading: Loading) -> None:
    while not loading.finished:
        loading = await call.runtime.store.write(
            partial(pricelists.take, acting=call.acting, loading=loading)
        )

    def done(session: Session) -> Shown:
        return pricelists.show(session, call.acting, limit=1)

    await call.write(done)


PAGES: Final = (
    WebPage(path=PATH, handler=show),
    WebPage(path=PATH + "/file", handler=save),
    WebPage(
        path=PATH,
        handler=look,
        method="POST",
        limit_bytes=_LIMIT_FORM,
        too_large=codes.PRICE_LIST_TOO_LARGE,
    ),
)
