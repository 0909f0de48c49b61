"""The settings of one node: flags, environment and file read into one frozen value, purely.

A flag wins over `FREEHOLD_*` in the environment, that over `freehold.toml` in the data folder, that over the
default; `Settings.origins` remembers which it was. Unknown keys are refused, not ignored. Each field carries
its meaning and unit, from which the reference page is generated. No message repeats a value.
"""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType
from typing import Any
from urllib.parse import urlsplit

from node.settings import readers
from node.settings.readers import Network, Reader, is_loopback

FILE_NAME = "freehold.toml"
ENVIRONMENT_PREFIX = "FREEHOLD_"

# These tell the command line which running node to talk to; they are no settings of a node.
CLIENT_VARIABLES = frozenset(
    f"{ENVIRONMENT_PREFIX}{name}" for name in ("ACTOR", "NODE", "TOKEN", "TOKEN_FILE")
)


class Source(StrEnum):
    """Where a setting's value came from."""

    FLAG = "flag"
    ENVIRONMENT = "environment"
    FILE = "file"
    DEFAULT = "default"


class SettingsError(ValueError):
    """A setting that cannot be used: `key`, where it came from, what is wrong and what to do."""

    def __init__(self, key: str, detail: str, *, hint: str, source: Source, line: int | None = None) -> None:
        """Make the error; `line` is the line of the file, where there is one."""
        self.key, self.detail, self.hint, self.source, self.line = key, detail, hint, source, line
        place = f"{FILE_NAME}, line {line}" if line else str(source)
        super().__init__(f"{key} ({place}): {detail} {hint}")


# --- the settings ----------------------------------------------------------------------------------


def _about(meaning: str, read: Reader, *, unit: str = "") -> dict[str, Any]:
    return {"meaning": meaning, "unit": unit, "read": read}


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything about a node that its owner can set. Made by `load`, which also checks the combination."""

    data: Path = field(
        default=Path("freehold"),
        metadata=_about(
            "folder that holds everything this node keeps; by flag or environment only", readers.folder
        ),
    )
    host: str = field(default="127.0.0.1", metadata=_about("address the node listens on", readers.text))
    port: int = field(default=8420, metadata=_about("TCP port the node listens on", readers.whole(1, 65_535)))
    origin: str = field(
        default="",
        metadata=_about(
            "public address of the node, under which all its documents live; in development it follows from "
            "host and port",
            readers.origin,
        ),
    )
    handle: str = field(default="me", metadata=_about("the first actor's name before the @", readers.handle))
    name: str = field(
        default="",
        metadata=_about("the first actor's name as people read it; its handle if empty", readers.text),
    )
    kind: str = field(
        default="person", metadata=_about("what the first actor is", readers.choice("person", "organization"))
    )
    dev: bool = field(
        default=False,
        metadata=_about("development: plain http and private addresses, on loopback only", readers.switch),
    )
    trusted_proxies: tuple[Network, ...] = field(
        default=(), metadata=_about("networks whose X-Forwarded-For is believed", readers.networks)
    )
    body_limit_bytes: int = field(
        default=262_144,
        metadata=_about("largest request body", readers.whole(4_096, 16_777_216), unit="bytes"),
    )
    inflight_limit_bytes: int = field(
        default=16_777_216,
        metadata=_about(
            "all bodies being received at one time", readers.whole(4_096, 1_073_741_824), unit="bytes"
        ),
    )
    body_seconds: int = field(
        default=15,
        metadata=_about("time a request's body has to arrive", readers.whole(1, 300), unit="seconds"),
    )
    idle_seconds: int = field(
        default=75,
        metadata=_about(
            "time a connection may be idle, or take to send its headers; proxies commonly keep theirs for "
            "60, and the one who connects should be the first to let go",
            readers.whole(1, 3_600),
            unit="seconds",
        ),
    )
    connections: int = field(
        default=1_000,
        metadata=_about("open connections in all", readers.whole(10, 100_000), unit="connections"),
    )
    connections_per_address: int = field(
        default=50,
        metadata=_about(
            "open connections from one address, trusted proxies excepted",
            readers.whole(1, 100_000),
            unit="connections",
        ),
    )
    requests_per_second: int = field(
        default=100,
        metadata=_about(
            "requests from one address in the long run", readers.whole(1, 1_000_000), unit="requests/s"
        ),
    )
    requests_burst: int = field(
        default=400,
        metadata=_about("requests from one address at once", readers.whole(1, 1_000_000), unit="requests"),
    )
    drain_seconds: int = field(
        default=10,
        metadata=_about(
            "time running requests have to end when the node stops", readers.whole(0, 300), unit="seconds"
        ),
    )
    heartbeat_seconds: int = field(
        default=15,
        metadata=_about(
            "time between signs of life on an event stream", readers.whole(1, 300), unit="seconds"
        ),
    )
    streams_per_token: int = field(
        default=10,
        metadata=_about("event streams one token may hold open", readers.whole(1, 1_000), unit="streams"),
    )
    max_rounds: int = field(
        default=20, metadata=_about("rounds of one negotiation", readers.whole(1, 1_000), unit="rounds")
    )
    max_open_per_peer: int = field(
        default=20,
        metadata=_about(
            "negotiations one peer may have open", readers.whole(1, 100_000), unit="negotiations"
        ),
    )
    offers_per_intention_per_peer: int = field(
        default=3,
        metadata=_about(
            "negotiations one peer may open about one intention", readers.whole(1, 1_000), unit="negotiations"
        ),
    )
    messages_per_offer: int = field(
        default=5_000,
        metadata=_about("messages kept of one negotiation", readers.whole(1, 1_000_000), unit="messages"),
    )
    deliveries_kept_days: int = field(
        default=30,
        metadata=_about(
            "how long a delivery is listed after it has ended", readers.whole(1, 3_650), unit="days"
        ),
    )
    clock_skew_seconds: int = field(
        default=120,
        metadata=_about(
            "how far off a peer's clock may be when an expiry is judged",
            readers.whole(0, 3_600),
            unit="seconds",
        ),
    )
    countersign: str = field(
        default="auto",
        metadata=_about(
            "whether an acceptance of our own offer is countersigned at once or by hand",
            readers.choice("auto", "ask"),
        ),
    )
    on_counter_met: str = field(
        default="ask",
        metadata=_about(
            "what happens to an offer that meets our counter to the letter, unless the counter says",
            readers.choice("accept", "ask"),
        ),
    )
    log_level: str = field(
        default="info",
        metadata=_about(
            "least serious message that is logged", readers.choice("debug", "info", "warning", "error")
        ),
    )
    log_format: str = field(
        default="auto",
        metadata=_about(
            "a JSON object a line, key=value a line, or (auto) the latter on a terminal only",
            readers.choice("auto", "json", "console"),
        ),
    )
    origins: Mapping[str, Source] = field(default_factory=lambda: MappingProxyType({}), compare=False)


_FIELDS = {item.name: item for item in fields(Settings) if "read" in item.metadata}


@dataclass(frozen=True, slots=True)
class Described:
    """One setting as the reference page shows it."""

    key: str
    variable: str
    meaning: str
    unit: str
    default: str


def describe() -> list[Described]:
    """Return every setting with its environment variable, meaning, unit and default, in reading order."""
    return [
        Described(
            key,
            f"{ENVIRONMENT_PREFIX}{key.upper()}",
            item.metadata["meaning"],
            item.metadata["unit"],
            shown(item.default),
        )
        for key, item in _FIELDS.items()
    ]


def shown(value: object) -> str:
    """Return a setting's value as a person would type it."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple):
        return ",".join(str(item) for item in value)
    return str(value)


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
    _refuse_unknown(flags, environment, document, toml_text or "")
    values: dict[str, Any] = {}
    origins: dict[str, Source] = {}
    for key, item in _FIELDS.items():
        found = _pick(key, flags, environment, document)
        if found is None:
            values[key], origins[key] = item.default, Source.DEFAULT
        else:
            raw, origins[key] = found
            values[key] = _read(key, raw, origins[key], _line_of(key, toml_text or ""))
    values["data"] = data_folder(flags, environment)
    return _checked(Settings(**values, origins=MappingProxyType(origins)))


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


