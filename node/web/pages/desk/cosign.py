"""What waits for a second signature: seen by everybody of the team, signed or declined by another person.

Rules here: what is signed are the bytes that are shown, named by their fingerprint. Saying no is as near as
saying yes, and needs no proof of who says it. Only the owner sets the limit.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

import orjson
from aiohttp import web

from node.core import codes
from node.core.cosigning import CosignState
from node.core.drafts import view_draft
from node.services.access import persons
from node.services.acting import Acting
from node.services.negotiations import agreements, cosign_showing, cosigning, offers
from node.services.negotiations.asking import REPLACED
from node.services.negotiations.showing import Named
from node.services.store import Session
from node.services.trade import answering
from node.web.edge.forms import PASSWORD
from node.web.pages.access.undo_times import undo_seconds
from node.web.pages.desk.view import view
from node.web.pages.frame.page import PageCall, View, WebPage, see_other
from node.web.pages.frame.signing import COSIGN
from node.web.pages.frame.step_up import proof_of, require_step_up
from node.web.pages.negotiations.offers import lines_of, promised
from node.web.pages.wishes.wish_forms import CURRENCIES, read_price
from node.web.pages.wording import revisions
from node.web.pages.wording.languages import gettext as _
from node.web.pages.wording.refusals import words_of
from protocol.agreements import read_agreement
from protocol.codes import MEANINGS
from protocol.errors import Conflict, Forbidden, ProtocolError, Unprocessable
from protocol.negotiation import Event
from protocol.offers import read_draft
from protocol.values import dataclass


async def list_all(call: PageCall) -> View:
    """Show what waits, what has become of the rest, and above which amount two sign."""
    return await _list(call, {})


async def _list(call: PageCall, errors: dict[str, str], typed: dict[str, str] | None = None) -> View:
    def look(session: Session) -> tuple[dict[str, Any], dict[str, str], bool]:
        answer, is_alone = (
            cosign_showing.show_all(session, call.acting),
            len(persons.team(session, call.acting)) == 1,
        )
        things = {one["id"]: _name_of(session, call, one) for one in answer["items"]}
        return answer, things, is_alone

    answer, things, is_alone = await call.read(look)
    return view(
        call,
        "cosign.html",
        answer,
        status=403 if PASSWORD in errors else 422 if errors else 200,
        errors=errors,
        typed=typed,
        proof=await proof_of(call),
        is_owner=call.visitor.person == call.visitor.handle,
        is_alone=is_alone,
        currencies=CURRENCIES,
        why={one["id"]: _why(one) for one in answer["items"]},
        things=things,
    )


async def set_limit(call: PageCall) -> View | web.StreamResponse:
    """Set above which amount two people sign, or that nothing needs two."""
    acting, typed = call.acting, {name: call.form.one(name) for name in ("amount", "currency")}
    acting.check_owner()
    try:
        if asked := await require_step_up(call):
            return asked
    except Forbidden:
        return await _list(call, {PASSWORD: _("That is not right.")}, typed)
    if call.form.has("off"):
        await call.write(lambda session: cosigning.drop_limit(session, acting))
        return see_other(COSIGN)
    said = {**typed, "amount": read_price(typed["amount"], typed["currency"]) or ""}
    try:
        await call.write(lambda session: cosigning.set_limit(session, acting, said))
    except Unprocessable:
        return await _list(call, {"amount": _("Write an amount such as 5000")}, typed)
    return see_other(COSIGN)


async def show(call: PageCall) -> View:
    """Show one, with its bytes."""
    return await _one(call, {})


async def _one(call: PageCall, errors: dict[str, str], *, said: str = "") -> View:
    answer = await call.read(lambda session: cosign_showing.show(session, call.acting, call.id))
    document = orjson.loads(answer["body"])
    under = await call.read(lambda session: _under(session, call, answer))
    own, standing = _terms_in(document), under.standing
    terms = own or standing
    return view(
        call,
        "cosign_one.html",
        answer,
        status=403 if errors else 409 if said else 200,
        errors=errors,
        said=said,
        why=_why(answer),
        again=_again(answer),
        size=len(answer["body"].encode()),
        thing=_name_in(document) or (standing or {}).get("name") or "",
        named=own is None and standing is not None,
        terms=terms,
        lines=[] if terms is None else lines_of(terms),
        promised=[] if terms is None else promised(terms, folded=answer["state"] != "asked"),
        under=under.agreement,
        peer=under.peer,
        changes=None if terms is None or under.before is None else revisions.between(under.before, terms),
        proof=await proof_of(call),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Under:
    """What something is signed under: the agreement (its id) that it signs or changes, and with whom.

    `standing` are the terms that stand, as the bytes of a signature under an agreement name it, and repeat
    none of them; `before` those of the agreement that would be changed.
    """

    agreement: str | None
    peer: Named | None
    standing: Mapping[str, Any] | None = None
    before: Mapping[str, Any] | None = None


def _under(session: Session, call: PageCall, answer: dict[str, Any]) -> _Under:
    if not answer["offer"]:
        amended = answer["agreement"]
        peer = _begun_with(session, call, answer)
        return _Under(agreement=amended, peer=peer, before=_agreed(session, call, amended))
    offer = offers.show(session, call.acting, answer["offer"])
    amended = answer["agreement"] or agreements.amended_by(session, call.acting, offer)
    signed = offer["agreement"] if answer["event"] == Event.COUNTERSIGN else None
    before = _agreed(session, call, amended)
    return _Under(agreement=signed or amended, peer=offer["peer"], standing=offer, before=before)


def _begun_with(session: Session, call: PageCall, answer: dict[str, Any]) -> Named | None:
    """Return with whom something begins: whose agreement it would change, or whose wish it is about."""
    if answer["agreement"]:
        return agreements.show(session, call.acting, answer["agreement"])["peer"]
    wish = answer["intention"]
    return None if wish is None else answering.show(session, call.acting, wish)["peer"]


def _agreed(session: Session, call: PageCall, id: str | None) -> Mapping[str, Any] | None:
    """Return the terms of an agreement."""
    if id is None:
        return None
    row = agreements.load(session, call.acting, id)
    return view_draft(read_agreement(row.document, currency=row.currency).draft)


def _name_in(document: dict[str, Any]) -> str:
    """Return what the terms of a move are called; nothing where it has none."""
    terms = document.get("result") or document.get("object")
    return str(terms.get("name") or "") if isinstance(terms, dict) else ""


def _name_of(session: Session, call: PageCall, one: dict[str, Any]) -> str:
    """Return what something is about: as its bytes name it, else as the offer that it signs does."""
    named = _name_in(orjson.loads(one["body"]))
    return named or (offers.show(session, call.acting, one["offer"])["name"] if one["offer"] else "")


def _terms_in(document: dict[str, Any]) -> dict[str, Any] | None:
    """Return the terms of a move; None where its bytes name another document's."""
    try:
        if "result" in document:
            return view_draft(read_agreement(document["result"]).draft)
        return view_draft(read_draft(document.get("object")))
    except ProtocolError:
        return None


