"""A BottleCRM that runs: a process, a copy of the template's cluster of its own, on a port of its own."""

import socket
import subprocess
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from node.crm.adapter import CrmAccount
from tests.crm.bottle.environment import settings, template
from tests.crm.foreign import SetUpError
from tests.faults.ports import steady_port
from tests.postgres import PostgresCluster

_PATIENCE_SECONDS: Final = 120.0


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
        self._await()

    def stop(self) -> None:
        """End it and its cluster; nothing stays."""
        if self.process:
            self.process.terminate()
            self.process.wait()
            self.process = None
        if self.cluster:
            self.cluster.close()
            self.cluster = None

    @property
    def log(self) -> Path:
        """What it printed."""
        return self.folder / "uvicorn.log"

    def _await(self) -> None:
        assert self.process
        until = time.monotonic() + _PATIENCE_SECONDS
        while time.monotonic() < until and self.process.poll() is None:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.02)
        self.stop()
        raise SetUpError(f"BottleCRM did not start.\n{self.log.read_text()[-2_000:]}")


def account(bottle: BottleServer, key: str) -> CrmAccount:
    """Return what an owner tells of it."""
    return CrmAccount(address=bottle.origin, secret=key, clock=lambda: datetime.now(UTC), user_agent="tests")
