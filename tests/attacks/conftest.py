"""One realm for all cases of a file: the nodes of each kind start once."""

from collections.abc import Iterator

import pytest

from tests.attacks.world import Realm


@pytest.fixture(scope="module")
def realm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Realm]:
    """The sites, names and nodes that cases play with."""
    with Realm(tmp_path_factory.mktemp("realm")) as opened:
        yield opened
