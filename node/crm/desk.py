"""What an owner asks of the CRM: connecting it, a plan, a sync, a comparison."""

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from functools import partial
from typing import Any, Final

from node.core import codes
from node.core.crm_conflicts import say_several
from node.core.crm_mapping import check_against
from node.core.crm_sayings import NEEDS_KEY
from node.crm import registry
from node.crm.bridge import Bridge, Check, checked, look_every, may
from node.crm.port import CrmError
from node.crm.surveying import Found, Survey, is_to_do, show_plan
from node.crm.verifying import show_verified
from node.services.acting import Acting
from node.services.crm import connecting
from node.services.crm.connecting import NewConnection
from node.services.crm.queueing import put_before_owner, queue
from node.storage import journal
from node.storage.crm import ConflictReason
from node.storage.session import Session
from protocol.errors import Conflict, NotFound, Unprocessable
from protocol.strictjson import Document

_SEVERAL: Final = "quarantine"
_QUEUED_AT_ONCE: Final = 200  # things in one write: some ten milliseconds
_NO_KEY: Final = (
    "A key is one line of ASCII, and this has signs that nobody sees or that no key has: copy it once more."
)


class Desk:
    """Where the owner's programs meet the bridge."""

    def __init__(self, bridge: Bridge) -> None:
        self._bridge = bridge
        self._store = bridge.store

    def adapters(self) -> Sequence[Mapping[str, Any]]:
        """Show the kinds of CRM that there are, and what each needs to be told."""
        return [_show_adapter(name) for name in registry.names()]

    async def show(self, acting: Acting) -> Mapping[str, Any]:
        """Show the CRM, what stands there, and what waits and why; never its key.

        Raises:
            NotFound: `crm-missing`.
        """
        return self._shown(acting, await self._store.read(partial(connecting.show, acting=acting)))

    async def count(self, acting: Acting) -> Mapping[str, Any]:
        """Show the CRM, and how much stands there and waits: as `show`, without naming what waits.

        Raises:
            NotFound: `crm-missing`.
        """
        return self._shown(acting, await self._store.read(partial(connecting.count, acting=acting)))

    async def connect(self, acting: Acting, document: Document, *, check: Check = may) -> Mapping[str, Any]:
        """Connect a CRM that answers, takes our key, and has the fields of the mapping; or give it a new key.

        `check` raises in the write for who may do so no longer, since the CRM may have taken its time.

        Raises:
            Unprocessable: `crm-adapter`, `crm-address`, `crm-mapping`.
            Conflict: `crm-connected`, `crm-unreachable`, `crm-busy`.
        """
        new = _read_new(document)
        await self._store.read(partial(connecting.check_free, acting=acting, new=new))
        async with self._bridge.spoken_with(acting.iri):
            with _told():
                async with self._bridge.opened(acting.iri, new) as reconciler:
                    health = await reconciler.crm.health()
                    check_against(reconciler.mapping, reconciler.described)
            work = partial(connecting.connect, acting=acting, new=new)
            connected = await self._store.write(checked(check, work))
            self._bridge.note_caution(acting.iri, health.detail)
            return self._shown(acting, connected)

    async def plan(self, acting: Acting) -> Mapping[str, Any]:
        """Show what a sync would write.

        Raises:
            NotFound: `crm-missing`. Conflict: `crm-unreachable`, `crm-busy`.
        """
        async with self._survey(acting) as survey:
            return await show_plan(survey)

    async def verify(self, acting: Acting) -> Mapping[str, Any]:
        """Compare both sides.

        Raises: as `plan`.
        """
        async with self._survey(acting) as survey:
            return await show_verified(survey)

    async def sync(self, acting: Acting, *, limit: int | None, check: Check = may) -> Mapping[str, Any]:
        """Have everything brought there from now on, or only so much of it at once; `check` as to connect.

        Raises: as `plan`.
        """
        # What happens while we look is in no survey: it is followed from before that.
        since = await self._store.read(lambda session: journal.head(session, acting.iri).place)
        begun = 0
        async with self._survey(acting) as survey:
            async for some in _batches(survey, limit):
                begun += await self._store.write(checked(check, partial(_begin, acting=acting, some=some)))
            if limit is None:  # before another one may be connected: that one was not looked at
                work = partial(connecting.activate, acting=acting, since=since)
                await self._store.write(checked(check, work))
        if limit is not None:
            await self._bridge.turn(acting.iri, most=limit, check=check)
        return {**await self.show(acting), "begun": begun}

    def _shown(self, acting: Acting, shown: Mapping[str, Any]) -> dict[str, Any]:
        """Say beside how it stands with a CRM what people call its kind, and how often it is looked at."""
        name = str(shown["adapter"])
        try:
            title = registry.load(name).title
        except (KeyError, CrmError):  # it was installed by somebody, and is gone or broken
            title = name
        return {
            **shown,
            "title": title,
            "looks_every": int(look_every(name).total_seconds()),
            "caution": self._bridge.caution(acting.iri) or None,
        }

    @asynccontextmanager
    async def _survey(self, acting: Acting) -> AsyncIterator[Survey]:
        """Look at the whole CRM, and let nobody else speak with it meanwhile."""
        async with self._bridge.spoken_with(acting.iri):
            way = await self._store.read(partial(connecting.way_to, actor=acting.iri))
            if way is None:
                raise NotFound(codes.CRM_MISSING)
            with _told():
                async with self._bridge.reach(acting.iri, way) as reconciler:
                    await self._bridge.heed(reconciler)
                    survey = Survey(reconciler)
                    await survey.look()
                    yield survey


