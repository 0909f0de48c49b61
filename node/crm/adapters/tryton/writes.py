"""Writing records: found, compared, and written where something differs.

Tryton fills in nothing by itself when a program makes a record, so currency, unit, addresses and employee
are given here. Neither does it refuse to write over what somebody else has just written, or an external id
that is there already: both are looked at before.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Final

from node.crm.adapters.tryton.layouts import ATTACHED, LAYOUTS, LONG, TrytonLayout
from node.crm.adapters.tryton.lines import ROUNDING, counted, kept_of, spell_line, spell_rounding
from node.crm.adapters.tryton.parties import spell_party
from node.crm.adapters.tryton.records import (
    REFERENCES,
    first_address,
    read_record,
    split_reference,
)
from node.crm.adapters.tryton.rest import Domain, TrytonRest
from node.crm.adapters.tryton.wire import Json, spell_bytes, spell_day, spell_days, spell_decimal
from node.crm.marks import sign_note
from node.crm.port import (
    CrmAmbiguous,
    CrmMissing,
    CrmRecord,
    CrmRefused,
    CrmStale,
    FieldType,
    QuoteLine,
    RecordKind,
    RecordState,
    Upsert,
    Upserted,
)
from node.crm.writable import check_writable, day_of, differing
from protocol.values import dataclass

# Of a quotation, what Tryton lets nobody change unless it is a draft.
_SAID: Final = frozenset(
    {"party", "description", "currency", "quotation_date", "quotation_validity", "lines"}
)
_FOUND_AT_MOST: Final = 20  # records of one external id: more than one are put before a person
_REPLACED_AT_MOST: Final = 10  # times that a party was: one that leads back to itself ends, too
_ESCAPED: Final = str.maketrans({"\\": "\\\\", "%": "\\%", "_": "\\_"})
_PRODUCT: Final = (
    "code",
    "name",
    "template.account_category.customer_taxes.type",
    "template.account_category.customer_taxes.rate",
)


@dataclass(frozen=True, slots=True)
class TrytonDesk:
    """Who writes: `employee` looks after new opportunities, `product` is sold where a line names none."""

    rest: TrytonRest
    clock: Callable[[], datetime]
    employee: str = ""
    product: str = ""

    async def find(self, kind: RecordKind, external_id: str, *, on: str = "") -> tuple[CrmRecord, ...]:
        """Return the records with an external id; `on` is the resource that notes and files hang on.

        Without it, only an administrator is shown any: to others there are none.
        """
        layout = LAYOUTS.get(kind)
        if not external_id or layout is None:
            return ()
        if kind in ATTACHED and not on and not await self.rest.is_administrator():
            return ()
        domain = _with_external_id(kind, external_id)
        domain += [["resource", "=", on]] if on else []
        documents = await self.rest.search_whole(layout.model, domain, layout.asked, limit=_FOUND_AT_MOST)
        records = (read_record(kind, document) for document in documents)
        named = kind is RecordKind.CUSTOMER  # it may have several, and was found by one of them
        return tuple(record for record in records if named or record.external_id == external_id)

    async def document(self, kind: RecordKind, id: str) -> Json:
        """Return a record as Tryton has it; for a party that was replaced, the one that took its place.

        Raises: CrmMissing.
        """
        layout = LAYOUTS.get(kind)
        if layout is None or not id.isdigit():
            raise CrmMissing(f"There is no such {kind} in Tryton.")
        for _ in range(_REPLACED_AT_MOST):
            document = await self.rest.read(layout.model, id, layout.asked)
            if not document.get("replaced_by"):
                return document
            id = str(int(document["replaced_by"]))
        raise CrmMissing(f"There is no such {kind} in Tryton.")

    async def upsert(self, write: Upsert) -> Upserted:
        """Write a record.

        Raises: as the port's `upsert`.
        """
        layout, write = _check(write), _fitting(write)
        id = await self._target(write)
        if not id:
            made = await self.rest.create(layout.model, await self._spell(write, None), layout.asked)
            if write.kind is RecordKind.OPPORTUNITY:
                await self.make_quotable(made)
            await self._even_out(str(made["id"]), write.lines)
            record = read_record(write.kind, await self.document(write.kind, str(made["id"])))
            return Upserted(record, created=True)
        document = await self.document(write.kind, id)
        record = read_record(write.kind, document)
        if write.base_version and write.base_version != record.version:
            raise CrmStale("The record has changed in Tryton since it was read.")
        if write.lines is not None:
            write = replace(write, lines=tuple(counted(line, document) for line in write.lines))
        left = differing(write, record)
        if write.kind is RecordKind.NOTE:  # it is written whole, its external id with it
            left = replace(left, external_id=write.external_id)
        values = await self._spell(left, document)
        if not values:
            return Upserted(record, created=False)
        return Upserted(await self._change(write, record, values), created=False)

    async def _target(self, write: Upsert) -> str:
        """Return the id of the record that a write is for; "" if it is to be made."""
        if write.id:
            return write.id
        on = _resource(write.links) if write.kind in ATTACHED else ""
        found = await self.find(write.kind, write.external_id, on=on)
        if len(found) > 1:
            ids = [record.id for record in found]
            raise CrmAmbiguous("Several records in Tryton are of the same.", ids=ids)
        return found[0].id if found else ""

    async def _change(self, write: Upsert, record: CrmRecord, values: Json) -> CrmRecord:
        """Write into a record; what a quotation says is changed while it is a draft."""
        layout = LAYOUTS[write.kind]
        said = write.kind is RecordKind.QUOTATION and not values.keys().isdisjoint(_SAID)
        if said and record.state is RecordState.CONFIRMED:
            raise CrmRefused("The order is confirmed; what it says cannot be changed any more.")
        requote = said and record.state is RecordState.QUOTED
        if requote:
            await self.rest.press(layout.model, record.id, "draft")
        try:
            await self.rest.write(layout.model, record.id, values)
            await self._even_out(record.id, write.lines if "lines" in values else None)
        finally:  # what Tryton does not take must not leave a draft behind that was a quotation
            if requote:
                await self.rest.press(layout.model, record.id, "quote")
        return read_record(write.kind, await self.document(write.kind, record.id))

    async def _even_out(self, id: str, lines: tuple[QuoteLine, ...] | None) -> None:
        """Add the line that evens a quotation out, where Tryton's rounding makes others of its lines."""
        if not lines:
            return
        document = await self.document(RecordKind.QUOTATION, id)
        if line := spell_rounding(lines, document, unit=await self._unit("")):
            await self.rest.write(LAYOUTS[RecordKind.QUOTATION].model, id, {"lines": [["create", [line]]]})

    async def make_quotable(self, lead: Json) -> None:
        """Make a lead an opportunity, where somebody looks after it: only that can be quoted."""
        if lead.get("employee") and lead.get("party"):
            await self.rest.press(LAYOUTS[RecordKind.OPPORTUNITY].model, str(lead["id"]), "opportunity")

    async def find_employee(self) -> int | None:
        """Return who looks after a new opportunity: who is configured, the key's user, or the only one."""
        company = await self.rest.company()
        if not self.employee and (own := (await self.rest.preferences()).get("employee")):
            return int(own)
        domain: Domain = [["company", "=", company]]
        domain += [["party.name", "=", self.employee]] if self.employee else []
        found = await self.rest.search("company.employee", domain, ["party"], limit=2)
        return int(found[0]["id"]) if len(found) == 1 else None

    async def find_product(self) -> Json | None:
        """Return the product that is configured for lines that name none."""
        found = await self.rest.search("product.product", [["code", "=", self.product]], _PRODUCT, limit=1)
        return found[0] if found else None

    # --- spelling

    async def _spell(self, write: Upsert, before: Json | None) -> Json:
        match write.kind:
            case RecordKind.CUSTOMER:
                return await spell_party(self.rest, write.fields, write.external_id, before)
            case RecordKind.NOTE:
                return _spell_note(write)
            case RecordKind.FILE:
                return _spell_file(write, before)
            case _:
                return await self._spell_deal(write, before)

    async def _spell_deal(self, write: Upsert, before: Json | None) -> Json:
        values: Json = {name: _spell_field(write.kind, name, text) for name, text in write.fields.items()}
        if write.external_id:
            values |= _spell_reference(write, before)
        if (customer := write.links.get(RecordKind.CUSTOMER)) is not None:
            party = await self.document(RecordKind.CUSTOMER, customer)
            values["party"] = party["id"]
            if before is None:
                values |= _addresses(write.kind, party)
        if write.kind is RecordKind.QUOTATION:
            return values | await self._spell_quotation(write, before)
        if before is None and (employee := await self.find_employee()):
            values["employee"] = employee
        return values

    async def _spell_quotation(self, write: Upsert, before: Json | None) -> Json:
        values: Json = {}
        if before is None and RecordKind.CUSTOMER not in write.links:
            raise CrmRefused("A quotation in Tryton needs a customer.", field=RecordKind.CUSTOMER.value)
        if (opportunity := write.links.get(RecordKind.OPPORTUNITY)) is not None:
            await self.document(RecordKind.OPPORTUNITY, opportunity)
            values["origin"] = f"{LAYOUTS[RecordKind.OPPORTUNITY].model},{opportunity}"
        if write.currency:
            values["currency"] = await self._currency(write.currency)
        if write.valid_until:
            today = self.clock().date()
            values["quotation_date"] = spell_day(today)
            values["quotation_validity"] = spell_days((day_of(write.valid_until, "valid_until") - today).days)
        if write.lines is not None:
            values["lines"] = await self._lines(write, before)
        return values

    async def _lines(self, write: Upsert, before: Json | None) -> list[list[object]]:
        lines = write.lines or ()
        sold = [line for line in lines if line.label != ROUNDING] or lines
        spelled = [await self._line(line, before) for line in sold]
        commands: list[list[object]] = [["create", spelled]] if spelled else []
        if write.id:
            old = await self.rest.search("sale.line", [["sale", "=", int(write.id)]], [])
            commands += [["delete", [line["id"] for line in old]]] if old else []
        return commands

    async def _line(self, line: QuoteLine, before: Json | None) -> Json:
        name = line.label
        domain: Domain = [["OR", ["code", "=", name], ["name", "=", name]]]
        products = await self.rest.search("product.product", domain, _PRODUCT, limit=1)
        product = products[0] if products else None
        kept = kept_of(line, before, named=product is not None)
        if product is None and self.product:
            product = await self.find_product()
        unit = await self._unit(line.unit)
        return spell_line(line, unit=unit, product=product if unit else None, before=kept)

    async def _unit(self, symbol: str) -> int | None:
        """Return the id of a unit, by its sign or name; that of one piece for none."""
        wanted = symbol or "u"
        domain: Domain = [["OR", ["symbol", "=", wanted], ["name", "=", wanted]]]
        found = await self.rest.search("product.uom", domain, ["symbol"], limit=1)
        return int(found[0]["id"]) if found else None

    async def _currency(self, code: str) -> int:
        found = await self.rest.search("currency.currency", [["code", "=", code]], ["code"], limit=1)
        if not found:
            raise CrmRefused(f"Tryton knows no currency {code}.", field="currency")
        return int(found[0]["id"])


