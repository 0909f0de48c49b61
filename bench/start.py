"""Measure how long a node takes to answer, what it holds while idle, and how quick the command's help is.

Each is compared, in the same run, to the least that could be: an interpreter that does nothing, and an
aiohttp application with one empty handler.
"""

import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from node.sandbox.nodes import Node, free_port

RUNS = 7
EMPTY = """
from aiohttp import web
async def take(request):
    return web.Response(status=200)
app = web.Application()
app.router.add_get("/livez", take)
web.run_app(app, host="127.0.0.1", port={port}, print=None, access_log=None)
"""
IDLE_SECONDS = 3  # after start: what was only needed for starting has been freed by then


def timed(command: Sequence[str]) -> float:
    """Return the milliseconds a whole process takes."""
    began = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True)
    return 1_000 * (time.perf_counter() - began)


def first_answer(start: Callable[[], object], port: int) -> float:
    """Return the milliseconds from starting a process to its first answer."""
    began = time.perf_counter()
    start()
    while time.perf_counter() - began < 30:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/livez", timeout=1):
                return 1_000 * (time.perf_counter() - began)
        except OSError:
            time.sleep(0.002)
    raise TimeoutError("no answer in 30 s")


def memory(pid: int) -> float:
    """Return what a process holds now, in MB."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    return int(status.split("VmRSS:")[1].split()[0]) / 1024


def measure_node(folder: Path) -> tuple[float, float]:
    """Return milliseconds to the first answer of a node that is set up, and MB while idle."""
    node = Node(folder / "node", "ada", "Ada", "person", settings={"LOG_LEVEL": "warning"})
    node.start()
    node.wait_until_ready()
    node.terminate()
    node.wait()
    times = []
    for run in range(RUNS):
        times.append(first_answer(node.start, node.port))
        if run == RUNS - 1:
            time.sleep(IDLE_SECONDS)
            idle = memory(node.process.pid) if node.process else 0.0
        node.terminate()
        node.wait()
    return median(times), idle


def measure_empty() -> tuple[float, float]:
    """Return the same of an application that does nothing."""
    times = []
    for run in range(RUNS):
        port = free_port()
        processes: list[subprocess.Popen[bytes]] = []
        command = [sys.executable, "-c", EMPTY.format(port=port)]
        times.append(first_answer(lambda: processes.append(subprocess.Popen(command)), port))  # noqa: B023
        if run == RUNS - 1:
            time.sleep(IDLE_SECONDS)
            idle = memory(processes[0].pid)
        processes[0].terminate()
        processes[0].wait()
    return median(times), idle


def main() -> int:
    """Run and print."""
    with TemporaryDirectory(prefix="freehold-bench-") as folder:
        node, node_idle = measure_node(Path(folder))
    empty, empty_idle = measure_empty()
    help_times = [timed([sys.executable, "-m", "cli", "--help"]) for _ in range(RUNS)]
    nothing = [timed([sys.executable, "-c", "pass"]) for _ in range(RUNS)]
    help_time, least = median(help_times), median(nothing)
    print(f"{RUNS} runs each, medians, {os.cpu_count()} processors")
    show("first answer", "ms", ("node", node), ("empty aiohttp", empty))
    show("idle memory", "MB", ("node", node_idle), ("empty aiohttp", empty_idle))
    show("whole process", "ms", ("freehold --help", help_time), ("python -c pass", least))
    return 0


def show(what: str, unit: str, ours: tuple[str, float], other: tuple[str, float]) -> None:
    """Print two figures and their ratio."""
    sides = "   ".join(f"{name} {figure:6.0f} {unit}" for name, figure in (ours, other))
    print(f"{what:14} {sides}   ratio {ours[1] / other[1]:6.2f}")


if __name__ == "__main__":
    sys.exit(main())
