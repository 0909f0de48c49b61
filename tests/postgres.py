"""A PostgreSQL of the tests' own: a cluster in a folder, reached by a socket in it, gone with the test.

Only the programs of an installation are used; a cluster that somebody runs on this machine is left alone.
PostgreSQL refuses to run as root, so for root it runs as `nobody`. A home is closed to that account, so a
cluster's folder is a temporary one. Nothing is kept safe from a loss of power: `fsync` is off.
"""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

SUPERUSER: Final = "postgres"

_INSTALLED: Final = Path("/usr/lib/postgresql")  # where Debian puts them, one folder for each version
_PORT: Final = 5432  # a part of the socket's name, no port of this machine
_UNPRIVILEGED: Final = "nobody"
_PATIENCE_SECONDS: Final = 120.0
_QUICK: Final = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "max_connections=60")


class PostgresMissingError(RuntimeError):
    """There is none to be run; says what to install."""


class PostgresFailedError(RuntimeError):
    """It is there and does not run; says what it said."""


def programs() -> Path:
    """Return the folder of the newest PostgreSQL that is installed.

    Raises:
        PostgresMissingError: there is none.
    """
    found = [path for path in _INSTALLED.glob("*/bin") if (path / "initdb").exists()]
    if found:
        return max(found, key=lambda path: float(path.parent.name))
    on_path = shutil.which("initdb")
    if on_path is None:
        raise PostgresMissingError(
            "PostgreSQL is not here: install it (Debian: apt-get install postgresql), "
            "or put the folder of its initdb on the PATH."
        )
    return Path(on_path).resolve().parent


@dataclass(slots=True)
class PostgresCluster:
    """A cluster of databases; `start` may follow `stop`, and finds what was written before.

    `template` is the folder of a cluster that `save` has written, to begin with; None begins with an empty
    one. Anybody who can open the folder may be any user of the database.
    """

    template: Path | None = None
    folder: Path = field(default_factory=lambda: Path(tempfile.mkdtemp(prefix="freehold-postgres-")))
    process: subprocess.Popen[bytes] | None = None

    @property
    def environment(self) -> Mapping[str, str]:
        """What leads PostgreSQL's own programs and libraries to it."""
        return {"PGHOST": str(self.folder), "PGPORT": str(_PORT)}

    @property
    def data(self) -> Path:
        """Where its files are."""
        return self.folder / "data"

    def start(self) -> None:
        """Start it and wait until it answers.

        Raises:
            PostgresMissingError: it is not installed. PostgresFailedError: it does not run.
        """
        if not self.data.exists():
            self._begin()
        settings = [word for each in _QUICK for word in ("-c", each)]
        command = [str(programs() / "postgres"), "-D", str(self.data), "-k", str(self.folder), "-h", ""]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [*command, *settings],
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                **_unprivileged(),
            )
        self._await()

    def stop(self) -> None:
        """End it, with whatever is connected to it; its files stay."""
        if self.process:
            self.process.send_signal(signal.SIGINT)  # its "fast shutdown"
            self.process.wait()
            self.process = None

    def close(self) -> None:
        """End it and delete its folder."""
        self.stop()
        shutil.rmtree(self.folder)

    def save(self, folder: Path) -> None:
        """Copy a cluster that is stopped, as a template of others; what is there already is not one."""
        shutil.copytree(self.data, folder)

    def run(self, statement: str, *, database: str = "postgres") -> str:
        """Run a statement as the superuser, and return what it answered.

        Raises:
            PostgresFailedError: it was refused.
        """
        command = [str(programs() / "psql"), "--no-psqlrc", "--quiet", "--tuples-only", "--no-align"]
        return _finish(
            [*command, "--username", SUPERUSER, "--dbname", database, "--command", statement],
            env={**os.environ, **self.environment},
        ).strip()

    @property
    def log(self) -> Path:
        """What it printed."""
        return self.folder / "postgres.log"

    def _begin(self) -> None:
        if self.template is not None:
            shutil.copytree(self.template, self.data)
        _give_away(self.folder)
        if self.template is None:
            simple = ["--username", SUPERUSER, "--auth", "trust", "--encoding", "UTF8", "--no-locale"]
            initdb = [str(programs() / "initdb"), "--pgdata", str(self.data), "--no-sync", *simple]
            _finish(initdb, cwd=self.folder, **_unprivileged())

    def _await(self) -> None:
        assert self.process
        until = time.monotonic() + _PATIENCE_SECONDS
        while time.monotonic() < until and self.process.poll() is None:
            asked = [str(programs() / "pg_isready"), "--quiet", "--username", SUPERUSER]
            answered = subprocess.run(asked, env={**os.environ, **self.environment}, check=False)
            if answered.returncode == 0:
                return
            time.sleep(0.05)
        self.stop()
        raise PostgresFailedError(f"PostgreSQL did not start.\n{self.log.read_text()[-2_000:]}")


def _unprivileged() -> dict[str, Any]:
    """Return what has a process run as somebody who is not root."""
    if os.geteuid():
        return {}
    account = pwd.getpwnam(_UNPRIVILEGED)
    return {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}


def _give_away(folder: Path) -> None:
    """Make a folder, and all in it, that of whom the server runs as."""
    account = _unprivileged()
    if account:
        for path in (folder, *folder.rglob("*")):
            os.chown(path, account["user"], account["group"], follow_symlinks=False)


def _finish(command: list[str], **how: Any) -> str:
    done: subprocess.CompletedProcess[str] = subprocess.run(
        command,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=_PATIENCE_SECONDS,
        check=False,
        **how,
    )
    if done.returncode:
        raise PostgresFailedError(f"{Path(command[0]).name} failed.\n{done.stderr[-2_000:]}")
    return done.stdout
