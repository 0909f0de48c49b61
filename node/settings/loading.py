"""Flags, environment and file read into settings, purely.

Rules here: a flag wins over `FREEHOLD_*` in the environment, that over `freehold.toml` in the data folder,
that over the default. Unknown keys are refused, not ignored; so is a combination that is not safe.
"""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final
from urllib.parse import urlsplit

from node.settings.kinds import is_loopback
from node.settings.sources import CLIENT_VARIABLES, ENVIRONMENT_PREFIX, FILE_NAME, SettingsError, Source
from node.settings.values import FIELDS, Settings, describe


def data_folder(flags: Mapping[str, object], environment: Mapping[str, str]) -> Path:
    """Return the data folder, which must be known before the file in it can be read.

    It is the flag, else `FREEHOLD_DATA`, else `freehold` in the XDG data folder.

    Raises:
        SettingsError: the flag or the variable holds no path.
    """
    folder = _pick("data", flags, environment)
    if folder is not None:
        chosen: Path = _read("data", *folder)
        return chosen
    shared = environment.get("XDG_DATA_HOME") or f"{environment.get('HOME', '.')}/.local/share"
    return Path(shared) / "freehold"


def load(flags: Mapping[str, object], environment: Mapping[str, str], toml_text: str | None) -> Settings:
    """Return the settings, each from the strongest source that names it.

    `flags` are the command line's, None where not given; of `environment` only `FREEHOLD_*` is read;
    `toml_text` is the content of `freehold.toml`, None where there is none.

    Raises:
        SettingsError: an unknown key, a value out of its range, or a combination that is not safe.
    """
    document = _parse_file(toml_text or "")
    links = service_links(environment)
    environment = {name: value for name, value in environment.items() if name not in links}
    _refuse_unknown(flags, environment, document, toml_text or "")
    values: dict[str, Any] = {}
    origins: dict[str, Source] = {}
    for key, item in FIELDS.items():
        found = _pick(key, flags, environment, document)
        if found is None:
            values[key], origins[key] = item.default, Source.DEFAULT
        else:
            raw, origins[key] = found
            values[key] = _read(key, raw, origins[key], toml_text or "")
    values["data"] = data_folder(flags, environment)
    return _checked(Settings(**values, origins=MappingProxyType(origins), links=links))


# What Kubernetes and Compose set beside a service whose name begins with ours: FREEHOLD_SERVICE_HOST,
# FREEHOLD_SHOP_PORT_8420_TCP_ADDR and the like, and FREEHOLD_PORT=tcp://10.0.0.5:8420, by name a setting.
_LINK: Final = re.compile(
    r"FREEHOLD_(?:[A-Z0-9_]+_)?(?:SERVICE_HOST|SERVICE_PORT(?:_[A-Z0-9_]+)?|ENV_.+"
    r"|PORT_[0-9]+_(?:TCP|UDP|SCTP)(?:_(?:START|END|PROTO|PORT|ADDR))?)"
)
_LINKED_PORT: Final = re.compile(r"FREEHOLD_(?:[A-Z0-9_]+_)?PORT")
_LINKED_ADDRESS: Final = re.compile(r"(?:tcp|udp|sctp)://.+")
_VARIABLES: Final = CLIENT_VARIABLES | {described.variable for described in describe()}


def service_links(environment: Mapping[str, str]) -> tuple[str, ...]:
    """Return the variables of ours by their names that a container's platform has set by itself, in order."""
    return tuple(name for name in sorted(environment) if _is_link(name, environment[name]))


def _is_link(name: str, value: str) -> bool:
    if _LINKED_PORT.fullmatch(name) and _LINKED_ADDRESS.fullmatch(value):
        return True
    return name not in _VARIABLES and _LINK.fullmatch(name) is not None


def _pick(
    key: str,
    flags: Mapping[str, object],
    environment: Mapping[str, str],
    document: Mapping[str, object] = MappingProxyType({}),
) -> tuple[object, Source] | None:
    variable = f"{ENVIRONMENT_PREFIX}{key.upper()}"
    if flags.get(key) is not None:
        return flags[key], Source.FLAG
    if variable in environment:
        return environment[variable], Source.ENVIRONMENT
    if key in document:
        return document[key], Source.FILE
    return None


