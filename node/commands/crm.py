"""`freehold crm`: the CRM in which a business works, on its side of the node."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Final

from typer import Argument, Option

from node.terminal import phrases
from node.terminal.call import CommandCall
from node.terminal.failures import not_found, usage
from node.terminal.nouns import NOUNS
from node.terminal.printing import fields
from node.terminal.tables import Column
from node.terminal.verbs import noun, verb
from protocol.documents import Document

app = noun(NOUNS["crm"].line)

_LONGEST_SECRET_BYTES: Final = 4_000
_DIGEST_SIGNS: Final = 12  # of what stands for both values: enough to tell them from those of before
_WAITS: Final = "cw_"
_LEFT_OUT: Final = "{} wishes of people whom you never answered: freehold intention list"
"""How the id of what waits begins."""


def _movement(item: Document) -> str:
    state, aim = item.get("state"), item.get("aim")
    return f"{item['action']}, {state} to {aim}" if state and aim and state != aim else str(item["action"])


def _say_fields(item: Document) -> str:
    return "; ".join(_say_field(field) for field in item["fields"]) or "none"


def _say_field(field: Document) -> str:
    name, before, after = _name(field), field.get("theirs"), field.get("ours")
    if field["verdict"] == "write":
        return f"{name}: {after}" if not before else f"{name}: {before} -> {after}"
    return f"{name}: {field['verdict']} ({before})"


def _name(field: Document) -> str:
    """Return what a field is called: one that every CRM has is marked, which is nothing to read."""
    return str(field["to"]).lstrip("#")


def _say_both(item: Document) -> str:
    """Say what is to be decided: both values of each field that both sides changed, else a sentence."""
    both = [f"{_name(field)}: ours {field['ours']!r}, theirs {field['theirs']!r}" for field in item["fields"]]
    return "; ".join(both) or str(item.get("detail") or "")


def _say_record(item: Document) -> str:
    return f"{item['kind']} {item.get('name') or item.get('crm_id') or ''}".strip()


CONFLICTS: Final = (
    Column("conflict", lambda item: phrases.short(item["id"])),
    Column("record", _say_record),
    Column("why", lambda item: str(item.get("reason") or "")),
    Column("seen", lambda item: str(item["seen"] or "")[:_DIGEST_SIGNS]),
    Column("what", _say_both, long=True),
)
WAITING: Final = (
    Column("waits", lambda item: phrases.short(item["id"])),
    Column("record", _say_record),
    Column("state", lambda item: str(item["state"])),
    Column("tried", lambda item: str(item["attempts"])),
    Column("why", lambda item: str(item.get("detail") or ""), long=True),
)
PLANNED: Final = (
    Column("record", lambda item: str(item["kind"])),
    Column("what", _movement),
    Column("fields", _say_fields, long=True),
    Column("of", lambda item: str(item["external_id"]), long=True, spare=1),
)
VERIFIED: Final = (
    Column("records", lambda item: str(item["kind"])),
    Column("here", lambda item: str(item["freehold"])),
    Column("in the CRM", lambda item: str(item["crm"])),
    Column(
        "alike",
        lambda item: (
            "yes" if item["alike"] else f"{item['differing']} differ: {', '.join(item['differ'][:3])}"
        ),
        long=True,
    ),
)


KINDS: Final = (
    Column("kind", lambda item: str(item["name"])),
    Column("what", lambda item: str(item["title"])),
    Column("key", lambda item: "yes" if item["needs_secret"] else "no"),
    Column("options", lambda item: _say_options(item["options"]), long=True),
    Column("address", lambda item: str(item["fault"] or item["address"]), long=True),
)


def _say_options(options: Mapping[str, Any]) -> str:
    """Say what a kind asks for beside, in brackets what may be left out."""
    return ", ".join(f"[{name.removesuffix('?')}]" if name.endswith("?") else name for name in options)


@verb(app, "kinds")
def kinds(call: CommandCall) -> None:
    """List the kinds of CRM and what each asks for; an option in brackets may be left out."""
    call.listing(call.node.get("/crm/adapters")["items"], KINDS, empty="There are none.")


@verb(app, "mapping")
def show_mapping(
    call: CommandCall,
    kind: Annotated[str, Argument(metavar="KIND", help="Its kind: `freehold crm kinds` lists them.")],
) -> None:
    """Print the mapping that ships with a kind of CRM, for a file to change and connect with."""
    found = next((one for one in call.node.get("/crm/adapters")["items"] if one["name"] == kind), None)
    if found is None:
        raise not_found("There is no such kind of CRM.", "freehold crm kinds lists them.")
    if found["fault"]:
        raise not_found(str(found["fault"]))
    call.out.show({"kind": kind, "mapping": found["mapping"]}, str(found["mapping"]).splitlines())


@verb(app, "connect", writes=True)
def connect(
    call: CommandCall,
    adapter: Annotated[str, Argument(metavar="KIND", help="Its kind: `freehold crm kinds` lists them.")],
    address: Annotated[str, Argument(metavar="ADDRESS", help="Its base address, or the path of a folder.")],
    *,
    key_file: Annotated[str, Option("--key-file", metavar="FILE", help="Where its key is; - is stdin.")] = "",
    options: Annotated[
        list[str] | None, Option("--option", metavar="NAME=VALUE", help="What the kind asks for beside.")
    ] = None,
    mapping: Annotated[
        str, Option("--mapping", metavar="FILE", help="Which field goes where; as shipped if left out.")
    ] = "",
) -> None:
    """Connect your CRM, or give the one that is connected a new key.

    Nothing is written into it before `freehold crm sync`.
    """
    path = Path(address).expanduser()
    where = str(path.resolve()) if path.exists() else address
    body: Document = {"adapter": adapter, "address": where, "options": _read_options(options or [])}
    if key_file:
        body["secret"] = _secret(call, key_file)
    if mapping:
        body["mapping"] = call.read_text(mapping)
    call.stop_if_dry({"method": "POST", "path": "/crm", "adapter": adapter, "address": where})
    shown = call.node.request("POST", "/crm", body)
    call.out.show(shown, _status(shown))
    call.out.say(call.out.typed("  See what a sync would do with: freehold crm plan"))


def _read_options(options: list[str]) -> Document:
    read: Document = {}
    for option in options:
        name, sign, value = option.partition("=")
        if not sign:
            raise usage(f"{option!r} is no name=value.", "Write: --option database=crm")
        read[name] = value
    return read


def _secret(call: CommandCall, file: str) -> str:
    """Read a key, which never stands on a command line: others on the machine would see it there."""
    content = call.read(file)
    if len(content) > _LONGEST_SECRET_BYTES or not content.isascii():
        raise usage(f"{file} holds no key.", "It is one line of ASCII.")
    return content.decode().strip()


@verb(app, "plan")
def plan(call: CommandCall) -> None:
    """Show what a sync would do, record by record and field by field; nothing is written."""
    planned = call.node.get("/crm/plan")
    call.listing(planned["items"], PLANNED, empty="Nothing: both sides are alike.")


@verb(app, "sync", writes=True)
def sync(
    call: CommandCall,
    *,
    limit: Annotated[
        int | None,
        Option(
            "--limit", metavar="COUNT", min=1, max=100, help="Only so many records, to look at them first."
        ),
    ] = None,
) -> None:
    """Bring everything into your CRM, and keep it up to date from now on."""
    call.stop_if_dry({"method": "POST", "path": "/crm/sync"})
    shown = call.node.request("POST", "/crm/sync", {} if limit is None else {"limit": limit})
    call.out.show(shown, _status(shown))
    if limit is None:
        call.out.say(call.out.typed("  It goes on by itself; how it stands is shown by: freehold crm status"))


@verb(app, "status")
def status(call: CommandCall) -> None:
    """Show your CRM, what stands there, and what waits and why."""
    shown = call.node.get("/crm")
    call.out.show(shown, _status(shown))


@verb(app, "verify")
def verify(call: CommandCall) -> None:
    """Compare both sides by count and digest."""
    verified = call.node.get("/crm/verification")
    call.listing(verified["items"], VERIFIED, empty="There is nothing to compare yet.")


@verb(app, "waiting", streams=True)
def waiting(call: CommandCall) -> None:
    """List what waits to go into your CRM and why, newest first."""
    call.listing(call.node.pages("/crm/waiting"), WAITING, empty="Nothing waits.")
    if trouble := call.node.get("/crm")["trouble"]:
        call.out.say(call.out.typed(f"  What has no reason of its own waits for the CRM. {trouble}"))


Reason = Annotated[str, Option("--all", metavar="REASON", help="All that waits for this reason: deleted.")]


@verb(app, "conflicts", streams=True)
def conflicts(
    call: CommandCall,
    *,
    reason: Annotated[str, Option("--reason", metavar="REASON", help="Only for this one, as deleted.")] = "",
) -> None:
    """List what you have to decide, newest first: each with `choose`, `retry` or `discard`."""
    found = call.node.pages("/crm/conflicts", reason=reason or None)
    call.listing(found, CONFLICTS, empty="Nothing is to be decided.")


Id = Annotated[str, Argument(metavar="CONFLICT", help="Its id, or the beginning of it.")]
Thing = Annotated[
    str, Argument(metavar="[ID]", help="Of a conflict or of what waits, or the beginning of it.")
]


@verb(app, "choose", writes=True)
def choose(
    call: CommandCall,
    id: Id,
    whose: Annotated[str, Argument(metavar="ours|theirs", help="Whose value holds.")],
    *,
    field: Annotated[str, Option("--field", metavar="NAME", help="Of this field only.")] = "",
    seen: Annotated[
        str,
        Option("--seen", metavar="DIGEST", help="Only if the values are those that `conflicts` showed so."),
    ] = "",
) -> None:
    """Say whose value holds where both sides changed a field."""
    path = f"/crm/conflicts/{call.id('/crm/conflicts', id)}"
    shown = call.node.get(path)
    chosen = [one for one in shown["fields"] if field in {"", one["to"], _name(one)}]
    body: Document = {"choice": whose, "seen": _seen(shown, seen)}
    if field:
        body["field"] = chosen[0]["to"] if chosen else field
    done = call.write("POST", f"{path}/choose", body, shown=_conflict)
    call.out.show(done, [_holds(one, whose) for one in chosen])


def _seen(shown: Document, said: str) -> str:
    """Return what stands for the values that somebody saw: those of now, if they do not say otherwise."""
    now = str(shown["seen"] or "none")
    is_beginning = len(said) >= _DIGEST_SIGNS and now.startswith(said)
    return now if not said or is_beginning else said


def _holds(field: Document, whose: str) -> str:
    ours, theirs = repr(field["ours"]), repr(field["theirs"])
    holds, other = (ours, theirs) if whose == "ours" else (theirs, ours)
    return f"  {_name(field)}: {holds} holds, not {other}."


@verb(app, "retry", writes=True)
def retry(call: CommandCall, id: Thing = "", *, reason: Reason = "") -> None:
    """Try again; a record that was deleted in the CRM is made anew."""
    _decide(call, id, reason, "retry", "It is tried again.")


@verb(app, "discard", writes=True)
def discard(call: CommandCall, id: Thing = "", *, reason: Reason = "") -> None:
    """Leave the record as it stands in the CRM, or do not bring there what waits."""
    _decide(call, id, reason, "discard", "It is left as it is.")


def _decide(call: CommandCall, id: str, reason: str, what: str, said: str) -> None:
    if bool(id) == bool(reason):
        raise usage("Name one thing, or --all with a reason.", "freehold crm conflicts lists both.")
    if reason:
        body: Document = {"reason": reason, "decision": what}
        done = call.write("POST", "/crm/conflicts", body, shown=_decided)
        call.out.show(done, _decided(done))
        return
    collection = "/crm/waiting" if id.startswith(_WAITS) else "/crm/conflicts"
    done = call.write("POST", f"{collection}/{call.id(collection, id)}/{what}", shown=_conflict)
    call.out.show(done, [f"  {said}"])


def _decided(done: Document) -> list[str]:
    return [*fields([("decided", str(done["decided"])), ("left of these", str(done["left"]))])]


def _conflict(item: Document) -> list[str]:
    return [*fields([("record", _say_record(item)), ("why", str(item["detail"] or "it waits"))])]


@verb(app, "disconnect", writes=True)
def disconnect(call: CommandCall) -> None:
    """Let your CRM go, and say what stays there."""
    gone = call.write("DELETE", "/crm", shown=_left)
    call.out.show(gone, _left(gone))


def _left(gone: Document) -> list[str]:
    return [*fields([("let go", str(gone["address"])), ("stays there", _count(gone["left"]))])]


def _status(shown: Document) -> list[str]:
    return [
        *fields(
            [
                ("kind", str(shown["adapter"])),
                ("address", str(shown["address"])),
                *sorted(shown["options"].items()),
                ("kept up to date", "yes" if shown["active"] else "no: freehold crm sync"),
                ("last read", phrases.date_and_time(shown.get("read_at")) or "never"),
                ("records there", _count(shown["records"])),
                ("waiting", str(shown["queued"])),
                ("not taken there", str(shown["refused"])),
                ("to be decided", str(shown["conflicts"])),
                *([("left out today", _LEFT_OUT.format(shown["left_out"]))] if shown["left_out"] else []),
                ("trouble", str(shown.get("trouble") or "none")),
                *([("careful", str(shown["caution"]))] if shown["caution"] else []),
            ]
        )
    ]


def _count(counted: Mapping[str, Any]) -> str:
    return ", ".join(_several(count, kind) for kind, count in sorted(counted.items())) or "nothing"


def _several(count: int, kind: str) -> str:
    if count == 1:
        return f"1 {kind}"
    return f"{count} {kind[:-1]}ies" if kind.endswith("y") else f"{count} {kind}s"
