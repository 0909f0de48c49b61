"""The door of terms about data: what is not taken, what waits for a person, and who is told why."""

from typing import Any

import pytest

from node.core.drafts import ProposedTerms
from node.core.rings import CATEGORIES
from node.core.terms_door import TermsRefused
from node.services.intentions import showing
from node.services.ledger import journals
from node.services.negotiations import agreements, offers
from node.services.negotiations.loading import load as load_negotiation
from node.services.people import peers as peer_service
from node.services.people import profiles
from node.services.terms import settings
from node.services.trade import pricelists
from node.services.trade import shop as trade
from node.storage import journal
from node.storage.term_settings import TermSettingsRow, load_term_settings, save_term_settings
from protocol.errors import Conflict, Remote, Unprocessable
from protocol.negotiation import Event
from tests.protocol.data_terms import EMAIL, asked
from tests.protocol.policy_cells import DPV
from tests.protocol.policy_drawing import constraint, duty, permission, policy
from tests.services.loading import load
from tests.services.parties import Party, carry, check_journal, settle
from tests.services.test_data_terms import PRICE, STATED, meet
from tests.services.test_negotiation import cast, offer, only
from tests.services.test_shop import PRICE_LIST, RULE, turn
from tests.services.tracing import Trace

LOWER: Any = [PRICE[0] | {"amount": "800.00"}]
ODRL = "http://www.w3.org/ns/odrl/2/"
DUTIES = [duty("delete", "P30D"), duty("inform", "P365D")]
AT_FIRST = dict.fromkeys(("maximum", "categories", "businesses", "cap"))
NAME = "http://schema.org/name"
TELEPHONE = "http://schema.org/telephone"
TRACKING = policy(permission([f"{DPV}Tracking"], [EMAIL], ["PaymentManagement"]), duties=DUTIES)
SELLING = policy(permission([f"{DPV}Use"], [EMAIL], ["SellDataToThirdParties"]), duties=DUTIES)


def used(*fields: str, days: int = 30, duties: Any = None) -> dict[str, Any]:
    """A policy within SD-BASE that stores these fields for so many days."""
    kept = constraint(f"{ODRL}elapsedTime", "lteq", f"P{days}D")
    stored = permission([f"{DPV}Store"], [*fields], ["PaymentManagement"], kept)
    return policy(stored, duties=DUTIES if duties is None else duties)


@pytest.fixture
def shop(ada: Party, bikes: Party) -> Party:
    """A shop that knows Ada's wish, both of which understand data terms."""
    meet(ada, bikes)
    meet(bikes, ada)
    cast(ada, bikes)
    return bikes


def codes(shown: Any) -> set[str]:
    """Return the codes of the flags of what is shown, but for notes."""
    return {flag["code"] for flag in shown["flags"] if flag["severity"] != "note"}


def turned_away(sender: Party, receiver: Party) -> Remote:
    """Deliver what is queued, which is refused; return the error that the sender is told of."""
    (row,) = sender.queued()
    recorded = journal.load_entry(sender.db, row.entry)
    assert recorded is not None
    with pytest.raises(Remote) as caught:
        receiver.receive(recorded.entry.body, sender)
    settle(sender, receiver)
    return caught.value


def proposed(shop: Party, terms: Any, **members: Any) -> None:
    """Have the shop answer the wish that it knows; the offer is queued."""
    known = shop.do(showing.list, own=False)["items"][0]["id"]
    shop.do(offers.make, known, {"price": PRICE, "terms": terms, **members})


def held_for(party: Party) -> list[Any]:
    """Return for which flags the journal says that something waits for a person."""
    entries = party.write(lambda db: journals.list(db, party.iri, limit=100))["items"]
    return [entry["decision"]["held"].split() for entry in entries if "held" in entry.get("decision", {})]


def test_what_nobody_should_agree_to_is_not_taken_and_the_codes_say_why(ada: Party, shop: Party) -> None:
    proposed(shop, {"policy": SELLING})
    error = turned_away(shop, ada)
    assert isinstance(error, TermsRefused)
    assert (error.code, error.flags) == ("terms-refused", ("selling",))
    assert ada.do(offers.list)["items"] == []
    check_journal(ada)


