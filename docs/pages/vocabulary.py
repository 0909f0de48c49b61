"""The vocabulary's page: our own terms by their definitions, and what the keys of activities stand for."""

from collections.abc import Iterable
from typing import Any

from rdflib import RDF, RDFS, Graph, URIRef

import schemas
from docs.pages import writing
from docs.pages.writing import code, item, items, prose
from protocol import vocabulary


def page() -> str:
    """Return the page."""
    graph = Graph(bind_namespaces="none").parse(data=schemas.vocabulary(), format="turtle")
    ours = [URIRef(vocabulary.FREEHOLD + name) for name in _names(graph)]
    return writing.page(
        "Reference: the vocabulary",
        prose(
            f"Terms of our own live under {code(vocabulary.FREEHOLD)}; there are as few as a negotiation "
            "needs beyond ActivityStreams, ValueFlows, schema.org and the security vocabularies. Their "
            "definitions in Turtle are `schemas/vocabulary.ttl`, the JSON-LD context is "
            "`schemas/contexts/w3id-org-freehold.jsonld`."
        ),
        *(_term(graph, term) for term in ours),
        "## Every key of an activity",
        prose(
            "What the keys of our activities stand for, as the context of an activity says it. The two "
            "contexts it builds on, ActivityStreams and Data Integrity, define the others. Prefixes: "
            + ", ".join(f"{code(prefix)} is {code(iri)}" for prefix, iri in _prefixes().items())
            + "."
        ),
        items(_keys()),
        "## Contexts that are read",
        prose(
            "No context is ever fetched. These are shipped with the node, and read by http or with a "
            "fragment too; one that is not here adds no meaning. That of ActivityStreams holds where it is "
            "not named."
        ),
        items(code(iri) for iri in sorted(schemas.contexts())),
    )


def _names(graph: Graph) -> list[str]:
    terms = {str(term) for term in graph.subjects() if str(term) != vocabulary.FREEHOLD}
    names = (term.removeprefix(vocabulary.FREEHOLD) for term in terms)
    return sorted(names, key=lambda name: (name.lower(), name))  # a class before the property called like it


def _term(graph: Graph, term: URIRef) -> str:
    name = term.removeprefix(vocabulary.FREEHOLD)
    kind = "Class" if (term, RDF.type, RDFS.Class) in graph else "Property"
    facts = [f"{kind}, {graph.value(term, RDFS.label)}."]
    facts += [
        f"{word}: {code(_short(graph, graph.value(term, predicate)))}."
        for word, predicate in (("Of", RDFS.domain), ("Value", RDFS.range))
        if graph.value(term, predicate)
    ]
    return "\n".join([f"## {name}", "", prose(str(graph.value(term, RDFS.comment))), "", *map(item, facts)])


def _short(graph: Graph, term: Any) -> str:
    return graph.namespace_manager.normalizeUri(term)


def _inline() -> dict[str, Any]:
    (inline,) = (entry for entry in vocabulary.ACTIVITY_CONTEXT if isinstance(entry, dict))
    return dict(inline)


def _prefixes() -> dict[str, str]:
    return {name: meaning for name, meaning in _inline().items() if str(meaning).startswith("http")}


def _keys() -> Iterable[str]:
    for name, meaning in _inline().items():
        if name in _prefixes():
            continue
        definition = meaning if isinstance(meaning, dict) else {"@id": meaning}
        type = definition.get("@type")
        notes = [
            *(["an address"] if type == "@id" else [f"of type {code(type)}"] if type else []),
            *(["always a list"] if "@container" in definition else []),
        ]
        yield f"{code(name)}: {code(definition['@id'])}" + (f", {', '.join(notes)}" if notes else "")
