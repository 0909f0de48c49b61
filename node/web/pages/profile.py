"""The profile: what the node knows of its owner, what of it is public, and changing what is plain text.

Rules here: all of it stays home unless it is published or given; what the form has no field for is kept as it
is; what others changed meanwhile, as a program that takes over a card, is not overwritten.
"""

import asyncio
from collections.abc import Mapping
from typing import Any, Final

from aiohttp import web

from node.services.people import profiles, publishing
from node.services.store import Session
from node.web.pages.page import PageCall, View, WebPage, see_other
from node.web.pages.refusals import words_of
from protocol.errors import ProtocolError
from protocol.strictjson import Document

FIELDS: Final = (
    "name",
    "givenName",
    "familyName",
    "birthDate",
    "email",
    "telephone",
    "address.streetAddress",
    "address.postalCode",
    "address.addressLocality",
    "address.addressCountry",
    "jobTitle",
    "url",
    "description",
)
"""What the form has a field for, in order; `address.` is a member of the address."""
_ADDRESS: Final = "address"


async def show(call: PageCall) -> View:
    """Show what the node knows of its owner, and what of that is public."""

    def look(session: Session) -> View:
        known, public = profiles.show(session, call.acting), publishing.show(session, call.acting)
        members = set(public["members"])
        if known.get("name") == call.acting.owner.actor.name:
            members.add("name")  # everybody who finds the account reads it
        beside = {"facts": facts(known), "public": members, "outdated": public["outdated"]}
        return View(template="profile.html", answer=known, beside=beside)

    return await call.read(look)


async def edit(call: PageCall) -> View:
    """Show the form."""
    known = await call.read(lambda session: profiles.show(session, call.acting))
    return _form(known, texts(known))


async def change(call: PageCall) -> View | web.StreamResponse:
    """Set what was typed, and keep the rest."""
    known = await call.read(lambda session: profiles.show(session, call.acting))
    typed = {name: call.form.one(name).strip() for name in texts(known)}
    try:
        prepared = await asyncio.to_thread(profiles.prepare, call.acting, changed(known, typed))
        await call.write(lambda session: profiles.set(session, call.acting, prepared, known=known))
    except ProtocolError as error:
        return _form(known, typed, mistake=words_of(error.code, error.detail).text)
    return see_other("/profile")


def _form(known: Document, typed: Mapping[str, str], *, mistake: str = "") -> View:
    return View(
        template="profile_edit.html",
        answer=known,
        beside={"typed": typed, "errors": {FIELDS[0]: mistake} if mistake else {}},
        status=422 if mistake else 200,
    )


def facts(known: Mapping[str, Any], before: str = "") -> list[tuple[str, str]]:
    """Return what a profile says, name by name, members of members with a point between."""
    found: list[tuple[str, str]] = []
    for name, value in known.items():
        if name.startswith("@"):
            continue
        for one in value if isinstance(value, list) else [value]:
            if isinstance(one, Mapping):
                found += facts(one, f"{before}{name}.")
            else:
                found.append((before + name, str(one)))
    return found


def texts(known: Mapping[str, Any]) -> dict[str, str]:
    """Return what the form shows: the fields whose value is one text, or that have none."""
    values = {name: _at(known, name) for name in FIELDS}
    return {name: value for name, value in values.items() if isinstance(value, str)}


def _at(known: Mapping[str, Any], name: str) -> Any:
    outer, point, inner = name.partition(".")
    value = known.get(outer, {} if point else "")
    if not point:
        return value
    return value.get(inner, "") if isinstance(value, Mapping) else None


def changed(known: Mapping[str, Any], typed: Mapping[str, str]) -> Document:
    """Return a profile with what was typed in it; what was emptied is taken out."""
    profile = {name: value for name, value in known.items() if name != _ADDRESS}
    address = dict(known.get(_ADDRESS, {})) if isinstance(known.get(_ADDRESS, {}), Mapping) else None
    for name, value in typed.items():
        outer, point, inner = name.partition(".")
        into, member = (address, inner) if point else (profile, outer)
        assert into is not None  # noqa: S101 - only an address that is one has fields
        into.pop(member, None)
        if value:
            into[member] = value
    if address is None:
        return {**profile, _ADDRESS: known[_ADDRESS]}
    said = {member: value for member, value in address.items() if not member.startswith("@")}
    return {**profile, _ADDRESS: {"@type": "PostalAddress", **address}} if said else profile


PAGES: Final = (
    WebPage(path="/profile", handler=show),
    WebPage(path="/profile/edit", handler=edit),
    WebPage(path="/profile/edit", handler=change, method="POST"),
)