async def _batches(survey: Survey, limit: int | None) -> AsyncIterator[list[Found]]:
    """Yield what a sync would do, in its order, some at a time, at most so much of it."""
    some: list[Found] = []
    left = limit
    async for found in survey.walk():
        if left == 0:
            break
        if is_to_do(found):
            some.append(found)
            left = None if left is None else left - 1
        if len(some) == _QUEUED_AT_ONCE:
            yield some
            some = []
    yield some


def _begin(session: Session, acting: Acting, some: Sequence[Found]) -> int:
    """Have things brought there, and a person asked about those that are several records; count the first."""
    things = [found.thing for found in some if found.action != _SEVERAL]
    queue(session, acting, things)
    for found in some:
        if found.action == _SEVERAL:
            detail = say_several([one.crm_id for one in found.seen])
            kind, external_id = found.thing
            put_before_owner(session, acting, kind, ConflictReason.AMBIGUOUS, detail, external_id=external_id)
    return len(things)


@contextmanager
def _told() -> Iterator[None]:
    """Say what stands between us and a CRM as the owner's API says it."""
    try:
        yield
    except CrmError as error:
        raise Conflict(codes.CRM_UNREACHABLE, error.detail) from None


def _read_new(document: Document) -> NewConnection:
    name = str(document["adapter"])
    if name not in registry.names():
        there = ", ".join(registry.names())
        raise Unprocessable(codes.CRM_ADAPTER, f"There is no such kind of CRM: there are {there}.")
    with _told():  # one of somebody else's may not be loaded
        adapter = registry.load(name)
        mapping = document.get("mapping") or registry.default_mapping(name)
    secret, options = str(document.get("secret") or "").strip(), dict(document.get("options") or {})
    if adapter.needs_secret and not secret:
        raise Unprocessable(codes.CRM_ADDRESS, NEEDS_KEY)
    if not adapter.needs_secret and secret:
        raise Unprocessable(codes.CRM_ADDRESS, "This kind of CRM has no key.")
    if not (secret.isascii() and secret.isprintable()):  # it goes into a header, and is found in answers
        raise Unprocessable(codes.CRM_ADDRESS, _NO_KEY)
    no_text = sorted(option for option, said in options.items() if not isinstance(said, str))
    if no_text:
        raise Unprocessable(codes.CRM_ADDRESS, f"The option {no_text[0][:40]} is a text.")
    known = {option.removesuffix("?") for option in adapter.options}
    needed = {option for option in adapter.options if not option.endswith("?")}
    unknown, missing = sorted(options.keys() - known), sorted(needed - options.keys())
    if unknown or missing:
        what = f"has no option {unknown[0]}" if unknown else f"needs to be told: {', '.join(missing)}"
        raise Unprocessable(codes.CRM_ADDRESS, f"This kind of CRM {what}.")
    return NewConnection(
        adapter=name,
        address=str(document["address"]),
        options=options,
        mapping=str(mapping),
        secret=secret,
    )


def _show_adapter(name: str) -> dict[str, Any]:
    """Show a kind of CRM; of one that cannot be loaded, why."""
    try:
        adapter = registry.load(name)
    except CrmError as error:
        unknown = {"address": "", "needs_secret": False, "options": {}, "mapping": "", "tried": ""}
        return {"name": name, "title": name, "fault": error.detail, **unknown}
    return {
        "name": name,
        "fault": None,
        "title": adapter.title,
        "address": adapter.address,
        "needs_secret": adapter.needs_secret,
        "options": dict(adapter.options),
        "mapping": registry.default_mapping(name),
        "tried": adapter.tried,
    }
