"""Terms that are past, or that bind without end, are not signed."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from node.core import codes
from node.core.deadlines import check_agreed_date, check_term
from protocol.errors import Conflict
from protocol.moves import Move
from protocol.negotiation import Event
from protocol.prices import PriceLine, PriceLineKind
from protocol.times import Period
from tests.protocol.market import DRAFT

NOW = datetime(2030, 1, 1, tzinfo=UTC)
MONTHLY = PriceLine(PriceLineKind.RECURRING, Decimal(9), "EUR", "Care", per=Period.MONTH)


def test_what_is_paid_again_has_not_begun_long_ago() -> None:
    begun = replace(DRAFT, price=(MONTHLY,), starts_at=NOW - timedelta(days=70), ends_at=None)
    with pytest.raises(Conflict) as caught:
        check_term(begun, at=NOW)
    assert caught.value.code == codes.TERM_BEGAN
    check_term(replace(begun, notice=None), at=NOW, since=begun.starts_at)
    check_term(replace(begun, starts_at=NOW - timedelta(days=3), notice=None), at=NOW)


def test_nothing_binds_for_longer_than_a_life_without_a_way_out() -> None:
    endless = replace(DRAFT, starts_at=None, ends_at=NOW + timedelta(days=40_000), notice=None)
    with pytest.raises(Conflict) as caught:
        check_term(endless, at=NOW)
    assert caught.value.code == codes.TERM_ENDLESS


def test_a_plain_agreement_need_not_say_when_it_was_made() -> None:
    ada, shop = "https://ada.example/actors/ada", "https://shop.example/actors/shop"
    negotiation = "https://shop.example/negotiations/1"
    acceptance = Move(Event.ACCEPT, "https://ada.example/activities/1", ada, (shop,), negotiation)
    check_agreed_date(acceptance, since=NOW, at=NOW, grace=timedelta(0))
