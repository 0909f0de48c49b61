"""The command as a whole: it starts fast, explains itself, and fails as it promised."""

import io
import json
import os
import subprocess
import sys
from functools import cache
from importlib import import_module
from pathlib import Path

import pytest

import cli
from node.terminal.application import MEANT, tree
from node.terminal.nouns import NOUNS
from node.terminal.shelf import Shelf
from node.terminal.tree import Command
from tests.commands.nodes import ROOT, Run, environment, loaded_by

SHARED = {"--json", "--no-input", "--yes, -y", "--quiet, -q", "--verbose, -v", "--node", "--data", "--actor"}

# What takes longer to load than a command may take to answer.
HEAVY = {
    "aiohttp", "asyncio", "cryptography", "orjson", "pydantic", "pyld", "rdflib", "rich", "sqlite3",
    "structlog",
}  # fmt: skip


@cache
def every_command() -> list[Command]:
    """Return the whole tree; walking it loads every noun."""
    return list(tree())


def every_verb() -> list[Command]:
    return [command for command in every_command() if not command.group]


def name_of(command: Command) -> str:
    return " ".join(command.words)


def options_of(command: Command) -> set[str]:
    return {entry.spelling for entry in command.options}


@pytest.mark.slow
@pytest.mark.parametrize("words", [["offer", "list"], ["config", "path"]], ids=" ".join)
def test_a_plain_command_loads_nothing_heavy(words: list[str], tmp_path: Path) -> None:
    loaded = loaded_by(*words, "--data", str(tmp_path))
    assert "node.terminal.flags" in loaded
    assert {module.partition(".")[0] for module in loaded} & HEAVY == set()


@pytest.mark.slow
def test_a_command_that_talks_to_no_node_loads_no_client(tmp_path: Path) -> None:
    assert "http.client" in loaded_by("offer", "list", "--data", str(tmp_path))
    assert {"http.client", "ssl"} & loaded_by("config", "path", "--data", str(tmp_path)) == set()


def test_a_noun_says_the_same_everywhere() -> None:
    told = {noun: import_module(f"node.commands.{noun}").app.info.help for noun in NOUNS}
    assert told == {noun: NOUNS[noun].line for noun in NOUNS}


def test_the_shelf_holds_the_nouns_and_nothing_else() -> None:
    assert len(Shelf()) == len(NOUNS)
    assert "cli" not in Shelf()


@pytest.mark.slow
def test_every_command_explains_itself_in_a_sentence(run: Run) -> None:
    unclear = {
        name_of(command): command.summary
        for command in every_command()
        if not (command.summary[0].isupper() and command.summary.endswith("."))
    }
    assert unclear == {}
    shown = {command: run(*command.words[1:], "--help") for command in every_command()}
    failed = {name_of(command): ran.err for command, ran in shown.items() if ran.code != 0}
    assert failed == {}
    silent = [name_of(command) for command, ran in shown.items() if command.summary.split()[0] not in ran.out]
    assert silent == []
    other = [name_of(command) for command, ran in shown.items() if run(*command.words[1:], "-h") != ran]
    assert other == []


def test_every_argument_and_option_explains_itself() -> None:
    silent = [
        f"{name_of(command)} {entry.spelling}"
        for command in every_command()
        for entry in (*command.arguments, *command.options)
        if not entry.help
    ]
    assert silent == []


def test_every_verb_takes_the_shared_flags() -> None:
    missing = {name_of(verb): SHARED - options_of(verb) for verb in every_verb()}
    assert {name: flags for name, flags in missing.items() if flags} == {}


def test_every_verb_stands_in_the_reference() -> None:
    page = (ROOT / "docs" / "reference" / "cli.md").read_text(encoding="utf-8")
    assert [name_of(verb) for verb in every_verb() if f"# {name_of(verb)}\n" not in page] == []


READING = {
    "amendments", "check", "compare", "completion", "conflicts", "deliveries", "demo", "doctor", "explain",
    "export", "export-public", "flags", "get", "grants", "info", "kinds", "lint", "list", "log", "lookup",
    "mapping", "notices", "path", "pipeline", "plan", "public", "refusals", "roster", "senders", "settings",
    "show", "sink", "status", "undertakings", "up", "verify", "waiting", "watch",
}  # fmt: skip


def reads(verb: Command) -> bool:
    # To sign what is handed in writes nothing; to sign what another person asked for does.
    return verb.words[-1] in READING or name_of(verb) == "freehold sig sign"


