"""What use cases run on, for whoever hands it to them: a store, its sessions, and what can become of a write.

The web and whatever else calls a use case take these names from here, and so know nothing of the tables.
"""

from node.storage.errors import StorageDamaged, StorageUnavailable
from node.storage.session import Session
from node.storage.store import News, Store

__all__ = ["News", "Session", "StorageDamaged", "StorageUnavailable", "Store"]
