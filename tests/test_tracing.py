"""What plays whole stories runs untraced, and what comes after it is traced as before."""

import subprocess
import sys
import threading
from types import FrameType
from typing import Any

import pytest

from tests.tracing import STORIES, is_measured, untraced


def test_what_runs_and_what_starts_meanwhile_is_untraced_and_nothing_after(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    seen: list[str] = []

    def trace(frame: FrameType, event: str, argument: Any) -> None:
        seen.append(frame.f_code.co_name)

    def here() -> None: ...

    def there() -> None: ...

    def run() -> list[str]:
        seen.clear()
        here()
        thread = threading.Thread(target=there)
        thread.start()
        thread.join()
        return [name for name in seen if name in ("here", "there")]

    def is_told() -> bool:
        asked = "import os; print('COVERAGE_PROCESS_CONFIG' in os.environ)"
        said = subprocess.run([sys.executable, "-S", "-c", asked], capture_output=True, text=True, check=True)
        return said.stdout == "True\n"

    with untraced():  # and so the tracer of this run is put back at the end
        monkeypatch.setenv("COVERAGE_PROCESS_CONFIG", "x")
        sys.settrace(trace)
        threading.settrace(trace)
        before = run(), is_told()
        with untraced():
            meanwhile = run(), is_told()
        after = run(), is_told()
        monkeypatch.undo()
    assert before == after == (["here", "there"], True)
    assert meanwhile == ([], False)


def test_what_is_left_out_is_there() -> None:
    assert [folder for folder in STORIES if not list(folder.glob("test_*.py"))] == []
    assert [folder for folder in STORIES if is_measured(folder / "test_of_something.py")] == []
    assert is_measured(STORIES[0].parent / "protocol" / "test_keys.py")