def test_an_owner_chooses_what_is_refused(ada: Party, shop: Party) -> None:
    ada.do(settings.change, {"flags": {"selling": "warn", "price-gag": "note", "short-withdrawal": "refuse"}})
    proposed(shop, STATED | {"conditions": {"withdrawalPeriod": "P3D", "pricePublication": "forbidden"}})
    error = turned_away(shop, ada)
    assert isinstance(error, TermsRefused)
    assert error.flags == ("short-withdrawal",)
    proposed(shop, {"policy": SELLING})
    settle(shop, ada)
    assert "selling" in codes(only(ada))
    assert only(shop, state="offered")["flags"] == []  # they are for the customer


def test_what_an_owner_refuses_is_refused_also_where_nothing_is_said_about_data(
    ada: Party, shop: Party
) -> None:
    proposed(shop, None, content="As you like it.")
    settle(shop, ada)
    assert [flag["code"] for flag in only(ada)["flags"]] == ["no-data-terms", "free-text"]
    ada.do(settings.change, {"flags": {"free-text": "refuse"}})
    proposed(shop, None, content="As you like it.")
    error = turned_away(shop, ada)
    assert isinstance(error, TermsRefused)
    assert error.flags == ("free-text",)


def test_more_than_the_maximum_is_shown_or_refused(ada: Party, shop: Party) -> None:
    proposed(shop, {"policy": TRACKING})
    settle(shop, ada)
    assert codes(only(ada)) == {"tracking", "no-roster", "beyond-maximum"}
    ada.do(settings.change, {"beyond": "refuse"})
    shop.do(offers.reoffer, only(shop)["id"], {"price": LOWER})
    assert turned_away(shop, ada).code == "terms-too-wide"
    assert only(ada)["price"][0]["amount"] == "900.00"


def test_what_businesses_say_in_public_is_looked_up_once_for_a_list(
    ada: Party, bikes: Party, wheels: Party
) -> None:
    for shop in (bikes, wheels):
        meet(ada, shop)
        meet(shop, ada)
    cast(ada, bikes, wheels)
    for shop in (bikes, wheels):
        proposed(shop, STATED)
        settle(shop, ada)
    trace = Trace()
    found = trace.run(lambda: ada.do(offers.list))["items"]
    assert len(found) == 2
    assert trace.count("node/storage/cache.py", "load_documents") == 1
    assert not [row for row in trace.loads if row[0] == "remote_actors"]


def test_a_maximum_is_for_all_for_a_category_or_for_one_business(ada: Party, bikes: Party) -> None:
    shop, category = bikes, "https://www.wikidata.org/entity/Q11442"
    meet(ada, shop)
    meet(shop, ada)
    cast(ada, shop, category=category)
    proposed(shop, {"policy": TRACKING}, category=f"{category}x")
    settle(shop, ada)
    for allowed in (
        {"maximum": "SD-BASE-AT"},
        {"categories": {category: "SD-BASE-AT"}},
        {"businesses": {shop.iri: "SD-BASE-AT"}, "categories": {category: "SD-BASE"}},
    ):
        ada.do(settings.change, AT_FIRST | allowed)
        assert "beyond-maximum" not in codes(only(ada)), allowed
    ada.do(settings.change, AT_FIRST | {"maximum": "SD-BASE-AT", "cap": asked()})
    assert "beyond-maximum" in codes(only(ada))
    ada.do(settings.change, {"cap": None, "categories": {f"{category}x": "SD-BASE"}})
    assert "beyond-maximum" not in codes(only(ada))
    check_journal(ada)


def test_a_maximum_for_what_everybody_is_told_of_a_wish_holds_for_it(ada: Party, bikes: Party) -> None:
    mobility, exact = f"{CATEGORIES}mobility", "https://www.wikidata.org/entity/Q11442"
    meet(ada, bikes)
    meet(bikes, ada)
    cast(ada, bikes, category=exact, rings={"category": "mobility"})
    proposed(bikes, {"policy": TRACKING})
    settle(bikes, ada)
    ada.do(settings.change, {"maximum": "SD-BASE-AT", "categories": {mobility: "SD-BASE"}})
    assert "beyond-maximum" in codes(only(ada))
    ada.do(settings.change, {"categories": {exact: "SD-BASE-AT"}})
    assert "beyond-maximum" not in codes(only(ada))


def test_an_owner_may_want_terms_with_every_offer(ada: Party, shop: Party) -> None:
    ada.do(settings.change, {"require": "always"})
    proposed(shop, None)
    assert turned_away(shop, ada).code == "terms-required"
    proposed(shop, STATED)
    settle(shop, ada)
    shop.do(offers.reoffer, only(shop, state="offered")["id"], {"terms": None})
    assert turned_away(shop, ada).code == "terms-required"


