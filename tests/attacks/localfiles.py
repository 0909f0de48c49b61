"""LO: what lies in the node's folder, who may read it, and what somebody may have put there."""

import io
import os
import re
import stat
import subprocess
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from itertools import chain, repeat
from pathlib import Path
from types import SimpleNamespace
from typing import Final
from unittest import mock
from urllib.parse import quote

import orjson

from node import folder
from node.folder import DATABASE_NAME, LOCK_NAME, FolderError
from node.settings import FILE_NAME
from node.storage.errors import StorageDamaged
from node.storage.sqlite.connections import connect
from node.storage.sqlite.driver import sqlite3 as driver
from node.storage.sqlite.migrations import SchemaMismatch, back_up
from node.terminal import settings_file
from node.terminal.call import CommandCall
from node.terminal.failures import ExitCode, Failure
from node.terminal.flags import Flags
from node.web.api import PREFIX
from node.web.api.operations import Operation
from tests.attacks.cases import Attack, Case, case, vectors
from tests.attacks.nodes import (
    ROOT,
    ProcessNode,
    ThreadedNode,
    database_path,
    environment,
    freehold,
    place,
    socket_path,
)
from tests.attacks.tampering import copied, edited
from tests.attacks.wire import Answer, Shot, exchange
from tests.attacks.world import FLAGS, Missed, World, expect
from tests.ports import steady_port
from tests.whole import OPERATIONS

NOTHING: Final = Answer(0, (), b"", 0.0)
"""What a node answers that did not start."""


def node_in(world: World, data: Path) -> ThreadedNode:
    """Return a node that works in a folder, not started yet."""
    assert world.realm is not None
    origin = {"origin": world.node.origin} if (data / DATABASE_NAME).exists() else {}
    return ThreadedNode(data, {**FLAGS["open"], **origin}, world.realm.names, world.realm.authority.trusting)


def folder_of(world: World) -> Path:
    """Make a folder with a copy of the node's file in it."""
    assert world.realm is not None
    data = world.realm.folder("lo")
    copied(database_path(world.node), data / DATABASE_NAME)
    return data


def run(data: Path, *words: str, **settings: str) -> "subprocess.CompletedProcess[bytes]":
    """Type a command at a data folder."""
    return subprocess.run(
        [*freehold(data), *words], cwd=ROOT, env=environment(settings), capture_output=True, timeout=60
    )


def open_to_others(path: Path) -> list[str]:
    """List what in a folder others can read, write or enter, the folder itself included."""
    return [one.name for one in (path, *path.rglob("*")) if _mode(one) & 0o077]


def _mode(path: Path) -> int:
    try:
        return stat.S_IMODE(path.lstat().st_mode)
    except FileNotFoundError:  # a part of a file that has been put in its place since it was listed
        return 0


# --- LO-01: modes and links ---------------------------------------------------------------------------------


def left_open(*names: str, mode: int) -> Attack:
    """Leave something in the folder open to others; the node closes it, and says so."""

    def attack(world: World) -> Answer:
        data = folder_of(world)
        (data / FILE_NAME).write_text("", encoding="utf-8")
        (data / FILE_NAME).chmod(0o600)
        for name in names:
            (data / name).chmod(mode)
        node = node_in(world, data).start()
        try:
            expect(not open_to_others(data), f"others can still read {open_to_others(data)}")
        finally:
            node.stop()
        told = [event for event in world.logged() if event["event"] == "closed to other users"]
        expect(len(told) == len(names), "the owner is told, because it may have been read")
        return world.owner("GET", "/node")

    return attack


def red_doctor(world: World) -> Answer:
    """Ask the doctor about a folder that others can read."""
    data = folder_of(world)
    (data / DATABASE_NAME).chmod(0o644)
    expect(run(data, "doctor").returncode == 1, "the doctor is not content")
    expect(run(data, "doctor", "--fix").returncode in (0, 1), "the doctor mends it")
    expect(not open_to_others(data), "it is mended")
    return world.owner("GET", "/node")


def careless(world: World) -> Answer:
    """Set a node up with a careless umask, and look at what it has written, while it runs and after."""
    assert world.realm is not None
    before = os.umask(0)
    try:
        node = ProcessNode(world.realm.folder("careless")).start()
    finally:
        os.umask(before)
    try:
        expect(not open_to_others(node.data), f"others can read {open_to_others(node.data)}")
        expect(run(node.data, "config", "set", "log_level", "debug").returncode == 0, "a setting is written")
    finally:
        node.stop()
    expect(not open_to_others(node.data), f"others can read {open_to_others(node.data)}")
    return world.owner("GET", "/node")


