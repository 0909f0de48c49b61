"""The words of policies are those that were frozen, each from somewhere, and what is made of them is so."""

import hashlib
import json
import re
from pathlib import Path

import pytest
from rdflib import RDF, SKOS, Graph, Namespace, URIRef

import schemas
from protocol import policies, registries
from schemas import freeze

FOLDER = Path(schemas.__file__).parent / "vocabularies"
ODRL = Namespace("http://www.w3.org/ns/odrl/2/")
# The first 128 bits of SHA-256 of each file. A change of one is a decision.
DIGESTS = {
    "closure.json": "fe077809f8c952a2fdccaa378a8a2599",
    "dpv-ai-and-gdpr-extract.ttl": "64ed27c751890e0d1ef2e3613da14069",
    "dpv-loc-countries.ttl": "83f37a54864f8a9107fe8a9f63496b8d",
    "dpv-pd.ttl": "65d3f07a407a76c7dbf2934a386e7413",
    "dpv-processing.ttl": "fab6511ebf0f8c41750817e0aa47649d",
    "dpv-purposes.ttl": "2a0e7ffa69198a905b32a89e394b4c58",
    "fields.json": "431af6890122fe85bbec6fcb240101d4",
    "ieee-7012.ttl": "05da9264d0dfb60439fae5216f2f91bf",
    "intention-categories.json": "8912cd3e6207eeefaa02b0e4ce989b52",
    "intention-categories.ttl": "426dcec7bb950781614ee7bc5604390a",
    "odrl-22.ttl": "2c6e61cc54fd7a1706ef7aa279c80f4d",
    "plain-words-1.json": "e931868a8b6d556e080ac793c92ff63c",
    "policy-profile.ttl": "6f268b9c9edbb83aa5c275cdec263e5a",
    "roster/PDC-INTENT.json": "fe0d065859c9621779cfee292e13ee41",
    "roster/SD-BASE-A-DP.json": "330cd50deeb2cd0e1a43ff53be77ddfb",
    "roster/SD-BASE-A.json": "07c3c792bc9abc5f63a1595f490604d2",
    "roster/SD-BASE-AT-DP.json": "debb36d36230e0454efc50c985e7c07c",
    "roster/SD-BASE-AT.json": "4e730c0c80e52b0b3379ef42d54aef9b",
    "roster/SD-BASE-ATP-DP.json": "95b1f3ef4f5dc7ffa4367848e2387bf3",
    "roster/SD-BASE-ATP-S3P-DP.json": "3f87eefdfb2f83b307c17071836c4e51",
    "roster/SD-BASE-ATP-S3P.json": "d183a51d4e219d80ac060241814ece4b",
    "roster/SD-BASE-ATP.json": "c39db1e53fb084efee395b9afaaf61b6",
    "roster/SD-BASE-DP.json": "25ce452d02b390fa40cc57d78ac23fd8",
    "roster/SD-BASE.json": "2da4835b7f51a777fe303ec784d179f6",
    "roster/index.json": "9b687aa516c6d703eac2d33ec9dbc213",
}


def test_the_vocabularies_are_those_that_were_frozen() -> None:
    files = {str(path.relative_to(FOLDER)): path for path in FOLDER.rglob("*") if path.is_file()}
    found = {name: hashlib.sha256(path.read_bytes()).hexdigest()[:32] for name, path in files.items()}
    assert found == DIGESTS


def test_every_vocabulary_says_where_it_comes_from() -> None:
    provenance = (FOLDER.parent / "PROVENANCE.md").read_text(encoding="utf-8")
    told = set(re.findall(r"^\| `vocabularies/([^`]+)` \|", provenance, re.MULTILINE))
    assert told == {name for name in DIGESTS if "/" not in name} | {"roster/"}


def test_the_closure_is_what_is_made_of_the_turtle() -> None:
    assert freeze.make() == schemas.closure()


def test_the_categories_are_those_of_the_turtle() -> None:
    assert freeze.categories() == schemas.categories()


def graph(*names: str) -> Graph:
    parsed = Graph()
    for name in names:
        parsed.parse(FOLDER / name, format="turtle")
    return parsed


def test_what_policies_say_is_in_odrl_or_in_our_profile_of_it() -> None:
    known = graph("odrl-22.ttl", "policy-profile.ttl")
    actions = {str(each) for each in known.subjects(RDF.type, ODRL.Action)}
    operands = {str(each) for each in known.subjects(RDF.type, ODRL.LeftOperand)}
    operators = {str(each) for each in known.subjects(RDF.type, ODRL.Operator)}
    assert set(registries.actions().words) <= actions
    assert {kind.value for kind in policies.DutyKind} | {policies.COMPENSATE} <= actions
    assert operands >= {
        policies.PURPOSE, policies.RECIPIENT, policies.ELAPSED_TIME, policies.TIME_AFTER_END,
        policies.DATE_TIME, policies.COUNT, policies.SPATIAL,
    }  # fmt: skip
    assert operators >= {policies.IS_ANY_OF, policies.LTEQ, policies.LT}
    assert (URIRef(policies.PROFILE_IRI), RDF.type, ODRL.Profile) in known


def test_every_action_of_dpv_is_one_there() -> None:
    known = graph("dpv-processing.ttl", "dpv-ai-and-gdpr-extract.ttl", "policy-profile.ttl")
    for word in registries.actions().words:
        assert (URIRef(word), SKOS.broader, None) in known or (URIRef(word), SKOS.prefLabel, None) in known


def test_every_field_has_a_category_of_dpv() -> None:
    known = graph("dpv-pd.ttl", "ieee-7012.ttl")
    for field in schemas.fields().values():
        assert (URIRef(field["category"]), None, None) in known
        assert set(field["label"]) == {"en", "de"}


def test_an_entry_of_the_roster_is_found_by_its_name_and_no_other() -> None:
    assert {f"roster/{name}.json" for name in schemas.roster()} | {"roster/index.json"} == {
        name for name in DIGESTS if name.startswith("roster/")
    }
    for name in ("index", "../fields", "SD-BASE/"):
        with pytest.raises(KeyError):
            schemas.roster_entry(name)


def test_a_read_entry_is_the_published_one() -> None:
    published = json.loads((FOLDER / "roster" / "SD-BASE.json").read_bytes())
    assert schemas.roster_entry("SD-BASE") == published
