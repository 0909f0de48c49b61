"""Every flag is raised by what its sentence says, and by no less: what terms, agreement and roster raise."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from node.core.linter import FLAGS, Allowance, lint, lint_policy, lint_terms, refused
from protocol.conditions import (
    Conditions,
    DisputeVenue,
    PriceChanges,
    PricePublication,
    Renewal,
    ReturnCosts,
    TermChanges,
)
from protocol.offers import Draft, read_draft
from protocol.plain_texts import EDITION, text_digest
from protocol.policies import DataPolicy, Duty, DutyKind
from protocol.prices import PriceLine, PriceLineKind
from protocol.registries import LOC
from protocol.rosters import RosterEntry, entry_of
from protocol.terms import DataTerms, PlainText, TermsLanguage
from protocol.times import Period
from tests.protocol.market import BUSINESS, CUSTOMER, DRAFT
from tests.protocol.policy_drawing import policies

FOLDER: Final = Path(__file__).parents[1] / "schemas/terms/valid"
START: Final = datetime(2026, 2, 1, tzinfo=UTC)  # the month has 28 days, and three from there have 89
LAST: Final = datetime.max.replace(tzinfo=UTC)
NAMESPACE: Final = "https://w3id.org/dpv/standards/ieee/7012#"
MONTHLY: Final = PriceLine(
    PriceLineKind.RECURRING, Decimal(10), "EUR", "Fee", per=Period.MONTH, count=None, until=None
)


def entry(name: str) -> RosterEntry:
    found = entry_of(NAMESPACE + name)
    assert found is not None
    return found


BASE: Final = entry("SD-BASE")
TEXT: Final = PlainText(TermsLanguage.ENGLISH, EDITION, "")
MODEST: Final = DataTerms(CUSTOMER, BUSINESS, DataPolicy(duties=BASE.template.duties), (TEXT,), roster=BASE)
PLAIN: Final = replace(
    DRAFT, price=(MONTHLY,), terms=MODEST, starts_at=START, ends_at=None, notice="P1M", content=""
)


def flags(draft: Draft = PLAIN, **known: Any) -> set[str]:
    """Return the codes that are raised, by default for a customer who has said nothing."""
    beside = {"published": None, "maximum": None, "at": START} | known
    return {flag.code for flag in lint(draft, **beside)}


def with_terms(**changes: Any) -> Draft:
    return replace(PLAIN, terms=replace(MODEST, **changes))


def agreed(**conditions: Any) -> Draft:
    return with_terms(conditions=Conditions(**conditions))


def renewing(period: str = "P1M", notice: str = "P1M", reminder: int | None = 14) -> Draft:
    return agreed(
        renewal=Renewal.AUTOMATIC, renewal_period=period, renewal_notice=notice, reminder_days=reminder
    )


def test_modest_terms_raise_nothing() -> None:
    assert flags() == set()
    assert flags(published=(BASE,), maximum=Allowance(BASE), country=f"{LOC}CH", follows=(PLAIN,)) == set()


@pytest.mark.parametrize(
    ("draft", "raised"),
    [
        (replace(PLAIN, terms=None), {"no-data-terms"}),
        (replace(PLAIN, content="Mind the dog."), {"free-text"}),
        # How it goes on.
        (renewing(), set()),
        (renewing(reminder=13), {"silent-renewal"}),
        (renewing(reminder=None), {"silent-renewal"}),
        (agreed(renewal=Renewal.OFFERED, reminder_days=None), set()),
        (agreed(renewal=Renewal.OFFERED, renewal_period="P12M"), set()),
        (renewing("P31D"), set()),
        (renewing("P32D"), {"long-renewal"}),
        (renewing("P1M3D"), set()),
        (renewing("P1M4D"), {"long-renewal"}),
        (replace(renewing("P1M"), starts_at=START + timedelta(days=-31)), set()),
        (renewing("P9999Y"), {"long-renewal"}),
        # How it is left.
        (replace(PLAIN, notice="P92D"), set()),
        (replace(PLAIN, notice="P93D"), {"long-notice"}),
        (replace(PLAIN, notice="P3M3D"), set()),
        (replace(PLAIN, notice="P3M4D"), {"long-notice"}),
        (replace(PLAIN, notice="P3M3D", starts_at=START + timedelta(days=31)), {"long-notice"}),
        (replace(PLAIN, notice="P9999Y"), {"long-notice"}),
        (replace(PLAIN, notice="P4M", terms=None), {"long-notice", "no-data-terms"}),
        (renewing(notice="P92D"), set()),
        (renewing(notice="P93D"), {"long-notice"}),
        (replace(PLAIN, notice=None), {"no-way-out"}),
        (replace(PLAIN, notice=None, price=(replace(MONTHLY, count=12),)), set()),
        (replace(PLAIN, notice=None, price=(replace(MONTHLY, until=START + timedelta(days=90)),)), set()),
        (replace(PLAIN, notice=None, price=(replace(MONTHLY, count=12), MONTHLY)), {"no-way-out"}),
        (replace(PLAIN, notice=None, ends_at=START + timedelta(days=9)), set()),
        (replace(PLAIN, notice=None, price=(replace(MONTHLY, kind=PriceLineKind.ONE_OFF, per=None),)), set()),
        (replace(PLAIN, ends_at=datetime(2028, 2, 1, tzinfo=UTC)), set()),
        (replace(PLAIN, ends_at=datetime(2028, 2, 1, 0, 0, 1, tzinfo=UTC)), {"long-term"}),
        (replace(PLAIN, starts_at=None, ends_at=datetime(2028, 2, 2, tzinfo=UTC)), {"long-term"}),
        (replace(PLAIN, starts_at=datetime(9999, 1, 1, tzinfo=UTC), ends_at=LAST), set()),
        # What may change.
        (agreed(term_changes=TermChanges.FREE), {"unilateral-change"}),
        (agreed(price_changes=PriceChanges.FREE), {"unilateral-change"}),
        (agreed(term_changes=TermChanges.NOTIFIED), {"notified-change"}),
        (agreed(price_changes=PriceChanges.NOTIFIED), {"notified-change"}),
        (agreed(price_changes=PriceChanges.AGREED), set()),
        (
            agreed(term_changes=TermChanges.FREE, price_changes=PriceChanges.NOTIFIED),
            {"unilateral-change", "notified-change"},
        ),
        # What else is agreed.
        (agreed(price_publication=PricePublication.FORBIDDEN), {"price-gag"}),
        (agreed(price_publication=PricePublication.ANONYMOUS), set()),
        (agreed(dispute_venue=DisputeVenue.ARBITRATION), {"arbitration-only"}),
        (agreed(dispute_venue=DisputeVenue.CHOICE), set()),
        (agreed(cancellation_fee=Decimal("0.01")), {"cancellation-fee"}),
        (agreed(withdrawal_days=13), {"short-withdrawal"}),
        (agreed(withdrawal_days=14), set()),
        (agreed(return_costs=ReturnCosts.CUSTOMER), {"returns-at-cost"}),
        # What stands around the terms.
        (with_terms(roster=None), {"no-roster"}),
        (with_terms(plain_texts=(TEXT, replace(TEXT, edition="2"))), {"text-unverified"}),
        (with_terms(plain_texts=(replace(TEXT, edition="99"),)), {"text-unverified"}),
        (with_terms(policy=DataPolicy(duties=(Duty(DutyKind.DELETE, 31),))), {"no-deletion", "no-receipts"}),
    ],
)  # fmt: skip
def test_a_flag_is_raised_by_what_its_sentence_says(draft: Draft, raised: set[str]) -> None:
    assert flags(draft) == raised


@pytest.mark.parametrize(
    ("law", "country", "foreign"),
    [
        ("AT", "AT", False),
        ("AT", "CH", True),
        ("", "CH", False),  # the customer's, wherever that is
        ("AT", "", False),  # nobody knows where the customer lives
    ],
)
def test_a_law_is_foreign_to_who_lives_elsewhere(law: str, country: str, foreign: bool) -> None:
    draft = agreed(jurisdiction=law and LOC + law)
    assert flags(draft, country=country and LOC + country) == ({"foreign-law"} if foreign else set())
    assert flags(replace(PLAIN, terms=None), country=f"{LOC}CH") == {"no-data-terms"}


@pytest.mark.parametrize(
    ("claimed", "accepts", "beyond"),
    [
        ("SD-BASE", ["SD-BASE"], False),
        ("SD-BASE-ATP", ["SD-BASE"], True),
        ("SD-BASE", ["SD-BASE-ATP"], False),  # it asks for less than it says
        ("SD-BASE-DP", ["SD-BASE"], False),
        ("SD-BASE", ["SD-BASE-DP"], True),
        ("SD-BASE-A", ["SD-BASE", "SD-BASE-A"], False),
        ("SD-BASE", [], True),  # it says in public that it accepts none
    ],
)
def test_what_is_claimed_is_beside_what_the_business_says_in_public(
    claimed: str, accepts: list[str], beyond: bool
) -> None:  # fmt: skip
    draft = with_terms(roster=entry(claimed))
    found = flags(draft, published=tuple(entry(name) for name in accepts))
    assert found == ({"beyond-published"} if beyond else set())
    assert flags(draft, published=None) == set()
    assert flags(with_terms(roster=None), published=()) == {"no-roster"}
    assert flags(replace(PLAIN, terms=None), published=()) == {"no-data-terms"}


def test_more_than_the_owner_allows_is_more_than_the_entry_or_than_the_cap() -> None:
    wide = with_terms(policy=entry("SD-BASE-ATP").template, roster=entry("SD-BASE-ATP"))
    odd = flags(wide)
    assert flags(wide, maximum=Allowance(BASE)) == odd | {"beyond-maximum"}
    assert flags(wide, maximum=Allowance(entry("SD-BASE-ATP"))) == odd
    strict = Allowance(BASE, DataPolicy(duties=(Duty(DutyKind.DELETE, 7),)))
    narrow = with_terms(policy=BASE.template)
    assert flags(narrow, maximum=strict) == flags(narrow) | {"beyond-maximum"}
    # Who may do nothing with data is within whatever is allowed, also without a promise about them.
    nothing = with_terms(policy=DataPolicy(), roster=None)
    for most in (strict, Allowance(BASE), Allowance(BASE, MODEST.policy)):
        assert flags(maximum=most) == set()
        assert flags(nothing, maximum=most) == flags(nothing)
    assert flags(replace(PLAIN, terms=None), maximum=strict) == {"no-data-terms"}


def test_more_than_before_is_more_than_what_it_follows() -> None:
    slower = with_terms(policy=DataPolicy(duties=(Duty(DutyKind.DELETE, 30), Duty(DutyKind.INFORM, 366))))
    assert flags(slower, follows=(PLAIN,)) == {"terms-widened"}
    assert flags(PLAIN, follows=(slower,)) == set()
    assert flags(slower, follows=(slower, PLAIN)) == {"terms-widened"}  # more than one of them is more
    base = with_terms(policy=BASE.template)
    assert flags(base, follows=(replace(PLAIN, terms=None),)) - flags(base) == {"terms-widened"}
    assert flags(PLAIN, follows=(replace(PLAIN, terms=None),)) == set()  # they permit nothing, either
    assert flags(replace(PLAIN, terms=None), follows=(PLAIN,)) == {"no-data-terms", "terms-widened"}
    worse = agreed(withdrawal_days=13)
    assert flags(worse, follows=(PLAIN,)) == flags(worse) | {"terms-widened"}
    assert flags(PLAIN, follows=(worse,)) == set()


def test_terms_alone_are_taken_at_the_longest_that_they_can_be() -> None:
    def found(draft: Draft) -> set[str]:
        assert draft.terms is not None
        return {flag.code for flag in lint_terms(draft.terms)}

    assert found(renewing("P1M", "P3M")) == set()
    assert found(renewing("P1M1D", "P3M1D")) == {"long-renewal", "long-notice"}
    assert found(with_terms(roster=None)) == {"no-roster"}
    (beyond,) = lint_terms(MODEST, (), None)
    assert beyond.code == "beyond-published"


def test_a_policy_alone_is_compared_with_the_most_that_is_allowed() -> None:
    wide = entry("SD-BASE-ATP").template
    beyond = {*lint_policy(wide, Allowance(BASE))} - {*lint_policy(wide)}
    assert {flag.code for flag in beyond} == {"beyond-maximum"}


def test_each_flag_stands_once() -> None:
    codes = [flag.code for flag in FLAGS]
    assert len(codes) == len(set(codes)) == 35
    assert all(flag.sentence.endswith(".") for flag in FLAGS)
    assert len({flag.sentence for flag in FLAGS}) == len(FLAGS)  # nobody is told two things by one


def test_what_takes_away_what_nobody_gets_back_is_refused_at_first() -> None:
    assert {*refused(FLAGS)} == {
        "onward-sharing", "open-recipients", "training", "selling", "silent-renewal", "unilateral-change",
        "price-gag", "arbitration-only",
    }  # fmt: skip
    assert refused(()) == ()


def offered() -> tuple[Draft, dict[str, Any]]:
    offer = json.loads((FOLDER / "offer-flagged.jsonld").read_bytes())
    listed = json.loads((FOLDER / "offer-flagged.flags.json").read_bytes())
    return read_draft(offer["object"], author=offer["actor"]), listed


def test_the_flagged_offer_has_exactly_its_flags() -> None:
    draft, listed = offered()
    accepts = [entry_of(iri) for iri in listed["business accepts"]]
    maximum = entry_of(listed["maximum"])
    assert maximum is not None
    found = flags(
        draft,
        published=tuple(accepted for accepted in accepts if accepted is not None),
        maximum=Allowance(maximum),
        country=LOC + listed["customer country"],
    )
    assert sorted(found) == listed["flags"]


def turned(draft: Draft) -> Draft:
    """Return the draft with everything in it the other way around."""
    assert draft.terms is not None
    policy = draft.terms.policy
    back = DataPolicy(policy.permissions[::-1], policy.duties[::-1], policy.compensations[::-1])
    texts = draft.terms.plain_texts[::-1]
    return replace(draft, price=draft.price[::-1], terms=replace(draft.terms, policy=back, plain_texts=texts))


@given(policies(), policies(), st.sampled_from([None, BASE, entry("SD-BASE-ATP")]))
def test_no_flag_depends_on_an_order(
    drawn: tuple[Any, DataPolicy], earlier: tuple[Any, DataPolicy], roster: RosterEntry | None
) -> None:
    texts = (TEXT, replace(TEXT, language=TermsLanguage.GERMAN, edition="7"))
    draft = with_terms(policy=drawn[1], roster=roster, plain_texts=texts)
    before = with_terms(policy=earlier[1])
    known: dict[str, Any] = {"published": (BASE, entry("PDC-INTENT")), "maximum": Allowance(BASE)}
    there = flags(draft, follows=(before,), **known)
    known["published"] = known["published"][::-1]
    assert flags(turned(draft), follows=(turned(before),), **known) == there


@pytest.mark.parametrize("change", [turned, lambda draft: draft], ids=["turned", "as it stands"])
def test_flags_come_in_the_order_of_the_table(change: Callable[[Draft], Draft]) -> None:
    found = [flag.code for flag in lint(change(offered()[0]), None, None, at=START)]
    table = [flag.code for flag in FLAGS]
    assert found == sorted(found, key=table.index)


def test_a_stated_digest_raises_nothing_here() -> None:
    digest = text_digest(MODEST, TermsLanguage.ENGLISH)
    assert flags(with_terms(plain_texts=(replace(TEXT, digest=digest),))) == set()
