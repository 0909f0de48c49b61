"""What holds for every template, whatever it is given."""

import re
from pathlib import Path
from typing import Any

import pytest
from jinja2 import UndefinedError

from node.core.attention import Need
from node.services import today
from node.web.edge.forms import PROOF, SECRETS
from node.web.pages.frame.rendering import TEMPLATES, environment, render
from node.web.pages.wording.languages import GERMAN, Reader
from tests.whole import LEDGER

HOSTILE = "<script>alert(1)</script>\u202e\" onload='x' &amp;"


@pytest.mark.parametrize(
    "path", sorted(TEMPLATES.rglob("*.html")), ids=lambda path: path.relative_to(TEMPLATES).as_posix()
)
def test_a_template_has_no_hole(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert not re.search(r"\sstyle=|<style|\son[a-z]+=|javascript:|<script(?![^>]* src=)", text)
    assert not re.search(r"\|\s*safe|Markup|autoescape", text) or path.name == "icons.html"
    # What `_()` is given counts as markup: it is written out there, never a variable.
    assert not re.search(r"(?:_|gettext)\((?![\"'])", text)
    assert text.count("\n") <= 400
    environment().get_template(path.relative_to(TEMPLATES).as_posix())


def test_nothing_is_kept_of_what_is_typed_unseen() -> None:
    texts = [path.read_text(encoding="utf-8") for path in TEMPLATES.rglob("*.html")]
    unseen = {name for text in texts for name in re.findall(r'ui\.field\("(\w+)"[^}]*?type="password"', text)}
    assert unseen == {"password", "proof_password", "token"}
    assert unseen | {PROOF} <= SECRETS


def test_enter_never_chooses_between_two_ways_to_bind_oneself() -> None:
    """In a form that asks for a password, Enter presses the first button, whatever that does."""
    chosen = dict[str, str]()
    for path in TEMPLATES.rglob("*.html"):
        for form in re.findall(r"<form\b.*?</form>", path.read_text(encoding="utf-8"), re.DOTALL):
            buttons = re.findall(r"<button[^>]*>|ui[.]undecided\(\)", form)
            if "passkey.proof(" in form and len(buttons) > 1:
                chosen[f"{path.name}: {buttons[1]}"] = buttons[0]
    assert len(chosen) >= 3
    undecided = {first for first in chosen.values() if "primary" not in first}
    assert undecided == {"ui.undecided()"}
    macros: Any = environment().get_template("ui.html").module
    assert str(macros.undecided()) == "<button disabled hidden></button>"


def test_what_a_template_was_not_given_is_an_error() -> None:
    with pytest.raises(UndefinedError):
        render("error.html", Reader(), {})


@pytest.mark.parametrize("macro", ["name", "face"])
def test_a_name_of_others_is_text(macro: str) -> None:
    shown = str(getattr(environment().get_template("ui.html").module, macro)(HOSTILE))
    assert "<script" not in shown
    assert "\u202e" not in shown
    assert ("hidden characters removed" in shown) == (macro == "name")


def test_a_text_of_others_is_framed_and_named() -> None:
    macros: Any = environment().get_template("ui.html").module
    shown = str(macros.words(HOSTILE + "x" * 700, HOSTILE))
    assert "<script" not in shown
    assert "\u202e" not in shown
    assert "Written by <bdi>&lt;script&gt;" in shown
    assert shown.count("<details>") == 1


SENTENCES: Any = environment().get_template("sentences.html").module


@pytest.mark.parametrize("total", ["10.00", None])
@pytest.mark.parametrize("count", [1, 3])
@pytest.mark.parametrize("need", Need)
def test_every_task_is_said_and_names_are_text(need: Need, count: int, total: str | None) -> None:
    task = {
        "need": need.value, "id": "x_1", "name": HOSTILE, "peer": HOSTILE, "due": None, "count": count,
        "total": total, "basis": "total", "over": None, "currency": "EUR", "fits": count == 1,
    }  # fmt: skip
    for macro in ("task", "short_task", "action", "address", "lowest"):
        shown = str(getattr(SENTENCES, macro)(task))
        assert shown
        assert "<script" not in shown
        assert need.value not in shown
    assert need.value in SENTENCES.pictures


@pytest.mark.parametrize("amends", [None, "agr_1"])
@pytest.mark.parametrize("kind", today.TOLD)
def test_everything_that_happened_is_said(kind: str, amends: str | None) -> None:
    told = {"kind": kind, "met": False, "amends": amends}
    shown = str(SENTENCES.happened({**told, "peer": HOSTILE}))
    assert "<script" not in shown
    assert shown != kind
    assert str(SENTENCES.happened({**told, "peer": ""}))


@pytest.mark.parametrize("kind", ["offer", "reoffer", "accept", "reject", "counter", "countersign"])
def test_the_change_of_an_agreement_is_called_one(kind: str) -> None:
    shown = str(SENTENCES.happened({"kind": kind, "peer": "Shop", "met": False, "amends": "agr_1"}))
    assert "agreement" in shown
    assert "offer" not in shown


@pytest.mark.parametrize(
    ("basis", "over", "said"),
    [("total", None, "€12.90"), ("month", None, "€12.90 a month"), ("over", 12, "€12.90 over 12 months")],
)
def test_what_is_lowest_says_for_how_long(basis: str, over: int | None, said: str) -> None:
    choice = {"total": "12.90", "currency": "EUR", "basis": basis, "over": over, "count": 2, "fits": True}
    shown = re.sub(r"<[^>]+>", "", str(SENTENCES.lowest(choice)))
    assert shown == f"2 offers, the lowest that fits {said}"


@pytest.mark.parametrize("direction", ["in", "out", "local"])
@pytest.mark.parametrize("kind", sorted(LEDGER.projectors))
def test_every_entry_of_the_journal_is_said(kind: str, direction: str) -> None:
    entry = {"kind": kind, "peer": f"https://{HOSTILE}/", "direction": direction, "decision": {}}
    shown = str(SENTENCES.entry(entry))
    assert "<script" not in shown
    assert shown != kind


def test_a_message_is_filled_with_text() -> None:
    shown = (
        environment().from_string('{{ _("Written by %(name)s. Binds nobody.", name=x) }}').render(x=HOSTILE)
    )
    assert "<script" not in shown


def test_a_page_says_what_it_says_in_each_language() -> None:
    shown = render("error.html", Reader(language=GERMAN), {
        "headline": "h", "sub": "s", "detail": None, "hint": None, "code": "c", "number": "", "thing": "",
        "again": "", "enter": "", "seconds": "3", "again_at": None, "is_led": False,
    })  # fmt: skip
    assert "Versuch es in 3 Sekunden noch einmal." in shown
