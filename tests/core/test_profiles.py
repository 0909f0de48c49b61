"""Profiles as they are handed in: what is taken of JSON-LD, what is left out, and where an error stands."""

from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import schemas
from node.core.profiles import CONTEXT, read_profile
from protocol.documents import Document
from protocol.errors import Unprocessable

IRI = "https://ada.example/actors/ada"


def read(document: dict[str, Any], *, kind: str = "Person") -> dict[str, Any]:
    taken, left_out = read_profile(document, iri=IRI, kind=kind)
    assert left_out == []
    assert (taken.pop("@context"), taken.pop("@id")) == (CONTEXT, IRI)
    return taken


def refusal(document: dict[str, Any], *, kind: str = "Person") -> str:
    with pytest.raises(Unprocessable) as caught:
        read_profile(document, iri=IRI, kind=kind)
    assert caught.value.code == "profile-invalid"
    return caught.value.detail


UNKNOWN = " is no member of schema.org that this release knows; it was kept."


class TestTypes:
    @pytest.mark.parametrize(
        ("kind", "stated", "kept"),
        [
            ("Person", None, "Person"),
            ("Person", [], "Person"),
            ("Person", "Person", "Person"),
            ("Person", ["Person"], "Person"),
            ("Person", "https://schema.org/Person", "Person"),
            ("Person", "Patient", ["Person", "Patient"]),
            ("Person", ["Organization", "Person"], ["Person", "Organization"]),
            ("Organization", "http://schema.org/BikeStore", ["Organization", "BikeStore"]),
            ("Organization", ["LocalBusiness", "Organization"], ["Organization", "LocalBusiness"]),
            ("Organization", ["Organization", "UnheardOf"], ["Organization", "UnheardOf"]),
        ],
    )
    def test_the_owners_type_and_more_precise_ones(self, kind: str, stated: Any, kept: Any) -> None:
        for name in ("type", "@type"):
            assert read({name: stated, "name": "A"}, kind=kind) == {"@type": kept, "name": "A"}

    @pytest.mark.parametrize(
        ("kind", "stated"),
        [("Person", "Organization"), ("Person", "Thing"), ("Organization", ["Person", "Place"])],
    )
    def test_another_type_is_refused(self, kind: str, stated: Any) -> None:
        sentence = refusal({"type": stated, "name": "A"}, kind=kind)
        assert sentence.startswith(
            f"The owner of this node is a{'n' if kind == 'Organization' else ''} {kind},"
        )
        assert sentence.endswith(f"write the type {kind}.")

    def test_types_within(self) -> None:
        assert read({"knows": [{"type": ["Person", "Patient"]}, {"@type": "https://schema.org/Person"}]})[
            "knows"
        ] == [
            {"@type": ["Person", "Patient"]},
            {"@type": "Person"},
        ]
        assert refusal({"knows": {"type": 7}}).startswith("knows.type: Members and types are terms")
        assert (
            refusal({"knows": {"type": "Person", "@type": "Person"}})
            == "knows: Give one type, as type or as @type."
        )

    @pytest.mark.parametrize(
        ("given", "said"),
        [
            ({"nmae": "Ada"}, [f"nmae{UNKNOWN} Is name meant?"]),
            ({"address": [{"postCode": "3011"}]}, [f"address.postCode{UNKNOWN} Is postalCode meant?"]),
            ({"zzzzzzzzzz": "1"}, [f"zzzzzzzzzz{UNKNOWN}"]),
            ({"nested": "1"}, [f"nested{UNKNOWN}"]),
            ({f"zzzz{n}": "1" for n in range(99)}, None),
            ({"jobTitle": "Smith", "knows": {"@type": "Person", "name": "Bob"}}, []),
        ],
    )
    def test_a_member_that_schema_org_does_not_have_is_kept_and_said(
        self, given: dict[str, Any], said: list[str] | None
    ) -> None:
        document, remarks = read_profile({"name": "Ada", **given}, iri=IRI, kind="Person")
        assert {name: document[name] for name in given} == given
        assert remarks == said or (said is None and len(remarks) == 51)

    def test_what_schema_org_calls_its_members(self) -> None:
        names = schemas.members()
        assert {"name", "telephone", "addressCountry", "knowsLanguage", "pronouns"} <= names
        assert all(name.isalnum() and name[0].islower() for name in names)

    def test_what_schema_org_has_below_organization(self) -> None:
        names = schemas.organizations()
        assert {"LocalBusiness", "NGO", "BikeStore", "Corporation"} <= names
        assert not names & {"Organization", "Person", "Thing", "Place"}
        assert all(name.isalnum() for name in names)


