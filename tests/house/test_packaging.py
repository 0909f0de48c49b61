"""The wheel holds the product, and nothing else goes to the top of anybody's site-packages."""

import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)],
        cwd=ROOT, check=True, capture_output=True,
    )  # fmt: skip
    (path,) = folder.glob("freehold-*.whl")
    return zipfile.ZipFile(path)


def test_the_wheels_top_level(wheel: zipfile.ZipFile) -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    top = {name.split("/")[0] for name in wheel.namelist()}
    assert top == {"cli.py", "node", "protocol", "schemas", f"freehold-{version}.dist-info"}


def test_the_wheel_carries_its_files_and_no_tool_settings(wheel: zipfile.ZipFile) -> None:
    names = set(wheel.namelist())
    assert "node/sandbox/catalogue/cars.csv" in names
    assert "schemas/vocabulary.ttl" in names
    assert not [name for name in names if name.endswith("ruff.toml")]
    assert any(name.endswith("/licenses/LICENSE") for name in names)


def test_the_command_is_called_freehold(wheel: zipfile.ZipFile) -> None:
    (entry_points,) = (name for name in wheel.namelist() if name.endswith("entry_points.txt"))
    assert wheel.read(entry_points).decode().split() == ["[console_scripts]", "freehold", "=", "cli:main"]


def test_the_licence_is_the_full_text() -> None:
    licence = (ROOT / "LICENSE").read_text(encoding="utf-8")
    assert "Apache License\n                           Version 2.0, January 2004" in licence
    assert "END OF TERMS AND CONDITIONS" in licence


def test_every_dependency_is_imported_somewhere() -> None:
    """A dependency nobody imports is attack surface without a use."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    module_of = {
        "prometheus-client": "prometheus_client",
        "sqlite-utils": "sqlite_utils",
        "http-sf": "http_sf",
        "pynacl": "nacl",
    }
    text = "\n".join(
        path.read_text(encoding="utf-8")
        for path in (
            ROOT / "cli.py",
            *(found for folder in ("node", "protocol", "schemas") for found in (ROOT / folder).rglob("*.py")),
        )
    )
    names = [requirement.split(">")[0] for requirement in project["dependencies"]]
    # pysqlite3 is imported by sqlite-utils, by name, when it is there.
    unused = [name for name in names if module_of.get(name, name) not in text and name != "pysqlite3"]
    assert unused == []
