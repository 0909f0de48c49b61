"""Notes and files: comments and attachments of a contact or a deal.

An estimate has none of its own, so what is said of one stands on its deal. BottleCRM gives none of them by
itself, and keeps nothing with them: a note ends with its external id, a file's name has a mark of it.
"""

from collections.abc import Mapping
from functools import partial

from node.crm.adapters.bottlecrm.layouts import LAYOUTS
from node.crm.adapters.bottlecrm.names import name_file
from node.crm.adapters.bottlecrm.records import (
    is_file_of,
    is_id,
    join_id,
    read_file,
    read_note,
    split_id,
)
from node.crm.adapters.bottlecrm.rest import BottleRest, Json, foreign
from node.crm.foreign import reading_one, record_of, tell, text
from node.crm.marks import sign_note
from node.crm.port import (
    CrmAmbiguous,
    CrmMissing,
    CrmRecord,
    CrmRefused,
    RecordChange,
    RecordKind,
    Upsert,
    Upserted,
)

_LONGEST = 10_000  # characters of a comment: a message may have as many, and no room for its mark
_CUT = "…\n\nThe rest stands in your node."
_UPLOADS = {RecordKind.CUSTOMER: "contact_attachment", RecordKind.OPPORTUNITY: "opportunity_attachment"}
_LISTS = {RecordKind.NOTE: "comments", RecordKind.FILE: "attachments"}
_PARTS = {RecordKind.NOTE: "comment", RecordKind.FILE: "attachment"}


async def read_attached(rest: BottleRest, kind: RecordKind, id: str) -> CrmRecord:
    """Return a note or a file.

    Raises: CrmMissing, CrmUnreadable.
    """
    found = split_id(id)
    if found is not None:
        on, parent, _ = found
        document = await rest.read(_path(on, parent))
        for told in tell_on(kind, on, parent, document):
            if told.id == id:
                return record_of(told)
    raise CrmMissing(f"There is no such {kind} in BottleCRM.")


def records_on(
    kind: RecordKind, on: RecordKind, parent: str, document: Json, external_id: str = ""
) -> list[CrmRecord]:
    """Return the notes or the files of a record's document; with an external id those that have it.

    What cannot be read of them is left out: it is told where it is looked for (`tell_on`).
    """
    told = tell_on(kind, on, parent, document, external_id)
    return [change.record for change in told if change.record is not None]


def tell_on(
    kind: RecordKind, on: RecordKind, parent: str, document: Json, external_id: str = ""
) -> list[RecordChange]:
    """Return what tells of the notes or the files of a record's document, each as it can be read.

    Raises:
        CrmUnreadable: one of them has no id, so nobody could tell which.
    """
    with foreign():
        listed = document[_LISTS[kind]]
    with reading_one():
        rows = [(join_id(on, parent, text(each["id"])), each) for each in listed]
    if kind is RecordKind.NOTE:
        notes = [tell(kind, id, partial(read_note, on, parent, each)) for id, each in rows]
        return [note for note in notes if note.record is None or external_id in ("", note.record.external_id)]
    return [
        tell(kind, id, partial(read_file, on, parent, each, external_id))
        for id, each in rows
        if not external_id or is_file_of(each, external_id)
    ]


async def attach(rest: BottleRest, write: Upsert) -> Upserted:
    """Hang a note or a file to a record, once.

    Raises: as the port's `upsert`.
    """
    if write.id:
        return Upserted(await read_attached(rest, write.kind, write.id), created=False)
    on, parent = await _home(rest, write.links)
    before = records_on(write.kind, on, parent, await rest.read(_path(on, parent)), write.external_id)
    if before:
        return Upserted(_only(before), created=False)
    document = await _hang(rest, write, on, parent)
    return Upserted(_only(records_on(write.kind, on, parent, document, write.external_id)), created=True)


async def detach(rest: BottleRest, kind: RecordKind, id: str) -> None:
    """Delete a note or a file, if it is there."""
    found = split_id(id)
    if found is None:
        return
    on, _, own = found
    try:
        await rest.delete(f"{LAYOUTS[on].path}{_PARTS[kind]}/{own}/")
    except CrmMissing:
        return


async def detach_all(rest: BottleRest, on: RecordKind, parent: str, document: Json) -> None:
    """Delete all notes and files of a record: they would be left behind when it is deleted."""
    for kind in _PARTS:
        for told in tell_on(kind, on, parent, document):
            await detach(rest, kind, told.id)


async def _hang(rest: BottleRest, write: Upsert, on: RecordKind, parent: str) -> Json:
    path = _path(on, parent)
    if write.kind is RecordKind.FILE:
        name = name_file(write.fields.get("file_name", ""), write.external_id)
        return await rest.upload(path, _UPLOADS[on], name, write.content)
    said = write.fields.get("comment", "").replace("\0", "").strip()
    room = _LONGEST - len(sign_note("", write.external_id))
    fitting = said if len(said) <= room else f"{said[: room - len(_CUT)].rstrip()}{_CUT}"
    return await rest.write("POST", path, {"comment": sign_note(fitting, write.external_id)})


async def _home(rest: BottleRest, links: Mapping[RecordKind, str]) -> tuple[RecordKind, str]:
    """Return the record that something hangs on: the deal of an estimate, a deal, or a contact."""
    if quotation := links.get(RecordKind.QUOTATION, ""):
        with foreign():
            document = (await rest.read(_path(RecordKind.QUOTATION, quotation)))["estimate"]
            deal, contact = document["opportunity"], document["contact"]
            if deal is not None:
                return RecordKind.OPPORTUNITY, str(deal["id"])
            if contact is not None:
                return RecordKind.CUSTOMER, str(contact["id"])
    for kind in (RecordKind.OPPORTUNITY, RecordKind.CUSTOMER):
        if kind in links:
            return kind, links[kind]
    raise CrmRefused("In BottleCRM a note or a file hangs on a contact or a deal.")


def _path(kind: RecordKind, id: str) -> str:
    if not is_id(id):
        raise CrmMissing(f"There is no such {kind} in BottleCRM.")
    return f"{LAYOUTS[kind].path}{id}/"


def _only(records: list[CrmRecord]) -> CrmRecord:
    if len(records) > 1:
        raise CrmAmbiguous("Several records in BottleCRM are of the same.", ids=[each.id for each in records])
    with foreign():
        return records[0]
