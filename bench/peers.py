"""Measure our inbox and our fan-out next to those of Fedify, in one run, with one core for each server.

Needs the packages of tests/interop and two cores. Servers share the first core and take turns on it; whoever
sends and receives for them is on the second. `bench/README.md` says what exactly is compared.
"""

import argparse
import asyncio
import json
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from bench import receiving, sending
from bench.contenders import Contender, Fedify, Freehold
from bench.cores import CoresMissingError, choose, kept_on
from bench.fanout import HOSTS
from bench.sink import SAMPLE, Sink
from tests.interop.nodejs import HERE, NodeMissingError, interpreter

# As many workers as Freehold has deliveries under way at once.
WORKERS = 64
PACKAGES = ("@fedify/fedify", "@fedify/sqlite", "@hono/node-server")
COLUMNS = (("rate", "a second", 0), ("stored", "stored", 0), ("p50", "p50 ms", 1), ("p99", "p99 ms", 1))


@contextmanager
def running(contenders: Sequence[Contender], core: int) -> Iterator[None]:
    """Start the contenders on one core, and kill them afterwards."""
    started = []
    try:
        with kept_on(core):
            for contender in contenders:
                started.append(contender)
                contender.start()
        yield
    finally:
        for contender in started:
            contender.kill()


def measure_inbox(folder: Path, core: int, count: int, rounds: int) -> dict[str, Any]:
    """Measure the inboxes; return the rows, the sizes and how altered requests were answered."""
    contenders = [
        Freehold(folder, kind="person"),
        Fedify(folder, "fedify"),
        Fedify(folder, "fedify with queue", "--queue"),
    ]
    with running(contenders, core):
        run = asyncio.run(receiving.measure(contenders, count=count, rounds=rounds))
    receiving.check_kept(run, contenders)
    altered = [
        {"request": outcome.what, "has to be": outcome.expected, **outcome.statuses}
        for outcome in run.outcomes
    ]
    return {"rows": receiving.rows(run), "bytes": run.bytes_of, "altered": altered, "kept": len(run.sent)}


def measure_fan_out(
    folder: Path, core: int, recipients: int, rounds: int, *, ed25519: bool
) -> dict[str, Any]:
    """Measure the fan-outs; return the rows, the sizes and how many signatures were verified."""
    sink = Sink(recipients // len(HOSTS), speak_ed25519=ed25519)
    contenders = [
        Freehold(folder, kind="organization"),
        Fedify(folder, "fedify with queue", "--queue"),
        Fedify(folder, f"fedify with queue, {WORKERS} workers", "--queue", "--workers", str(WORKERS)),
    ]
    try:
        with running(contenders, core):
            run = sending.measure(contenders, sink, rounds=rounds)
    finally:
        sink.stop()
    return {"rows": sending.rows(run), "bytes": run.bytes_of, "verified": run.verified}


def add_ratios(rows: list[dict[str, Any]]) -> None:
    """Add to every row of Fedify what Freehold's figures for the same load are as multiples of it."""
    ours = {row["load"]: row for row in rows if row["name"] == Freehold.name}
    for row in rows:
        if row["name"] != Freehold.name:
            figures = [name for name in ("rate", "stored", "p50", "p99", "memory_mb") if name in row]
            row["ratios"] = {name: ours[row["load"]][name] / row[name] for name in figures}


def versions() -> dict[str, str]:
    """Return the versions of the foreign software."""
    pinned = json.loads((HERE / "package.json").read_text(encoding="utf-8"))["dependencies"]
    return {name: pinned[name] for name in PACKAGES}


def show(report: dict[str, Any]) -> None:
    """Print the tables."""
    print(", ".join(f"{name} {version}" for name, version in report["versions"].items()))
    show_altered(report.get("inbox", {}).get("altered", []))
    print(
        f"\n{'':46}" + "".join(f"{title:>10}" for _, title, _ in COLUMNS) + f"{'MB':>8}   freehold / this one"
    )
    for part in ("inbox", "fan_out"):
        for row in report.get(part, {}).get("rows", []):
            print(line_of(row))


def show_altered(cases: Sequence[dict[str, Any]]) -> None:
    """Print how each server answered what was altered, beside what has to become of it."""
    titles = [title for title in cases[0] if title != "request"] if cases else []
    print(f"\n{'':58}" + "".join(f"{title:>19}" for title in titles) if titles else "")
    for case in cases:
        print(f"{case['request']:58}" + "".join(f"{case[title]:>19}" for title in titles))


def line_of(row: dict[str, Any]) -> str:
    """Return one line of the table of figures."""
    figures = "".join(
        f"{row[name]:10,.{digits}f}" if name in row else f"{'':10}" for name, _, digits in COLUMNS
    )
    ratios = "  ".join(
        f"{name.removesuffix('_mb')} {row['ratios'][name]:.3g}"
        for name in ("rate", "stored", "p99", "memory_mb")
        if name in row.get("ratios", {})
    )
    return f"{row['load']:12}{row['name']:34}{figures}{row['memory_mb']:8.0f}   {ratios}".rstrip()


def parse() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--count", type=int, default=1_000, help="activities of each load in a round")
    parser.add_argument(
        "--recipients", type=int, default=1_000, help=f"deliveries in a round, at least {SAMPLE}"
    )
    parser.add_argument("--rounds", type=int, default=5, help="rounds that each server plays")
    parser.add_argument("--only", choices=("inbox", "fan_out"), help="leave the other half out")
    parser.add_argument("--ed25519", action="store_true", help="recipients of fan-outs verify Ed25519")
    parser.add_argument("--folder", help="where the servers keep their files, instead of the system's folder")
    parser.add_argument("--json", action="store_true", help="print everything as one JSON object")
    options = parser.parse_args()
    if options.recipients < SAMPLE or options.recipients % len(HOSTS):
        parser.error(f"--recipients must be a multiple of {len(HOSTS)} and at least {SAMPLE}.")
    return options


def main() -> int:
    """Run and print; the exit code says whether both sides did what they had to."""
    options = parse()
    try:
        interpreter()
        server_core, load_core = choose()
    except (NodeMissingError, CoresMissingError) as error:
        print(error, file=sys.stderr)
        return 1
    os.sched_setaffinity(0, {load_core})
    report: dict[str, Any] = {"versions": versions(), "options": vars(options)}
    with TemporaryDirectory(prefix="freehold-bench-", dir=options.folder) as name:
        if options.only != "fan_out":
            folder = Path(name).resolve() / "inbox"
            folder.mkdir()
            report["inbox"] = measure_inbox(folder, server_core, options.count, options.rounds)
            add_ratios(report["inbox"]["rows"])
        if options.only != "inbox":
            folder = Path(name).resolve() / "fan-out"
            folder.mkdir()
            report["fan_out"] = measure_fan_out(
                folder, server_core, options.recipients, options.rounds, ed25519=options.ed25519
            )
            add_ratios(report["fan_out"]["rows"])
    if options.json:
        print(json.dumps(report, indent=2))
    else:
        show(report)
    return 0


if __name__ == "__main__":
    sys.exit(main())
