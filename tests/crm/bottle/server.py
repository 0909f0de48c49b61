"""A BottleCRM that runs: a process, a copy of the template's cluster of its own, on a port of its own."""

import subprocess
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from node.crm.adapter import CrmAccount
from tests.crm.bottle.environment import settings, template
from tests.crm.foreign import SetUpError, end, listens
from tests.ports import steady_port
from tests.postgres import PostgresCluster


@dataclass(slots=True)
class BottleServer:
    """BottleCRM over the files of a folder and a cluster."""

    folder: Path
    port: int = field(default_factory=steady_port)
    key: str = field(default="", repr=False)
    cluster: PostgresCluster | None = None
    process: subprocess.Popen[bytes] | None = None

    @property
    def origin(self) -> str:
        """Where it is reached."""
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start it and wait until it answers.

        Raises:
            PythonMissingError, PostgresMissingError: it cannot run on this machine.
            SetUpError, PostgresFailedError: it could, and does not.
        """
        original = template()
        self.key = original.key
        self.cluster = PostgresCluster(original.cluster)
        self.cluster.start()
        command = [str(original.python), "-m", "uvicorn", "crm.asgi:application", "--port", str(self.port)]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                command,
                cwd=self.folder,
                env=settings(self.cluster, self.folder),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        if not listens(self.process, self.port):
            self.stop()
            raise SetUpError(f"BottleCRM did not start.\n{self.log.read_text()[-2_000:]}")

    def stop(self) -> None:
        """End it and its cluster; nothing stays."""
        if self.process:
            end(self.process)
            self.process = None
        if self.cluster:
            self.cluster.close()
            self.cluster = None

    @property
    def log(self) -> Path:
        """What it printed."""
        return self.folder / "uvicorn.log"


def account(bottle: BottleServer, key: str) -> CrmAccount:
    """Return what an owner tells of it."""
    return CrmAccount(address=bottle.origin, secret=key, clock=lambda: datetime.now(UTC), user_agent="tests")
