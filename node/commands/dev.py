"""`freehold dev`: for those who work on Freehold itself."""

from collections.abc import Iterable, Sequence
from typing import Annotated, Final

import typer
from typer import Argument, Option

from node.terminal import attacks
from node.terminal.attacks import Played
from node.terminal.call import CommandCall
from node.terminal.counts import counted
from node.terminal.failures import ExitCode, Failure
from node.terminal.nouns import NOUNS
from node.terminal.tables import Column
from node.terminal.verbs import noun, verb

app = noun(NOUNS["dev"].line)

GROUPS: Final = (
    Column("group", lambda item: str(item["id"])),
    Column("vectors", lambda item: f"{item['vectors']:,}", right=True),
    Column("what", lambda item: str(item["title"]), long=True),
)
KNOWN: Final = (
    Column("attack", lambda item: str(item["id"])),
    Column("vectors", lambda item: f"{item['vectors']:,}", right=True),
    Column("what", lambda item: str(item["title"]), long=True),
)


@verb(app, "attack", writes=True, streams=True)
def attack(
    call: CommandCall,
    what: Annotated[
        list[str] | None,
        Argument(
            metavar="WHAT",
            help="Groups such as SG, or numbers such as SG-02; all if left out. --dry-run lists the groups, "
            "and with a group its numbers.",
        ),
    ] = None,
    *,
    fresh: Annotated[
        bool, Option("--fresh", help="Start nodes to attack, instead of attacking the one that runs.")
    ] = False,
) -> None:
    """Play the catalogue of attacks against the running development node, and print what held.

    The node has to be on this machine and started with --dev; attacks that need another kind of node, or to
    turn its clock, start one. A refused attack changes nothing in the node, and that is checked; the honest
    requests between the attacks leave withdrawn intentions and offers behind. The catalogue is kept with the
    source; all of it takes some minutes. --jsonl prints each vector as it is played.

    Exit code 1 if anything did not hold or the play broke off, 2 if there is no such group or number, 4 if
    the node is not one to be attacked, 6 if none is running.
    """
    words = [word.upper() for word in what or ()]
    if call.flags.dry_run:
        _list(call, words)
        return
    try:
        broken = _play(call, words, fresh=fresh)
    except KeyboardInterrupt:
        call.out.say("  Broken off.", even_if_quiet=True)
        raise typer.Exit(ExitCode.FAILED) from None
    if broken:
        raise typer.Exit(ExitCode.FAILED)


def _list(call: CommandCall, words: Sequence[str]) -> None:
    vectors = attacks.listed(words)
    if words:
        known = (one.document for one in attacks.gathered(vectors))
        call.listing(known, KNOWN, empty="There are no attacks.")
    else:
        call.listing(attacks.groups(vectors), GROUPS, empty="There are no attacks.")


def _play(call: CommandCall, words: Sequence[str], *, fresh: bool) -> bool:
    """Play, and say whether something did not hold; a wrong name is found before a node is looked for."""
    count = sum(1 for _ in attacks.listed(words))
    node = None if fresh else attacks.target(call)
    all_of_them = "" if words else ", which takes some minutes"
    call.out.say(f"  Playing {counted(count, 'vector')}{all_of_them}.")
    vectors = attacks.play(words, node=node)
    if not call.out.jsonl:
        return _show(call, attacks.gathered(vectors))
    broken = False
    for vector in vectors:
        call.out.document(vector)
        broken = broken or bool(vector["found"])
    return broken


def _show(call: CommandCall, played: Iterable[Played]) -> bool:
    """Print a row as each attack ends, or one JSON object at the end; say whether one did not hold."""
    found: list[Played] = []
    try:
        for one in played:
            if not call.out.json:
                _row(call, one, first=not found)
            found.append(one)
    except (Failure, KeyboardInterrupt):
        if found and not call.out.json:
            call.out.line(attacks.concluded(found))
        raise
    if call.out.json:
        call.out.document({"attacks": [one.document for one in found], **attacks.total(found)})
    else:
        call.out.line(attacks.concluded(found))
    return any(one.broken for one in found)


def _row(call: CommandCall, one: Played, *, first: bool) -> None:
    if first:
        call.out.line(attacks.HEADING)
    for line in one.lines:
        call.out.line(line)
