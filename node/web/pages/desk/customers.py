"""Customers on the desk: who they are, what is due now, what was agreed, and what was said."""

from typing import Final

from aiohttp import web

from node.services.negotiations import messages
from node.services.store import Session
from node.services.trade import customers
from node.services.trade.pipeline import TOLD
from node.web.pages.desk.view import view
from node.web.pages.frame.page import PageCall, View, WebPage, see_other

ONE: Final = "/desk/customers/{id}"


async def list_all(call: PageCall) -> View:
    """List customers, the most urgent first."""
    answer = await call.read(lambda session: customers.list_all(session, call.acting))
    return view(call, "customers.html", answer)


async def show(call: PageCall) -> View:
    """Show one customer."""

    def look(session: Session) -> View:
        answer = customers.show(session, call.acting, call.id)
        return view(call, "customer.html", answer, position=call.position(session), told=" ".join(TOLD))

    return await call.read(look)


async def write(call: PageCall) -> web.StreamResponse:
    """Say something about an offer; it binds nobody."""
    offer, said = call.form.one("offer"), call.form.one("content").strip()
    if said:
        await call.write(lambda session: messages.write(session, call.acting, offer, said))
    return see_other(f"/desk/customers/{call.id}")


PAGES: Final = (
    WebPage(path="/desk/customers", handler=list_all),
    WebPage(path=ONE, handler=show),
    WebPage(path=ONE, handler=write, method="POST"),
)