def _check(write: Upsert) -> TrytonLayout:
    """Return the layout of a write whose fields can be written."""
    layout = LAYOUTS.get(write.kind)
    check_writable(write, None if layout is None else layout.described, "Tryton")
    return LAYOUTS[write.kind]


def _fitting(write: Upsert) -> Upsert:
    """Return a write with texts as Tryton keeps them: without blanks around, and in one line unless LONG."""
    fields = {
        name: text.replace("\0", "").strip() if name in LONG else " ".join(text.replace("\0", "").split())
        for name, text in write.fields.items()
    }
    return replace(write, fields=fields)


def _with_external_id(kind: RecordKind, external_id: str) -> Domain:
    match kind:
        case RecordKind.CUSTOMER:
            identifier = [["type", "=", None], ["code", "=", external_id]]
            return [["identifiers", "where", identifier], ["active", "in", [True, False]]]
        case RecordKind.NOTE:
            return [["message", "like", f"%{sign_note('', external_id).translate(_ESCAPED)}%"]]
        case _:
            name, last = REFERENCES[kind], f"% {external_id.translate(_ESCAPED)}"
            return [["OR", [name, "=", external_id], [name, "like", last]]]


def _resource(links: Mapping[RecordKind, str]) -> str:
    """Return what a note or a file hangs on, as Tryton refers to it: the most particular of its links."""
    for kind in (RecordKind.QUOTATION, RecordKind.OPPORTUNITY, RecordKind.CUSTOMER):
        if kind in links:
            return f"{LAYOUTS[kind].model},{links[kind]}"
    return ""


