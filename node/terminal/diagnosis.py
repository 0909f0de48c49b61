"""What `freehold doctor` looks at. Each check returns a verdict: a mark, a sentence, and what to do.

Rules here: a check never raises, and changes nothing except file modes where it was asked to mend them; what
cannot be looked at because of something earlier is left out.
"""

import os
import platform
import re
import shutil
import stat
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from shlex import quote
from typing import Final
from urllib.parse import urlsplit

from node import __version__, settings
from node.core import codes
from node.core.identities import contradiction
from node.folder import BE_THEM, DATABASE_NAME, FolderError, check_whole
from node.settings.kinds import networks
from node.terminal import data_folder, settings_file
from node.terminal.call import CommandCall
from node.terminal.claiming import CLAIM_IT, UNCLAIMED
from node.terminal.counts import counted, size
from node.terminal.failures import Failure
from node.terminal.own_address import address
from node.terminal.phrases import turned_away
from node.terminal.verdicts import Diagnosis, Mark
from protocol.documents import Document

# SQLite before 3.51.3 can corrupt a database whose write-ahead log is reset at a bad moment.
SQLITE_SOUND: Final = (3, 51, 3)
# Less than this and a busy day fills the disk; the journal grows by about 5 KB per activity.
DISK_LOW_BYTES: Final = 1024**3
DISK_FULL_BYTES: Final = 100 * 1024**2
# Peers refuse signatures that are further off than this (see protocol.signatures).
CLOCK_SKEW: Final = timedelta(minutes=5)

# Peers give up what they could not deliver after seven days; by then what could come again has come.
SET_BACK_NAMED: Final = timedelta(days=30)
_OLDER: Final = "Peers hold what was signed since then. Look at each open deal with its other side."

_TABLES: Final = {
    data_folder.OLDER_TABLES: "Bring them up to this release: freehold db migrate",
    data_folder.OTHER_TABLES: "Go on with the build that made them; if something else did, restore a backup.",
}

_SENT_LATELY: Final = 100  # deliveries whose answers are looked at for the clocks of peers
_GONE_BACK: Final = (
    "Compare it with another clock. If it is behind, set it; peers refuse signatures made at a wrong time. "
    "If it is right, it was ahead when that was written, and nothing is left to be done."
)
# As a delivery says it (`node.core.clocks`).
_CLOCK: Final = re.compile(r"Its clock is (?P<what>.{1,40} (?P<side>ahead of|behind)) ours")

_THEIRS: Final = "Only whose folder it is can read them."
_FOLDER_MODE: Final = 0o700
_FILE_MODE: Final = 0o600


def examine(call: CommandCall, *, fix: bool) -> Iterator[Diagnosis]:
    """Yield a verdict for each thing that can be wrong, in the order in which to mend them."""
    yield runtime()
    yield folder(call.folder, fix=fix)
    if not _holds_a_node(call.folder):
        return
    yield modes(call.folder, fix=fix)
    yield disk(call.folder)
    yield loaded_settings(call)
    yield database(call.folder)
    yield journal(call.folder)
    yield clock(call.folder, call.now())
    yield from identity(call)
    running = data_folder.pid_of_node(call.folder)
    yield from node_running(call, running)
    yield from address(call, is_running=running is not None)
    if running is not None:
        yield from _as_far_as_known(peers_clocks(call))
        yield deliveries(call)
        yield from _as_far_as_known(crm(call))


def _as_far_as_known(verdicts: Iterator[Diagnosis]) -> Iterator[Diagnosis]:
    """Yield what is found out from a node that may be of another release, which has been said."""
    try:
        yield from verdicts
    except Failure as failure:
        if failure.code != codes.OTHER_RELEASE:
            raise


def _holds_a_node(path: Path) -> bool:
    try:
        data_folder.existing(path)
    except (Failure, PermissionError):
        return False
    return True


