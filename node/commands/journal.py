"""`freehold journal`: the chained record of everything sent and received."""

from typing import Annotated, Final

from typer import Option

from node.terminal import wording
from node.terminal.call import Call
from node.terminal.failures import ExitCode, Failure
from node.terminal.nouns import NOUNS
from node.terminal.options import Limit
from node.terminal.output import Column
from node.terminal.verbs import noun, verb
from protocol.documents import Document

app = noun(NOUNS["journal"].line)

COLUMNS: Final = (
    Column("place", lambda item: str(item.get("sequence", "")), right=True),
    Column("at", lambda item: wording.date_and_time(item.get("at")), spare=1),
    Column("way", lambda item: str(item.get("direction") or "")),
    Column("kind", lambda item: str(item.get("kind") or "")),
    Column("subject", lambda item: str(item.get("subject") or "")),
    Column("peer", lambda item: str(item.get("peer") or ""), spare=2),
)


@verb(app, "verify")
def verify(
    call: Call,
    *,
    offline: Annotated[bool, Option("--offline", help="Read the file itself; no node needs to run.")] = False,
) -> None:
    """Recompute the chain of the journal and say whether any entry was changed, lost or moved."""
    report = _verify_offline(call) if offline else call.node.request("POST", "/journal/verify")
    if not report["ok"]:
        raise Failure(
            "journal-broken",
            f"The journal is broken at entry {report['broken_at']}: {report['reason']}",
            exit_code=ExitCode.UNVERIFIED,
            hint="Keep the folder as it is and restore a backup.",
            problem=report,
        )
    call.out.show(report, [f"  All {report['entries']:,} entries hold. Head {report['head']}."])


def _verify_offline(call: Call) -> Document:
    from node.terminal import data_folder

    return data_folder.verify_journal(call.folder)


@verb(app, "rebuild", writes=True)
def rebuild(call: Call) -> None:
    """Make all tables of current state anew from the journal, and say whether they came out the same."""
    call.confirm("Make all tables of current state anew from the journal?")
    report = call.write("POST", "/journal/rebuild")
    same = "the same as before" if report["unchanged"] else "different from before: they had been wrong"
    call.out.show(report, [f"  Rebuilt from {report['entries']:,} entries; {same}."])


@verb(app, "show", streams=True)
def show(
    call: Call,
    *,
    after: Annotated[int | None, Option("--after", metavar="PLACE", min=0, help="Only behind this.")] = None,
    limit: Limit = None,
) -> None:
    """Show the entries of the journal in order."""
    entries = call.node.pages("/journal", limit=limit, cursor=after)
    call.listing(entries, COLUMNS, empty="The journal is empty.")
