"""Makes JSON of the frozen Turtle: what each word of a policy stands for, what categories are called.

Parsing the Turtle takes a second, which no start of a node has to spare; so it is done here once, by
`python -m schemas.freeze`, and tests hold the files to what this makes.

Sources: W3C Data Privacy Vocabulary 2.3 (`skos:broader` below `dpv:Purpose`; members of EU27 and EEA30).
"""

import json
from collections.abc import Iterator
from pathlib import Path

from rdflib import RDF, SKOS, Graph, Literal, Namespace, URIRef

FOLDER = Path(__file__).parent / "vocabularies"
DPV = Namespace("https://w3id.org/dpv#")
LOC = Namespace("https://w3id.org/dpv/loc#")


def make() -> dict[str, dict[str, list[str]]]:
    """Return `{"places": {country or group: its countries}, "purposes": {purpose: all broader ones}}`."""
    return {"places": _places(), "purposes": _purposes()}


def categories() -> dict[str, dict[str, str]]:
    """Return the label of each category of what is wanted by language."""
    graph = _graph("intention-categories.ttl")
    return {
        str(category): {str(label.language): str(label) for label in _labels(graph, category)}
        for category in sorted(graph.subjects(SKOS.inScheme), key=str)
        if isinstance(category, URIRef)
    }


def _labels(graph: Graph, category: URIRef) -> Iterator[Literal]:
    return (each for each in graph.objects(category, SKOS.prefLabel) if isinstance(each, Literal))


def _purposes() -> dict[str, list[str]]:
    graph = _graph("dpv-purposes.ttl", "ieee-7012.ttl")
    # Not the root itself: whoever permits every purpose has not said for what.
    found = set(graph.transitive_subjects(SKOS.broader, DPV.Purpose)) - {DPV.Purpose}
    broader = {
        purpose: (set(graph.transitive_objects(purpose, SKOS.broader)) & found) - {purpose}
        for purpose in found
    }
    return {str(purpose): sorted(map(str, above)) for purpose, above in sorted(broader.items())}


def _places() -> dict[str, list[str]]:
    graph = _graph("dpv-loc-countries.ttl")
    countries = {str(country): [str(country)] for country in graph.subjects(RDF.type, DPV.Country)}
    groups = {str(LOC[name]): _members(graph, LOC[name]) for name in ("EU27", "EEA30")}
    return dict(sorted((countries | groups).items()))


def _members(graph: Graph, group: URIRef) -> list[str]:
    return sorted(map(str, graph.objects(group, SKOS.narrower)))


def _graph(*names: str) -> Graph:
    graph = Graph()
    for name in names:
        graph.parse(FOLDER / name, format="turtle")
    return graph


if __name__ == "__main__":
    (FOLDER / "closure.json").write_text(json.dumps(make(), indent=1) + "\n", encoding="utf-8")
    (FOLDER / "intention-categories.json").write_text(
        json.dumps(categories(), indent=1, sort_keys=True, ensure_ascii=False) + "\n", encoding="utf-8"
    )