def runtime() -> Diagnosis:
    """Check the versions of Python and SQLite."""
    version = data_folder.sqlite_version()
    found = f"Python {platform.python_version()}, SQLite {_dotted(version)}"
    if version < SQLITE_SOUND:
        advice = f"Install pysqlite3, or SQLite {_dotted(SQLITE_SOUND)} or later."
        return Diagnosis("runtime", Mark.NOTE, found, advice)
    return Diagnosis("runtime", Mark.GOOD, found)


def _dotted(version: tuple[int, ...]) -> str:
    return ".".join(str(number) for number in version)


def folder(path: Path, *, fix: bool) -> Diagnosis:
    """Check that the data folder exists, is ours and lets nobody else in."""
    try:
        if not (path / DATABASE_NAME).is_file():
            return Diagnosis(
                "folder", Mark.BAD, f"There is no node in {path}.", "Set one up with: freehold up"
            )
        check_whole(path)
        state = path.stat()
    except FolderError as error:
        return Diagnosis("folder", Mark.BAD, error.detail, error.hint)
    except PermissionError as error:
        return Diagnosis("folder", Mark.BAD, f"{path} is closed to this user: {error.strerror}.", BE_THEM)
    if state.st_uid != os.getuid():
        return Diagnosis("folder", Mark.BAD, f"{path} belongs to another user.", BE_THEM)
    mode = stat.S_IMODE(state.st_mode)
    if mode & _FOLDER_MODE != _FOLDER_MODE or mode & 0o077:
        if not fix:
            wrong = (
                "Others of this machine can enter" if mode & 0o077 else "The node itself may not write into"
            )
            return Diagnosis("folder", Mark.BAD, f"{wrong} {path}.", "Mend it with: freehold doctor --fix")
        path.chmod(_FOLDER_MODE)
    return Diagnosis("folder", Mark.GOOD, str(path))


def modes(path: Path, *, fix: bool) -> Diagnosis:
    """Check that the files in the folder are the folder's owner's, and that nobody else can read them."""
    files, owner = sorted(path.iterdir()), path.stat().st_uid
    foreign = ", ".join(file.name for file in files if file.lstat().st_uid != owner)
    if foreign:
        advice = f"Give them to the owner of the folder, as root: chown -R {owner} {quote(str(path))}"
        return Diagnosis("files", Mark.BAD, f"Of another user than the folder: {foreign}", advice)
    open_files = [file for file in files if stat.S_IMODE(file.lstat().st_mode) & 0o077]
    if open_files and fix:
        for file in open_files:
            file.chmod(_FOLDER_MODE if file.is_dir() else _FILE_MODE, follow_symlinks=False)
        return Diagnosis(
            "files", Mark.GOOD, f"{counted(len(open_files), 'file')} mended; only you can read them."
        )
    if open_files:
        names = ", ".join(file.name for file in open_files[:5])
        return Diagnosis(
            "files", Mark.BAD, f"Others can read: {names}", "Mend it with: freehold doctor --fix"
        )
    return Diagnosis("files", Mark.GOOD, "Only you can read them." if owner == os.getuid() else _THEIRS)


def disk(path: Path) -> Diagnosis:
    """Check that the disk has room."""
    free = shutil.disk_usage(path).free
    found = f"{size(free)} free"
    if free < DISK_FULL_BYTES:
        return Diagnosis("disk", Mark.BAD, found, "Make room: the node refuses what it cannot keep.")
    if free < DISK_LOW_BYTES:
        return Diagnosis("disk", Mark.NOTE, found, "Make room soon.")
    return Diagnosis("disk", Mark.GOOD, found)


def loaded_settings(call: CommandCall) -> Diagnosis:
    """Check that a node started here would accept its settings; one that runs may have others."""
    try:
        loaded = settings_file.load(call)
    except Failure as failure:
        with suppress(Failure):
            return _heeded({item["key"]: item["value"] for item in call.node.get("/config")["items"]})
        return Diagnosis("settings", Mark.BAD, failure.detail, failure.hint)
    try:
        data_folder.check_authorities(loaded.ca_file)
    except Failure as failure:
        return Diagnosis("settings", Mark.BAD, failure.detail, failure.hint)
    return _heeded({item.key: settings.shown(getattr(loaded, item.key)) for item in settings.describe()})


