"""Customers on the desk: who they are, what is due now, what was agreed, and what was said."""

from typing import Final
from urllib.parse import quote

from aiohttp import web

from node.services.negotiations import messages
from node.services.trade import customers
from node.web.pages.desk.view import view
from node.web.pages.page import PageCall, View, WebPage, see_other

ONE: Final = "/desk/customers/one"


async def list_all(call: PageCall) -> View:
    """List customers, the most urgent first."""
    answer = await call.read(lambda session: customers.list_all(session, call.acting))
    return view(call, "customers.html", answer)


async def show(call: PageCall) -> View:
    """Show one customer."""
    peer = call.asked("peer")
    answer = await call.read(lambda session: customers.show(session, call.acting, peer))
    return view(call, "customer.html", answer)


async def write(call: PageCall) -> web.StreamResponse:
    """Say something about an offer; it binds nobody."""
    offer, said = call.form.one("offer"), call.form.one("content").strip()
    if said:
        await call.write(lambda session: messages.write(session, call.acting, offer, said))
    return see_other(f"{ONE}?peer={quote(call.form.one('peer'), safe='')}")


PAGES: Final = (
    WebPage(path="/desk/customers", handler=list_all),
    WebPage(path=ONE, handler=show),
    WebPage(path=ONE, handler=write, method="POST"),
)
