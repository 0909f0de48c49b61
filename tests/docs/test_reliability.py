"""What docs/reliability.md says is run is run, and no figure of it is still to come."""

import re

from tests.docs import papers

PAGE = "docs/reliability.md"
MAKEFILE = (papers.ROOT / "Makefile").read_text(encoding="utf-8")


def test_every_long_form_is_part_of_make_torture() -> None:
    (torture,) = re.findall(r"^torture:.*\n((?:\t.*\n)+)", MAKEFILE, re.MULTILINE)
    commands = [cell.strip("`") for _, cell in (row for row in papers.rows(PAGE) if len(row) == 2)]
    long_forms = [command for command in commands if command.startswith("python -m")]
    assert len(long_forms) >= 6
    assert [command for command in long_forms if command not in torture] == []
    files = [path for command in commands for path in re.findall(r"tests/[a-z_/]+\.py", command)]
    assert [path for path in files if not (papers.ROOT / path).exists()] == []


def test_no_figure_is_still_to_come() -> None:
    assert "<!--" not in papers.read(PAGE)
