"""Terms from flags and files, and how offers and agreements are shown."""

from datetime import UTC, datetime
from typing import Any

import pytest

from node.terminal import deals, drafts
from node.terminal.failures import ExitCode, Failure
from protocol.documents import Document

NOW = datetime(2026, 1, 31, 12, 0, tzinfo=UTC)


POLICY: Document = {"type": "Set", "policyProfile": "https://w3id.org/freehold/policy/1"}
FILES: dict[str, Document] = {"policy.json": POLICY, "terms.json": {"policy": POLICY, "roster": "SD-BASE"}}


@pytest.mark.parametrize(
    ("file", "stated"), [("policy.json", {"policy": POLICY}), ("terms.json", FILES["terms.json"])]
)
def test_terms_about_data_stand_in_a_file(file: str, stated: Any) -> None:
    read = drafts.terms({"about_data": file}, {}, now=NOW, document=FILES.__getitem__)
    assert read == {"terms": stated}


def test_terms_about_data_are_said_in_words() -> None:
    lines = [said for label, said in drafts.on_the_table({"terms": {"policy": POLICY}}) if label == "data"]
    assert lines == ["the business's own terms", "permits: nothing"]


def test_flags_make_terms() -> None:
    flags = {
        "price": ["Bike: 2249 EUR", "5 EUR/month x12"],
        "name": "City bike",
        "quantity": "1",
        "having": ["weight=13.2 kg", "colour=blue"],
        "starts": "2026-05-01",
        "ends": "2026-05-31",
        "notice": "1 month",
        "content": "As seen.",
        "expires": "in 3 days",
    }
    assert drafts.terms(flags, {}, now=NOW, document=FILES.__getitem__) == {
        "name": "City bike",
        "content": "As seen.",
        "quantity": {"value": "1", "unit": "one"},
        "price": [
            {"kind": "oneOff", "amount": "2249", "currency": "EUR", "label": "Bike"},
            {"kind": "recurring", "amount": "5", "currency": "EUR", "per": "month", "count": 12},
        ],
        "properties": [
            {"property": "weight", "value": "13.2", "unit": "kg"},
            {"property": "colour", "value": "blue"},
        ],
        "notice": "P1M",
        "starts_at": "2026-05-01T00:00:00Z",
        "ends_at": "2026-05-31T23:59:59Z",
        "expires_at": "2026-02-03T12:00:00Z",
    }


def test_flags_stand_on_top_of_a_file() -> None:
    base = {"name": "Bike", "notice": "P1M"}
    assert drafts.terms({"notice": "P2M"}, base, now=NOW, document=FILES.__getitem__) == {
        "name": "Bike",
        "notice": "P2M",
    }


WEIGHT = {"property": "weight", "value": "13.2", "unit": "kg"}
BLUE = {"property": "colour", "value": "blue", "unit": ""}


@pytest.mark.parametrize(
    ("having", "file", "stated"),
    [
        (["colour=red"], {}, [WEIGHT, {"property": "colour", "value": "red"}]),
        (["gears=27"], {}, [WEIGHT, BLUE, {"property": "gears", "value": "27"}]),
        (["colour="], {}, [WEIGHT]),
        (["gears=27"], {"properties": [BLUE]}, [BLUE, {"property": "gears", "value": "27"}]),
        (["gears=27"], {"properties": "no list"}, [{"property": "gears", "value": "27"}]),
        ([], {"properties": [BLUE]}, [BLUE]),
    ],
)
def test_a_property_takes_the_place_of_its_namesake_alone(
    having: list[str], file: dict[str, Any], stated: list[dict[str, str]]
) -> None:
    before = {"properties": [WEIGHT, BLUE]}
    assert (
        drafts.terms({"having": having}, file, now=NOW, document=FILES.__getitem__, before=before)[
            "properties"
        ]
        == stated
    )


def test_what_is_not_there_is_not_taken_away() -> None:
    for before in ({"properties": [WEIGHT]}, None):
        with pytest.raises(Failure, match="no colour to take away"):
            drafts.terms({"having": ["colour="]}, {}, now=NOW, document=FILES.__getitem__, before=before)


def test_an_offered_thing_has_values_not_bounds() -> None:
    with pytest.raises(Failure, match="no property of an offer"):
        drafts.terms({"having": ["weight<=14 kg"]}, {}, now=NOW, document=FILES.__getitem__)


