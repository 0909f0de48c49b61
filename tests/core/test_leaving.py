"""Which notice somebody has to know of, where several were given."""

import pytest

from node.core.leaving import to_be_known


def given(name: str, *, counts: bool, refused: bool) -> dict[str, object]:
    return {"name": name, "counts": counts, "refused_at": "2026-05-04T12:00:00Z" if refused else None}


VOID, GOOD = given("void", counts=False, refused=True), given("good", counts=True, refused=False)


@pytest.mark.parametrize(
    ("state", "notices", "known"),
    [
        ("ending", [VOID, GOOD], "good"),
        ("ended", [GOOD, VOID], "good"),
        ("ended", [VOID], None),  # it ended by itself
        ("concluded", [VOID], "void"),
        ("concluded", [VOID, GOOD], None),  # it is under way
        ("concluded", [], None),
        ("superseded", [VOID], None),
    ],
)
def test_the_notice_to_know_of_is_the_one_that_counts_else_the_last_that_does_not(
    state: str, notices: list[dict[str, object]], known: str | None
) -> None:
    found = to_be_known(state, notices)
    assert (None if found is None else found["name"]) == known
