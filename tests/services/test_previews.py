"""Previews: which terms are held out with a wish, what who signs for it is told, and what may come of it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from node.services.intentions import casting, signing
from node.services.ledger.meeting import meet_all
from node.services.terms import settings as terms
from protocol.actors import ActorKind
from tests.protocol.data_terms import asked
from tests.services.parties import Clock, Party, settle
from tests.services.test_rings import BAND, PLACE, RINGS, acquainted, copy_of, known, wish

MOBILITY = "https://w3id.org/freehold/categories#mobility"
PARTS = ("name", "content", "specifications", "place", "window", "budget", "category", "deadline", "currency")
Named = Callable[..., Party]


@pytest.fixture
def business(tmp_path: Path, clock: Clock, ada: Party) -> Named:
    """Make a business that Ada's node knows; what it accepts stands in its actor."""

    def make(name: str, *accepts: str, knows_terms: bool = True) -> Party:
        made = Party(name, tmp_path, clock, ActorKind.ORGANIZATION)
        if accepts:
            made.do(terms.change, {"accepts": [*accepts]})
            made.forget_owner()
        return acquainted(made, ada, knows_terms=knows_terms)

    return make


def seen(ada: Party, *told: Party | str, **changes: Any) -> Any:
    return ada.do(casting.preview, wish(*told, **changes))


@pytest.mark.parametrize("open", [[], ["place", "budget"]])
def test_what_who_signs_is_told_is_what_was_shown(ada: Party, business: Named, open: list[str]) -> None:
    bikes = business("bikes")
    rings = RINGS | {"open": open}
    preview = seen(ada, bikes, rings=rings)
    ada.do(casting.cast, wish(bikes, rings=rings))
    settle(ada, bikes)
    before = known(bikes)
    assert {part: preview["says"][part] for part in PARTS} == {part: before[part] for part in PARTS}
    bikes.do(signing.undertake, known(bikes)["id"])
    settle(ada, bikes)
    after, shown = known(bikes), preview["signing"]
    assert {part: shown["says"][part] for part in PARTS} == {part: after[part] for part in PARTS}
    assert (shown["asks"], after["place"], after["budget"]) == ("PDC-INTENT", PLACE, BAND)


def test_where_everybody_is_told_all_nobody_signs(ada: Party, business: Named) -> None:
    bikes = business("bikes")
    every = ["description", "specifications", "place", "window", "budget"]
    assert seen(ada, bikes, rings=None)["signing"] is None
    assert seen(ada, bikes, rings=None)["proffers"] == []
    told = seen(ada, bikes, rings=RINGS | {"open": every})
    assert (told["signing"], told["withheld"], told["says"]["budget"]) == (None, [], BAND)


def test_who_knows_no_terms_cannot_sign_but_somebody_of_many_may(ada: Party, business: Named) -> None:
    plain, bikes = business("plain", knows_terms=False), business("bikes")
    alone = seen(ada, plain)
    assert (alone["signing"], alone["proffers"], alone["copies"]) == (None, [], 1)
    assert "terms" not in alone["sends"]
    public = seen(ada, plain, "public")
    assert public["signing"]["asks"] == "PDC-INTENT"
    assert public["proffers"] == []
    both = seen(ada, plain, bikes)
    assert both["signing"]["asks"] == "PDC-INTENT"
    assert both["sends"]["to"] == [bikes.iri]
    assert both["proffers"] == [{"roster": "SD-BASE-DP", "copies": 1}]


def test_each_is_held_out_what_was_shown_and_never_the_most(ada: Party, business: Named) -> None:
    wide, strict = business("wide", "SD-BASE-A", "SD-BASE-ATP"), business("strict", "SD-BASE")
    other = business("other")
    ada.do(terms.change, {"maximum": "SD-BASE-AT"})
    preview = seen(ada, wide, strict, other)
    counted = {each["roster"]: each["copies"] for each in preview["proffers"]}
    assert counted == {"SD-BASE-A": 1, "SD-BASE": 1, "SD-BASE-DP": 1}
    assert preview["door"]["maximum"] == "SD-BASE-AT"
    assert "SD-BASE-AT" not in str(preview["sends"]) + str(preview["signing"])
    for party in (wide, strict, other):
        ada.do(casting.cast, wish(party))
        (proffer,) = seen(ada, party)["proffers"]
        assert copy_of(ada)["terms"]["roster"]["id"].endswith(f"#{proffer['roster']}")


def test_the_door_is_that_of_the_kind_and_of_whom_it_is_told(ada: Party, business: Named) -> None:
    bikes, rival = business("bikes"), business("rival")
    ada.write(lambda db: meet_all(db, ada.acting, [rival.iri]))
    ada.do(terms.change, {"categories": {MOBILITY: "SD-BASE-A"}, "businesses": {rival.iri: "SD-BASE-ATP"}})
    ada.do(terms.change, {"beyond": "refuse", "require": "always", "flags": {"tracking": "refuse"}})
    door = seen(ada, bikes, rival)["door"]
    assert (door["maximum"], door["category"]) == ("SD-BASE-A", MOBILITY)
    assert door["businesses"] == {rival.iri: "SD-BASE-ATP"}
    assert (door["beyond"], door["require"], door["capped"]) == ("refuse", "always", False)
    assert {"tracking", "onward-sharing"} <= {*door["refuses"]}
    elsewhere = seen(ada, bikes, rings=RINGS | {"category": "travel"})["door"]
    assert (elsewhere["maximum"], elsewhere["category"], elsewhere["businesses"]) == ("SD-BASE", None, {})
    ada.do(terms.change, {"cap": asked()})
    assert seen(ada, bikes)["door"]["capped"]
    ada.do(terms.change, {"flags": {"onward-sharing": "warn"}})
    assert "onward-sharing" not in seen(ada, bikes)["door"]["refuses"]
