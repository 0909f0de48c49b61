"""What a use case does, counted while it runs: functions entered, rows read, canonicalisations, parses."""

import sys
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType
from typing import Any

ROOT = Path(__file__).parents[2]
_OURS = tuple(f"{ROOT / package}/" for package in ("node", "protocol", "schemas"))
_PROJECTORS = "services/negotiations/projecting.py"


class Trace:
    """Counts of one run.

    `entered` are functions of ours by file and name. `loads` are rows by table and key, read by the use case;
    `projected` those that the journal's projectors read, which a replay runs without any use case.
    """

    def __init__(self) -> None:
        self.entered: Counter[tuple[str, str]] = Counter()
        self.loads: Counter[tuple[str, Any]] = Counter()
        self.projected: Counter[tuple[str, Any]] = Counter()

    def run(self, work: Callable[[], Any]) -> Any:
        """Run something and count what it does."""
        sys.setprofile(self._look)
        try:
            return work()
        finally:
            sys.setprofile(None)

    def count(self, file: str, function: str) -> int:
        """Return how often a function was entered."""
        return self.entered[file, function]

    def _look(self, frame: FrameType, event: str, returned: Any) -> None:
        path = frame.f_code.co_filename
        if not path.startswith(_OURS):
            return
        name = frame.f_code.co_name
        if event == "call":
            self.entered[str(Path(path).relative_to(ROOT)), name] += 1
        elif event == "return" and returned is not None:
            row = _row(path, name, frame, returned)
            if row is not None:
                projecting = any(caller.endswith(_PROJECTORS) for caller in _callers(frame))
                (self.projected if projecting else self.loads)[row] += 1


def _row(path: str, name: str, frame: FrameType, returned: Any) -> tuple[str, Any] | None:
    """Name the row that a function of the storage has just read, if it is one that reads rows."""
    if name == "decode" and path.endswith("storage/tables.py"):
        table = frame.f_locals["self"]
        return table.name, tuple(getattr(returned, column) for column in table.key)
    if name == "recorded" and path.endswith("storage/journal.py"):
        return "journal", returned.number
    return None


def _callers(frame: FrameType | None) -> Iterator[str]:
    while frame is not None:
        yield frame.f_code.co_filename
        frame = frame.f_back
