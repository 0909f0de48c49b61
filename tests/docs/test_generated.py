"""What the pages take from the code is what the code says, and nothing of it is left out."""

import re
from pathlib import Path

import pytest

import schemas
from docs import generate
from docs.pages import parts, refusals, writing
from node.app import make_app
from node.core import codes
from node.core.matching import Rule, render_rule
from node.settings import Settings, describe
from node.terminal.application import tree
from node.web.api import PREFIX
from protocol import codes as wire
from protocol import negotiation
from protocol.codes import MEANINGS, Code
from tests.docs import papers
from tests.whole import LEDGER, OPERATIONS


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder into which everything was written."""
    folder = tmp_path_factory.mktemp("pages")
    assert sorted(generate.write(folder)) == sorted([*generate.PAGES, *generate.PARTLY])
    return folder


@pytest.mark.parametrize("page", [*generate.PAGES, *generate.PARTLY])
def test_a_page_is_up_to_date(page: str, written: Path) -> None:
    """If this fails after a change of the code that is meant: `make docs`."""
    assert (written / page).read_text(encoding="utf-8") == papers.read(page), "run: make docs"


@pytest.mark.slow
def test_writing_twice_changes_nothing(written: Path) -> None:
    assert generate.write(written) == []


def test_a_generated_page_says_so() -> None:
    for page in generate.PAGES:
        assert papers.read(page).startswith(writing.MADE)
    assert set(papers.REFERENCE) == set(generate.PAGES)


# --- nothing is left out ------------------------------------------------------------------------------


def test_every_command_is_documented_with_all_it_takes() -> None:
    page = papers.read("docs/reference/cli.md")
    shared = page.partition("## Environment")[0]
    sections = dict(re.findall(r"^##+ ([^\n]+)\n(.*?)(?=^##|\Z)", page, re.DOTALL | re.MULTILINE))
    commands = {" ".join(command.words): command for command in tree()[1:]}
    assert commands.keys() - sections.keys() == set()
    missing = [
        f"{title} {entry.spelling}"
        for title, command in commands.items()
        for entry in (*command.arguments, *command.options)
        if f"`{entry.spelling}" not in sections[title] + shared
    ]
    assert missing == []


def test_every_setting_is_documented() -> None:
    page = papers.read("docs/reference/settings.md")
    missing = [
        described.key
        for described in describe()
        if f"\n## {described.key}\n" not in page or f"`{described.variable}`" not in page
    ]
    assert missing == []


def test_every_route_is_documented() -> None:
    page = papers.read("docs/reference/api.md")
    served = {
        (route.method, route.resource.canonical)
        for route in make_app(Settings()).router.routes()
        if route.resource is not None and route.method != "HEAD"
    } | {(operation.method, PREFIX + operation.path) for operation in OPERATIONS}
    assert len(served) > 60
    missing = [f"{method} {path}" for method, path in served if f"{method} {path}" not in page]
    assert missing == []


def test_every_error_code_is_documented() -> None:
    page = papers.read("docs/reference/errors.md")
    listed = re.findall(r"^- `([a-z0-9-]+)` \([a-z0-9, ]+\): [^.]", page, re.MULTILINE)
    assert len(listed) > 200
    assert listed == sorted([*refusals.table(codes), *refusals.table(wire)])


def test_every_term_is_documented() -> None:
    page = papers.read("docs/reference/vocabulary.md")
    defined = re.findall(r"^fh:(\w+) a ", schemas.vocabulary(), re.MULTILINE)
    assert len(defined) > 15
    assert [name for name in defined if f"\n## {name}\n" not in page] == []


def test_every_kind_of_journal_entry_is_documented() -> None:
    page = papers.read("docs/reference/journal.md")
    assert [kind for kind in LEDGER.projectors if f"`{kind}`" not in page] == []


def test_every_member_of_a_rule_is_documented_with_its_default() -> None:
    table = {
        cells[0].strip("`"): cells[2].strip("`")
        for cells in papers.rows("docs/how-to/write-a-price-list.md")
        if len(cells) == 3
    }
    defaults = render_rule(Rule(currency="EUR"))
    assert set(table) - {"member"} == set(defaults)
    for member, default in defaults.items():
        if member != "currency":
            assert table[member] == {None: "never", "": "empty"}.get(default, str(default)), member


def test_every_transition_is_in_the_protocol() -> None:
    page = papers.read("docs/protocol.md")
    for (before, party, event), after in negotiation.TRANSITIONS.items():
        assert f"| {before} | {party} | {event} | {after} |" in page
        assert f"{before} --> {after}: {party} {event}" in page
    events = {event for _, party, event in negotiation.TRANSITIONS if party is not negotiation.Party.CLOCK}
    explained = {cells[0] for cells in papers.rows("docs/protocol.md")}
    assert {str(event) for event in events} <= explained


# --- what is written by hand about codes --------------------------------------------------------------


@pytest.mark.parametrize("page", ["docs/protocol.md", "FEDERATION.md"])
def test_a_status_in_a_table_is_the_one_its_codes_have(page: str) -> None:
    raised = {(way, code) for code, comes_with in refusals.ways().items() for way in comes_with}
    for cells in papers.rows(page):
        if re.fullmatch(r"\d{3}", cells[0]) and page == "docs/protocol.md":
            for code in re.findall(r"`([a-z-]+)`", cells[1]):
                assert (cells[0], code) in raised
    named = set(re.findall(r"\(`([a-z]+(?:-[a-z]+)+)`", papers.prose(page)))
    assert named - {code for _, code in raised} == set()


# --- the generator ------------------------------------------------------------------------------------


class TestParts:
    def test_what_stands_between_marks_is_made_anew(self) -> None:
        page = "before\n<!-- made: transitions -->\nold\n<!-- end -->\nafter\n"
        filled = parts.fill(page)
        assert "old" not in filled
        assert "| none | offerer | offer | offered |" in filled
        assert filled.startswith("before\n")
        assert filled.endswith("\nafter\n")
        assert parts.fill(filled) == filled

    @pytest.mark.parametrize("what", ["nothing", "example nothing", "context nothing", "table 1"])
    def test_a_mark_that_names_nothing_is_an_error(self, what: str) -> None:
        with pytest.raises(LookupError):
            parts.make(what)


class TestWriting:
    def test_lines_are_broken_between_words_only(self) -> None:
        text = writing.item(" ".join(["content-digest"] * 30))
        assert max(map(len, text.splitlines())) <= writing.WIDTH
        assert text.split() == ["-", *["content-digest"] * 30]

    def test_json_is_the_same_however_it_is_laid_out(self) -> None:
        import json

        value = {"a": [1, {"b": "c" * 80}, []], "d": {}, "e": "f" * 130}
        assert json.loads(writing.pretty(value)) == value

    def test_a_bar_in_a_cell_is_escaped(self) -> None:
        assert r"| a\|b |" in writing.table(["head"], [["a|b"]])


class TestRefusals:
    def test_a_code_that_nothing_raises_stops_the_generator(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setitem(MEANINGS, Code("never-met"), "This is raised nowhere.")
        monkeypatch.setattr(codes, "NEVER_MET", Code("never-met"), raising=False)
        with pytest.raises(LookupError, match=r"with what do they come: \['never-met'\]"):
            refusals.page()
