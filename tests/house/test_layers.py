"""Which module may import what: the part that import-linter cannot see."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

# Only these may open a connection of their own: the guarded client of every delivery and fetch, and the
# command line's connection to its own node.
CLIENTS = {"node/delivery/client.py", "node/terminal/api_client.py"}
HTTP_CLIENTS = {"urllib.request", "http.client", "requests", "httpx", "urllib3", "aiohttp.ClientSession"}

# What the core may not do without its name appearing in an import that ruff's banned-api could see.
IMPURE_BUILTINS = {"open", "input", "print", "breakpoint", "exec", "eval", "compile", "__import__"}


def sources(*folders: str) -> list[Path]:
    return sorted(path for folder in folders for path in (ROOT / folder).rglob("*.py"))


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def imported(path: Path) -> Iterator[str]:
    """Yield each dotted name that a module imports, at its top or inside a function."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{name_of(path)} imports relatively"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def attributes(path: Path) -> Iterator[str]:
    """Yield each `module.name` that a module's code mentions."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            yield f"{node.value.id}.{node.attr}"


def below(name: str, packages: set[str]) -> bool:
    return any(name == package or name.startswith(package + ".") for package in packages)


@pytest.mark.parametrize("path", sources("node", "protocol", "schemas"), ids=name_of)
def test_nothing_imports_the_command_line_or_the_tests(path: Path) -> None:
    assert [name for name in imported(path) if below(name, {"cli", "tests", "bench", "docs"})] == []


@pytest.mark.parametrize("path", sources("node", "protocol", "schemas"), ids=name_of)
def test_only_the_two_clients_make_requests(path: Path) -> None:
    mentioned = {*imported(path), *attributes(path)}
    found = {name for name in mentioned if below(name, HTTP_CLIENTS)}
    assert name_of(path) in CLIENTS or found == set()


def test_the_command_line_reaches_the_node_through_its_commands() -> None:
    ours = {name for name in imported(ROOT / "cli.py") if below(name, {"node", "protocol", "schemas"})}
    foreign = {name for name in ours if not below(name, {"node.commands", "node.terminal"})}
    assert foreign == set()


@pytest.mark.parametrize("path", sources("node/commands", "node/terminal"), ids=name_of)
def test_commands_never_touch_storage_or_services(path: Path) -> None:
    # A second writer beside the running node would break the one-writer rule. `data_folder` is for a node
    # that is not running, whose folder it locks first; `up` starts the node itself.
    if name_of(path) == "node/terminal/data_folder.py":
        return
    inside = {"node.storage", "node.services", "node.web", "node.delivery"}
    assert [name for name in imported(path) if below(name, inside)] == []


@pytest.mark.parametrize("path", sources("node/web"), ids=name_of)
def test_the_web_reaches_the_tables_through_services_alone(path: Path) -> None:
    assert [name for name in imported(path) if below(name, {"node.storage"})] == []


@pytest.mark.parametrize("path", sources("protocol", "node/core"), ids=name_of)
def test_the_pure_part_calls_no_impure_builtin(path: Path) -> None:
    calls = [
        node for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, ast.Call)
    ]
    called = {node.func.id for node in calls if isinstance(node.func, ast.Name)}
    assert called & IMPURE_BUILTINS == set()


@pytest.mark.parametrize("path", sources("protocol", "node/core"), ids=name_of)
def test_the_pure_part_does_not_wait(path: Path) -> None:
    waiting = ast.AsyncFunctionDef | ast.Await | ast.AsyncFor | ast.AsyncWith
    assert not [
        node for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, waiting)
    ]


@pytest.mark.parametrize("path", sources("protocol", "schemas"), ids=name_of)
def test_the_protocol_knows_nothing_of_the_node(path: Path) -> None:
    assert [name for name in imported(path) if below(name, {"node"})] == []


@pytest.mark.parametrize("path", sources("node"), ids=name_of)
def test_sql_stands_in_storage_alone(path: Path) -> None:
    if path.is_relative_to(ROOT / "node/storage") or name_of(path) == "node/terminal/data_folder.py":
        return
    drivers = {name for name in imported(path) if below(name, {"sqlite3", "sqlite_utils", "pysqlite3"})}
    tree = ast.parse(path.read_text(encoding="utf-8"))
    calls = [node.func for node in ast.walk(tree) if isinstance(node, ast.Call)]
    spoken = {
        node.attr
        for node in calls
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "session"
    }
    # Whoever is handed a session may let something be tried on it, and hands it on.
    assert drivers == set()
    assert spoken <= {"attempt"}


@pytest.mark.parametrize("path", sources("node"), ids=name_of)
def test_one_folder_knows_the_engine(path: Path) -> None:
    """Another engine is another folder beside it: only what opens a file names this one."""
    if path.is_relative_to(ROOT / "node/storage/sqlite"):
        return
    engine = {name for name in imported(path) if below(name, {"node.storage.sqlite", "sqlite_utils"})}
    assert name_of(path) in {"node/app.py", "node/terminal/data_folder.py"} or engine == set()