def _why(one: dict[str, Any]) -> str:
    """Say why something is stale, or would be; what a person said is theirs."""
    if one["state"] == "stale" and one["reason"] == REPLACED:
        return _("Something else was asked for in its place.")
    said = one["reason"] if one["state"] == "stale" else one["hindrance"]
    code = next((code for code in MEANINGS if code == said), codes.COSIGN_ENDED)
    return words_of(code, MEANINGS[code]).text if said else ""


_OURS: Final = frozenset({Event.OFFER, Event.REOFFER, Event.COUNTERSIGN})
"""Moves of who offers."""


def _again(one: dict[str, Any]) -> str:
    """Return where it is asked for anew; what we offer stands with the wish, and has no page of its own."""
    if one["event"] in _OURS and one["intention"]:
        standing = f"?offer={one['offer']}" if one["offer"] else ""
        return f"/desk/wishes/{one['intention']}{standing}"
    if one["offer"]:
        return f"/offers/{one['offer']}"
    return f"/agreements/{one['agreement']}" if one["agreement"] else ""


async def sign(call: PageCall) -> View | web.StreamResponse:
    """Sign what another person asked for."""
    seen, acting = call.form.one("copy"), call.acting
    try:
        asked = await require_step_up(call)
        if asked is not None:
            return asked
        made = await call.write(lambda session: _sign(session, call, acting, seen))
    except Conflict as conflict:
        return await _one(call, {}, said=words_of(conflict.code, conflict.detail).text)
    except Forbidden as error:
        if error.code in {codes.SAME_PERSON, codes.PERSON_UNKNOWN}:
            raise
        return await _one(call, {PASSWORD: _("That is not right.")})
    if (made["state"], made["event"]) == (CosignState.SIGNED, Event.ACCEPT):
        return see_other(f"/offers/{made['offer']}/accepted")  # where it can be undone for a while
    return see_other(f"{COSIGN}/{call.id}")


def _sign(session: Session, call: PageCall, acting: Acting, seen: str) -> dict[str, Any]:
    undo_for = timedelta(seconds=undo_seconds(session, call, acting))
    return cosigning.sign(session, acting, call.id, seen=seen, undo_for=undo_for)


async def decline(call: PageCall) -> View | web.StreamResponse:
    """Decline to sign, or take back what one asked for."""
    reason, acting = call.form.one("reason"), call.acting
    try:
        await call.write(lambda session: cosigning.decline(session, acting, call.id, reason=reason))
    except Conflict as conflict:
        return await _one(call, {}, said=words_of(conflict.code, conflict.detail).text)
    return see_other(f"{COSIGN}/{call.id}")


PAGES: Final = (
    WebPage(path=COSIGN, handler=list_all),
    WebPage(path=COSIGN, handler=set_limit, method="POST"),
    WebPage(path=COSIGN + "/{id}", handler=show),
    WebPage(path=COSIGN + "/{id}/sign", handler=sign, method="POST"),
    WebPage(path=COSIGN + "/{id}/decline", handler=decline, method="POST"),
)
