"""What works without a running node: the settings file, the database file, the doctor."""

import asyncio
import errno
import json
import os
import re
import shutil
import socket
import stat
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer, SimpleHTTPRequestHandler
from pathlib import Path
from socketserver import ThreadingUnixStreamServer
from threading import Thread
from urllib.parse import urlsplit

import certifi
import pytest
from aiohttp import web
from sqlite_utils import Database

from node.app import make_app
from node.folder import DATABASE_NAME, SOCKET_NAME
from node.settings import Settings
from node.settings import load as settings_of
from node.storage.sqlite.driver import sqlite3
from node.storage.sqlite.session import translated
from node.terminal import data_folder, diagnosis
from node.terminal.api_client import API
from node.terminal.failures import ExitCode, Failure
from node.terminal.settings_file import written
from node.terminal.verdicts import Diagnosis, Mark
from tests.commands.nodes import Node, Run, running, until
from tests.ports import steady_port


@pytest.fixture(scope="module")
def stopped(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a node that ran, made a few entries, and was stopped."""
    with running(tmp_path_factory.mktemp("s") / "eve", "eve") as node:
        for name in ("Eve", "Eve Example", "E. Example"):
            node.api.request("PUT", "/profile", {"name": name})
    return node.folder


@pytest.fixture
def folder(stopped: Path, tmp_path: Path) -> Path:
    """A copy of such a folder, to do things to."""
    copy = tmp_path / "node"
    shutil.copytree(stopped, copy)
    return copy


def test_a_mapping_in_another_encoding_is_said_to_be_so(run: Run, tmp_path: Path) -> None:
    mapping = tmp_path / "mapping.toml"
    words = ("crm", "connect", "spreadsheet", tmp_path, "--mapping", mapping, "--dry-run")
    mapping.write_bytes("version = 1\n# für uns\n".encode("cp1252"))
    refused = run(*words)
    assert refused.code == ExitCode.USAGE
    assert "line 2 has a letter in another encoding" in refused.err
    mapping.write_bytes("\ufeffversion = 1\n# für uns\n".encode())
    assert run(*words).code == ExitCode.OK


def alter(folder: Path, statement: str) -> None:
    """Change the database as somebody could who has the file: past the triggers that guard the journal."""
    db = Database(folder / DATABASE_NAME)
    triggers = db.triggers
    for trigger in triggers:
        db.execute(f"DROP TRIGGER {trigger.name}")
    for again in (statement, *(trigger.sql for trigger in triggers)):
        db.execute(again)
    db.close()


def sqlite_error(code: int) -> Exception:
    """Return an error of the driver with one of SQLite's result codes."""
    error = sqlite3.OperationalError(f"result code {code}")
    error.sqlite_errorcode = code
    return error


# --- settings ----------------------------------------------------------------------------------------


@pytest.mark.slow
def test_settings_are_shown_with_where_they_come_from(
    run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FREEHOLD_LOG_LEVEL", "debug")
    items = {item["key"]: item for item in run("config", "show", "--data", folder, "--json").items}
    sources = {key: items[key]["source"] for key in ("data", "dev", "log_level", "max_rounds")}
    assert sources == {"data": "flag", "dev": "file", "log_level": "environment", "max_rounds": "default"}
    assert "environment" in run("config", "show", "--origin", "--data", folder).out
    assert "environment" not in run("config", "show", "--data", folder).out
    assert run("config", "get", "handle", "--data", folder).out == "eve\n"
    assert run("config", "get", "nope", "--data", folder).code == 3


def test_settings_that_cannot_be_used_say_which_and_why(run: Run, tmp_path: Path) -> None:
    ran = run("config", "show", "--data", tmp_path)
    assert (ran.code, "origin is missing" in ran.err) == (2, True)


def test_a_setting_is_changed_in_its_file(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "freehold.toml"
    file.write_text("# mine\ndev = true  # for now", encoding="utf-8")
    changes = {"port": "8421", "name": 'Ada "A" Example', "trusted_proxies": "10.0.0.0/8, ::1"}
    for key, value in [*changes.items(), ("port", "8422")]:
        assert run("config", "set", key, value, "--data", tmp_path).code == 0
    assert file.read_text(encoding="utf-8").splitlines() == [
        "# mine",
        "dev = true  # for now",
        "port = 8422",
        r'name = "Ada \"A\" Example"',
        'trusted_proxies = ["10.0.0.0/8", "::1"]',
    ]
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert run("config", "get", "name", "--data", tmp_path).out == 'Ada "A" Example\n'
    assert run("config", "get", "trusted_proxies", "--data", tmp_path).out == "10.0.0.0/8,::1/128\n"


def test_a_setting_that_is_spelt_alike_is_named(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FREEHOLD_DEV", "true")
    ran = run("config", "get", "prot", "--data", tmp_path)
    assert (ran.code, "Did you mean port? All are listed by: freehold" in ran.err) == (3, True)
    assert "Did you mean" not in run("config", "get", "nothing-like-it", "--data", tmp_path).err


def test_a_change_is_tried_without_effect(run: Run, tmp_path: Path) -> None:
    ran = run("config", "set", "port", "8421", "--data", tmp_path, "--dry-run")
    assert (ran.code, list(tmp_path.glob("*.toml"))) == (0, [])
    assert run("config", "set", "dev", "true", "--data", tmp_path, "--json").json["value"] == "true"


@pytest.mark.parametrize(("said", "meant"), [(["port=1"], "port 1"), (["port"], "port VALUE")])
def test_a_setting_and_its_value_are_two_words(run: Run, tmp_path: Path, said: list[str], meant: str) -> None:
    ran = run("config", "set", *said, "--data", tmp_path)
    assert (ran.code, list(tmp_path.glob("*.toml"))) == (2, [])
    assert ran.err.endswith(f" config set {meant}\n")


@pytest.mark.parametrize(
    ("key", "value", "code"),
    [
        ("nope", "1", 3),
        ("port", "99999", 2),
        ("port", "many", 2),
        ("kind", "robot", 2),
        ("origin", "http://x.example", 2),
    ],
)
def test_a_value_the_node_would_refuse_is_refused(
    run: Run, tmp_path: Path, key: str, value: str, code: int
) -> None:
    assert run("config", "set", key, value, "--data", tmp_path).code == code
    assert list(tmp_path.glob("*.toml")) == []


@pytest.mark.slow
def test_nothing_is_written_that_the_folders_owner_could_not_read(
    run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = {file: file.read_bytes() for file in folder.iterdir()}
    monkeypatch.setattr(os, "getuid", lambda: folder.stat().st_uid + 1)
    for words in (("config", "set", "log_level", "debug"), ("db", "migrate")):
        ran = run(*words, "--data", folder)
        assert (ran.code, "belongs to another user" in ran.err) == (4, True), words
    assert {file: file.read_bytes() for file in folder.iterdir()} == before


def test_a_setting_is_not_written_through_a_link(run: Run, tmp_path: Path) -> None:
    precious = tmp_path / "precious"
    precious.write_text("as it was", encoding="utf-8")
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / "freehold.toml.part").symlink_to(precious)
    ran = run("config", "set", "port", "8421", "--data", folder, "--json")
    assert ran.code == 1
    assert ran.json["code"] == "not-written"
    assert precious.read_text(encoding="utf-8") == "as it was"


def test_a_file_only_a_person_should_change_is_left_alone() -> None:
    with pytest.raises(Failure, match="several lines"):
        written('trusted_proxies = [\n  "10.0.0.0/8",\n]\n', "trusted_proxies", "::1")
    with pytest.raises(Failure, match="no TOML"):
        written("port: 1", "port", "2")
    assert written("", "dev", "false") == "dev = false\n"


def test_the_path_of_the_file_is_told_whether_or_not_it_exists(
    run: Run, folder: Path, tmp_path: Path
) -> None:
    assert run("config", "path", "--data", folder, "--json").json == {
        "path": str(folder / "freehold.toml"),
        "exists": True,
    }
    assert run("config", "path", "--data", tmp_path / "none", "--json").json["exists"] is False


@pytest.mark.parametrize(
    ("key", "value", "reason"),
    [
        ("handle", "bob", "is eve, and its handle stands in everything it signed"),
        ("origin", "http://127.0.0.1:1", "lives at http://127.0.0.1:"),
        ("port", "1", "lives at http://127.0.0.1:"),
        ("kind", "organization", "set up for kind person"),
        ("name", "Eva", "first start has used name"),
    ],
)
def test_who_a_node_is_is_no_setting_any_more(
    run: Run, folder: Path, key: str, value: str, reason: str
) -> None:
    before = (folder / "freehold.toml").read_text(encoding="utf-8")
    ran = run("config", "set", key, value, "--data", folder)
    assert (ran.code, reason in ran.err) == (2, True), ran.err
    assert (folder / "freehold.toml").read_text(encoding="utf-8") == before
    assert run("config", "set", "handle", "eve", "--data", folder).code == 0


def test_settings_that_contradict_the_node_can_be_set_right(run: Run, folder: Path) -> None:
    file = folder / "freehold.toml"
    file.write_text(file.read_text(encoding="utf-8") + 'origin = "http://127.0.0.1:1"\n', encoding="utf-8")
    assert verdicts(run, "--data", folder)[1]["identity"] == "bad"
    ran = run("config", "set", "log_level", "debug", "--data", folder)
    assert ran.code == 0
    home = data_folder.standing(folder).identity
    assert home is not None
    assert run("config", "set", "origin", home.origin, "--data", folder).code == 0
    assert verdicts(run, "--data", folder)[1]["identity"] == "good"


# --- the database ------------------------------------------------------------------------------------


def test_the_file_is_checked_and_described(run: Run, folder: Path) -> None:
    assert run("db", "check", "--data", folder).out == "  The file is whole.\n"
    described = run("db", "info", "--data", folder, "--json").json
    assert (described["journal"], described["rows"]["actors"]) == (3, 2)
    assert "journal" in run("db", "info", "--data", folder).out
    assert run("db", "migrate", "--data", folder).out == "  The schema is this release's already.\n"
    assert "freehold.db" in run("db", "migrate", "--data", folder, "--dry-run").out


def test_damage_is_found(run: Run, folder: Path) -> None:
    alter(folder, "CREATE TABLE foreign_thing (a)")
    ran = run("db", "check", "--data", folder, "--json")
    assert (ran.code, ran.json["found"]) == (1, [data_folder.OTHER_TABLES])
    assert run("db", "migrate", "--data", folder).code == 1
    (folder / DATABASE_NAME).write_bytes(b"no database at all, but long enough to look like one" * 10)
    for words in (("db", "check"), ("db", "info"), ("db", "migrate"), ("journal", "verify", "--offline")):
        ran = run(*words, "--data", folder)
        assert (ran.code, "is damaged" in ran.err) == (1, True), words


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), "storage-unavailable"),
        (OSError(errno.EROFS, "Read-only file system"), "storage-unavailable"),
        (sqlite_error(13), "storage-unavailable"),  # SQLITE_FULL
        (sqlite_error(14 | 1 << 8), "storage-unavailable"),  # SQLITE_CANTOPEN_NOTEMPDIR, an extended code
        (sqlite_error(11), "database-damaged"),  # SQLITE_CORRUPT
        (sqlite_error(26), "database-damaged"),  # SQLITE_NOTADB
        (sqlite_error(5), "database-busy"),  # SQLITE_BUSY
        (sqlite_error(7), "storage-unavailable"),  # SQLITE_NOMEM
    ],
    ids=repr,
)
def test_a_full_disk_is_not_taken_for_a_damaged_file(tmp_path: Path, error: Exception, code: str) -> None:
    with pytest.raises(Failure) as failed, data_folder.explained(tmp_path), translated():
        raise error
    assert failed.value.code == code
    assert ("backup" in failed.value.hint) == (code == "database-damaged")


