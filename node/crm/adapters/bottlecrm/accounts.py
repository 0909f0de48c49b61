"""The account that a customer's estimates are for: BottleCRM writes none to a person alone.

It has the customer's external id and name, and is the adapter's own affair: the port knows contacts only.
"""

from node.crm.adapters.bottlecrm.layouts import KEY
from node.crm.adapters.bottlecrm.names import NOTHING, digest_of, mark
from node.crm.adapters.bottlecrm.rest import ACCOUNTS, BottleRest, Json, foreign
from node.crm.port import CrmRefused

_FORGOTTEN_SIGNS = 12
_BLANK = ("email", "phone", "website", "address_line", "city", "state", "postcode", "country", "description")


async def account_of(rest: BottleRest, name: str, external_id: str) -> str:
    """Return the id of a customer's account, made now if need be."""
    if found := await _find(rest, external_id):
        return str(found["id"])
    named = name or NOTHING
    values: Json = {"name": named, "custom_fields": {KEY: external_id}}
    try:
        made = await rest.write("POST", ACCOUNTS, values)
    except CrmRefused:  # most likely the name is taken; for any other reason it is refused again
        made = await rest.write("POST", ACCOUNTS, values | {"name": mark(named, external_id)})
    with foreign():
        return str(made["id"])


async def rename_account(rest: BottleRest, name: str, external_id: str) -> None:
    """Give a customer's account their name of now, if they have one that is ours."""
    found = await _find(rest, external_id)
    if found is None or not name or found["name"] in (name, mark(name, external_id)):
        return
    path = f"{ACCOUNTS}{found['id']}/"
    try:
        await rest.write("PATCH", path, {"name": name})
    except CrmRefused:
        await rest.write("PATCH", path, {"name": mark(name, external_id)})


async def forget_account(rest: BottleRest, external_id: str) -> None:
    """Blank a customer's account: deals and invoices hang on it, so it stays, and is not shown."""
    found = await _find(rest, external_id)
    if found is None:
        return
    name = f"Forgotten {digest_of(found['id'])[:_FORGOTTEN_SIGNS]}"
    values: Json = {"name": name, "is_active": False, "custom_fields": {KEY: ""}}
    await rest.write("PATCH", f"{ACCOUNTS}{found['id']}/", dict.fromkeys(_BLANK) | values)


async def _find(rest: BottleRest, external_id: str) -> Json | None:
    """Return a customer's account; "" is nobody's."""
    if not external_id:
        return None
    document = await rest.read(ACCOUNTS, [(f"cf_{KEY}", external_id), ("limit", "2")])
    with foreign():
        shown, put_away = document["active_accounts"], document["closed_accounts"]
        rows: list[Json] = [*shown["open_accounts"], *put_away["close_accounts"]]
        return next((row for row in rows if (row["custom_fields"] or {}).get(KEY) == external_id), None)
