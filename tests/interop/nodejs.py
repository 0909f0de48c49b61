"""Node.js, and the packages that the tests run on it: where they are, and what to do if they are not.

Rules that hold here: whatever needs Node.js fails without it, with a sentence that says what to install; it
is never skipped.
"""

import subprocess
from functools import cache
from pathlib import Path
from typing import Final

HERE: Final = Path(__file__).parent
PACKAGES: Final = HERE / "node_modules"
OLDEST: Final = 22  # what Fedify asks for
MISSING: Final = (
    "The packages of tests/interop are not installed: `make test` does that and needs npm "
    "(Debian: apt-get install npm; macOS: brew install node)."
)
TOO_OLD: Final = (
    f"There is no Node.js {OLDEST} or newer here, and npm has none for this machine: "
    "install it and put it in the path."
)


class NodeMissingError(Exception):
    """There is no Node.js to run, or not what it should run; the text says what to install."""


@cache
def interpreter(packages: Path = PACKAGES) -> str:
    """Return the Node.js that came with the packages, or the machine's own where npm has none for it.

    Raises:
        NodeMissingError: there is neither, or there are no packages.
    """
    if not (packages / "@fedify").is_dir():
        raise NodeMissingError(MISSING)
    for candidate in (*map(str, sorted(packages.glob("node-*/bin/node"))), "node"):
        if major(candidate) >= OLDEST:
            return candidate
    raise NodeMissingError(TOO_OLD)


def major(command: str) -> int:
    """Return the major version of a Node.js, 0 where there is none that runs."""
    try:
        said = subprocess.run([command, "--version"], capture_output=True, check=True, text=True, timeout=60)
    except (OSError, subprocess.SubprocessError):
        return 0
    return int(said.stdout.removeprefix("v").partition(".")[0])