def test_what_is_not_the_disks_fault_is_not_blamed_on_it(tmp_path: Path) -> None:
    with pytest.raises(ConnectionResetError), data_folder.explained(tmp_path):
        raise ConnectionResetError(errno.ECONNRESET, "Connection reset by peer")


def test_without_a_node_there_is_nothing_to_look_at(run: Run, tmp_path: Path) -> None:
    for words in (("db", "check"), ("db", "info"), ("db", "migrate"), ("journal", "verify", "--offline")):
        ran = run(*words, "--data", tmp_path)
        assert (ran.code, "There is no node in" in ran.err) == (3, True), words
    assert list(tmp_path.iterdir()) == []


def test_a_running_node_is_not_disturbed(run: Run, customer: Node) -> None:
    ran = run("db", "migrate", "--data", customer.folder, "--json")
    assert (ran.code, ran.json["exit_code"]) == (8, 8)
    assert f"(process {customer.process.pid})" in ran.err
    assert run("db", "check", "--data", customer.folder).code == 0


def test_a_changed_journal_is_found(run: Run, folder: Path) -> None:
    assert run("journal", "verify", "--offline", "--data", folder).code == 0
    unread = run("journal", "verify", "--data", folder)
    assert (unread.code, unread.err.splitlines()[1:]) == (
        6,
        [f"  Read the file itself with: freehold --data {folder} journal verify --offline"],
    )
    alter(folder, "UPDATE journal SET kind = 'offer' WHERE entry = 2")
    ran = run("journal", "verify", "--offline", "--data", folder, "--json")
    assert (ran.code, ran.json["broken_at"], ran.json["exit_code"]) == (7, 2, 7)


