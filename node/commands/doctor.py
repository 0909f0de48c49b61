"""`freehold doctor`: one line per thing that can be wrong with a node, and what to do about it."""

from typing import Annotated

import typer
from typer import Option

from node.terminal import diagnosis
from node.terminal.call import CommandCall
from node.terminal.failures import ExitCode
from node.terminal.nouns import NOUNS
from node.terminal.verbs import single, verb
from node.terminal.verdicts import Mark

app = single(NOUNS["doctor"].line)


@verb(app, "doctor")
def doctor(
    call: CommandCall,
    *,
    fix: Annotated[bool, Option("--fix", help="Take from others the right to read your files.")] = False,
) -> None:
    """Check the data folder, the database, the journal, the clock and the running node.

    Exit code 1 if anything is bad.
    """
    verdicts = list(diagnosis.examine(call, fix=fix))
    ok = all(verdict.mark is not Mark.BAD for verdict in verdicts)
    report = {"ok": ok, "checks": [verdict.document for verdict in verdicts]}
    call.out.show(report, [call.out.typed(line) for verdict in verdicts for line in verdict.lines])
    if not ok:
        raise typer.Exit(ExitCode.FAILED)
