"""`freehold config`: the settings of a node, where each comes from, and how to change them in its file.

Rules here: a change is written only if the file then says exactly what was meant and everything else still
says what it said before; comments stay.
"""

import errno
import json
import os
import re
import tomllib
from pathlib import Path
from typing import Annotated, Any, Final

from typer import Argument, Option

from node import settings
from node.terminal.call import Call
from node.terminal.failures import Failure, not_found, usage
from node.terminal.nouns import NOUNS
from node.terminal.output import Column
from node.terminal.verbs import noun, verb
from protocol.documents import Document

app = noun(NOUNS["config"].line)

Key = Annotated[str, Argument(metavar="KEY", help="The name of a setting, such as port.")]

VALUES: Final = (
    Column("setting", lambda item: str(item["key"])),
    Column("value", lambda item: str(item["value"])),
    Column("unit", lambda item: str(item["unit"])),
)
ORIGINS: Final = (*VALUES, Column("from", lambda item: str(item["source"])))

_ORIGIN_HINT: Final = (
    "Say where others reach this node: freehold up --origin https://node.example, "
    "or try it on this machine: freehold up --dev"
)


@verb(app, "show")
def show(
    call: Call,
    *,
    origin: Annotated[bool, Option("--origin", help="Also say where each value comes from.")] = False,
) -> None:
    """Show every setting as a node started here would have it; with --node, as that node has it."""
    items = _settings(call)
    if call.out.machine:
        call.out.document({"items": items})
    else:
        call.table(items, ORIGINS if origin else VALUES, empty="No settings.")


@verb(app, "get")
def get(call: Call, key: Key) -> None:
    """Print the value of one setting."""
    for item in _settings(call):
        if item["key"] == key:
            call.out.show(item, [str(item["value"])])
            return
    raise _unknown(key)


@verb(app, "set", writes=True)
def set_value(
    call: Call,
    key: Key,
    value: Annotated[str, Argument(metavar="VALUE", help="The new value; lists are written a,b,c.")],
) -> None:
    """Write a setting to the file in the data folder; it holds from the node's next start."""
    if key not in {described.key for described in settings.describe()}:
        raise _unknown(key)
    path = call.folder / settings.FILE_NAME
    before = path.read_text(encoding="utf-8") if path.exists() else ""
    after = written(before, key, value)
    _check(call, key, after)
    call.stop_if_dry({"file": str(path), "key": key, "value": value})
    write_private(path, after)
    call.out.show({"key": key, "value": value, "file": str(path)}, [f"  {key} = {value}"])
    call.out.say("  It holds from the next start of the node.")


@verb(app, "path")
def path(call: Call) -> None:
    """Print where the settings file is, whether or not it exists yet."""
    file = call.folder / settings.FILE_NAME
    call.out.show({"path": str(file), "exists": file.exists()}, [str(file)])


def read_text(folder: Path) -> str | None:
    """Return the settings file of a data folder, None where there is none."""
    file = folder / settings.FILE_NAME
    return file.read_text(encoding="utf-8") if file.exists() else None


def load(call: Call, **flags: object) -> settings.Settings:
    """Return the settings a node started here would have; `flags` are the command line's.

    Raises:
        Failure: they cannot be used.
    """
    given = {"data": call.flags.data or None, **flags}
    try:
        return settings.load(given, call.environment, read_text(call.folder))
    except settings.SettingsError as error:
        missing = error.key == "origin" and "missing" in error.detail
        raise usage(f"{_named(error)} {error.detail}", _ORIGIN_HINT if missing else error.hint) from error


def _named(error: settings.SettingsError) -> str:
    """Return the key that is wrong, and the line of the file where it stands."""
    if error.line is None:
        return error.key
    line = f"line {error.line}"
    file = settings.FILE_NAME
    return f"{file}, {line}," if error.key == file else f"{error.key} ({file}, {line})"


def _settings(call: Call) -> list[Document]:
    if call.flags.node:
        return list(call.node.get("/config")["items"])
    loaded = load(call)
    return [
        {
            "key": described.key,
            "value": settings.shown(getattr(loaded, described.key)),
            "source": str(loaded.origins[described.key]),
            "meaning": described.meaning,
            "unit": described.unit,
            "default": described.default,
        }
        for described in settings.describe()
    ]


def written(text: str, key: str, value: str) -> str:
    """Return the settings file `text` with `key` set to `value`, everything else as it was.

    Raises:
        Failure: the file is no TOML, or the setting stands in it in a way only a person should change.
    """
    known = _parsed(text)
    literal = _literal(key, value)
    line = f"{key} = {literal}"
    pattern = re.compile(rf"^\s*{re.escape(key)}\s*=.*$", re.MULTILINE)
    whole = text if not text or text.endswith("\n") else f"{text}\n"
    changed = pattern.sub(lambda _: line, whole, count=1) if key in known else f"{whole}{line}\n"
    try:
        right = tomllib.loads(changed) == known | tomllib.loads(line)
    except tomllib.TOMLDecodeError:
        right = False
    if not right:
        raise usage(f"{key} is written over several lines.", "Change it in the file: freehold config path")
    return changed


def _parsed(text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise usage("The settings file is no TOML.", "Repair it: freehold config path") from error


def _literal(key: str, value: str) -> str:
    default = getattr(settings.Settings(), key)
    if isinstance(default, bool) and value in {"true", "false"}:
        return value
    if isinstance(default, int) and not isinstance(default, bool) and value.isascii() and value.isdigit():
        return str(int(value))
    if isinstance(default, tuple):
        return json.dumps([item.strip() for item in value.split(",") if item.strip()])
    return json.dumps(value, ensure_ascii=False)


def _check(call: Call, key: str, text: str) -> None:
    """Refuse a value the node would refuse; what is wrong elsewhere in the file is none of this command."""
    try:
        settings.load({"data": call.flags.data or None}, {}, text)
    except settings.SettingsError as error:
        if error.key == key:
            raise usage(f"{key} {error.detail}", error.hint) from error


def write_private(path: Path, text: str) -> None:
    """Write a file only its owner can read, replacing the one before only when complete.

    Raises:
        Failure: it cannot be written, or where it is prepared there is a link to somewhere else.
    """
    unfinished = path.with_name(f"{path.name}.part")
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
            stream.write(text)
        unfinished.replace(path)
    except OSError as error:
        is_link = error.errno == errno.ELOOP
        if not is_link:
            unfinished.unlink(missing_ok=True)
        hint = f"{unfinished.name} beside it is a link: remove it." if is_link else "Nothing was changed."
        raise Failure("not-written", f"{path} cannot be written: {error.strerror}.", hint=hint) from error


def _unknown(key: str) -> Failure:
    known = ", ".join(described.key for described in settings.describe())
    return not_found(f"{key} is no setting.", f"Known are: {known}.")