def test_a_file_of_authorities_is_kept_by_its_whole_path(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "home-ca.crt").write_bytes(Path(certifi.where()).read_bytes())
    monkeypatch.chdir(tmp_path)
    ran = run("config", "set", "ca_file", "home-ca.crt", "--data", tmp_path / "n", "--json")
    assert ran.json["value"] == str(tmp_path / "home-ca.crt")
    assert str(tmp_path / "home-ca.crt") in (tmp_path / "n" / "freehold.toml").read_text()
    assert run("config", "set", "ca_file", "", "--data", tmp_path / "n").code == ExitCode.OK


def test_a_file_of_authorities_of_no_use_is_not_set(run: Run, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("no certificate")
    for name, why in (("none.crt", "cannot be read"), ("notes.txt", "holds no certificate")):
        refused = run("config", "set", "ca_file", tmp_path / name, "--data", tmp_path / "n")
        assert refused.code == ExitCode.USAGE
        assert why in refused.err
    assert not (tmp_path / "n" / "freehold.toml").exists()


# --- the doctor --------------------------------------------------------------------------------------


def verdicts(run: Run, *words: object) -> tuple[int, dict[str, str]]:
    ran = run("doctor", *words, "--json")
    return ran.code, {item["check"]: item["verdict"] for item in ran.json["checks"]}


def test_a_running_node_is_well(run: Run, customer: Node) -> None:
    code, found = verdicts(run, "--data", customer.folder)
    assert (code, found.pop("claim")) == (0, "note")
    assert {*found.values()} == {"good"}
    assert list(found) == [
        "runtime", "folder", "files", "disk", "settings", "database", "journal", "clock", "identity", "node",
        "address", "deliveries",
    ]  # fmt: skip
    assert "  ✓ journal    all " in run("doctor", "--data", customer.folder).out


def test_a_node_that_is_nobodys_says_so_and_how_it_is_claimed(run: Run, customer: Node) -> None:
    for words in (("doctor",), ("node", "status")):
        said = run(*words, "--data", customer.folder).out
        assert "Nobody has claimed this node yet." in said
        assert re.search(r"Claim it with: freehold .*session claim", said)


def test_a_stopped_node_is_well_too(run: Run, folder: Path) -> None:
    code, found = verdicts(run, "--data", folder)
    assert (code, found["node"]) == (0, "note")
    assert "address" not in found


def test_no_node_is_not_well(run: Run, tmp_path: Path) -> None:
    code, found = verdicts(run, "--data", tmp_path)
    assert (code, found) == (1, {"runtime": "good", "folder": "bad"})
    assert f"Set one up with: freehold --data {tmp_path} up" in run("doctor", "--data", tmp_path).out


def test_open_files_are_found_and_mended(run: Run, folder: Path) -> None:
    folder.chmod(0o755)
    (folder / DATABASE_NAME).chmod(0o644)
    (folder / "more").mkdir(mode=0o755)
    code, found = verdicts(run, "--data", folder)
    assert (code, found["folder"], found["files"]) == (1, "bad", "bad")
    code, found = verdicts(run, "--data", folder, "--fix")
    assert (code, found["folder"], found["files"]) == (0, "good", "good")
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert verdicts(run, "--data", folder)[0] == 0


@contextmanager
def somebody_else(folder: Path) -> Iterator[None]:
    """Be a user to whom the folder is closed; who is not root closes it instead."""
    mode = stat.S_IMODE(folder.stat().st_mode)
    is_root = os.geteuid() == 0
    folder.chmod(0o700 if is_root else 0o000)
    try:
        if is_root:
            os.seteuid(65_534)
        yield
    finally:
        if is_root:
            os.seteuid(0)
        folder.chmod(mode)


@pytest.mark.parametrize("words", [("up",), ("config", "show"), ("config", "path"), ("db", "check")])
def test_a_folder_that_is_closed_to_this_user_is_said_to_be(
    run: Run, folder: Path, words: Sequence[str]
) -> None:
    run(*words, "--data", folder / "none")  # what a command needs is loaded while it can be
    with somebody_else(folder):
        refused = run(*words, "--data", folder)
    assert refused.code == ExitCode.NOT_ALLOWED
    assert "is closed to this user: Permission denied." in refused.err
    assert "Run this as the user whose it is" in refused.err


def test_the_doctor_says_so_too_and_ends(run: Run, folder: Path) -> None:
    verdicts(run, "--data", folder)
    with somebody_else(folder):
        code, found = verdicts(run, "--data", folder)
    assert (code, found) == (1, {"runtime": "good", "folder": "bad"})


def test_authorities_that_are_gone_are_found_before_the_next_start(run: Run, folder: Path) -> None:
    with (folder / "freehold.toml").open("a") as file:
        file.write('ca_file = "/nowhere/home-ca.crt"\n')
    code, found = verdicts(run, "--data", folder)
    assert (code, found["settings"]) == (1, "bad")


def test_a_node_that_runs_by_settings_from_elsewhere_is_asked_for_them(
    run: Run, folder: Path, customer: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "freehold.toml").unlink()
    assert verdicts(run, "--data", folder)[1]["settings"] == "bad"
    with monkeypatch.context() as elsewhere:
        elsewhere.setenv("FREEHOLD_DEV", "perhaps")
        assert verdicts(run, "--data", customer.folder)[1]["settings"] == "good"


def test_callers_that_count_as_one_are_named(run: Run, folder: Path) -> None:
    (folder / "freehold.toml").write_text('origin = "https://localhost:1"\n')
    assert verdicts(run, "--data", folder)[1]["settings"] == "note"
    assert "trusted_proxies 127.0.0.1/32" in run("doctor", "--data", folder).out
    run("config", "set", "trusted_proxies", "127.0.0.1/32", "--data", folder)
    assert verdicts(run, "--data", folder)[1]["settings"] == "good"


def test_a_file_of_another_user_is_found(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    database, owner = folder / DATABASE_NAME, folder.stat().st_uid
    lstat = Path.lstat

    def given_away(path: Path) -> os.stat_result:
        found = lstat(path)
        fields = [*found]
        fields[stat.ST_UID] += path == database
        return os.stat_result(fields)

    monkeypatch.setattr(Path, "lstat", given_away)
    found = diagnosis.modes(folder, fix=True)
    assert found.mark is Mark.BAD
    assert found.found.endswith(f": {DATABASE_NAME}")
    assert f"chown -R {owner} {folder}" in found.advice


def test_root_is_not_told_to_take_the_files_of_the_folders_owner(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "getuid", lambda: folder.stat().st_uid + 1)
    found = diagnosis.modes(folder, fix=False)
    assert (found.mark, found.advice) == (Mark.GOOD, "")
    assert "you" not in found.found


def test_a_folder_that_takes_nothing_is_found_and_mended(run: Run, folder: Path) -> None:
    folder.chmod(0o500)
    code, found = verdicts(run, "--data", folder)
    assert (code, found["folder"]) == (1, "bad")
    assert verdicts(run, "--data", folder, "--fix")[0] == 0
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_a_folder_of_another_user_is_not_ours(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "getuid", lambda: folder.stat().st_uid + 1)
    assert diagnosis.folder(folder, fix=True).mark is Mark.BAD


def test_everything_broken_is_named(run: Run, folder: Path) -> None:
    alter(folder, "UPDATE journal SET at = '2999-01-01T00:00:00.000000Z' WHERE entry = 3")
    alter(folder, "CREATE TABLE foreign_thing (a)")
    (folder / "freehold.toml").write_text("dev = maybe", encoding="utf-8")
    code, found = verdicts(run, "--data", folder)
    bad = {check for check, verdict in found.items() if verdict == "bad"}
    assert (code, bad) == (1, {"settings", "database", "journal", "clock"})


def test_a_clock_that_is_right_again_is_not_to_be_set(folder: Path) -> None:
    alter(folder, "UPDATE journal SET at = '2999-01-01T00:00:00.000000Z' WHERE entry = 3")
    seen = diagnosis.clock(folder, datetime(2026, 11, 30, tzinfo=UTC))
    assert (seen.mark, seen.found[-16:]) == (Mark.BAD, "2999-01-01 00:00")
    assert "If it is right, it was ahead when that was written" in seen.advice


def test_a_file_that_is_no_database_is_named(run: Run, folder: Path) -> None:
    (folder / DATABASE_NAME).write_bytes(b"x" * 5_000)
    code, found = verdicts(run, "--data", folder)
    assert (code, found["database"], found["journal"], found["clock"]) == (1, "bad", "bad", "note")


@pytest.mark.parametrize(
    ("free", "mark"), [(50 * 1024**2, Mark.BAD), (500 * 1024**2, Mark.NOTE), (5 * 1024**3, Mark.GOOD)]
)
def test_a_full_disk_is_named(free: int, mark: Mark, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(10 * free, 9 * free, free))
    assert diagnosis.disk(tmp_path).mark is mark


def test_an_old_sqlite_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(data_folder, "sqlite_version", lambda: (3, 40, 1))
    assert diagnosis.runtime().mark is Mark.NOTE
    assert "3.40.1" in diagnosis.runtime().found
    monkeypatch.setattr(data_folder, "sqlite_version", lambda: (3, 53, 4))
    assert diagnosis.runtime().mark is Mark.GOOD


def late(host: str, said: str) -> dict[str, str]:
    error = f"The inbox answered 401 Unauthorized. Its clock is {said} ours: one of the two is wrong."
    return {"recipient": f"https://{host}/actors/x", "last_error": error}


def test_a_clock_that_peers_contradict_is_named() -> None:
    fine = {"recipient": "https://a.example/x", "last_error": None}
    assert list(diagnosis.compare_clocks([fine])) == []
    agreed = [late("a.example", "3 hours ahead of"), late("b.example", "2 hours ahead of")]
    (one,) = diagnosis.compare_clocks([fine, agreed[0], late("a.example", "2 hours behind")])
    assert (one.mark, one.found) == (Mark.NOTE, "that of a.example is 3 hours ahead of ours")
    (all,) = diagnosis.compare_clocks(agreed)
    assert (all.check, all.mark) == ("clock", Mark.BAD)
    assert all.found == "2 peers have another time; that of a.example is 3 hours ahead of ours"
    (torn,) = diagnosis.compare_clocks([agreed[0], late("b.example", "2 hours behind")])
    assert torn.mark is Mark.NOTE


def test_a_clock_that_went_back_is_named(folder: Path) -> None:
    assert diagnosis.clock(folder, datetime.now(UTC)).mark is Mark.GOOD
    assert diagnosis.clock(folder, datetime.now(UTC) - timedelta(days=1)).mark is Mark.BAD


@pytest.fixture
def silent(folder: Path) -> Iterator[Path]:
    """The folder of a node that holds its lock and does not answer."""
    from node.storage.locks import FolderLock

    with FolderLock(folder):
        yield folder


def test_a_node_that_does_not_answer_is_named(run: Run, silent: Path) -> None:
    code, found = verdicts(run, "--data", silent)
    assert code == 1
    assert {found[check] for check in ("node", "address", "deliveries")} == {"bad"}


@contextmanager
def playing(folder: Path, answers: Mapping[str, object]) -> Iterator[None]:
    """Answer at the owner's socket of a folder, as a node of another release or of another machine might."""

    class Played(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path = urlsplit(self.path).path.removeprefix(API)
            body = json.dumps(answers.get(path, {})).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_POST = do_GET  # noqa: N815

        def log_message(self, *_: object) -> None:
            """Say nothing: a caller over a socket has no address that could be said."""

    with ThreadingUnixStreamServer(str(folder / SOCKET_NAME), Played) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            yield
        finally:
            server.shutdown()
            thread.join()


def test_a_node_of_another_release_is_said_to_be_one(run: Run, silent: Path) -> None:
    with playing(silent, {"/node": {"version": "0.0.1", "handle": "eve"}}):
        checked, asked = run("doctor", "--data", silent), run("node", "status", "--data", silent)
        _, found = verdicts(run, "--data", silent)
    assert "it is of another release than this command" in checked.out
    assert found["node"] == "note"
    assert (asked.code, "version" in asked.out) == (0, True)  # which is what one looks there for


def test_a_node_that_runs_and_is_not_what_is_installed_is_said_to_be_so(
    run: Run, customer: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(diagnosis, "__version__", "77.0.0")
    code, found = verdicts(run, "--data", customer.folder)
    assert (code, found["node"]) == (0, "note")
    assert "installed is 77.0.0" in run("doctor", "--data", customer.folder).out


def elsewhere(address: str) -> dict[str, object]:
    """Return what a node says that asked for itself, and was answered by something else."""
    said = {"says": "Something else answers.", "detail": "", "advice": ""}
    return {"/node/check": {"seen": "something-else", "address": address, **said}}


def test_a_copy_that_runs_beside_its_node_is_named(run: Run, customer: Node, tmp_path: Path) -> None:
    from node.storage.locks import FolderLock

    copy = tmp_path / "copy"
    shutil.copytree(customer.folder, copy, ignore=shutil.ignore_patterns("owner.sock", "node.lock"))
    with FolderLock(copy), playing(copy, elsewhere(customer.origin)):
        code, found = verdicts(run, "--data", copy)
        shown = run("doctor", "--data", copy).out
    assert (code, found["address"], found["copy"]) == (1, "bad", "bad")
    assert f"At {customer.origin}/actors/{customer.handle} another process answers with these keys." in shown


@contextmanager
def only_reading() -> Iterator[str]:
    """Serve where nothing can be posted, and give its origin."""
    with HTTPServer(("127.0.0.1", 0), SimpleHTTPRequestHandler) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


def test_what_answers_in_place_of_a_node_and_has_other_keys_is_no_copy(
    run: Run, customer: Node, silent: Path
) -> None:
    with only_reading() as other:
        for address in (customer.origin, other):
            with playing(silent, elsewhere(address)):
                _, found = verdicts(run, "--data", silent)
            assert found["address"] == "bad"
            assert "copy" not in found
            (silent / SOCKET_NAME).unlink()


def reached_at(origin: str, handle: str) -> dict[str, object]:
    """Return what a node says that asked for itself, and was answered by itself."""
    said = {"says": "This node answers.", "detail": "", "advice": ""}
    settings = [{"key": "origin", "value": origin}, {"key": "ca_file", "value": ""}]
    return {
        "/node/check": {"seen": "reached", "address": origin, **said},
        "/node": {"handle": handle},
        "/config": {"items": settings},
    }


def test_an_inbox_that_a_proxy_keeps_from_what_is_posted_is_named(
    run: Run, customer: Node, silent: Path
) -> None:
    with only_reading() as reader:
        for origin, handle, is_named in (
            (customer.origin, customer.handle, False),
            (customer.origin, f"stripped/{customer.handle}", True),  # another path arrives than was asked for
            (reader, customer.handle, True),
        ):
            with playing(silent, reached_at(origin, handle)):
                _, found = verdicts(run, "--data", silent)
                shown = run("doctor", "--data", silent).out
            assert found["address"] == "good"
            assert (found.get("inbox") == "bad") is is_named
            assert (f"{origin}/actors/{handle}/inbox does not reach this node" in shown) is is_named
            (silent / SOCKET_NAME).unlink()


@pytest.mark.parametrize(
    ("trusted", "mark"),
    [("127.0.0.1/32", "good"), ("10.0.0.0/8,127.0.0.1/32", "good"), ("0.0.0.0/0", "note"), ("::/0", "note")],
)
def test_a_proxy_that_anybody_may_be_is_named(run: Run, folder: Path, trusted: str, mark: str) -> None:
    with (folder / "freehold.toml").open("a", encoding="utf-8") as file:
        file.write(f"trusted_proxies = [{', '.join(repr(one) for one in trusted.split(','))}]\n")
    assert verdicts(run, "--data", folder)[1]["settings"] == mark


def test_tables_of_another_build_are_not_called_damage(run: Run, folder: Path) -> None:
    alter(folder, "CREATE TABLE foreign_thing (a)")
    checked = run("doctor", "--data", folder).out
    assert data_folder.OTHER_TABLES in checked
    assert "Go on with the build" in checked
    assert "db migrate" not in checked  # which would refuse it
    refused = run("db", "migrate", "--data", folder)
    assert (refused.code, "a build between two releases" in refused.err) == (1, True)


def test_tables_of_an_earlier_release_lead_to_the_command_that_mends_them(run: Run, folder: Path) -> None:
    alter(folder, "DELETE FROM _sqlite_migrations")
    alter(folder, "DROP TABLE items")
    checked = run("doctor", "--data", folder).out
    assert data_folder.OLDER_TABLES in checked
    assert "db migrate" in checked


def at(folder: Path, port: int) -> None:
    """Let the settings say that the node is at another port, as an editor can."""
    file = folder / "freehold.toml"
    file.write_text(re.sub("port = [0-9]+", f"port = {port}", file.read_text()))


def test_an_address_that_leads_elsewhere_is_named(run: Run, silent: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    at(silent, port)
    assert "cannot be reached: nothing listens there" in run("doctor", "--data", silent).out
    (silent / "freehold.toml").write_text("dev = maybe", encoding="utf-8")
    assert verdicts(run, "--data", silent)[1]["address"] == "bad"


def test_an_address_at_which_something_else_answers_is_named(run: Run, silent: Path) -> None:
    with HTTPServer(("127.0.0.1", 0), SimpleHTTPRequestHandler) as other:
        Thread(target=other.handle_request).start()
        at(silent, other.server_port)
        shown = run("doctor", "--data", silent).out
    assert f"http://127.0.0.1:{other.server_port}/actors/eve answers 404." in shown


def test_a_database_without_its_log_is_named_and_not_begun_anew(
    run: Run, customer: Node, tmp_path: Path
) -> None:
    copy = tmp_path / "copy"
    copy.mkdir(mode=0o700)
    shutil.copy(customer.folder / "freehold.toml", copy)
    (copy / DATABASE_NAME).write_bytes((customer.folder / DATABASE_NAME).read_bytes()[:4_096])
    (copy / DATABASE_NAME).chmod(0o600)
    for words in (("doctor",), ("db", "check"), ("db", "migrate")):
        ran = run(*words, "--data", copy)
        assert (ran.code, "holds nothing" in ran.out + ran.err) == (1, True), words
    assert {file.name for file in copy.iterdir()} == {"freehold.toml", DATABASE_NAME}


def test_a_copy_of_a_node_that_runs_is_named(run: Run, customer: Node, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(customer.folder, copy, ignore=shutil.ignore_patterns("owner.sock", "node.lock"))
    code, found = verdicts(run, "--data", copy)
    assert (code, found["address"], found["node"]) == (1, "bad", "note")
    assert "Never run two copies" in run("doctor", "--data", copy).out


def test_another_node_under_the_same_name_is_named(run: Run, customer: Node, tmp_path: Path) -> None:
    settings = {"data": tmp_path / "n", "dev": True, "port": customer.port, "handle": customer.handle}
    asyncio.run(set_up(settings_of(settings, {}, None)))
    shutil.copy(customer.folder / "freehold.toml", tmp_path / "n")
    code, found = verdicts(run, "--data", tmp_path / "n")
    assert (code, found["address"]) == (1, "bad")
    assert "another node answers, with other keys" in run("doctor", "--data", tmp_path / "n").out


async def set_up(settings: Settings) -> None:
    """Let a node have its first start, and end it before it listens anywhere."""
    runner = web.AppRunner(make_app(settings))
    await runner.setup()
    await runner.cleanup()


def test_an_older_database_is_named_until_the_node_knows_of_it(run: Run, folder: Path) -> None:
    (folder / "node.lock").write_text("1\nset up, entry 99\n")
    code, found = verdicts(run, "--data", folder)
    assert (code, found["identity"]) == (1, "bad")
    assert "went to 99 before" in run("doctor", "--data", folder).out
    loaded = settings_of({"data": folder}, {}, (folder / "freehold.toml").read_text())
    asyncio.run(set_up(loaded))
    code, found = verdicts(run, "--data", folder)
    assert (code, found["identity"]) == (0, "note")


def test_a_node_named_by_address_is_not_looked_into(run: Run, customer: Node) -> None:
    for words in (("db", "check"), ("db", "info"), ("db", "migrate"), ("doctor",), ("config", "path")):
        ran = run(*words, "--node", customer.origin)
        assert (ran.code, "an address is not enough" in ran.err) == (2, True), words


def test_looking_makes_no_lock(run: Run, folder: Path) -> None:
    (folder / "node.lock").unlink()
    assert verdicts(run, "--data", folder)[0] == 0
    assert not (folder / "node.lock").exists()


def test_a_verdict_says_what_to_do_on_a_line_of_its_own() -> None:
    verdict = Diagnosis("clock", Mark.BAD, "It is late.", "Go home.")
    assert verdict.lines == ["  ✗ clock      It is late.", "               Go home."]
    assert Diagnosis("clock", Mark.GOOD, "Fine.").lines == ["  ✓ clock      Fine."]


@pytest.mark.slow
def test_what_is_stuck_is_named(run: Run, tmp_path: Path) -> None:
    with running(tmp_path / "n", "eve") as node:
        at = ("--data", node.folder)
        nobody = f"http://127.0.0.1:{steady_port()}/actors/x"
        wish = ("--what", "x", "--currency", "EUR", "--to", nobody)
        assert run("intention", "cast", *wish, *at, "--yes").code == 0
        until(lambda: run("fed", "queue", "--json", *at).items[0]["last_error"], "the first try")
        code, found = verdicts(run, *at)
        assert (code, found["deliveries"]) == (0, "note")
        queued = run("fed", "queue", "--state", "queued", *at)
        assert nobody in queued.out
        assert "fed queue --retry DELIVERY" in queued.err
        id = run("fed", "queue", "--json", *at).items[0]["id"]
        assert run("fed", "queue", "--retry", id[:12], *at).out == f"  Queued again: {id}.\n"
        assert run("fed", "queue", "--retry", "dlv_none", *at).code == 3


def test_the_lock_is_seen_by_its_owner(silent: Path) -> None:
    assert data_folder.pid_of_node(silent) == os.getpid()
    with pytest.raises(Failure) as locked:
        data_folder.migrate(silent)
    assert locked.value.exit_code == ExitCode.LOCKED