WIDER = [
    used(EMAIL, NAME, TELEPHONE),
    used(EMAIL, NAME, days=31),
    used(EMAIL, NAME, duties=DUTIES[:1]),
]


@pytest.mark.parametrize("wider", WIDER, ids=["a field more", "a day more", "a duty less"])
def test_more_than_was_asked_for_is_met_by_no_rule(ada: Party, shop: Party, wider: Any) -> None:
    made = offer(shop, ada, price=PRICE, terms={"policy": used(EMAIL, NAME), "roster": "SD-BASE-A"})
    ada.do(settings.change, {"maximum": "SD-BASE-A"})
    ada.do(offers.counter, only(ada)["id"], {"price": LOWER}, on_met="accept")
    settle(ada, shop)
    shop.do(offers.reoffer, made, {"price": LOWER, "terms": {"policy": wider}})
    settle(shop, ada)
    assert only(ada)["state"] == "offered"
    assert "terms-widened" in codes(only(ada))
    assert "terms-widened" in held_for(ada)[0]
    # What waits is for her to accept.
    ada.do(offers.accept, only(ada)["id"])
    settle(ada, shop)
    assert only(ada)["state"] == "concluded"
    check_journal(ada)


def test_more_is_not_washed_off_by_another_offer(ada: Party, shop: Party) -> None:
    made = offer(shop, ada, price=PRICE, terms=STATED)
    ada.do(offers.counter, only(ada)["id"], {"price": LOWER})
    settle(ada, shop)
    wider = STATED | {"policy": used(EMAIL, NAME)}
    for amount in ("850.00", "840.00"):
        shop.do(offers.reoffer, made, {"price": [PRICE[0] | {"amount": amount}], "terms": wider})
        settle(shop, ada)
        assert "terms-widened" in codes(only(ada))
    check_journal(ada)
    # She asks for other terms and leaves these as they are: now she has answered.
    ada.do(offers.counter, only(ada)["id"], {"price": LOWER}, on_met="accept")
    settle(ada, shop)
    shop.do(offers.reoffer, made, {"meet": True})
    settle(shop, ada)
    assert only(ada)["state"] == "concluded"
    check_journal(ada)


@pytest.mark.parametrize(
    "worse",
    [
        {"withdrawalPeriod": "P3D"},
        {"cancellationFee": "5.00"},
        {"renewal": "automatic", "renewalPeriod": "P1M", "renewalNotice": "P1M", "renewalReminder": "P30D"},
        None,
    ],
    ids=["less time", "a fee", "a renewal", "no terms at all"],
)
def test_worse_conditions_are_more_than_before(ada: Party, shop: Party, worse: Any) -> None:
    made = offer(shop, ada, price=PRICE, terms=STATED)
    ada.do(offers.counter, only(ada)["id"], {"price": LOWER}, on_met="accept")
    settle(ada, shop)
    terms = None if worse is None else STATED | {"conditions": STATED["conditions"] | worse}
    for _ in range(2):
        shop.do(offers.reoffer, made, {"price": LOWER, "terms": terms})
        settle(shop, ada)
        assert only(ada)["state"] == "offered"
        assert "terms-widened" in codes(only(ada))
    assert ["terms-widened" in each for each in held_for(ada)] == [True]


def test_a_law_is_foreign_to_where_her_profile_says_she_lives(ada: Party, shop: Party) -> None:
    abroad = STATED | {"conditions": {"jurisdiction": "https://w3id.org/dpv/loc#US"}}
    offer(shop, ada, price=PRICE, terms=abroad)

    def raised() -> bool:
        return "foreign-law" in {flag["code"] for flag in only(ada)["flags"]}

    assert not raised()  # nobody knows where she lives
    for country, foreign in (("CH", True), ("us", False), ("Schweiz", True), ("Atlantis", False)):
        address = {"@type": "PostalAddress", "addressCountry": country}
        stated = profiles.prepare(ada.acting, {"name": "Ada", "address": address})
        ada.do(profiles.set, stated)
        assert raised() is foreign, country