def link_to_the_folder(world: World, data: Path) -> Path:
    """Put a link where the folder is looked for."""
    link = data.with_name(f"{data.name}-link")
    link.symlink_to(data)
    return link


def link_in_place_of(name: str) -> Callable[[World, Path], Path]:
    """Put a link in place of a file in the folder."""

    def prepare(_: World, data: Path) -> Path:
        elsewhere = data.with_name(f"{data.name}-elsewhere")
        if (data / name).exists():
            (data / name).rename(elsewhere)
        else:
            elsewhere.touch(mode=0o600)
        (data / name).symlink_to(elsewhere)
        return data

    return prepare


def second_name(_: World, data: Path) -> Path:
    """Give the database a second name elsewhere."""
    os.link(data / DATABASE_NAME, data.with_name(f"{data.name}-second"))
    return data


def file_for_the_folder(world: World, data: Path) -> Path:
    """Put a file where the folder is looked for."""
    path = data.with_name(f"{data.name}-file")
    path.touch(mode=0o600)
    return path


def refused(prepare: Callable[[World, Path], Path]) -> Attack:
    """Put something into the way of a node that starts."""

    def attack(world: World) -> Answer:
        data = prepare(world, folder_of(world))
        try:
            node = node_in(world, data).start()
        except FolderError as error:
            expect(error.hint, "it says what to do")
            return NOTHING
        node.stop()
        return world.owner("GET", "/node")

    return attack


def somebody_elses(world: World) -> Answer:
    """Let the database belong to another user."""
    data, ours = folder_of(world), os.getuid()
    if ours == 0:
        os.chown(data / DATABASE_NAME, 65_534, 65_534)
        looks: Iterator[int] = repeat(ours)
    else:  # only root can give it away: a node of anybody else's takes itself for another from the folder on
        looks = chain([ours], repeat(ours + 1))
    try:
        with mock.patch.object(folder, "os", SimpleNamespace(getuid=lambda: next(looks))):
            node_in(world, data).start().stop()
    except FolderError as error:
        expect(
            error.detail == f"{data / DATABASE_NAME} belongs to another user.", f"it says why: {error.detail}"
        )
        return NOTHING
    return world.owner("GET", "/node")


# --- LO-02: keys and secrets where they do not belong -------------------------------------------------------


def keys_of(data: Path) -> list[bytes]:
    """Return a piece of each private key in a folder's database."""
    with closing(driver.connect(f"file:{data / DATABASE_NAME}?mode=ro", uri=True)) as db:
        pems = [pem for (pem,) in db.execute("SELECT private_pem FROM keys")]
    return ["".join(pem.splitlines()[1:-1])[-44:].encode() for pem in pems]


def looking_for_keys(world: World) -> Answer:
    """Make a node fail and refuse in every way, and look for its keys and a token in all it leaves behind."""
    assert world.realm is not None
    data = world.realm.folder("keys")
    node = ProcessNode(data, {"log_level": "debug"}).start()
    try:
        body = b'{"name":"kept","scopes":["admin"]}'
        asked = Shot(f"{PREFIX}/tokens", (("Host", "o"), ("Content-Type", "application/json")), body)
        made = exchange(socket_path(node), asked.having(Content_Length=str(len(body))).render()).json
        secrets = [*keys_of(data), made["secret"].encode(), b"PRIVATE KEY"]
        expect(len(secrets) > 3, "there are keys to look for")
        answers = [exchange(place(node), raw) for raw in provocations(node, made["secret"])]
        assert node.process is not None
        process = Path(f"/proc/{node.process.pid}")
        seen = [answer.raw for answer in answers]
        if process.exists():
            seen += [(process / name).read_bytes() for name in ("environ", "cmdline")]
            limits = (process / "limits").read_text(encoding="ascii")
            expect(re.search(r"^Max core file size +0 +0 ", limits, re.MULTILINE), "it leaves no core file")
    finally:
        node.stop()
    kept = [path for path in data.rglob("*") if path.is_file() and not path.name.startswith(DATABASE_NAME)]
    seen += [node.log_path.read_bytes(), *(path.read_bytes() for path in kept)]
    expect(
        b'"level":"debug"' in seen[-1 - len(kept)] or b"inbox refused" in seen[-1 - len(kept)],
        "it has logged",
    )
    for text in seen:
        expect(not any(secret in text for secret in secrets), "no secret is where others could find it")
    database = (data / DATABASE_NAME).read_bytes()
    expect(made["secret"].encode() not in database, "a token is in no file at all")
    return next(answer for answer in answers if answer.status == 401)


