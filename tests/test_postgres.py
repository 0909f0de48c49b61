"""That a test can have a PostgreSQL of its own, wherever one is installed."""

import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import postgres
from tests.absent import not_here
from tests.postgres import PostgresCluster, PostgresFailedError, PostgresMissingError, programs

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def cluster() -> Iterator[PostgresCluster]:
    try:
        programs()
    except PostgresMissingError as error:
        not_here(str(error))
    cluster = PostgresCluster()
    try:
        cluster.start()
        yield cluster
    finally:
        cluster.close()


def test_it_is_reached_by_its_socket_alone(cluster: PostgresCluster) -> None:
    assert cluster.run("SHOW listen_addresses") == ""
    assert stat.S_IMODE(cluster.folder.stat().st_mode) == 0o700
    assert stat.S_IMODE(cluster.data.stat().st_mode) == 0o700


def test_what_it_refuses_is_said(cluster: PostgresCluster) -> None:
    with pytest.raises(PostgresFailedError, match="no_such_table"):
        cluster.run("SELECT * FROM no_such_table")


def test_a_copy_has_what_was_written_before_and_nothing_after(
    cluster: PostgresCluster, tmp_path: Path
) -> None:
    cluster.run("CREATE TABLE told (word text)")
    cluster.run("INSERT INTO told VALUES ('ünïcode 文字')")
    cluster.stop()
    cluster.save(tmp_path / "template")
    cluster.start()
    cluster.run("INSERT INTO told VALUES ('later')")
    copy = PostgresCluster(tmp_path / "template")
    try:
        copy.start()
        assert copy.run("SELECT word FROM told") == "ünïcode 文字"
    finally:
        copy.close()
    assert not copy.folder.exists()
    assert cluster.run("SELECT count(*) FROM told") == "2"


def test_one_that_does_not_start_says_why(cluster: PostgresCluster) -> None:
    cluster.stop()
    version = cluster.data / "PG_VERSION"
    told = version.read_text()
    version.write_text("7\n")
    with pytest.raises(PostgresFailedError, match="not compatible"):
        cluster.start()
    version.write_text(told)
    cluster.start()


def test_where_there_is_none_it_is_said_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres, "_INSTALLED", tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(PostgresMissingError, match="apt-get install postgresql"):
        programs()
