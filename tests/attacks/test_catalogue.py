"""Every case of the catalogue, one test each; those for a quick look are not `slow`."""

from typing import Any

import pytest

from tests.attacks.cases import Case, run
from tests.attacks.catalogue import CATALOGUE
from tests.attacks.world import Realm


def played(tried: Case) -> Any:
    return pytest.param(tried, id=tried.name, marks=[] if tried.quick else [pytest.mark.slow])


@pytest.mark.parametrize("tried", [*map(played, CATALOGUE)])
def test_attack(realm: Realm, tried: Case) -> None:
    assert run(tried, realm) == []
