"""Where a command finds the node it talks to, and the token it shows there.

Rules here: a token comes from the environment, a file or stdin and never from the command line, where every
user of the machine could read it; it travels over https or stays on this machine.
"""

from collections.abc import Mapping
from dataclasses import field
from pathlib import Path
from typing import Final, TextIO
from urllib.parse import urlsplit

from node.core import codes
from node.folder import SOCKET_NAME
from node.terminal.failures import ExitCode, Failure, usage
from protocol.values import dataclass

_LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A socket in a data folder, or an origin (`url`, without a trailing slash) with a token."""

    socket_path: Path | None = None
    url: str = ""
    token: str = field(default="", repr=False)

    @property
    def place(self) -> str:
        """How to call this place in a sentence."""
        return str(self.socket_path.parent) if self.socket_path else self.url


def find(*, folder: Path, url: str, environment: Mapping[str, str], stdin: TextIO) -> Endpoint:
    """Return where the node is: at `url` with a token, or at the socket in `folder` if that is empty.

    Raises:
        Failure: the address cannot be used or would carry the token over an open line, or there is no token.
    """
    if not url:
        return Endpoint(socket_path=folder / SOCKET_NAME)
    _check(url)
    return Endpoint(url=url.rstrip("/"), token=_token(environment, stdin))


def _check(url: str) -> None:
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.path.strip("/"):
        raise usage("The address of a node is an origin, such as https://node.example.")
    if parts.scheme == "http" and parts.hostname not in _LOOPBACK:
        raise Failure(
            codes.TOKEN_IN_THE_CLEAR,
            exit_code=ExitCode.NOT_ALLOWED,
            hint="Use the node's https address.",
        )


def _token(environment: Mapping[str, str], stdin: TextIO) -> str:
    token = (environment.get("FREEHOLD_TOKEN") or _token_from_file(environment, stdin)).strip()
    if not token or not token.isascii() or not token.isprintable():
        raise usage("The token is empty or holds characters no token has.")
    return token


def _token_from_file(environment: Mapping[str, str], stdin: TextIO) -> str:
    file = environment.get("FREEHOLD_TOKEN_FILE", "")
    if not file:
        raise Failure(
            codes.TOKEN_MISSING,
            exit_code=ExitCode.NOT_ALLOWED,
            hint="Put it into FREEHOLD_TOKEN, or name its file in FREEHOLD_TOKEN_FILE ('-' reads stdin).",
        )
    if file == "-":
        return stdin.readline()
    try:
        return Path(file).read_text(encoding="utf-8")
    except OSError as error:
        raise usage(f"The token file cannot be read: {error.strerror}.") from error
