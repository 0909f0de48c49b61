"""What of a write is refused before any of it is sent: what no CRM of its kind would take."""

from datetime import date

from node.crm.port import CrmRefused, KindDescription, Upsert


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
