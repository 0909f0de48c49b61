"""The wheel holds the product, and nothing else goes to the top of anybody's site-packages."""

import os
import re
import subprocess
import sys
import tomllib
import zipfile
from importlib.machinery import EXTENSION_SUFFIXES
from importlib.metadata import distribution
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.tags import sys_tags
from packaging.utils import canonicalize_name, parse_wheel_filename

import hatch_build
from node import __version__

ROOT = Path(__file__).parents[2]


def build(folder: Path, **asked: str) -> subprocess.CompletedProcess[str]:
    """Build a wheel into a folder, with these variables set; types are those of what is installed."""
    kept = {key: value for key, value in os.environ.items() if key not in ("PYTHONPATH", "PYTHONSAFEPATH")}
    return subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)],
        cwd=ROOT, env=kept | asked, capture_output=True, text=True,
    )  # fmt: skip


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    folder = tmp_path_factory.mktemp("wheel")
    built = build(folder)
    assert built.returncode == 0, built.stderr
    return zipfile.ZipFile(folder / f"freehold-{__version__}-py3-none-any.whl")


def test_the_wheels_top_level(wheel: zipfile.ZipFile) -> None:
    top = {name.split("/")[0] for name in wheel.namelist()}
    assert top == {"cli.py", "node", "protocol", "schemas", f"freehold-{__version__}.dist-info"}


@pytest.mark.slow
def test_a_compiled_wheel_has_an_extension_beside_each_pure_module(
    wheel: zipfile.ZipFile, tmp_path: Path
) -> None:
    """Where nothing can be compiled, asking for it makes no wheel at all rather than half of one."""
    built = build(tmp_path, HATCH_BUILD_HOOK_ENABLE_CUSTOM="1")
    can_compile = subprocess.run(["sh", ".ci/compiler", sys.executable], cwd=ROOT).returncode == 0
    assert (built.returncode == 0) == can_compile, built.stderr
    assert [tag for path in tmp_path.iterdir() for tag in parse_wheel_filename(path.name)[3]] == (
        [next(tag for tag in sys_tags() if "manylinux" not in tag.platform)] if can_compile else []
    )
    for path in tmp_path.iterdir():
        compiled = zipfile.ZipFile(path)
        suffix = EXTENSION_SUFFIXES[0]
        extensions = {f"freehold__mypyc{suffix}"} | {
            name.removesuffix(".py") + suffix for name in hatch_build.modules(ROOT)
        }
        assert set(compiled.namelist()) == set(wheel.namelist()) | extensions
        assert b"Root-Is-Purelib: false" in compiled.read(f"freehold-{__version__}.dist-info/WHEEL")


@pytest.mark.slow
def test_an_editable_installation_has_no_extensions_to_go_stale(tmp_path: Path) -> None:
    editable = f"import hatchling.build; hatchling.build.build_editable({str(tmp_path)!r})"
    subprocess.run(
        [sys.executable, "-c", editable], cwd=ROOT, check=True, capture_output=True,
        env=os.environ | {"HATCH_BUILD_HOOK_ENABLE_CUSTOM": "1"},
    )  # fmt: skip
    (path,) = tmp_path.glob("*.whl")
    assert path.name == f"freehold-{__version__}-py3-none-any.whl"
    assert [name for name in zipfile.ZipFile(path).namelist() if name.endswith(".so")] == []
    assert [found for folder in ("node", "protocol") for found in (ROOT / folder).rglob("*.so")] == []


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
    unused = [name for name in names if module_of.get(name, name) not in text]
    assert unused == []


INSTALLERS = ["Makefile", "deploy/Containerfile", "deploy/freehold.service"]


def locked(name: str) -> dict[str, str]:
    """Return the version that a lock pins of each package."""
    pins = re.findall(r"^([a-z0-9.-]+)==([^\s;]+)", (ROOT / name).read_text(encoding="utf-8"), re.MULTILINE)
    return {canonicalize_name(package): version for package, version in pins}


@pytest.mark.parametrize("name", INSTALLERS)
def test_what_is_locked_is_installed_without_resolving(name: str) -> None:
    """A resolver looks for newer releases; a lock that is installed as it stands cannot be broken by one."""
    lines = (ROOT / name).read_text(encoding="utf-8").splitlines()
    installing = [line for line in lines if re.search(r"pip install|\$\(PIP\)", line) and ".lock" in line]
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
