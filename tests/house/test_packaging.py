"""The wheel holds the product, and nothing else goes to the top of anybody's site-packages."""

import json
import os
import re
import subprocess
import sys
import tempfile
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
from tests.ports import steady_port

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


@pytest.fixture(scope="module")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of the compiled wheel, or of nothing where none can be; to compile takes minutes.

    Where nothing can be compiled, asking for it makes no wheel at all rather than half of one.
    """
    if subprocess.run(["sh", ".ci/compiler", sys.executable], cwd=ROOT).returncode == 0:
        made = subprocess.run(["make", "compiled"], cwd=ROOT, capture_output=True, text=True)
        assert made.returncode == 0, made.stderr
        return ROOT / "build" / "wheels"
    folder = tmp_path_factory.mktemp("compiled")
    assert build(folder, HATCH_BUILD_HOOK_ENABLE_CUSTOM="1").returncode != 0
    assert list(folder.iterdir()) == []
    return folder


@pytest.mark.slow
def test_a_compiled_wheel_has_an_extension_beside_each_pure_module(
    wheel: zipfile.ZipFile, compiled: Path
) -> None:
    for path in compiled.iterdir():
        tags = [next(tag for tag in sys_tags() if "manylinux" not in tag.platform)]
        assert list(parse_wheel_filename(path.name)[3]) == tags
        made = zipfile.ZipFile(path)
        suffix = EXTENSION_SUFFIXES[0]
        extensions = {f"freehold__mypyc{suffix}"} | {
            name.removesuffix(".py") + suffix for name in hatch_build.modules(ROOT)
        }
        assert set(made.namelist()) == set(wheel.namelist()) | extensions
        assert b"Root-Is-Purelib: false" in made.read(f"freehold-{__version__}.dist-info/WHEEL")


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


@pytest.mark.slow
def test_a_wheel_installed_from_a_path_runs_a_node(wheel: zipfile.ZipFile, tmp_path: Path) -> None:
    """As `pipx install ./dist/freehold-….whl` does it: a fresh environment, and pip finds the rest."""
    home, own = tmp_path / "venv", ("PYTHONPATH", "PYTHONSAFEPATH", "PYTEST_ADDOPTS")
    surroundings = {key: value for key, value in os.environ.items() if key not in own}
    subprocess.run([sys.executable, "-m", "venv", str(home)], check=True, env=surroundings)
    installed = [str(home / "bin" / "python"), "-m", "pip", "install", "--quiet", str(wheel.filename)]
    ran = subprocess.run(installed, cwd=tmp_path, env=surroundings, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr
    command = str(home / "bin" / "freehold")
    shown = subprocess.run(
        [command, "--version"], cwd=tmp_path, env=surroundings, capture_output=True, text=True
    )
    assert (shown.returncode, shown.stdout) == (0, f"freehold {__version__}\n")
    up = [command, "up", "--data", "node", "--dev", "--port", str(steady_port()), "--json"]
    with subprocess.Popen(up, cwd=tmp_path, env=surroundings, stdout=subprocess.PIPE, text=True) as node:
        assert node.stdout is not None
        assert json.loads(node.stdout.readline())["data"] == "node"
        node.terminate()
        assert node.wait(timeout=20) == 0


def says(script: str) -> subprocess.CompletedProcess[str]:
    """Let the script that installs run something else in pip's place."""
    with tempfile.TemporaryDirectory() as folder:
        pip = Path(folder, "python")
        pip.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
        pip.chmod(0o755)
        command = ["sh", ".ci/install", str(pip), "--no-deps", "x"]
        return subprocess.run(command, cwd=ROOT, capture_output=True, text=True)


def test_an_installation_says_where_it_is() -> None:
    collecting = 'i=1; while [ $i -le 25 ]; do echo "Collecting p$i==1.0 (from -r x)"; i=$((i+1)); done'
    ran = says(f'{collecting}; echo "  Using cached p.whl"; echo "Installing collected packages: a, b, c"')
    assert (ran.returncode, ran.stderr) == (0, "")
    assert ran.stdout.splitlines() == [
        "  1: p1==1.0 ...", "  11: p11==1.0 ...", "  21: p21==1.0 ...", "  unpacking 3 ...",
    ]  # fmt: skip


def test_an_installation_that_fails_says_why_and_fails() -> None:
    ran = says('echo "ERROR: no such package" >&2; exit 3')
    assert (ran.returncode, ran.stdout, ran.stderr) == (3, "", "ERROR: no such package\n")


def test_continuous_integration_begins_with_the_oldest_pip_that_is_supported() -> None:
    assert "pip==22.3" in (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["requires-python"] == ">=3.11", "which came with pip 22.3"


def test_the_licence_is_the_full_text() -> None:
    licence = (ROOT / "LICENSE").read_text(encoding="utf-8")
    assert "Apache License\n                           Version 2.0, January 2004" in licence
    assert "END OF TERMS AND CONDITIONS" in licence


def test_every_dependency_is_imported_somewhere() -> None:
    """A dependency nobody imports is attack surface without a use."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    module_of = {
        "argon2-cffi": "argon2",
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


INSTALLERS = ["Makefile", "deploy/Containerfile", "deploy/freehold.service", "docs/how-to/install.md"]
LOCKED = re.findall(r"^LOCKED := (.*)", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)[0]
INSTALLS = re.compile(r"pip install|\$\((?:PIP|LOCKED)\)")


def locked(name: str) -> dict[str, str]:
    """Return the version that a lock pins of each package."""
    pins = re.findall(r"^([a-z0-9.-]+)==([^\s;]+)", (ROOT / name).read_text(encoding="utf-8"), re.MULTILINE)
    return {canonicalize_name(package): version for package, version in pins}


@pytest.mark.parametrize("name", INSTALLERS)
def test_what_is_locked_is_installed_without_resolving(name: str) -> None:
    """A resolver looks for newer releases; a lock that is installed as it stands cannot be broken by one."""
    lines = (ROOT / name).read_text(encoding="utf-8").splitlines()
    installing = [
        line.replace("$(LOCKED)", LOCKED) for line in lines if INSTALLS.search(line) and ".lock" in line
    ]
    assert installing
    assert [line for line in installing if "--no-deps" not in line] == []
    # What comes as source is built with tools that were installed by hash, not with the newest there are.
    tools = [line for line in installing if "requirements-build.lock" in line]
    assert tools
    assert installing[0] == tools[0]
    assert [line for line in installing if line not in tools and "--no-build-isolation" not in line] == []


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
