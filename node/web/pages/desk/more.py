"""More of the desk: setting up, what is on its way, and the keys that sign."""

from typing import Any, Final

from aiohttp import web

from node.services.ledger import journals
from node.services.negotiations import subjects
from node.services.outbox import deliveries
from node.services.people import actors
from node.services.states import DELIVERY_STATES
from node.services.store import Session
from node.services.trade import setting_up
from node.web.pages.desk.view import view
from node.web.pages.frame.page import PageCall, View, WebPage, see_other
from node.web.pages.wording import untaken

_A_PAGE: Final = 25


async def show(call: PageCall) -> View:
    """Show the way to what is not in the tabs."""
    answer = await call.read(lambda session: setting_up.show(session, call.acting))
    return view(call, "more.html", answer, name=call.acting.owner.actor.name)


async def set_up(call: PageCall) -> View:
    """Show what is done and what is still to do before wishes are answered."""
    answer = await call.read(lambda session: setting_up.show(session, call.acting))
    return view(call, "setup.html", answer)


async def list_deliveries(call: PageCall) -> View:
    """Show what is on its way, when it is tried next, and what came to nothing, with why."""
    state = call.asked("state") or None
    cursor = call.asked("cursor") or None

    def look(session: Session) -> View:
        listed = deliveries.list(session, call.acting, state=state, cursor=cursor, limit=_A_PAGE)
        beside: dict[str, Any] = {
            "chosen": state or "",
            "states": [*map(str, DELIVERY_STATES)],
            "untaken": untaken.said,
            "names": journals.names(session, call.acting.iri, [one["recipient"] for one in listed["items"]]),
            "things": subjects.names_of(session, call.acting, [one["activity"] for one in listed["items"]]),
        }
        return view(call, "delivery.html", listed, **beside)

    return await call.read(look)


async def try_now(call: PageCall) -> web.StreamResponse:
    """Send a delivery again now."""
    await call.write(lambda session: deliveries.retry(session, call.acting, call.id))
    call.runtime.wake()
    return see_other("/desk/delivery")


async def list_keys(call: PageCall) -> View:
    """Show the keys that sign for this business, those retired too."""
    answer = await call.read(lambda session: actors.list_keys(session, call.acting))
    return view(call, "keys.html", answer)


PAGES: Final = (
    WebPage(path="/desk/more", handler=show),
    WebPage(path="/desk/setup", handler=set_up),
    WebPage(path="/desk/delivery", handler=list_deliveries),
    WebPage(path="/desk/delivery/{id}/retry", handler=try_now, method="POST"),
    WebPage(path="/desk/keys", handler=list_keys),
)
