"""A term is stated once in each layer, the layers name the same terms, and a new one needs nothing more."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from rdflib import RDF, Graph, URIRef
from rdflib.collection import Collection
from rdflib.namespace import SH

import schemas
from node.core import drafts as spelt
from node.terminal import drafts as typed
from node.web.api import drafts as described
from protocol.charges import KINDS
from protocol.contexts import RELIED_ON
from protocol.offers import TERMS
from protocol.plain_language import PHRASES
from protocol.prices import FORMS
from protocol.vocabulary import ACTIVITY_CONTEXT
from tests.commands.nodes import ROOT, Node, environment, running, until

SHAPE = "https://w3id.org/freehold/shapes#"
PROGRAM = "tests.house.warranty"
COMMAND_SECONDS = 60

# What a draft satisfies is the intention's to say, so the owner does not spell it; what it comes to and its
# currency follow from the price.
NOT_SPELT = {"satisfies_primary", "satisfies_reciprocal"}
COMPUTED = {"total", "least", "currency"}


def test_every_layer_names_the_same_terms() -> None:
    agreed = {term.name for term in TERMS.all}
    shown = [term.name for term in spelt.TERMS]
    assert set(shown) == agreed - NOT_SPELT | COMPUTED
    assert [term.name for term in described.TERMS] == shown
    # The currency stands beside each amount of the terminal.
    assert [term.name for term in typed.TERMS] == [name for name in shown if name != "currency"]


def test_every_layer_lets_the_owner_state_the_same_terms() -> None:
    stated = [term.name for term in spelt.TERMS if term.read is not None]
    assert stated == [term.name for term in described.TERMS if term.sent is not None]
    assert stated == [term.name for term in typed.TERMS if term.flag is not None]
    assert stated == [name for name in (term.name for term in spelt.TERMS) if name not in COMPUTED]


def test_every_kind_of_price_line_is_said_and_shaped() -> None:
    graph = shapes()
    (allowed,) = {
        tuple(str(word) for word in Collection(graph, words))
        for property in graph.objects(URIRef(SHAPE + "PriceLine"), SH.property)
        for words in graph.objects(property, SH["in"])
        if graph.value(property, SH.path) == URIRef("https://w3id.org/freehold#kind")
    }
    assert set(FORMS) == set(KINDS) == set(PHRASES) == set(allowed)


def shapes() -> Graph:
    graph = Graph()
    for file in sorted((ROOT / "schemas/shapes").glob("*.ttl")):
        graph.parse(file, format="turtle")
    return graph


def paths(graph: Graph, shape: str) -> set[str]:
    properties = graph.objects(URIRef(SHAPE + shape), SH.property)
    return {
        str(path) for property in properties if isinstance(path := graph.value(property, SH.path), URIRef)
    }


@pytest.mark.parametrize(
    ("shape", "members", "more"),
    [
        ("Draft", TERMS.document, set()),
        ("PrimaryCommitment", TERMS.primary, set()),
        ("ReciprocalCommitment", TERMS.reciprocal, set()),
        (
            "Agreement",
            TERMS.document,
            {"attributedTo", "digestMultibase", "offer", "parties", "published", "salt", "supersedes"},
        ),
    ],
)
def test_the_shapes_have_these_members_and_no_other(
    shape: str, members: frozenset[str], more: set[str]
) -> None:
    expected = {RELIED_ON[member].iri for member in (members | more) - {"@context", "id", "type"}}
    assert paths(shapes(), shape) == expected


def test_every_member_of_ours_is_in_the_vocabulary() -> None:
    graph = Graph().parse(data=schemas.vocabulary(), format="turtle")
    members = (TERMS.document | TERMS.primary | TERMS.reciprocal) - {"@context", "id", "type"}
    ours = {RELIED_ON[member].iri for member in members if "freehold" in RELIED_ON[member].iri}
    assert ours == {f"https://w3id.org/freehold#{name}" for name in ("price", "noticePeriod", "terms")}
    assert {URIRef(iri) for iri in ours} <= set(graph.subjects(RDF.type, RDF.Property))
    page = (ROOT / "docs/reference/vocabulary.md").read_text(encoding="utf-8")
    (inline,) = (entry for entry in ACTIVITY_CONTEXT if isinstance(entry, dict))
    assert [member for member in members & inline.keys() if f"- `{member}`: " not in page] == []


# --- a term more ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Owner:
    """Somebody at the command line of a program with a term more."""

    node: Node

    def __call__(self, *words: str, piped: str = "") -> Any:
        """Type a command, and return the document that it answers."""
        said = self.reads(*words, "--json", piped=piped)
        return json.loads(said) if said else None

    def reads(self, *words: str, piped: str = "") -> str:
        """Type a command, and return what it prints."""
        ran = subprocess.run(
            [sys.executable, "-m", PROGRAM, *words, "--data", str(self.node.folder), "--yes"],
            cwd=ROOT,
            env=environment(),
            input=piped,
            capture_output=True,
            text=True,
            timeout=COMMAND_SECONDS,
            check=False,
        )
        assert ran.returncode == 0, ran.stdout + ran.stderr
        return ran.stdout

    def sees(self, kind: str, **wanted: str) -> Any:
        """Wait for an item of a list, and return it."""

        def look() -> Any:
            found = self.node.api.get(f"/{kind}")["items"]
            return next((item for item in found if wanted.items() <= item.items()), None)

        return until(look, f"{kind} with {wanted}")


@pytest.fixture(scope="module")
def owners(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Owner, Owner]]:
    """A customer and a business, both with the term that is more."""
    folder = tmp_path_factory.mktemp("warranty")
    with (
        running(folder / "ada", "ada", program=PROGRAM) as ada,
        running(folder / "velo", "velo", "--kind", "organization", program=PROGRAM) as velo,
    ):
        yield Owner(ada), Owner(velo)


@pytest.fixture(scope="module")
def offered(owners: tuple[Owner, Owner]) -> dict[str, Any]:
    """Three offers to one intention, as the customer compares them."""
    ada, velo = owners
    wish = ("--what", "Bike", "--currency", "EUR", "--to", velo.node.acct)
    mine = ada("intention", "cast", *wish)
    theirs = velo.sees("intentions", iri=mine["iri"])["id"]
    velo("offer", "make", theirs, "--price", "0.30 EUR/km, about 2000", "--name", "rented")
    velo("offer", "make", theirs, "--price", "900 EUR", "--name", "bare")
    velo("offer", "make", theirs, "--price", "950 EUR", "--name", "safe", "--warranty", "24 months")
    for name in ("rented", "bare", "safe"):
        ada.sees("offers", name=name)
    compared: dict[str, Any] = ada("offer", "compare", mine["id"])
    return compared


@pytest.mark.slow
def test_what_has_no_total_is_compared_last(offered: dict[str, Any]) -> None:
    assert [(offer["name"], offer["total"]) for offer in offered["offers"]] == [
        ("bare", "900.00"),
        ("safe", "950.00"),
        ("rented", None),
    ]


@pytest.mark.slow
def test_what_has_no_total_is_no_lowest_total(owners: tuple[Owner, Owner], offered: dict[str, Any]) -> None:
    ada, _ = owners
    lines = ada.reads("offer", "watch", "--intention", offered["intention"]["id"], "--count", "3")
    assert [line for line in lines.splitlines() if "lowest total" in line and "900.00" not in line] == []


@pytest.mark.slow
def test_a_term_more_is_offered_shown_and_compared(
    owners: tuple[Owner, Owner], offered: dict[str, Any]
) -> None:
    ada, _ = owners
    assert offered["differ"] == ["name", "price", "total", "least", "warranty"]
    assert [offer["warranty"] for offer in offered["offers"]] == ["", "24 months", ""]
    entries = ada.node.api.get("/journal", limit=100)["items"]
    (wire,) = (
        entry["activity"]["object"]
        for entry in entries
        if entry["kind"] == "offer" and entry["activity"]["object"].get("name") == "safe"
    )
    assert wire["warranty"] == "24 months"


@pytest.mark.slow
def test_a_term_more_is_countered_met_agreed_and_proved(
    owners: tuple[Owner, Owner], offered: dict[str, Any], tmp_path: Path
) -> None:
    ada, velo = owners
    safe = next(offer for offer in offered["offers"] if offer["name"] == "safe")
    ada("offer", "counter", safe["id"], "--warranty", "36 months", "--on-met", "accept")
    countered = velo.sees("offers", name="safe", state="countered")
    assert countered["countered"]["warranty"] == "36 months"
    velo("offer", "reoffer", countered["id"], "--meet")
    agreed = ada.sees("agreements", state="concluded")
    assert agreed["warranty"] == "36 months"
    assert agreed["plain"] == "You pay 950.00 EUR; 36 months of warranty."
    assert agreed["document"]["warranty"] == "36 months"

    evidence = tmp_path / "evidence.json"
    ada("agreement", "export", agreed["id"], "--out", str(evidence))
    assert velo("agreement", "verify", str(evidence))["verified"] is True
    forged = re.sub("36 months", "99 months", evidence.read_text(encoding="utf-8"))
    evidence.write_text(forged, encoding="utf-8")
    with pytest.raises(AssertionError, match="proof"):
        velo("agreement", "verify", str(evidence))
