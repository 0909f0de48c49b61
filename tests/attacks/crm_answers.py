"""CR: what answers where a business's CRM should, and how: pages, nothing, too much, nonsense, or go away."""

import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any, Final

from tests.attacks.cases import Attack, Case, case, hurried, vectors
from tests.attacks.crms import NODE, Office, answered, connecting, scene
from tests.attacks.sites import Hit, Page, page, redirect, reply
from tests.attacks.wire import Answer
from tests.attacks.world import expect
from tests.crm.connector import Record

_LONGEST_REST: Final = timedelta(hours=25)  # a day, and some jitter
_PAUSE_SECONDS: Final = 0.1
_TEN_MEGABYTES: Final = 10_485_760
_HTML: Final = b"<!DOCTYPE html><title>evil sign-in</title>"
_WRONG: Final[dict[str, Any]] = {
    "a list": [],
    "no kinds": {"title": "x"},
    "kinds as a list": {"title": "x", "kinds": [1]},
    "fields as a number": {"title": "x", "kinds": {"customer": {"fields": 7}}},
    "a kind that is none": {"title": "x", "kinds": {"evil": {"fields": []}}},
    "a title that is a table": {"title": {}, "kinds": {}},
}
_DEEP: Final = b"[" * 500_000
_RECORD: Final[Record] = {"kind": "customer", "id": "e1", "version": "1"}


def bytes_of(content: bytes) -> Page:
    """Return a page that answers with these bytes, said to be JSON."""
    return lambda _: reply(content, media="application/json")


def paged(given: Page) -> Callable[[Office], None]:
    """Have a page answer in place of the CRM."""

    def bend(office: Office) -> None:
        office.crm.page = given

    return bend


def said(given: Page) -> Attack:
    """Return an attack in which something else answers when the CRM is to be connected."""
    return connecting(paged(given))


def drip(_: Hit) -> Iterator[bytes]:
    """Answer a byte at a time, without an end."""
    yield b"HTTP/1.1 200 X\r\nContent-Type: application/json\r\n\r\n"
    while True:
        yield b" "
        time.sleep(_PAUSE_SECONDS)


def silent(_: Hit) -> Iterator[bytes]:
    """Take the question, and never answer."""
    while True:
        yield b""
        time.sleep(_PAUSE_SECONDS)


