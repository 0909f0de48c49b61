"""`freehold up` and `freehold demo`: a node in the foreground, as people and service managers see it."""

import io
import json
import os
import pty
import re
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from node import settings
from node.commands.up import greet, remember
from node.terminal.call import CommandCall
from node.terminal.claiming import claim_lines
from node.terminal.flags import Flags
from node.terminal.printing import printable
from tests.commands.nodes import (
    ROOT,
    START_SECONDS,
    STOP_SECONDS,
    Node,
    Run,
    answers,
    environment,
    start,
    until,
)
from tests.delivery.conftest import make_actor
from tests.ports import steady_port

MOMENT = "2026-05-04T12:00:00Z"


class Terminal(io.StringIO):
    """Somebody who reads."""

    def isatty(self) -> bool:
        return True


def up(folder: Path, *words: str) -> tuple[Node, subprocess.Popen[str]]:
    process = start("up", "--data", str(folder), *words)
    node = Node(folder, "", 0, process)
    until(lambda: answers(node), "the node to answer", seconds=START_SECONDS)
    return node, process


def stop(process: subprocess.Popen[str], number: signal.Signals = signal.SIGTERM) -> tuple[int, str, str]:
    process.send_signal(number)
    out, err = process.communicate(timeout=STOP_SECONDS)
    return process.returncode, out, err


@pytest.mark.slow
def test_the_first_run_sets_up_and_the_next_needs_no_flags(tmp_path: Path) -> None:
    folder, port = tmp_path / "node", steady_port()
    node, process = up(
        folder, "--dev", "--port", str(port), "--handle", "ada", "--name", "Ada", "--kind", "person"
    )
    until((folder / "freehold.toml").exists, "the settings to be kept")
    assert (node.api.get("/node")["handle"], node.api.get("/tokens")["items"]) == ("ada", [])
    _, said = (second := start("up", "--data", str(folder))).communicate(timeout=START_SECONDS)
    assert (second.returncode, f"A node is running in {folder} (process {process.pid})." in said) == (8, True)
    code, out, _ = stop(process)
    assert code == 0
    assert "Your node is set up and running." in out
    assert f"http://127.0.0.1:{port}/actors/ada" in out
    assert "intention cast" in out
    assert "freehold --data" in out
    # Where a log could keep it, no token is made.
    assert "fh_" not in out
    kept = (folder / "freehold.toml").read_text(encoding="utf-8").splitlines()
    assert set(kept) == {"dev = true", f"port = {port}", 'handle = "ada"', 'name = "Ada"', 'kind = "person"'}
    _, process = up(folder)
    code, out, _ = stop(process, signal.SIGINT)
    assert (code, out) == (
        0,
        f"  Running at http://127.0.0.1:{port} as ada@127.0.0.1:{port}. Ctrl-C stops it.\n",
    )


@pytest.mark.slow
def test_a_business_is_led_to_its_shop_first(tmp_path: Path) -> None:
    _, process = up(tmp_path / "node", "--dev", "--port", str(steady_port()), "--kind", "organization")
    _, out, _ = stop(process)
    assert "shop load --help" in out
    assert "intention cast" not in out


@pytest.mark.slow
def test_a_program_gets_the_greeting_as_json(tmp_path: Path) -> None:
    port = steady_port()
    _, process = up(tmp_path / "node", "--dev", "--port", str(port), "--json")
    assert process.stdout is not None
    greeting = json.loads(process.stdout.readline())
    assert greeting == {
        "origin": f"http://127.0.0.1:{port}",
        "actor": f"http://127.0.0.1:{port}/actors/me",
        "acct": f"me@127.0.0.1:{port}",
        "data": str(tmp_path / "node"),
    }
    assert stop(process)[0] == 0


