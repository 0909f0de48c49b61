"""The actors of others, and the conversations that need them.

`Directory.run` drives the flows of `protocol.flow`: it answers their wishes from memory, from the node's
file, or from the actor's own server, in that order. If everything wanted is in memory it never suspends, so
the inbox pays nothing for it.

Rules here:

- An actor document counts for a day; after that, and when a signature does not fit, it is fetched anew. That
  happens at most once in five minutes per actor, whoever asks, and so does a new attempt after a failure,
  except that a broken connection is no answer: then the next one who asks may try again seconds later. Nor
  does an actor wait that says itself, signed, that its document changed: it makes nobody fetch but from it.
- Only what the actor's own server says counts. A document that names another address on the same origin is
  looked up there, once: under its key's address GoToSocial serves a stub of the actor, others the key alone.
- However many wait for one actor, it is fetched once. How often strangers make us fetch is budgeted, and paid
  for by the network they come from (`by`); for whom we know already its server pays nothing.
- Failures are remembered in memory only: nobody fills our disk with actors that do not exist.
- We never ask ourselves over the network.

Sources: FEP-fe34 (authority), FEP-d556 and FEP-2677 (the server actor signs fetches), RFC 7033 (WebFinger).
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TypeVar

import orjson
import structlog

from node.core import codes, faces
from node.delivery.bounded_memory import Recent
from node.delivery.budgets import Budgets
from node.delivery.client import Client, Signer, Unreachable
from node.delivery.media import RESOURCE_DESCRIPTOR
from node.storage.cache import (
    forget_remote_actor,
    load_remote_actor,
    save_remote_actor,
    trim_remote_actors,
)
from node.storage.errors import StorageUnavailable
from node.storage.faces import forget_face, load_course, save_course, save_face
from node.storage.session import Session
from node.storage.store import Store
from protocol.actors import Actor, read_actor
from protocol.discovery import acct_of, parse_acct, read_webfinger, webfinger_iri
from protocol.errors import Gone, NotFound, ProtocolError, Unauthenticated, Unprocessable
from protocol.flow import Flow
from protocol.iris import origin, same_origin
from protocol.strictjson import Document
from protocol.values import dataclass

T = TypeVar("T")

log = structlog.get_logger(__name__)

FRESH_FOR = timedelta(days=1)
RETRY_AFTER = timedelta(minutes=5)  # KY-14: a forger cannot make us fetch more often than this
# A peer whose first fetch met a lost packet must not be a stranger for minutes; the budgets bound the rest.
RETRY_BROKEN_AFTER = timedelta(seconds=5)
_BROKEN = frozenset({codes.CONNECTION_REFUSED, codes.DISCONNECTED, codes.TIMEOUT})
LIMIT_ACTORS = 4_096  # in memory, a few kilobytes each

# An actor's document is some 3 KB, and 12 KB with as many keys as are read. A larger one is held in memory
# only, and so without its padding: ten thousand strangers then take 160 MB of the disk at most (DO-08).
LIMIT_KEPT_BYTES = 16_384

_TOO_OLD = Unreachable(codes.ACTOR_STALE)


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of an address: the actor as last fetched, and what went wrong if the last try failed."""

    actor: Actor | None
    fetched_at: datetime
    tried_at: datetime
    error: ProtocolError = _TOO_OLD

    def settles(self, *, refresh: bool, now: datetime) -> bool:
        """Tell whether this is the answer for now, good or bad; if not, it is time to ask again."""
        if refresh or not self._is_fresh(now):
            # Also for a clock that was set back: then a try that seems yet to come was long ago.
            return abs(now - self.tried_at) < self._pause
        return True

    @property
    def _pause(self) -> timedelta:
        """How long after a try the next one waits."""
        return RETRY_BROKEN_AFTER if self.error.code in _BROKEN else RETRY_AFTER

    def answer(self, now: datetime) -> Actor:
        """Return the actor, or raise what stood in the way.

        The error is a new one each time: one that is raised again and again keeps all its callers alive.
        """
        if self.actor is not None and self._is_fresh(now):
            return self.actor
        raise _again(self.error)

    def _is_fresh(self, now: datetime) -> bool:
        # What was fetched at a time yet to come was fetched by a clock that was set back since.
        return self.actor is not None and timedelta(0) <= now - self.fetched_at < FRESH_FOR


