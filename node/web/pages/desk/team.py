"""The team: who belongs to this business, on which devices they are signed in, who comes and who goes.

Rules here: everybody sees it; only the owner adds and removes. Adding opens a door, so its form asks
the owner to show that it is them; removing is at once. The link by which a person comes in is shown once.
"""

from collections.abc import Mapping
from typing import Any, Final

from aiohttp import web

from node.core import codes
from node.services.access import links, persons
from node.services.store import Session
from node.web.edge.forms import PASSWORD
from node.web.edge.hosts import by_name
from node.web.edge.tries import log_done
from node.web.pages.desk.view import view
from node.web.pages.frame.page import PageCall, View, WebPage, see_other
from node.web.pages.frame.step_up import proof_of, require_step_up
from node.web.pages.wording.languages import gettext as _
from protocol.errors import Conflict, Forbidden, ProtocolError, Unprocessable

HERE: Final = "/desk/team"


async def show(call: PageCall) -> View:
    """Show who belongs to the team."""
    return await _team(call)


async def _team(call: PageCall, *, errors: Mapping[str, str] | None = None, typed: str = "") -> View:
    answer = await call.read(lambda session: persons.show(session, call.acting))
    return view(
        call,
        "team.html",
        answer,
        status=403 if PASSWORD in (errors or {}) else 422 if errors else 200,
        errors=errors or {},
        typed=typed,
        proof=await proof_of(call),
        me=call.visitor.person,
        is_owner=call.visitor.person == call.visitor.handle,
    )


async def add(call: PageCall) -> View | web.StreamResponse:
    """Add a person, and show the link that lets them in."""
    name, acting = call.form.one("name"), call.acting
    acting.check_owner()
    try:
        if asked := await require_step_up(call):
            return asked
    except Forbidden:
        return await _team(call, errors={PASSWORD: _("That is not right.")}, typed=name)
    try:
        person = await call.write(lambda session: persons.add(session, acting, name))
    except (Conflict, Unprocessable) as error:
        return await _team(call, errors={"name": _wrong(error)}, typed=name)
    return see_other(f"{HERE}/{person['id']}/link")


def _wrong(error: ProtocolError) -> str:
    if error.code == codes.PERSON_KNOWN:
        return _("Somebody of this name is there already.")
    if error.code == codes.TEAM_FULL:
        return _("The team is full.")
    return _("A name has letters, and is not longer than a line.")


async def rename(call: PageCall) -> View | web.StreamResponse:
    """Call a person something else."""
    name, acting = call.form.one("name"), call.acting
    try:
        await call.write(lambda session: persons.rename(session, acting, call.id, name))
    except (Conflict, Unprocessable) as error:
        return await _team(call, errors={"name": _wrong(error)}, typed=name)
    return see_other(HERE)


async def remove(call: PageCall) -> web.StreamResponse:
    """Let a person go; every browser and program of theirs is out at once."""
    acting = call.acting
    written = call.write(lambda session: persons.remove(session, acting, call.id))
    await call.runtime.tokens.revoking(written)
    call.runtime.sign_outs.ring()
    log_done(call.request, "person removed", by=call.visitor.session, made=call.id)
    return see_other(HERE)


async def ask_link(call: PageCall) -> View | web.StreamResponse:
    """Offer a link for a person of the team."""
    return view(call, "team_link.html", await call.read(lambda session: _person(session, call)), url="")


async def make_link(call: PageCall) -> View | web.StreamResponse:
    """Make a link that lets a person in, and show it this once."""
    asked, acting, here = await require_step_up(call), call.acting, by_name(call.runtime.settings)
    if asked is not None:
        return asked

    def make(session: Session) -> tuple[dict[str, Any], str]:
        made = links.make(session, acting, person=call.id, by_name=here)
        return _person(session, call), f"{made['url']}?next=/security"

    person, url = await call.change(make)
    return view(call, "team_link.html", person, secret=True, url=url)


def _person(session: Session, call: PageCall) -> dict[str, Any]:
    call.acting.check_owner()
    row = persons.find(session, call.acting, call.id)
    return {"id": row.id, "name": row.name}


PAGES: Final = (
    WebPage(path=HERE, handler=show),
    WebPage(path=HERE, handler=add, method="POST"),
    WebPage(path=HERE + "/{id}", handler=rename, method="POST"),
    WebPage(path=HERE + "/{id}/remove", handler=remove, method="POST"),
    WebPage(path=HERE + "/{id}/link", handler=ask_link),
    WebPage(path=HERE + "/{id}/link", handler=make_link, method="POST"),
)
