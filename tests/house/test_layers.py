"""Which module may import what: the part that import-linter cannot see."""

import ast
from pathlib import Path

from tests.house.sources import ROOT, below, imported, name_of, nodes, offending, sources

# Only these may open a connection of their own: the guarded client of every delivery and fetch, and the
# command line's connection to its own node.
CLIENTS = {"node/delivery/client.py", "node/terminal/api_client.py"}
HTTP_CLIENTS = {"urllib.request", "http.client", "requests", "httpx", "urllib3", "aiohttp.ClientSession"}

# What the core may not do without its name appearing in an import that ruff's banned-api could see.
IMPURE_BUILTINS = {"open", "input", "print", "breakpoint", "exec", "eval", "compile", "__import__"}

PRODUCT = sources("node", "protocol", "schemas")
PURE = sources("protocol", "node/core")
# For a node that is not running, whose folder it locks first.
DATA_FOLDER = ROOT / "node/terminal/data_folder.py"


def attributes(path: Path) -> set[str]:
    """Return each `module.name` that a module's code mentions."""
    return {
        f"{node.value.id}.{node.attr}"
        for node in nodes(path)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name)
    }


def called(path: Path) -> list[ast.expr]:
    """Return what a module's code calls."""
    return [node.func for node in nodes(path) if isinstance(node, ast.Call)]


def test_nothing_imports_the_command_line_or_the_tests() -> None:
    outside = {"cli", "tests", "bench", "docs"}
    assert offending(PRODUCT, lambda path: below(imported(path), outside)) == {}


def test_only_the_two_clients_make_requests() -> None:
    found = offending(PRODUCT, lambda path: below(imported(path) | attributes(path), HTTP_CLIENTS))
    assert found.keys() == CLIENTS


def test_the_command_line_reaches_the_node_through_its_commands() -> None:
    ours = below(imported(ROOT / "cli.py"), {"node", "protocol", "schemas"})
    assert ours - below(ours, {"node.commands", "node.terminal"}) == set()


def test_commands_never_touch_storage_or_services() -> None:
    # A second writer beside the running node would break the one-writer rule; `up` starts the node itself.
    inside = {"node.storage", "node.services", "node.web", "node.delivery"}
    found = offending(sources("node/commands", "node/terminal"), lambda path: below(imported(path), inside))
    assert found.keys() == {name_of(DATA_FOLDER)}


def test_the_pure_part_calls_no_impure_builtin() -> None:
    def impure(path: Path) -> set[str]:
        return {func.id for func in called(path) if isinstance(func, ast.Name)} & IMPURE_BUILTINS

    # It writes the constructors of values from the names of their fields, as the standard library does.
    assert offending(PURE, impure) == {"protocol/values.py": {"exec"}}


def test_the_pure_part_does_not_wait() -> None:
    waiting = ast.AsyncFunctionDef | ast.Await | ast.AsyncFor | ast.AsyncWith
    assert offending(PURE, lambda path: [node for node in nodes(path) if isinstance(node, waiting)]) == {}


def test_sql_stands_in_storage_alone() -> None:
    drivers = {"sqlite3", "sqlite_utils", "pysqlite3"}
    elsewhere = [path for path in sources("node") if not path.is_relative_to(ROOT / "node/storage")]

    def spoken(path: Path) -> set[str]:
        said = {
            func.attr
            for func in called(path)
            if isinstance(func, ast.Attribute)
            and isinstance(func.value, ast.Name)
            and func.value.id == "session"
        }
        # Whoever is handed a session may let something be tried on it, and hands it on.
        return said - {"attempt"}

    found = offending(elsewhere, lambda path: below(imported(path), drivers) | spoken(path))
    assert found.keys() - {name_of(DATA_FOLDER)} == set()


def test_one_folder_knows_the_engine() -> None:
    """Another engine is another folder beside it: only what opens a file names this one."""
    engine = {"node.storage.sqlite", "sqlite_utils"}
    outside = [path for path in sources("node") if not path.is_relative_to(ROOT / "node/storage/sqlite")]
    found = offending(outside, lambda path: below(imported(path), engine))
    assert found.keys() == {"node/app.py", name_of(DATA_FOLDER)}
