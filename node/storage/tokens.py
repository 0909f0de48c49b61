"""The owner's programs: their tokens, kept as SHA-256 only, and the answers already given to them."""

from datetime import datetime
from hashlib import sha256

from node.core.entries import render_instant
from node.storage.kinds import Declared, TableKind
from node.storage.session import Session
from node.storage.tables import Table
from protocol.values import dataclass

TABLES = (Declared("tokens", TableKind.KEPT), Declared("idempotency", TableKind.KEPT))


@dataclass(frozen=True, slots=True)
class TokenRow:
    """One token; `hash` is `hash_token` of the secret, which is shown once and kept nowhere.

    `person` is who its program acts for, None for the owner of whichever actor it asks to act.
    """

    id: str
    name: str
    hash: bytes
    scopes: tuple[str, ...]
    created_at: datetime
    person: str | None = None
    last_used_at: datetime | None = None
    revoked_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class AnswerRow:
    """The answer one caller got for one `Idempotency-Key`; `request_digest` tells a repeat from a misuse.

    `edition` is that of the file when it was given: an answer of another edition is void.
    """

    key: str
    caller: str
    edition: str
    request_digest: bytes
    status: int
    body: bytes
    at: datetime


_TOKENS = Table(TokenRow, "tokens", key=("id",))
_ANSWERS = Table(AnswerRow, "idempotency", key=("key", "caller"))


def hash_token(secret: str) -> bytes:
    """Hash a token's secret: it is random and long, so it needs no slow hash, only not to be in the file."""
    return sha256(secret.encode()).digest()


def add_token(session: Session, token: TokenRow) -> None:
    """Add a token."""
    _TOKENS.insert(session, token)


def load_token(session: Session, secret: str) -> TokenRow | None:
    """Return the token with this secret, unless it is revoked."""
    return _TOKENS.first(session, "hash = ? AND revoked_at IS NULL", hash_token(secret))


def is_token_used(session: Session, id: str) -> bool:
    """Tell whether there is a token with this id that is not revoked."""
    return session.one("SELECT 1 FROM tokens WHERE id = ? AND revoked_at IS NULL", id) is not None


def list_tokens(session: Session) -> list[TokenRow]:
    """Return all tokens, revoked ones too, oldest first."""
    return _TOKENS.all(session, "1 = 1 ORDER BY created_at, id")


def revoke_token(session: Session, id: str, *, at: datetime) -> bool:
    """Make a token useless; tell whether it was in use."""
    statement = "UPDATE tokens SET revoked_at = ? WHERE id = ? AND revoked_at IS NULL"
    return session.run(statement, render_instant(at), id) > 0


def revoke_all_tokens(session: Session, *, at: datetime) -> None:
    """Make every token useless."""
    session.run("UPDATE tokens SET revoked_at = ? WHERE revoked_at IS NULL", render_instant(at))


def touch_token(session: Session, id: str, *, at: datetime) -> None:
    """Note when a token was last used."""
    session.run("UPDATE tokens SET last_used_at = ? WHERE id = ?", render_instant(at), id)


def load_answer(session: Session, key: str, caller: str) -> AnswerRow | None:
    """Return the answer a caller already got for an idempotency key."""
    return _ANSWERS.load(session, key, caller)


def add_answer(session: Session, answer: AnswerRow) -> None:
    """Keep an answer. Raises: Taken if the caller has one for the key."""
    _ANSWERS.insert(session, answer)


def void_answers(session: Session) -> None:
    """Empty all kept answers, whoever's: a repeated request is still known, and is not done twice.

    `void` is no file's edition.
    """
    session.run("UPDATE idempotency SET edition = 'void', body = x''")


def forget_answers(session: Session, *, before: datetime, most: int) -> int:
    """Drop the oldest answers given before an instant, at most so many; return how many."""
    oldest = "SELECT rowid FROM idempotency WHERE at < ? ORDER BY at LIMIT ? + 0"
    return session.run(f"DELETE FROM idempotency WHERE rowid IN ({oldest})", render_instant(before), most)
