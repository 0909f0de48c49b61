"""`freehold intention`: what the owner is looking for, and what others are."""

from collections.abc import Iterator
from functools import partial
from typing import Annotated, Final

from typer import Option

from node.terminal import deliveries, moments, people, phrases, revisions, wishes
from node.terminal.call import CommandCall
from node.terminal.failures import usage
from node.terminal.nouns import NOUNS
from node.terminal.options import Count, IntentionId, Limit, Span, WishFile
from node.terminal.tables import Column
from node.terminal.verbs import noun, verb
from node.terminal.wishes import WishFlags
from protocol.documents import Document

app = noun(NOUNS["intention"].line)

COLUMNS: Final = (
    Column("intention", lambda item: phrases.short(item["id"])),
    Column("what", lambda item: str(item.get("name") or ""), long=True),
    Column("state", lambda item: "paused" if _is_paused(item) else str(item.get("state") or "")),
    Column("offers", lambda item: str((item.get("offers") or {}).get("count", "")), right=True),
    Column("deadline", lambda item: phrases.date_and_time(item.get("deadline")), spare=1),
    Column("from", lambda item: "you" if item.get("own") else phrases.party(item.get("peer")), spare=2),
)


def _is_paused(item: Document) -> bool:
    return item.get("state") == "open" and item.get("pause") is not None


STAY_HOME: Final = frozenset({"limit_price", "notes"})  # members of a wish that nobody is told of
LISTED: Final = 100  # intentions listed where no limit was asked for

To = Annotated[
    list[str] | None,
    Option(
        "--to", metavar="WHO", help="Who gets it: acct:…, an actor's IRI, followers or public. Repeatable."
    ),
]


@verb(app, "cast", writes=True)
def cast(call: CommandCall, flags: WishFlags, to: To = None, file: WishFile = "") -> None:
    """Cast an intention to businesses, after saying what is sent and what stays home.

    --verbose shows it byte for byte, too.
    """
    wish = wishes.wish(flags, call.read_document(file) if file else {}, now=call.now())
    wish |= {"audience": to} if to else {}
    _refuse_unfinished(wish)
    if isinstance(wish["audience"], list):
        wish["audience"] = people.audience(call, [str(who) for who in wish["audience"]])
        for iri in set(wish["audience"]) - people.GROUPS:
            people.refuse_blocked(call, iri)
    answer = call.node.request("POST", "/intentions/preview", wish)
    for line in wishes.verbatim(answer):
        call.out.note(line)
    if call.flags.dry_run:
        call.out.show(answer, wishes.preview(answer, wish, now=call.now()))
        _warn_if_nobody(call, answer, wish)
        call.out.say("Nothing was sent.")
        return
    call.lay_out(wishes.preview(answer, wish, now=call.now()))
    _warn_if_nobody(call, answer, wish)
    call.confirm("Send it?")
    shown = {"id": answer["id"], "published": answer["published"]}
    before = deliveries.newest(call)
    intention = call.write("POST", "/intentions", {**wish, "preview": shown})
    call.out.show(intention, [f"  Cast as {intention['id']}."])
    if answer["reaches"]:
        deliveries.tell_of_all_away(call, before, kind="intention.told")
    watch = call.out.typed(f"freehold offer watch --intention {intention['id']}")
    call.out.say(f"  Watch the offers come in: {watch}")


def _warn_if_nobody(call: CommandCall, preview: Document, wish: Document) -> None:
    """Say before anything is sent that it would reach nobody, and who could read it all the same."""
    if preview["reaches"]:
        return
    who = "looks into your outbox" if "public" in wish["audience"] else "follows you later"
    call.out.say(
        f"Nobody follows you, so it is sent to nobody. Whoever {who} can read it.", even_if_quiet=True
    )


def _refuse_unfinished(wish: Document) -> None:
    asked = {
        "name": ("--what", 'what you want, as --what "Touring bike"'),
        "audience": ("--to", "who gets it, as --to shop@shop.example, --to followers or --to public"),
        "currency": ("--currency", "in which currency, as --currency EUR"),
    }
    missing = [asked[member] for member in asked if not wish.get(member)]
    if missing:
        flags, says = (", ".join(words) for words in zip(*missing, strict=True))
        raise usage(f"The wish is not finished: {flags}.", f"Say {says}; here or in --file.")


