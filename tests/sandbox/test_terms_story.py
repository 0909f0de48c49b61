"""The story of terms about data, played whole with real processes."""

import re

import pytest

from tests.sandbox import terms_demo

pytestmark = pytest.mark.slow


def test_the_story_holds(
    tmp_path_factory: pytest.TempPathFactory, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = (
        tmp_path_factory.mktemp("t") / "demo"
    )  # short: a UNIX socket's path has at most a hundred characters
    assert terms_demo.run(folder) == 0
    told = capsys.readouterr().out
    assert "✗" not in told
    assert re.search(r"All \d\d checks hold\.", told)
