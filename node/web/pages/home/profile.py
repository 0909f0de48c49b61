"""The profile: what the node knows of its owner, what of it is public, and changing what is plain text.

Rules here: all of it stays home unless it is published or given; what the form has no field for is kept as it
is; what others changed meanwhile, as a program that takes over a card, is not overwritten.
"""

import asyncio
from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from aiohttp import web

from node.services.people import profiles, publishing
from node.services.store import Session
from node.web.pages.frame.page import PageCall, View, WebPage, see_other
from node.web.pages.wording.languages import gettext as _
from node.web.pages.wording.refusals import mistake
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
    except profiles.Misshapen as misshapen:
        return _form(known, typed, errors=_mistakes(misshapen))
    except ProtocolError as error:
        return _form(known, typed, errors={FIELDS[0]: mistake(error)})
    return see_other("/profile")


def _mistakes(misshapen: profiles.Misshapen) -> dict[str, str]:
    """Return what is wrong, by field; what is wrong elsewhere is said at the first."""
    says = {
        "birthDate": _("Write year, month and day, such as 1980-02-29, or --02-29 without the year"),
        "email": _("Write an e-mail address, such as name@mail.example"),
        "telephone": _("Write digits, perhaps with a plus sign before them"),
        "url": _("Begin with https:// or http://"),
    }
    at_fault = [field for field in FIELDS if field.rpartition(".")[2] in misshapen.members]
    found = {field: says.get(field, _("Say it shorter")) for field in at_fault}
    return found or {FIELDS[0]: mistake(misshapen)}


def _form(known: Document, typed: Mapping[str, str], *, errors: Mapping[str, str] | None = None) -> View:
    return View(
        template="profile_edit.html",
        answer=known,
        beside={"typed": typed, "errors": errors or {}, "born": _is_day(typed.get("birthDate", ""))},
        status=422 if errors else 200,
    )


def _is_day(typed: str) -> bool:
    """Tell whether a browser can let the day be chosen; one without a year it could not show."""
    try:
        return not typed or date.fromisoformat(typed).isoformat() == typed
    except ValueError:
        return False


def facts(known: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return what a profile says, name by name, as the form has them; of members, with a point between."""
    found = _named(known, "")
    places = {name: place for place, name in enumerate(FIELDS)}
    return sorted(found, key=lambda fact: places.get(fact[0], len(places)))


def _named(known: Mapping[str, Any], before: str) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for name, value in known.items():
        if name.startswith("@"):
            continue
        for one in value if isinstance(value, list) else [value]:
            if isinstance(one, Mapping):
                found += _named(one, f"{before}{name}.")
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
