"""Offers that were one too many, as an owner meets them on the command line."""

from pathlib import Path

import pytest

from protocol.documents import Document
from tests.commands.nodes import Node, Run, running, until
from tests.commands.test_market import WISH, find


@pytest.mark.slow
def test_one_too_many_is_looked_at_let_out_and_dropped(
    run: Run, velo: Run, business: Node, tmp_path: Path
) -> None:
    folder = tmp_path / "eve"
    folder.mkdir(mode=0o700)
    assert run("config", "set", "offers_per_intention_per_origin", "1", "--data", folder).code == 0
    with running(folder, "eve") as node:

        def eve(*words: object) -> Document:
            ran = run(*words, "--data", node.folder, "--yes", "--json")
            assert ran.code == 0, ran.err
            return dict(ran.json)

        mine = eve("intention", "cast", *WISH, "--to", business.acct)
        theirs = until(lambda: find(velo, str(mine["iri"])), "the intention")["id"]
        for price in ("2249.00", "2149.00", "2049.00"):
            made = velo("offer", "make", theirs, "--price", f"Bike: {price} EUR", "--yes", "--json")
            assert made.code == 0, made.err
        first, second = until(lambda: two(eve("quarantine", "list")["items"]), "the quarantine")
        assert (first["total"], second["total"]) == ("2049.00", "2149.00")
        assert [item["total"] for item in eve("offer", "list")["items"]] == ["2249.00"]

        table = run("quarantine", "list", "--data", node.folder)
        assert "Velo Nord" in table.out
        assert "2,049.00 EUR" in table.out
        shown = run("quarantine", "show", first["id"], "--data", node.folder)
        for said in (
            "Velo Nord",
            "You pay 2,049.00 EUR",
            "1 of the same server",
            "as are taken of one",
            "bike (",
        ):
            assert said in shown.out, shown.out
        assert "quarantine release qu_" in shown.err
        assert "Let out: offer" in run("quarantine", "release", first["id"], "--data", node.folder).out
        assert len(eve("offer", "list")["items"]) == 2
        dropped = run("quarantine", "drop", second["id"], "--data", node.folder, typed="y\n")
        assert "Dropped: " in dropped.out
        assert eve("quarantine", "list")["items"] == []
        late = velo("offer", "make", theirs, "--price", "Bike: 1 EUR", "--yes", "--json")
        assert late.code == 0, late.err
        (last,) = until(lambda: eve("quarantine", "list")["items"], "the quarantine")
        eve("intention", "withdraw", mine["id"])
        shown = run("quarantine", "show", last["id"], "--data", node.folder)
        assert "it cannot be taken any more: " in shown.out
        assert "quarantine release" not in shown.err
        assert (
            "Velo Nord is blocked."
            in run("quarantine", "block", last["id"], "--data", node.folder, typed="y\n").out
        )
        assert eve("quarantine", "list")["items"] == []
        assert eve("peer", "show", business.acct)["blocked"] is True


def two(items: list[Document]) -> list[Document] | None:
    return items if len(items) == 2 else None
