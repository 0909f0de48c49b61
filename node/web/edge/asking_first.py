"""Asking first: what somebody wants to do is done once the document that it hangs on was fetched.

Rules here: it is tried with what is known; whom to ask is in the error. They are asked once, and anew, since
whoever updated their software a minute ago is to be believed; what stands then is the answer.
"""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import TypeVar

from node.services.negotiations.understanding import TermsNotUnderstood
from node.web.edge.runtime import Runtime
from protocol.errors import ProtocolError

T = TypeVar("T")


async def asking_first(runtime: Runtime, work: Callable[[], Awaitable[T]]) -> T:
    """Do a piece of work, and once more after asking whether the other end understands terms about data.

    Raises: as the work.
    """
    try:
        return await work()
    except TermsNotUnderstood as error:
        with suppress(ProtocolError):  # who cannot be asked is taken for what was known
            await runtime.directory.lookup(error.address, afresh=True)
        return await work()
