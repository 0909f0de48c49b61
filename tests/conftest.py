"""What holds for every test: its turn, how hard Hypothesis tries, plain logs, and that nothing leaves."""

from collections import Counter
from collections.abc import Iterator

import pytest
from hypothesis import settings

from tests.cable import cut
from tests.logs import plainly
from tests.tracing import is_measured, untraced

# `ci` always draws the same examples, so a red run is red again; `check` draws the first of them, for a quick
# look. `torture` (--hypothesis-profile=torture) is for nights, and for whoever touched a parser.
settings.register_profile("ci", deadline=None, max_examples=60, derandomize=True)
settings.register_profile("check", settings.get_profile("ci"), max_examples=15)
settings.register_profile("torture", deadline=None, max_examples=20_000)
settings.load_profile("ci")

plainly()
cut()


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put files with slow tests first, and of each sort the larger: nothing long comes last, alone."""
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    count = Counter(item.path for item in items)
    items.sort(key=lambda item: (item.path not in slow, -count[item.path]))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    if is_measured(item.path):
        return (yield)
    with untraced():
        return (yield)
