"""More: who and what this node is, how pages look, and everything that happened."""

from typing import Final

from aiohttp import web

from node import __version__
from node.services.ledger import health, journals
from node.services.negotiations import subjects
from node.services.store import Session
from node.services.trade import setting_up
from node.web.edge.problems import not_found
from node.web.pages.frame.page import (
    KEYS_COOKIE,
    KEYS_ON,
    LANGUAGE_COOKIE,
    LOOK_COOKIE,
    PageCall,
    View,
    WebPage,
    see_other,
)
from node.web.pages.wording import languages

_A_PAGE: Final = 25
_LONGEST_PLACE: Final = 16  # digits, as far as every reader of JSON counts exactly
_KEPT_SECONDS: Final = 31_536_000  # a year


async def show(call: PageCall) -> View:
    """Show what this node is, and the way to what is not in the tabs."""
    standing = await call.read(lambda session: health.look(session, call.acting.iri))
    sells = await call.read(lambda session: setting_up.sells(session, call.acting))
    answer = {
        "version": __version__,
        "origin": call.runtime.settings.origin,
        "name": call.acting.owner.actor.name,
        "entries": standing.head.place,
        "deliveries": standing.deliveries,
    }
    return View(template="more.html", answer=answer, beside={"sells": sells})


async def backup(call: PageCall) -> View:
    """Say how a copy of the node is made and moved, and by what a whole one is known."""
    head = (await call.read(lambda session: health.look(session, call.acting.iri))).head
    answer = {
        "folder": str(call.runtime.settings.data.absolute()),
        "place": head.place,
        "link": f"{head.place}:{head.hash.hex()}",
    }
    return View(template="backup.html", answer=answer)


async def list_entries(call: PageCall) -> View:
    """List what happened, newest first."""
    before = call.asked("before")
    behind = int(before) if before.isascii() and before.isdigit() and len(before) <= _LONGEST_PLACE else None

    def look(session: Session) -> View:
        listed = journals.latest(session, call.acting.iri, before=behind, limit=_A_PAGE)
        names = journals.names(session, call.acting.iri, [entry["peer"] for entry in listed["items"]])
        about = [entry["subject"] for entry in listed["items"] if entry["subject"]]
        things = subjects.names_of(session, call.acting, about)
        return View(template="journal.html", answer=listed, beside={"names": names, "things": things})

    return await call.read(look)


async def show_entry(call: PageCall) -> View:
    """Show one entry of the journal as it is kept, by its place."""
    place = call.id
    if not (place.isascii() and place.isdigit() and len(place) <= _LONGEST_PLACE):
        raise not_found()

    def look(session: Session) -> View:
        found = journals.latest(session, call.acting.iri, before=int(place) + 1, limit=1)["items"]
        if not found or found[0]["place"] != int(place):
            raise not_found()
        names = journals.names(session, call.acting.iri, [found[0]["peer"]])
        return View(template="entry.html", answer=found[0], beside={"names": names})

    return await call.read(look)


async def show_look(call: PageCall) -> View:
    """Show in which language and how pages are shown."""
    chosen = call.request.cookies.get(LANGUAGE_COOKIE, "")
    answer = {"language": chosen, "look": call.reader.theme}
    sells = await call.read(lambda session: setting_up.sells(session, call.acting))
    beside = {"spoken": languages.SPOKEN, "sells": sells, "is_kept": call.asked("kept") == "yes"}
    return View(template="look.html", answer=answer, beside=beside)


async def set_look(call: PageCall) -> web.StreamResponse:
    """Keep a choice of language and look in this browser."""
    response = see_other(call.link("/look", kept="yes"))
    offered = {
        LANGUAGE_COOKIE: {"", *(one.code for one in languages.SPOKEN)},
        LOOK_COOKIE: {*languages.THEMES},
        KEYS_COOKIE: {"", KEYS_ON},
    }
    for name, choices in offered.items():
        value = call.form.one(name)
        if value not in choices:
            continue
        if value:
            response.set_cookie(
                name, value, max_age=_KEPT_SECONDS, path="/", samesite="Lax", secure=_is_encrypted(call)
            )
        elif name in call.request.cookies:
            response.del_cookie(name, path="/")
    return response


def _is_encrypted(call: PageCall) -> bool:
    """Tell whether pages of this node are asked for over TLS."""
    return call.runtime.settings.origin.startswith("https:")


PAGES: Final = (
    WebPage(path="/more", handler=show),
    WebPage(path="/backup", handler=backup),
    WebPage(path="/journal", handler=list_entries),
    WebPage(path="/journal/{id}", handler=show_entry),
    WebPage(path="/look", handler=show_look),
    WebPage(path="/look", handler=set_look, method="POST"),
)
