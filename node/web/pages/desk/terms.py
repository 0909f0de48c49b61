"""What the offers of a shop say about data, on the desk: chosen, read as a customer reads it, and then set.

Rules here: whoever sets it has seen what customers will read, in both languages, and what is odd about it for
them. Where a rule answers it is signed without anybody: whoever sets it shows that it is them.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from aiohttp import web

from node.core import codes
from node.core.linter import FLAGS
from node.services.store import Session
from node.services.terms import templates
from node.services.terms.templates import TemplateShown
from node.web.edge.forms import PASSWORD
from node.web.edge.problems import Refusal
from node.web.pages.desk import terms_forms
from node.web.pages.desk.terms_forms import TemplateForm
from node.web.pages.desk.view import view
from node.web.pages.frame.page import PageCall, View, WebPage, see_other
from node.web.pages.frame.step_up import proof_of, require_step_up
from node.web.pages.wishes.wish_forms import digest
from node.web.pages.wording import rosters
from node.web.pages.wording.languages import gettext as _
from node.web.pages.wording.languages import reading
from protocol.errors import Forbidden

PATH: Final = "/desk/terms"


async def show(call: PageCall) -> View:
    """Show what the offers say about data, what became of them, and the form that changes it."""
    shown = await call.read(lambda session: templates.show(session, call.acting))
    form, says_all = terms_forms.of(shown["terms"])
    return await _view(call, shown, form, says_all=says_all)


async def set_(call: PageCall) -> View | web.StreamResponse:
    """Look at what they would say, set what was looked at, or have them say nothing.

    Raises:
        Refusal: 422, it is none of these.
    """
    do = call.form.one("do")
    if do not in ("look", "set", "drop"):
        raise Refusal(422, codes.INVALID_SHAPE)
    if do == "drop":
        await call.write(lambda session: templates.drop(session, call.acting))
        return see_other(PATH)
    form = terms_forms.read(call.form)
    wanted = form.template()

    def look(session: Session) -> tuple[TemplateShown, TemplateShown | None]:
        standing = templates.show(session, call.acting)
        return standing, templates.rehearse(session, call.acting, wanted) if wanted else None

    standing, tried = await call.read(look)
    if tried is None:
        return await _view(call, standing, form)
    looked_at = digest(tried["terms"] or {})
    if do == "set" and call.form.one("looked_at") == looked_at:
        try:
            if asked := await require_step_up(call):
                return asked
        except Forbidden:
            wrong = {PASSWORD: _("That is not right.")}
            return await _view(call, standing, form, tried=tried, looked_at=looked_at, wrong=wrong)
        await call.write(lambda session: templates.set(session, call.acting, wanted))
        return see_other(PATH)
    return await _view(call, standing, form, tried=tried, looked_at=looked_at)


async def _view(
    call: PageCall,
    shown: TemplateShown,
    form: TemplateForm,
    *,
    says_all: bool = True,
    tried: TemplateShown | None = None,
    looked_at: str = "",
    wrong: Mapping[str, str] | None = None,
) -> View:
    return view(
        call,
        "terms.html",
        shown,
        status=422 if form.errors else 403 if wrong else 200,
        standing=shown,
        form=form,
        says_all=says_all,
        tried=tried,
        looked_at=looked_at,
        wrong=wrong or {},
        levels=terms_forms.levels(),
        groups=terms_forms.groups(),
        spoken=rosters.language(),
        standing_flags=_as_read(call, shown),
        tried_flags=_as_read(call, tried),
        turned_away=_turned_away(call, shown["offers"]["codes"]),
        proof=await proof_of(call),
    )


def _as_read(call: PageCall, shown: TemplateShown | None) -> list[tuple[str, str]]:
    """Return what is odd about a template, each with what it does, in the words said to a customer."""
    with reading(replace(call.reader, formal=False)):
        flags = [] if shown is None else shown["flags"]
        return [(flag["severity"], _(flag["sentence"])) for flag in flags]


def _turned_away(call: PageCall, counted: Mapping[str, int]) -> list[tuple[str, int]]:
    """Return for what offers were turned away, as a customer reads it, and how often; the most first."""
    with reading(replace(call.reader, formal=False)):
        said = {flag.code: _(flag.sentence) for flag in FLAGS}
    said[codes.TERMS_TOO_WIDE] = _("More than they allow.")
    found = [(said[code], count) for code, count in counted.items() if code in said]
    return sorted(found, key=lambda one: -one[1])


PAGES: Final = (
    WebPage(path=PATH, handler=show),
    WebPage(path=PATH, handler=set_, method="POST"),
)
