"""What the demo does beside its story, which live tests play: it says what is wrong, and nothing stays up."""

import re
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from node.sandbox.nodes import environment as surroundings
from tests.crm.tryton import demo, environment

pytestmark = pytest.mark.slow


def test_interrupted_it_stops_what_it_started_and_says_that_it_was_not_the_end(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    folder = tmp_path_factory.mktemp("d") / "demo"  # short: a socket's path has about a hundred characters
    command = [sys.executable, "-m", "tests.crm.tryton.demo", "--folder", str(folder)]
    told = []
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=surroundings()) as process:
        for line in process.stdout or ():
            told.append(line)
            if "is connected" in line:
                up = [is_listening(port) for port in ports(told)]
                process.send_signal(signal.SIGINT)
    assert process.returncode == demo.INTERRUPTED
    assert "Everybody goes home." in told[-1]
    assert up == [True] * 3
    assert not any(map(is_listening, ports(told)))


def test_where_a_node_does_not_start_that_is_said_and_tryton_is_stopped(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / ("deep" * 30)  # too long a path for a node's socket
    assert demo.run(folder, stays=False) == 1
    assert "Ada: its process has ended" in capsys.readouterr().out
    (port,) = re.findall(r"127\.0\.0\.1:(\d+)", (folder / "tryton" / "trytond.conf").read_text())
    assert not is_listening(int(port))


def test_where_tryton_cannot_be_installed_it_says_what_helps(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(environment, "BUILD", tmp_path / "build")
    for name in ("PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL"):
        monkeypatch.setenv(name, "http://127.0.0.1:9/simple")
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("PIP_RETRIES", "0")
    monkeypatch.setenv("PIP_NO_CACHE_DIR", "1")
    assert demo.run(tmp_path / "demo", stays=False) == 1
    told = capsys.readouterr().out
    assert "is the package index within reach?" in told
    assert demo.WHAT_HELPS[0] in told


def ports(told: list[str]) -> list[int]:
    """Return the ports of all that was said to be up."""
    return [int(port) for port in re.findall(r"http://\S+:(\d+) ", "".join(told))]


def is_listening(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
