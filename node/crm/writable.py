"""What of a write is refused before any of it is sent, and what is left of it: what is not so already."""

from dataclasses import replace
from datetime import date

from node.crm.port import CrmRecord, CrmRefused, KindDescription, Upsert


def check_writable(write: Upsert, described: KindDescription | None, title: str) -> None:
    """Check that a CRM of this title has all fields of a write, and lets us write them.

    Raises:
        CrmRefused: it has no such kind (`described` is None), or one of the fields is none.
    """
    if described is None:
        raise CrmRefused(f"{title} is not told of a {write.kind}.")
    writable = {field.name for field in described.fields if field.writable}
    for name in write.fields:
        if name not in writable:
            raise CrmRefused(f"A {write.kind} in {title} has no field {name} that we write.", field=name)


def day_of(text: str, name: str) -> date:
    """Return the day that is to be written into a field.

    Raises:
        CrmRefused: it is none.
    """
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise CrmRefused(f"{name} is no day.", field=name) from None


def differing(write: Upsert, record: CrmRecord) -> Upsert:
    """Return what of a write is not so already in a record."""
    same = write.lines is None or write.lines == record.lines
    return replace(
        write,
        id=record.id,
        base_version="",
        external_id="" if write.external_id == record.external_id else write.external_id,
        fields={name: text for name, text in write.fields.items() if record.fields.get(name) != text},
        links={kind: id for kind, id in write.links.items() if record.links.get(kind) != id},
        lines=None if same else write.lines,
        currency="" if write.currency == record.currency else write.currency,
        valid_until="" if write.valid_until == record.valid_until else write.valid_until,
    )
