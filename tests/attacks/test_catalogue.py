"""Every case of the catalogue, one test each; for a quick look one of each number is not `slow`."""

from typing import Any

import pytest

from tests.attacks.cases import Case, run
from tests.attacks.catalogue import CATALOGUE
from tests.attacks.world import Realm

FIRST = {tried.id: tried for tried in reversed(CATALOGUE) if tried.quick}


def played(tried: Case) -> Any:
    return pytest.param(
        tried, id=tried.name, marks=[] if FIRST.get(tried.id) is tried else [pytest.mark.slow]
    )


@pytest.mark.parametrize("tried", [*map(played, CATALOGUE)])
def test_attack(realm: Realm, tried: Case) -> None:
    assert run(tried, realm) == []
