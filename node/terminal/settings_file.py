"""The settings file of a data folder: read with what a command was given, and changed by one line.

Rules here: a change is made only if the file then says exactly what was meant and everything else still says
what it said before; comments stay.
"""

import errno
import json
import os
import re
import tomllib
from pathlib import Path
from typing import Any, Final

from node import settings
from node.core import codes
from node.terminal import data_folder
from node.terminal.call import CommandCall
from node.terminal.failures import Failure, usage

_ORIGIN_HINT: Final = (
    "Say where others reach this node: freehold up --origin https://node.example, "
    "or try it on this machine: freehold up --dev"
)


def read_text(folder: Path) -> str | None:
    """Return the settings file of a data folder, None where there is none."""
    file = folder / settings.FILE_NAME
    return file.read_text(encoding="utf-8") if file.exists() else None


def load(call: CommandCall, **flags: object) -> settings.Settings:
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


def whole(key: str, value: str) -> str:
    """Return a file's whole path, since a node may be started in another folder, and refuse one of no use.

    Raises:
        Failure: it cannot be read, or is no file of certificates.
    """
    if key != "ca_file" or not value:
        return value
    file = str(Path(value).expanduser().absolute())
    data_folder.check_authorities(file)
    return file


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
        raise Failure(codes.NOT_WRITTEN, f"{path} cannot be written: {error.strerror}.", hint=hint) from error