def _spell_reference(write: Upsert, before: Json | None) -> Json:
    """Spell an external id where Tryton has room for it, behind what people wrote there."""
    name = REFERENCES[write.kind]
    theirs, _ = split_reference((before or {}).get(name) or "")
    return {name: f"{theirs} {write.external_id}".strip()}


def _spell_note(write: Upsert) -> Json:
    values: Json = {"resource": on} if (on := _resource(write.links)) else {}
    if "message" in write.fields:
        values["message"] = sign_note(write.fields["message"], write.external_id)
    return values


def _spell_file(write: Upsert, before: Json | None) -> Json:
    values: Json = dict(write.fields)
    if on := _resource(write.links):
        values["resource"] = on
    if write.external_id:
        values |= _spell_reference(write, before)
    if write.content and (before is None or before.get("data_size") != len(write.content)):
        values["data"] = spell_bytes(write.content)
    return values


def _addresses(kind: RecordKind, party: Json) -> Json:
    address = first_address(party)
    if address is None:
        return {}
    names = ("invoice_address", "shipment_address") if kind is RecordKind.QUOTATION else ("address",)
    return dict.fromkeys(names, address["id"])


def _spell_field(kind: RecordKind, name: str, text: str) -> object:
    (field,) = (each for each in LAYOUTS[kind].fields if each.name == name)
    if not text:
        return None
    if field.type is FieldType.DATE:
        return spell_day(day_of(text, name))
    if field.type is FieldType.DECIMAL:
        return spell_decimal(_number(text, name))
    return text


def _number(text: str, name: str) -> str:
    try:
        return str(Decimal(text))
    except InvalidOperation:
        raise CrmRefused(f"{name} is no number.", field=name) from None