def test_less_than_was_asked_for_is_met_by_a_rule_if_all_else_is_as_asked(ada: Party, shop: Party) -> None:
    made = offer(shop, ada, price=PRICE, terms=STATED)
    for price, state in ((PRICE, "offered"), (LOWER, "concluded")):
        ada.do(offers.counter, only(ada)["id"], {"price": LOWER}, on_met="accept")
        settle(ada, shop)
        narrower = STATED | {"policy": asked(days=20)}
        shop.do(offers.reoffer, made, {"price": price, "terms": narrower})
        settle(shop, ada)
        assert only(ada)["state"] == state
    assert held_for(ada) == []
    (agreement,) = ada.do(agreements.list)["items"]
    assert codes(agreement) == set()
    assert shop.do(agreements.list)["items"][0]["flags"] == []


def test_what_was_asked_for_is_met_however_a_length_is_spelled(ada: Party, shop: Party) -> None:
    made = offer(shop, ada, price=PRICE, notice="P1M", terms=STATED)
    ada.do(offers.counter, only(ada)["id"], {"notice": "P14D"}, on_met="accept")
    settle(ada, shop)
    shop.do(offers.reoffer, made, {"notice": "P2W"})
    settle(shop, ada)
    assert only(ada)["state"] == "concluded"
    check_journal(ada)


WORDED = [
    {"content": "You also order the care."},
    {"necessity": "must"},
    {"credentialType": "https://v.example/a"},
]


@pytest.mark.parametrize("words", WORDED, ids=["a reason", "how necessary", "a credential"])
def test_less_in_other_words_is_met_by_no_rule(ada: Party, shop: Party, words: dict[str, str]) -> None:
    """They are no limits, and nobody has read them."""
    made = offer(shop, ada, price=PRICE, terms=STATED)
    ada.do(offers.counter, only(ada)["id"], {"price": LOWER}, on_met="accept")
    settle(ada, shop)
    narrower = asked(days=20)
    narrower["permission"] = [each | words for each in narrower["permission"]]
    shop.do(offers.reoffer, made, {"price": LOWER, "terms": STATED | {"policy": narrower}})
    settle(shop, ada)
    assert only(ada)["state"] == "offered"
    check_journal(ada)


@pytest.mark.parametrize("kind", ["categories", "businesses"])
def test_a_maximum_for_nothing_is_none_for_all(ada: Party, kind: str) -> None:
    with pytest.raises(Unprocessable, match="term-settings"):
        ada.do(settings.change, {kind: {"": "SD-BASE-ATP"}})


@pytest.mark.parametrize("terms", [{"policy": asked()}, {"policy": TRACKING, "roster": "SD-BASE-AT"}])
def test_what_she_asked_for_herself_waits_if_no_rule_may_agree_to_it(
    ada: Party, shop: Party, terms: Any
) -> None:
    made = offer(shop, ada, price=PRICE, terms=terms)
    ada.do(offers.counter, only(ada)["id"], {"price": LOWER}, on_met="accept")
    settle(ada, shop)
    shop.do(offers.reoffer, made, {"meet": True})
    settle(shop, ada)
    assert only(ada)["state"] == "offered"
    assert held_for(ada) == [["beyond-maximum"] if "roster" in terms else ["no-roster"]]


def concluded(ada: Party, shop: Party, terms: Any = STATED) -> tuple[str, str]:
    """Conclude an agreement; return its id at the customer and at the business."""
    offer(shop, ada, price=PRICE, terms=terms)
    ada.do(offers.accept, only(ada)["id"])
    settle(ada, shop)
    ours, theirs = (str(party.do(agreements.list)["items"][0]["id"]) for party in (ada, shop))
    return ours, theirs


def amendment(party: Party) -> dict[str, Any]:
    return next(each for each in party.do(offers.list)["items"] if each["amends"])


def test_an_amendment_that_widens_is_flagged_and_met_by_no_rule(ada: Party, shop: Party) -> None:
    _, theirs = concluded(ada, shop)
    shop.do(agreements.amend, theirs, {"price": LOWER, "terms": STATED | {"policy": used(EMAIL)}})
    settle(shop, ada)
    proposed = amendment(ada)
    assert "terms-widened" in codes(proposed)
    assert proposed["changes"]
    ada.do(offers.counter, proposed["id"], {"price": [PRICE[0] | {"amount": "700.00"}]}, on_met="accept")
    settle(ada, shop)
    shop.do(offers.reoffer, amendment(shop)["id"], {"meet": True})
    settle(shop, ada)
    assert amendment(ada)["state"] == "offered"
    assert held_for(ada) == [["terms-widened"]]


