"""Play the console blocks of a page: type what it says to type, and compare what comes with what it shows.

A page is played in a folder of its own, from the first block to the last, with real nodes in processes of
their own. Rules here:

- `freehold up` runs beside the rest until the page ends or a mark `<!-- test: stop DATA -->` stops it.
- What others do in a private network stands in marks too: `<!-- test: authority CA NAME HOST -->` makes an
  authority's certificate and one by it, `<!-- test: proxy PORT TO CERTIFICATE KEY -->` runs a proxy.
- So does what people do in their Tryton: `<!-- test: tryton PORT -->` runs one, and in it somebody does what
  `<!-- test: seller DEED WHAT -->` says, as `tests/docs/seller.py` has it.
- An adapter for CRMs is tried with marks: `<!-- test: package FOLDER FILE -->` puts our FILE (and
  its mapping) into FOLDER and installs that, `<!-- test: program PORT KEY -->` runs what it speaks with.
- A receiver of webhooks that a page shows runs from `<!-- test: receiver PORT PROGRAM SECRET -->` on; the
  secret that the last command has shown goes into the file SECRET.
- What a page shows must come, line by line, talk and data together. `…` stands for anything, on a line of its
  own for any number of lines; where nothing else stands, the command has to succeed. Runs of spaces are
  alike: columns move with the length of an address.
- An id of the page stands for one of this run, the same one throughout; so do the ports. Moments, digests and
  keys differ from run to run and only have to look alike.
- A command that only looks is typed again for a while: what it looks for may still be on its way.
- A fenced block whose language is followed by a file name is that file.
"""

import contextlib
import http.client
import io
import re
import shlex
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import cli
from tests.commands.nodes import ROOT, environment
from tests.docs import private
from tests.docs.script import (
    Authority,
    Deed,
    File,
    Mark,
    Package,
    Program,
    Proxy,
    Receiver,
    Step,
    Stop,
    Tryton,
    script,
)
from tests.docs.seller import Seller
from tests.ports import steady_port

PATIENCE_SECONDS = 60.0
START_SECONDS = 120.0
STOP_SECONDS = 60.0
READING = {"list", "show", "compare", "watch", "queue", "status", "explain", "curl", "conflicts", "verify"}
LOOK_ALIKE = (
    (r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z", r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z"),
    (r"\d{4}-\d\d-\d\d \d\d:\d\d", r"\d{4}-\d\d-\d\d \d\d:\d\d"),
    (r"\b\d\d:\d\d:\d\d\b", r"\d\d:\d\d:\d\d"),
    (r"\bz(?:Qm|6Mk|4MX)\w*(?:…\w+)?", r"z\w+(?:…\w+)?"),
    # A loaded machine may take longer than the command waits for an answer.
    (r"acceptance is delivered", r"acceptance is (?:delivered|queued)"),
    (r" {2,}", r"\s+"),
    (r"…", r".*?"),
)
ID = re.compile(r"\b(?:int|of|agr|act|neg|dlv|grt|tok|qu|wh)_[0-9a-z]+")
PORT = re.compile(r"\b84\d\d\b")