def _heeded(values: Mapping[str, str]) -> Diagnosis:
    """Name what a node that accepts its settings would still miss."""
    found = f"{values['origin']}, listening on {values['host']}:{values['port']}"
    if values["origin"].startswith("https:") and not values["trusted_proxies"]:
        said = f"{found}; without trusted_proxies all callers behind the proxy count as one"
        return Diagnosis(
            "settings",
            Mark.NOTE,
            said,
            "If it is on this machine: freehold config set trusted_proxies 127.0.0.1/32",
        )
    if any(network.prefixlen == 0 for network in networks(values["trusted_proxies"])):
        said = f"{found}; trusted_proxies is everybody, and whoever claims another address escapes the limits"
        return Diagnosis("settings", Mark.NOTE, said, "Name the proxy alone, as 127.0.0.1/32.")
    return Diagnosis("settings", Mark.GOOD, found)


def database(path: Path) -> Diagnosis:
    """Check the database file for damage."""
    try:
        found = data_folder.check(path)
    except Failure as failure:
        return Diagnosis("database", Mark.BAD, failure.detail, failure.hint)
    if found:
        advice = _TABLES.get(found[0], "Restore a backup.")
        more = f" ({len(found) - 1} more)" if len(found) > 1 else ""
        return Diagnosis("database", Mark.BAD, f"{found[0]}{more}", advice)
    return Diagnosis("database", Mark.GOOD, "whole")


def journal(path: Path) -> Diagnosis:
    """Check the journal's chain."""
    try:
        report = data_folder.verify_journal(path)
    except Failure as failure:
        return Diagnosis("journal", Mark.BAD, failure.detail, failure.hint)
    if report["ok"]:
        return Diagnosis("journal", Mark.GOOD, _held(report["entries"]))
    found = f"broken at entry {report['broken_at']}: {report['reason']}"
    return Diagnosis("journal", Mark.BAD, found, "Keep the folder as it is and restore a backup.")


def _held(entries: int) -> str:
    return "its one entry holds" if entries == 1 else f"all {entries:,} entries hold"


def clock(path: Path, now: datetime) -> Diagnosis:
    """Check that the clock has not gone back behind the journal's last entry."""
    try:
        last = data_folder.last_entry_at(path)
    except Failure as failure:
        return Diagnosis("clock", Mark.NOTE, f"Not compared with the journal: {failure.detail}")
    found = f"{now:%Y-%m-%d %H:%M} UTC"
    if last is not None and last > now + CLOCK_SKEW:
        said = f"{found}, before the last entry of the journal, of {last:%Y-%m-%d %H:%M}"
        return Diagnosis("clock", Mark.BAD, said, _GONE_BACK)
    return Diagnosis("clock", Mark.GOOD, found)


def peers_clocks(call: CommandCall) -> Iterator[Diagnosis]:
    """Yield a verdict if the answers of peers showed another time than ours."""
    try:
        sent = list(call.node.pages("/deliveries", limit=_SENT_LATELY))
    except Failure:
        return  # that the node does not answer is said elsewhere
    yield from compare_clocks(sent)


def compare_clocks(sent: Iterable[Document]) -> Iterator[Diagnosis]:
    """Yield a verdict if peers' clocks differ from ours by what was said of deliveries, the newest first.

    Where several of them agree it is ours that is wrong.
    """
    said: dict[str, re.Match[str]] = {}
    for item in sent:
        match = _CLOCK.search(str(item.get("last_error") or ""))
        if match:
            said.setdefault(urlsplit(str(item["recipient"])).netloc, match)
    if not said:
        return
    host, first = next(iter(said.items()))
    found = f"that of {host} is {first['what']} ours"
    if len(said) > 1 and len({match["side"] for match in said.values()}) == 1:
        advice = "Set the clock; peers refuse signatures made at a wrong time."
        yield Diagnosis("clock", Mark.BAD, f"{counted(len(said), 'peer')} have another time; {found}", advice)
    else:
        advice = "One of the two is wrong: compare this clock with another."
        yield Diagnosis("clock", Mark.NOTE, found, advice)


