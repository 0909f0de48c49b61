"""A Tryton that runs: a process and a copy of the template's database of its own, on a port of its own."""

import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from node.crm.adapter import CrmAccount
from tests.crm.foreign import SetUpError, end, listens, variables
from tests.crm.tryton.environment import DATABASE, Template, template, write_configuration
from tests.ports import steady_port
from tests.postgres import PostgresCluster


@dataclass(slots=True)
class TrytonServer:
    """Tryton over the files of a folder; `start` may follow `stop`, and finds what was written before."""

    folder: Path
    port: int = field(default_factory=steady_port)
    key: str = field(default="", repr=False)
    process: subprocess.Popen[bytes] | None = None
    cluster: PostgresCluster | None = None

    @property
    def origin(self) -> str:
        """Where it is reached."""
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start it and wait until it answers.

        Raises:
            SetUpError: it cannot be had.
        """
        original = template()
        self.key = original.key
        reached = self._copy(original)
        command = [str(original.python), "-m", "trytond.cli", "--database", DATABASE, "--config"]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [*command, str(write_configuration(self.folder, self.port))],
                env=variables(**reached),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        if not listens(self.process, self.port):
            self.stop()
            raise SetUpError(f"Tryton did not start.\n{self.log.read_text()[-2_000:]}")

    def stop(self) -> None:
        """End it, and insist if it does not; what it has answered is in its file."""
        if self.process:
            end(self.process)
            self.process = None
        if self.cluster:
            self.cluster.stop()

    def close(self) -> None:
        """End it; a cluster goes with it."""
        self.stop()
        if self.cluster:
            self.cluster.close()
            self.cluster = None

    def files(self) -> Iterator[Path]:
        """Yield every file in which it keeps something."""
        for folder in (self.folder, *([self.cluster.data] if self.cluster else [])):
            yield from (path for path in folder.rglob("*") if path.is_file())

    def _copy(self, original: Template) -> dict[str, str]:
        """Have a database of its own, with what was written to it before; return what leads to it."""
        if original.file is not None:
            database = self.folder / original.file.name
            if not database.exists():
                shutil.copyfile(original.file, database)
            return {}
        if self.cluster is None:
            self.cluster = PostgresCluster(original.cluster)
        self.cluster.start()
        return dict(self.cluster.environment)

    @property
    def log(self) -> Path:
        """What it printed."""
        return self.folder / "trytond.log"


def account(tryton: TrytonServer, key: str) -> CrmAccount:
    """Return what an owner tells of it."""
    return CrmAccount(
        address=tryton.origin,
        secret=key,
        options={"database": DATABASE},
        clock=lambda: datetime.now(UTC),
        user_agent="tests",
    )
