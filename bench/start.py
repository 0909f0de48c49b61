"""Measure how long a node takes to answer, what it holds while idle, and how quick the command's help is.

Each is compared, in the same run, to the least that could be: an interpreter that does nothing, and an
aiohttp application with one empty handler. The two take turns, so that a busy machine is busy for both; the
processor time of a start is what it costs whoever else is working.
"""

import compileall
import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from node.sandbox.nodes import Node, free_port

RUNS = 7
ROOT = Path(__file__).parents[1]
EMPTY = """
from aiohttp import web
async def take(request):
    return web.Response(status=200)
app = web.Application()
app.router.add_get("/livez", take)
web.run_app(app, host="127.0.0.1", port={port}, print=None, access_log=None)
"""
IDLE_SECONDS = 3  # after start: what was only needed for starting has been freed by then


def whole(command: Sequence[str]) -> float:
    """Return the milliseconds of processor time that a whole process takes.

    Raises:
        RuntimeError: it failed.
    """
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"{command} ended with {process.returncode}")
    return 1_000 * (used.ru_utime + used.ru_stime)


@dataclass(frozen=True)
class Start:
    """Milliseconds to the first answer, and milliseconds of processor time until then."""

    wall: float
    cpu: float


def first_answer(start: Callable[[], int], port: int) -> Start:
    """Start a process, which returns its id, and wait for its first answer."""
    began = time.perf_counter()
    pid = start()
    while time.perf_counter() - began < 60:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/livez", timeout=1):
                return Start(1_000 * (time.perf_counter() - began), processor_time(pid))
        except OSError:
            time.sleep(0.002)
    raise TimeoutError("no answer in 60 s")


def processor_time(pid: int) -> float:
    """Return the milliseconds that all threads of a process have run (Linux counts them)."""
    tasks = Path(f"/proc/{pid}/task").iterdir()
    return sum(int((task / "schedstat").read_text(encoding="ascii").split()[0]) for task in tasks) / 1e6


def memory(pid: int) -> float:
    """Return what a process holds now, in MB."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    return int(status.split("VmRSS:")[1].split()[0]) / 1024


class Ours:
    """A node that is set up."""

    def __init__(self, folder: Path) -> None:
        self.node = Node(folder / "node", "ada", "Ada", "person", settings={"LOG_LEVEL": "warning"})
        self.run()
        self.end()

    def run(self) -> Start:
        """Start it."""
        return first_answer(self._start, self.node.port)

    def _start(self) -> int:
        self.node.start()
        return self.pid

    @property
    def pid(self) -> int:
        """Its process."""
        assert self.node.process is not None
        return self.node.process.pid

    def end(self) -> None:
        """Stop it."""
        self.node.wait_until_ready()
        self.node.terminate()
        self.node.wait()


class Empty:
    """An application that does nothing."""

    def run(self) -> Start:
        """Start it, on a port of its own."""
        port = free_port()
        command = [sys.executable, "-c", EMPTY.format(port=port)]

        def start() -> int:
            self.process = subprocess.Popen(command)
            return self.pid

        return first_answer(start, port)

    @property
    def pid(self) -> int:
        """Its process."""
        return self.process.pid

    def end(self) -> None:
        """Stop it."""
        self.process.terminate()
        self.process.wait()


def measure(sides: Sequence[Ours | Empty]) -> list[tuple[Start, float]]:
    """Start each in turn, again and again; return the medians, and the MB each holds while idle."""
    starts: list[list[Start]] = [[] for _ in sides]
    idle = [0.0 for _ in sides]
    for run in range(RUNS):
        for number, side in enumerate(sides):
            starts[number].append(side.run())
            if run == RUNS - 1:
                time.sleep(IDLE_SECONDS)
                idle[number] = memory(side.pid)
            side.end()
    middles = [Start(median(s.wall for s in each), median(s.cpu for s in each)) for each in starts]
    return list(zip(middles, idle, strict=True))


def compare() -> dict[str, float]:
    """Start each side in turn, print the figures, and return ours over the least by what was measured."""
    for folder in (
        "node",
        "protocol",
        "schemas",
    ):  # as installing does; else each start compiles what is newer
        compileall.compile_dir(ROOT / folder, quiet=1)
    compileall.compile_file(ROOT / "cli.py", quiet=1)
    with TemporaryDirectory(prefix="freehold-bench-") as folder:
        (node, node_idle), (empty, empty_idle) = measure([Ours(Path(folder)), Empty()])
    commands = ([sys.executable, "-m", "cli", "--help"], [sys.executable, "-c", "pass"])
    help_time, least = (
        median(times) for times in zip(*(map(whole, commands) for _ in range(RUNS)), strict=True)
    )
    print(f"{RUNS} runs each, in turn, medians, {os.cpu_count()} processors")
    return {
        "first answer": show("first answer", "ms", ("node", node.wall), ("empty aiohttp", empty.wall)),
        "processor time": show("its processor time", "ms", ("node", node.cpu), ("empty aiohttp", empty.cpu)),
        "idle memory": show("idle memory", "MB", ("node", node_idle), ("empty aiohttp", empty_idle)),
        "help": show("its processor time", "ms", ("freehold --help", help_time), ("python -c pass", least)),
    }


def show(what: str, unit: str, ours: tuple[str, float], other: tuple[str, float]) -> float:
    """Print two figures and their ratio, and return that."""
    sides = "   ".join(f"{name} {figure:6.0f} {unit}" for name, figure in (ours, other))
    ratio = ours[1] / other[1]
    print(f"{what:18} {sides}   ratio {ratio:6.2f}")
    return ratio


def main() -> int:
    """Run and print."""
    compare()
    return 0


if __name__ == "__main__":
    sys.exit(main())
