"""A bounded memory against a model of it."""

from hypothesis import given
from hypothesis import strategies as st

from node.delivery.bounded_memory import Recent


def test_the_least_recently_used_is_forgotten_first() -> None:
    recent: Recent[str, int] = Recent(2)
    recent.put("a", 1)
    recent.put("b", 2)
    assert recent.get("a") == 1
    recent.put("c", 3)
    assert [key in recent for key in "abc"] == [True, False, True]
    assert len(recent) == 2


def test_putting_again_replaces_and_counts_as_a_use() -> None:
    recent: Recent[str, int] = Recent(2)
    for key, value in (("a", 1), ("b", 2), ("a", 3), ("c", 4)):
        recent.put(key, value)
    assert (recent.get("a"), recent.get("b"), recent.get("c")) == (3, None, 4)


@given(
    limit=st.integers(min_value=1, max_value=4),
    uses=st.lists(st.tuples(st.booleans(), st.integers(min_value=0, max_value=6))),
)
def test_it_holds_what_was_used_last(limit: int, uses: list[tuple[bool, int]]) -> None:
    recent: Recent[int, int] = Recent(limit)
    model: list[int] = []
    for is_put, key in uses:
        if is_put:
            recent.put(key, key * 10)
        found = recent.get(key)
        assert found == (key * 10 if is_put or key in model else None)
        if found is not None:
            model = [*(one for one in model if one != key), key][-limit:]
        assert {one for one in range(7) if one in recent} == set(model)
