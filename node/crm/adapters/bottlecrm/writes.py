"""Writing records: found, compared, and written where something differs.

BottleCRM neither locks nor refuses a second record with an external id: both are looked at before. It drops
what it does not know without a word, so what was written is read again.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, tzinfo
from typing import Final

from node.crm.adapters.bottlecrm.accounts import account_of, rename_account
from node.crm.adapters.bottlecrm.attached import attach
from node.crm.adapters.bottlecrm.layouts import ATTACHED, KEY, LAYOUTS
from node.crm.adapters.bottlecrm.lines import spell_lines
from node.crm.adapters.bottlecrm.names import mark, split_name
from node.crm.adapters.bottlecrm.records import is_id, read_record
from node.crm.adapters.bottlecrm.rest import BottleRest, Json, foreign
from node.crm.port import (
    CrmAmbiguous,
    CrmMissing,
    CrmRecord,
    CrmRefused,
    CrmStale,
    FieldType,
    RecordKind,
    RecordState,
    Upsert,
    Upserted,
)
from node.crm.writable import check_writable, day_of, differing
from protocol.values import dataclass

_FOUND_AT_MOST: Final = 20  # records of one external id: more than one are put before a person
_LONG: Final = frozenset({"description", "introduction", "notes", "terms"})
_NOT_KEPT: Final = f"BottleCRM did not keep what we are found by: is the custom field {KEY} there?"


@dataclass(frozen=True, slots=True)
class BottleDesk:
    """Who writes."""

    rest: BottleRest
    clock: Callable[[], datetime]
    zone: tzinfo = UTC

    async def find(self, kind: RecordKind, external_id: str) -> tuple[CrmRecord, ...]:
        """Return the records with an external id; no note and no file, which are found where they hang."""
        layout = LAYOUTS.get(kind)
        if not external_id or layout is None:
            return ()
        query = [(f"cf_{KEY}", external_id)]
        rows = await self.rest.rows(layout.path, layout.rows, query, most=_FOUND_AT_MOST)
        if kind is RecordKind.QUOTATION:  # a list of them does not say all
            rows = [await self.document(kind, row["id"]) for row in rows]
        records = (read_record(kind, row) for row in rows)
        return tuple(record for record in records if record.external_id == external_id)

    async def document(self, kind: RecordKind, id: str) -> Json:
        """Return a record as BottleCRM has it; an answer with another one says that this one is not there.

        Raises: CrmMissing.
        """
        whole = await self.whole(kind, id)
        with foreign():
            found = dict(whole[LAYOUTS[kind].one])
            if not isinstance(found["id"], str):
                raise TypeError("no id")
        if found["id"] != id:
            raise CrmMissing(f"BottleCRM answers with another {kind} than the one it was asked for.")
        return found

    async def whole(self, kind: RecordKind, id: str) -> Json:
        """Return a record with all that hangs on it.

        Raises: CrmMissing.
        """
        layout = LAYOUTS.get(kind)
        if layout is None or not is_id(id):
            raise CrmMissing(f"There is no such {kind} in BottleCRM.")
        return await self.rest.read(f"{layout.path}{id}/")

    async def upsert(self, write: Upsert) -> Upserted:
        """Write a record.

        Raises: as the port's `upsert`.
        """
        _check(write)
        if write.kind in ATTACHED:
            return await attach(self.rest, write)
        await self.rest.make_ready()
        write = _fitting(write)
        id = await self._target(write)
        if not id:
            id = await self._create(write)
            return Upserted(await self._kept(write, id), created=True)
        document = await self.document(write.kind, id)
        record = read_record(write.kind, document)
        if write.base_version and write.base_version != record.version:
            raise CrmStale("The record has changed in BottleCRM since it was read.")
        left = differing(write, record)
        values = await self._spell(left, document)
        if not values:
            return Upserted(record, created=False)
        await self._change(left, document, values)
        return Upserted(await self._kept(write, id), created=False)

    async def _target(self, write: Upsert) -> str:
        """Return the id of the record that a write is for; "" if it is to be made."""
        if write.id:
            return write.id
        found = await self.find(write.kind, write.external_id)
        if len(found) > 1:
            ids = [record.id for record in found]
            raise CrmAmbiguous("Several records in BottleCRM are of the same.", ids=ids)
        return found[0].id if found else ""

    async def _kept(self, write: Upsert, id: str) -> CrmRecord:
        record = read_record(write.kind, await self.document(write.kind, id))
        if write.external_id and record.external_id != write.external_id:
            raise CrmRefused(_NOT_KEPT)
        return record

    # --- making and changing

    async def _create(self, write: Upsert) -> str:
        values = await self._spell(write, None)
        path = LAYOUTS[write.kind].path
        made = await self._named(write, write.external_id, values, "POST", path)
        with foreign():
            return str(made["estimate"]["id"] if write.kind is RecordKind.QUOTATION else made["id"])

    async def _change(self, write: Upsert, document: Json, values: Json) -> None:
        layout = LAYOUTS[write.kind]
        status = layout.states.get(str(document.get("status")))
        if write.lines is not None and status not in (None, RecordState.DRAFT):
            raise CrmRefused(
                "What an estimate says that is out cannot be changed in BottleCRM: write another."
            )
        # Of a record that has its external id already, the write that is left has none.
        external_id = write.external_id or read_record(write.kind, document).external_id
        await self._named(write, external_id, values, layout.partly, f"{layout.path}{document['id']}/")
        if write.kind is RecordKind.CUSTOMER and "name" in write.fields:
            await rename_account(self.rest, write.fields["name"], external_id)

    async def _named(self, write: Upsert, external_id: str, values: Json, method: str, path: str) -> Json:
        """Write; a deal whose name another one has gets a mark behind it, of its external id."""
        try:
            return await self.rest.write(method, path, values)
        except CrmRefused as error:
            gives_name = write.kind is RecordKind.OPPORTUNITY and "name" in values
            if not gives_name or "already exists" not in error.said:
                raise
        return await self.rest.write(method, path, values | {"name": mark(values["name"], external_id)})

    # --- spelling

    async def _spell(self, write: Upsert, before: Json | None) -> Json:
        values: Json = {}
        for name, text in write.fields.items():
            values |= _spell_field(write.kind, name, text)
        if write.external_id:
            values["custom_fields"] = {KEY: write.external_id}
        match write.kind:
            case RecordKind.CUSTOMER:
                return await self._spell_customer(write, values, before)
            case RecordKind.OPPORTUNITY:
                return await self._spell_opportunity(write, values, before)
            case _:
                return await self._spell_quotation(write, values, before)

    async def _spell_customer(self, write: Upsert, values: Json, before: Json | None) -> Json:
        if before is None:
            name = write.fields.get("name", "")
            values = _spell_field(write.kind, "name", name) | values
            values["account"] = await account_of(self.rest, name, write.external_id)
        return values

    async def _spell_opportunity(self, write: Upsert, values: Json, before: Json | None) -> Json:
        if before is None:
            values.setdefault("name", write.external_id)
        if (customer := write.links.get(RecordKind.CUSTOMER)) is not None:
            contact = await self.document(RecordKind.CUSTOMER, customer)
            with foreign():
                values |= {"contacts": [contact["id"]], "account": contact["account"]}
        return values

    async def _spell_quotation(self, write: Upsert, values: Json, before: Json | None) -> Json:
        customer = write.links.get(RecordKind.CUSTOMER)
        if before is None:
            values.setdefault("title", write.external_id[-100:])
            if customer is None:
                raise CrmRefused(
                    "An estimate in BottleCRM needs a customer.", field=RecordKind.CUSTOMER.value
                )
        if customer is not None:
            contact = read_record(kind := RecordKind.CUSTOMER, row := await self.document(kind, customer))
            own = row.get("account") or await self._account(contact)
            values |= {"contact_id": customer, "account_id": own}
        if (opportunity := write.links.get(RecordKind.OPPORTUNITY)) is not None:
            await self.document(RecordKind.OPPORTUNITY, opportunity)
            values["opportunity_id"] = opportunity
        if write.currency:
            values["currency"] = write.currency
        if write.valid_until:
            values["expiry_date"] = day_of(write.valid_until, "valid_until").isoformat()
        return values if write.lines is None else values | spell_lines(write.lines)

    async def _account(self, contact: CrmRecord) -> str:
        """Return the account for a contact that somebody made without one."""
        return await account_of(self.rest, contact.fields["name"], contact.external_id or contact.id)


def _check(write: Upsert) -> None:
    """Check that all fields of a write can be written."""
    layout, attached = LAYOUTS.get(write.kind), ATTACHED.get(write.kind)
    check_writable(write, layout.described if layout is not None else attached, "BottleCRM")


def _fitting(write: Upsert) -> Upsert:
    """Return a write with texts as BottleCRM keeps them: cut, without blanks around, most in one line."""
    fields = {}
    for name, text in write.fields.items():
        bare = text.replace("\0", "").replace("\r\n", "\n").strip()
        limit = next(field.limit for field in LAYOUTS[write.kind].fields if field.name == name)
        fields[name] = (bare if name in _LONG else " ".join(bare.split()))[:limit].strip()
    return replace(write, fields=fields)


def _spell_field(kind: RecordKind, name: str, text: str) -> Json:
    if kind is RecordKind.CUSTOMER and name == "name":
        first, last = split_name(text)
        return {"first_name": first, "last_name": last}
    (field,) = (each for each in LAYOUTS[kind].fields if each.name == name)
    if not text:
        return {name: "" if kind is RecordKind.QUOTATION else None}
    return {name: day_of(text, name).isoformat() if field.type is FieldType.DATE else text}
