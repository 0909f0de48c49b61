"""That the BottleCRM of these tests is as its makers have it, and why it does not run where it cannot."""

from pathlib import Path

import pytest

from tests.crm.bottle import environment
from tests.crm.bottle.environment import DATABASE, PythonMissingError, new_python
from tests.crm.bottle.person import BottlePerson
from tests.crm.bottle.server import BottleServer

pytestmark = pytest.mark.slow


def test_it_keeps_organisations_apart_by_row_level_security(bottle: BottleServer) -> None:
    """The tables are made at once from its models; its migrations protect the same ones."""
    assert bottle.cluster is not None
    policies = bottle.cluster.run("SELECT count(*) FROM pg_policies", database=DATABASE)
    tables = bottle.cluster.run("SELECT count(*) FROM pg_class WHERE relforcerowsecurity", database=DATABASE)
    assert int(policies) == 2 * int(tables) > 100
    mine = bottle.cluster.run("SELECT rolsuper FROM pg_roles WHERE rolname = 'crm'")
    assert mine == "f"


def test_it_is_furnished(bottle: BottleServer) -> None:
    person = BottlePerson(bottle)
    profile = person.ask("GET", "profile/")["user_obj"]
    assert (profile["user_details"]["email"], profile["role"]) == ("robin@meadow.example", "ADMIN")


def test_where_no_python_is_new_enough_that_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    old = tmp_path / "python3.13"
    old.write_text("#!/bin/sh\nexit 1\n")
    old.chmod(0o755)
    monkeypatch.setattr(environment, "sys", type("Old", (), {"executable": str(old)}))
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path))
    with pytest.raises(PythonMissingError, match=r"3\.12 or later"):
        new_python()
