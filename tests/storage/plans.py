"""Plans: how SQLite would run a statement, and whether that reads more and more of a table as it grows."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from node.storage.sqlite.session import SqliteSession

# What grows with trade. The others hold a few rows for each actor, program or origin, or a bounded number.
GROWING = frozenset(
    {
        "journal", "payloads", "intentions", "offers", "moves", "agreements", "messages", "peers",
        "peer_keys", "follows", "receipts", "deliveries", "idempotency", "items", "item_properties",
        "reservations", "notices", "reminders", "crm_records", "crm_calls", "crm_conflicts",
    }
)  # fmt: skip
_STEP = re.compile(
    r"(SCAN|SEARCH) (\w+)(?: AS \w+)?( EXISTS)?"
    r"(?: USING (?:(?:\w+ )*INDEX \w+|PRIMARY KEY)(?: \((.*)\))?)?(?: .*)?$"
)
_WHOLE = re.compile(
    r"DELETE FROM \w+|DELETE FROM crm_\w+ WHERE actor = \?"
    r"|SELECT \* FROM \w+( WHERE \([\w, ]+\) > \([?, ]+\))? ORDER BY [\w, ]+ LIMIT \d+"
    r"|UPDATE idempotency SET [^?]*body = x''"
)
_PLANNED = re.compile(r"\s*(SELECT|INSERT|UPDATE|DELETE|WITH)\b", re.IGNORECASE)


def steps(session: SqliteSession, sql: str, values: tuple[Any, ...] = ()) -> list[str]:
    """Return the steps of a statement's plan."""
    return [str(step[3]) for step in session.conn.execute(f"EXPLAIN QUERY PLAN {sql}", values)]


def growing_steps(session: SqliteSession, sql: str, values: tuple[Any, ...] = ()) -> list[str]:
    """Return the steps that read a whole growing table, or all that an actor has of one, to find a part."""
    if not _PLANNED.match(sql) or _WHOLE.fullmatch(
        sql
    ):  # emptying and hashing a table mean all of it, as letting a CRM go does
        return []
    return [step for step in steps(session, sql, values) if _grows(step, sql)]


def _grows(step: str, sql: str) -> bool:
    found = _STEP.match(step)
    if found is None or _table(found[2], sql) not in GROWING:
        return False
    if found[1] == "SCAN":
        return not _stops_early(sql)
    if found[3] and re.search("[<>]", found[4] or ""):  # for each row outside, all that are between two
        return True
    if "address>? AND address<?" in (found[4] or ""):  # of one origin there is any number of peers
        return True
    if not re.fullmatch(r"actor=\?( AND \(\w+,id\)[<>]\(\?,\?\))?", found[4] or ""):
        return False
    # All that an actor has, in order: right for a page of just that, or from a partial index.
    return "unanswered" not in step and not re.search(r"WHERE actor = \? ORDER BY [\w, ]+ LIMIT [?1]", sql)


def _table(name: str, sql: str) -> str:
    """Return the table that a plan calls by this name, which may be an alias."""
    aliased = re.search(rf"(\w+) AS {name}\b", sql)
    return aliased[1] if aliased else name


def _stops_early(sql: str) -> bool:
    """Tell whether a statement wants the first row in the order of an index."""
    return sql.endswith("ORDER BY entry DESC LIMIT 1") or bool(re.search(r"\b(min|max)\(\w+\)", sql))


@contextmanager
def every_plan_checked() -> Iterator[None]:
    """Plan every statement of every session, once for each wording, and fail at the end if one grows."""
    known: set[str] = set()
    growing: list[str] = []

    def planned(verb: Callable[..., Any]) -> Callable[..., Any]:
        def run(session: SqliteSession, sql: str, *values: Any) -> Any:
            if sql not in known:
                known.add(sql)
                growing.extend(f"{step} <- {sql}" for step in growing_steps(session, sql, values))
            return verb(session, sql, *values)

        return run

    with pytest.MonkeyPatch.context() as patch:
        for name in ("one", "all", "run"):
            patch.setattr(SqliteSession, name, planned(getattr(SqliteSession, name)))
        yield
    assert not growing, "\n".join(growing)
