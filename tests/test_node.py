from importlib import metadata

import pytest

import node


def test_the_version_is_that_of_the_installed_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(metadata, "version", {"freehold": "9.8.7"}.__getitem__)
    assert node.__version__ == "9.8.7"


def test_the_package_has_nothing_else() -> None:
    with pytest.raises(AttributeError, match="no attribute 'verison'"):
        node.verison  # noqa: B018  # reading it is what fails