OFFER: dict[str, Any] = {
    "id": "of_1",
    "role": "offeree",
    "peer": {"iri": "https://velo.example/actors/velo", "name": "Velo\x1b[2J Nord", "handle": "velo"},
    "state": "offered",
    "name": "Bike",
    "quantity": {"value": "1", "unit": "one"},
    "price": [{"kind": "oneOff", "amount": "2249.00", "currency": "EUR"}],
    "total": "2249.00",
    "currency": "EUR",
    "properties": [{"property": "weight", "value": "13.2", "unit": "kg"}],
    "starts_at": None,
    "ends_at": None,
    "notice": None,
    "content": "",
    "expires_at": "2026-02-06T12:00:00Z",
    "rounds": 1,
    "proof": {"verified": True, "verification_method": "https://velo.example/actors/velo#ed25519-1"},
    "digest": "zQm1",
    "intention": "int_1",
    "countered": None,
    "agreement": None,
}


NOT_TAKEN = "the acceptance was undone, or the other side did not take it; nobody is bound, nothing is owed"
BACKED_OUT = "the side that made the offer backed out, on record; nobody is bound, nothing is owed"
WAITS = "the other side has still to countersign; nothing is owed before that"
CHOOSE = "countersign it, or back out with renege; nothing is owed before that"
LEFT = "until 2026-02-03 12:00 (3 days); else it lapses"


def test_an_offer_is_shown_line_by_line() -> None:
    assert list(deals.describe(OFFER, now=NOW)) == [
        "  offer      of_1",
        r"  from       Velo\x1b[2J Nord  https://velo.example/actors/velo",
        "  state      offered",
        "  what       Bike",
        "  quantity   1",
        "  price      2,249.00 EUR",
        "  total      2,249.00 EUR",
        "  has        weight 13.2 kg",
        "  stands     until 2026-02-06 12:00 (6 days)",
        "  rounds     1",
        "  signature  ✓ verified  https://velo.example/actors/velo#ed25519-1",
        "  digest     zQm1",
        "  intention  int_1",
    ]


@pytest.mark.parametrize(
    ("role", "said"), [("offeree", "  You asked for instead:"), ("offerer", "  Asked for instead:")]
)
def test_what_was_asked_for_instead_is_shown_below(role: str, said: str) -> None:
    asked = {"name": "Bike", "price": OFFER["price"], "total": "2000.00", "currency": "EUR"}
    offer = {**OFFER, "role": role, "state": "countered", "countered": asked, "proof": {}}
    lines = list(deals.describe(offer, now=NOW))
    assert lines[lines.index(said) :] == [
        said,
        "    what    Bike",
        "    price   2,249.00 EUR",
        "    total   2,000.00 EUR",
        "    stands  until 2026-02-06 12:00 (6 days)",
    ]
    # Until then it is what was asked for that stands, and no longer what was offered.
    assert not [line for line in lines[: lines.index(said)] if "signature" in line or "stands" in line]


def test_meeting_a_counter_takes_its_terms_and_nothing_computed() -> None:
    asked = {"name": "Bike", "price": OFFER["price"], "total": "2000.00", "currency": "EUR"}
    assert deals.countered({"countered": asked}) == {"name": "Bike", "price": OFFER["price"]}
    # What was asked to be left out is left out, and does not stay as it was.
    without = {"name": "Bike", "notice": None, "total": None, "terms": None}
    assert deals.countered({"countered": without}) == {"name": "Bike", "notice": None, "terms": None}
    with pytest.raises(Failure) as refused:
        deals.countered(OFFER)
    assert refused.value.exit_code == ExitCode.CONFLICT


def test_an_agreement_is_shown_with_its_plain_words() -> None:
    agreed = {
        **OFFER,
        "id": "agr_1",
        "state": "concluded",
        "plain": "You pay 2,249.00 EUR.\nIt ends.",
        "offer": "of_1",
    }
    lines = list(deals.agreement(agreed, now=NOW))
    assert lines[0] == "  agreement  agr_1"
    assert lines[-2:] == ["  plainly    You pay 2,249.00 EUR.", "  plainly    It ends."]


