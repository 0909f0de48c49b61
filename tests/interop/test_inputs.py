"""Every input of the fediverse is understood or refused with a reason; none crashes it, none is added to.

The tables say for each input what becomes of it, so that a change in reading shows. An input counts as
understood if a node takes it for what it is here: something the other end of a negotiation says.
"""

from collections import Counter
from collections.abc import AsyncIterator
from itertools import groupby

import pytest
import pytest_asyncio

from tests.interop import inputs
from tests.interop.feed import MESSAGE, Table, open_table, read_purely

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.slow]

# The inputs of fediverse-pasture-inputs, page by page and in order; `word*3` is three of the same.
PASTURE = {
    "attachments": "message*11",
    "attributed_to": "message*2 single-value-expected message*2",
    "content_warnings": "message*7",
    "context": "message*4 context-refused message",
    "emoji": "message*7",
    "hashtag_jsonld": "message*5",
    "hashtags": "message*15",
    "html_anchor": "message*18",
    "html_bad": "message*2 missing-member*2 message missing-member message*7",
    "html_tags": "message*26 missing-member message*7",
    "html_tags_article": "unknown-activity*34",
    "html_tags_base": "message*14",
    "html_tags_extra": "message*8",
    "html_tags_summary": "message*34",
    "image_attachments": "message*17",
    "image_description": "message*6",
    "in_reply_to": "message*7",
    "language": "message*9",
    "media_type": "message*9",
    "mentions": "message*10",
    "necessary_properties": "message missing-member message*2 wrong-shape",
    "object_types": "unknown-activity*2 proof-required unknown-activity*2 message unknown-activity*6 message"
    " single-value-expected wrong-shape",
    "public_addressing": "message*3",
    "quotes": "message*13",
    "recommended_attachments": "message*4",
    "url": "message*13",
}

# The same without a negotiation to be about: posts, of which a node takes none.
POSTS = {
    "missing-context": 274,
    "unknown-activity": 44,
    "context-refused": 1,
    "wrong-shape": 2,
    "single-value-expected": 1,
}

# What the ways to bend an activity lead to, other than being understood.
BENT = {
    "activity-shape": {
        *("actor null", "actor absent"),
        *("id null", "id absent", "type null", "type absent"),
    },
    "context-refused": {"@context null"},
    "not-addressed": {"to null", "to absent", "to: public alone", "cc: public alone"},
    "missing-member": {"note without content", "note without id"},
    "wrong-shape": {"note without type"},
    "unknown-activity": {
        *("announced", "an event", "an event without a place"),
        *("a poll of 1", "a poll of 4", "a poll of 100"),
    },
}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def table(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Table]:
    async with open_table(tmp_path_factory.mktemp("inputs")) as opened:
        yield opened


def summary(outcomes: list[str]) -> str:
    runs = [(word, len(list(run))) for word, run in groupby(outcomes)]
    return " ".join(word if count == 1 else f"{word}*{count}" for word, count in runs)


async def test_every_page_is_in_the_table() -> None:
    assert PASTURE.keys() == inputs.pasture().keys()
    assert sum(len(examples) for examples in inputs.pasture().values()) == sum(POSTS.values())


@pytest.mark.parametrize("page", PASTURE)
async def test_what_is_said_in_a_negotiation(table: Table, page: str) -> None:
    examples = inputs.pasture()[page]
    assert summary([await table.outcome(table.note(example)) for example in examples]) == PASTURE[page]


async def test_what_is_posted_to_the_world(table: Table) -> None:
    posts = [table.note(example, said=False) for page in inputs.pasture().values() for example in page]
    assert Counter([await table.outcome(post) for post in posts]) == POSTS


async def test_what_is_bent(table: Table) -> None:
    expected = {way: code for code, ways in BENT.items() for way in ways}
    bent = {
        way: bend(table.note({"content": "Is it blue?"}))
        for way, bend in inputs.variations(table.house.iri).items()
    }
    outcomes = {way: await table.outcome(activity) for way, activity in bent.items()}
    assert outcomes == {way: expected.get(way, MESSAGE) for way in bent}


async def test_the_reader_alone_neither_crashes_nor_invents(table: Table) -> None:
    """It refuses fewer: what an activity needs besides being readable is for the inbox to say."""
    whole = [example for page in inputs.pasture().values() for example in page]
    read = Counter(read_purely(table.note(example)) for example in whole)
    assert read == {"read": len(whole) - 1, "context-refused": 1}
    ways = inputs.variations(table.house.iri).values()
    assert {read_purely(bend(table.note({"content": "Is it blue?"}))) for bend in ways} == {
        "read",
        "context-refused",
    }