def provocations(node: ProcessNode, secret: str) -> Iterator[bytes]:
    """Write requests with secrets in every place from which something might be logged."""
    host = ("Host", f"127.0.0.1:{node.port}")
    told = Shot(f"{PREFIX}/tokens", (host, ("Authorization", f"Bearer {secret}x")), method="GET")
    yield told.render()
    yield Shot(f"{PREFIX}/offers", (host, ("Authorization", f"Bearer {secret}")), method="GET").render()
    yield told.having(Authorization=f"Bearer {secret}\x00").render()
    yield Shot(f"{PREFIX}/nothing", (host, ("Authorization", f"Bearer {secret}")), method="GET").render()
    signed = ("Signature", f'keyId="x",headers="date",signature="{secret}"')
    inbox = Shot("/inbox", (host, ("Content-Type", "application/activity+json"), signed))
    yield inbox.carrying(orjson.dumps({"id": "http://x/1", "type": "Follow", "actor": "http://x/a"})).render()
    yield inbox.carrying(b"{").render()


# --- LO-10: settings ----------------------------------------------------------------------------------------

SETTINGS: Final[Mapping[str, tuple[str, str]]] = {
    "an unknown key": ("evil = 1", "evil"),
    "a template": ('port = "{{7*7}}"', "port"),
    "a path for a name": ('handle = "../../etc/passwd"', "handle"),
    "a file for an address": ('origin = "file:///etc/passwd"', "origin"),
    "a script for an address": ('origin = "javascript:alert(1)"', "origin"),
    "an address within an address": ('origin = "https://ada.example@evil.example"', "origin"),
    "a huge number": ("port = 99999999999999999999", "port"),
    "a negative number": ("body_limit_bytes = -1", "body_limit_bytes"),
    "a number that is none": ("port = nan", "port"),
    "a table": ("[port]\nx = 1", "port"),
    "a list": ("port = [8420, 8421]", "port"),
    "a key twice": ("port = 8420\nport = 8421", FILE_NAME),
    "no TOML": ("port: 8420", FILE_NAME),
    "NUL": ("port = 8420\0", FILE_NAME),
    "another folder": ('data = "/etc"', "data"),
    "every network as a proxy": ('trusted_proxies = ["everything"]', "trusted_proxies"),
    "development for everybody": ('dev = true\nhost = "0.0.0.0"', "dev"),
}


def with_settings(text: str, named: str) -> Attack:
    """Start a node with these settings in its folder: it says which are wrong, and where they stand."""

    def attack(world: World) -> Answer:
        assert world.realm is not None
        data = world.realm.folder("settings")
        data.mkdir(mode=0o700)
        (data / FILE_NAME).write_text(f"# a comment\n{text}\n", encoding="utf-8")
        try:
            settings_file.load(typed_at(data))
        except Failure as failure:
            expect(failure.exit_code is ExitCode.USAGE, f"it ends with {failure.exit_code}")
            expect(named in failure.detail, f"it does not name what is wrong: {failure.detail}")
            expect(
                "line 2" in failure.detail or named == "dev" or "line 3" in failure.detail,
                "it names the line",
            )
            expect("evil" not in failure.detail.replace(named, ""), "it repeats nothing")
            return NOTHING
        return world.owner("GET", "/node")

    return attack


def typed_at(data: Path) -> CommandCall:
    """Return a command that is typed at a data folder, in an environment without settings."""
    nowhere = io.StringIO()
    return CommandCall(Flags(data=str(data)), stdin=nowhere, stdout=nowhere, stderr=nowhere, environment={})


def coming_up(world: World) -> Answer:
    """Start a node whose settings are wrong: it says so in a sentence, and leaves nothing behind."""
    assert world.realm is not None
    data = world.realm.folder("settings")
    data.mkdir(mode=0o700)
    (data / FILE_NAME).write_text("evil = 1\n", encoding="utf-8")
    done = run(data, "up", "--dev")
    expect(done.returncode == 2, f"it ends with {done.returncode}")
    expect(b"line 1" in done.stderr and b"Traceback" not in done.stderr, "it is a sentence")
    expect([path.name for path in data.iterdir()] == [FILE_NAME], "nothing was set up")
    return NOTHING