def test_every_verb_that_writes_can_be_tried_without_effect() -> None:
    tried = {name_of(verb) for verb in every_verb() if "--dry-run" in options_of(verb)}
    assert tried == {name_of(verb) for verb in every_verb() if not reads(verb)}


def test_every_list_and_watch_can_be_read_line_by_line() -> None:
    long = [verb for verb in every_verb() if verb.words[-1] in {"list", "watch"}]
    assert long
    assert [name_of(verb) for verb in long if "--jsonl" not in options_of(verb)] == []


@pytest.mark.parametrize(
    "words",
    [
        ("--json", "--data", "DIR", "config", "path"),
        ("config", "--json", "--data", "DIR", "path"),
        ("config", "path", "--json", "--data", "DIR"),
        ("--data", "elsewhere", "config", "--json", "path", "--data", "DIR"),
    ],
)
def test_shared_flags_stand_anywhere_and_the_nearest_to_the_verb_wins(
    words: tuple[str, ...], run: Run, tmp_path: Path
) -> None:
    shown = run(*(str(tmp_path) if word == "DIR" else word for word in words))
    assert shown.json["path"] == str(tmp_path / "freehold.toml")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["ofer"], "Did you mean 'offer'?"),
        (["offer", "lst"], "Did you mean 'list'?"),
        (
            ["offer", "countersign"],
            "No such command 'countersign' here. There is: freehold agreement countersign. Here: list, ",
        ),
        (["agreement", "leave"], "No such command 'leave'. There are: list, show, "),
        (["wish"], "No such command 'wish' here. There is: freehold intention. Here: up, "),
        (["offer", "decline"], "There is: freehold offer reject, freehold cosign decline. Here: list, "),
        (["node", "stop"], "No such command 'stop'. Ctrl-C stops a node, in the terminal where it runs."),
        (["help"], "Say: freehold --help"),
        (["offer", "help"], "Say: freehold offer --help"),
        (["offer", "show"], "Missing argument"),
        (["offer", "list", "--limit", "many"], "'many' is not a whole number"),
        (["offer", "list", "--limit", "0"], "must be at least 1"),
        (["offer", "list", "--nope"], "No such option"),
    ],
)
def test_what_cannot_be_understood_is_said_with_exit_code_2(words: list[str], said: str, run: Run) -> None:
    ran = run(*words)
    assert (ran.code, ran.out) == (2, "")
    assert said in ran.err
    ran = run(*words, "--json")
    assert ran.json["exit_code"] == 2
    assert said in ran.json["detail"]


def test_another_word_leads_to_commands_that_there_are() -> None:
    there_are = {" ".join(command.words) for command in every_command()}
    assert {command for meant in MEANT.values() for command in meant} <= there_are
    assert not {command.words[1] for command in every_command() if command.words[1:]} & MEANT.keys()


@pytest.mark.parametrize("words", [[], ["offer"]])
def test_without_a_verb_the_help_is_shown(words: list[str], run: Run) -> None:
    ran = run(*words)
    assert ran.code == 2
    assert "Commands:" in ran.err


def test_without_a_node_it_says_how_to_start_one(run: Run, tmp_path: Path) -> None:
    ran = run("offer", "list", "--data", tmp_path)
    assert ran.code == 6
    assert (
        ran.err == f"  No node is running in {tmp_path}.\n  Start one with: freehold --data {tmp_path} up"
        " - or name the folder of one that runs with --data.\n"
    )
    problem = run("offer", "list", "--data", tmp_path, "--json")
    assert (problem.code, problem.json["code"], problem.json["exit_code"]) == (6, "unreachable", 6)


