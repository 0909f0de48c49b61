"""What a paused wish takes and what not, decided from values alone."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from node.core.decisions import decide
from node.core.intentions import as_it_stands, read_wish, view_pause
from node.core.negotiations import Negotiation
from node.core.pauses import Paused, check_not_paused
from node.core.threads import Link
from protocol.errors import Unprocessable
from protocol.negotiation import Event, State
from protocol.pauses import Pause
from tests.core.test_decisions import ADA, OFFER, POLICY, SHOP, WISH, crowd, offered, sign, unbegun, wanted
from tests.core.test_threads import NOON, draft

SECOND, DAY = timedelta(seconds=1), timedelta(days=1)
PAUSED = Pause(NOON + DAY)


def countered(end: str, *, paused: Pause) -> Negotiation:
    """What either end loads while a counter of Ada's stands about a wish that is paused."""
    counter = sign(Event.COUNTER, "c1", ADA, OFFER.step.link, draft=draft("900"), ends_at=NOON + DAY)
    before = offered(end)
    after = decide(before, counter, POLICY, now=NOON).after
    return replace(before, thread=after, intention=wanted(own=end == ADA, pause=paused))


def reoffer(answers: Link) -> Any:
    return sign(Event.REOFFER, "o2", SHOP, answers, draft=draft("950"), ends_at=NOON + DAY)


def test_an_offer_that_comes_meanwhile_is_told_to_come_again() -> None:
    with pytest.raises(Paused, match="intention-paused") as refused:
        decide(unbegun(intention=wanted(pause=PAUSED)), OFFER, POLICY, now=NOON)
    assert refused.value.until == NOON + DAY
    assert refused.value.retry_seconds == 24 * 60 * 60
    assert "2026-" in refused.value.detail


def test_nobody_can_say_when_to_come_again_after_a_pause_without_end() -> None:
    with pytest.raises(Paused) as refused:
        check_not_paused(wanted(pause=Pause()), now=NOON)
    assert (refused.value.until, refused.value.retry_seconds) == (None, 24 * 60 * 60)
    assert refused.value.detail == "This intention takes no offers for now."


def test_nobody_is_asked_to_come_again_within_a_minute() -> None:
    with pytest.raises(Paused) as refused:
        check_not_paused(wanted(pause=PAUSED), now=NOON + DAY - SECOND)
    assert refused.value.retry_seconds == 60


def test_once_the_pause_is_over_it_is_none_whether_a_clock_has_looked_or_not() -> None:
    decide(unbegun(intention=wanted(pause=Pause(NOON))), OFFER, POLICY, now=NOON)
    check_not_paused(wanted(), now=NOON)
    check_not_paused(None, now=NOON)


def test_who_was_never_told_of_it_does_not_learn_that_it_is_paused() -> None:
    with pytest.raises(Exception, match="unknown-intention"):
        decide(unbegun(intention=wanted(pause=PAUSED, invited=False)), OFFER, POLICY, now=NOON)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"crowd": crowd(open=POLICY.open_offers_per_peer)}, "too-many-offers"),
        ({"crowd": crowd(taken=True)}, "negotiation-exists"),
        ({"intention": wanted(pause=PAUSED, deadline=NOON)}, "intention-closed"),
    ],
)
def test_what_is_wrong_for_good_is_not_told_to_come_again(changes: dict[str, Any], code: str) -> None:
    negotiation = unbegun(**({"intention": wanted(pause=PAUSED)} | changes))
    with pytest.raises(Exception, match=code):
        decide(negotiation, OFFER, POLICY, now=NOON)


def test_we_offer_nothing_to_a_paused_wish() -> None:
    negotiation = replace(unbegun(), actor=SHOP, intention=wanted(own=False, pause=PAUSED))
    with pytest.raises(Paused):
        decide(negotiation, OFFER, POLICY, now=NOON)


@pytest.mark.parametrize("end", [ADA, SHOP])
def test_an_offer_is_not_replaced_unasked(end: str) -> None:
    negotiation = offered(end, intention=wanted(own=end == ADA, pause=PAUSED))
    with pytest.raises(Paused):
        decide(negotiation, reoffer(OFFER.step.link), POLICY, now=NOON)


@pytest.mark.parametrize("end", [ADA, SHOP])
def test_a_counter_is_answered_pause_or_none(end: str) -> None:
    negotiation = countered(end, paused=PAUSED)
    after = decide(negotiation, reoffer(negotiation.begun.head), POLICY, now=NOON).after
    assert after.state is State.OFFERED


@pytest.mark.parametrize("event", [Event.REJECT, Event.WITHDRAW])
@pytest.mark.parametrize("end", [ADA, SHOP])
def test_what_stands_is_answered_and_withdrawn_as_without_a_pause(end: str, event: Event) -> None:
    negotiation = offered(end, intention=wanted(own=end == ADA, pause=PAUSED))
    actor = ADA if event is Event.REJECT else SHOP
    decide(negotiation, sign(event, "m1", actor, OFFER.step.link), POLICY, now=NOON)


def test_we_ask_for_other_terms_while_our_own_wish_is_paused() -> None:
    counter = sign(Event.COUNTER, "c1", ADA, OFFER.step.link, draft=draft("900"), ends_at=NOON + DAY)
    negotiation = offered(ADA, intention=wanted(pause=PAUSED))
    assert decide(negotiation, counter, POLICY, now=NOON).after.state is State.COUNTERED


def test_an_amendment_is_about_an_agreement_and_not_about_the_wish() -> None:
    thread = replace(offered().begun, amends="https://ada.example/agreements/1")
    check_not_paused(wanted(pause=PAUSED), now=NOON, thread=thread)


@pytest.mark.parametrize(
    ("said", "pause"),
    [(None, None), ({}, Pause()), ({"until": None}, Pause()), ({"until": "2026-12-01T00:00:00Z"}, "until")],
)
def test_the_owner_says_so_with_or_without_an_end(said: Any, pause: Any) -> None:
    read = read_wish(WISH | {"pause": said}, iri=ADA, proposer=ADA, now=NOON).intention.pause
    if pause == "until":
        assert read is not None
        assert view_pause(read) == said
    else:
        assert read == pause


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ({"until": "2020-01-01T00:00:00Z"}, "pause-over"),
        ({"until": "soon"}, "malformed-time"),
        ({"for": "a week"}, "malformed-pause"),
        (True, "malformed-pause"),
        ("2026-12-01T00:00:00Z", "malformed-pause"),
    ],
)
def test_what_is_no_pause_is_refused(said: Any, code: str) -> None:
    with pytest.raises(Unprocessable, match=code):
        read_wish(WISH | {"pause": said}, iri=ADA, proposer=ADA, now=NOON)


def test_a_pause_that_is_over_does_not_stand_in_the_way_of_another_change() -> None:
    said = WISH | {"pause": {"until": "2026-12-01T00:00:00Z"}}
    assert as_it_stands(said, PAUSED, now=NOON) == said
    assert as_it_stands(said, PAUSED, now=NOON + DAY) == WISH
    assert as_it_stands(said, None, now=NOON) == WISH
    assert view_pause(None) is None
