"""A plain text says all of the terms, in words that never change, and nothing that another may forge."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import fields, replace
from datetime import UTC, datetime
from decimal import Decimal
from itertools import product
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rdflib import SKOS, Graph, URIRef

import schemas
from protocol import registries
from protocol.canonical import digest
from protocol.conditions import (
    Conditions,
    DisputeVenue,
    PriceChanges,
    PricePublication,
    Renewal,
    ReturnCosts,
    TermChanges,
    read_conditions,
    write_conditions,
)
from protocol.errors import Unprocessable
from protocol.plain_texts import EDITION, are_verified, check_texts, plain_text, text_digest
from protocol.policies import (
    Bounds,
    Compensation,
    DataPolicy,
    Duty,
    DutyKind,
    Permission,
    Recipient,
    RecipientKind,
    Rhythm,
    in_order,
)
from protocol.rosters import entries
from protocol.specifications import Necessity
from protocol.terms import DataTerms, PlainText, TermsLanguage, read_data_terms
from tests.protocol.market import BUSINESS, CUSTOMER
from tests.protocol.policy_drawing import policies
from tests.protocol.test_conditions import conditions

ROOT: Final = Path(__file__).parents[2]
LANGUAGES: Final = (TermsLanguage.ENGLISH, TermsLanguage.GERMAN)
WORDS: Final = schemas.plain_words()
LISTS: Final = {
    "actions": registries.actions(),
    "fields": registries.fields(),
    "purposes": registries.purposes(),
    "places": registries.places(),
}
ANSWERS: Final = json.loads((ROOT / "tests/schemas/terms/plain-texts.json").read_text(encoding="utf-8"))
NOON: Final = datetime(2026, 8, 31, 12, 5, tzinfo=UTC)


def terms_of(policy: DataPolicy = DataPolicy(), **changes: Any) -> DataTerms:  # noqa: B008 -- it is frozen
    texts = (PlainText(TermsLanguage.ENGLISH, EDITION, ""),)
    return replace(DataTerms(CUSTOMER, BUSINESS, policy, texts), **changes)


def permitting(fields: int = 1, **limits: Any) -> Permission:
    use = registries.actions().words[registries.USE]
    return Permission(
        use, registries.purposes().words[f"{registries.DPV}PaymentManagement"], fields, Bounds(**limits)
    )


def each_word() -> Iterator[DataTerms]:
    """Make terms that say one word of a registry each, purposes with all that are narrower."""
    base = permitting()
    for member, registry in LISTS.items():
        for word in registry.words.values():
            changed: dict[str, Any] = {member: word}
            said = permitting(places=word) if member == "places" else replace(base, **changed)
            yield terms_of(DataPolicy((said,)))


def limited() -> tuple[Permission, ...]:
    """Make permissions with every kind of limit, at none, one and many."""
    kinds = (RecipientKind.PROCESSOR, RecipientKind.THIRD_PARTY)
    whom = [Recipient(kind, party) for kind, party in product(kinds, ("", "https://parcel.example/"))]
    limits: Sequence[dict[str, Any]] = (
        {},
        {"days": 0},
        {"days": 1},
        {"days": 3_653, "days_after_end": 1},
        {"days_after_end": 30},
        {"until": NOON},
        {"until": datetime(9999, 1, 1, 23, 59, 59, tzinfo=UTC)},
        {"uses": 1},
        {"uses": 1_000_000},
        {"places": LISTS["places"].set_of([f"https://w3id.org/dpv/loc#{code}" for code in ("EU27", "CH")])},
        {"recipients": frozenset(whom)},
        {"recipients": frozenset(whom[:1])},
    )
    made = [permitting(1 << place, **each) for place, each in enumerate(limits)]
    made[1] = replace(made[1], necessity=Necessity.MUST, content="To bring\nyou “it”.")
    made[2] = replace(made[2], necessity=Necessity.SHOULD, credential_type="https://cards.example/adult")
    return tuple(made)


def held() -> Iterator[Conditions]:
    """Make conditions of every kind, each with its limits."""
    yield Conditions()
    for member, choices in (
        ("term_changes", TermChanges),
        ("price_changes", PriceChanges),
        ("return_costs", ReturnCosts),
        ("dispute_venue", DisputeVenue),
        ("price_publication", PricePublication),
        ("renewal", (Renewal.NONE, Renewal.OFFERED)),
        ("withdrawal_days", (0, 1, 30)),
        ("return_days", (0, 1, 30)),
        ("change_notice_days", (0, 1, 14)),
        ("cancellation_fee", (Decimal(99), Decimal("1234.5"), Decimal("0.125"))),
        ("dispute_body", ("https://ombud.example/",)),
        ("jurisdiction", ("https://w3id.org/dpv/loc#AT",)),
    ):
        for choice in choices:
            changed: dict[str, Any] = {member: choice}
            yield Conditions(**changed)
    yield Conditions(renewal=Renewal.OFFERED, renewal_period="P1Y2M3W4D")
    for period, notice, days in (("P1M", "P0D", None), ("P2Y", "P1W", 0), ("P1D", "P2M1D", 14)):
        yield Conditions(
            renewal=Renewal.AUTOMATIC, renewal_period=period, renewal_notice=notice, reminder_days=days
        )


def obliged() -> Iterator[DataPolicy]:
    """Make policies with every duty, at none, one and many days."""
    for days in (0, 1, 30):
        yield DataPolicy(duties=tuple(Duty(kind, days) for kind in DutyKind))
    yield DataPolicy(
        compensations=tuple(
            Compensation(currency, per, Decimal(1500) / 2)
            for currency, per in product(("EUR", "JPY", "KWD"), Rhythm)
        )
    )


EXAMPLES: Final = {
    "nothing": [terms_of()],
    "limits": [terms_of(DataPolicy(limited()))],
    "duties": [terms_of(policy) for policy in obliged()],
    "conditions": [terms_of(conditions=each) for each in held()],
    "roster": [terms_of(entry.template, roster=entry) for entry in entries()],
    "words": list(each_word()),
}


def texts(language: TermsLanguage) -> dict[str, list[str]]:
    return {name: [plain_text(each, language) for each in made] for name, made in EXAMPLES.items()}


# What was signed once has to come out alike for ever. Nobody changes these but with a new edition.
FROZEN: Final = {
    "nothing en": "zQmbxtoHV43tNbhon3GE1yQqppZnSTghnBt5cp7yPwihWXH",
    "limits en": "zQmNQDXbgYigoFr72oaArn2nQ3macxnQ3fpggbhuFBbqY3v",
    "duties en": "zQmVohZcq7kxp1BFebGyno7y57Qo4DJLJWML2jXrZEGTmvz",
    "conditions en": "zQmQjS3C9MiAu5ejWzuirxFud34wcuWEtZrsp1L68ZQAybo",
    "roster en": "zQmTZQFayRzSSKpwXqoozHgBhoqK6kQhjDbZELrU2eoJDWt",
    "words en": "zQmPxWNXGrAdKc1C5KC2gaV5erHzGBf55y8wAwuySMAZ6Zs",
    "nothing de": "zQmWq6UB3on7tkJDo5DLyve9x2P2n1cAmZ3nNq3nBMdtZgU",
    "limits de": "zQmSKS9iEVE1ECCbJadEfC1myhGXtsV16AU8kphC6htiqX2",
    "duties de": "zQmQCGpsaQSqQD5mbEHmenmseiACWWtCwAj2gqr2hncXsFc",
    "conditions de": "zQmQs6naeDnRvCR7NaWv5ZPtbCYmCJtQ649XXyTv22zFFeW",
    "roster de": "zQmeR4USqffsfTRpM9cg4AVktLH5BTW5nd5Ex6ffnQ8xFgy",
    "words de": "zQmbTEYx6P5VMMkd4eGwsPMw7UBXkLykpMuqfS3oLaVmVtM",
}


def frozen() -> dict[str, str]:
    found: dict[str, str] = {}
    for language in LANGUAGES:
        for name, said in texts(language).items():
            found[f"{name} {language}"] = digest("".join(said).encode())
    return found


def test_the_words_of_edition_1_are_frozen() -> None:
    assert frozen() == FROZEN


def test_the_digest_is_that_of_the_text() -> None:
    terms = terms_of(DataPolicy(limited()))
    for language in LANGUAGES:
        assert text_digest(terms, language) == digest(plain_text(terms, language).encode("utf-8"))


@pytest.mark.parametrize("name", LISTS)
def test_everything_a_policy_speaks_of_has_a_word_of_its_own(name: str) -> None:
    assert WORDS[name].keys() == LISTS[name].words.keys()
    for language in LANGUAGES:
        words = [each[language] for each in WORDS[name].values()]
        assert len(set(words)) == len(words)
        assert [word for word in words if not word.strip() or "; " in word or "(includes" in word] == []


def test_countries_are_called_as_in_the_vocabulary() -> None:
    graph = Graph().parse(ROOT / "schemas/vocabularies/dpv-loc-countries.ttl")
    for iri, said in WORDS["places"].items():
        code = iri.rpartition("#")[2]
        if len(code) == 2:
            assert said["en"] == f"{graph.value(URIRef(iri), SKOS.prefLabel)} ({code})"
            assert said["de"].endswith(f" ({code})")


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_sentence_of_the_table_is_said(language: TermsLanguage) -> None:
    said = "".join(text for made in texts(language).values() for text in made)
    for key, sentence in WORDS["sentences"].items():
        pattern = "".join(
            ".+" if part.startswith("{") else re.escape(part)
            for part in re.split(r"({\w+})", sentence[language])
        )
        assert re.search(pattern, said), key


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_text_is_lines_without_anything_unseen(language: TermsLanguage) -> None:
    for text in (text for made in texts(language).values() for text in made):
        assert text.endswith(".\n")
        assert text.replace("\n", "").isprintable()
        assert "{" not in text


def test_what_may_be_done_is_said_in_full() -> None:
    said = plain_text(terms_of(DataPolicy(limited()[-2:-1])), TermsLanguage.ENGLISH)
    part = said.partition("4.1\n")[2].partition("\n\n")[0]
    whom = (
        "anybody on behalf of the business, without being named; anybody, for their own purposes, without "
        "being named; https://parcel.example/ on behalf of the business; https://parcel.example/ for its own "
        "purposes"
    )
    assert part.splitlines() == [
        "Data: your postcode.",
        "The business may: use.",
        "What for: payment, with invoices and records.",
        f"To whom: {whom}.",
        "How long: no limit in days.",
        "Where: anywhere in the world.",
        "Needed: the business does not say.",
    ]


def test_german_says_it_with_its_own_marks() -> None:
    policy = DataPolicy(limited()[3:4], compensations=(Compensation("EUR", Rhythm.MONTH, Decimal("1234.5")),))
    said = plain_text(terms_of(policy), TermsLanguage.GERMAN)
    assert (
        "höchstens 3.653 Tage, nachdem es die Daten bekommen hat, und höchstens 1 Tag nach dem Ende" in said
    )
    assert "Bezahlen: Es zahlt dir 1.234,50 EUR für jeden Monat." in said


def test_a_purpose_says_which_ones_it_includes() -> None:
    wide = replace(permitting(), purposes=registries.purposes().words[f"{registries.DPV}SellProducts"])
    said = plain_text(terms_of(DataPolicy((wide,))), TermsLanguage.ENGLISH)
    included = "selling data to others; selling what can be learnt from data; selling to you"
    assert f"What for: selling of any kind (includes: {included})." in said


@given(policies(), st.randoms(use_true_random=False))
def test_order_makes_no_difference(drawn: tuple[Any, DataPolicy], random: Any) -> None:
    _, policy = drawn
    permissions, duties = list(policy.permissions), list(policy.duties)
    compensations = list(policy.compensations)
    for part in (permissions, duties, compensations):
        random.shuffle(part)
    other = DataPolicy(tuple(permissions), tuple(duties), tuple(compensations))
    for language in LANGUAGES:
        assert plain_text(terms_of(policy), language) == plain_text(terms_of(other), language)


@given(policies(), policies(), st.sampled_from(LANGUAGES))
def test_other_policies_have_other_texts(
    one: tuple[Any, DataPolicy], other: tuple[Any, DataPolicy], language: TermsLanguage
) -> None:
    first, second = in_order(one[1]), in_order(other[1])
    alike = plain_text(terms_of(first), language) == plain_text(terms_of(second), language)
    assert alike == (first == second)


@given(conditions(), conditions(), st.sampled_from(LANGUAGES))
def test_every_condition_that_is_signed_stands_in_a_sentence(
    one: Conditions, other: Conditions, language: TermsLanguage
) -> None:
    """Also if they differ in a single member: what is not said cannot be another."""
    for each in (other, *_by_one_member(one, other)):
        if _can_be_read(each):
            said = plain_text(terms_of(conditions=each), language)
            assert (said == plain_text(terms_of(conditions=one), language)) == (each == one)


def _by_one_member(one: Conditions, other: Conditions) -> Iterator[Conditions]:
    for each in fields(Conditions):
        changed: dict[str, Any] = {each.name: getattr(other, each.name)}
        yield replace(one, **changed)


def _can_be_read(value: Conditions) -> bool:
    try:
        return read_conditions(write_conditions(value, currency="EUR"), currency="EUR") == value
    except Unprocessable:
        return False


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("To bring it.", "To bring it."),
        ("One\r\n\u2028\u2029\x0b\x85\u3000 two", "One two"),
        ("a\u202eb\u2066c\u200bd\ufeffe\x00f\x1bg", "a\ufffdb\ufffdc\ufffdd\ufffde\ufffdf\ufffdg"),
        ("\U000e0041\ue000\ufdd0\U000f0000\U0010ffff", "\ufffd" * 5),
        ('Yes.” "No." „Oh“ «x»', "Yes.' 'No.' 'Oh' 'x'"),
        ("e" + "\u0301" * 50, "e" + "\u0301" * 4),
        ("\U0001f469\u200d\U0001f4bb \u2764\ufe0f", "\U0001f469\U0001f4bb \u2764"),
        ("Größe für 中文, Ελληνικά, русский", "Größe für 中文, Ελληνικά, русский"),
        ("{party} %s {0}", "{party} %s {0}"),
    ],
)
def test_reasons_are_made_harmless(written: str, shown: str) -> None:
    said = plain_text(terms_of(DataPolicy((replace(permitting(), content=written),))), TermsLanguage.ENGLISH)
    assert f"\nWhy: “{shown}”\n\n5. What" in said


@pytest.mark.parametrize("written", ["", " ", "\n\n", "\u200d\ufe0f"])
def test_a_reason_of_nothing_is_none(written: str) -> None:
    said = plain_text(terms_of(DataPolicy((replace(permitting(), content=written),))), TermsLanguage.ENGLISH)
    assert "Why" not in said


@given(st.text(max_size=300))
def test_no_reason_can_pass_for_a_clause(written: str) -> None:
    for language in LANGUAGES:
        bare = plain_text(terms_of(DataPolicy((permitting(),))), language).splitlines()
        permission = replace(permitting(), content=written.encode("utf-8", "replace").decode())
        said = plain_text(terms_of(DataPolicy((permission,))), language).splitlines()
        added = [line for line in said if line not in bare]
        assert len(said) - len(bare) == len(added) <= 1
        assert all(re.fullmatch('Why: “[^“”"]+”|Warum: „[^„“"]+“', line) for line in added)


def test_neither_language_nor_seed_of_the_process_makes_a_difference() -> None:
    code = (
        "import locale; locale.setlocale(locale.LC_ALL, '')\n"
        "from tests.protocol.test_plain_texts import frozen, FROZEN\n"
        "assert frozen() == FROZEN"
    )
    for seed, spoken in (("1", "C"), ("2", "C.UTF-8")):
        given_to = {**os.environ, "PYTHONHASHSEED": seed, "LC_ALL": spoken, "TZ": "Pacific/Kiritimati"}
        subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=given_to, check=True)


@pytest.mark.parametrize("answer", ANSWERS, ids=lambda each: each["name"])
def test_the_answers_that_others_try_theirs_on_hold(answer: dict[str, Any]) -> None:
    """They are frozen like the words, so that software in another language can be held to them."""
    terms = read_data_terms(answer["terms"], currency="EUR")
    check_texts(terms)
    assert {text.language for text in terms.plain_texts} == set(LANGUAGES)
    assert plain_text(terms, TermsLanguage.ENGLISH) == answer["text"]


def test_the_answers_say_every_sentence() -> None:
    said = "".join(answer["text"] for answer in ANSWERS)
    for key, sentence in WORDS["sentences"].items():
        parts = [re.escape(part) for part in re.split(r"{\w+}", sentence["en"])]
        assert re.search(".+".join(parts), said), key


def test_a_digest_of_another_text_is_refused() -> None:
    terms = terms_of(DataPolicy(limited()))
    texts = tuple(PlainText(each, EDITION, text_digest(terms, each)) for each in LANGUAGES)
    check_texts(replace(terms, plain_texts=texts))
    swapped = (replace(texts[0], digest=texts[1].digest), texts[1])
    with pytest.raises(Unprocessable, match="text-mismatch"):
        check_texts(replace(terms, plain_texts=swapped))
    with pytest.raises(Unprocessable, match="text-mismatch"):
        check_texts(replace(terms, plain_texts=texts, first_party=BUSINESS, second_party=CUSTOMER))


@pytest.mark.parametrize("edition", ["2", "99", "01", "1.0"])
def test_a_text_of_another_edition_is_not_verified(edition: str) -> None:
    known = PlainText(TermsLanguage.ENGLISH, EDITION, text_digest(terms_of(), TermsLanguage.ENGLISH))
    unknown = PlainText(TermsLanguage.GERMAN, edition, known.digest)
    assert are_verified(terms_of(plain_texts=(known,)))
    assert not are_verified(terms_of(plain_texts=(known, unknown)))
    check_texts(terms_of(plain_texts=(known, unknown)))