# --- LO-11: what becomes part of a query --------------------------------------------------------------------

TEXTS: Final[Mapping[str, str]] = {
    "a quote": "'",
    "always true": "' OR '1'='1",
    "a comment": "x' --",
    "another statement": "'; DROP TABLE offers; --",
    "a union": "' UNION SELECT private_pem FROM keys --",
    "an attachment": "'; ATTACH DATABASE '/tmp/evil.db' AS evil; --",
    "an extension": "' || load_extension('evil') --",
    "any number of letters": "%",
    "any letter": "int_____",
    "a pattern of shells": "int_*",
    "a search": '"evil" OR NEAR(offer)',
    "a name": "sqlite_schema",
    "a parameter": "?1",
    "after all": "~",
    "other digits": "\u0665",
    "NUL": "\0",
}


_ANY_TEXT: Final = ("/peers?cursor=", "/pricelist?cursor=", "/pipeline?search=")
"""Where every text means something: a place in an order of texts, or what is looked for in names."""


def asked_with(text: str) -> Attack:
    """Put a text into every parameter and every id that the owner's API takes."""

    def attack(world: World) -> Answer:
        world.cast()
        world.hold()
        answers = [(path, world.owner(method, path)) for method, path in places_for(text)]
        for path, answer in answers:
            listed = path.partition("?")[0]
            if path.startswith(_ANY_TEXT) and answer.status == 200:
                known = world.asked("GET", listed)["items"]
                expect(all(item in known for item in answer.json["items"]), f"these are of {listed}")
                continue
            expect(answer.status in (400, 404, 409, 422), f"{path} answers {answer.status}")
        expect(len(answers) > 30, "the whole API was asked")
        return answers[0][1]

    return attack


def places_for(text: str) -> Iterator[tuple[str, str]]:
    """List requests with a text in one place each; `limit` and `after` are numbers, so no text fits them."""
    written = quote(text, safe="")
    for item in OPERATIONS:
        if "{id}" in item.path and _PLAIN.fullmatch(text):
            yield item.method, item.path.replace("{id}", text)
        if item.method == "GET" and "{id}" not in item.path:
            yield from ((item.method, f"{item.path}?{name}={written}") for name in _strict(item))


_PLAIN: Final = re.compile(r"[A-Za-z0-9_.~-]+")


def _strict(item: Operation) -> list[str]:
    """List the parameters that take no text but what is known, and one that does not exist."""
    return [*(one.name for one in item.query if one.name != "iri"), "actor", "sort", "order_by"]


def as_a_peer(text: str) -> Attack:
    """Put a text where a peer's addresses and ids are looked up."""

    def attack(world: World) -> Answer:
        world.hold()
        written = quote(text, safe="")
        unknown = [
            world.get(path)
            for path in (
                f"/intentions/{written}",
                f"/agreements/{written}",
                f"/actors/{written}",
                f"/.well-known/webfinger?resource=acct:{written}@{world.host}",
            )
        ]
        for answer in unknown:
            expect(answer.status in (400, 404, 422), f"it is answered {answer.status}")
        return unknown[0]

    return attack


def the_driver_itself(world: World) -> Answer:
    """Do what an injected statement would, on the connection a node uses: it could not do much."""
    path = copied(database_path(world.node), folder_of(world) / "driver.db")
    victim = path.with_name("evil.db")
    for read_only in (True, False):
        with connect(path, read_only=read_only) as opened:
            db = opened.conn
            for statement in (
                f"ATTACH DATABASE '{victim}' AS evil",
                "SELECT load_extension('evil')",
                "SELECT writefile('evil', 'x')",
                "UPDATE journal SET body = x'00'",
                "DELETE FROM journal",
            ):
                try:
                    db.execute(statement).fetchall()
                except driver.Error:
                    continue
                raise Missed(f"{statement} is done")
            [[trusts]] = db.execute("PRAGMA trusted_schema").fetchall()
            expect(trusts == 0, "the schema is not trusted")
    expect(not victim.exists(), "no other file was made")
    return world.get("/api/v1/offers")


# --- LO-13: files that are there for a moment ---------------------------------------------------------------


