"""A node as a process of its own, whose event loop is watched from beside it.

`python -m tests.attacks.watched DATA PORT REPORT` runs the product as it is, on its own event loop, with two
things beside it: names and networks beyond loopback are out of its reach, and a beat on the loop notes how
late it comes. A late beat has three reasons, which are told apart:

- the loop was busy, with code of ours: then this process used that much CPU meanwhile (`process_time`);
- the loop was blocked, in a call that waits: then no thread of the process was waiting for a CPU either;
- the process was not scheduled, because others on the machine were: then its threads stood in the run queue,
  which Linux counts for each of them (`/proc/self/task/*/schedstat`). That is no stall of ours.

A thread beside the loop notes where it stands when a beat is overdue. So a stall is the CPU that was used
within the gap, or, if that thread did run meanwhile, the gap less the time spent in run queues, whichever is
longer: where it did not run either, the whole process stood still, as it does when the machine does. Where
the system does not count run queues only CPU counts.
"""

import asyncio
import json
import os
import sys
import threading
import time
import traceback
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Final
from unittest import mock

from node.delivery import clients
from node.delivery.client import Client
from node.host import serve
from node.settings import load
from tests.attacks.network import Names
from tests.attacks.nodes import HANDLE, ProcessNode, environment
from tests.cable import CABLE

STALL_SECONDS: Final = 0.25
_BEAT_SECONDS: Final = 0.02
_TASKS: Final = Path("/proc/self/task")


@dataclass
class Watch:
    """How late the loop's beat came, and where the loop stood then; written to `report`, a line each."""

    report: Path
    longest: float = 0.0
    _last: float = field(default_factory=time.monotonic)
    _place: str = ""
    _task: asyncio.Task[None] | None = None

    def begin(self) -> None:
        """Begin to watch the loop this is called on."""
        self._task = asyncio.create_task(self._beat())
        identity = threading.get_ident()
        threading.Thread(target=self._look, args=(identity,), daemon=True).start()

    async def _beat(self) -> None:
        while True:
            wall, cpu, queued = time.monotonic(), time.process_time(), _queued_seconds()
            self._last = wall
            await asyncio.sleep(_BEAT_SECONDS)
            gap = time.monotonic() - wall - _BEAT_SECONDS
            if gap <= self.longest:
                continue
            used = min(time.process_time() - cpu, gap)
            blocked = 0.0 if queued is None else gap - ((_queued_seconds() or 0.0) - queued)
            self._note(max(used, blocked if self._place else 0.0), gap=gap, used=used)

    def _note(self, stall: float, *, gap: float, used: float) -> None:
        place, self._place = self._place, ""
        if stall <= self.longest and stall < STALL_SECONDS:
            return
        self.longest = max(self.longest, stall)
        line = {"stall": stall, "gap": gap, "cpu": used, "place": place if stall >= STALL_SECONDS else ""}
        with self.report.open("a", encoding="utf-8") as report:
            report.write(json.dumps(line) + "\n")

    def _look(self, identity: int) -> None:
        """Note where the loop stands whenever its beat is overdue."""
        while True:
            time.sleep(STALL_SECONDS / 4)
            if time.monotonic() - self._last < STALL_SECONDS or self._place:
                continue
            frame = sys._current_frames().get(identity)
            self._place = "".join(traceback.format_stack(frame)[-6:])


def _queued_seconds() -> float | None:
    """Return how long the threads of this process have waited for a CPU; None where nobody counts."""
    waited = 0
    try:
        for task in _TASKS.iterdir():
            with suppress(FileNotFoundError):
                waited += int((task / "schedstat").read_text(encoding="ascii").split()[1])
    except (OSError, IndexError, ValueError):
        return None
    return waited / 1e9


@dataclass
class WatchedNode(ProcessNode):
    """A node in a process of its own that is watched."""

    @property
    def report(self) -> Path:
        """What the watch writes."""
        return self.data.parent / f"{self.data.name}.stalls"

    @property
    def command(self) -> list[str]:
        """The command line it is started with."""
        return [
            sys.executable,
            "-m",
            "tests.attacks.watched",
            str(self.data),
            str(self.port),
            str(self.report),
        ]

    def stalls(self) -> list[dict[str, Any]]:
        """Return what the watch wrote, the longest first."""
        if not self.report.exists():
            return []
        lines = self.report.read_text(encoding="utf-8").splitlines()
        return sorted(map(json.loads, lines), key=lambda line: -line["stall"])


def main(data: str, port: str, report: str) -> int:
    """Run the node until it is told to stop."""
    CABLE.watched = True
    settings = load({"data": data, "port": int(port), "handle": HANDLE, "dev": True}, _variables(), None)
    watch = Watch(Path(report))
    # The wiring makes its client from this class; here it asks a name service that knows nobody.
    with mock.patch.object(clients, "Client", partial(Client, resolver=Names().resolver())):
        serve(settings, on_ready=lambda _first: watch.begin())
    return 0


def _variables() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name.startswith("FREEHOLD_")}


if __name__ == "__main__":
    raise SystemExit(main(*sys.argv[1:]))

__all__ = ["STALL_SECONDS", "WatchedNode", "environment"]