@verb(app, "list", streams=True)
def list_intentions(
    call: CommandCall,
    *,
    state: Annotated[str, Option("--state", help="Only open, withdrawn, awarded or expired ones.")] = "",
    own: Annotated[bool, Option("--own", help="Only your own.")] = False,
    received: Annotated[bool, Option("--received", help="Only those of others.")] = False,
    limit: Limit = None,
) -> None:
    """List intentions."""
    whose = None if own == received else str(own).lower()
    empty = "No intentions. Cast one with: freehold intention cast"
    size = limit or LISTED
    found = list(call.node.pages("/intentions", limit=size + 1, own=whose, state=state or None))
    call.listing(found[:size], COLUMNS, empty=empty)
    if len(found) > size:
        call.out.say(call.out.typed(f"There are more. See: freehold intention list --limit {10 * size}"))


@verb(app, "show")
def show(call: CommandCall, id: IntentionId) -> None:
    """Show an intention with everything you attached to it."""
    intention = call.node.get(f"/intentions/{call.id('/intentions', id)}")
    reach = call.node.get(f"/intentions/{intention['id']}/reach") if intention.get("own") else {}
    signed = _signed(call, intention) if intention.get("rings") else []
    call.out.show(intention, wishes.describe(intention, now=call.now(), reach=reach, signed=signed))
    if intention.get("withheld") and not (intention.get("own") or intention.get("signed")):
        sign = f"freehold intention undertake {phrases.short(intention['id'])}"
        call.out.say(call.out.typed(f"  To be told what is kept back, sign for it: {sign}"))


def _signed(call: CommandCall, intention: Document) -> list[Document]:
    found: list[Document] = call.node.get(f"/intentions/{intention['id']}/undertakings")["items"]
    return found


SIGNED: Final = (
    Column("who", lambda item: "you" if item["own"] else phrases.party(item["peer"]), long=True),
    Column("agreement", lambda item: str(item["roster"])),
    Column("for", lambda item: ", ".join(item["fields"]), long=True, spare=1),
    Column("state", lambda item: str(item["state"])),
    Column("signed", lambda item: phrases.date_and_time(item["signed_at"])),
    Column("delete by", lambda item: phrases.date_and_time(item["delete_by"]), spare=2),
)


@verb(app, "undertakings")
def undertakings(call: CommandCall, id: IntentionId) -> None:
    """List who has signed to be told more of an intention, for what, and by when that is to be deleted."""
    found = _signed(call, {"id": call.id("/intentions", id)})
    call.table(found, SIGNED, empty="Nobody has signed for more of it.")


@verb(app, "undertake", writes=True)
def undertake(call: CommandCall, id: IntentionId) -> None:
    """Sign, as a business, to be told what an intention keeps back; you promise to delete it afterwards.

    One that was told to many is asked for at its address first.
    """
    path = f"/intentions/{call.id('/intentions', id)}"
    call.check("POST", f"{path}/undertake")
    before = call.node.get(path)
    if not before["withheld"]:
        call.out.show(before, [f"  You were told already what you signed {before['signed']['roster']} for."])
        return
    parts = ", ".join(before["withheld"])
    call.confirm(
        f"Sign {before['asks']} for {parts} of {before['name']}? You may use it to make an offer, pass it to "
        "nobody, and delete it when the wish is over."
    )
    known = deliveries.newest(call)
    intention = call.write(
        "POST", f"{path}/undertake", shown=lambda answer: wishes.describe(answer, now=call.now())
    )
    call.out.show(intention, [f"  Signed {before['asks']}: {before['name']}."])
    deliveries.tell_of_all_away(call, known, kind="undertaking.signed")


@verb(app, "watch", streams=True)
def watch(
    call: CommandCall,
    *,
    count: Count = None,
    span: Span = "",
) -> None:
    """Print the intentions of others as they come, until you press Ctrl-C."""
    known: set[str] = set()
    for printed, intention in enumerate(_news(call, known, moments.patience(span)), start=1):
        until = phrases.remaining(intention.get("deadline"), now=call.now())
        at = phrases.clock(intention.get("published"))
        line = f"  {at}  ● {phrases.short(intention['id'])}  {intention.get('name')}  ({until})"
        call.out.show(intention, [line])
        if printed == count:
            return


