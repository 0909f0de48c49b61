"""The page of the kinds of CRM: what each needs to be told, what it holds, and what can be done there."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime
from tempfile import TemporaryDirectory
from typing import Final

from docs.pages import writing
from docs.pages.writing import code, codes, item, items, prose
from node.crm import registry
from node.crm.adapter import CrmAccount, CrmAdapter
from node.crm.port import CrmDescription, CrmField, FieldType

_NOWHERE: Final = "https://crm.example"


def page() -> str:
    """Return the page."""
    return writing.page(
        "Reference: kinds of CRM",
        prose(
            "`freehold crm connect KIND ADDRESS` connects one; `GET /api/v1/crm/adapters` shows the mapping "
            "that ships with each, and [connect a CRM](../how-to/connect-a-crm.md) how it goes on. A field "
            "in brackets is read and not written."
        ),
        *(part for name in sorted(registry.ours()) for part in _adapter(name)),
    )


def _adapter(name: str) -> Iterator[str]:
    adapter = registry.load(name)
    yield f"## {adapter.title}"
    if adapter.is_open:
        yield items([*_needs(name, adapter), "What it holds it says itself, once it is connected."])
        return
    described = asyncio.run(_describe(adapter))
    looked = f"It is asked for changes every {adapter.look_every.total_seconds():.0f} seconds."
    yield items([*_needs(name, adapter), looked])
    yield "What it holds:"
    yield "\n".join(
        item(
            f"{code(kind)}: {', '.join(map(_field, held.fields))}. "
            f"Verbs: {codes(sorted(held.verbs))}."
            + ("" if held.versioned else " The record is compared before it is written, not locked.")
        )
        for kind, held in described.kinds.items()
    )


def _needs(name: str, adapter: CrmAdapter) -> Iterator[str]:
    key = "With a key" if adapter.needs_secret else "No key"
    yield f"Kind: {code(name)}. Address: {adapter.address}. {key}."
    if adapter.tried:
        yield f"Tried: {adapter.tried}."
    for option, meaning in adapter.options.items():
        needed = "may be left out" if option.endswith("?") else "needed"
        yield f"Option {code(option.removesuffix('?'))} ({needed}): {meaning}."


def _field(field: CrmField) -> str:
    shown = code(field.name) + ("" if field.type is FieldType.TEXT else f" ({field.type})")
    return shown if field.writable else f"[{shown}]"


async def _describe(adapter: CrmAdapter) -> CrmDescription:
    """Ask an adapter what it can do: of itself, since nothing is there to be asked."""
    with TemporaryDirectory() as folder:
        options = {name: "crm" for name in adapter.options if not name.endswith("?")}
        account = CrmAccount(
            address=_NOWHERE if adapter.needs_secret else folder,
            secret="key" if adapter.needs_secret else "",
            options=options,
            clock=lambda: datetime.now(UTC),
            user_agent="docs",
        )
        async with adapter.opens(account) as crm:
            return await crm.describe()
