"""What `freehold crm` prints for a person."""

from pathlib import Path

import pytest

from node.commands import crm
from tests.commands.nodes import Run


@pytest.mark.parametrize("to", ["price", "#price"])
def test_a_plan_names_a_field_of_every_crm_without_its_mark(to: str) -> None:
    field = {"to": to, "verdict": "write", "ours": "Trailer: 390 EUR", "theirs": None}
    (fields,) = [column for column in crm.PLANNED if column.title == "fields"]
    assert fields.cell({"fields": [field]}) == "price: Trailer: 390 EUR"


def test_an_address_that_is_a_file_is_sent_whole_and_a_name_of_nothing_as_it_is(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("book.json").write_text("{}")
    for typed, sent in (("book.json", str(tmp_path / "book.json")), ("127.0.0.1:8461", "127.0.0.1:8461")):
        assert f'"address": "{sent}"' in run("crm", "connect", "jsonbook", typed, "--dry-run").out
