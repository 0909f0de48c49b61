"""Any other system as a CRM: one address that answers signed events, for whoever writes twenty lines there.

Each call of the port is an event (CloudEvents 1.0) posted to that address with the headers of Standard
Webhooks 1.0.0, signed with the secret that both ends know; the answer is JSON. How it fails it says by its
status, as every CRM does (`node.crm.client`): 404 there is no such record, 409 it changed meanwhile, 422 it
does not take this, 429 or 503 not now. Rule here: an answer is read to the letter.
"""

from base64 import b64encode
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any, Final

import orjson

from node.core.entries import render_instant
from node.crm.adapter import CrmAccount, CrmAdapter
from node.crm.client import CrmClient
from node.crm.foreign import reading, text
from node.crm.port import (
    LIMIT_PAGE,
    ChangesPage,
    Crm,
    CrmAmbiguous,
    CrmDescription,
    CrmError,
    CrmField,
    CrmHealth,
    CrmMissing,
    CrmRecord,
    CrmUnavailable,
    FieldType,
    KindDescription,
    QuoteLine,
    RecordChange,
    RecordKind,
    RecordState,
    RecordVerb,
    Upsert,
    Upserted,
    one_by_one,
)
from node.randomness import new_id
from protocol.errors import Unprocessable
from protocol.webhooks import HookSecret, read_key, sign

_TYPE: Final = "org.w3id.freehold.crm."
_CONTENT: Final = {"Content-Type": "application/cloudevents+json"}
_ODD: Final = "What answers at the address does not answer as a webhook adapter's system does."
_LINE: Final = ("label", "quantity", "price", "unit", "per")
_LONGEST_CURSOR: Final = 4_000
_MOST_FIELDS: Final = 500  # of a kind: more than any form has


class SignedSystem:
    """The system at one address."""

    def __init__(self, client: CrmClient, secret: HookSecret, clock: Callable[[], datetime]) -> None:
        self._client, self._secret, self._clock = client, secret, clock

    async def describe(self) -> CrmDescription:
        """Ask what there is, and what can be done with it."""
        answer = await self._ask("describe", {})
        with reading(_ODD):
            kinds = {RecordKind(name): _read_kind(kind) for name, kind in answer["kinds"].items()}
            return CrmDescription(title=text(answer["title"]), kinds=kinds)

    async def changes(self, cursor: str) -> ChangesPage:
        """Ask what changed since a cursor."""
        answer = await self._ask("changes", {"cursor": cursor, "limit": LIMIT_PAGE})
        with reading(_ODD):
            changes = tuple(_read_change(change) for change in answer["changes"])
            if len(changes) > LIMIT_PAGE:
                raise ValueError("more than a page")
            cursor = text(answer["cursor"])
            if len(cursor) > _LONGEST_CURSOR:
                raise ValueError("more than a place in a list")
            return ChangesPage(changes, cursor, more=answer.get("more") is True)

    async def get(self, kind: RecordKind, id: str) -> CrmRecord:
        """Ask for a record."""
        answer = await self._ask("get", {"kind": kind.value, "id": id})
        with reading(_ODD):
            if (
                answer["record"].get("kind", kind.value) != kind.value
            ):  # somebody's link leads to another thing
                raise CrmMissing("The record with this id is of another kind.")
            return _read_record(answer["record"], kind)

    async def find(self, kind: RecordKind, external_id: str) -> tuple[CrmRecord, ...]:
        """Ask for the records with an external id; "" is nobody's."""
        if not external_id:
            return ()
        answer = await self._ask("find", {"kind": kind.value, "external_id": external_id})
        with reading(_ODD):
            found = [_read_record(record, kind) for record in answer["records"]]
            return tuple(record for record in found if record.external_id == external_id)

    async def upsert(self, write: Upsert) -> Upserted:
        """Have a record written."""
        answer = await self._ask("upsert", _written(write))
        with reading(_ODD):
            if "ambiguous" in answer:
                ids = [text(id) for id in answer["ambiguous"]]
                raise CrmAmbiguous("Several records have this external id.", ids=ids)
            return Upserted(_read_record(answer["record"], write.kind), answer["created"] is True)

    async def act(self, kind: RecordKind, id: str, verb: RecordVerb, *, reason: str = "") -> CrmRecord | None:
        """Have something done to a record."""
        about = {"kind": kind.value, "id": id, "verb": verb.value, "reason": reason}
        answer = await self._ask("act", about)
        with reading(_ODD):
            record = answer["record"]
            return None if record is None else _read_record(record, kind)

    async def bulk(self, writes: Sequence[Upsert]) -> tuple[Upserted | CrmError, ...]:
        """Have several records written, one after the other."""
        return await one_by_one(self, writes)

    async def health(self) -> CrmHealth:
        """Ask whether it is well."""
        answer = await self._ask("health", {})
        with reading(_ODD):
            return CrmHealth(text(answer["title"]))

    async def _ask(self, call: str, data: Mapping[str, Any]) -> dict[str, Any]:
        id, now = new_id("call"), self._clock()
        event = {
            "specversion": "1.0",
            "id": id,
            "source": "/crm",
            "type": _TYPE + call,
            "time": render_instant(now),
            "datacontenttype": "application/json",
            "data": data,
        }
        signed = sign(id, orjson.dumps(event), [self._secret], now=now)  # the bytes that the client sends
        answer = await self._client.call("POST", "", body=event, headers={**_CONTENT, **signed})
        if not isinstance(answer.document, dict):
            raise CrmUnavailable(_ODD)
        return answer.document


