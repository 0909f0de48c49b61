"""What the node says about itself: one structured line per event.

Rules here: no secret reaches a line, whoever logged it and wherever in the event it hides (a traceback
included); a line stays one line of ASCII whatever a peer wrote.
"""

import json
import logging
import re
import sys
from collections.abc import Mapping, MutableMapping
from typing import Any, Final, TextIO

from node.absence import absent

# Tracebacks in colours, which no log of ours has, 10 MB; and green threads, which a node has none of, 1 MB.
with absent("rich", "better_exceptions", "greenlet"):
    import structlog

REDACTED: Final = "[redacted]"

# A member whose name contains one of these holds a secret, or enough of one to be worth keeping back.
_SECRET_NAMES: Final = (
    "authorization",
    "cookie",
    "password",
    "pem",
    "private",
    "secret",
    "signature",
    "token",
)
# Secrets inside longer text, such as an exception's message.
_SECRET_TEXT: Final = re.compile(
    r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)"  # PEM
    r"|\bbearer\s+[^\s\"',;]+"  # RFC 6750
    r"|\bsignature(?:-input)?[\"']?\s*[:=]\s*[^\r\n]+"  # header lines of draft-cavage-12 and RFC 9421
    r"|\bz3u2[1-9A-HJ-NP-Za-km-z]{40,}"  # an Ed25519 secret key as Multikey
    r"|\bfh_[A-Za-z0-9_-]{20,}",  # a token of the owner's API
    re.IGNORECASE | re.DOTALL,
)
_LONGEST_VALUE: Final = 4_000  # characters; a traceback fits, a body a peer sent does not
_DEEPEST: Final = 6  # levels of an event that are looked into; below, it is left out


def redact(value: object, *, depth: int = 0) -> object:
    """Return `value` with every secret in it replaced, to any depth, and long text cut."""
    if isinstance(value, bool | int | float) or value is None:
        return value
    if depth > _DEEPEST:
        return "[too deep]"
    if isinstance(value, Mapping):
        return {str(name): _member(str(name), item, depth + 1) for name, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [redact(item, depth=depth + 1) for item in value]
    text = (
        value
        if isinstance(value, str)
        else f"[{len(value)} bytes]"
        if isinstance(value, bytes)
        else str(value)
    )
    shown = _SECRET_TEXT.sub(REDACTED, text)
    return shown if len(shown) <= _LONGEST_VALUE else f"{shown[:_LONGEST_VALUE]}[cut]"


def _member(name: str, value: object, depth: int) -> object:
    lowered = name.lower()
    if isinstance(value, str | bytes | Mapping | list | tuple) and any(
        word in lowered for word in _SECRET_NAMES
    ):
        return REDACTED
    return redact(value, depth=depth)


def _redact_event(_logger: object, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    return {name: value if name.startswith("_") else _member(name, value, 0) for name, value in event.items()}


def _as_json(_logger: object, _method: str, event: MutableMapping[str, Any]) -> str:
    return json.dumps(dict(event), ensure_ascii=True, separators=(",", ":"), default=str)


def _as_words(_logger: object, _method: str, event: MutableMapping[str, Any]) -> str:
    """Render for a terminal: time, level, event, then key=value, quoted where it is not plain text."""
    at, level = event.pop("timestamp", ""), event.pop("level", "")
    words = [f"{name}={_word(value)}" for name, value in event.items() if name != "event"]
    return " ".join([str(at), f"{level:<8}", _word(event.get("event", "")), *words])


def _word(value: object) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=True, default=str)
    return text if re.fullmatch(r"[ !#-~]*", text) else json.dumps(text, ensure_ascii=True)


def logger(name: str) -> Any:
    """Return the logger of a module."""
    return structlog.get_logger(name)


def configure(level: str, *, form: str = "auto", stream: TextIO | None = None) -> None:
    """Send the logs of this process, those of libraries included, to `stream` (stderr) in one form.

    `level` is the least serious level shown; `form` is `json`, `console`, or `auto`: console on a terminal.
    """
    target = stream or sys.stderr
    console = form == "console" or (form == "auto" and target.isatty())
    before: list[structlog.typing.Processor] = [
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        _redact_event,
    ]
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[structlog.stdlib.ExtraAdder(), *before],
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            _as_words if console else _as_json,
        ],
    )
    handler = logging.StreamHandler(target)
    handler.setFormatter(formatter)
    logging.basicConfig(handlers=[handler], level=level.upper(), force=True)
    # aiohttp reports each client that hangs up or speaks no HTTP; our own line says it already.
    logging.getLogger("aiohttp.access").disabled = True
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *before,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
