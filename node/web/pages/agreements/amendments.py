"""Changing an agreement: what one side proposes, what that changes in words, and what came of it.

Rules here: until both have signed a change, the agreement stays as it is. What is proposed is signed as it
was looked at, to the byte, by a person who shows that it is them: once it is accepted it binds. What the
other side proposes is an offer like any other, with a page of its own where it is accepted, declined or
countered.
"""

from collections.abc import Mapping
from typing import Any, Final

from aiohttp import web

from node.core import codes
from node.services.acting import Acting
from node.services.negotiations import agreements
from node.services.negotiations import offers as negotiations
from node.services.negotiations.showing import AgreementShown, OfferShown
from node.services.store import Session
from node.web.edge.forms import PASSWORD
from node.web.edge.problems import not_found
from node.web.pages.frame import signing
from node.web.pages.frame.page import PageCall, View, WebPage, see_other
from node.web.pages.frame.signing import Signable
from node.web.pages.frame.step_up import proof_of, require_step_up
from node.web.pages.negotiations import counter_forms
from node.web.pages.negotiations.counter_forms import CounterForm
from node.web.pages.wording import data_terms, revisions, sentences
from node.web.pages.wording.languages import gettext as _
from node.web.pages.wording.refusals import mistake
from protocol.errors import Conflict, Forbidden, Unprocessable

_CHANGEABLE: Final = "concluded"


async def begin(call: PageCall) -> View | web.StreamResponse:
    """Show the form, filled with what is agreed."""
    agreement = await call.read(lambda session: agreements.show(session, call.acting, call.id))
    if agreement["state"] != _CHANGEABLE:
        return see_other(f"/agreements/{agreement['id']}")
    return _form(agreement, counter_forms.of(agreement))


async def propose(call: PageCall) -> View | web.StreamResponse:
    """Look at a change, change it once more, or send what was looked at."""
    agreement = await call.read(lambda session: agreements.show(session, call.acting, call.id))
    form = counter_forms.read(call.form)
    terms = form.terms(agreement)
    if not terms and not form.errors:
        form.errors["amount-0"] = _("Change something first")
    if form.errors or call.form.has("change"):
        return _form(agreement, form)

    def amend(session: Session, acting: Acting) -> OfferShown:
        return agreements.amend(session, acting, call.id, terms)

    changed = False
    try:
        if call.form.has("send"):
            away = await require_step_up(call)
            if away is not None:
                return away
            signed = await signing.sign(call, amend)
            return signing.lead(signed, f"/agreements/{agreement['id']}#changes")
    except Conflict as conflict:
        if conflict.code != codes.UNLIKE_SHOWN:
            raise
        changed = True
    except Forbidden:  # what was shown is not the person
        form.errors[PASSWORD] = _("That is not right.")
    try:
        signable = await signing.look_at(call, amend)
    except Unprocessable as error:
        form.errors["amount-0"] = mistake(error)
        return _form(agreement, form)
    return await _preview(call, agreement, form, signable, changed=changed)


def _form(agreement: AgreementShown, form: CounterForm) -> View:
    beside = {"form": form, "lines": counter_forms.lines(agreement), "preview": None}
    return View(template="amend.html", answer=agreement, beside=beside, status=422 if form.errors else 200)


async def _preview(
    call: PageCall,
    agreement: AgreementShown,
    form: CounterForm,
    signable: Signable[OfferShown],
    *,
    changed: bool,
) -> View:
    beside = {
        "form": form,
        "preview": revisions.revisions(signable.move["changes"], agreement["currency"]),
        "sentence": sentences.would_pay(signable.answer, paying=agreement["pays"]),
        "until": signable.answer["expires_at"],
        "signable": signable,
        "has_changed": changed,
        "proof": await proof_of(call),
    }
    status = 403 if form.errors else 409 if changed else 200
    return View(template="amend.html", answer=agreement, beside=beside, status=status)


async def take_back(call: PageCall) -> web.StreamResponse:
    """Take back a change that the owner proposed and nobody has accepted."""
    offer = call.form.one("offer")

    def withdraw(session: Session) -> OfferShown:
        agreement = agreements.show(session, call.acting, call.id)
        if negotiations.show(session, call.acting, offer)["amends"] != agreement["iri"]:
            raise not_found()
        return negotiations.withdraw(session, call.acting, offer)

    await call.write(withdraw)
    return see_other(f"/agreements/{call.id}#changes")


def beside(proposals: list[OfferShown]) -> list[Mapping[str, Any]]:
    """Return what was proposed to change of an agreement, each with its changes in words."""
    return [
        {
            "offer": one,
            "changes": revisions.revisions(one["changes"], one["currency"]),
            "odd": data_terms.odd(one),
            "asked": ""
            if one["countered"] is None
            else sentences.would_pay(one["countered"], paying=one["pays"]),
        }
        for one in proposals
    ]


PAGES: Final = (
    WebPage(path="/agreements/{id}/amend", handler=begin),
    WebPage(path="/agreements/{id}/amend", handler=propose, method="POST"),
    WebPage(path="/agreements/{id}/take-back", handler=take_back, method="POST"),
)