def in_the_way(world: World) -> Answer:
    """Put links where a file is prepared: nothing is written through them."""
    assert world.realm is not None
    data = folder_of(world)
    precious = data.with_name(f"{data.name}-precious")
    precious.write_text("as it was", encoding="utf-8")
    (data / f"{FILE_NAME}.part").symlink_to(precious)
    done = run(data, "config", "set", "log_level", "debug")
    expect(done.returncode != 0 and b"Traceback" not in done.stderr, "it is refused in a sentence")
    (data / f"{FILE_NAME}.part").unlink()
    part = data / "freehold.before-x.db.part"
    part.symlink_to(precious)
    with connect(data / DATABASE_NAME) as db:
        back_up(db, data / "freehold.before-x.db")
    expect(precious.read_text(encoding="utf-8") == "as it was", "nothing is written through a link")
    expect(
        stat.S_IMODE((data / "freehold.before-x.db").stat().st_mode) == 0o600, "a copy is closed to others"
    )
    return world.get("/api/v1/offers")


def elsewhere(world: World) -> Answer:
    """Give a node a place for temporary files, and look at what it puts there."""
    assert world.realm is not None
    shared = world.realm.folder("tmp")
    shared.mkdir()
    with mock.patch.dict(os.environ, {"TMPDIR": str(shared), "SQLITE_TMPDIR": str(shared)}):
        node = ProcessNode(world.realm.folder("tidy")).start()
    try:
        asked = Shot(f"{PREFIX}/journal/rebuild", (("Host", "o"), ("Content-Length", "0")))
        expect(exchange(socket_path(node), asked.render(), seconds=30.0).status == 200, "it has worked")
        expect(not list(shared.iterdir()), "there is nothing where others could have put a link")
    finally:
        node.stop()
    expect(not list(shared.iterdir()), "nor afterwards")
    return world.get("/api/v1/offers")


# --- LO-14: another file ------------------------------------------------------------------------------------

_SPY: Final = "AFTER INSERT ON tokens BEGIN DELETE FROM refusals; END"
SCHEMAS: Final[Mapping[str, str]] = {
    "a trigger": f"CREATE TRIGGER spy {_SPY}",
    "a trigger with a name of SQLite's": (
        "PRAGMA writable_schema = ON; INSERT INTO sqlite_schema (type, name, tbl_name, rootpage, sql) "
        f"VALUES ('trigger', 'sqlite_spy', 'tokens', 0, 'CREATE TRIGGER sqlite_spy {_SPY}')"
    ),
    "a trigger on what is not looked at": (
        "CREATE TRIGGER spy AFTER INSERT ON _sqlite_migrations BEGIN DELETE FROM refusals; END"
    ),
    "a view": "CREATE VIEW spies AS SELECT * FROM keys",
    "a view in place of a table": "DROP TABLE refusals; CREATE VIEW refusals AS SELECT * FROM keys",
    "a table more": "CREATE TABLE spies (x TEXT)",
    "a table less": "DROP TABLE receipts",
    "a column more": "ALTER TABLE tokens ADD COLUMN spy TEXT",
    "a column that computes": "ALTER TABLE tokens ADD COLUMN spy TEXT AS (upper(name))",
    "a guard less": "DROP TRIGGER journal_is_never_edited",
    "a rule less": "DROP INDEX agreements_one_per_intention",
    "a migration of the future": (
        "INSERT INTO _sqlite_migrations (migration_set, name, applied_at) VALUES ('freehold', 'evil', '2099')"
    ),
}


def with_schema(statements: str) -> Attack:
    """Start a node on a file whose schema was changed."""

    def attack(world: World) -> Answer:
        data = folder_of(world)
        edited(data / DATABASE_NAME, statements)
        return refused_file(world, data, SchemaMismatch)

    return attack


def refused_file(world: World, data: Path, *errors: type[Exception]) -> Answer:
    """Start a node on a file that it must refuse; the command says so in a sentence."""
    try:
        node = node_in(world, data).start()
    except errors:
        return NOTHING
    node.stop()
    return world.owner("GET", "/node")


def another_file(content: Callable[[Path], object], *errors: type[Exception]) -> Attack:
    """Start a node on a file that is none of its own."""

    def attack(world: World) -> Answer:
        data = folder_of(world)
        (data / DATABASE_NAME).unlink()
        content(data / DATABASE_NAME)
        (data / DATABASE_NAME).chmod(0o600)
        return refused_file(world, data, *errors)

    return attack


