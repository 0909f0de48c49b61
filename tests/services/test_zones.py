"""Time zones as somebody names them: what is one, and what leads to no file."""

import pytest

from node.services.zones import find_zone


@pytest.mark.parametrize(
    "name",
    [
        "",
        "Nowhere/At",
        "../etc/passwd",
        "/etc/passwd",
        "Europe",
        "Europe/Ber\u200blin",
        "x" * 99,
        "A B",
        "UTC\n",
    ],
)
def test_a_zone_that_is_none(name: str) -> None:
    assert find_zone(name) is None


@pytest.mark.parametrize("name", ["Europe/Berlin", "Etc/GMT+1", "America/Port-au-Prince", "UTC"])
def test_a_zone(name: str) -> None:
    assert str(find_zone(name)) == name
