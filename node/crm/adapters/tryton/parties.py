"""A customer as Tryton keeps it: a party, with identifiers, ways to reach it and addresses that are records.

What the customer gave is kept in contact mechanisms of its own, by the name `Freehold`, so that nothing the
business has noted itself is written over, or blanked when a grant ends. A party always has an address, if
an empty one: without it nobody can quote anything.
"""

from collections.abc import Mapping
from typing import Any

from node.crm.adapters.tryton.layouts import OURS, PLACE, WAYS
from node.crm.adapters.tryton.records import addresses_of, first_address, our_way
from node.crm.adapters.tryton.rest import TrytonRest
from node.crm.adapters.tryton.wire import Json
from node.crm.port import CrmRefused


async def spell_party(
    rest: TrytonRest, fields: Mapping[str, str], external_id: str, before: Json | None
) -> Json:
    """Spell a party's fields; `before` is it as it stands, None for a new one.

    Raises:
        CrmRefused: Tryton does not know the country.
    """
    old = before or {}
    values: Json = {"name": fields["name"] or None} if "name" in fields else {}
    place: Json = {name: fields[name] or None for name in PLACE if name in fields}
    if "country" in fields:
        place["country"] = await _country(rest, fields["country"])
    address = first_address(old)
    if address is None:
        values["addresses"] = [["create", [place]]]
    elif place:
        values["addresses"] = [["write", [address["id"]], place]]
    ways = [command for type in WAYS if type in fields for command in _way(old, type, fields[type])]
    if ways:
        values["contact_mechanisms"] = ways
    if external_id and all(found["code"] != external_id for found in addresses_of(old)):
        values["identifiers"] = [["create", [{"code": external_id}]]]
    return values


def spell_forgotten(document: Json) -> Json:
    """Spell a party of whom nothing is left: other records still name it, so it stays, and is not shown."""
    values: Json = {"name": None, "active": False}
    for member in ("contact_mechanisms", "identifiers"):
        if ids := [part["id"] for part in document.get(member) or ()]:
            values[member] = [["delete", ids]]
    if ids := [part["id"] for part in document.get("addresses") or ()]:
        blank = dict.fromkeys((*PLACE, "country"))
        values["addresses"] = [["write", ids, blank]]
    return values


def _way(old: Json, type: str, value: str) -> list[list[Any]]:
    way = our_way(old, type)
    if way is None:
        return [["create", [{"type": type, "value": value, "name": OURS}]]] if value else []
    if not value:
        return [["delete", [way["id"]]]]
    return [["write", [way["id"]], {"value": value}]]


async def _country(rest: TrytonRest, code: str) -> int | None:
    if not code:
        return None
    found = await rest.search("country.country", [["code", "=", code]], ["code"], limit=1)
    if not found:
        raise CrmRefused(f"Tryton knows no country {code}: its countries can be imported.", field="country")
    return int(found[0]["id"])
