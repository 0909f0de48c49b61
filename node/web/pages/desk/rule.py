"""The rule on the desk: what is offered, met and signed without a person, seen before it is set.

Rules here: a rule binds as often as it answers, so whoever sets one sees first which of the wishes that wait
it would answer, and shows that it is them. Leaving everything to a person is one press, always.
"""

from collections.abc import Mapping
from typing import Any, Final

from aiohttp import web

from node.core import codes
from node.services.store import Session
from node.services.trade import pricelists, ruling, shop
from node.services.trade.ruling import RuleTriedShown
from node.web.edge.forms import PASSWORD
from node.web.edge.problems import Refusal
from node.web.pages.desk import rule_forms
from node.web.pages.desk.rule_forms import RuleForm
from node.web.pages.desk.view import view
from node.web.pages.frame.page import PageCall, View, WebPage, see_other
from node.web.pages.frame.step_up import proof_of, require_step_up
from node.web.pages.wishes.wish_forms import CURRENCIES, digest
from node.web.pages.wording.languages import gettext as _
from protocol.errors import Forbidden

PATH: Final = "/desk/rule"


async def show(call: PageCall) -> View:
    """Show the rule, and the form that changes it."""
    rule, currency = await _standing(call)
    return await _view(call, rule, rule_forms.of(rule, currency=currency))


async def set_(call: PageCall) -> View | web.StreamResponse:
    """Look at what a rule would do, set the one that was looked at, or have none.

    Raises:
        Refusal: 422, it is none of these.
    """
    do = call.form.one("do")
    if do not in ("look", "set", "drop"):
        raise Refusal(422, codes.INVALID_SHAPE)
    if do == "drop":
        await call.write(lambda session: shop.drop_rule(session, call.acting))
        return see_other(PATH)
    rule, currency = await _standing(call)
    form = rule_forms.read(call.form)
    wanted = form.rule(rule or rule_forms.starting(currency))
    if form.errors:
        return await _view(call, rule, form)
    looked_at = digest(wanted)
    if do == "set" and call.form.one("looked_at") == looked_at:
        try:
            if asked := await require_step_up(call):
                return asked
        except Forbidden:
            wrong = {PASSWORD: _("That is not right.")}
            return await _view(
                call, rule, form, tried=await _try(call, wanted), looked_at=looked_at, wrong=wrong
            )
        await call.write(lambda session: shop.set_rule(session, call.acting, wanted))
        return see_other(PATH)
    return await _view(call, rule, form, tried=await _try(call, wanted), looked_at=looked_at)


async def _standing(call: PageCall) -> tuple[dict[str, Any] | None, str]:
    """Return the rule, and in which currency the first article is."""

    def look(session: Session) -> tuple[dict[str, Any] | None, str]:
        listed = pricelists.show(session, call.acting, limit=1)
        first = next(iter(listed["items"]), None)
        return listed["rule"], CURRENCIES[0] if first is None else first["currency"]

    return await call.read(look)


async def _try(call: PageCall, wanted: dict[str, Any]) -> RuleTriedShown:
    trial = await call.read(lambda session: ruling.begin(session, call.acting, wanted))
    while await call.read(lambda session: ruling.look(session, call.acting, trial)):
        pass
    return ruling.show(trial)


async def _view(
    call: PageCall,
    rule: Mapping[str, Any] | None,
    form: RuleForm,
    *,
    tried: RuleTriedShown | None = None,
    looked_at: str = "",
    wrong: Mapping[str, str] | None = None,
) -> View:
    return view(
        call,
        "rule_form.html",
        rule or {},
        status=422 if form.errors else 403 if wrong else 200,
        rule=rule,
        signs=call.acting.countersigns,
        form=form,
        tried=tried,
        looked_at=looked_at,
        wrong=wrong or {},
        proof=await proof_of(call),
    )


PAGES: Final = (
    WebPage(path=PATH, handler=show),
    WebPage(path=PATH, handler=set_, method="POST"),
)
