"""Faces: which pictures of peers there are, for pages that show a peer.

Rules here: what a page shows is what the node has; showing fetches nothing and tells nobody. A peer that is
blocked loses its picture.
"""

import asyncio
from collections.abc import Mapping

from node.storage import faces
from node.storage.faces import load_picture
from node.storage.store import News, Store

__all__ = ["Gallery", "load_picture"]


class Gallery:
    """The digests of the pictures there are, by the address of the actor; `run` until cancelled."""

    def __init__(self, store: Store) -> None:
        self.shown: Mapping[str, str] = {}
        self._store = store

    async def run(self) -> None:
        """Hold what there is in memory, some 150 bytes for each, and see it change."""
        changed = asyncio.Event()
        changed.set()

        def hear(news: News) -> None:
            if faces.NEWS in news:
                changed.set()

        unsubscribe = self._store.subscribe(hear)
        try:
            while await changed.wait():
                changed.clear()
                self.shown = await self._store.read(faces.shown_faces)
        finally:
            unsubscribe()
