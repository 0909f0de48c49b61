"""The glossary has every word that the code makes a noun of, in order, each with who owns it."""

import inspect
import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from types import ModuleType

import pytest

from node.core import conditions, crossings, decisions, entries, negotiations, retries, threads
from node.core.intentions import IntentionState
from node.delivery import lanes, parcels
from node.delivery.envelopes import kinds as envelopes
from node.nouns import NOUNS
from node.services import acting
from node.services.ledger import broadcast, chapters, positions, received
from node.storage import journal, kinds
from node.storage.agreements import AgreementState
from node.storage.deliveries import DeliveryState
from protocol import agreements, drafts, evidence, incoming, moves
from protocol.negotiation import Event, Party, State
from tests.docs import papers
from tests.whole import LEDGER

PAGE = "docs/glossary.md"

# Modules whose public classes are words of ours. `Settings` or `Client` are what they are everywhere.
OWNERS: list[ModuleType] = [
    *(conditions, crossings, decisions, entries, negotiations, retries, threads),
    *(envelopes, lanes, parcels),
    *(acting, broadcast, chapters, positions, received),
    *(journal, kinds),
    *(agreements, drafts, evidence, incoming, moves),
]
STATED: list[type[StrEnum]] = [
    *(kinds.TableKind, State, Party, Event),
    *(IntentionState, AgreementState, DeliveryState),
]


@dataclass(frozen=True)
class Explained:
    """One entry of the page: the words it explains, what it says, and the files that own them."""

    words: tuple[str, ...]
    text: str
    owners: tuple[str, ...]


def explained() -> list[Explained]:
    found = []
    for item in re.findall(r"^- (.*\n(?:  .*\n)*)", papers.prose(PAGE), re.MULTILINE):
        one_line = " ".join(item.split())
        whole = re.fullmatch(r"\*\*([^*]+)\*\*: (.+\.) \(((?:`[^`]+`(?:, )?)+)\)", one_line)
        assert whole is not None, one_line
        owners = re.findall(r"`([^`]+)`", whole[3])
        found.append(Explained(tuple(whole[1].split(", ")), whole[2], tuple(owners)))
    return found


ENTRIES = explained()
WORDS = [word for entry in ENTRIES for word in entry.words]


def named(entry: Explained) -> str:
    return entry.words[0]


def missing(words: Iterable[str]) -> list[str]:
    """Return which of these have no entry, neither as they are nor in the singular."""
    return sorted({word for word in words if not {word, word.removesuffix("s")} & set(WORDS)})


def spelt(text: str) -> str:
    """Return a text as words are looked for in it: `fan_out`, `FanoutRow` and "fan-out" are one."""
    return re.sub(r"[-_\s]", "", text).lower()


def test_the_entries_are_in_alphabetical_order_and_each_word_is_explained_once() -> None:
    assert [entry.words[0] for entry in ENTRIES] == sorted(entry.words[0] for entry in ENTRIES)
    assert sorted(WORDS) == sorted(set(WORDS))


def test_the_owners_exist() -> None:
    owners = {owner for entry in ENTRIES for owner in entry.owners}
    assert [owner for owner in sorted(owners) if not (papers.ROOT / owner).is_file()] == []


def test_the_owners_use_the_word() -> None:
    @cache
    def text(owner: str) -> str:
        return spelt(owner + (papers.ROOT / owner).read_text(encoding="utf-8"))

    idle, unused = [], []
    for entry in ENTRIES:
        words = {word: spelt(word) for word in entry.words}
        texts = {owner: text(owner) for owner in entry.owners}
        idle += [
            (named(entry), owner)
            for owner, said in texts.items()
            if not any(word in said for word in words.values())
        ]
        unused += [
            word for word, spelling in words.items() if not any(spelling in said for said in texts.values())
        ]
    assert idle == []
    assert unused == []


def test_every_noun_of_a_node_and_every_follower_of_its_journal_is_explained() -> None:
    followers = [follower.name for follower in LEDGER.followers]
    assert missing([noun.name for noun in NOUNS] + followers) == []


@pytest.mark.parametrize("stated", STATED, ids=lambda stated: stated.__name__)
def test_every_state_event_party_and_kind_of_table_is_explained(stated: type[StrEnum]) -> None:
    assert missing(stated) == []


@pytest.mark.parametrize("module", OWNERS, ids=lambda module: module.__name__)
def test_every_class_that_is_a_word_of_ours_is_explained(module: ModuleType) -> None:
    names = [
        name
        for name, value in inspect.getmembers(module, inspect.isclass)
        if value.__module__ == module.__name__ and not name.startswith("_")
    ]
    assert names
    assert missing(re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).lower() for name in names) == []
