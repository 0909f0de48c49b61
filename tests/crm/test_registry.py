"""Adapters of somebody else: packages with an entry point, found, loaded when they are used, and mended."""

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from docs.example_adapter import ADAPTER
from node.crm import registry
from node.crm.port import CrmUnavailable
from node.services.crm import connecting
from node.storage import crm as tables
from protocol.errors import Conflict, Unprocessable
from tests.crm.test_bridge import Business
from tests.docs.papers import ROOT

WITHOUT_MAPPING = """
from dataclasses import replace
from docs.example_adapter import ADAPTER as WITH
ADAPTER = replace(WITH, mapping="")
"""
POINT = "[freehold.crm]\n{} = {}\n"


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder in which Python looks for packages."""
    made = tmp_path / "site"
    made.mkdir()
    monkeypatch.syspath_prepend(made)
    registry.load.cache_clear()
    yield made
    registry.load.cache_clear()  # what was installed there is gone


def install(site: Path, name: str, leads: str, *, package: str = "") -> None:
    """Have a package installed, as pip leaves it behind, that brings an adapter."""
    noted = site / f"{package or name}-1.0.dist-info"
    noted.mkdir()
    (noted / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package or name}\nVersion: 1.0\n")
    (noted / "entry_points.txt").write_text(POINT.format(name, leads))


def test_an_adapter_of_somebody_else_is_a_kind_of_crm(site: Path) -> None:
    install(site, "backoffice", "docs.example_adapter:ADAPTER")
    assert "backoffice" in registry.names()
    assert "backoffice" not in registry.ours()
    assert registry.load("backoffice") is ADAPTER
    assert registry.default_mapping("backoffice") == ADAPTER.mapping


def test_a_name_of_ours_stays_ours(site: Path) -> None:
    install(site, "spreadsheet", "docs.example_adapter:ADAPTER")
    assert registry.load("spreadsheet").title == "Spreadsheets"
    assert registry.names().count("spreadsheet") == 1


@pytest.mark.parametrize(
    ("source", "why"),
    [
        ("import nothing_of_this_name", "ModuleNotFoundError: No module named 'nothing_of_this_name'"),
        ("raise RuntimeError('no luck')", "RuntimeError: no luck"),
        ("ADAPTER = 1", "no CrmAdapter"),
        ("OTHER = 1", "AttributeError"),
        (WITHOUT_MAPPING, "with a mapping"),
    ],
)
async def test_what_cannot_be_loaded_is_said_and_the_others_work(
    site: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, source: str, why: str
) -> None:
    monkeypatch.delitem(sys.modules, "broken_adapter", raising=False)
    (site / "broken_adapter.py").write_text(source)
    install(site, "broken", "broken_adapter:ADAPTER")
    with pytest.raises(CrmUnavailable, match=why):
        registry.load("broken")
    business = Business(tmp_path)
    with pytest.raises(Conflict, match=r"cannot be loaded|leads to no"):
        await business.connect(adapter="broken")
    faults = {each["name"]: each["fault"] for each in business.desk.adapters()}
    assert why in faults.pop("broken")
    assert set(faults.values()) == {None}


def test_two_packages_of_one_name_are_none(site: Path) -> None:
    install(site, "backoffice", "docs.example_adapter:ADAPTER")
    install(site, "backoffice", "another:ADAPTER", package="another")
    with pytest.raises(CrmUnavailable, match="keep one"):
        registry.load("backoffice")


async def test_what_is_installed_no_more_waits_and_is_said(site: Path, tmp_path: Path) -> None:
    business = Business(tmp_path)
    await business.begin()
    row = business.shop.write(lambda session: tables.load_connection(session, business.shop.iri))
    business.shop.write(lambda session: tables.save_connection(session, replace(row, adapter="backoffice")))
    await business.bridge.turn(business.shop.iri)
    assert "backoffice is not installed any more" in business.status()["trouble"]
    assert business.status()["rests_until"] is not None
    assert await business.bridge._due(business.shop.iri) is not None
    business.shop.do(connecting.disconnect)
    with pytest.raises(Unprocessable, match="crm-adapter"):
        await business.connect(adapter="backoffice")


def test_a_node_that_uses_none_looks_for_none() -> None:
    """Looking takes a quarter of a second the first time."""
    said = "import sys; from node.crm import bridge, registry; registry.load('tryton'); "
    said += "print('importlib.metadata' in sys.modules)"
    ran = subprocess.run([sys.executable, "-c", said], cwd=ROOT, capture_output=True, text=True)
    assert ran.stdout == "False\n", ran.stderr
