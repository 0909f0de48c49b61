"""The nouns of a node, each one value: its part of the ledger, of the owner's API and of the command line.

Rules here: whatever a node knows, it knows from this list: the inbox its activities, a rebuild its tables,
the clock what is due, the events what they may tell, the API its operations, the documentation all of it.
Adding a noun is adding a value; nothing else names it.
"""

from collections.abc import Iterable, Mapping, Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

from node.services.crm import chapter as crm
from node.services.grants import chapter as grants
from node.services.intentions import chapter as intentions
from node.services.ledger.chapters import Chapter, Ledger, bind
from node.services.negotiations import chapter as negotiations
from node.services.notices import chapter as notices
from node.services.outbox import chapter as outbox
from node.services.people import chapter as people
from node.services.terms import chapter as terms
from node.services.trade import chapter as trade
from node.services.webhooks import chapter as webhooks
from node.storage.schema import Migration
from protocol.values import dataclass

if TYPE_CHECKING:
    from node.web.api.operations import Operation


@dataclass(frozen=True, slots=True, kw_only=True)
class Noun:
    """One noun, whole.

    `chapter` is its part of the ledger. `api` names the modules of its part of the owner's API, which are
    loaded when somebody asks that: `OPERATIONS`, and in `COMPONENTS` the schemas that these name beyond the
    common ones. `migrations` are the tables it adds to those of the first release, `commands` the words it
    has on the command line (`node.terminal.nouns` loads them when one is typed).
    """

    name: str
    chapter: Chapter | None = None
    api: tuple[str, ...] = ()
    migrations: tuple[Migration, ...] = ()
    commands: tuple[str, ...] = ()


def _modules(*names: str) -> tuple[str, ...]:
    return tuple(f"node.web.api.{name}" for name in names)


NOUNS: Final = (
    Noun(name="node", api=_modules("node"), commands=("node",)),
    Noun(name="day", api=_modules("today")),
    Noun(name="profile", api=_modules("profile"), commands=("profile",)),
    Noun(
        name="intention",
        chapter=intentions.CHAPTER,
        api=_modules("intentions", "undertakings"),
        commands=("intention",),
    ),
    Noun(
        name="negotiation",
        chapter=negotiations.CHAPTER,
        api=_modules("offers", "agreements"),
        commands=("offer", "agreement", "message"),
    ),
    Noun(name="quarantine", api=_modules("quarantine"), commands=("quarantine",)),
    Noun(name="peer", chapter=people.CHAPTER, api=_modules("peers"), commands=("peer",)),
    Noun(name="delivery", chapter=outbox.CHAPTER, api=_modules("deliveries")),
    Noun(name="terms", chapter=terms.CHAPTER, api=_modules("terms"), commands=("terms",)),
    Noun(
        name="grant",
        chapter=grants.CHAPTER,
        api=_modules("grants"),
        commands=("access", "ledger"),
    ),
    Noun(name="shop", chapter=trade.CHAPTER, api=_modules("shop"), commands=("shop",)),
    Noun(name="crm", chapter=crm.CHAPTER, api=_modules("crm", "crm_decisions"), commands=("crm",)),
    Noun(name="notice", chapter=notices.CHAPTER, api=_modules("notices"), commands=("notice",)),
    Noun(name="event", api=_modules("events")),
    Noun(name="webhook", chapter=webhooks.CHAPTER, api=_modules("webhooks"), commands=("webhook",)),
    Noun(name="tray", api=_modules("tray"), commands=("tray",)),
    Noun(name="journal", api=_modules("journal"), commands=("journal",)),
    Noun(name="token", api=_modules("tokens"), commands=("token",)),
    Noun(name="calendar", api=_modules("calendars"), commands=("calendar",)),
    Noun(name="cosignature", api=_modules("cosignatures"), commands=("cosign",)),
    Noun(name="person", api=_modules("persons"), commands=("person",)),
    Noun(name="session", api=_modules("sessions"), commands=("session",)),
    Noun(name="key", api=_modules("keys"), commands=("key",)),
    Noun(name="federation", api=_modules("fed"), commands=("fed",)),
)


def ledger_of(nouns: Sequence[Noun]) -> Ledger:
    """Return the ledger that these nouns make together.

    Raises:
        ValueError: two of them bring the same thing.
    """
    return bind([noun.chapter for noun in nouns if noun.chapter is not None])


def operations_of(nouns: Iterable[Noun]) -> "tuple[Operation, ...]":
    """Return what these nouns can do for their owner, in reading order."""
    return tuple(operation for module in _api(nouns) for operation in module.OPERATIONS)


def components_of(nouns: Iterable[Noun]) -> dict[str, Mapping[str, Any]]:
    """Return the schemas that these nouns add to the common ones, by name."""
    components: dict[str, Mapping[str, Any]] = {}
    for module in _api(nouns):
        components |= getattr(module, "COMPONENTS", {})
    return components


def _api(nouns: Iterable[Noun]) -> list[Any]:
    return [import_module(name) for noun in nouns for name in noun.api]


def migrations_of(nouns: Iterable[Noun]) -> tuple[Migration, ...]:
    """Return what these nouns add to the schema of the first release, in order."""
    return tuple(migration for noun in nouns for migration in noun.migrations)