class Directory:
    """Looks up actors for whoever needs one.

    `home` is this node's public origin, and `local` answers for its own actors. Fetches are signed by
    `signer`, the server actor; without one they go out unsigned, which most servers answer as well.
    """

    def __init__(
        self,
        client: Client,
        store: Store,
        *,
        clock: Callable[[], datetime],
        home: str,
        local: Callable[[str], Actor | None],
        signer: Signer | None = None,
    ) -> None:
        self._client = client
        self._store = store
        self._clock = clock
        self._home = origin(home)
        self._local = local
        self._signer = signer
        self._known: Recent[str, Known] = Recent(LIMIT_ACTORS)
        self._fetching: dict[str, asyncio.Task[Actor]] = {}
        self._budgets = Budgets()

    async def run(self, flow: Flow[T], *, by: str = "") -> T:
        """Drive a flow to its end and return its answer; `by` is the network of who makes us, "" for none.

        Raises:
            ProtocolError: what the flow raises; that an actor cannot be had is an error thrown into it.
        """
        try:
            wish = next(flow)
            while True:
                try:
                    actor = await self.actor(wish.iri, refresh=wish.refresh, by=by)
                except ProtocolError as error:
                    wish = flow.throw(error)
                else:
                    wish = flow.send(actor)
        except StopIteration as end:
            answer: T = end.value
            return answer

    async def actor(self, iri: str, *, refresh: bool = False, by: str = "") -> Actor:
        """Return the actor at `iri`; with `refresh` as its own server has it now, unless we just asked.

        Raises:
            Gone: it was deleted.
            NotFound: there is none.
            ProtocolError: it cannot be had, in the words of the client or of `read_actor`.
        """
        known = self._known.get(iri)
        if known is None:
            if self._is_own(iri):
                return self._own(iri)
            known = await self._recall(iri)
        # Only now: what another call fetched while the file was read is not of a time yet to come.
        now = self._clock()
        if known is not None and known.settles(refresh=refresh, now=now):
            return known.answer(now)
        return await self._coalesced(iri, by=by, known=known is not None and known.actor is not None)

    def now(self) -> datetime:
        """Return the present moment, as times of fetching are measured."""
        return self._clock()

    async def changed(self, iri: str, *, since: datetime, by: str = "") -> Actor:
        """Return the actor as its own server had it at `since` or later: it has signed that it changed then.

        Raises:
            ProtocolError: as `actor`.
        """
        if under_way := self._fetching.get(iri):
            await asyncio.wait([under_way])  # it may have asked before that
        known = self._known.get(iri)
        if self._is_own(iri) or (known is not None and known.fetched_at >= since):
            return await self.actor(iri)
        return await self._coalesced(iri, by=by, known=False)  # as often as it says so: its server pays

    async def actor_since(self, iri: str, moment: datetime) -> Actor:
        """Return the actor as its own server had it at a moment or later.

        Raises:
            Unreachable: `actor-stale`, it was asked too lately to be asked again, and before that moment.
            ProtocolError: as `actor`.
        """
        actor = await self.actor(iri, refresh=True)
        known = self._known.get(iri)
        if known is not None and known.fetched_at < moment:
            raise _again(_TOO_OLD)
        return actor

    def hint(self, iri: str) -> Actor | None:
        """Return the actor as memory has it, however long ago it was fetched, without asking anyone."""
        known = self._known.get(iri)
        if known is None:
            return self._local(iri)
        return known.actor

    async def lookup(self, what: str, *, afresh: bool = False) -> Actor:
        """Find an actor by account (`alice@example.org`, also with `acct:` or `@`) or by address, asked anew.

        Its server is not asked again at once, unless `afresh`: who writes that server wants to see it now. An
        account counts only both ways: its host names the actor, and the actor's handle on that host is the
        account.

        Raises:
            Unprocessable: `acct-invalid`, `acct-own`, `acct-mismatch`, `webfinger-…` or `iri-invalid`.
            ProtocolError: the host or the actor cannot be had. A document that is no actor's is `Unreachable`
                with the reason: it is not the one who asks that cannot be believed.
        """
        try:
            return await self._look_up(what.strip(), afresh=afresh)
        except Unauthenticated as error:
            raise Unreachable(error.code, error.detail) from error

    async def _look_up(self, what: str, *, afresh: bool) -> Actor:
        asked_at = self._clock()

        async def ask(iri: str) -> Actor:
            return await (self.changed(iri, since=asked_at) if afresh else self.actor(iri, refresh=True))

        if what.startswith(("https://", "http://")):
            return await ask(what)
        acct = parse_acct(what, allow_http=self._client.reach.allow_loopback_http)
        address = webfinger_iri(acct)
        if self._is_own(address):
            raise Unprocessable(codes.ACCT_OWN)
        self._spend(address)
        found = await self._client.fetch(address, media=RESOURCE_DESCRIPTOR)
        actor = await ask(read_webfinger(found.document, acct=acct))
        if not acct_of(actor.iri, actor.handle).is_same_as(acct):
            said = "" if actor.handle else "The actor that the host names has no handle (preferredUsername)."
            raise Unprocessable(codes.ACCT_MISMATCH, said)
        return actor

    async def close(self) -> None:
        """Give up on what is being fetched."""
        tasks = list(self._fetching.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _is_own(self, iri: str) -> bool:
        return origin(iri) == self._home

    def _own(self, iri: str) -> Actor:
        actor = self._local(iri)
        if actor is None:
            raise NotFound(codes.NOT_FOUND, "There is no such actor on this node.")
        return actor

    async def _recall(self, iri: str) -> Known | None:
        """Take what the file has over into memory, unless that knows by now."""
        row = await self._store.read(lambda session: load_remote_actor(session, iri))
        if row is None or iri in self._known:
            return self._known.get(iri)
        try:
            actor = read_actor(row.document, iri=iri)
        except ProtocolError:  # an earlier release took what this one does not
            return None
        known = Known(actor, row.fetched_at, row.fetched_at)
        self._known.put(iri, known)
        return known

    async def _coalesced(self, iri: str, *, by: str, known: bool) -> Actor:
        """Fetch an actor, or wait with the others for the fetch that is under way."""
        task = self._fetching.get(iri)
        if task is None:
            self._spend(iri, by=by, known=known)
            task = self._fetching[iri] = asyncio.create_task(self._fetch(iri))
            task.add_done_callback(lambda done: self._finished(iri, done))
        # Whoever stops waiting does not stop it for the others.
        return await asyncio.shield(task)

    def _finished(self, iri: str, task: asyncio.Task[Actor]) -> None:
        del self._fetching[iri]
        if not task.cancelled():
            task.exception()  # looked at, so that nobody waiting any more is no accident

    async def _fetch(self, iri: str) -> Actor:
        now = self._clock()
        try:
            actor, document = await self._ask(iri)
        except ProtocolError as error:
            log.info("actor not read", actor=iri, code=error.code, why=error.detail)
            await self._remember_failure(iri, error, now)
            raise
        self._known.put(iri, Known(actor, now, now))
        self._known.put(actor.iri, Known(actor, now, now))
        with suppress(StorageUnavailable):  # it is known all the same, until this process ends
            await self._store.write(lambda session: _save(session, actor, document=document, fetched_at=now))
        return actor

    async def _ask(self, iri: str) -> tuple[Actor, Document]:
        """Fetch the document at `iri`, or at the address on the same origin that it says is the actor's."""
        document = await self._document(iri)
        named = _actor_named(document)
        if isinstance(named, str) and named != iri and same_origin(named, iri):
            iri, document = named, await self._document(named)
        return read_actor(document, iri=iri), document

    async def _document(self, iri: str) -> Document:
        return (await self._client.fetch(iri, signer=self._signer)).document

    async def _remember_failure(self, iri: str, error: ProtocolError, now: datetime) -> None:
        """Keep what was known, unless the server says that the actor is no more."""
        # Without its traceback, which would hold on to everything that led here, some 20 KB each (DO-08).
        error = _again(error)
        known = self._known.get(iri)
        if known is None or known.actor is None:
            self._known.put(iri, Known(None, now, now, error))
        elif isinstance(error, Gone):
            self._known.put(iri, Known(None, now, now, error))
            await self._store.write(lambda session: _forget(session, iri))
        else:
            self._known.put(iri, replace(known, tried_at=now, error=error))

    def _spend(self, iri: str, *, by: str = "", known: bool = False) -> None:
        if not self._budgets.spend(origin(iri), self._clock(), by=by, known=known):
            raise Unreachable(codes.BUDGET_SPENT)


def _actor_named(document: Document) -> object:
    """Return whose document this says it is: the owner's if it is a key (FEP-521a), else its own.

    It is only asked where to look: whose the key is, the owner's own document has to say (KY-01).
    """
    if "publicKeyPem" in document or "publicKeyMultibase" in document:
        return document.get("owner", document.get("controller"))
    return document.get("id")


def _again(error: ProtocolError) -> ProtocolError:
    """Return the same error as a new one, which knows nothing of where the old one was raised."""
    return type(error)(error.code, error.detail)


def _save(session: Session, actor: Actor, *, document: Document, fetched_at: datetime) -> None:
    if len(orjson.dumps(document)) <= LIMIT_KEPT_BYTES:
        save_remote_actor(session, actor, document=document, fetched_at=fetched_at)
        trim_remote_actors(session)
    else:
        forget_remote_actor(session, actor.iri)
    _note_picture(session, actor, now=fetched_at)


def _note_picture(session: Session, actor: Actor, *, now: datetime) -> None:
    """Note which picture an actor names; what becomes of it is decided by `node.core.faces`."""
    course = load_course(session, actor.iri)
    if not actor.icon:
        forget_face(session, actor.iri)
    elif course is None:
        save_face(session, actor.iri, faces.named(None, actor.icon, now=now))
    elif course.source != actor.icon:
        save_course(session, actor.iri, faces.named(course, actor.icon, now=now))


def _forget(session: Session, iri: str) -> None:
    forget_remote_actor(session, iri)
    forget_face(session, iri)
