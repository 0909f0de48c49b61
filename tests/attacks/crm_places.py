"""CR: where a CRM is said to be, what is to go there, and what lies in the folder that is one."""

import csv
import io
import os
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from node.crm.adapters.spreadsheet.tables import TICK_NS
from tests.attacks.cases import Attack, Case, case, vectors
from tests.attacks.crms import (
    ALL,
    MAPPING,
    NODE,
    Bent,
    Office,
    connect,
    connecting,
    found_by_name,
    mapped,
    served,
    working,
)
from tests.attacks.nodes import database_path
from tests.attacks.parties import number
from tests.attacks.sites import reply
from tests.attacks.wire import Answer
from tests.attacks.world import Missed, World, expect
from tests.crm.connector import SECRET

_METADATA: Final = "169.254.169.254"
_RUN: Final = ("=", "+", "-", "@", "\t", "\r")
_FORMULAS: Final = ("=1+1", "+1+1", "-1+1", "@SUM(1)", ";=1+1", "'=1+1", ',"=1+1', "\uff1d1+1")
_LARGE_BYTES: Final = 40_000_000
_ABSURD: Final[tuple[object, ...]] = (-1, 0, 101, 2**53 - 1, 1.5, "1", True, [])
_SAVINGS: Final = 5  # times that it is tried
_HALF: Final = 2_370  # blanks before a key: what is kept of a refusal ends in the middle of it


# --- CR-11 to CR-13: addresses ------------------------------------------------------------------------------


def at_address(address: str) -> Attack:
    """Return an attack that connects a CRM which is said to be there."""
    return connecting(lambda _: None, address=address)


def by_name(scheme: str, *addresses: str) -> Attack:
    """Return an attack that connects a CRM whose host's name leads to these addresses."""

    def attack(world: World) -> Answer:
        host = f"crm{number()}.example"
        world.names.table[host] = [[address] for address in addresses]
        with found_by_name(world):
            return connect(world, address=f"{scheme}://{host}/evil", secret=SECRET)

    return attack


def moved(world: World) -> Answer:
    """Let the name of a CRM that works lead to a cloud's metadata one day."""
    host = f"crm{number()}.example"
    world.names.table[host] = [["127.0.0.1"], [_METADATA]]
    with served(world) as office:
        world.must(office.connect(address=f"http://{host}:{office.site.port}/crm"), 201)
        return office.sync()


# --- CR-15 to CR-18: mappings -------------------------------------------------------------------------------


def with_field(**members: object) -> str:
    """Return a mapping of one field with these members."""
    lines = {"from": "name", "to": "name", "purpose": "p"} | members
    return "version = 1\n[[customer]]\n" + "".join(f"{name} = {value!r}\n" for name, value in lines.items())


_TWICE: Final = MAPPING + '[[customer]]\nfrom = "handle"\nto = "name"\npurpose = "p"\n'


# --- CR-40 to CR-45: a folder -------------------------------------------------------------------------------


def folder_of(world: World) -> Path:
    """Make a folder for spreadsheets."""
    assert world.realm is not None
    folder = world.realm.folder("sheets")
    folder.mkdir()
    return folder


def in_folder(bend: Callable[[World, Path], object]) -> Attack:
    """Return an attack that puts something into a folder before it is connected."""

    def attack(world: World) -> Answer:
        folder = folder_of(world)
        bend(world, folder)
        return connect(world, adapter="spreadsheet", address=str(folder))

    return attack


def sheets(play: Callable[[Office, Path], Answer]) -> Attack:
    """Return an attack that is played with a folder into which everything goes."""

    def attack(world: World) -> Answer:
        folder = folder_of(world)
        with served(world) as office:
            world.must(connect(world, adapter="spreadsheet", address=str(folder)), 201)
            world.must(world.owner("POST", "/crm/sync", {}), 200)
            return play(office, folder)

    return attack


def holding(content: bytes) -> Attack:
    """Return an attack with this in the file of the customers."""
    return in_folder(lambda _, folder: (folder / "customers.csv").write_bytes(content))


def large(_: World, folder: Path) -> None:
    path = folder / "customers.csv"
    path.write_bytes(b"id,name\n")
    os.truncate(path, _LARGE_BYTES)


