"""Conversations that need the network, as generators that never touch it.

A flow yields what it wants fetched and is sent the answer; whoever drives it decides where answers come from.
On a node that is the guarded HTTP client with its cache and its budgets, in a test it is a dict.

Rules for drivers: answer a `FetchActor` with the `Actor` that the document at that address describes, or
throw the error that stands in the way into the flow. An error of the tree in `errors` means that there is no
such actor; any other (the network is down) ends the flow and reaches the caller as it is.
"""

from collections.abc import Callable, Generator
from typing import TypeAlias, TypeVar

from protocol.actors import Actor
from protocol.values import dataclass

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class FetchActor:
    """A wish for the actor at `iri`; with `refresh` from its own server, not from a cache.

    A driver may still answer a refresh from its cache if it fetched the actor just now (KY-14).
    """

    iri: str
    refresh: bool = False


Flow: TypeAlias = Generator[FetchActor, Actor, T]


def run(flow: Flow[T], fetch: Callable[[FetchActor], Actor]) -> T:
    """Drive a flow to its end with a function that answers its wishes."""
    try:
        wish = next(flow)
        while True:
            try:
                actor = fetch(wish)
            except Exception as error:  # what an error means is for the flow to decide
                wish = flow.throw(error)
            else:
                wish = flow.send(actor)
    except StopIteration as end:
        answer: T = end.value
        return answer