BY, NOTICE = {"act_by": "2026-02-22T00:00:00Z"}, "Give notice by 2026-02-22 00:00."


@pytest.mark.parametrize(
    ("alert", "words"),
    [
        ({"kind": "late"}, "It was to be done by 2026-03-01 00:00, and nobody has confirmed it."),
        (
            {"kind": "rises", "before": "20.00", "after": "30.00", "per": "month"},
            "From 2026-03-01 00:00 it costs 30.00 EUR a month instead of 20.00 EUR.",
        ),
        (
            {"kind": "rises", "before": "20.00", "after": "30.00", "per": "year", **BY},
            f"From 2026-03-01 00:00 it costs 30.00 EUR a year instead of 20.00 EUR. {NOTICE}",
        ),
        (
            {"kind": "notice", **BY},
            f"It ends on 2026-03-01 00:00. {NOTICE} Later, notice makes no difference.",
        ),
        ({"kind": "ends"}, "It ends by itself on 2026-03-01 00:00."),
        ({"kind": "new\x1b[2J"}, "new\\x1b[2J: 2026-03-01 00:00"),
    ],
)
def test_what_has_to_be_known_of_an_agreement_is_said(alert: dict[str, str], words: str) -> None:
    known = {**OFFER, "state": "concluded", "alerts": [{"at": "2026-03-01T00:00:00Z", **alert}]}
    assert f"  know       {words}" in list(deals.agreement(known, now=NOW))


@pytest.mark.parametrize(
    ("state", "role", "said"),
    [
        ("offered", "offeree", "offered"),
        ("concluded", "offerer", "concluded"),
        ("accepted", "offeree", f"accepted: {WAITS}, {LEFT}"),
        ("accepted", "offerer", f"accepted: {CHOOSE}, {LEFT}"),
        ("lapsed", "offeree", "lapsed: nobody countersigned in time; nobody is bound, nothing is owed"),
        ("reneged", "offeree", f"reneged: {BACKED_OUT}"),
        (
            "void",
            "offeree",
            f"void: {NOT_TAKEN}",
        ),
        ("ending", "offeree", "ending: notice was given; it holds until its last day"),
        ("superseded", "offeree", "superseded: an amendment has taken its place"),
    ],
)
def test_a_state_says_who_is_bound(state: str, role: str, said: str) -> None:
    deal = {**OFFER, "state": state, "role": role, "holds_until": "2026-02-03T12:00:00Z"}
    assert deals.standing(deal, now=NOW) == said
    assert f"  state      {said}" in list(deals.agreement(deal, now=NOW))


@pytest.mark.parametrize("state", ["rejected", "withdrawn", "expired", "lapsed"])
def test_what_was_answered_for_good_stands_no_more(state: str) -> None:
    assert [line for line in deals.describe(OFFER, now=NOW) if "stands" in line]
    assert not [line for line in deals.describe({**OFFER, "state": state}, now=NOW) if "stands" in line]


def test_what_was_never_concluded_is_not_called_that() -> None:
    at = "2026-02-03T12:00:00Z"
    deal = {**OFFER, "accepted_at": at, "concluded_at": None, "agreement": "agr_1"}
    assert "  accepted   2026-02-03 12:00" in list(deals.agreement(deal, now=NOW))
    assert "  concluded  2026-02-03 12:00" in list(deals.agreement({**deal, "concluded_at": at}, now=NOW))
    assert not [line for line in deals.describe(deal, now=NOW) if "stands" in line]


def test_a_signature_is_a_word_and_a_mark() -> None:
    assert deals.signed({"verified": True}) == "signed ✓"
    assert deals.signed({"verified": False}) == "NOT VERIFIED ✗"
    assert deals.signed({}) == ""
    assert "✗ NOT VERIFIED" in "".join(deals.describe({**OFFER, "proof": {"verified": False}}, now=NOW))


def test_an_offer_names_the_other_to_choose_from() -> None:
    either = deals.describe({**OFFER, "alternative_to": "of_2"}, now=NOW)
    assert "  or instead  of_2" in [line.rstrip() for line in either]


def test_long_things_show_their_two_ends() -> None:
    assert deals.shortened("z6MkpYMcxgyD29VGgi5BS1YKgUpbwHkNirpDzLVNZL6H17JT") == "z6MkpYMc…17JT"