@pytest.mark.slow
def test_a_terminal_gets_a_token_once(tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    port = steady_port()
    ours, theirs = pty.openpty()
    words = ["up", "--data", str(tmp_path / "node"), "--dev", "--port", str(port)]
    process = subprocess.Popen(
        [sys.executable, "-m", "cli", *words],
        cwd=ROOT, env=environment(), stdin=theirs, stdout=theirs, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    os.close(theirs)
    shown = b""
    try:
        while b"Ctrl-C stops the node" not in shown:
            shown += os.read(ours, 4_096)
        assert f"http://localhost:{port}/claim/".encode() in shown
        token = re.search(rb"fh_[A-Za-z0-9_-]{20,}", shown)
        assert token is not None
        monkeypatch.setenv("FREEHOLD_TOKEN", token[0].decode())
        assert run("node", "status", "--node", f"http://127.0.0.1:{port}").code == 0
        assert run("token", "list", "--node", f"http://127.0.0.1:{port}").code == 4
    finally:
        process.terminate()
        process.wait(timeout=STOP_SECONDS)
        os.close(ours)


def test_what_a_telephone_reads_is_drawn_of_what_it_can_open() -> None:
    claim = {"url": "https://node.example/claim/K7QM-4TRD", "code": "K7QM-4TRD", "expires_at": MOMENT}
    lines = [*claim_lines(claim)]
    assert lines[1] == "    https://node.example/claim/K7QM-4TRD"
    drawing = lines[2:-1]
    assert {len(line) for line in drawing} == {len(drawing[0])}
    assert set("".join(drawing)) == set(" ▀▄█")
    assert printable(drawing[5]) == drawing[5]
    assert "K7QM-4TRD" in lines[-1]
    assert len([*claim_lines({**claim, "url": "http://localhost:8420/claim/K7QM-4TRD"})]) == 2


@pytest.mark.slow
def test_a_node_that_is_nobodys_stays_on_this_machine(tmp_path: Path) -> None:
    words = ["--data", str(tmp_path / "n"), "--origin", "https://node.example", "--port", str(steady_port())]
    code, _, err = failing(*words, "--host", "0.0.0.0")
    assert (code, "must not listen beyond this machine" in err) == (1, True), err
    assert not (tmp_path / "n" / "freehold.db").exists()
    process = start("up", *words, "--host", "0.0.0.0", "--claimed")
    until((tmp_path / "n" / "freehold.toml").exists, "the settings to be kept", seconds=START_SECONDS)
    assert stop(process)[0] == 0
    assert "claimed = true" in (tmp_path / "n" / "freehold.toml").read_text(encoding="utf-8")


def failing(*words: str) -> tuple[int, str, str]:
    """Run `up` where it cannot, in a process of its own because it changes the process it runs in."""
    process = start("up", *words)
    out, err = process.communicate(timeout=STOP_SECONDS)
    return process.returncode, out, err


@pytest.mark.slow
def test_one_folder_has_one_node(customer: Node) -> None:
    code, _, err = failing("--data", str(customer.folder), "--port", str(steady_port()))
    assert (code, f"(process {customer.process.pid})" in err) == (8, True)


@pytest.mark.slow
def test_a_port_that_is_taken_is_named(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        code, out, _ = failing("--data", str(tmp_path / "node"), "--dev", "--port", str(port), "--json")
    problem = json.loads(out)
    assert (code, problem["code"], f"Port {port}" in problem["detail"]) == (1, "cannot-start", True)
    (another,) = re.findall(r"--port (\d+)", problem["hint"])
    assert port < int(another) <= port + 100
    assert not (tmp_path / "node" / "freehold.toml").exists()
    assert not (tmp_path / "node" / "freehold.db").exists(), "who a node is, is not settled yet"


@pytest.mark.slow
def test_a_copy_without_its_log_does_not_start_as_a_new_node(customer: Node, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    copy.mkdir(mode=0o700)
    (copy / "freehold.toml").write_text("dev = true\n", encoding="utf-8")
    (copy / "freehold.db").write_bytes((customer.folder / "freehold.db").read_bytes()[:4_096])
    before = {file.name: file.read_bytes() for file in copy.iterdir()}
    code, _, err = failing("--data", str(copy), "--port", str(steady_port()))
    assert (code, "holds nothing: its log" in err) == (1, True), err
    assert {file.name: file.read_bytes() for file in copy.iterdir()} == before


@pytest.mark.slow
def test_another_handle_is_refused(tmp_path: Path) -> None:
    folder, port = str(tmp_path / "node"), str(steady_port())
    _, process = up(Path(folder), "--dev", "--port", port, "--handle", "ada")
    assert stop(process)[0] == 0
    code, _, err = failing("--data", folder, "--handle", "bob")
    assert (code, "is ada, and its handle" in err) == (1, True), err


@pytest.mark.slow
def test_a_folder_that_leads_elsewhere_is_refused(tmp_path: Path) -> None:
    (tmp_path / "node").symlink_to(tmp_path / "elsewhere")
    code, _, err = failing("--data", str(tmp_path / "node"), "--dev")
    assert (code, "symbolic link" in err) == (1, True)


def test_a_node_needs_an_address_unless_it_is_for_trying_out(run: Run, tmp_path: Path) -> None:
    ran = run("up", "--data", tmp_path / "node")
    assert (ran.code, "origin is missing" in ran.err) == (2, True)
    ran = run("up", "--data", tmp_path / "node", "--dev", "--host", "0.0.0.0")
    assert (ran.code, "loopback only" in ran.err) == (2, True)
    assert not (tmp_path / "node").exists()


def test_a_greeting_without_a_node_says_so_and_what_is_kept_is_kept_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    loaded = settings.load({"data": tmp_path, "dev": True, "port": 8421}, {}, None)
    call = CommandCall(Flags(), stdin=sys.stdin, stdout=Terminal(), stderr=sys.stderr, environment={})
    greet(
        call, loaded, make_actor("https://node.example/actors/ada"), first=True
    )  # who reads it on a terminal is given a token
    assert "No node is running" in capsys.readouterr().err
    for _ in range(2):
        remember(loaded)
        assert (tmp_path / "freehold.toml").read_text(encoding="utf-8") == "port = 8421\ndev = true\n"


def test_the_market_does_not_open_in_somebody_elses_folder(run: Run, tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("all of it", encoding="utf-8")
    assert run("demo", "--once", "--data", tmp_path).code == 1
    assert [file.name for file in tmp_path.iterdir()] == ["thesis.txt"]
