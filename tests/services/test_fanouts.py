"""What goes to many followers is queued in steps: all get it once, in order, across a crash between two."""

import pytest

from node.services.intentions import casting, ending
from node.services.ledger import recording
from node.storage import deliveries, fanouts, peers
from node.storage.peers import FollowDirection, FollowRow, FollowState, PeerRow
from tests.services.parties import Party
from tests.services.test_negotiation import wish
from tests.services.test_shop import turn

MANY = 7


@pytest.fixture(autouse=True)
def small_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recording, "FANOUT_STEP", 3)


def follower(number: int) -> str:
    return f"https://f{number}.example/actors/f{number}"


def peer(party: Party, number: int) -> PeerRow:
    return PeerRow(party.iri, f"peer_{number}", follower(number), "", "", None, party.clock.now)


def follow(party: Party, *numbers: int) -> None:
    for number in numbers:
        known = peer(party, number)
        row = FollowRow(
            party.iri,
            known.id,
            FollowDirection.FOLLOWER,
            FollowState.ACCEPTED,
            f"{follower(number)}/follow",
            party.clock.now,
        )
        party.write(lambda db, known=known: peers.save_peer(db, known))
        party.write(lambda db, row=row: peers.save_follow(db, row))


def recipients(party: Party) -> list[str]:
    rows = deliveries.list_deliveries(party.db, party.iri, limit=100).items
    return sorted(row.address for row in rows)


def step(party: Party) -> bool:
    return bool(party.do(recording.fan_out))


def test_all_followers_are_queued_for_once_in_bounded_steps(ada: Party) -> None:
    follow(ada, *range(MANY))
    ada.do(casting.cast, wish() | {"audience": ["followers"]})
    assert len(recipients(ada)) == 3
    assert step(ada)
    assert len(recipients(ada)) == 6
    turn(ada)  # what a restart finds, it goes on with
    assert recipients(ada) == [follower(number) for number in range(MANY)]
    assert not step(ada)
    assert fanouts.next_fanout(ada.db, ada.iri) is None


def test_nothing_later_overtakes_what_is_still_to_be_queued(ada: Party) -> None:
    follow(ada, *range(MANY))
    id = ada.do(casting.cast, wish() | {"audience": ["followers"]})["id"]
    ada.do(ending.withdraw, id)
    step(ada)  # the rest of the wish for some, while nothing of its end is queued beyond the first three
    late = follower(MANY - 1)
    ada.do(casting.cast, wish() | {"audience": [late]})
    assert late not in [row.address for row in ada.queued()]
    while step(ada):
        pass
    first = {row.address: row.entry for row in ada.queued()}
    assert set(first.values()) == {min(first.values())}
    assert len(first) == MANY


def test_who_is_named_has_a_copy_of_its_own_and_who_was_blocked_meanwhile_gets_none(ada: Party) -> None:
    follow(ada, *range(MANY))
    ada.do(casting.cast, wish() | {"audience": [follower(5), "followers"]})
    ada.do(recording.note, "peer", {"blocked": True}, peer=peer(ada, 4))
    while step(ada):
        pass
    assert recipients(ada) == [follower(number) for number in (0, 1, 2, 3, 5, 6)]
