"""Final agreements: made from an offer, checked against it, left."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from protocol.agreements import (
    Agreement,
    Signatory,
    check_final,
    conclude,
    earliest_end,
    read_agreement,
)
from protocol.canonical import digest_of
from protocol.errors import Conflict, Unprocessable
from protocol.negotiation import Party
from protocol.offers import render_draft
from protocol.prices import PriceLine, PriceLineKind
from protocol.quantities import Quantity
from protocol.strictjson import Document
from tests.protocol.market import (
    AGREEMENT,
    BUSINESS,
    CUSTOMER,
    DRAFT,
    MULTIBASES,
    NOW,
    SALT,
    concluded,
    signatories,
)

THREAD = concluded()
OFFER = THREAD.documents[0]
FINAL = THREAD.final
EXPECTED: dict[str, Any] = {
    "draft": DRAFT,
    "offer": OFFER["id"],
    "offer_digest": digest_of(OFFER),
    "parties": signatories(),
}
AT_ONCE = (PriceLine(PriceLineKind.ONE_OFF, Decimal("6147.60"), "EUR"),)  # the same total


def final(**changes: Any) -> Document:
    return {member: value for member, value in (FINAL | changes).items() if value is not None}


def plain() -> Document:
    """What a peer that knows nothing but FEP-0837 answers."""
    draft = render_draft(DRAFT)
    return {
        "type": "Agreement",
        "id": AGREEMENT,
        "stipulates": {**draft["stipulates"], "id": AGREEMENT + "#primary"},
        "stipulatesReciprocal": {**draft["stipulatesReciprocal"], "id": AGREEMENT + "#reciprocal"},
    }


def test_an_agreement_is_the_offer_and_what_makes_it_final() -> None:
    added = {member: value for member, value in FINAL.items() if value != OFFER["object"].get(member)}
    assert added == {
        "id": AGREEMENT,
        "stipulates": OFFER["object"]["stipulates"] | {"id": AGREEMENT + "#primary"},
        "stipulatesReciprocal": OFFER["object"]["stipulatesReciprocal"] | {"id": AGREEMENT + "#reciprocal"},
        "attributedTo": CUSTOMER,
        "parties": [
            {
                "type": "Party",
                "actor": BUSINESS,
                "role": "offerer",
                "verificationMethod": BUSINESS + "#ed25519-1",
                "publicKeyMultibase": MULTIBASES[BUSINESS + "#ed25519-1"],
            },
            {
                "type": "Party",
                "actor": CUSTOMER,
                "role": "offeree",
                "verificationMethod": CUSTOMER + "#ed25519-1",
                "publicKeyMultibase": MULTIBASES[CUSTOMER + "#ed25519-1"],
            },
        ],
        "offer": OFFER["id"],
        "digestMultibase": digest_of(OFFER),
        "salt": SALT,
        "published": "2026-03-14T12:31:00Z",
    }


def test_an_agreement_is_read_whole() -> None:
    agreement = read_agreement(FINAL)
    assert agreement == Agreement(
        iri=AGREEMENT,
        draft=DRAFT,
        parties=signatories(),
        offer=OFFER["id"],
        offer_digest=digest_of(OFFER),
        salt=SALT,
        attributed_to=CUSTOMER,
        published=NOW + timedelta(minutes=1),
    )
    assert agreement.complete
    assert agreement.signatory(Party.OFFEREE).actor == CUSTOMER
    check_final(agreement, **EXPECTED)


def test_the_parties_are_the_same_in_either_order() -> None:
    assert read_agreement(final(parties=FINAL["parties"][::-1])) == read_agreement(FINAL)


def test_an_amendment_names_what_it_supersedes() -> None:
    older = "https://customer.example/agreements/agr_0"
    document = conclude(
        DRAFT,
        iri=AGREEMENT,
        offer=OFFER["id"],
        offer_digest=digest_of(OFFER),
        parties=signatories(),
        salt=SALT,
        attributed_to=CUSTOMER,
        published=NOW,
        supersedes=older,
    )
    agreement = read_agreement(document)
    assert agreement.supersedes == older
    check_final(agreement, **EXPECTED, supersedes=older)
    for supersedes, amending in ((None, agreement), (older, read_agreement(FINAL))):
        with pytest.raises(Unprocessable, match="supersedes-mismatch"):
            check_final(amending, **EXPECTED, supersedes=supersedes)


def party(**changes: Any) -> dict[str, Any]:
    member = {name: value for name, value in (FINAL["parties"][0] | changes).items() if value is not None}
    return {"parties": [member, FINAL["parties"][1]]}


@pytest.mark.parametrize(
    ("document", "code"),
    [
        (final(type="Document"), "wrong-type"),
        (final(id=None), "missing-member"),
        (final(penalty="100 EUR"), "unknown-member"),
        (final(proof={}), "unknown-member"),
        (final(stipulates=OFFER["object"]["stipulates"]), "missing-member"),
        (final(stipulatesReciprocal=OFFER["object"]["stipulatesReciprocal"]), "missing-member"),
        (final(salt="short"), "malformed-salt"),
        (final(salt="_" * 23), "text-too-long"),
        (final(salt="_" * 21 + "B"), "malformed-salt"),
        (final(salt="=" * 22), "malformed-salt"),
        (final(parties=FINAL["parties"][:1]), "malformed-parties"),
        (final(parties=FINAL["parties"][1:]), "malformed-parties"),
        (final(parties=FINAL["parties"] * 2), "too-many"),
        (final(**party(role="offeree")), "malformed-parties"),
        (final(**party(role="clock")), "malformed-parties"),
        (final(**party(role="witness")), "unknown-role"),
        (final(**party(role=None)), "missing-member"),
        (final(**party(actor=CUSTOMER)), "malformed-parties"),
        (final(**party(publicKeyMultibase=FINAL["parties"][1]["publicKeyMultibase"])), "malformed-parties"),
        (final(**party(publicKeyMultibase=None)), "missing-member"),
        (final(**party(publicKeyMultibase="z" * 65)), "text-too-long"),
        (final(**party(verificationMethod=None)), "missing-member"),
        (final(**party(name="Garage")), "unknown-member"),
        (final(**party(type="Organization")), "wrong-type"),
        (final(digestMultibase="z" * 65), "text-too-long"),
        (final(url="https://pay.example/invoices/1"), "unknown-member"),
        (final(url=[{"type": "Link", "href": "https://pay.example/1", "name": "more"}]), "unknown-member"),
    ],
)
def test_an_agreement_we_do_not_fully_understand_is_refused(document: Document, code: str) -> None:
    with pytest.raises(Unprocessable, match=code):
        read_agreement(document)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"draft": replace(DRAFT, quantity=Quantity(Decimal(2)))}, "terms-changed"),
        ({"draft": replace(DRAFT, name="Estate car")}, "terms-changed"),
        ({"draft": replace(DRAFT, notice=None)}, "terms-changed"),
        ({"draft": replace(DRAFT, notice="P3M")}, "terms-changed"),
        ({"draft": replace(DRAFT, properties=())}, "terms-changed"),
        ({"draft": replace(DRAFT, price=AT_ONCE)}, "terms-changed"),
        ({"offer": "https://business.example/activities/act_9"}, "offer-mismatch"),
        ({"offer_digest": digest_of({})}, "digest-mismatch"),
        ({"parties": signatories()[::-1]}, "parties-mismatch"),
        ({"parties": (replace(signatories()[0], multibase="z6Mk"), signatories()[1])}, "parties-mismatch"),
    ],
)
@pytest.mark.parametrize("plain", [False, True])
def test_an_agreement_that_is_not_the_offer_is_refused(
    changes: dict[str, Any], code: str, plain: bool
) -> None:
    with pytest.raises(Unprocessable, match=code):
        check_final(read_agreement(FINAL), **EXPECTED | changes, plain=plain)


def test_an_agreement_attributed_to_another_is_refused() -> None:
    with pytest.raises(Unprocessable, match="attribution-mismatch"):
        check_final(read_agreement(final(attributedTo=BUSINESS)), **EXPECTED)


@pytest.mark.parametrize(
    "member", ["offer", "digestMultibase", "salt", "attributedTo", "published", "parties"]
)
def test_an_agreement_without_what_evidence_needs_is_incomplete(member: str) -> None:
    agreement = read_agreement(final(**{member: None}))
    assert not agreement.complete
    with pytest.raises(Unprocessable, match="agreement-incomplete"):
        check_final(agreement, **EXPECTED)
    check_final(agreement, **EXPECTED, plain=True)


def test_a_plain_agreement_repeats_the_quantities() -> None:
    agreement = read_agreement(plain())
    assert not agreement.complete
    check_final(agreement, **EXPECTED, plain=True)
    check_final(agreement, **EXPECTED, supersedes="https://customer.example/agreements/agr_0", plain=True)
    with pytest.raises(Unprocessable, match="agreement-incomplete"):
        agreement.signatory(Party.OFFERER)


@pytest.mark.parametrize(
    ("offered", "repeated", "same"),
    [("P2W", "P14D", True), ("P1Y", "P12M", True), ("P1M", "P30D", False), ("P14D", "P1D", False)],
)
def test_a_plain_agreement_may_spell_the_notice_otherwise(offered: str, repeated: str, same: bool) -> None:
    expected = EXPECTED | {"draft": replace(DRAFT, notice=offered)}
    agreement = replace(read_agreement(plain()), draft=replace(DRAFT, notice=repeated))
    if same:
        check_final(agreement, **expected, plain=True)
    else:
        with pytest.raises(Unprocessable, match="terms-changed"):
            check_final(agreement, **expected, plain=True)


def test_a_plain_agreement_takes_its_currency_from_the_intention() -> None:
    document = plain()
    del document["stipulatesReciprocal"]["resourceConformsTo"]
    assert read_agreement(document, currency="CHF").draft.currency == "CHF"


@pytest.mark.parametrize(
    ("notice", "ends_at", "earliest"),
    [
        ("P1M", None, datetime(2026, 4, 14, 12, 30, tzinfo=UTC)),
        ("P1Y2M3W4D", None, datetime(2027, 6, 8, 12, 30, tzinfo=UTC)),
        ("P1D", None, NOW + timedelta(days=1)),
        ("P1M", NOW + timedelta(days=3), NOW + timedelta(days=3)),
        (None, NOW + timedelta(days=300), NOW + timedelta(days=300)),
    ],
)
def test_leaving_takes_the_notice_and_never_longer_than_the_end(
    notice: str | None, ends_at: datetime | None, earliest: datetime
) -> None:
    draft = replace(DRAFT, starts_at=None, notice=notice, ends_at=ends_at)
    assert earliest_end(Agreement(AGREEMENT, draft), NOW) == earliest


def test_an_agreement_without_notice_or_end_cannot_be_left() -> None:
    with pytest.raises(Conflict, match="no-leaving"):
        earliest_end(Agreement(AGREEMENT, replace(DRAFT, notice=None, ends_at=None)), NOW)


def test_a_party_is_a_value() -> None:
    assert signatories()[0] == Signatory(
        BUSINESS, Party.OFFERER, BUSINESS + "#ed25519-1", MULTIBASES[BUSINESS + "#ed25519-1"]
    )


def test_a_key_lies_where_its_party_does() -> None:
    foreign = [replace(party, verification_method="https://evil.example/key") for party in signatories()]
    agreement = replace(read_agreement(FINAL), parties=tuple(foreign))
    with pytest.raises(Unprocessable, match="parties-mismatch"):
        check_final(agreement, **EXPECTED | {"parties": foreign})