def test_the_folder_comes_from_the_environment_too(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FREEHOLD_DATA", str(tmp_path / "there"))
    assert run("config", "path").out == f"{tmp_path / 'there' / 'freehold.toml'}\n"
    monkeypatch.setenv("FREEHOLD_DATA", " ")
    ran = run("config", "path")
    assert (ran.code, "data (environment)" in ran.err) == (2, True)


def test_an_address_in_the_environment_gives_way_to_a_folder_on_the_line(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FREEHOLD_NODE", "http://127.0.0.1:1")
    monkeypatch.setenv("FREEHOLD_TOKEN", "fh_x")
    assert "http://127.0.0.1:1" in run("offer", "list").err
    assert str(tmp_path) in run("offer", "list", "--data", tmp_path).err
    assert "http://127.0.0.1:2" in run("offer", "list", "--node", "http://127.0.0.1:2").err


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_shell_gets_its_completion_script(shell: str, run: Run) -> None:
    ran = run("completion", shell)
    assert ran.code == 0
    assert "_FREEHOLD_COMPLETE" in ran.out
    assert "freehold" in ran.out


def test_an_unknown_shell_is_told_so(run: Run) -> None:
    assert run("completion", "cmd").code == 2


@pytest.mark.slow
@pytest.mark.parametrize(
    ("words", "completed"),
    [
        ("freehold off", {"offer"}),
        ("freehold offer acc", {"accept"}),
        ("freehold offer accept --dr", {"--dry-run"}),
    ],
)
def test_a_shell_completes_nouns_verbs_and_flags(words: str, completed: set[str]) -> None:
    asked = {"_FREEHOLD_COMPLETE": "complete_bash", "COMP_WORDS": words, "COMP_CWORD": str(words.count(" "))}
    ended = subprocess.run(
        [sys.executable, "-m", "cli"], cwd=ROOT, env=environment() | asked, capture_output=True, text=True
    )
    assert set(ended.stdout.split()) == completed


def test_the_module_runs_as_a_program(tmp_path: Path) -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "cli", "offer", "list", "--data", str(tmp_path), "--json"],
        cwd=ROOT, env=environment(), capture_output=True, text=True,
    )  # fmt: skip
    assert ended.returncode == 6
    assert json.loads(ended.stdout)["code"] == "unreachable"


def test_a_terminal_that_knows_ascii_only_gets_escapes(tmp_path: Path) -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "cli", "config", "path", "--data", str(tmp_path / "ü")],
        cwd=ROOT, env=environment() | {"PYTHONIOENCODING": "ascii"}, capture_output=True, text=True,
    )  # fmt: skip
    assert (ended.returncode, ended.stdout) == (0, f"{tmp_path}/\\xfc/freehold.toml\n")


def test_streams_that_are_no_files_are_written_to_as_they_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = io.StringIO()
    monkeypatch.setattr(sys, "stdout", kept)
    assert cli.main(["config", "path", "--data", str(tmp_path)]) == 0
    assert kept.getvalue() == f"{tmp_path / 'freehold.toml'}\n"


def test_ctrl_c_ends_a_command_quietly(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("node.terminal.call.CommandCall.folder", property(interrupt))
    ran = run("config", "path")
    assert (ran.code, ran.out) == (130, "")


# Only Linux has a device that is always full.
NOT_WRITTEN = "  What came of it cannot be written: No space left on device.\n"
FULL = [
    (words, redirected, said)
    for words, redirected, said in (
        ("config path", ">/dev/full", NOT_WRITTEN),
        ("config path", ">/dev/full 2>&1", ""),
        ("--help", ">/dev/full", NOT_WRITTEN),
        ("--version", ">/dev/full", NOT_WRITTEN),
        ("config get nope", "2>/dev/full", ""),
    )
    if Path("/dev/full").exists()
]


@pytest.mark.slow
@pytest.mark.parametrize("unbuffered", ["", "1"])
@pytest.mark.parametrize(
    ("words", "redirected", "said"),
    [
        ("config path", ">&-", "  Standard output is closed, so nothing can be shown.\n"),
        ("config path", ">&- 2>&-", ""),
        *FULL,
    ],
)
def test_where_nothing_can_be_printed_there_is_no_traceback(
    words: str, redirected: str, said: str, unbuffered: str
) -> None:
    line = f"exec {sys.executable} -m cli {words} {redirected}"
    surroundings = environment() | {"PYTHONUNBUFFERED": unbuffered}
    ran = subprocess.run(["sh", "-c", line], cwd=ROOT, capture_output=True, text=True, env=surroundings)
    assert (ran.returncode, ran.stdout) == (1, "")
    assert ran.stderr == said


@pytest.mark.parametrize("words", [["--help"], ["--version"], ["config", "path"]])
def test_who_has_read_enough_sees_no_traceback(words: list[str]) -> None:
    reads, writes = os.pipe()
    os.close(reads)
    with os.fdopen(writes, "wb") as gone:
        ran = subprocess.run(
            [sys.executable, "-m", "cli", *words], cwd=ROOT, env=environment(), stdout=gone,
            stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
    assert (ran.returncode, ran.stderr) == (1, "")


def test_without_stdin_and_stderr_a_command_does_what_it_was_asked() -> None:
    line = f"exec {sys.executable} -m cli config path <&- 2>&-"
    ran = subprocess.run(["sh", "-c", line], cwd=ROOT, capture_output=True, text=True, env=environment())
    assert (ran.returncode, ran.stdout.endswith("freehold.toml\n")) == (0, True)