def _read(key: str, raw: object, source: Source, line: int | None = None) -> Any:
    try:
        return _FIELDS[key].metadata["read"](raw)
    except ValueError as error:
        hint = f"It means: {_FIELDS[key].metadata['meaning']}."
        raise SettingsError(
            key, str(error), hint=hint, source=source, line=line if source is Source.FILE else None
        ) from None


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
    known_variables = CLIENT_VARIABLES | {described.variable for described in describe()}
    known = ", ".join(_FIELDS)
    for key in flags.keys() - _FIELDS.keys():
        raise SettingsError(key, "is no setting.", hint=f"Known are: {known}.", source=Source.FLAG)
    for variable in environment.keys() - known_variables:
        if variable.startswith(ENVIRONMENT_PREFIX):
            hint = f"Unset it, or use {ENVIRONMENT_PREFIX} with one of: {known}."
            raise SettingsError(variable, "is no setting.", hint=hint, source=Source.ENVIRONMENT)
    for key in document:
        line = _line_of(key, toml_text)
        if key == "data":
            hint = "The file lies in that folder: use --data or FREEHOLD_DATA."
            raise SettingsError(key, "cannot be set in the file.", hint=hint, source=Source.FILE, line=line)
        if key not in _FIELDS:
            hint = f"Known are: {known}."
            raise SettingsError(key, "is no setting.", hint=hint, source=Source.FILE, line=line)


def _line_of(key: str, toml_text: str) -> int | None:
    pattern = re.compile(rf"""\s*\[?["']?{re.escape(key)}["']?\s*[\]=.]""")
    return next((n for n, text in enumerate(toml_text.splitlines(), 1) if pattern.match(text)), None)


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
