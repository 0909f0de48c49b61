"""A node of the market: a real `freehold up` in a process of its own, and its owner at the keyboard.

Rules that hold here: nothing reaches into a node. What its command line and its owner's API cannot do, the
market cannot do. A process that was started here is stopped here, by its own id.
"""

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import field
from pathlib import Path
from typing import Final, TypeVar

from node.folder import SOCKET_NAME
from node.settings import FILE_NAME
from node.terminal import settings_file
from node.terminal.api_client import ApiClient
from node.terminal.endpoint import Endpoint
from node.terminal.failures import Failure
from protocol.documents import Document
from protocol.values import dataclass

T = TypeVar("T")

# The command as a module of the running interpreter: the same code whether installed or in a checkout.
COMMAND: Final = (sys.executable, "-m", "cli")
# Times in which nothing should ever be waited for so long; a machine busy with other things needs some.
COMMAND_SECONDS: Final = 60.0
START_SECONDS: Final = 120.0
NEWS_SECONDS: Final = 90.0
STOP_SECONDS: Final = 60.0  # the node itself drains for at most ten
POLL_SECONDS: Final = 0.05


class MarketError(Exception):
    """The market cannot go on; the text says why."""


class CommandError(MarketError):
    """A command ended with another code than 0; `problem` is what it printed under `--json`."""

    def __init__(self, words: tuple[str, ...], code: int, problem: Document) -> None:
        """Keep what was typed and what came of it."""
        super().__init__(f"freehold {' '.join(words)}: exit {code}: {problem.get('detail', problem)}")
        self.code = code
        self.problem = problem


def free_port() -> int:
    """Return a port of the loopback interface that nobody listens on at this moment."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


@dataclass(slots=True)
class Node:
    """One node: its data `folder`, its owner, and further `settings` by their upper-case names.

    `host` is what the machine calls itself in the node's address. Browsers make passkeys for `localhost`, and
    none for a number (WebAuthn Level 3 §4, RP ID).
    """

    folder: Path
    handle: str
    name: str
    kind: str
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None
    settings: Mapping[str, str] = field(default_factory=dict)
    host: str = "127.0.0.1"

    @property
    def origin(self) -> str:
        """The node's address."""
        return f"http://{self.host}:{self.port}"

    @property
    def actor(self) -> str:
        """The IRI of its owner's actor."""
        return f"{self.origin}/actors/{self.handle}"

    @property
    def log(self) -> Path:
        """The file its process writes its log to."""
        return self.folder.with_suffix(".log")

    @property
    def token(self) -> Path:
        """The file that a token of its owner's API is in, once there is one."""
        return self.folder.with_suffix(".token")

    @property
    def api(self) -> ApiClient:
        """The owner's API, over the socket in the data folder."""
        return ApiClient(Endpoint(socket_path=self.folder / SOCKET_NAME))

    def start(self) -> None:
        """Start the process; `wait_until_ready` says when it answers."""
        if not self.folder.is_file():
            self._write_settings()
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [*COMMAND, "--data", str(self.folder), "up"],
                env=environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )

    def _write_settings(self) -> None:
        """Write the settings file, so that whoever looks at the folder later finds the same node in it."""
        settings = {
            "host": "127.0.0.1",
            "port": str(self.port),
            "origin": self.origin,
            "handle": self.handle,
            "name": self.name,
            "kind": self.kind,
            "dev": "true",
            **{key.lower(): value for key, value in self.settings.items()},
        }
        text = ""
        for key, value in settings.items():
            text = settings_file.written(text, key, value)
        settings_file.write_private(self.folder / FILE_NAME, text)

    def wait_until_ready(self) -> None:
        """Wait until the node takes requests.

        Raises:
            MarketError: it ended, or is not ready in time; the last lines of its log say why.
        """
        try:
            until(self._is_ready, f"{self.name} to be ready", seconds=START_SECONDS)
        except MarketError as error:
            tail = self.log.read_text(encoding="utf-8", errors="replace").splitlines()[-15:]
            raise MarketError("\n".join([str(error), *tail])) from None

    def _is_ready(self) -> bool:
        if not self.is_running:
            raise MarketError(f"{self.name}: its process has ended.")
        try:
            return bool(self.api.get("/node"))
        except Failure:
            return False

    @property
    def is_running(self) -> bool:
        """Whether the process has been started and has not ended."""
        return self.process is not None and self.process.poll() is None

    def terminate(self) -> None:
        """Ask the process to end; `wait` waits for that."""
        if self.process is not None and self.is_running:
            self.process.terminate()

    def wait(self) -> int:
        """Wait for the process to end, insist if it does not, and return its exit code."""
        if self.process is None:
            return 0
        try:
            return self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            return self.process.wait()

    def logged(self, event: str) -> list[Document]:
        """Return what the node logged under this name, the oldest first."""
        lines = self.log.read_text(encoding="utf-8").splitlines()
        entries = [json.loads(line) for line in lines if line.startswith("{")]
        return [entry for entry in entries if entry.get("event") == event]

    def make_token(self) -> Path:
        """Make a token of the owner's API in a file that only this user can read; return where it is."""
        token = self.api.request("POST", "/tokens", {"name": "demo", "scopes": ["read", "write"]})
        self.token.touch(mode=0o600)
        self.token.write_text(token["secret"] + "\n", encoding="utf-8")
        return self.token

    def sign_in_link(self) -> str:
        """Make an address that signs its owner in to the pages, once and within ten minutes."""
        return str(self.api.request("POST", "/sessions/links")["url"])

    def run(self, *words: str) -> Document:
        """Type a command as the owner of this node and return what it printed as JSON.

        Raises:
            CommandError: it ended with another code than 0.
        """
        code, document = command("--data", str(self.folder), *words)
        if code:
            raise CommandError(words, code, document)
        return document


def command(*words: str) -> tuple[int, Document]:
    """Run `freehold` in a process of its own; return its exit code and the JSON object it printed.

    A command that prints none leaves what it said as `detail`.
    """
    ended = subprocess.run(
        [*COMMAND, *words, "--json", "--no-input", "--yes"],
        env=environment(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=COMMAND_SECONDS,
        check=False,
        text=True,
    )
    document = json.loads(ended.stdout) if ended.stdout.startswith("{") else {"detail": ended.stderr.strip()}
    return ended.returncode, document


def environment() -> dict[str, str]:
    """Return the environment without settings of other nodes that the caller may have."""
    return {key: value for key, value in os.environ.items() if not key.startswith("FREEHOLD_")}


def until(look: Callable[[], T | None], what: str, *, seconds: float = NEWS_SECONDS) -> T:
    """Look again and again until there is something to see, and return it.

    Raises:
        MarketError: nothing was to be seen in time; it says `what` was waited for.
    """
    ends = time.monotonic() + seconds
    while True:
        found = look()
        if found:
            return found
        if time.monotonic() > ends:
            raise MarketError(f"Waited {seconds:.0f} s for {what}.")
        time.sleep(POLL_SECONDS)
