"""The command line as a test types it, and real nodes for it to talk to."""

import io
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import cli
from node.settings import FILE_NAME
from node.terminal import settings_file
from tests.commands.nodes import Node, Ran, Run, Terminal, running
from tests.zones import living_in

# Each is a node in a process of its own.
PROCESSES = frozenset({"customer", "business"})


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Count a test that talks to real processes among the slow ones."""
    for item in items:
        if isinstance(item, pytest.Function) and not PROCESSES.isdisjoint(item.fixturenames):
            item.add_marker(pytest.mark.slow)


@pytest.fixture(autouse=True)
def no_settings_from_outside(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    for name in [name for name in os.environ if name.startswith("FREEHOLD_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "xdg"))
    with living_in("UTC"):
        yield


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """Return a function that types a command; a person answers `typed`, or a program `piped`."""

    def type_in(*words: object, typed: str | None = None, piped: bytes = b"") -> Ran:
        kind = io.TextIOWrapper if typed is None else Terminal
        monkeypatch.setattr(sys, "stdin", kind(io.BytesIO(piped if typed is None else typed.encode())))
        capsys.readouterr()
        code = cli.main([str(word) for word in words])
        captured = capsys.readouterr()
        return Ran(code, captured.out, captured.err)

    return type_in


# Each file of tests has nodes of its own. What ran before it on the same worker differs from run to run: a
# person, a rule or an answered question that another file left would be there one time and not the next.


@pytest.fixture(scope="module")
def customer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    folder = tmp_path_factory.mktemp("c") / "ada"
    # All tests of a file offer to one node, and leave their offers standing.
    settings_file.write_private(folder / FILE_NAME, settings_file.written("", "max_open_per_peer", "1000"))
    with running(folder, "ada", "--name", "Ada") as node:
        yield node


@pytest.fixture(scope="module")
def business(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    named = ("--name", "Velo Nord", "--kind", "organization")
    with running(tmp_path_factory.mktemp("b") / "velo", "velo", *named) as node:
        yield node


@pytest.fixture
def ada(run: Run, customer: Node) -> Run:
    """Return a function that types a command at the customer's node."""
    return lambda *words, **given: run(*words, "--data", customer.folder, **given)


@pytest.fixture
def velo(run: Run, business: Node) -> Run:
    """Return a function that types a command at the business's node."""
    return lambda *words, **given: run(*words, "--data", business.folder, **given)
