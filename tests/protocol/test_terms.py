"""Data terms and proffers: what is read, what is equal, and what each is refused for."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.canonical import canonicalise
from protocol.errors import Unprocessable
from protocol.policies import in_order
from protocol.rosters import NAMESPACE, RosterEntry, entries, entry_of
from protocol.terms import (
    DataTerms,
    PlainText,
    Proffer,
    TermsLanguage,
    check_parties,
    read_data_terms,
    read_proffer,
    write_data_terms,
    write_proffer,
)
from tests.protocol.data_terms import EMAIL, TEXT, claim, terms
from tests.protocol.market import BUSINESS, CUSTOMER
from tests.protocol.policy_cells import DPV, FREEHOLD, LOC, ODRL
from tests.protocol.policy_drawing import constraint, duty, permission, policies, policy
from tests.protocol.test_conditions import conditions

TEXTS = st.builds(
    PlainText, st.sampled_from(TermsLanguage), st.sampled_from(["1", "2"]), st.sampled_from(["zQm1", "zQm2"])
)


def code_of(document: Any) -> str:
    with pytest.raises(Unprocessable) as refused:
        read_data_terms(document, currency="EUR")
    return str(refused.value.code)


@given(policies(), conditions(), st.sets(TEXTS, min_size=1, max_size=4))
def test_terms_are_read_as_they_were_written(drawn: Any, stated: Any, texts: set[PlainText]) -> None:
    ordered = tuple(sorted(texts, key=lambda text: (text.language, text.edition, text.digest)))
    value = DataTerms(CUSTOMER, BUSINESS, in_order(drawn[1]), ordered, stated)
    document = write_data_terms(value, currency="EUR")
    assert read_data_terms(document, currency="EUR") == value
    assert canonicalise(write_data_terms(read_data_terms(document, currency="EUR"), currency="EUR")) == (
        canonicalise(document)
    )


@given(policies(), st.randoms())
def test_the_order_of_their_parts_makes_no_other_terms(drawn: Any, random: Any) -> None:
    document = terms(policy=drawn[0], plainText=[TEXT, TEXT | {"inLanguage": "de"}])
    shuffled = {name: shuffle(value, random) for name, value in document.items()}
    assert read_data_terms(shuffled, currency="EUR") == read_data_terms(document, currency="EUR")


def shuffle(json: Any, random: Any) -> Any:
    if isinstance(json, dict):
        return {name: shuffle(value, random) for name, value in json.items()}
    if not isinstance(json, list):
        return json
    shuffled = [shuffle(each, random) for each in json]
    random.shuffle(shuffled)
    return shuffled


def test_what_is_as_by_default_is_not_written() -> None:
    plain = terms()
    assert read_data_terms(terms(conditions={"type": "Conditions"}), currency="EUR") == read_data_terms(
        plain, currency="EUR"
    )
    assert write_data_terms(read_data_terms(plain, currency="EUR"), currency="EUR") == plain
    assert read_data_terms(terms(roster=None, plainText=[TEXT, TEXT]), currency="EUR") == read_data_terms(
        plain, currency="EUR"
    )


@pytest.mark.parametrize("entry", [entry for entry in entries() if entry.name.startswith("SD-")])
def test_what_is_within_an_entry_may_claim_it(entry: RosterEntry) -> None:
    ported = duty("", "P30D") | {"processing": [f"{FREEHOLD}port"]}
    duties = [duty("delete", "P30D"), duty("inform", "P365D"), ported]
    document = terms(policy=policy(permission([f"{DPV}Use"], [EMAIL], ["PaymentManagement"]), duties=duties))
    claimed = read_data_terms(document | {"roster": claim(entry.name)}, currency="EUR")
    assert claimed.roster is entry
    assert write_data_terms(claimed, currency="EUR")["roster"] == claim(entry.name)


@pytest.mark.parametrize(
    "iri",
    [
        "https://w3id.org/dpv/standards/p7012#SD-BASE",
        "https://customercommons.org/agreements/SD-BASE",
    ],
)
def test_another_name_of_an_entry_makes_no_other_terms(iri: str) -> None:
    ours = read_data_terms(terms(roster=claim("SD-BASE")), currency="EUR")
    other = read_data_terms(terms(roster=claim("SD-BASE") | {"id": iri}), currency="EUR")
    assert other == ours
    assert write_data_terms(other, currency="EUR")["roster"]["id"] == f"{NAMESPACE}SD-BASE"


def test_other_words_for_the_same_make_no_other_terms() -> None:
    fewest = kept_in(["CH", "EEA30"], ["FulfilmentOfObligation"], "0.50")
    more = kept_in(
        ["AT", "CH", "EEA30"], ["FulfilmentOfContractualObligation", "FulfilmentOfObligation"], "0.5"
    )
    assert read_data_terms(more, currency="EUR") == read_data_terms(fewest, currency="EUR")
    assert write_data_terms(read_data_terms(more, currency="EUR"), currency="EUR") == fewest
    assert read_data_terms(kept_in(["EEA30"], ["FulfilmentOfObligation"], "0.50"), currency="EUR") != (
        read_data_terms(fewest, currency="EUR")
    )


def kept_in(places: list[str], purposes: list[str], fee: str) -> dict[str, Any]:
    there = constraint(f"{ODRL}spatial", "isAnyOf", [{"id": f"{LOC}{place}"} for place in places])
    asked = policy(permission([f"{DPV}Use"], [EMAIL], purposes, there), duties=[duty("delete", "P30D")])
    return terms(policy=asked, conditions={"type": "Conditions", "cancellationFee": fee})


def test_a_length_that_is_spelled_otherwise_makes_other_terms() -> None:
    weeks, days = (
        terms(conditions={"type": "Conditions", "renewal": "offered", "renewalPeriod": length})
        for length in ("P2W", "P14D")
    )
    assert read_data_terms(weeks, currency="EUR") != read_data_terms(days, currency="EUR")


TRACKED = policy(
    permission([f"{DPV}Tracking"], [EMAIL], ["PaymentManagement"]),
    duties=[duty("delete", "P30D"), duty("inform", "P365D")],
)


@pytest.mark.parametrize(
    ("document", "code"),
    [
        (terms(secondParty=CUSTOMER), "parties-mismatch"),
        (terms(firstParty=None), "missing-member"),
        (terms(secondParty="garage"), "iri-invalid"),
        (terms(policy=None), "wrong-shape"),
        (terms(policy={"type": "Set"}), "policy-profile"),
        (terms(roster=claim("SD-BASE") | {"id": f"{NAMESPACE}sd-base"}), "roster-unknown"),
        (terms(roster=claim("SD-BASE") | {"id": f"{NAMESPACE}SD-BASE#"}), "roster-unknown"),
        (terms(roster=claim("SD-BASE") | {"digestMultibase": "zQm"}), "roster-digest"),
        (terms(roster=claim("SD-BASE"), policy=TRACKED), "policy-exceeds-roster"),
        (terms(roster=claim("SD-BASE-DP")), "policy-exceeds-roster"),  # nothing is handed over
        (terms(conditions={"type": "Conditions", "renewal": "automatic"}), "renewal-incomplete"),
        (terms(plainText=[]), "missing-member"),
        (terms(plainText=None), "missing-member"),
        (terms(plainText=[TEXT] * 5), "too-many"),
        (terms(plainText=[TEXT | {"inLanguage": "tlh"}]), "unknown-language"),
        (terms(plainText=[TEXT | {"inLanguage": None}]), "missing-member"),
        (terms(plainText=[TEXT | {"edition": ""}]), "missing-member"),
        (terms(plainText=[TEXT | {"edition": "1" * 21}]), "text-too-long"),
        (terms(plainText=[TEXT | {"digestMultibase": "z" * 65}]), "text-too-long"),
        (terms(plainText=[TEXT | {"content": "All is well."}]), "unknown-member"),
        (terms(thirdParty=BUSINESS), "unknown-member"),
        (terms(type="Set"), "wrong-type"),
        (f"{NAMESPACE}SD-BASE", "wrong-shape"),
    ],
)
def test_terms_that_are_not_understood_are_refused(document: Any, code: str) -> None:
    assert code_of(document) == code


def test_terms_are_between_the_customer_and_the_business() -> None:
    read = read_data_terms(terms(), currency="EUR")
    check_parties(read, customer=CUSTOMER, business=BUSINESS)
    for customer, business in ((BUSINESS, CUSTOMER), (CUSTOMER, f"{BUSINESS}s"), (f"{CUSTOMER}s", BUSINESS)):
        with pytest.raises(Unprocessable) as refused:
            check_parties(read, customer=customer, business=business)
        assert refused.value.code == "parties-mismatch"


@pytest.mark.parametrize("asked", [None, "PDC-INTENT"])
def test_a_proffer_is_read_as_it_was_written(asked: str | None) -> None:
    base, asks = (entry_of(f"{NAMESPACE}{name}") for name in ("SD-BASE-DP", asked))
    assert base is not None
    proffer = Proffer(CUSTOMER, base, asks)
    assert read_proffer(write_proffer(proffer)) == proffer
    assert ("asks" in write_proffer(proffer)) is (asks is not None)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"secondParty": BUSINESS}, "unknown-member"),
        ({"firstParty": None}, "missing-member"),
        ({"roster": None}, "missing-member"),
        ({"roster": claim("SD-BASE") | {"id": "SD-BASE"}}, "roster-unknown"),
        ({"asks": claim("PDC-INTENT") | {"digestMultibase": "zQm"}}, "roster-digest"),
    ],
)
def test_a_proffer_that_is_not_understood_is_refused(changes: dict[str, Any], code: str) -> None:
    document = {"type": "Proffer", "firstParty": CUSTOMER, "roster": claim("SD-BASE")} | changes
    with pytest.raises(Unprocessable) as refused:
        read_proffer(document)
    assert refused.value.code == code
