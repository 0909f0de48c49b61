"""`freehold journal`: the chained record of everything sent and received."""

import re
from typing import Annotated, Final

from typer import Argument, Option

from node.core import codes
from node.terminal import phrases
from node.terminal.call import CommandCall
from node.terminal.counts import counted
from node.terminal.failures import ExitCode, Failure
from node.terminal.nouns import NOUNS
from node.terminal.options import Limit
from node.terminal.tables import Column
from node.terminal.verbs import noun, verb
from protocol.documents import Document

app = noun(NOUNS["journal"].line)

_HASH: Final = re.compile("[0-9a-f]{64}")

COLUMNS: Final = (
    Column("place", lambda item: str(item.get("place", "")), right=True),
    Column("at", lambda item: phrases.date_and_time(item.get("at")), spare=1),
    Column("way", lambda item: str(item.get("direction") or "")),
    Column("kind", lambda item: str(item.get("kind") or "")),
    Column("subject", lambda item: str(item.get("subject") or "")),
    Column("peer", lambda item: str(item.get("peer") or ""), spare=2),
)


DIFFERENCES: Final = (
    Column("table", lambda item: str(item["table"])),
    Column("row", lambda item: str(item["row"])),
    Column("column", lambda item: str(item["column"] or "all of it")),
)


@verb(app, "verify")
def verify(
    call: CommandCall,
    *,
    offline: Annotated[bool, Option("--offline", help="Read the file itself; no node needs to run.")] = False,
    after: Annotated[
        str | None,
        Option("--after", metavar="PLACE:HASH", help="Go on in the actor's chain from a link that held."),
    ] = None,
) -> None:
    """Recompute the chains of the journal and say whether any entry was changed, lost or moved."""
    place, hash = _read_link(after)
    report = _verify_offline(call, place, hash) if offline else _verify_at_the_node(call, place, hash)
    if not report["ok"]:
        raise Failure(
            codes.JOURNAL_BROKEN,
            f"The journal of {report['actor']} is broken at entry {report['broken_at']}: {report['reason']}",
            exit_code=ExitCode.UNVERIFIED,
            hint="Keep the folder as it is and restore a backup.",
            problem=report,
        )
    purged = f" Bytes of {report['purged']:,} of them were erased." if report["purged"] else ""
    heads = [f"  {head['actor']}: {head['place']}:{head['hash']}" for head in report["heads"]]
    held = "Its one entry holds." if report["entries"] == 1 else f"All {report['entries']:,} entries hold."
    call.out.show(report, [f"  {held}{purged}", *heads])


def _read_link(text: str | None) -> tuple[str | None, str | None]:
    if text is None:
        return None, None
    place, colon, hash = text.partition(":")
    if not (colon and place.isascii() and place.isdigit() and _HASH.fullmatch(hash)):
        raise Failure(
            codes.NOT_A_LINK,
            "A link is a place and its hash, such as 120:5f0c….",
            hint="`freehold journal verify` shows the link of each chain's end.",
            exit_code=ExitCode.USAGE,
        )
    return place, hash


def _verify_at_the_node(call: CommandCall, place: str | None, hash: str | None) -> Document:
    try:
        return call.node.request("POST", "/journal/verify", query={"after": place, "hash": hash})
    except Failure as failure:
        if failure.code != codes.UNREACHABLE or call.by_address:
            raise
        # A backup is read, never started beside the node that it is of.
        see = "Read the file itself with: freehold journal verify --offline"
        raise Failure(codes.UNREACHABLE, failure.detail, exit_code=ExitCode.NETWORK, hint=see) from failure


def _verify_offline(call: CommandCall, place: str | None, hash: str | None) -> Document:
    from node.terminal import data_folder

    after = None if place is None or hash is None else (int(place), bytes.fromhex(hash))
    return data_folder.verify_journal(call.folder, handle=call.flags.actor or "", after=after)


@verb(app, "rebuild", writes=True)
def rebuild(call: CommandCall) -> None:
    """Make all tables of current state anew from the journal, and say whether they came out the same."""
    call.confirm("Make all tables of current state anew from the journal?")
    report = call.write("POST", "/journal/rebuild")
    lost = ""
    if report["purged"]:
        lost = f" Bytes of {report['purged']:,} were erased; {report['passed_over']:,} could not be applied."
    call.out.show(
        report, [f"  Rebuilt from {counted(report['entries'], 'entry')}; {_outcome(report)}.{lost}"]
    )
    if not report["unchanged"]:
        call.table(report["differences"], DIFFERENCES, empty="")


def _outcome(report: Document) -> str:
    if report["unchanged"]:
        return "the same as before"
    places = "one place" if report["different"] == 1 else f"{report['different']:,} places"
    return f"different from before in {places}, where what had been there does not follow from the journal"


@verb(app, "purge", writes=True)
def purge(
    call: CommandCall,
    place: Annotated[int, Argument(metavar="PLACE", min=1, help="The entry's place, of journal show.")],
    *,
    why: Annotated[str, Option("--why", metavar="TEXT", help="Why, in a few words; they are kept.")],
) -> None:
    """Erase for ever what an entry came with; the chain holds without it."""
    found = call.node.get("/journal/purge", place=place)
    call.lay_out(
        f"  {phrases.date_and_time(item['at'])}  {item['kind']}  {item['peer'] or item['subject'] or ''}"
        for item in found["entries"]
    )
    along = "\n  The whole negotiation is not shown any more." if found["takes_along"] else ""
    call.confirm(f"Erase these {found['bytes']:,} bytes for ever?{along}")
    done = call.write("POST", "/journal/purge", {"place": place, "why": why})
    call.out.show(
        done, [f"  Erased {counted(done['payloads'], 'payload')} of {counted(done['entries'], 'entry')}."]
    )


@verb(app, "show", streams=True)
def show(
    call: CommandCall,
    *,
    after: Annotated[int | None, Option("--after", metavar="PLACE", min=0, help="Only behind this.")] = None,
    limit: Limit = None,
) -> None:
    """Show the entries of the journal in order."""
    entries = call.node.pages("/journal", limit=limit, after=after)
    call.listing(entries, COLUMNS, empty="The journal is empty.")
