"""Everything that can be wrong with a document or a request, as one tree.

    ProtocolError              a stable `code` for programs, a `detail` sentence for people
    ├── Local                  our own caller asked for something that cannot be done
    └── Remote                 what arrived cannot be taken; `status_hint` is the HTTP status that says so
        ├── Malformed          400  not the format it claims to be
        ├── Unauthenticated    401  signature missing, wrong, stale, or made with a key we do not trust
        ├── Forbidden          403  authentic, but not allowed to do this
        ├── NotFound           404  does not exist for whoever asks
        ├── Conflict           409  contradicts what already happened
        ├── Gone               410  existed once
        ├── TooLarge           413  over a limit on size
        ├── Unprocessable      422  well formed, but against the schema or the terms
        │   └── TextTooLong    422  a text of more characters than its member may have
        ├── Limited            429  too much of it for now; later there is room again
        └── Deferred           503  nothing is wrong with it, but it cannot be taken yet

Rules here: a `code` stands in `protocol.codes` or, if the protocol never says it, in `node.core.codes`; a
`detail` is a sentence of ours that never repeats what the peer sent, because it may be logged, shown and sent
back (RFC 9457 §3.1.4). To the outside all 401 answers look the same; their codes are for the log only.
"""

from typing import ClassVar

from protocol.codes import MEANINGS, Code


class ProtocolError(Exception):
    """Something that a document, a signature or a request got wrong."""

    def __init__(self, code: Code, detail: str = "") -> None:
        """Say what is wrong, in the words of the code's meaning unless `detail` says it closer."""
        self.code = code
        self.detail = detail or MEANINGS[code]
        super().__init__(code, self.detail)

    def __str__(self) -> str:
        return f"{self.code}: {self.detail}"


class Local(ProtocolError):
    """Our own side asked for something the protocol cannot do: a defect here, not there."""


class Remote(ProtocolError):
    """What a peer (or the owner's own client) sent cannot be taken."""

    status_hint: ClassVar[int] = 400


class Malformed(Remote):
    """The bytes are not the format they claim to be."""

    status_hint = 400


class Unauthenticated(Remote):
    """Nobody we know stands behind this: signature missing, invalid or stale, key unknown or too weak."""

    status_hint = 401


class Forbidden(Remote):
    """The sender is known and may not do this."""

    status_hint = 403


class NotFound(Remote):
    """There is no such thing, as far as whoever asks may know."""

    status_hint = 404


class Conflict(Remote):
    """The request contradicts what already happened."""

    status_hint = 409


class Gone(Remote):
    """The thing existed and was withdrawn."""

    status_hint = 410


class TooLarge(Remote):
    """A limit on size was passed."""

    status_hint = 413


class Unprocessable(Remote):
    """Well formed and understood, but against the schema, the proof or the terms.

    `at` is where in the document that is, in our own words for its members, such as `price.amount`; "" if the
    sentence says it, or if it is of the whole.
    """

    status_hint = 422

    def __init__(self, code: Code, detail: str = "", *, at: str = "") -> None:
        self.at = at
        self.said = detail or MEANINGS[code]
        super().__init__(code, f"{self.said.removesuffix('.')} ({at})." if at else self.said)

    def within(self, member: str) -> "Unprocessable":
        """Return the same error, of what a member of ours holds."""
        return Unprocessable(self.code, self.said, at=f"{member}.{self.at}" if self.at else member)


class TextTooLong(Unprocessable):
    """A text has `length` characters, where its member may have `limit`."""

    def __init__(self, code: Code, detail: str, *, length: int, limit: int, at: str = "") -> None:
        super().__init__(code, detail, at=at)
        self.length = length
        self.limit = limit

    def within(self, member: str) -> "TextTooLong":
        """Return the same error, of what a member of ours holds."""
        at = f"{member}.{self.at}" if self.at else member
        return TextTooLong(self.code, self.said, length=self.length, limit=self.limit, at=at)


class Limited(Remote):
    """The sender has used up what it may have here for now; after `retry_seconds` it may try again."""

    status_hint = 429

    def __init__(self, code: Code, detail: str = "", *, retry_seconds: int) -> None:
        super().__init__(code, detail)
        self.retry_seconds = retry_seconds


class Deferred(Remote):
    """Somebody has to decide first; whoever sent it comes back later."""

    status_hint = 503