def test_what_is_asked_of_a_customers_amendment_is_what_is_looked_at(ada: Party, shop: Party) -> None:
    ours, _ = concluded(ada, shop)
    ada.do(agreements.amend, ours, {"price": LOWER})
    settle(ada, shop)
    assert codes(amendment(ada)) == set()
    tracking = {"policy": TRACKING, "roster": "SD-BASE-AT"}
    shop.do(offers.counter, amendment(shop)["id"], {"terms": tracking})
    settle(shop, ada)
    assert codes(amendment(ada)) == {"tracking", "beyond-maximum", "terms-widened"}


def test_what_is_signed_is_flagged_by_what_it_says_and_not_by_todays_settings(
    ada: Party, shop: Party
) -> None:
    tracking = {"policy": TRACKING, "roster": "SD-BASE-AT"}
    ada.do(settings.change, {"maximum": "SD-BASE-AT"})
    ours, _ = concluded(ada, shop, tracking)

    def flags() -> list[tuple[str, str]]:
        shown = ada.do(agreements.show, ours)["flags"]
        return [(flag["code"], flag["severity"]) for flag in shown if flag["severity"] != "note"]

    assert flags() == [("tracking", "warn")]
    ada.do(settings.change, {"maximum": "SD-BASE", "flags": {"tracking": "refuse"}})
    assert flags() == [("tracking", "warn")]


def test_an_agreement_that_drops_what_was_said_about_data_is_flagged_as_its_change_was(
    ada: Party, shop: Party
) -> None:
    _, theirs = concluded(ada, shop)
    shop.do(agreements.amend, theirs, {"price": LOWER, "terms": None})
    settle(shop, ada)
    assert "terms-widened" in codes(amendment(ada))
    ada.do(offers.accept, amendment(ada)["id"])
    settle(ada, shop)
    (changed,) = (one for one in ada.do(agreements.list)["items"] if one["supersedes"])
    assert "terms-widened" in codes(changed)


def test_a_change_of_the_currency_says_what_becomes_of_the_fee(ada: Party, shop: Party) -> None:
    dear = STATED | {"conditions": {"cancellationFee": "99.00"}}
    _, theirs = concluded(ada, shop, dear)
    dollars = [PRICE[0] | {"currency": "USD"}]
    with pytest.raises(Unprocessable, match="fee-currency"):
        shop.do(agreements.amend, theirs, {"price": dollars})
    restated = {"price": dollars, "terms": STATED | {"conditions": {"cancellationFee": "80.00"}}}
    shop.do(agreements.amend, theirs, restated)
    settle(shop, ada)
    assert "terms-widened" in codes(amendment(ada))


def test_what_a_customer_proposes_is_countersigned_by_a_rule_only_within_her_maximum(
    ada: Party, shop: Party
) -> None:
    ours, _ = concluded(ada, shop)
    ada.do(agreements.amend, ours, {"terms": {"policy": TRACKING}})
    settle(ada, shop)
    shop.do(offers.accept, amendment(shop)["id"])
    settle(shop, ada)
    assert amendment(ada)["state"] == "accepted"
    assert held_for(ada) == [["no-roster", "beyond-maximum", "terms-widened"]]
    waiting = next(each for each in ada.do(agreements.list)["items"] if each["state"] == "accepted")
    assert codes(waiting) == {"tracking", "no-roster", "beyond-maximum", "terms-widened"}
    with pytest.raises(Conflict, match="terms-for-a-person"):
        ada.do(agreements.countersign, waiting["id"], by_rule=True)
    ada.do(agreements.countersign, waiting["id"])
    settle(ada, shop)
    assert amendment(shop)["state"] == "concluded"


def test_what_a_business_asks_of_a_customers_amendment_goes_through_her_door(ada: Party, shop: Party) -> None:
    ours, _ = concluded(ada, shop)
    ada.do(agreements.amend, ours, {"price": LOWER})
    settle(ada, shop)
    shop.do(offers.counter, amendment(shop)["id"], {"terms": {"policy": SELLING}})
    assert turned_away(shop, ada).code == "terms-refused"
    assert amendment(ada)["state"] == "offered"


def test_a_business_meets_no_narrower_terms_by_a_rule(ada: Party, shop: Party) -> None:
    ours, _ = concluded(ada, shop)
    ada.do(agreements.amend, ours, {"price": LOWER})
    settle(ada, shop)
    dearer = {"price": [PRICE[0] | {"amount": "850.00"}]}
    shop.do(offers.counter, amendment(shop)["id"], dearer, on_met="accept")
    settle(shop, ada)
    ada.do(offers.reoffer, amendment(ada)["id"], dearer | {"terms": STATED | {"policy": asked(days=9)}})
    settle(ada, shop)
    assert amendment(shop)["state"] == "offered"


