"""A customer, two shops and a clock."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from protocol.actors import ActorKind
from tests.services.parties import Clock, Party
from tests.storage.plans import every_plan_checked


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def ada(tmp_path: Path, clock: Clock) -> Party:
    return Party("ada", tmp_path, clock)


@pytest.fixture
def bikes(tmp_path: Path, clock: Clock) -> Party:
    return Party("bikes", tmp_path, clock, kind=ActorKind.ORGANIZATION)


@pytest.fixture
def wheels(tmp_path: Path, clock: Clock) -> Party:
    return Party("wheels", tmp_path, clock, kind=ActorKind.ORGANIZATION)


@pytest.fixture(scope="module", autouse=True)
def plans() -> Iterator[None]:
    """No statement that these tests issue, through whatever use case, reads more as the tables grow."""
    with every_plan_checked():
        yield
