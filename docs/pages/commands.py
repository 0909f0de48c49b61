"""The command line's page, from the command tree."""

import re
from collections.abc import Iterable, Sequence

from docs.pages import writing
from docs.pages.writing import code, item, items, prose
from node.settings import CLIENT_VARIABLES
from node.terminal import front_page
from node.terminal.application import tree
from node.terminal.failures import EXIT_CODES, ExitCode
from node.terminal.tree import Command, CommandParameter

_VARIABLES = {
    "FREEHOLD_ACTOR": "As `--actor`.",
    "FREEHOLD_NODE": "As `--node`.",
    "FREEHOLD_TOKEN": "The token for `--node`.",
    "FREEHOLD_TOKEN_FILE": "A file that holds the token; `-` reads it from stdin.",
}


def page() -> str:
    """Return the page."""
    root, *commands = tree()
    shared = [entry for entry in root.options if not entry.hidden]
    return writing.page(
        "Reference: the command line",
        prose(
            "`freehold NOUN VERB`. Data goes to stdout, talk to stderr. An id may be cut short as long as "
            "it stays unique. A command talks to the running node over its socket in the data folder, or "
            "with `--node` over HTTP. Commands that change something take `--dry-run`; lists and watches "
            "take `--jsonl`."
        ),
        "## Every command takes",
        _entries(shared),
        "## Environment",
        prose("Besides the [settings](settings.md), of which `FREEHOLD_DATA` is the one most often used:"),
        items(f"{code(name)}: {_VARIABLES[name]}" for name in sorted(CLIENT_VARIABLES)),
        "## Exit codes",
        _exit_codes(),
        prose(
            "0 says that the node did it. What the other side's server made of an offer, a counter-offer or "
            "an acceptance stands in its JSON, as `state` and `delivery`, and for a person beside it: "
            "`queued` where it was not there within two seconds, `refused` where it was not taken."
        ),
        *_sections(commands, shared),
    )


def _exit_codes() -> str:
    stated = re.findall(r"(\d) ([a-z ]+)", front_page.EPILOG)
    statuses = {
        exit_code: [str(status) for status, given in EXIT_CODES.items() if given == exit_code]
        for exit_code in ExitCode
    }
    rows = [(number, meaning, ", ".join(statuses[ExitCode(int(number))])) for number, meaning in stated]
    return writing.table(("code", "meaning", "when the node answers"), rows)


def _sections(commands: Sequence[Command], shared: Sequence[CommandParameter]) -> Iterable[str]:
    known = {entry.spelling for entry in shared}
    for command in commands:
        marks = "##" if len(command.words) == 2 else "###"
        yield f"{marks} {' '.join(command.words)}"
        yield "\n\n".join(prose(part) for part in command.help.split("\n\n"))
        if command.group:
            continue
        yield f"```text\n{_usage(command)}\n```"
        own = [entry for entry in command.options if not entry.hidden and entry.spelling not in known]
        yield _entries([*command.arguments, *own])


def _usage(command: Command) -> str:
    return " ".join([*command.words, *(entry.spelling for entry in command.arguments), "[OPTIONS]"])


def _entries(entries: Iterable[CommandParameter]) -> str:
    return "\n".join(
        item(f"{code(' '.join(filter(None, [entry.spelling, entry.takes])))}: {entry.help}")
        for entry in entries
    )