def test_what_is_asked_about_data_is_answered_by_no_rule(ada: Party, shop: Party) -> None:
    shop.do(load, pricelists.read(PRICE_LIST.encode(), "text/csv"))
    shop.do(trade.set_rule, RULE | {"answers_counters": "always", "max_offers_per_intention": 1})
    turn(shop)
    settle(shop, ada)
    made = only(shop)["id"]
    shop.do(offers.reoffer, made, {"terms": STATED})
    settle(shop, ada)
    ada.do(offers.counter, only(ada)["id"], {"terms": STATED | {"policy": asked(days=9)}})
    settle(ada, shop)
    turn(shop)
    assert only(shop)["state"] == "countered"
    # Nor does anything else that is no person offer other terms than stand.
    with pytest.raises(Conflict, match="terms-for-a-person"):
        shop.do(_meet_by_rule, made)


def _meet_by_rule(session: Any, acting: Any, id: str) -> None:
    negotiation = load_negotiation(session, acting, offers.load(session, acting, id), Event.REOFFER)
    asked_for = negotiation.begun.countered
    assert asked_for is not None
    offers.put_reoffer(session, acting, negotiation, ProposedTerms(asked_for, None), by_rule=True)


def test_what_a_business_says_in_public_is_compared_with_what_it_asks(ada: Party, shop: Party) -> None:
    shop.do(settings.change, {"accepts": ["SD-BASE"]})
    shop.forget_owner()
    meet(ada, shop)
    proposed(shop, {"policy": TRACKING, "roster": "SD-BASE-ATP"})
    settle(shop, ada)
    assert codes(only(ada)) == {"tracking", "beyond-maximum", "beyond-published"}


def test_followers_hear_what_a_business_accepts_and_nothing_else(ada: Party, shop: Party) -> None:
    ada.do(peer_service.follow, shop.owner.actor)
    settle(ada, shop)
    shop.do(settings.change, {"maximum": "SD-BASE-A"})
    assert shop.queued() == []
    shop.do(settings.change, {"maximum": "SD-BASE-A", "accepts": ["SD-BASE", "SD-BASE-DP"]})
    assert [kind for kind, _ in carry(shop, ada)] in ([], ["terms.set"])
    assert shop.do(settings.show)["accepts"] == ["SD-BASE", "SD-BASE-DP"]
    check_journal(shop)


def test_settings_name_who_and_what_there_is(ada: Party) -> None:
    for wrong in ({"accepts": ["SD-BASE"]}, {"businesses": {"pe_nobody": "SD-BASE"}}):
        with pytest.raises(Unprocessable, match="term-settings"):
            ada.do(settings.change, wrong)
    assert ada.do(settings.show)["maximum"] == "SD-BASE"


def test_a_setting_is_changed_only_as_it_was_looked_at(ada: Party) -> None:
    looked = ada.do(settings.version)
    ada.do(settings.change, {"flags": {"tracking": "refuse"}}, known=looked)
    with pytest.raises(Conflict, match="term-settings-changed"):
        ada.do(settings.change, {"flags": {"tracking": "note"}}, known=looked)
    assert ada.do(settings.show)["flags"] == {"tracking": "refuse"}
    ada.do(settings.change, {"flags": {"tracking": "note"}}, known=ada.do(settings.version))
    assert ada.do(settings.show)["flags"] == {"tracking": "note"}


def test_what_another_release_has_set_is_no_reason_to_refuse(ada: Party, shop: Party) -> None:
    kept: dict[str, Any] = {
        "flags": {"tracking": "note", "reading-minds": "refuse"},
        "require": "sometimes",
        "moods": 1,
    }
    ada.write(lambda db: save_term_settings(db, TermSettingsRow(ada.iri, kept, ada.acting.now, None)))
    proposed(shop, STATED)
    settle(shop, ada)
    assert codes(only(ada)) == set()
    ada.do(settings.change, {"flags": {"selling": "warn"}})
    shown = ada.do(settings.show)
    assert shown["flags"] == {"tracking": "note", "selling": "warn"}
    assert shown["ignored"] == ["flags/reading-minds", "moods", "require"]
    row = load_term_settings(ada.db, ada.iri)
    assert row is not None
    assert row.document == kept | {"flags": {**kept["flags"], "selling": "warn"}}