def of_another_program(path: Path) -> None:
    """Write a database of another program."""
    with closing(driver.connect(path)) as db:
        db.execute("CREATE TABLE bookmarks (url TEXT)")


def no_database(path: Path) -> None:
    """Write something that is no database."""
    path.write_bytes(b"GIF89a" * 1_000)


def without_its_log(_world: World, data: Path) -> Path:
    """Leave of a node what a copy of its database holds whose log was not copied: a header."""
    (data / DATABASE_NAME).unlink()
    with closing(driver.connect(data / DATABASE_NAME)) as db:
        db.execute("PRAGMA journal_mode = WAL")
    (data / DATABASE_NAME).chmod(0o600)
    return data


def without_its_database(_world: World, data: Path) -> Path:
    """Leave of a node everything but its database."""
    (data / DATABASE_NAME).unlink()
    (data / LOCK_NAME).write_text("1\nset up, entry 7\n", encoding="ascii")
    (data / LOCK_NAME).chmod(0o600)
    return data


def said_in_a_sentence(world: World) -> Answer:
    """Start a node on a changed file with the command."""
    data = folder_of(world)
    edited(data / DATABASE_NAME, SCHEMAS["a trigger"])
    done = run(data, "up", "--dev", "--port", str(steady_port()))
    expect(done.returncode == 1, f"it ends with {done.returncode}")
    expect(
        b"The tables of the database" in done.stderr and b"Traceback" not in done.stderr, "it is a sentence"
    )
    expect(run(data, "doctor").returncode == 1, "the doctor is not content")
    return NOTHING


FOLDER: Final = "."
CASES: Final[tuple[Case, ...]] = (
    *vectors(
        "LO-01",
        {
            "a folder that others enter": left_open(FOLDER, mode=0o755),
            "a folder that others write": left_open(FOLDER, mode=0o777),
            "a database that others read": left_open(DATABASE_NAME, mode=0o644),
            "settings that the group writes": left_open(FILE_NAME, mode=0o660),
            "everything": left_open(FOLDER, DATABASE_NAME, FILE_NAME, mode=0o777),
        },
        200,
        still=True,
    ),
    case("LO-01", "what the doctor says", red_doctor, 200, still=True, quick=False),
    case("LO-01", "a careless umask", careless, 200, still=True, quick=False),
    *vectors(
        "LO-01",
        {
            "a link to the folder": refused(link_to_the_folder),
            "a link in place of the database": refused(link_in_place_of(DATABASE_NAME)),
            "a link in place of the settings": refused(link_in_place_of(FILE_NAME)),
            "a link in place of the lock": refused(link_in_place_of(LOCK_NAME)),
            "a link in place of the log that is written ahead": refused(
                link_in_place_of(f"{DATABASE_NAME}-wal")
            ),
            "a database with a second name": refused(second_name),
            "a file in place of the folder": refused(file_for_the_folder),
            "a database of another user": somebody_elses,
        },
        0,
    ),
    case("LO-02", "looked for everywhere", looking_for_keys, 401, ("token", "unauthenticated"), quick=False),
    *vectors("LO-10", {name: with_settings(*pair) for name, pair in SETTINGS.items()}, 0),
    case("LO-10", "to a node that starts", coming_up, 0, quick=False),
    *vectors("LO-11", {name: asked_with(text) for name, text in TEXTS.items()}, (400, 404)),
    *vectors("LO-11", {f"{name}, by a peer": as_a_peer(text) for name, text in TEXTS.items()}, 404),
    case("LO-11", "past everything", the_driver_itself, 401, "token"),
    case("LO-13", "links where files are prepared", in_the_way, 401, "token"),
    case("LO-13", "a folder of everybody's", elsewhere, 401, "token", quick=False),
    *vectors("LO-14", {name: with_schema(statements) for name, statements in SCHEMAS.items()}, 0),
    case("LO-14", "of another program", another_file(of_another_program, SchemaMismatch), 0),
    case("LO-14", "no database", another_file(no_database, StorageDamaged), 0),
    case("LO-14", "a copy that came without its log", refused(without_its_log), 0),
    case("LO-14", "a database that is gone", refused(without_its_database), 0),
    case("LO-14", "to a node that is started", said_in_a_sentence, 0, quick=False),
)