def endless(_: Hit) -> Iterator[bytes]:
    """Answer with ten megabytes in one go."""
    yield b"HTTP/1.1 200 X\r\nContent-Type: application/json\r\n\r\n["
    for _turn in range(_TEN_MEGABYTES // 65_536):
        yield b" " * 65_536
    yield b"]"


def titled(office: Office) -> None:
    """Have the CRM describe itself at length."""
    office.crm.bent["describe"] = lambda data: office.crm.on_describe(data) | {"title": "x" * _TEN_MEGABYTES}


def falls_silent(given: Page) -> Attack:
    """Return an attack in which a CRM that worked stops: the negotiation goes on, and the owner is told."""

    def play(office: Office) -> Answer:
        office.crm.page = given
        proposal = office.tell()
        with office.world.hurried():
            answer = office.sync()
        known = [item["iri"] for item in office.world.asked("GET", "/intentions?own=false&limit=3")["items"]]
        expect(proposal["id"] in known, "the wish has arrived all the same")
        expect(office.status()["active"], "the CRM stays connected")
        return answer

    return scene(play)


# --- CR-22: records that are none ---------------------------------------------------------------------------


def listed(*records: Any, cursor: Any = "9", **members: Any) -> Callable[[Record], Any]:
    """Return what lists these records as changed."""
    changes = [{"kind": "customer", "id": "e1", "record": record} for record in records]
    return lambda _: {"changes": changes, "cursor": cursor, **members}


def bent_list(*records: Any, **members: Any) -> Attack:
    return scene(answered("changes", listed(*records, **members)))


def none_read(**bent: Callable[[Record], Any]) -> Attack:
    """Return an attack with answers of which none can be read: each is said to be none."""

    def play(office: Office) -> Answer:
        for name, one in bent.items():
            answer = answered("changes", one)(office)
            expect(answer.status == 409, f"{name} gets {answer.status}")
        return answer

    return scene(play)


# --- CR-23: pages without end -------------------------------------------------------------------------------


def same_page(_: Record) -> Record:
    return {"changes": [], "cursor": "7", "more": True}


def in_a_circle(data: Record) -> Record:
    return {"changes": [], "cursor": "2" if data["cursor"] == "1" else "1", "more": True}


def circling(bent: Callable[[Record], Record]) -> Attack:
    """Return an attack whose pages lead nowhere: a sync says so, and so does the state of the CRM."""

    def play(office: Office) -> Answer:
        office.crm.bent["changes"] = bent
        office.crm.calls.clear()
        answer = office.sync()
        expect(len(office.crm.calls) < 100, f"it is asked {len(office.crm.calls)} times")
        return answer

    return scene(play)


def crowded(office: Office) -> Answer:
    """List a thousand records of others, each with an address of its own: none costs us a row."""
    office.sync()
    office.crm.bent["changes"] = _of_others
    before = kept(office)
    answer = office.sync()
    expect(kept(office) == before, f"nothing is kept of them: {before}, {kept(office)}")
    return answer


def _of_others(data: Record) -> Record:
    begin = int(data["cursor"] or 0) if len(data["cursor"]) < 3 else 0
    some = [_RECORD | {"id": f"m{n}", "external_id": f"https://x.example/{n}"} for n in _page(begin)]
    changes = [{"kind": "customer", "id": record["id"], "record": record} for record in some]
    return {"changes": changes, "cursor": str(begin + 1), "more": begin < 4}


def _page(number: int) -> range:
    return range(number * 200, number * 200 + 200)


def kept(office: Office) -> list[int]:
    """Count what is kept of records, of what waits, and of what is to be decided."""
    return [office.world.count(table) for table in ("crm_records", "crm_calls", "crm_conflicts")]


# --- CR-24, CR-25: go away ----------------------------------------------------------------------------------


def told_to_wait(retry_after: str) -> Attack:
    """Return an attack that is asked to come back at a time of the CRM's."""

    def play(office: Office) -> Answer:
        answer = falls(office, reply(status=429, media=None, headers=[f"Retry-After: {retry_after}"]))
        rests = office.status()["rests_until"]
        until = office.world.now() if rests is None else datetime.fromisoformat(rests)
        expect(until <= office.world.now() + _LONGEST_REST, f"it rests a day at most, not until {rests}")
        return answer

    return scene(play)


def falls(office: Office, given: bytes) -> Answer:
    """Let one thing go there while the CRM answers so, and return what the owner sees then."""
    office.tell()
    office.crm.bent["upsert"] = lambda _: given
    answer = office.sync(1)
    expect(answer.status == 200, "the sync itself is done")
    shown = office.status()
    expect(shown["queued"] + shown["refused"] > 0, "what waits is shown")
    expect(shown["trouble"] or shown["waiting"][0]["detail"], "and why")
    return answer


def refusing(status: int) -> Attack:
    return scene(lambda office: falls(office, reply(_HTML, status=status, media="text/html")))


def woken(office: Office) -> Answer:
    """Ask for a sync while the CRM is to be left in peace for a day: the owner's word counts."""
    falls(office, reply(status=429, media=None, headers=["Retry-After: 86000"]))
    expect(office.status()["rests_until"], "it rests")
    office.crm.bent.clear()
    answer = office.world.owner("POST", "/crm/sync", {})
    expect(answer.json["rests_until"] is None, "and goes on when it is asked to")
    return answer


CASES: Final[tuple[Case, ...]] = tuple(
    one
    for some in (
        [
            case("CR-00", "a CRM", scene(lambda office: office.sync()), 200, node=NODE),
        ],
        vectors(
            "CR-14",
            {
                f"{status} to {where}": said(redirect(where, status=status))
                for status, where in (
                    (301, "http://169.254.169.254/latest/meta-data/"),
                    (302, "http://127.0.0.1:1/evil"),
                    (307, "https://evil.example/crm"),
                    (308, "file:///etc/passwd"),
                    (302, ""),
                )
            },
            409,
            "crm-unreachable",
            node=NODE,
        ),
        vectors(
            "CR-19",
            {
                "a page": said(lambda _: reply(_HTML, media="text/html")),
                "a page that says it is JSON": said(bytes_of(_HTML)),
                "a page with an error": said(lambda _: reply(_HTML, status=502, media="text/html")),
                "a page in place of a key": said(lambda _: reply(_HTML, status=403, media="text/html")),
            },
            409,
            "crm-unreachable",
            node=NODE,
        ),
        vectors(
            "CR-20",
            {
                "a byte at a time": hurried(said(drip)),
                "nothing at all": hurried(said(silent)),
                "a byte at a time, one day": falls_silent(drip),
            },
            409,
            "crm-unreachable",
            node=NODE,
            still=False,
        ),
        vectors(
            "CR-21",
            {
                "ten megabytes at once": said(endless),
                "ten megabytes that are an answer": connecting(titled),
                "ten megabytes, announced": said(
                    lambda _: b"HTTP/1.1 200 X\r\nContent-Length: 10485760\r\n\r\n" + b" " * _TEN_MEGABYTES
                ),
                "ten megabytes, one day": falls_silent(endless),
                "a page of more records than there are on a page": bent_list(*([_RECORD] * 1_000)),
                "a cursor of a megabyte": bent_list(cursor="x" * 1_000_000),
                "a record with an id of a megabyte": bent_list({**_RECORD, "id": "x" * 1_000_000}),
            },
            409,
            "crm-unreachable",
            node=NODE,
            still=False,
        ),
        vectors(
            "CR-22",
            {
                "nesting": said(bytes_of(_DEEP)),
                "half a character": said(bytes_of(b'{"title": "\\ud800"}')),
                "no number": said(bytes_of(b'{"title": NaN}')),
                "two documents": said(bytes_of(b'{"title": "x"}{"title": "y"}')),
                "nothing": said(bytes_of(b"")),
                **{name: said(page(document)) for name, document in _WRONG.items()},
                "records that are none": none_read(
                    text=listed("evil"),
                    no_version=listed({"kind": "customer", "id": "e1"}),
                    no_id=listed({**_RECORD, "id": ""}),
                    id_of_several_lines=listed({**_RECORD, "id": "e1\n"}),
                    id_that_is_a_number=listed({**_RECORD, "id": 7}),
                    state=listed({**_RECORD, "state": "evil"}),
                    lines_that_are_a_table=listed({**_RECORD, "lines": {"a": 1}}),
                    kind_that_is_another=listed({**_RECORD, "kind": "quotation"}),
                    id_that_is_another=listed({**_RECORD, "id": "e2"}),
                    changes_that_are_a_number=lambda _: {"changes": 7},
                    cursor_that_is_a_list=listed(cursor=[]),
                ),
            },
            409,
            "crm-unreachable",
            node=NODE,
            still=False,
        ),
        vectors(
            "CR-23",
            {"the same page": circling(same_page), "pages in a circle": circling(in_a_circle)},
            409,
            "crm-unreachable",
            node=NODE,
            still=False,
        ),
        [case("CR-23", "a thousand records of others", scene(crowded), 200, node=NODE)],
        vectors(
            "CR-24",
            {
                text: told_to_wait(text)
                for text in (
                    "315360000",
                    "99999999999999999999",
                    "-1",
                    "Fri, 31 Dec 9999 23:59:59 GMT",
                    "Thu, 01 Jan 1970 00:00:00 GMT",
                    "soon",
                )
            },
            200,
            node=NODE,
        ),
        [case("CR-24", "asked by its owner meanwhile", scene(woken), 200, node=NODE)],
        vectors(
            "CR-25",
            {str(status): refusing(status) for status in (400, 401, 404, 409, 422, 500, 503)},
            200,
            node=NODE,
        ),
    )
    for one in some
)