def _read(key: str, raw: object, source: Source, toml_text: str = "") -> Any:
    try:
        return FIELDS[key].metadata["read"](raw)
    except ValueError as error:
        hint = f"It means: {FIELDS[key].metadata['meaning']}."
        if source is Source.FILE:
            raise _refused_line(key, str(error), hint, toml_text) from None
        raise SettingsError(key, str(error), hint=hint, source=source) from None


def _parse_file(toml_text: str) -> dict[str, object]:
    try:
        return tomllib.loads(toml_text)
    except tomllib.TOMLDecodeError as error:
        line = re.search(r"at line ([0-9]+)", str(error))
        raise SettingsError(
            FILE_NAME,
            "is not a TOML file.",
            hint="One setting a line, such as: port = 8420.",
            source=Source.FILE,
            line=int(line[1]) if line else toml_text.count("\n") + 1,
        ) from None


def _refuse_unknown(
    flags: Mapping[str, object],
    environment: Mapping[str, str],
    document: Mapping[str, object],
    toml_text: str,
) -> None:
    known = ", ".join(FIELDS)
    for key in flags.keys() - FIELDS.keys():
        raise SettingsError(key, "is no setting.", hint=f"Known are: {known}.", source=Source.FLAG)
    for variable in environment.keys() - _VARIABLES:
        if variable.startswith(ENVIRONMENT_PREFIX):
            meant = _meant(variable.removeprefix(ENVIRONMENT_PREFIX).lower(), ENVIRONMENT_PREFIX)
            hint = f"{meant}Unset it, or use {ENVIRONMENT_PREFIX} with one of: {known}."
            raise SettingsError(variable, "is no setting.", hint=hint, source=Source.ENVIRONMENT)
    for key in document:
        if key == "data":
            hint = "The file lies in that folder: use --data or FREEHOLD_DATA."
            raise _refused_line(key, "cannot be set in the file.", hint, toml_text)
        if key not in FIELDS:
            raise _refused_line(key, "is no setting.", f"{_meant(key)}Known are: {known}.", toml_text)


def _meant(key: str, prefix: str = "") -> str:
    """Ask whether the setting was meant that is spelt nearest; empty if none is near."""
    from difflib import get_close_matches  # a start with nothing misspelt goes without

    near = "".join(get_close_matches(key, FIELDS, n=1))
    return f"Did you mean {prefix}{near.upper() if prefix else near}? " if near else ""


def _refused_line(key: str, detail: str, hint: str, toml_text: str) -> SettingsError:
    """Return the refusal of what the file says of `key`, with the line where it says so."""
    pattern = re.compile(rf"""\s*\[?["']?{re.escape(key)}["']?\s*[\]=.]""")
    lines = enumerate(toml_text.splitlines(), 1)
    line = next((number for number, text in lines if pattern.match(text)), None)
    return SettingsError(key, detail, hint=hint, source=Source.FILE, line=line)


def _checked(settings: Settings) -> Settings:
    """Fill in the origin of a development node and refuse what would not be safe."""
    if settings.dev and not is_loopback(settings.host):
        # Plain http and fetches from private addresses must not be reachable from a network.
        hint = "Listen on 127.0.0.1, or leave dev out."
        raise SettingsError(
            "dev", "is for loopback only.", hint=hint, source=settings.origins.get("dev", Source.DEFAULT)
        )
    if not settings.origin and settings.dev:
        host = f"[{settings.host}]" if ":" in settings.host else settings.host
        return replace(settings, origin=f"http://{host}:{settings.port}")
    problem = _problem_of_origin(settings)
    if problem:
        hint = "Set it to the https address others reach this node at, or set dev to try it on this machine."
        raise SettingsError(
            "origin", problem, hint=hint, source=settings.origins.get("origin", Source.DEFAULT)
        )
    return settings


def _problem_of_origin(settings: Settings) -> str:
    if not settings.origin:
        return "is missing."
    parts = urlsplit(settings.origin)
    if parts.scheme == "https":
        return ""
    if not settings.dev:
        return "must begin with https://."
    return "" if is_loopback(parts.hostname or "") else "may be plain http on loopback only."
