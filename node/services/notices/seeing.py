"""Seeing: what the owner has looked at on a page is not told any more.

Rules here: whoever looks at a page gets it also where nothing can be written, as on a full disk. What each of
a team is told for themselves is seen by that person alone.
"""

from contextlib import suppress

from node.services.acting import Acting
from node.storage import notices
from node.storage.errors import StorageUnavailable
from node.storage.store import Store


async def see(store: Store, acting: Acting, about: str) -> None:
    """Drop what waits about a thing (its id) that the owner looks at now; usually nothing is written."""
    who = acting.person or acting.owner.handle
    if await store.read(lambda session: notices.has_notices(session, acting.iri, about, person=who)):
        with suppress(StorageUnavailable):
            await store.write(lambda session: notices.drop_notices(session, acting.iri, about, person=who))
