"""What can go wrong in storage, whichever engine keeps the file.

Rules: an error that one function made undoes that function alone; those of the machine undo the whole group.
After `Taken` or `Missing` nothing may be read before the savepoint is rolled back (PostgreSQL refuses it), so
they are caught only around `Session.attempt` or by whoever gave the work to the store.
"""


class StorageError(Exception):
    """Something that storage says no to; one of the classes below."""


class Broken(StorageError):
    """A constraint of the schema was broken; `constraint` names it as the engine does, for programs."""

    def __init__(self, constraint: str) -> None:
        super().__init__(constraint)
        self.constraint = constraint


class Taken(Broken):
    """Another row has this key already."""


class Missing(Broken):
    """The row refers to one that does not exist."""


class StorageUnavailable(StorageError):
    """The write was not kept: disk full or failing, too many waiting, or closed; later it may work."""


class Again(StorageUnavailable):
    """The group met another writer and was undone; the same work may be given to the store once more."""


class StorageDamaged(StorageUnavailable):
    """The file does not hold what was written to it; no attempt will help, a backup will."""
