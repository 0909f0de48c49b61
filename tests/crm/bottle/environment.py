"""BottleCRM as its makers publish it: installed from a lock, and a furnished cluster of PostgreSQL to copy.

Both lie in `build/bottle` and are made when they are missing, or when what they are made from has changed:
the lock for the environment; for the cluster also `furnish.py`, which says what is in it. It takes a Python
of 3.12 or later, found on the PATH or with pyenv, and PostgreSQL.

`requirements.lock` is made from `requirements.in` by `make lock`.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.crm.foreign import BUILD, ForeignSoftware, digest, variables
from tests.postgres import PostgresCluster, programs

HERE: Final = Path(__file__).parent
LOCK: Final = HERE / "requirements.lock"
FURNISH: Final = HERE / "furnish.py"
DATABASE: Final = "crm"
ROLE: Final = "crm"  # no superuser: those are above row-level security

_NEWEST: Final = range(14, 11, -1)
_MAKES_ENVIRONMENTS: Final = "import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 12))"


class PythonMissingError(RuntimeError):
    """There is no Python that is new enough; says which and where one is looked for."""


@dataclass(frozen=True, slots=True)
class BottleTemplate:
    """A furnished cluster, not to be started: it is copied. `key` lets programs in."""

    python: Path
    cluster: Path
    key: str


def new_python() -> str:
    """Return a Python that BottleCRM runs on.

    Raises:
        PythonMissingError: there is none.
    """
    for found in _pythons():
        tried = subprocess.run([found, "-c", _MAKES_ENVIRONMENTS], capture_output=True, check=False)
        if tried.returncode == 0:
            return found
    raise PythonMissingError(
        "BottleCRM needs Python 3.12 or later, with venv: none is on the PATH as python3.12, python3.13 or "
        "python3.14, and pyenv has none."
    )


def template() -> BottleTemplate:
    """Return the template, made now if need be.

    Raises:
        PythonMissingError, PostgresMissingError: it cannot run on this machine.
        SetUpError, PostgresFailedError: it could, and does not.
    """
    programs()
    software = ForeignSoftware("BottleCRM", LOCK, BUILD / "bottle", new_python())
    with software.alone():
        python = software.installed()
        folder = software.build / f"template-{digest(LOCK, FURNISH, Path(__file__))[:16]}"
        if not folder.exists():
            for old in software.build.glob("template-*"):
                shutil.rmtree(old)
            _make(software, python, folder)
    return BottleTemplate(python, folder / "cluster", (folder / "key").read_text())


def settings(cluster: PostgresCluster, folder: Path) -> Mapping[str, str]:
    """Return what tells BottleCRM where its database is, and its files."""
    return variables(
        PYTHONPATH=str(HERE),
        DJANGO_SETTINGS_MODULE="served",
        DBNAME=DATABASE,
        DBUSER=ROLE,
        DBPASSWORD="",
        DBHOST=cluster.environment["PGHOST"],
        DBPORT=cluster.environment["PGPORT"],
        SECRET_KEY="as-good-as-any-other-that-has-so-many-signs",
        CELERY_BROKER_URL="memory://",
        CELERY_RESULT_BACKEND="cache+memory://",
        MEDIA=str(folder / "media"),
    )


def _pythons() -> Iterator[str]:
    yield sys.executable
    root = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    for minor in _NEWEST:
        on_path = shutil.which(f"python3.{minor}")
        yield from [on_path] if on_path else []
        yield from map(str, sorted(root.glob(f"versions/3.{minor}.*/bin/python3")))


def _make(software: ForeignSoftware, python: Path, folder: Path) -> None:
    """Make the template in a folder beside, which gets its name when all is there."""
    making = software.build / "making"
    shutil.rmtree(making, ignore_errors=True)
    making.mkdir()
    cluster = PostgresCluster()
    try:
        cluster.start()
        cluster.run(f"CREATE ROLE {ROLE} LOGIN")
        cluster.run(f"CREATE DATABASE {DATABASE} OWNER {ROLE}")
        said = software.run(
            [str(python), str(FURNISH)],
            "Its database cannot be made.",
            **settings(cluster, making),
        )
        cluster.stop()
        cluster.save(making / "cluster")
    finally:
        cluster.close()
    (making / "key").write_text(said.split()[-1])
    making.rename(folder)