def formulas(office: Office, folder: Path) -> Answer:
    """Let a customer wish for formulas: no program runs them, and what is read is what was wished."""
    names = [f"{formula} {number()}" for formula in _FORMULAS]
    for name in names:
        office.tell(name)
    expect(office.sync(ALL).status == 200, "it is written")
    text = (folder / "opportunities.csv").read_text("utf-8-sig")
    for delimiter in ",;\t":
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter):
            run = [cell for cell in row if cell.lstrip('"').startswith((*_RUN, "\uff1d"))]
            expect(not run, f"between {delimiter!r} a program runs {run[:1]}")
    answer = office.world.owner("GET", "/crm/verification")
    expect(answer.json["alike"], "what is read is what was written")
    return answer


def formula_back(office: Office, folder: Path) -> Answer:
    """Offer a formula from a spreadsheet: the customer gets its letters."""
    label = "=cmd|' /C calc'!A0"
    proposal = office.tell()
    expect(office.sync(ALL).status == 200, "it is written")
    with (folder / "opportunities.csv").open(encoding="utf-8-sig", newline="") as file:
        [row] = [row for row in csv.DictReader(file) if row["freehold"] == proposal["id"]]
    with (folder / "quotations.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["id", "opportunity", "state", "currency", "valid_until", "label", "price"])
        writer.writerow(["q", row["id"], "quoted", "EUR", "2097-01-31", label, "9"])
    answer = office.sync(ALL)
    offer = office.world.received(office.world.shop, "Offer", proposal["id"])
    expect(label in str(offer["object"]), "what is offered is what was written")
    return answer


def half_written(office: Office, folder: Path) -> Answer:
    """Look at a quotation while it is saved: what is offered is its price, and not the beginning of it.

    Where the machine was so slow that the rest came after the file had lain still for long, nobody can know
    that it was a beginning: then it is played again.
    """
    for _ in range(_SAVINGS):
        answer, amount, was_late = saved_meanwhile(office, folder)
        if not was_late:
            expect(amount == "100.00", "the price is the whole one")
            return answer
    raise Missed("the machine is too slow to save a file")


def saved_meanwhile(office: Office, folder: Path) -> tuple[Answer, str, bool]:
    """Return what a sync answers meanwhile, what is offered, and whether the rest was saved too late."""
    proposal, id = office.tell(), f"q{number()}"
    expect(office.sync(ALL).status == 200, "it is written")
    with (folder / "opportunities.csv").open(encoding="utf-8-sig", newline="") as file:
        [row] = [row for row in csv.DictReader(file) if row["freehold"] == proposal["id"]]
    head = "id,opportunity,state,currency,valid_until,label,price\r\n"
    half = f"{head}{id},{row['id']},quoted,EUR,2097-01-31,Bike,1"
    path = folder / "quotations.csv"
    path.write_text(half)
    ahead = time.time() + 1  # of a machine that is slow to go on
    os.utime(path, (ahead, ahead))
    saved: list[float] = []

    def save() -> None:
        path.write_text(f"{half}00.00\r\n")
        saved.append(time.time())

    saving = threading.Timer(1.0, save)
    saving.start()
    answer = office.sync(ALL)
    saving.join()
    offer = office.world.received(office.world.shop, "Offer", proposal["id"])
    amount = str(offer["object"]["price"][0]["amount"])
    return answer, amount, saved[0] > ahead + TICK_NS / 1_000_000_000


def planted(office: Office, folder: Path) -> Answer:
    """Plant a link where the new content of a file is written first."""
    victim = folder.with_name(f"victim{number()}")
    victim.write_text("precious")
    for name in ("customers.csv", "opportunities.csv", "quotations.csv"):
        (folder / f".{name}.new").symlink_to(victim)
    office.tell()
    answer = office.sync(ALL)
    expect(victim.read_text() == "precious", "what the link leads to is untouched")
    expect((folder / "customers.csv").exists(), "the file itself is written")
    return answer


# --- CR-46 to CR-49: secrets, limits, an end ----------------------------------------------------------------


def said_back(status: int) -> Bent:
    """Return what answers with the key, in the middle of which what is kept of an answer ends."""
    said = b" " * _HALF + SECRET.encode() + b" " + SECRET.encode()
    return lambda _: reply(said, status=status, media=None)


def secrets(world: World) -> Answer:
    """Say the key back in every way: it stands in no table but one, in no answer and in no log."""
    with working(world) as office:
        for status in (422, 503):
            office.tell()
            office.crm.bent["upsert"] = said_back(status)
            office.sync()
        answer = world.owner("GET", "/crm")
        paths = ("/crm", "/crm/conflicts", "/crm/adapters", "/journal?limit=20", "/config")
        told = b"".join(world.owner("GET", path).raw for path in paths)
        parts = [SECRET.encode()[start : start + 12] for start in range(6, len(SECRET) - 12)]
        expect(not any(part in told for part in parts), "no answer holds a part of the key")
        expect(not any(part.decode() in str(world.log.events) for part in parts), "nor the log")
        names = [name for (name,) in world.rows("SELECT name FROM sqlite_schema WHERE type = 'table'")]
        holding = [name for name in names if SECRET in str(world.rows(f'SELECT * FROM "{name}"'))]
        expect(holding == ["crm_keys"], f"the key stands in {holding}")
        return answer


def limited(limit: object) -> Attack:
    """Return an attack that syncs an absurd number of things."""

    def attack(world: World) -> Answer:
        with working(world) as office:
            office.sync()
            count = len(office.crm.records)
            answer = world.owner("POST", "/crm/sync", {"limit": limit})
            expect(len(office.crm.records) == count, "nothing is written")
            return answer

    return attack


def let_go(world: World) -> Answer:
    """Let a CRM go that never answers: it is done at once, and nothing of it is kept."""
    with working(world) as office:
        office.sync()
        office.crm.page = lambda _: reply(status=503, media=None)
        answer = world.owner("DELETE", "/crm")
        tables = ("crm_connections", "crm_keys", "crm_records", "crm_calls", "crm_conflicts")
        expect(not any(world.count(table) for table in tables), "nothing of it is kept")
        return answer


def unknown(**members: Any) -> Attack:
    """Return an attack that connects a kind of CRM that is none, or tells it what it does not ask for."""

    def attack(world: World) -> Answer:
        return connect(world, **{"address": "http://127.0.0.1:9/", "secret": SECRET, **members})

    return attack


_PUBLIC_HTTP: Final = "http://93.184.215.14/crm"

CASES: Final[tuple[Case, ...]] = (
    *vectors(
        "CR-11",
        {
            address: at_address(address)
            for address in (
                f"http://{_METADATA}/latest",
                f"https://{_METADATA}/latest",
                f"http://[::ffff:{_METADATA}]/",
                f"https://[64:ff9b::{_METADATA}]/",
                "http://[fd00:ec2::254]/",
                "http://100.100.100.200/",
                "http://[fe80::1]/",
                "http://0.0.0.0/",
                _PUBLIC_HTTP,
            )
        },
        409,
        "crm-unreachable",
        node=NODE,
    ),
    *vectors(
        "CR-12",
        {
            address: at_address(address)
            for address in (
                "http://2130706433/",
                "http://0x7f.1/",
                "http://0177.0.0.1/",
                "http://127.1/",
                "http://evil@127.0.0.1/",
                "http://127.0.0.1:9/?evil=1",
                "http://127.0.0.1:9/#evil",
                "http://127.0.0.1\\@evil.example/",
                "http:///crm",
                "file:///etc/passwd",
                "gopher://127.0.0.1/",
            )
        },
        422,
        "crm-address",
        node=NODE,
    ),
    *vectors(
        "CR-13",
        {
            "a name of a cloud's metadata": by_name("https", _METADATA),
            "a name of a server on the internet, without TLS": by_name("http", "93.184.215.14"),
            "a name of nobody's": by_name("https"),
        },
        409,
        "crm-unreachable",
        node=NODE,
    ),
    case(
        "CR-13",
        "a name that leads elsewhere one day",
        moved,
        409,
        "crm-unreachable",
        node=NODE,
        still=False,
    ),
    *vectors(
        "CR-15",
        {
            "a member that is none": mapped(with_field(odd="x")),
            "a transform that is none": mapped(with_field(transform="eval")),
            "an owner that is none": mapped(with_field(owner="evil")),
            "a retention that is none": mapped(with_field(retention="evil")),
            "a source that is none": mapped(with_field(**{"from": "password"})),
            "a kind that is none": mapped(MAPPING.replace("customer", "odd")),
            "no purpose": mapped(with_field(purpose="")),
        },
        422,
        "crm-mapping",
        node=NODE,
    ),
    *vectors(
        "CR-16",
        {
            "the limit price": mapped(
                MAPPING.replace("customer", "opportunity").replace('"name"', '"limit_price"', 1)
            ),
            "the notes": mapped(MAPPING.replace("customer", "opportunity").replace('"name"', '"notes"', 1)),
            "among others": mapped(with_field(**{"from": ["name", "notes"], "transform": "join"})),
        },
        422,
        "crm-mapping",
        node=NODE,
    ),
    *vectors(
        "CR-17",
        {
            "two into one": mapped(_TWICE),
            "a field that the CRM has not": mapped(with_field(to="odd")),
            "a name of ours": mapped(with_field(to="#terms")),
        },
        422,
        "crm-mapping",
        node=NODE,
    ),
    *vectors(
        "CR-18",
        {
            "no TOML": mapped("evil"),
            "nesting": mapped("version = 1\na = " + "[" * 5_000),
            "a thousand fields": mapped(
                "version = 1\n" + '[[customer]]\nfrom="name"\nto="name"\npurpose="p"\n' * 1_000
            ),
            "another version": mapped("version = 2"),
        },
        422,
        "crm-mapping",
        node=NODE,
    ),
    case("CR-18", "64 KiB and more", mapped("#" * 66_000), (413, 422), node=NODE),
    case("CR-40", "a customer's formulas", sheets(formulas), 200, node=NODE),
    case("CR-41", "a formula of the business's", sheets(formula_back), 200, node=NODE),
    *vectors(
        "CR-42",
        {
            "a link to the node's file": in_folder(
                lambda world, folder: (folder / "customers.csv").symlink_to(database_path(world.node))
            ),
            "a link to a device without an end": in_folder(
                lambda _, folder: (folder / "notes.csv").symlink_to("/dev/zero")
            ),
            "a pipe": in_folder(lambda _, folder: os.mkfifo(folder / "quotations.csv")),
            "a folder": in_folder(lambda _, folder: (folder / "files.csv").mkdir()),
            "no folder": in_folder(lambda _, folder: folder.rmdir()),
        },
        409,
        "crm-unreachable",
        node=NODE,
    ),
    *vectors(
        "CR-43",
        {
            "forty megabytes": in_folder(large),
            "another encoding": holding("id,name\n1,Jürgen\n".encode("latin-1")),
            "a workbook": holding(b"PK\x03\x04" + b"\0" * 60),
            "no id": holding(b"name\nAda\n"),
            "two ids": holding(b"id,id\n1,2\n"),
        },
        409,
        "crm-unreachable",
        node=NODE,
    ),
    case("CR-44", "a file that is still written", sheets(half_written), 200, node=NODE),
    case("CR-45", "a link where a file is written", sheets(planted), 200, node=NODE),
    case("CR-46", "a key that is said back", secrets, 200, node=NODE),
    *vectors(
        "CR-47",
        {
            name or "none": unknown(adapter=name)
            for name in ("evil", "", "../adapters", "__init__", "webhook.toml", "tryton.rest")
        },
        422,
        node=NODE,
    ),
    *vectors(
        "CR-47",
        {
            "an option that is none": unknown(options={"odd": "x"}),
            "an option that is a list": unknown(adapter="tryton", options={"database": ["evil"]}),
            "a company that is no number": unknown(
                adapter="tryton", options={"database": "x", "company": "٣"}
            ),
            "no key": unknown(secret=""),
            "a key that is none": unknown(secret="whsec_evil"),
        },
        422,
        "crm-address",
        node=NODE,
    ),
    *vectors(
        "CR-48",
        {str(limit): limited(limit) for limit in _ABSURD},
        422,
        node=NODE,
        still=False,  # connecting it is a change
    ),
    case("CR-49", "one that never answers", let_go, 200, node=NODE),
)
