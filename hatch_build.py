"""Compile the pure modules into the wheel, if that is asked for: `HATCH_BUILD_HOOK_ENABLE_CUSTOM=1`.

Rules that hold here:

- Only `protocol/` and `node/core/` are compiled, as they stand: every module of theirs also goes into the
  wheel as source, and a wheel without the extensions does the same.
- Without the variable nothing of this runs and no compiler is looked for. With it, a module that cannot be
  compiled fails the build: a wheel has all of the extensions or none.
- An editable installation has none, whatever is asked for: beside sources that change they would go stale.

mypyc makes one library of all modules, so that they call each other without Python in between, and a small
extension for each, by which Python finds it.
"""

import re
from contextlib import chdir
from pathlib import Path
from typing import Any, Final

from hatchling.builders.config import BuilderConfig
from hatchling.builders.hooks.plugin.interface import BuildHookInterface

COMPILED: Final = ("protocol", "node/core")
BY_MYPYC: Final = "protocol/values.py"  # makes classes late, which mypyc makes itself
OUTPUT: Final = Path("build", "mypyc")
# Types are checked by `make types`. Here libraries may be missing, and what mypy keeps is not shared with it.
MYPY: Final = (
    "--config-file=",
    "--ignore-missing-imports",
    "--explicit-package-bases",
    f"--cache-dir={OUTPUT}/types",
)
# The body of a module runs once. For one that is a table mypyc writes megabytes of it, and to make those fast
# took the compiler most of its time.
TOP_LEVEL: Final = re.compile(r"^char CPyDef_\w+____top_level__\(void\) \{", re.MULTILINE)
AS_IT_STANDS: Final = """\
#if defined(__clang__)
#define AS_IT_STANDS __attribute__((optnone, noinline))
#elif defined(__GNUC__)
#define AS_IT_STANDS __attribute__((optimize("O0")))
#else
#define AS_IT_STANDS
#endif
"""


class CompilingHook(BuildHookInterface[BuilderConfig]):
    """What hatchling calls before it packs a wheel."""

    def dependencies(self) -> list[str]:
        """Name what a build in an environment of its own needs beside hatchling."""
        return ["mypy>=2.0", "setuptools>=80"]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Compile, and tell hatchling what to add and that the wheel is for this platform alone."""
        if version == "editable":
            return
        with chdir(self.root):
            extensions = compile_modules()
        build_data["pure_python"] = False
        build_data["infer_tag"] = True
        build_data["force_include"] |= {
            str(Path(self.root, path)): place for path, place in extensions.items()
        }


def modules(root: Path) -> list[str]:
    """Return the paths, from `root`, of the modules that are compiled; packages stay as they are."""
    found = (path for folder in COMPILED for path in sorted((root / folder).rglob("*.py")))
    paths = (path.relative_to(root).as_posix() for path in found if path.name != "__init__.py")
    return [path for path in paths if path != BY_MYPYC]


def compile_modules() -> dict[Path, str]:
    """Compile every module; return the place in the wheel of each file that came of it.

    Raises:
        SystemExit: mypyc found a module that it cannot compile; it has printed why.
        setuptools.errors.CompileError: the compiler could not, or there is none.
    """
    from mypyc.build import mypycify
    from setuptools import Distribution
    from setuptools.command.build_ext import build_ext

    made = mypycify(
        [*MYPY, *modules(Path())],
        opt_level="2",
        debug_level="0",
        target_dir=f"{OUTPUT}/c",
        group_name="freehold",
    )
    for source in {source for extension in made for source in extension.sources}:
        _translate_as_it_stands_what_runs_once(Path(source))
    command = build_ext(Distribution({"name": "freehold", "ext_modules": made}))
    command.build_lib, command.build_temp = f"{OUTPUT}/library", f"{OUTPUT}/objects"
    command.ensure_finalized()
    command.run()
    return {
        Path(path): Path(path).relative_to(command.build_lib).as_posix() for path in command.get_outputs()
    }


def _translate_as_it_stands_what_runs_once(source: Path) -> None:
    text, found = TOP_LEVEL.subn(r"AS_IT_STANDS \g<0>", source.read_text(encoding="utf-8"))
    if found:
        source.write_text(AS_IT_STANDS + text, encoding="utf-8")
