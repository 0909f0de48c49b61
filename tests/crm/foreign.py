"""Foreign software that tests run against: installed from a lock into a folder of its own in `build/`.

It is made when it is missing, or when what it is made from has changed. Processes that want it at the same
time wait for the first.
"""

import fcntl
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Final

BUILD: Final = Path(__file__).parents[2] / "build"
PATIENCE_SECONDS: Final = 1_200.0
_START_SECONDS: Final = 120.0
_STOP_SECONDS: Final = 30.0

# What ours says to Python, and what would lead a program elsewhere, is not said to theirs.
_OURS: Final = ("PYTHON", "COV", "VIRTUAL_ENV", "TRYTOND_", "DJANGO_", "PG")


class SetUpError(RuntimeError):
    """It cannot be had; says why and what helps."""


def quietly(_: str) -> None:
    """Tell nobody what takes its time."""


@dataclass(frozen=True, slots=True)
class ForeignSoftware:
    """What is installed from `lock`, by which Python, what it is called, and who hears of what takes long."""

    title: str
    lock: Path
    build: Path
    python: str = sys.executable
    tell: Callable[[str], None] = quietly

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Hold a lock that other processes wait for; it goes with this process."""
        self.build.mkdir(parents=True, exist_ok=True)
        with (self.build / "lock").open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    def installed(self) -> Path:
        """Return the Python of an environment that is as the lock says.

        Raises:
            SetUpError: it cannot be made.
        """
        environment, wanted = self.build / "environment", digest(self.lock)
        python, marker = environment / "bin" / "python", environment / "installed"
        if not marker.exists() or marker.read_text() != wanted:
            self.tell(f"{self.title} is fetched and installed.")
            shutil.rmtree(environment, ignore_errors=True)
            self.run([self.python, "-m", "venv", str(environment)], "Python cannot make environments.")
            pip = [str(python), "-m", "pip", "install", "--disable-pip-version-check", "--quiet"]
            locked = [
                "--require-hashes",
                "--no-deps",
                "--only-binary",
                ":all:",
                "--requirement",
                str(self.lock),
            ]
            self.run([*pip, *locked], "pip cannot install it: is the package index within reach?")
            marker.write_text(wanted)
        return python

    def run(self, command: list[str], why: str, **more: str) -> str:
        """Run a command to its end, in `build`, and return what it printed; `more` are variables for it.

        Raises:
            SetUpError: it failed.
        """
        done = subprocess.run(
            command,
            cwd=self.build,
            env=variables(**more),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=PATIENCE_SECONDS,
            check=False,
        )
        if done.returncode:
            said = f"{self.title}, which these tests run against, is not here. {why}\n{done.stderr[-2_000:]}"
            raise SetUpError(said)
        return done.stdout


def listens(process: subprocess.Popen[bytes], port: int) -> bool:
    """Wait until a process that was started listens at a port here; False if it ends, or takes too long."""
    until = time.monotonic() + _START_SECONDS
    while time.monotonic() < until and process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return True
        time.sleep(0.02)
    return False


def end(process: subprocess.Popen[bytes]) -> None:
    """End a process, and insist if it does not."""
    process.terminate()
    try:
        process.wait(_STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def variables(**more: str) -> Mapping[str, str]:
    """Return an environment for it: its Python has packages of its own."""
    return {**{name: value for name, value in os.environ.items() if not name.startswith(_OURS)}, **more}


def digest(*files: Path) -> str:
    """Return a digest of what files say."""
    return sha256(b"\0".join(file.read_bytes() for file in files)).hexdigest()
