"""The wheel holds the product, and nothing else goes to the top of anybody's site-packages."""

import re
import subprocess
import sys
import tomllib
import zipfile
from importlib.metadata import distribution
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

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


INSTALLERS = ["Makefile", "deploy/Containerfile", "deploy/freehold.service"]


def locked(name: str) -> dict[str, str]:
    """Return the version that a lock pins of each package."""
    pins = re.findall(r"^([a-z0-9.-]+)==([^\s;]+)", (ROOT / name).read_text(encoding="utf-8"), re.MULTILINE)
    return {canonicalize_name(package): version for package, version in pins}


@pytest.mark.parametrize("name", INSTALLERS)
def test_what_is_locked_is_installed_without_resolving(name: str) -> None:
    """A resolver looks for newer releases; a lock that is installed as it stands cannot be broken by one."""
    lines = [line for line in (ROOT / name).read_text(encoding="utf-8").splitlines() if ".lock" in line]
    installing = [line for line in lines if "--require-hashes" in line]
    assert installing
    assert [line for line in installing if "--no-deps" not in line] == []


@pytest.mark.parametrize("name", ["requirements.lock", "requirements-build.lock", "requirements-dev.lock"])
def test_a_lock_lists_all_that_its_packages_ask_for(name: str) -> None:
    """Nothing is resolved at installation, so nothing may be left out, and no pin may contradict another."""
    pins = locked(name)
    missing, wanted = [], [(package, "") for package in pins]
    for package, extra in wanted:
        try:
            asked = distribution(package).requires or []
        except ModuleNotFoundError:  # another platform's
            continue
        for text in asked:
            requirement = Requirement(text)
            if requirement.marker is not None and not requirement.marker.evaluate({"extra": extra}):
                continue
            needed = canonicalize_name(requirement.name)
            if needed not in pins or not requirement.specifier.contains(pins[needed], prereleases=True):
                missing.append(f"{package} needs {requirement}")
            wanted += [pair for more in requirement.extras if (pair := (needed, more)) not in wanted]
    assert pins
    assert missing == []
