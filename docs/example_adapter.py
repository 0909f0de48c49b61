"""An adapter, whole: for an office program that answers JSON and numbers its changes."""

import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

from node.crm import port
from node.crm.adapter import CrmAccount, CrmAdapter
from node.crm.client import CrmClient
from node.crm.foreign import reading, text
from node.crm.port import CrmRecord, RecordKind, RecordState, RecordVerb, Upserted

TITLE, ODD = "An office program", "What answers there is no office program."
FIELDS = {"customer": ["name"], "opportunity": ["title", "wishes"], "quotation": ["title"], "note": ["text"]}
VERBS = {"opportunity": ["win", "lose"], "quotation": ["quote", "confirm", "cancel", "reopen"]}
LINE = ("label", "quantity", "price", "unit", "per")


class _Office:  # what each of these does, and how it may fail, is said in `node.crm.port.Crm`
    def __init__(self, client: CrmClient) -> None:
        self._client = client

    async def describe(self) -> port.CrmDescription:
        return port.CrmDescription(title=TITLE, kinds={RecordKind(kind): _described(kind) for kind in FIELDS})

    async def health(self) -> port.CrmHealth:
        await self._ask("GET", "changes", query={"since": "0", "limit": "1"})
        return port.CrmHealth(TITLE)

    async def changes(self, cursor: str) -> port.ChangesPage:
        if not re.fullmatch(r"\d{0,15}", cursor, re.ASCII):
            raise port.CrmRefused("The cursor is none of an office program.")
        page = await self._ask(
            "GET", "changes", query={"since": cursor or "0", "limit": str(port.LIMIT_PAGE)}
        )
        with reading(ODD):
            if len(page["changes"]) > port.LIMIT_PAGE:
                raise ValueError("more than a page")
            changes = tuple(_read_change(*change) for change in page["changes"])
            return port.ChangesPage(changes, str(int(page["last"])), more=page["more"] is True)

    async def get(self, kind: RecordKind, id: str) -> CrmRecord:
        return _read(kind, await self._ask("GET", _path(kind, id)))

    async def find(self, kind: RecordKind, external_id: str) -> tuple[CrmRecord, ...]:
        found = await self._ask("GET", kind, query={"reference": external_id}) if external_id else []
        with reading(ODD):
            records = [_read(kind, record) for record in found]
        return tuple(record for record in records if record.external_id == external_id)

    async def upsert(self, write: port.Upsert) -> Upserted:
        kind, id = write.kind, write.id
        found = (await self.get(kind, id),) if id else await self.find(kind, write.external_id)
        if len(found) > 1:
            raise port.CrmAmbiguous("Several are the same.", ids=[record.id for record in found])
        if not found:
            return Upserted(_read(kind, await self._ask("POST", kind, _spell(write))), created=True)
        (record,) = found
        if write.base_version not in {"", record.version}:
            raise port.CrmStale("The record has changed meanwhile.")
        changed = {"version": int(record.version), **_spell(write)}  # the program compares that once more
        return Upserted(_read(kind, await self._ask("PUT", _path(kind, record.id), changed)), created=False)

    async def act(self, kind: RecordKind, id: str, verb: RecordVerb, *, reason: str = "") -> CrmRecord | None:
        if verb is RecordVerb.FORGET:
            with suppress(port.CrmMissing):  # what is gone is forgotten
                await self._ask("DELETE", _path(kind, id))
            return None
        return _read(kind, await self._ask("POST", f"{_path(kind, id)}/{verb}", {"reason": reason}))

    async def bulk(self, writes: Sequence[port.Upsert]) -> tuple[Upserted | port.CrmError, ...]:
        return await port.one_by_one(self, writes)

    async def _ask(self, method: str, path: str, body: Any = None, query: Any = None) -> Any:
        return (await self._client.call(method, path, body=body, query=[*(query or {}).items()])).document


def _described(kind: str) -> port.KindDescription:
    verbs = frozenset(map(RecordVerb, [*VERBS.get(kind, []), "forget"]))
    return port.KindDescription(fields=tuple(map(port.CrmField, FIELDS[kind])), verbs=verbs, versioned=True)


def _path(kind: RecordKind, id: str) -> str:
    if kind not in FIELDS or not re.fullmatch(r"\d{1,15}", id, re.ASCII):  # it goes into an address
        raise port.CrmMissing("The program has no such record.")
    return f"{kind}/{id}"


def _read_change(kind: str, id: int, record: Any) -> port.RecordChange:
    read = None if record is None else _read(RecordKind(kind), record)
    return port.RecordChange(kind=RecordKind(kind), id=str(int(id)), record=read)


@reading(ODD)
def _read(kind: RecordKind, record: Any) -> CrmRecord:
    return CrmRecord(
        kind=kind,
        id=str(int(record["id"])),
        version=str(int(record["version"])),
        external_id=text(record["reference"]),
        state=RecordState(record["state"]),
        fields={name: text(record["fields"].get(name, "")) for name in FIELDS[kind]},
        links={RecordKind(other): str(int(linked)) for other, linked in record["links"].items()},
        lines=tuple(port.QuoteLine(*(text(line[name]) for name in LINE)) for line in record["lines"]),
        currency=text(record["currency"]),
        valid_until=text(record["valid_until"]),
    )


def _spell(write: port.Upsert) -> dict[str, Any]:
    links = {kind.value: int(id) for kind, id in write.links.items()}
    terms = {"currency": write.currency, "valid_until": write.valid_until}
    lines = {} if write.lines is None else {"lines": [asdict(line) for line in write.lines]}
    given = {name: value for name, value in terms.items() if value}  # "" leaves what is there
    return {"reference": write.external_id, "fields": dict(write.fields), "links": links} | lines | given


@asynccontextmanager
async def _opened(account: CrmAccount) -> AsyncIterator[port.Crm]:
    async with CrmClient.of(account, headers={"Authorization": f"Bearer {account.secret}"}) as client:
        yield _Office(client)


MAPPING = Path(__file__).with_suffix(".toml").read_text(encoding="utf-8")
ADAPTER = CrmAdapter(title=TITLE, address="where the program answers", mapping=MAPPING, opens=_opened)
