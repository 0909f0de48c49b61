"""Where coverage is measured: in the tests of each part, and not in those that play whole stories.

Up to Python 3.13 measuring makes Python code four to eight times slower. What is played with real nodes,
browsers and foreign software goes through the same lines thousands of times, and a line that nothing else reaches lacks a test of
its own: so those tests run untraced, and coverage has to be what it must be without them.
"""

import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

STORIES: Final = tuple(
    Path(__file__).parent / name for name in ("attacks", "browser", "docs", "faults", "interop", "sandbox")
)

_PROCESSES: Final = "COVERAGE_PROCESS_CONFIG"  # by this coverage begins in the processes that a test starts


def is_measured(path: Path) -> bool:
    """Tell whether coverage counts what the tests of a file run."""
    return not any(path.is_relative_to(folder) for folder in STORIES)


@contextmanager
def untraced() -> Iterator[None]:
    """Trace nothing that runs or starts meanwhile, in this thread, in new ones, and in new processes."""
    tracer, of_threads = sys.gettrace(), threading.gettrace()
    of_processes = os.environ.pop(_PROCESSES, None)
    sys.settrace(None)
    threading.settrace(None)
    try:
        yield
    finally:
        if of_processes is not None:
            os.environ[_PROCESSES] = of_processes
        threading.settrace(of_threads)
        sys.settrace(tracer)
