"""What `freehold up` loads before it answers, and what it leaves for whoever asks for it."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest

from node.folder import SOCKET_NAME
from tests.commands.nodes import (
    ROOT,
    START_SECONDS,
    STOP_SECONDS,
    environment,
    start,
    until,
)
from tests.ports import steady_port

pytestmark = pytest.mark.slow

# Who needs them, and when. What is here may be loaded by a request, a migration or a command; not by a start.
LATER = {
    "babel": "the first page",
    "click": "sqlite-utils",
    "dateutil": "sqlite-utils",
    "encodings.idna": "a host whose name is not ASCII",
    "greenlet._greenlet": "nobody",
    "http_sf": "an unusual signature header",
    "hypothesis": "tests",
    "importlib.metadata": "packages that look for plugins",
    "importlib.resources": "nothing of ours",
    "jinja2": "the first page",
    "nacl.signing": "the first Ed25519 signature of a peer",
    "node.core.pricelists": "whoever loads a price list, or answers from one",
    "node.core.vcards": "a profile that is made from a card",
    "node.services.today": "the first page, and whoever asks for the day",
    "node.web.api.openapi": "whoever asks for the description of the API",
    "node.web.api.operations": "the first request to the API of the owner",
    "node.web.pages.frame.errors": "the first refusal on a page",
    "node.web.pages.pages": "whoever asks for what nobody else answers",
    "node.web.pages.wording.formats": "the first page",
    "node.web.pages.wording.notice_words": "the first notice",
    "prometheus_client": "whoever asks for the metrics",
    "pygments.lexers": "nobody",
    "pyld": "an activity in another spelling",
    "pyshacl": "a profile that is checked",
    "rdflib": "a profile that is checked",
    "rich.console": "nobody",
    "sqlite_utils": "a migration",
    "zipfile": "importlib.resources",
}


def run(folder: Path, process: "subprocess.Popen[str]") -> tuple[str, str]:
    """Let a node that was started answer once, stop it, and return what it said and logged."""
    with ThreadPoolExecutor(1) as reading:  # read meanwhile: a pipe that is full would hold the node
        said = reading.submit(process.communicate)
        until(lambda: lives(folder), "the node to answer", seconds=START_SECONDS)
        process.terminate()
        return said.result(timeout=STOP_SECONDS)


def lives(folder: Path) -> bool:
    """Tell whether a node answers, without asking for what it loads with the first question."""
    with suppress(OSError), socket.socket(socket.AF_UNIX) as caller:
        caller.settimeout(START_SECONDS)
        caller.connect(str(folder / SOCKET_NAME))
        caller.sendall(b"GET /livez HTTP/1.1\r\nHost: node\r\nConnection: close\r\n\r\n")
        return caller.recv(100).startswith(b"HTTP/1.1 200 ")
    return False


def begin(folder: Path, *options: str, **variables: str) -> "subprocess.Popen[str]":
    """Start a node that was set up before, by an interpreter with these options."""
    return subprocess.Popen(
        [sys.executable, *options, "-m", "cli", "up", "--data", str(folder)],
        cwd=ROOT, env=environment() | variables, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a node that is set up."""
    folder = tmp_path_factory.mktemp("start") / "node"
    run(folder, start("up", "--data", str(folder), "--dev", "--port", str(steady_port())))
    return folder


def loaded(report: str) -> Iterator[str]:
    for line in report.splitlines():
        if line.startswith("import time:"):
            yield line.rpartition("|")[2].strip()


def test_a_start_loads_nothing_that_it_does_not_need(folder: Path) -> None:
    names = set(loaded(run(folder, begin(folder, "-X", "importtime"))[1]))
    assert {"aiohttp.web", "node.host", "node.app"} <= names
    assert {name: whom for name, whom in LATER.items() if name in names} == {}


def test_a_start_reads_no_authorities(folder: Path, tmp_path: Path) -> None:
    nobody_writes = tmp_path / "authorities"
    os.mkfifo(nobody_writes)  # whoever reads it waits for ever
    run(folder, begin(folder, SSL_CERT_FILE=str(nobody_writes)))
