"""What no tracked file may hold: machines, registries, switched-off checks, work left for later."""

import re
import subprocess
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
THIS = Path(__file__).relative_to(ROOT).as_posix()

# Files that others wrote word for word.
FOREIGN = re.compile(
    r"LICENSE|schemas/contexts/|schemas/vocabularies/(?:dpv|ieee|odrl)-|tests/vectors/|node/sandbox/catalogue/LICENSE"
)

FORBIDDEN = {
    "a folder of one machine": r"(?<![\w.{}>/-])/(?:root|Users/\w+|home/\w+|work)/",
    # One letter of each is in brackets, so that this file holds none of them either.
    "a package registry": r"py[p]i\.org|python[h]osted|npm[j]s|(?:crate[s]|docke[r]|ghc[r])\.io|debia[n]\.o",
    "a switched-off type check": r"#\s*type:\s*ignore(?!\[)",
    "code left out of coverage": r"pragma:\s*no\s*cover",
    "work left for later": r"\b(?:TODO|FIXME|HACK)\b|NotImplementedError",
    "a test that does not run": r"pytest\.mark\.(?:skip|xfail)|pytest\.(?:skip|xfail)\(",
}


@cache
def tracked() -> tuple[str, ...]:
    """List the files under version control, and those that would be with the next commit."""
    listing = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT, capture_output=True, check=True, text=True,
    )  # fmt: skip
    return tuple(sorted(name for name in listing.stdout.split("\0") if name and (ROOT / name).is_file()))


@cache
def written_by_us() -> dict[str, str]:
    texts = {}
    for name in tracked():
        if name != THIS and not FOREIGN.match(name):
            try:
                texts[name] = (ROOT / name).read_text(encoding="utf-8")
            except UnicodeDecodeError:
                continue
    return texts


# Where one of them may be, and nowhere else.
ALLOWED = {"a test that does not run": "tests/absent.py:10"}


def occurrences(pattern: str) -> list[str]:
    return [
        f"{name}:{text.count(chr(10), 0, found.start()) + 1}"
        for name, text in written_by_us().items()
        for found in re.finditer(pattern, text)
    ]


def test_the_list_of_files_is_not_empty() -> None:
    assert {"pyproject.toml", "Makefile"} <= set(tracked())


@pytest.mark.parametrize("what", FORBIDDEN)
def test_no_tracked_file_holds(what: str) -> None:
    allowed = [ALLOWED[what]] if what in ALLOWED else []
    assert occurrences(FORBIDDEN[what]) == allowed


@pytest.mark.parametrize(
    ("what", "line"),
    [
        ("a folder of one machine", "open('/" + "root/keys')"),
        ("a package registry", "--index-url https://py" + "pi.org/simple"),
        ("a switched-off type check", "x = y  # type: ignore"),
        ("code left out of coverage", "else:  # pragma: no cover"),
        ("work left for later", "raise NotImplementedError"),
        ("a test that does not run", "@pytest.mark.skip"),
    ],
)
def test_the_patterns_find_what_they_are_for(what: str, line: str) -> None:
    assert re.search(FORBIDDEN[what], line)


@pytest.mark.parametrize(
    "name",
    [
        "requirements.lock",
        "requirements-build.lock",
        "requirements-dev.lock",
        "tests/crm/tryton/requirements.lock",
        "tests/crm/bottle/requirements.lock",
    ],
)
def test_a_lock_pins_every_package_by_hash_and_names_no_address(name: str) -> None:
    lock = (ROOT / name).read_text(encoding="utf-8")
    assert "://" not in lock
    packages = re.split(r"\n(?=\w)", lock.strip())
    assert len(packages) > 3
    assert [entry for entry in packages if "==" not in entry or "--hash=sha256:" not in entry] == []
    assert not re.search(r"^-", lock, re.MULTILINE)


def test_text_ends_lines_and_files_cleanly() -> None:
    ragged = [
        name
        for name, text in written_by_us().items()
        if text and (not text.endswith("\n") or text.endswith("\n\n") or "\r" in text)
    ]
    assert [name for name in ragged if not name.startswith("tests/")] == []
