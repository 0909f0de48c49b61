"""`freehold profile`: who the owner is; kept on the node, and what of it is public."""

import json
from collections.abc import Iterator
from functools import partial
from typing import Annotated

from typer import Argument, Option

from node.terminal.call import CommandCall
from node.terminal.failures import usage
from node.terminal.nouns import NOUNS
from node.terminal.options import Out
from node.terminal.printing import as_json, fields
from node.terminal.verbs import noun, verb
from protocol.documents import Document

app = noun(NOUNS["profile"].line)


@verb(app, "show")
def show(call: CommandCall) -> None:
    """Show your profile."""
    profile = call.node.get("/profile")
    call.out.show(profile, as_json(profile, indent=2).splitlines())


@verb(app, "set", writes=True)
def set_profile(
    call: CommandCall,
    changes: Annotated[
        list[str] | None,
        Argument(metavar="[NAME=VALUE]...", help="Members; an empty value removes one."),
    ] = None,
    *,
    file: Annotated[
        str, Option("--file", metavar="FILE", help="Replace it by this JSON file; - is stdin.")
    ] = "",
) -> None:
    """Change members of your profile, or replace it from a file."""
    if bool(changes) == bool(file):
        raise usage("Nothing to set was named.", "Give members as name=value, or --file.")
    if file:
        profile = call.read_document(file)
    else:
        profile = call.node.get("/profile") | dict(_member(change) for change in changes or [])
    _show_taken(call, call.write("PUT", "/profile", profile, shown=_lines))
    _remind_of_public(call)


def _lines(answer: Document) -> list[str]:
    profile = {name: value for name, value in answer.items() if name != "left_out"}
    return as_json(profile, indent=2).splitlines()


@verb(app, "rename", writes=True)
def rename(
    call: CommandCall, name: Annotated[str, Argument(metavar="NAME", help="Your name as others read it.")]
) -> None:
    """Change the name under which others see you, and tell those who know you."""
    answer = call.write("PUT", "/name", {"name": name})
    call.out.show(answer, [f"  Others see you as: {answer['name']}"])
    call.out.say("  Followers are told, and so is who has something open with you.")


def _remind_of_public(call: CommandCall) -> None:
    """Say which public members the profile says otherwise by now: they stay as they were chosen."""
    if outdated := call.node.get("/profile/public")["outdated"]:
        call.out.say(f"  Still public as it was: {', '.join(outdated)}.")
        call.out.say(call.out.typed("  Publish anew with freehold profile publish, or take it back."))


def _show_taken(call: CommandCall, answer: Document) -> None:
    """Show the profile that came of it on stdout, and tell the person what was left out."""
    call.out.show(answer, _lines(answer))
    if left_out := answer.get("left_out"):
        for sentence in left_out:
            call.out.say(f"  {sentence}")
        call.out.say(call.out.typed("  Add or correct a member with: freehold profile set NAME=VALUE"))


def _member(change: str) -> tuple[str, str]:
    name, sign, value = change.partition("=")
    if not sign or not name.strip():
        raise usage(f"{change!r} is no name=value.", "Write: freehold profile set name='Ada Example'")
    member, dot, _ = name.strip().partition(".")
    if dot:
        raise usage(
            f"{name.strip()} is a part of {member}, and parts are set from a file.",
            "Begin with: freehold profile export --out FILE, and set it again with --file FILE.",
        )
    return name.strip(), value


@verb(app, "import", writes=True)
def import_vcard(
    call: CommandCall,
    file: Annotated[str, Argument(metavar="FILE", help="A vCard (.vcf) with one card; - is stdin.")],
) -> None:
    """Take your profile from a vCard."""
    content = call.read(file)
    query = {"dry_run": "true"} if call.flags.dry_run else {}
    send = partial(call.node.fetch, "POST", "/profile/import", content, media_type="text/vcard", query=query)
    answer = json.loads(send())
    if call.flags.dry_run:
        plan = {"method": "POST", "path": "/profile/import", "bytes": len(content)}
        call.end_dry(plan, answer, _lines(answer))
    _show_taken(call, answer)
    _remind_of_public(call)


@verb(app, "public")
def public(call: CommandCall) -> None:
    """Show what of your profile everybody can read."""
    shown = call.node.get("/profile/public")
    call.out.show(shown, _public(shown))


Members = Annotated[
    list[str], Argument(metavar="MEMBER...", help="Such as email, or address.addressLocality.")
]


@verb(app, "publish", writes=True)
def publish(call: CommandCall, members: Members) -> None:
    """Let everybody read these members of your profile, and no others, after showing what that is."""
    _publish(call, members)


@verb(app, "unpublish", writes=True)
def unpublish(
    call: CommandCall,
    members: Annotated[
        list[str] | None, Argument(metavar="[MEMBER]...", help="All of them if none is named.")
    ] = None,
) -> None:
    """Take members of your profile back from the public; what others have read or kept they still have."""
    now = list(call.node.get("/profile/public")["members"])
    if unknown := set(members or ()) - {*now}:
        raise usage(f"{', '.join(sorted(unknown))}: not public.", "See: freehold profile public")
    _publish(call, [member for member in now if members and member not in members])


def _publish(call: CommandCall, members: list[str]) -> None:
    shown = call.node.request("POST", "/profile/public/preview", {"members": members})
    if call.flags.dry_run:
        call.out.show(shown, _public(shown))
        call.out.say("Nothing was published.")
        return
    if not call.flags.yes:
        call.lay_out(_public(shown))
    call.confirm("Publish just this?")
    call.out.show(call.write("PUT", "/profile/public", {"members": members}), _public(shown))


def _public(shown: Document) -> Iterator[str]:
    """Yield the lines that show what everybody can read."""
    actor = shown["document"]
    yield "  Everybody can read your name, your handle and your public keys, and"
    yield from (
        fields((member, text) for member, texts in shown["members"].items() for text in texts)
        if shown["members"]
        else ["  nothing else of your profile."]
    )
    yield f"  at {actor['id']}"


@verb(app, "export")
def export(
    call: CommandCall,
    *,
    format: Annotated[
        str, Option("--format", metavar="FORMAT", help="json-ld, turtle or n-triples.")
    ] = "json-ld",
    out: Out = "",
) -> None:
    """Write your profile as linked data."""
    call.save(call.node.fetch("GET", "/profile/export", query={"format": format}), out)
