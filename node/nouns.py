"""The nouns of a node, each one value: its part of the ledger, of the owner's API and of the command line.

Rules here: whatever a node knows, it knows from this list: the inbox its activities, a rebuild its tables,
the clock what is due, the events what they may tell, the API its operations, the documentation all of it.
Adding a noun is adding a value; nothing else names it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field
from typing import Any, Final

from node.services.crm import chapter as crm
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
from node.web.api import agreements as agreements_api
from node.web.api import calendars as calendars_api
from node.web.api import cosignatures as cosignatures_api
from node.web.api import crm as crm_api
from node.web.api import crm_decisions as crm_decisions_api
from node.web.api import deliveries as deliveries_api
from node.web.api import events as events_api
from node.web.api import fed as fed_api
from node.web.api import intentions as intentions_api
from node.web.api import journal as journal_api
from node.web.api import keys as keys_api
from node.web.api import node as node_api
from node.web.api import notices as notices_api
from node.web.api import offers as offers_api
from node.web.api import peers as peers_api
from node.web.api import persons as persons_api
from node.web.api import profile as profile_api
from node.web.api import quarantine as quarantine_api
from node.web.api import sessions as sessions_api
from node.web.api import shop as shop_api
from node.web.api import terms as terms_api
from node.web.api import today as today_api
from node.web.api import tokens as tokens_api
from node.web.api import tray as tray_api
from node.web.api import undertakings as undertakings_api
from node.web.api import webhooks as webhooks_api
from node.web.api.operations import Operation
from protocol.values import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Noun:
    """One noun, whole.

    `chapter` is its part of the ledger, `operations` its part of the owner's API, `components` the schemas
    that these name beyond the common ones, `migrations` the tables it adds to those of the first release,
    `commands` the words it has on the command line (`node.terminal.nouns` loads them when one is typed).
    """

    name: str
    chapter: Chapter | None = None
    operations: tuple[Operation, ...] = ()
    components: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    migrations: tuple[Migration, ...] = ()
    commands: tuple[str, ...] = ()


NOUNS: Final = (
    Noun(name="node", operations=node_api.OPERATIONS, components=node_api.COMPONENTS, commands=("node",)),
    Noun(name="day", operations=today_api.OPERATIONS, components=today_api.COMPONENTS),
    Noun(name="profile", operations=profile_api.OPERATIONS, commands=("profile",)),
    Noun(
        name="intention",
        chapter=intentions.CHAPTER,
        operations=(*intentions_api.OPERATIONS, *undertakings_api.OPERATIONS),
        components=undertakings_api.COMPONENTS,
        commands=("intention",),
    ),
    Noun(
        name="negotiation",
        chapter=negotiations.CHAPTER,
        operations=(*offers_api.OPERATIONS, *agreements_api.OPERATIONS),
        commands=("offer", "agreement", "message"),
    ),
    Noun(
        name="quarantine",
        operations=quarantine_api.OPERATIONS,
        components=quarantine_api.COMPONENTS,
        commands=("quarantine",),
    ),
    Noun(name="peer", chapter=people.CHAPTER, operations=peers_api.OPERATIONS, commands=("peer",)),
    Noun(name="delivery", chapter=outbox.CHAPTER, operations=deliveries_api.OPERATIONS),
    Noun(
        name="terms",
        chapter=terms.CHAPTER,
        operations=terms_api.OPERATIONS,
        components=terms_api.COMPONENTS,
        commands=("terms",),
    ),
    Noun(name="shop", chapter=trade.CHAPTER, operations=shop_api.OPERATIONS, commands=("shop",)),
    Noun(
        name="crm",
        chapter=crm.CHAPTER,
        operations=(*crm_api.OPERATIONS, *crm_decisions_api.OPERATIONS),
        components={**crm_api.COMPONENTS, **crm_decisions_api.COMPONENTS},
        commands=("crm",),
    ),
    Noun(
        name="notice",
        chapter=notices.CHAPTER,
        operations=notices_api.OPERATIONS,
        components=notices_api.COMPONENTS,
        commands=("notice",),
    ),
    Noun(name="event", operations=events_api.OPERATIONS),
    Noun(
        name="webhook",
        chapter=webhooks.CHAPTER,
        operations=webhooks_api.OPERATIONS,
        components=webhooks_api.COMPONENTS,
        commands=("webhook",),
    ),
    Noun(
        name="tray",
        operations=tray_api.OPERATIONS,
        components=tray_api.COMPONENTS,
        commands=("tray",),
    ),
    Noun(name="journal", operations=journal_api.OPERATIONS, commands=("journal",)),
    Noun(name="token", operations=tokens_api.OPERATIONS, commands=("token",)),
    Noun(name="calendar", operations=calendars_api.OPERATIONS, commands=("calendar",)),
    Noun(
        name="cosignature",
        operations=cosignatures_api.OPERATIONS,
        components=cosignatures_api.COMPONENTS,
        commands=("cosign",),
    ),
    Noun(
        name="person",
        operations=persons_api.OPERATIONS,
        components=persons_api.COMPONENTS,
        commands=("person",),
    ),
    Noun(name="session", operations=sessions_api.OPERATIONS, commands=("session",)),
    Noun(name="key", operations=keys_api.OPERATIONS, commands=("key",)),
    Noun(name="federation", operations=fed_api.OPERATIONS, commands=("fed",)),
)


def ledger_of(nouns: Sequence[Noun]) -> Ledger:
    """Return the ledger that these nouns make together.

    Raises:
        ValueError: two of them bring the same thing.
    """
    return bind([noun.chapter for noun in nouns if noun.chapter is not None])


def operations_of(nouns: Iterable[Noun]) -> tuple[Operation, ...]:
    """Return what these nouns can do for their owner, in reading order."""
    return tuple(operation for noun in nouns for operation in noun.operations)


def components_of(nouns: Iterable[Noun]) -> dict[str, Mapping[str, Any]]:
    """Return the schemas that these nouns add to the common ones, by name."""
    return {name: schema for noun in nouns for name, schema in noun.components.items()}


def migrations_of(nouns: Iterable[Noun]) -> tuple[Migration, ...]:
    """Return what these nouns add to the schema of the first release, in order."""
    return tuple(migration for noun in nouns for migration in noun.migrations)
