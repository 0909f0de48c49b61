"""Which kinds of CRM there are: what stands in `node/crm/adapters`, and what is installed beside the node.

Rules here:

- An adapter of ours is a file or a folder with a value `ADAPTER`, and with the mapping that works unedited
  beside it (`NAME.toml`); nothing else names it.
- One of somebody else's is an entry point of the group `freehold.crm`, which leads to such a value, with its
  mapping in it. A name of ours stays ours.
- Naming the kinds loads none of them. One is loaded when a CRM of its kind is first asked about, and stays
  so until the node ends; what goes wrong in it then is said, and holds up nothing else.
"""

from functools import cache
from importlib import import_module
from typing import Any, Final

from node.crm import adapters
from node.crm.adapter import CrmAdapter
from node.crm.port import CrmUnavailable

POINTS: Final = "freehold.crm"


def names() -> tuple[str, ...]:
    """Return the names of all kinds of CRM, in order."""
    return tuple(sorted({*ours(), *(entry.name for entry in _others())}))


def ours() -> frozenset[str]:
    """Return the names of the kinds of CRM that ship with the node."""
    from pkgutil import iter_modules  # this and what reads the mapping are for nodes that have a CRM

    return frozenset(module.name for module in iter_modules(adapters.__path__))


@cache
def load(name: str) -> CrmAdapter:
    """Return a kind of CRM.

    Raises:
        KeyError: there is none of this name.
        CrmUnavailable: it is somebody else's, and cannot be loaded.
    """
    if name in ours():
        found: CrmAdapter = import_module(f"{adapters.__name__}.{name}").ADAPTER
        return found
    return _load_other(name)


def default_mapping(name: str) -> str:
    """Return the mapping that ships with a kind of CRM, as the text of its file.

    Raises: as `load`.
    """
    from importlib.resources import files

    return load(name).mapping or files(adapters).joinpath(f"{name}.toml").read_text(encoding="utf-8")


def _load_other(name: str) -> CrmAdapter:
    entries = [entry for entry in _others() if entry.name == name]
    if not entries:
        raise KeyError(name)
    if len(entries) > 1:
        where = ", ".join(sorted(entry.value for entry in entries))
        raise CrmUnavailable(f"Several packages bring the adapter {name} ({where}): keep one of them.")
    try:
        found = entries[0].load()
    except Exception as error:  # whatever its package does when it is imported, the node goes on
        why = f"{type(error).__name__}: {error}"
        raise CrmUnavailable(f"The adapter {name} cannot be loaded ({why}).") from None
    if not isinstance(found, CrmAdapter) or not found.mapping:
        raise CrmUnavailable(f"The adapter {name} leads to no CrmAdapter with a mapping.")
    return found


def _others() -> tuple[Any, ...]:
    """Return the entry points of our group; reading them imports no package."""
    from importlib.metadata import entry_points

    return tuple(entry_points(group=POINTS))
