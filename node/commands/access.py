"""`freehold access`: what you let businesses read of your profile, who read it, and taking it back."""

from typing import Annotated

from typer import Argument, Option

from node.terminal import deliveries, grants, moments, phrases
from node.terminal.call import CommandCall
from node.terminal.completing import ids
from node.terminal.nouns import NOUNS
from node.terminal.options import AgreementId, Limit
from node.terminal.verbs import noun, verb
from protocol.documents import Document
from protocol.values import dataclass

app = noun(NOUNS["access"].line)

GrantId = Annotated[
    str,
    Argument(
        metavar="GRANT", help="The grant: its id, or the beginning of it.", autocompletion=ids("/grants")
    ),
]


@dataclass(frozen=True, slots=True)
class GrantFlags:
    """What is granted, and within which bounds."""

    field: Annotated[
        list[str] | None,
        Option("--field", metavar="FIELD", help="What of your profile: email. What has to be, if left out."),
    ] = None
    purpose: Annotated[
        str, Option("--purpose", metavar="WORD", help="What for: DeliveryOfGoods. The only one, if left out.")
    ] = ""
    until: Annotated[
        str, Option("--until", metavar="TIME", help="When it is over: '10 days', 2026-08-01.")
    ] = ""
    uses: Annotated[int | None, Option("--uses", metavar="N", min=1, help="How often it may be read.")] = None
    days: Annotated[
        int | None, Option("--days", metavar="N", min=0, help="How many days it may be kept.")
    ] = None
    why: Annotated[str, Option("--why", metavar="TEXT", help="A note for yourself; it stays home.")] = ""
    replaces: Annotated[
        str, Option("--replaces", metavar="GRANT", help="A grant that this one takes the place of.")
    ] = ""


@verb(app, "give", writes=True)
def give(call: CommandCall, agreement: AgreementId, flags: GrantFlags) -> None:
    """Let a business read facts of your profile, for one purpose, under an agreement.

    The business is told that it may; it reads when it needs them, signed, and you see each time in the log.
    """
    body = _body(call, agreement, flags)
    if call.asks:
        planned = call.rehearse("POST", "/grants", body)
        call.lay_out(grants.described(planned | {"id": "a new one"}))
        who, what = phrases.party(planned["peer"]), ", ".join(planned["fields"])
        call.confirm(f"Let {who} read {what} for {planned['purpose']}?")
    known = deliveries.newest(call)
    given = call.write("POST", "/grants", body, shown=grants.described)
    call.out.show(given, grants.described(given))
    deliveries.tell_of_all_away(call, known, kind="grant.given")
    call.out.say(call.out.typed(f"  Who reads it: freehold access log --grant {phrases.short(given['id'])}"))


def _body(call: CommandCall, agreement: str, flags: GrantFlags) -> Document:
    until = moments.read(flags.until, now=call.now(), end_of_day=True) if flags.until else None
    body = {
        "agreement": call.id("/agreements", agreement),
        "fields": flags.field or [],
        "purpose": flags.purpose,
        "until": moments.stamp(until) if until else "",
        "uses": flags.uses,
        "days": flags.days,
        "why": flags.why,
        "replaces": call.id("/grants", flags.replaces) if flags.replaces else "",
    }
    return {name: value for name, value in body.items() if value not in (None, "", [])}


@verb(app, "grants", streams=True)
def list_grants(
    call: CommandCall,
    *,
    state: Annotated[str, Option("--state", help="Only in this state, such as active.")] = "",
    limit: Limit = None,
) -> None:
    """List what you let businesses read, the newest first."""
    found = call.node.pages("/grants", limit=limit, state=state or None)
    call.listing(found, grants.GIVEN, empty="You have given nothing. Give: freehold access give AGREEMENT")


@verb(app, "revoke", writes=True)
def revoke(call: CommandCall, id: GrantId) -> None:
    """Take a grant back: from now on nothing is answered, and the business is told to erase what it read.

    What it has read it has read: its node erases that when the word arrives.
    """
    path = f"/grants/{call.id('/grants', id)}"
    call.check("POST", f"{path}/revoke")
    if call.asks:
        grant: Document = call.node.get(path)
        call.lay_out(grants.described(grant))
        call.confirm(f"Take back what {phrases.party(grant['peer'])} may read?")
    known = deliveries.newest(call)
    after = call.write("POST", f"{path}/revoke", shown=grants.described)
    call.out.show(after, grants.described(after))
    deliveries.tell_of_all_away(call, known, kind="grant.revoked")


@verb(app, "log", streams=True)
def log(
    call: CommandCall,
    *,
    grant: Annotated[
        str,
        Option("--grant", metavar="GRANT", help="Only under this grant.", autocompletion=ids("/grants")),
    ] = "",
    limit: Limit = None,
) -> None:
    """List who read what of you, when, and who tried to and was not answered; the newest first."""
    wanted = call.id("/grants", grant) if grant else None
    found = call.node.pages("/accesses", limit=limit, grant=wanted)
    call.listing(found, grants.READINGS, empty="Nobody has read anything.")
    unlisted = call.node.get("/accesses", limit="1")["unlisted"]
    if unlisted:
        call.out.say(f"  {unlisted} more were refused, of whom too many were, and are not listed.")
