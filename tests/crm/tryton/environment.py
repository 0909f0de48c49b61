"""Tryton as its makers publish it: installed from a lock into a folder of its own, and a database to copy.

Both lie in `build/tryton` and are made when they are missing, or when what they are made from has changed:
the lock for the environment; for the database also `furnish.py`, which says what is in it. It takes a minute
or two once. The database is a file, or with `TRYTON_ON=postgresql` in the environment a cluster.

`requirements.lock` is made from `requirements.in` by `make lock`.
"""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.crm.foreign import BUILD, ForeignSoftware, digest, quietly
from tests.postgres import PostgresCluster

HERE: Final = Path(__file__).parent
LOCK: Final = HERE / "requirements.lock"
FURNISH: Final = HERE / "furnish.py"

DATABASE: Final = "crm"
LOGIN: Final = "admin"
PASSWORD: Final = "as-good-as-any-other"
MODULES: Final = ("sale_opportunity", "sale_subscription", "account_product")

_POSTGRES: Final = "postgresql"
_ROLE: Final = "tryton"


@dataclass(frozen=True, slots=True)
class Template:
    """A furnished database, not to be opened: it is copied. `key` lets programs in.

    One of `file` and `cluster` is there.
    """

    python: Path
    key: str
    file: Path | None = None
    cluster: Path | None = None


def template(tell: Callable[[str], None] = quietly) -> Template:
    """Return the template, made now if need be; `tell` hears of what takes long.

    Raises:
        SetUpError, PostgresMissingError, PostgresFailedError: it cannot be made.
    """
    software = ForeignSoftware("Tryton", LOCK, BUILD / "tryton", tell=tell)
    with software.alone():
        python = software.installed()
        begins = f"template-{'cluster' if on_postgres() else 'file'}-"
        folder = software.build / f"{begins}{digest(LOCK, FURNISH, Path(__file__))[:16]}"
        if not folder.exists():
            for old in software.build.glob(f"{begins}*"):
                shutil.rmtree(old)
            tell("A database of it is made and furnished.")
            _make(software, python, folder)
    key = (folder / "key").read_text().strip()
    if on_postgres():
        return Template(python, key, cluster=folder / "cluster")
    return Template(python, key, file=folder / f"{DATABASE}.sqlite")


def on_postgres() -> bool:
    """Tell whether Tryton is to keep its data in PostgreSQL."""
    return os.environ.get("TRYTON_ON") == _POSTGRES


def write_configuration(folder: Path, port: int = 0) -> Path:
    """Write Tryton's configuration for databases in a folder, or a cluster, and return where."""
    path = folder / "trytond.conf"
    where = f"uri = postgresql://{_ROLE}@/" if on_postgres() else f"uri = sqlite://\npath = {folder}"
    path.write_text(f"[database]\n{where}\n[web]\nlisten = 127.0.0.1:{port}\n")
    return path


def _make(software: ForeignSoftware, python: Path, folder: Path) -> None:
    """Make the template in a folder beside, which gets its name when all is there."""
    making = software.build / "making"
    shutil.rmtree(making, ignore_errors=True)
    making.mkdir()
    (making / "password").write_text(PASSWORD)
    configuration = str(write_configuration(making))
    why = "Its database cannot be made."
    admin = [str(python), "-m", "trytond.cli.admin", "--config", configuration, "--database", DATABASE]
    chosen = ["--email", "admin@meadow.example", "--update", *MODULES, "--activate-dependencies"]
    with _empty(making) as reached:
        software.run([*admin, *chosen], why, TRYTONPASSFILE=str(making / "password"), **reached)
        said = software.run([str(python), str(FURNISH), configuration, DATABASE], why, **reached)
    (making / "key").write_text(said.split()[-1])
    making.rename(folder)


@contextmanager
def _empty(making: Path) -> Iterator[dict[str, str]]:
    """Have an empty database, which alone can be initialised, and keep it; yield what leads to it."""
    if not on_postgres():
        (making / f"{DATABASE}.sqlite").touch()
        yield {}
        return
    cluster = PostgresCluster()
    try:
        cluster.start()
        cluster.run(f"CREATE ROLE {_ROLE} LOGIN")
        cluster.run(f"CREATE DATABASE {DATABASE} OWNER {_ROLE}")
        yield dict(cluster.environment)
        cluster.stop()
        cluster.save(making / "cluster")
    finally:
        cluster.close()