def node_running(call: CommandCall, pid: int | None) -> Iterator[Diagnosis]:
    """Check that a running node answers, is somebody's, and was not called too often."""
    if pid is None:
        yield Diagnosis("node", Mark.NOTE, "It is not running.", "Start it with: freehold up")
        return
    try:
        state = call.node.get("/node")
        running, is_claimed, turned = state["version"], state["claimed"], state["turned_away"]
    except Failure as failure:
        is_other = failure.code == codes.OTHER_RELEASE
        said = failure.detail if is_other else f"Process {pid} does not answer: {failure.detail}"
        yield Diagnosis("node", Mark.NOTE if is_other else Mark.BAD, said, failure.hint)
        return
    if running == __version__:
        yield Diagnosis("node", Mark.GOOD, f"running, process {pid}")
    else:
        found = f"running, process {pid}, release {running}; installed is {__version__}"
        yield Diagnosis("node", Mark.NOTE, found, "Start it again, so that it is what is installed.")
    if not is_claimed:
        yield Diagnosis("claim", Mark.NOTE, UNCLAIMED, CLAIM_IT)
    if turned["requests"]:
        advice = "The log has a line a minute about it: turned away."
        yield Diagnosis("calls", Mark.NOTE, turned_away(turned), advice)


def identity(call: CommandCall) -> Iterator[Diagnosis]:
    """Name what could make this another node than the one its peers know."""
    try:
        known, loaded = data_folder.standing(call.folder), settings_file.load(call)
    except Failure:
        return  # said by the checks of settings and database
    if known.identity is None:
        yield Diagnosis("identity", Mark.NOTE, "The first start did not come to its end.")
        return
    given = {key: settings.given(loaded, key) for key in ("handle", "kind")}
    wrong = contradiction(known.identity, origin=loaded.origin, **given)
    if wrong is not None:
        yield Diagnosis("identity", Mark.BAD, wrong.reason, f"Set {wrong.key} to {wrong.holds}.")
    if known.entries < known.known_to:
        found = f"The journal ends at entry {known.entries:,}, and went to {known.known_to:,} before"
        yield Diagnosis("identity", Mark.BAD, f"{found}: an older database is in its place.", _OLDER)
    elif known.set_back_at is not None and known.set_back_at > call.now() - SET_BACK_NAMED:
        found = f"An older database was put in place of the last one on {known.set_back_at:%Y-%m-%d}."
        yield Diagnosis("identity", Mark.NOTE, found, _OLDER)
    elif wrong is None:
        yield Diagnosis("identity", Mark.GOOD, f"{known.identity.handles[0]} at {known.identity.origin}")


def deliveries(call: CommandCall) -> Diagnosis:
    """Check that nothing is stuck on its way to others."""
    try:
        waiting = list(call.node.pages("/deliveries", limit=100, state="queued"))
    except Failure as failure:
        return Diagnosis("deliveries", Mark.BAD, failure.detail, failure.hint)
    stuck = [delivery for delivery in waiting if delivery.get("last_error")]
    if stuck:
        found = f"{counted(len(stuck), 'delivery')} to be tried again: {stuck[0]['last_error']}"
        return Diagnosis("deliveries", Mark.NOTE, found, "See: freehold fed queue --state queued")
    return Diagnosis("deliveries", Mark.GOOD, "nothing is stuck")


def crm(call: CommandCall) -> Iterator[Diagnosis]:
    """Check that the CRM lets the node in, where one is connected."""
    try:
        shown = call.node.get("/crm")
    except Failure:  # there is none; a node that does not answer has been said
        return
    found = f"{shown['adapter']} at {shown['address']}"
    if shown["trouble"]:
        yield Diagnosis("crm", Mark.NOTE, f"{found}: {shown['trouble']}", "See: freehold crm status")
    elif shown["conflicts"]:
        found += f": {counted(shown['conflicts'], 'thing')} to be decided"
        yield Diagnosis("crm", Mark.NOTE, found, "See: freehold crm conflicts")
    else:
        yield Diagnosis("crm", Mark.GOOD, found)