def _news(call: CommandCall, known: set[str], seconds: float) -> Iterator[Document]:
    for _ in call.node.events(seconds=seconds):
        intentions = list(call.node.pages("/intentions", own="false", state="open"))
        yield from (intention for intention in reversed(intentions) if intention["id"] not in known)
        known.update(intention["id"] for intention in intentions)


@verb(app, "amend", writes=True)
def amend(call: CommandCall, id: IntentionId, flags: WishFlags, file: WishFile = "") -> None:
    """Change an open intention; whoever got it is told, and nobody else."""
    path = f"/intentions/{call.id('/intentions', id)}"
    base = call.read_document(file) if file else {}
    if wishes.names_rings(flags) and "rings" not in base:
        base = {**base, "rings": call.node.get(path).get("rings")}
    changes = wishes.wish(flags, base, now=call.now())
    if not changes:
        raise usage("Nothing to change was named.", "See: freehold intention amend --help")
    if call.asks:
        before, after = call.node.get(path), call.rehearse("PATCH", path, changes)
        said = [wishes.described(intention, now=call.now()) for intention in (before, after)]
        call.lay_out(revisions.of_lines(*said))
        told = ", ".join(str(address) for address in after.get("audience") or [])
        call.confirm(f"Tell {told} of it? Offers that stand may not fit any more.")
    known = deliveries.newest(call)
    intention = call.write("PATCH", path, changes, shown=partial(wishes.describe, now=call.now()))
    call.out.show(intention, wishes.describe(intention, now=call.now()))
    if set(changes) - STAY_HOME and set(intention["audience"]) - {"public"}:
        deliveries.tell_of_all_away(call, known, kind="intention.told")


@verb(app, "withdraw", writes=True)
def withdraw(call: CommandCall, id: IntentionId) -> None:
    """Take an open intention back; whoever got it is told, and its open offers end."""
    path = f"/intentions/{call.id('/intentions', id)}"
    call.check("POST", f"{path}/withdraw")
    call.confirm(f"Withdraw {call.node.get(path)['name']}?")
    before = deliveries.newest(call)
    intention = call.write("POST", f"{path}/withdraw")
    call.out.show(intention, [f"  Withdrawn: {intention['name']}."])
    if set(intention["audience"]) - {"public"}:
        deliveries.tell_of_all_away(call, before, kind="intention.told")


@verb(app, "pause", writes=True)
def pause(
    call: CommandCall,
    id: IntentionId,
    until: Annotated[
        str,
        Option("--until", metavar="TIME", help="When it takes offers again by itself: monday, 'in 2 weeks'."),
    ] = "",
) -> None:
    """Let an open intention take no offers for a while; whoever got it is told."""
    path = f"/intentions/{call.id('/intentions', id)}"
    end = moments.stamp(moments.read(until, now=call.now())) if until else None
    lasts = f"until {phrases.exactly(end)}" if end else "until you resume it"
    call.check("PATCH", path, {"pause": {"until": end}})
    call.confirm(
        f"Pause {call.node.get(path)['name']} {lasts}? Nobody can offer meanwhile. "
        "Offers that stand stay good until their own end, and so does its deadline."
    )
    intention = call.write("PATCH", path, {"pause": {"until": end}})
    call.out.show(intention, [f"  Paused {lasts}: {intention['name']}."])


@verb(app, "resume", writes=True)
def resume(call: CommandCall, id: IntentionId) -> None:
    """Let a paused intention take offers again; whoever got it is told."""
    path = f"/intentions/{call.id('/intentions', id)}"
    before = call.node.get(path)
    if not _is_paused(before):
        raise usage(f"{before['name']} is not paused.", f"See: freehold intention show {id}")
    call.confirm(f"Let {before['name']} take offers again?")
    intention = call.write("PATCH", path, {"pause": None})
    call.out.show(intention, [f"  Takes offers again: {intention['name']}."])
