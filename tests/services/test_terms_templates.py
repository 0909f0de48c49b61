"""The template of a shop: in each offer that begins, for who understands it; counted where it is refused."""

from datetime import timedelta
from typing import Any

import pytest

from node.services.intentions import casting, showing
from node.services.negotiations import offers
from node.services.terms import settings, templates
from node.services.trade import pricelists, shop, undercutting
from node.storage.terms_templates import counted_answers
from protocol.errors import Unprocessable
from tests.protocol.data_terms import asked
from tests.protocol.policy_drawing import permission, policy
from tests.services.loading import load
from tests.services.parties import Clock, Party, check_journal, settle
from tests.services.test_data_terms import PRICE, STATED, meet
from tests.services.test_negotiation import cast, only, wish
from tests.services.test_shop import PRICE_LIST, RULE, turn
from tests.services.test_terms_door import DUTIES, NAME, SELLING, codes, proposed, turned_away

_TRAIN = "https://w3id.org/dpv/ai#ModelTraining"
TRAINING = policy(permission([_TRAIN], [NAME], ["PaymentManagement"]), duties=DUTIES)


@pytest.fixture
def open_shop(bikes: Party) -> Party:
    """A shop with a price list, a rule and a template."""
    bikes.do(load, pricelists.read(PRICE_LIST.encode(), "text/csv"))
    bikes.do(shop.set_rule, RULE | {"max_offers_per_intention": 1})
    bikes.do(templates.set, STATED)
    return bikes


def answered(open_shop: Party, ada: Party) -> dict[str, Any]:
    """Have a wish answered by the rule; return the offer as the customer has it."""
    ada.do(casting.cast, wish(open_shop))
    settle(ada, open_shop)
    turn(open_shop)
    settle(open_shop, ada)
    return only(ada)


def test_a_rule_offers_with_the_template_filled_in(ada: Party, open_shop: Party) -> None:
    meet(open_shop, ada)
    terms = answered(open_shop, ada)["terms"]
    assert (terms["firstParty"], terms["secondParty"]) == (ada.iri, open_shop.iri)
    assert [text["inLanguage"] for text in terms["plainText"]] == ["de", "en"]
    assert terms["roster"]["id"].endswith("#SD-BASE")
    assert terms["conditions"] == {"type": "Conditions", "returnPeriod": "P30D"}
    check_journal(open_shop)


def test_whoever_does_not_understand_it_is_offered_the_same_without(ada: Party, open_shop: Party) -> None:
    meet(open_shop, ada, terms=False)
    assert answered(open_shop, ada)["terms"] is None
    assert open_shop.do(templates.show)["offers"]["sent"] == 0


def test_an_offer_by_hand_has_it_too_unless_it_says_otherwise(ada: Party, bikes: Party) -> None:
    meet(bikes, ada)
    cast(ada, bikes)
    bikes.do(templates.set, STATED)
    known = bikes.do(shop_wishes)[0]
    assert bikes.do(offers.make, known, {"price": PRICE})["terms"] is not None
    assert bikes.do(offers.make, known, {"price": PRICE, "terms": None})["terms"] is None
    other = bikes.do(offers.make, known, {"price": PRICE, "terms": {"policy": SELLING}})
    assert "roster" not in other["terms"]
    assert bikes.do(templates.show)["offers"]["sent"] == 1  # the others are not made with it
    check_journal(bikes)


def shop_wishes(session: Any, acting: Any) -> list[str]:
    return [one["id"] for one in showing.list(session, acting, own=False)["items"]]


def test_later_rounds_keep_what_stands_whatever_becomes_of_it(
    ada: Party, open_shop: Party, clock: Clock
) -> None:
    meet(open_shop, ada)
    meet(ada, open_shop)
    late = {"undercut_after_seconds": 60, "undercut_percent": "5"}
    open_shop.do(shop.set_rule, RULE | late | {"max_offers_per_intention": 1})
    before = answered(open_shop, ada)
    open_shop.do(templates.set, STATED | {"policy": asked(days=20)})
    clock.now += timedelta(seconds=61)
    open_shop.do(undercutting.undercut_late)
    settle(open_shop, ada)
    after = only(ada)
    assert after["rounds"] == 2
    assert after["terms"] == before["terms"]
    open_shop.do(templates.drop)
    ada.do(offers.counter, after["id"], {"price": [after["price"][0] | {"amount": "2200.00"}]})
    settle(ada, open_shop)
    turn(open_shop)
    settle(open_shop, ada)
    assert only(ada)["rounds"] == 3
    assert only(ada)["terms"] == before["terms"]


