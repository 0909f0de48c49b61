"""Every case of the catalogue, one test each."""

import pytest

from tests.attacks.cases import Case, run
from tests.attacks.catalogue import CATALOGUE
from tests.attacks.world import Realm


@pytest.mark.parametrize("tried", CATALOGUE, ids=lambda tried: tried.name)
def test_attack(realm: Realm, tried: Case) -> None:
    assert run(tried, realm) == []