class TestKeywords:
    @pytest.mark.parametrize(
        "context",
        [
            None, "https://schema.org", "http://schema.org/", "https://www.schema.org/", "HTTPS://schema.org",
            "https://schema.org/docs/jsonldcontext.jsonld", ["https://schema.org", {"@language": "de"}],
            {"@vocab": "https://schema.org/"}, CONTEXT, {}, [],
        ],
    )  # fmt: skip
    def test_the_context_of_schema_org(self, context: Any) -> None:
        assert read({"@context": context, "name": "A", "knows": {"@context": context, "name": "B"}}) == {
            "@type": "Person",
            "name": "A",
            "knows": {"name": "B"},
        }

    @pytest.mark.parametrize(
        "context",
        [
            "https://else.example/", "https://schema.org/x", "https://schema.org.else.example/", 7,
            [["https://schema.org"]], ["https://schema.org", "https://else.example/"],
            {"@vocab": "https://else.example/"}, {"name": "x"},
            {"@vocab": "https://schema.org/", "@base": "x"},
        ],
    )  # fmt: skip
    def test_any_other_context_is_refused_where_it_stands(self, context: Any) -> None:
        assert refusal({"@context": context}).startswith("@context: Only schema.org's is read.")
        assert refusal({"knows": [{"@context": context}]}).startswith(
            "knows.@context: Only schema.org's is read."
        )

    def test_addresses(self) -> None:
        assert read({"@id": IRI, "name": "A"}) == {"@type": "Person", "name": "A"}
        for iri in ("https://b.example/b", "urn:uuid:1", "acct:b@b.example", "tag:b.example,2026:x"):
            assert read({"knows": {"@id": iri}})["knows"] == {"@id": iri}
        assert read({"name": "A", "knows": {"@id": None}}) == {"@type": "Person", "name": "A"}
        taken, left_out = read_profile({"@id": "#me", "name": "A"}, iri=IRI, kind="Person")
        assert (taken["@id"], left_out[0][:16]) == (IRI, "@id was left out")

    @pytest.mark.parametrize(
        "iri", ["", "#b", "b.png", "_:b0", 7, "https://b.example/ b", "x:<", "x:" + "a" * 2_048, "x:\0"]
    )
    def test_what_is_no_address(self, iri: Any) -> None:
        assert refusal({"image": {"@id": iri}}).startswith("image.@id: Write a whole address")

    @pytest.mark.parametrize(
        "keyword", ["@value", "@list", "@graph", "@reverse", "@included", "@base", "@", "@x y"]
    )
    def test_other_keywords_are_refused_by_name_and_place(self, keyword: str) -> None:
        shown = "" if " " in keyword or keyword == "@" else f".{keyword}"
        assert refusal({"knows": [[{keyword: "x"}]]}).startswith(
            f"knows{shown}: JSON-LD keywords are not taken"
        )

    @pytest.mark.parametrize(
        ("name", "shown"),
        [
            ("schema:name", "schema:name: "),
            ("first_name", "first_name: "),
            ("x y", ""),
            ("", ""),
            ("3D", "3D: "),
        ],
    )
    def test_members_are_terms(self, name: str, shown: str) -> None:
        assert refusal({name: "x"}).startswith(f"{shown}Members and types are terms of schema.org")


ADA = {"@type": ["Person"], "@id": "https://a.example/#ada", "name": "Ada"}


class TestGraphs:
    def test_the_one_person_in_it_is_the_owner(self) -> None:
        page = {"@type": "WebPage", "author": {"@id": "https://a.example/#ada"}}
        for graph in (ADA, [ADA], [page, ADA, "x"]):
            given = {"@context": "https://schema.org", "@graph": graph}
            taken, left_out = read_profile(given, iri=IRI, kind="Person")
            assert (taken["@id"], taken["@type"], taken["name"]) == (IRI, "Person", "Ada")
            assert ("Of @graph the Person was taken" in " ".join(left_out)) == (graph == [page, ADA, "x"])

    def test_the_business_among_people(self) -> None:
        shop = {"type": "https://schema.org/LocalBusiness", "name": "Bike Haus"}
        taken, _ = read_profile({"@graph": [ADA, shop]}, iri=IRI, kind="Organization")
        assert (taken["@type"], taken["name"]) == (["Organization", "LocalBusiness"], "Bike Haus")

    @pytest.mark.parametrize(
        ("given", "count"),
        [
            ({"@graph": []}, 0),
            ({"@graph": None}, 0),
            ({"@graph": [{"name": "Ada"}, 7, {"@type": 7}]}, 0),
            ({"@graph": [ADA, ADA]}, 2),
            ({"@graph": [ADA], "name": "Eve"}, 1),
        ],
    )
    def test_a_profile_is_of_one(self, given: dict[str, Any], count: int) -> None:
        assert refusal(given).startswith(f"@graph: it has {count} of the type Person")

    def test_its_context_is_looked_at_too(self) -> None:
        assert refusal({"@context": "https://else.example/", "@graph": [ADA]}).startswith("@context:")


def test_what_says_nothing_is_left_out() -> None:
    given: Document = {
        "name": "A",
        "email": None,
        "url": "",
        "knows": [],
        "image": {},
        "sameAs": [None, "", "x", {}, []],
    }
    given |= {
        "address": {"type": None, "postalCode": ""},
        "knowsAbout": [[None]],
        "numberOfEmployees": 0,
        "isGift": False,
    }
    assert read(given) == {
        "@type": "Person",
        "name": "A",
        "sameAs": ["x"],
        "numberOfEmployees": 0,
        "isGift": False,
    }


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(max_size=10)
    | st.sampled_from(["Person", IRI, "https://schema.org"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["@id", "@type", "type", "@context", "@graph", "@value", "name", "knows", "a b"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(st.dictionaries(st.sampled_from(["@id", "@type", "@context", "@graph", "name", "knows"]), JSON))
def test_whatever_comes_is_a_profile_of_the_owner_or_refused(document: dict[str, Any]) -> None:
    with suppress(Unprocessable):
        taken, _ = read_profile(document, iri=IRI, kind="Person")
        assert (taken["@context"], taken["@id"]) == (CONTEXT, IRI)
        assert "Person" in taken["@type"]
        assert read_profile(taken, iri=IRI, kind="Person") == (taken, [])