def test_refusals_at_the_door_are_counted_by_code_for_the_template_that_holds(
    ada: Party, shop_that_trains: Party
) -> None:
    shop = shop_that_trains
    known = shop.do(shop_wishes)[0]
    shop.do(offers.make, known, {"price": PRICE})
    assert turned_away(shop, ada).code == "terms-refused"
    ada.do(settings.change, {"flags": {"training": "warn"}, "beyond": "refuse"})
    shop.do(offers.make, known, {"price": PRICE})
    assert turned_away(shop, ada).code == "terms-too-wide"
    ada.do(settings.change, {"beyond": None})
    shop.do(offers.make, known, {"price": PRICE})
    settle(shop, ada)
    counted = {"terms-refused": 1, "terms-too-wide": 1, "training": 1}
    assert shop.do(templates.show)["offers"] == {"sent": 3, "refused": 2, "codes": counted}
    check_journal(shop)
    # What was made by hand is not counted, nor what is no refusal for its terms.
    proposed(shop, {"policy": SELLING})
    assert turned_away(shop, ada).code == "terms-refused"
    assert shop.do(templates.show)["offers"]["codes"] == counted
    shop.do(templates.set, shop.do(templates.show)["terms"])  # the same once more
    assert shop.do(templates.show)["offers"]["sent"] == 3
    shop.do(templates.set, STATED)
    assert shop.do(templates.show)["offers"] == {"sent": 0, "refused": 0, "codes": {}}
    check_journal(shop)


@pytest.fixture
def shop_that_trains(ada: Party, bikes: Party) -> Party:
    """A shop whose template trains machines, which knows a wish."""
    meet(bikes, ada)
    meet(ada, bikes)
    cast(ada, bikes)
    bikes.do(templates.set, {"policy": TRAINING})
    return bikes


def test_what_comes_late_for_another_template_is_not_counted(ada: Party, shop_that_trains: Party) -> None:
    shop = shop_that_trains
    shop.do(offers.make, shop.do(shop_wishes)[0], {"price": PRICE})
    shop.do(templates.set, STATED)
    settle(shop, ada)
    assert only(shop)["state"] == "refused"
    assert counted_answers(shop.db, shop.iri) == {}
    check_journal(shop)


def test_it_is_shown_as_a_customer_sees_it(bikes: Party) -> None:
    none = bikes.do(templates.show)
    assert (none["terms"], none["flags"], none["texts"]) == (None, [], {})
    shown = bikes.do(templates.set, {"policy": TRAINING})
    assert codes(shown) == {"training", "no-roster", "beyond-maximum"}
    assert shown["refused"] == ["training"]
    assert shown["within"] == []
    assert "(the customer)" in shown["texts"]["en"]
    assert "(Kundin oder Kunde)" in shown["texts"]["de"]
    assert bikes.iri in shown["texts"]["en"]
    within = bikes.do(templates.set, STATED)
    assert within["within"][0] == "SD-BASE"
    assert bikes.do(templates.drop)["terms"] is None
    check_journal(bikes)


@pytest.mark.parametrize(
    ("stated", "code"),
    [
        ({}, "wrong-shape"),
        ({"policy": asked(), "roster": "SD-BASE-X"}, "roster-unknown"),
        ({"policy": asked(days=31), "roster": "SD-BASE"}, "policy-exceeds-roster"),
        ({"policy": asked(), "conditions": {"cancellationFee": "9.90"}}, "terms-template"),
        ({"policy": asked(), "conditions": {"renewal": "automatic"}}, "renewal-incomplete"),
        ({"policy": asked(), "gag": True}, "unknown-member"),
    ],
)
def test_what_no_offer_could_say_is_refused_and_changes_nothing(bikes: Party, stated: Any, code: str) -> None:
    before = bikes.do(templates.set, STATED)
    with pytest.raises(Unprocessable, match=code):
        bikes.do(templates.set, stated)
    assert bikes.do(templates.show) == before


def test_whom_it_is_between_is_passed_over_when_it_is_set(bikes: Party) -> None:
    full = STATED | {"firstParty": "https://x.example/", "plainText": ["nonsense"], "type": "Terms"}
    assert bikes.do(templates.set, full)["terms"] == bikes.do(templates.set, STATED)["terms"]