def _read_kind(kind: Any) -> KindDescription:
    fields = tuple(_read_field(field) for field in kind["fields"][:_MOST_FIELDS])
    verbs = frozenset(RecordVerb(verb) for verb in kind.get("verbs", []))
    return KindDescription(fields=fields, verbs=verbs, versioned=kind.get("versioned") is True)


def _read_field(field: Any) -> CrmField:
    return CrmField(
        text(field["name"]),
        type=FieldType(field.get("type", FieldType.TEXT.value)),
        required=field.get("required") is True,
        writable=field.get("writable", True) is True,
        choices=tuple(text(choice) for choice in field.get("choices", [])),
        limit=field["limit"] if isinstance(field.get("limit"), int) else None,
    )


def _read_change(change: Any) -> RecordChange:
    kind, record = RecordKind(change["kind"]), change["record"]
    read = None if record is None else _read_record(record, kind)
    return RecordChange(kind=kind, id=text(change["id"]), record=read)


def _read_record(record: Any, kind: RecordKind) -> CrmRecord:
    if RecordKind(record.get("kind", kind.value)) is not kind:
        raise ValueError("another kind of record")
    return CrmRecord(
        kind=kind,
        id=text(record["id"]),
        version=text(record["version"]),
        external_id=text(record.get("external_id", "")),
        state=RecordState(record.get("state", "")),
        fields={text(name): text(value) for name, value in record.get("fields", {}).items()},
        links={RecordKind(name): text(id) for name, id in record.get("links", {}).items()},
        lines=tuple(_read_line(line) for line in record.get("lines", [])),
        currency=text(record.get("currency", "")),
        valid_until=text(record.get("valid_until", "")),
        faults=tuple(text(fault) for fault in record.get("faults", [])),
    )


def _read_line(line: Any) -> QuoteLine:
    values = [text(line.get(name, "")) for name in _LINE]
    return QuoteLine(*values)


def _written(write: Upsert) -> dict[str, Any]:
    lines = None if write.lines is None else [_line(line) for line in write.lines]
    return {
        "kind": write.kind.value,
        "external_id": write.external_id,
        "id": write.id,
        "base_version": write.base_version,
        "fields": dict(write.fields),
        "links": {kind.value: id for kind, id in write.links.items()},
        "lines": lines,
        "currency": write.currency,
        "valid_until": write.valid_until,
        "content": b64encode(write.content).decode("ascii"),
    }


def _line(line: QuoteLine) -> dict[str, str]:
    return {name: getattr(line, name) for name in _LINE}


@asynccontextmanager
async def _opened(account: CrmAccount) -> AsyncIterator[Crm]:
    try:
        secret = read_key(account.secret.strip())
    except Unprocessable:
        secret = None
    if not isinstance(secret, HookSecret):
        raise ValueError("The secret is whsec_ and base64 behind it, of 24 to 64 bytes.")
    async with CrmClient.of(account, headers={}) as client:
        yield SignedSystem(client, secret, account.clock)


ADAPTER: Final = CrmAdapter(
    tried="with a system that is *played* by the tests",
    title="Any system, by webhook",
    address="the address that answers signed events",
    is_open=True,
    opens=_opened,
)
