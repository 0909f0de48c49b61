"""A node whose clock is off: by as many seconds as a file says, looked at each time it is asked.

    python -m tests.faults.clocked FILE --data FOLDER up

Runs the command with another clock in the node, in the dates of its answers, and in nothing else.
"""

import subprocess
import sys
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import cli
from node import app, host
from node.sandbox.nodes import Node, environment


@dataclass(slots=True)
class ClockedNode(Node):
    """A node with a clock that can be set while it runs."""

    ahead: timedelta = timedelta(0)

    @property
    def dial(self) -> Path:
        """The file that says how far its clock is off."""
        return self.folder.with_suffix(".clock")

    @property
    def now(self) -> datetime:
        """The node's time."""
        return datetime.now(UTC) + self.ahead

    def set_clock(self, ahead: timedelta) -> None:
        """Set the clock so far ahead of the machine's, or behind it if negative."""
        self.ahead = ahead
        fresh = self.dial.with_suffix(".new")
        fresh.write_text(str(ahead.total_seconds()), encoding="ascii")
        fresh.replace(self.dial)

    def start(self) -> None:
        """Start the process; `wait_until_ready` says when it answers."""
        self._write_settings()
        self.set_clock(self.ahead)
        words = [
            sys.executable,
            "-m",
            "tests.faults.clocked",
            str(self.dial),
            "--data",
            str(self.folder),
            "up",
        ]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                words, env=environment(), stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT
            )


def main() -> None:
    """Run the command by the clock of the file named first."""
    dial, real_time = Path(sys.argv.pop(1)), time.time

    def seconds() -> float:
        return real_time() + float(dial.read_text(encoding="ascii"))

    time.time = seconds  # aiohttp dates its answers by it
    edge = partial(app.Edge, clock=lambda: datetime.fromtimestamp(seconds(), UTC))
    vars(host)["Edge"] = edge  # the seam
    cli.main()


if __name__ == "__main__":
    main()
