"""Who a node is, held against what its settings say."""

import pytest

from node.core.identities import Identity, contradiction

ADA = Identity(origin="https://ada.example", handles=("ada", "eve"), kind="person", name="Ada")


@pytest.mark.parametrize(
    ("origin", "handle", "kind", "key", "holds"),
    [
        ("https://bob.example", "bob", "organization", "origin", "https://ada.example"),
        ("https://ada.example", "bob", "organization", "handle", "ada"),
        ("https://ada.example", "eve", "organization", "kind", "person"),
        ("https://ada.example", None, "organization", "kind", "person"),
    ],
)
def test_the_first_setting_that_contradicts_is_named(
    origin: str, handle: str | None, kind: str | None, key: str, holds: str
) -> None:
    wrong = contradiction(ADA, origin=origin, handle=handle, kind=kind)
    assert wrong is not None
    assert (wrong.key, wrong.holds) == (key, holds)
    assert holds in wrong.reason


@pytest.mark.parametrize(
    ("handle", "kind"), [("ada", "person"), ("eve", None), (None, "person"), (None, None)]
)
def test_what_agrees_or_was_not_said_contradicts_nothing(handle: str | None, kind: str | None) -> None:
    assert contradiction(ADA, origin="https://ada.example", handle=handle, kind=kind) is None
