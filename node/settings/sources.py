"""Where a setting may come from, and what is said when it cannot be used. No message repeats a value."""

from enum import StrEnum

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
