"""`freehold dev attack`: the catalogue played against a real node, and whom it refuses to attack."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from node.folder import SOCKET_NAME
from node.terminal import attacks
from node.terminal.api_client import ApiClient
from node.terminal.endpoint import Endpoint
from node.terminal.failures import Failure
from tests.attacks.catalogue import GROUPS
from tests.commands.nodes import Node, Run, running, started, until
from tests.ports import steady_port

# Three small attacks: a refusal, one that opens negotiations on the way, and one that leaves offers standing.
FEW = ("OR-02", "AG-13", "AG-07")
# What a catalogue prints of a vector.
HELD = '{"id": "AA-01", "title": "a", "vector": "one", "seconds": 0.25, "found": []}'


@pytest.fixture(scope="module")
def attacked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    with running(tmp_path_factory.mktemp("a") / "eve", "eve") as node:
        yield node


def kept(node: Node) -> dict[str, Any]:
    """Return what an owner would miss."""
    found: dict[str, Any] = {path: node.api.get(path) for path in ("/keys", "/config", "/profile")}
    found["tokens"] = list(node.api.pages("/tokens"))
    found["blocked"] = [peer for peer in node.api.pages("/peers") if peer["blocked"]]
    found["waiting"] = list(node.api.pages("/deliveries", state="queued"))
    found["offers"] = list(node.api.pages("/offers", state="offered"))
    found["intentions"] = list(node.api.pages("/intentions", state="open"))
    return found


@pytest.mark.slow
class TestAttacking:
    def test_a_node_holds_and_is_left_in_order(self, run: Run, attacked: Node) -> None:
        before = kept(attacked)
        ran = run("dev", "attack", *FEW, "--data", attacked.folder)
        assert ran.code == 0, ran.out + ran.err
        heading, *rows, total = ran.out.splitlines()
        assert heading == attacks.HEADING
        assert [row.split()[0] for row in rows] == ["OR-02", "AG-07", "AG-13"]
        assert all(row.split()[2] == "✓" for row in rows)
        assert total.startswith("attacks: 3, vectors: ")
        assert ", all held, " in total
        assert kept(attacked) == before
        assert attacked.api.request("POST", "/journal/verify")["ok"]
        assert run("doctor", "--data", attacked.folder).code == 0

    def test_for_a_program(self, run: Run, attacked: Node) -> None:
        report = run("dev", "attack", "or-02", "--json", "--data", attacked.folder).json
        (attack,) = report["attacks"]
        assert (attack["id"], attack["held"], attack["broken"]) == ("OR-02", True, {})
        assert report["vectors"] == attack["vectors"] > 1
        assert report["broken"] == 0

    def test_vector_after_vector(self, run: Run) -> None:
        ran = run("dev", "attack", "OR-02", "--fresh", "--jsonl")
        assert ran.code == 0
        assert len(ran.out.splitlines()) > 1
        assert '"id": "OR-02"' in ran.out.splitlines()[0]

    def test_a_node_that_dies_is_missed(self, run: Run, tmp_path: Path) -> None:
        with running(tmp_path / "n", "eve") as node:
            played = attacks.play(["OR-02"], node=node.folder)
            next(played)
            node.process.kill()
            node.process.wait()
            with pytest.raises(Failure, match=r"no longer answers, since OR-02 '.+': see its log") as missed:
                list(played)
            assert missed.value.code == "node-gone"

    def test_a_node_for_others_is_spared(self, run: Run, tmp_path: Path) -> None:
        folder = tmp_path / "n"
        api = ApiClient(Endpoint(socket_path=folder / SOCKET_NAME))
        words = ("--origin", "https://ada.example", "--port", str(steady_port()), "--handle", "ada")
        with started("up", "--data", str(folder), *words):
            until(lambda: answers(api), "the node to answer", seconds=60)
            head = api.get("/node")["journal"]
            ran = run("dev", "attack", "OR-02", "--data", folder, "--json")
            assert ran.code == 4
            assert ran.json["code"] == "not-for-attacks"
            assert "up --dev" in ran.json["hint"]
            assert api.get("/node")["journal"] == head


def answers(api: ApiClient) -> bool:
    try:
        return bool(api.get("/node"))
    except Failure:
        return False


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout with a catalogue of one attack, which holds."""
    program = tmp_path / "tests" / "attacks" / "__main__.py"
    program.parent.mkdir(parents=True)
    for package in (program.parent, program.parent.parent):
        (package / "__init__.py").touch()
    monkeypatch.setattr(attacks, "CHECKOUT", tmp_path)
    program.write_text(f"print('{HELD}')\n", encoding="utf-8")
    return program


@pytest.mark.usefixtures("checkout")
@pytest.mark.parametrize("variable", [False, True])
def test_an_address_is_not_enough(run: Run, monkeypatch: pytest.MonkeyPatch, variable: bool) -> None:
    if variable:
        monkeypatch.setenv("FREEHOLD_NODE", "https://ada.example")
    ran = run("dev", "attack", *(() if variable else ("--node", "https://ada.example")))
    assert ran.code == 2
    assert "--data" in ran.err


@pytest.mark.usefixtures("checkout")
def test_no_node_is_said_at_once(run: Run, tmp_path: Path) -> None:
    ran = run("dev", "attack", "--data", tmp_path)
    assert ran.code == 6
    assert "No node is running" in ran.err
    assert "up --dev" in ran.err
    assert "--fresh" in ran.err
    assert ran.out == ""