@dataclass
class Player:
    """Whoever follows a page, in a folder; `type_in` runs a command of ours: exit code and output."""

    folder: Path
    type_in: Callable[["Player", list[str]], tuple[int, str]]
    code: int = 0
    came: str = ""
    ports: dict[str, int] = field(default_factory=dict)
    ids: dict[str, str] = field(default_factory=dict)
    nodes: dict[str, subprocess.Popen[str]] = field(default_factory=dict)
    seller: Seller | None = None

    def play(self, text: str) -> int:
        """Do everything a page says; return how many commands that were."""
        typed = 0
        for part in script(text):
            match part:
                case Step():
                    self._do(part)
                    typed += 1
                case File(name, content):
                    file = self.folder / name
                    file.parent.mkdir(exist_ok=True)
                    file.write_text(content, encoding="utf-8")
                case _:
                    self._have(part)
        return typed

    def _have(self, mark: Mark) -> None:
        """Have others do what a mark says."""
        match mark:
            case Stop(folder):
                self._stop(self.nodes.pop(folder))
            case Authority(authority, name, host):
                private.make_authority(self.folder, authority, name, host)
            case Proxy(port, to, certificate, key):
                words = [str(self._port(port)), str(self._port(to)), certificate, key]
                self._run_beside("tests.docs.private", words)
            case Package(folder, file):
                self._install(folder, ROOT / file)
            case Program(port, key):
                words = [str(self._port(port)), (self.folder / key).read_text(encoding="utf-8").strip()]
                self._run_beside("tests.crm.office", words)
            case Receiver(port, program, secret):
                self._receive(self._port(port), program, secret)
            case Tryton(port):
                self.seller = Seller(self.folder / "tryton", self._port(port))
            case Deed(deed, what):
                assert self.seller, "no Tryton runs"
                self.seller.do(deed, what)

    def close(self) -> None:
        """Stop whatever still runs."""
        if self.seller:
            self.seller.leave()
        for process in self.nodes.values():
            process.terminate()
        for process in self.nodes.values():
            self._stop(process)

    def _do(self, step: Step) -> None:
        words = shlex.split(self._with_own_values(step.command), comments=True)
        patience = PATIENCE_SECONDS if READING & set(words[:6]) else 0.0
        ends = time.monotonic() + patience
        while True:
            self.code, self.came = self._run(words)
            found = self._match(step.shown, self.came)
            if found is not None and (self.code == 0 or not _is_anything(step.shown)):
                self._learn(step.shown, found)
                return
            if time.monotonic() > ends:
                raise AssertionError(_difference(step, self.code, self.came))
            time.sleep(0.1)

    def _run(self, words: list[str]) -> tuple[int, str]:
        match words:
            case ["freehold", *rest] if "up" in rest and "--help" not in rest:
                return 0, self._start(rest)
            case ["freehold", *rest]:
                return self.type_in(self, rest)
            case ["echo", "$?"]:
                return 0, f"{self.code}\n"
            case ["curl", "--unix-socket", path, url]:
                return 0, ask(self.folder / path, url)
            case ["python3", *_]:
                return self._shell(shlex.join([sys.executable, *words[1:]]))
            case ["cp" | "cat" | "ls" | "sed", *_]:
                return self._shell(shlex.join(words).replace("'>'", ">"))
        raise AssertionError(f"the player cannot do: {' '.join(words)}")

    def _shell(self, line: str) -> tuple[int, str]:
        ran = subprocess.run(["sh", "-c", line], cwd=self.folder, capture_output=True, text=True)
        return ran.returncode, ran.stdout + ran.stderr

    # --- nodes ------------------------------------------------------------------------------------

    def _start(self, words: list[str]) -> str:
        data = words[words.index("--data") + 1]
        process = subprocess.Popen(
            [sys.executable, "-m", "cli", *words],
            cwd=self.folder,
            env=own_environment(self.folder),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.nodes[data] = process
        ends = time.monotonic() + START_SECONDS
        while True:
            assert process.poll() is None, process.communicate()[0]
            with contextlib.suppress(OSError):
                if ask(self.folder / data / "owner.sock", "http://node/api/v1/node"):
                    return ""
            assert time.monotonic() < ends, f"the node in {data} does not answer"
            time.sleep(0.05)

    def _run_beside(self, module: str, words: list[str]) -> None:
        """Run what a page needs beside nodes, until the page ends."""
        process = subprocess.Popen(
            [sys.executable, "-m", module, *words],
            cwd=self.folder,
            env=own_environment(self.folder),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.nodes[f"{module} {words[0]}"] = process
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n", process.communicate()[0]

    def _receive(self, port: int, program: str, secret: str) -> None:
        shown = re.search(r"whsec_\S+", self.came)
        assert shown, "the command before the receiver has shown no secret"
        (self.folder / secret).write_text(shown[0] + "\n", encoding="utf-8")
        words = [sys.executable, program, str(port)]
        quiet = subprocess.DEVNULL
        process = subprocess.Popen(words, cwd=self.folder, stdout=quiet, stderr=quiet, text=True)
        self.nodes[program] = process
        ends = time.monotonic() + START_SECONDS
        while not _listens(port):
            assert process.poll() is None, f"{program} has ended"
            assert time.monotonic() < ends, f"{program} does not answer"
            time.sleep(0.05)

    def _install(self, folder: str, file: Path) -> None:
        """Install a folder as pip does, to where the nodes of the page look for packages."""
        for path in (file, file.with_suffix(".toml")):
            shutil.copy(path, self.folder / folder)
        offline = ["--quiet", "--no-index", "--no-build-isolation", "--no-deps", "--target", "."]
        words = [sys.executable, "-m", "pip", "install", *offline, f"./{folder}"]
        ran = subprocess.run(words, cwd=self.folder, capture_output=True, text=True)
        assert ran.returncode == 0, ran.stderr

    def _stop(self, process: subprocess.Popen[str]) -> None:
        process.terminate()
        process.communicate(timeout=STOP_SECONDS)

    # --- what stands for what ---------------------------------------------------------------------

    def _with_own_values(self, text: str) -> str:
        with_ports = PORT.sub(lambda found: str(self._port(found[0])), text)
        return ID.sub(lambda found: self._known(found[0]) or found[0], with_ports)

    def _port(self, shown: str) -> int:
        if shown not in self.ports:
            self.ports[shown] = steady_port()
        return self.ports[shown]

    def _known(self, shown: str) -> str | None:
        """Return the id of this run that an id of the page, whole or its beginning, stands for."""
        found = [own for page, own in self.ids.items() if page.startswith(shown) or shown.startswith(page)]
        assert len(set(found)) <= 1, f"{shown} could be several ids of the page"
        return found[0] if found else None

    def _match(self, shown: list[str], came: str) -> re.Match[str] | None:
        if not shown:
            return re.match("", came)
        return re.fullmatch("".join(self._pattern(line) for line in shown), came.rstrip("\n") + "\n")

    def _pattern(self, line: str) -> str:
        if line.strip() == "…":
            return r"(?:.*\n)*?"
        text = PORT.sub(lambda found: str(self._port(found[0])), line.rstrip())
        parts = [(re.compile(shape), alike) for shape, alike in LOOK_ALIKE]
        return (
            _translate(text, [(ID, r"((?:int|of|agr|act|neg|dlv|grt|tok|qu|wh)_[0-9a-z]+)"), *parts])
            + r" *\n"
        )

    def _learn(self, shown: list[str], found: re.Match[str]) -> None:
        """Remember which ids of this run stand for those of the page, and insist that they stay the same."""
        pages = [page for line in shown if line.strip() != "…" for page in ID.findall(line)]
        for page, own in zip(pages, found.groups(), strict=True):
            known = self._known(page)
            if known is None:
                self.ids[page] = own
            else:
                assert known.startswith(own) or own.startswith(known), f"{page} was {known} and is now {own}"


def _translate(text: str, patterns: list[tuple[re.Pattern[str], str]]) -> str:
    """Return a regular expression for a line: what looks like a pattern is replaced, the rest is exact."""
    if not patterns:
        return re.escape(text)
    (shape, alike), *rest = patterns
    pieces, position = [], 0
    for found in shape.finditer(text):
        pieces += [_translate(text[position : found.start()], rest), alike]
        position = found.end()
    return "".join([*pieces, _translate(text[position:], rest)])


def _listens(port: int) -> bool:
    with socket.socket() as asking:
        return asking.connect_ex(("127.0.0.1", port)) == 0


def _is_anything(shown: list[str]) -> bool:
    """Tell whether any output fits: then at least the command has to succeed."""
    return all(line.strip() == "…" for line in shown)


def _difference(step: Step, code: int, came: str) -> str:
    shown = "\n".join(step.shown) or "(anything, and exit code 0)"
    return f"line {step.line}: $ {step.command}\n--- shown:\n{shown}\n--- came (exit {code}):\n{came}"


# --- ways to type -------------------------------------------------------------------------------------


def own_environment(folder: Path) -> dict[str, str]:
    """Return the environment of a machine on which nothing was set."""
    return environment() | {
        "PYTHONPATH": str(ROOT),
        "PYTHONUNBUFFERED": "1",  # so that talk and data come in the order in which they were said
        "XDG_DATA_HOME": str(folder / "xdg"),
        "COLUMNS": "120",
    }


def as_process(player: Player, words: list[str]) -> tuple[int, str]:
    """Run the command in a process of its own."""
    ran = subprocess.run(
        [sys.executable, "-m", "cli", *words],
        cwd=player.folder,
        env=own_environment(player.folder),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=60,
    )
    return ran.returncode, ran.stdout


def in_process(player: Player, words: list[str]) -> tuple[int, str]:
    """Run the command right here, which is quicker; the environment is the test's.

    Folders are named whole, because the test's guard knows a socket by its path from the root.
    """
    words = [
        str(player.folder / word) if before == "--data" else word
        for before, word in zip(["", *words], words, strict=False)
    ]
    out, stdin = io.StringIO(), sys.stdin
    sys.stdin = io.TextIOWrapper(io.BytesIO(b""))
    try:
        with (
            contextlib.chdir(player.folder),
            contextlib.redirect_stdout(out),
            contextlib.redirect_stderr(out),
        ):
            code = cli.main(words)
        return code, out.getvalue().replace(f"{player.folder}/", "")
    finally:
        sys.stdin = stdin


class _OverSocket(http.client.HTTPConnection):
    def __init__(self, path: Path) -> None:
        super().__init__("node", timeout=10)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.connect(str(self._path))


def ask(path: Path, url: str) -> str:
    """GET an address over a UNIX socket, as `curl --unix-socket` does."""
    host, _, target = url.removeprefix("http://").partition("/")
    with contextlib.closing(_OverSocket(path)) as connection:
        connection.request("GET", f"/{target}", headers={"Host": host})
        return connection.getresponse().read().decode() + "\n"