@pytest.mark.slow
@pytest.mark.parametrize("where", [("--fresh",), ("--data", "nothing")])
def test_a_wrong_name_is_said_before_all_else(run: Run, where: tuple[str, ...]) -> None:
    ran = run("dev", "attack", "ex", *where)
    assert ran.code == 2
    assert ran.out == ""
    assert ran.err.splitlines()[0] == "  There is no group or case called EX."


@pytest.mark.slow
def test_the_groups_can_be_listed(run: Run) -> None:
    shown = run("dev", "attack", "--dry-run").out.splitlines()
    assert [line.split()[0] for line in shown] == ["GROUP", *GROUPS]
    listed = run("dev", "attack", "--dry-run", "--json").items
    assert {item["id"]: item["title"] for item in listed} == GROUPS


@pytest.mark.slow
def test_what_there_is_can_be_listed_without_a_node(run: Run, tmp_path: Path) -> None:
    ran = run("dev", "attack", "or", "HT-01", "--dry-run", "--json", "--data", tmp_path)
    assert ran.code == 0
    assert {item["id"][:2] for item in ran.items} == {"HT", "OR"}
    assert all(item["vectors"] >= 1 and item["title"] for item in ran.items)


@pytest.mark.slow
def test_an_unknown_group(run: Run) -> None:
    ran = run("dev", "attack", "XX-01", "--fresh")
    assert ran.code == 2
    assert "XX-01" in ran.err
    assert "--dry-run" in ran.err


def test_an_installation_without_the_source(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(attacks, "CHECKOUT", tmp_path)
    ran = run("dev", "attack", "--fresh", "--json")
    assert ran.code == 1
    assert ran.json["code"] == "no-catalogue"
    assert "make test" in ran.json["hint"]


class TestOtherCatalogues:
    """A checkout whose catalogue finds something, or falls over."""

    def test_what_does_not_hold_is_shown(self, run: Run, checkout: Path) -> None:
        broken = HELD.replace("one", "other").replace("[]", '["the state has changed"]')
        checkout.write_text(f"print('''{HELD}\n{broken}''')\n", encoding="utf-8")
        ran = run("dev", "attack", "--fresh")
        assert ran.code == 1
        assert ran.out.splitlines()[1:] == [
            "AA-01         2  ✗         0.5  a",
            "    other: the state has changed",
            "attacks: 1, vectors: 2, 1 did not hold, 0 s",
        ]
        assert run("dev", "attack", "--fresh", "--jsonl").code == 1
        report = run("dev", "attack", "--fresh", "--json")
        assert report.code == 1
        assert report.json["attacks"][0]["broken"] == {"other": ["the state has changed"]}

    def test_what_falls_over_is_no_success(self, run: Run, checkout: Path) -> None:
        checkout.write_text("raise SystemExit('it fell over')\n", encoding="utf-8")
        ran = run("dev", "attack", "--fresh")
        assert ran.code == 1
        assert "it fell over" in ran.err
        assert "make check" not in ran.err

    def test_what_it_needs_and_is_not_installed_is_said(self, run: Run, checkout: Path) -> None:
        checkout.write_text("import what_nobody_has_installed\n", encoding="utf-8")
        ran = run("dev", "attack", "--fresh", "--json")
        assert ran.code == 1
        assert "No module named 'what_nobody_has_installed'" in ran.json["detail"]
        assert "make check" in ran.json["hint"]

    def test_a_node_that_is_gone_ends_the_play(self, run: Run, checkout: Path) -> None:
        checkout.write_text(
            f"import sys\nprint('{HELD}')\nif '--list' not in sys.argv:\n    raise SystemExit(6)\n",
            encoding="utf-8",
        )
        ran = run("dev", "attack", "--fresh")
        assert ran.code == 1
        assert ran.err.splitlines() == [
            "  Playing 1 vector, which takes some minutes.",
            "  The node no longer answers, since AA-01 'one': see its log.",
        ]
        assert ran.out.splitlines()[1:] == [
            "AA-01         1  ✓         0.2  a",
            "attacks: 1, vectors: 1, all held, 0 s",
        ]
        assert run("dev", "attack", "--fresh", "--json").json["code"] == "node-gone"

    def test_an_interrupt_shows_what_there_is(self, run: Run, checkout: Path) -> None:
        checkout.write_text(
            f"import os, signal, sys, time\nprint('{HELD}', flush=True)\n"
            "if '--list' not in sys.argv:\n"
            "    try:\n"
            "        time.sleep(1)\n"
            "        os.kill(os.getppid(), signal.SIGINT)\n"
            "        time.sleep(600)\n"
            "    except KeyboardInterrupt:\n"
            "        time.sleep(0.5)\n"
            "        open('ended', 'w').close()\n",
            encoding="utf-8",
        )
        ran = run("dev", "attack", "--fresh")
        assert ran.code == 1
        assert ran.out.splitlines()[-1].startswith("attacks: 1, vectors: 1, ")
        assert ran.err.splitlines()[-1] == "  Broken off."
        assert (attacks.CHECKOUT / "ended").exists()

    def test_an_interrupted_command_ends_its_catalogue(self, checkout: Path) -> None:
        checkout.write_text(
            f"import time\ntry:\n    print('{HELD}', flush=True)\n"
            "    time.sleep(600)\nexcept KeyboardInterrupt:\n"
            "    open('ended', 'w').close()\n",
            encoding="utf-8",
        )
        played = attacks.play([], node=None)
        assert next(played)["vector"] == "one"
        played.close()
        assert (attacks.CHECKOUT / "ended").exists()
